"""What holds in each folder: the settings of a run over those of the nearest configuration file."""

from collections.abc import Sequence
from typing import NamedTuple, cast

from rflint.model import DEFAULT_FAIL_ON, LIMITS, FailOn, UsageError
from rflint.project import config as configuration
from rflint.project import files, imports, plugins
from rflint.project.config import Config
from rflint.validation.vocabulary import Vocabulary
from rflint.verdict import Options


class Place(NamedTuple):
    """What holds for the specs of one folder."""

    config: Config
    #: Folder that imports may not leave.
    root: str
    #: Rules and ops, those that plug-ins and the configuration bring among them.
    vocabulary: Vocabulary
    #: Configuration file that counts; None: none.
    source: str | None = None

    @property
    def fail_on(self) -> FailOn:
        """The least severity that fails a run."""
        return cast("FailOn", self.config.fail_on or DEFAULT_FAIL_ON)

    def options(self, file: files.SpecFile, options: Options) -> Options:
        """Complete a run's options for one file."""
        limits = options.limits.configured(self.config.limits)
        none_selected = self.config.select is not None and not self.config.selected()
        return options._replace(
            severities=self.config.severity,
            select=self.config.selected(),
            ignore=("ALL",) if none_selected else self.config.ignored(file.absolute),
            open_import=imports.ImportOpener(self.root, limits.file_size),
            limits=limits,
            vocabulary=self.vocabulary,
        )


class Settings:
    """Settings by folder; each configuration file is read once."""

    def __init__(self, asked: Config | None = None, *, config: str | None = None, isolated: bool = False) -> None:
        """Begin with what is `asked` for whatever a configuration says.

        `config`: the configuration file to use instead of the nearest one; `isolated`: use none.  Raises UsageError where
        the environment asks for what does not exist.
        """
        self.vocabulary = plugins.load()
        self._asked = asked or Config()
        self._config = config
        self._isolated = isolated
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
            return None, Config()
        for path in [self._config] if self._config else nearest:
            if (loaded := self._load(path)) is not None:
                return path, loaded
        if self._config:
            raise UsageError(f"`{files.display_path(self._config)}` has no table [tool.rflint]")
        return None, Config()

    def _load(self, path: str, above: tuple[str, ...] = ()) -> Config | None:
        """Read a configuration file, laid over the one that it extends; `above`: the files that extend it."""
        if path not in self._loaded:
            known = self.vocabulary
            shown, folder = files.display_path(path), files.folder_of(path)
            own = configuration.load(files.read_config(path), shown, folder, known.rule_names, known.schema)
            self._loaded[path] = own if own is None or own.extend is None else self._extending(own, own.extend, (*above, path))
        return self._loaded[path]

    def _extending(self, own: Config, base: str, above: tuple[str, ...]) -> Config:
        """Lay a configuration over the one that it extends; raises UsageError where that cannot be had."""
        where, shown = f"{files.display_path(above[-1])}: `extend`", files.display_path(base)
        if any(files.same(base, each) for each in above):
            raise UsageError(f"{where}: `{shown}` extends this file in turn")
        if len(above) > LIMITS["nesting"].default:
            raise UsageError(f"{where}: more than {LIMITS['nesting'].default} configurations extend one another")
        if not files.exists(base):
            raise UsageError(f"{where}: there is no file `{shown}`")
        repository = files.surroundings(files.folder_of(above[-1]), self._surroundings).repository
        if repository is not None and not files.inside(files.real(base), files.real(repository)):
            raise UsageError(f"{where}: `{shown}` leads outside of the repository")
        if (below := self._load(base, above)) is None:
            raise UsageError(f"{where}: `{shown}` has no table [tool.rflint]")
        return own.over(below)._replace(extended=(base, *below.extended))

    def _vocabulary_of(self, path: str | None, below: Config) -> Vocabulary:
        """Add the ops that a configuration file declares; their schema is made once for all folders."""
        if path is None or not below.ops:
            return self.vocabulary
        if path not in self._vocabularies:
            self._vocabularies[path] = self.vocabulary.with_ops(below.ops.values())
        return self._vocabularies[path]
