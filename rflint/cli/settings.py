"""What a run is asked to do, and what holds for each folder: command line over environment over configuration file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from rflint import config, files, plugins
from rflint.terminal import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rflint.cli.commands import Arguments
    from rflint.config import Config
    from rflint.lint import Options, SizeOverride
    from rflint.vocabulary import Vocabulary

_LARGEST_SIZE: Final = 2**31 - 1
_SIZE: Final = re.compile(r"none|(?:\?|[0-9]{1,10})(?:x(?:\?|[0-9]{1,10}))*")

#: Keys of the configuration's `limits` -> fields of the limits that stages obey.
_SOURCE_LIMITS: Final = {"file-size": "max_bytes", "nodes": "max_nodes", "nesting": "max_depth"}
_EXPANSION_LIMITS: Final = {"layers": "layers", "nesting": "nesting", "expression": "expression", "result": "result"}


def parse_sizes(texts: Sequence[str]) -> tuple[SizeOverride, ...]:
    """Read the values of `--size`: `321`, `321x224`, `image=321x224`, `none`, `?x224`; raises UsageError."""
    return tuple(map(_parse_size, texts))


def _parse_size(text: str) -> SizeOverride:
    name, equals, size = text.rpartition("=")
    if not _SIZE.fullmatch(size) or (equals and not name):
        raise UsageError(f"--size: `{text}` is not a size; write 321, 321x224, image=321x224, or none for unknown")
    extents = [None if extent in {"none", "?"} else int(extent) for extent in size.split("x")]
    if any(extent is not None and not 1 <= extent <= _LARGEST_SIZE for extent in extents):
        raise UsageError(f"--size: `{text}` is out of range; sizes are at least 1 and at most {_LARGEST_SIZE:,}")
    return name or None, tuple(extents)


class Place(NamedTuple):
    """What holds for the specs of one folder."""

    config: Config
    #: Folder that imports may not leave.
    root: str
    #: Rules and ops, those that plug-ins and the configuration bring among them.
    vocabulary: Vocabulary
    #: Configuration file that counts; None: none.
    source: str | None = None

    def options(self, file: files.SpecFile, options: Options) -> Options:
        """Complete a run's options for one file."""
        limits = self.config.limits
        source = options.source_limits._replace(**{name: limits[key] for key, name in _SOURCE_LIMITS.items() if key in limits})
        expansion = options.limits._replace(**{name: limits[key] for key, name in _EXPANSION_LIMITS.items() if key in limits})
        none_selected = self.config.select is not None and not self.config.selected()
        return options._replace(
            severities=self.config.severity,
            select=self.config.selected(),
            ignore=("ALL",) if none_selected else self.config.ignored(file.absolute),
            open_import=files.ImportOpener(self.root, source.max_bytes),
            source_limits=source,
            limits=expansion,
            vocabulary=self.vocabulary,
        )


class Settings:
    """Settings by folder: the command line over the environment over the nearest configuration file."""

    def __init__(self, arguments: Arguments, *, linting: bool = True) -> None:
        self.vocabulary = plugins.load()
        # A question about one spec knows nothing of rules and severities.
        self._asked = asked(arguments, self.vocabulary) if linting else config.Config()
        self._config = arguments.optional("config")
        self._isolated = arguments.flag("isolated")
        self._places: dict[str, Place] = {}
        self._loaded: dict[str, Config | None] = {}
        self._vocabularies: dict[str, Vocabulary] = {}
        self._surroundings: dict[str, files.Surroundings] = {}

    def of(self, folder: str) -> Place:
        """Return what holds for the specs of a folder."""
        if folder not in self._places:
            around = files.surroundings(folder, self._surroundings)
            path, below = self._below(around.configs)
            root = files.import_root(folder, around.repository, path)
            self._places[folder] = Place(self._asked.over(below), root, self._vocabulary_of(path, below), path)
        return self._places[folder]

    def excludes(self, path: str) -> bool:
        """Whether the settings of its folder leave out a file or folder."""
        return self.of(files.folder_of(path)).config.excludes(path)

    def _below(self, nearest: Sequence[str]) -> tuple[str | None, Config]:
        """Return the configuration file that counts, and what it says."""
        if self._isolated:
            return None, config.Config()
        for path in [self._config] if self._config else nearest:
            loaded = self._load(path)
            if loaded is not None:
                return path, loaded
        if self._config:
            raise UsageError(f"{files.display_path(self._config)} has no table [tool.rflint]")
        return None, config.Config()

    def _load(self, path: str) -> Config | None:
        if path not in self._loaded:
            known = self.vocabulary
            shown, folder = files.display_path(path), files.folder_of(path)
            self._loaded[path] = config.load(files.read_config(path), shown, folder, known.rule_names, known.schema)
        return self._loaded[path]

    def _vocabulary_of(self, path: str | None, below: Config) -> Vocabulary:
        """Add the ops that a configuration file declares; their schema is made once for all folders."""
        if path is None or not below.ops:
            return self.vocabulary
        if path not in self._vocabularies:
            self._vocabularies[path] = self.vocabulary.with_ops(below.ops.values())
        return self._vocabularies[path]


def asked(arguments: Arguments, vocabulary: Vocabulary) -> Config:
    """Return what the command line, or the environment in its place, asks for."""
    table: dict[str, object] = {}
    for key in ("select", "extend_select", "ignore"):
        if arguments.texts(key):
            table[key.replace("_", "-")] = _split(arguments.texts(key))
    if arguments.texts("severity"):
        table["severity"] = _assignments(arguments.texts("severity"))
    if arguments.texts("exclude"):
        table["exclude"] = list(arguments.texts("exclude"))
    if arguments.optional("fail_on"):
        table["fail-on"] = arguments.optional("fail_on")
    if arguments.optional("baseline"):
        table["baseline"] = arguments.optional("baseline")
    return config.from_table(table, "command line", files.working_folder(), vocabulary.rule_names)


def _split(texts: Sequence[str]) -> list[str]:
    return [word.strip() for text in texts for word in text.split(",") if word.strip()]


def _assignments(texts: Sequence[str]) -> Mapping[str, str]:
    """Read `RF301=off,drift=error`."""
    assigned = {}
    for text in _split(texts):
        rule, equals, severity = text.rpartition("=")
        if not equals:
            raise UsageError(f"--severity: `{text}` is not RULE=SEVERITY, like RF301=off")
        assigned[rule.strip()] = severity.strip()
    return assigned
