"""What `check` and `report` have in common: settings, files, linting, output, exit code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from rflint import __version__, config, files, formatters
from rflint.cli.dispatch import internal_error
from rflint.diagnostics import SEVERITY_ORDER, Diagnostic, Span
from rflint.lint import OptionError, Options, lint_bytes, load_bytes, settle
from rflint.report import Report, SpecReport, summarize
from rflint.rules import RULES
from rflint.terminal import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rflint.cli.commands import Arguments
    from rflint.config import Config
    from rflint.lint import Loaded, SizeOverride
    from rflint.terminal import ColorChoice, Streams

FINDINGS: Final = 1
USAGE: Final = 2
INTERNAL_ERROR: Final = 3

_LARGEST_SIZE: Final = 2**31 - 1
_SIZE: Final = re.compile(r"none|(?:\?|[0-9]{1,10})(?:x(?:\?|[0-9]{1,10}))*")

#: Keys of the configuration's `limits` -> fields of the limits that stages obey.
_SOURCE_LIMITS: Final = {"file-size": "max_bytes", "nodes": "max_nodes", "nesting": "max_depth"}
_EXPANSION_LIMITS: Final = {"layers": "layers", "nesting": "nesting"}

RULE_NAMES: Final = {rule.code: rule.name for rule in RULES}


def run(arguments: Arguments, streams: Streams, *, layers: bool) -> int:
    """Lint what the arguments name, print the report, and return the exit code."""
    settings = _Settings(arguments)
    sizes = parse_sizes(arguments.texts("size"))
    found = files.find(
        arguments.texts("paths") or (".",),
        excluded=settings.excludes,
        force_exclude=arguments.flag("force_exclude"),
        stdin_name=arguments.optional("stdin_filename"),
    )
    output = arguments.optional("output")
    if output and any(file.path != files.STDIN and files.same(file.path, output) for file in found):
        raise UsageError(f"writing to `{output}` would overwrite a spec that is being linted")

    worst = 0
    specs: list[SpecReport] = []
    for file in found:
        spec = _lint(file, settings, Options(sizes=sizes, layers=layers), streams, debug=arguments.flag("debug"))
        if spec is not None:
            specs.append(spec)
            worst = max(worst, _exit_code(spec, settings.of(file.folder).config.fail_on or config.DEFAULT_FAIL_ON))
    if not specs and not arguments.flag("allow_empty"):
        raise UsageError(_nothing(arguments.texts("paths")))

    report = Report(__version__, tuple(specs), summarize(tuple(specs)))
    style = streams.style(cast("ColorChoice", arguments.text("color")), to_file=output is not None, layers=layers)
    text = formatters.render(arguments.text("format"), report, style)
    if output is None:
        streams.put(text)
    else:
        files.write(output, text)
    return 0 if worst == FINDINGS and arguments.flag("exit_zero") else worst


def _nothing(paths: Sequence[str]) -> str:
    where = ", ".join(f"`{path}`" for path in paths) or "this folder"
    return f"nothing to lint in {where}: no YAML file with a top-level `rflint:` key (--allow-empty accepts that)"


def _exit_code(spec: SpecReport, fail_on: str) -> int:
    if spec.internal_error is not None:
        return INTERNAL_ERROR
    least = SEVERITY_ORDER.get(fail_on, len(SEVERITY_ORDER))
    failing = any(not finding.suppressed and SEVERITY_ORDER[finding.severity] >= least for finding in spec.findings)
    return FINDINGS if failing else 0


def _lint(file: files.SpecFile, settings: _Settings, options: Options, streams: Streams, *, debug: bool) -> SpecReport | None:
    """Report on one file; None where a folder search came upon something else than a spec."""
    place = settings.of(file.folder)
    options = place.options(file, options)
    try:
        data = files.read(file, streams.stdin, options.source_limits.max_bytes)
    except OSError as error:
        return unreadable(file.display, files.why_unreadable(error))
    if not file.named and not files.is_spec(data):
        return None
    try:
        spec = lint_bytes(data, file.display, options)
    except OptionError as error:
        raise UsageError(f"{file.display}: {error}") from None
    except Exception as error:
        internal_error(error, f"{file.display}: ", streams, debug=debug)
        return unreadable(file.display, "")._replace(findings=(), internal_error=f"{type(error).__name__}: {str(error)[:200]}")
    if spec.internal_error is not None:
        streams.say(f"internal error: {file.display}: {spec.internal_error}; this is a bug in rflint")
    return spec


def open_spec(arguments: Arguments, streams: Streams, sizes: tuple[SizeOverride, ...]) -> Loaded | None:
    """Read and expand the one spec that a question is about; None where its errors, which are printed, leave no graph.

    The argument is `SPEC`; `arguments` hold the options of `SURROUNDINGS`.
    """
    settings = _Settings(arguments, linting=False)
    name = arguments.text("spec")
    found = files.find((name,), excluded=settings.excludes, force_exclude=False, stdin_name=arguments.optional("stdin_filename"))
    if len(found) != 1:
        raise UsageError(f"`{name}` is not one spec but {len(found)}: name a single file")
    file = found[0]
    options = settings.of(file.folder).options(file, Options(sizes=sizes))
    try:
        loaded = load_bytes(files.read(file, streams.stdin, options.source_limits.max_bytes), file.display, options)
    except OSError as error:
        raise UsageError(f"`{file.display}` {files.why_unreadable(error)}") from None
    except OptionError as error:
        raise UsageError(f"{file.display}: {error}") from None
    if loaded.graph is not None and loaded.graph.layers:
        return loaded
    diagnostics = settle(loaded.findings, loaded, options)
    errors = [each for each in diagnostics if each.severity == "error"]
    for each in errors:
        streams.say(f"{each.path}:{each.span.line}:{each.span.column}: {each.code} {each.message}")
    if not errors:
        streams.say(f"{file.display}: a library of blocks has no layers of its own")
    return None


def unreadable(path: str, why: str) -> SpecReport:
    """Report on a file that could not be opened: RF001, like everything else that keeps a spec from being checked."""
    finding = Diagnostic(
        code="RF001",
        name=RULE_NAMES["RF001"],
        severity="error",
        message=f"`{path}` {why}",
        path=path,
        span=Span(1, 1, 1, 1),
        fingerprint=f"RF001:{path}",
    )
    name = path.rpartition("/")[2].rpartition(".")[0] or path
    return SpecReport(path, name, (), (), (), (), (), (finding,))


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


class _Place(NamedTuple):
    """What holds for the specs of one folder."""

    config: Config
    #: Folder that imports may not leave.
    root: str

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
        )


class _Settings:
    """Settings by folder: the command line over the environment over the nearest configuration file."""

    def __init__(self, arguments: Arguments, *, linting: bool = True) -> None:
        # A question about one spec knows nothing of rules and severities.
        self._asked = _asked(arguments) if linting else config.Config()
        self._config = arguments.optional("config")
        self._isolated = arguments.flag("isolated")
        self._places: dict[str, _Place] = {}
        self._loaded: dict[str, Config | None] = {}
        self._surroundings: dict[str, files.Surroundings] = {}

    def of(self, folder: str) -> _Place:
        """Return what holds for the specs of a folder."""
        if folder not in self._places:
            around = files.surroundings(folder, self._surroundings)
            path, below = self._below(around.configs)
            self._places[folder] = _Place(self._asked.over(below), files.import_root(folder, around.repository, path))
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
            self._loaded[path] = config.load(files.read_config(path), files.display_path(path), files.folder_of(path), RULE_NAMES)
        return self._loaded[path]


def _asked(arguments: Arguments) -> Config:
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
    return config.from_table(table, "command line", files.working_folder(), RULE_NAMES)


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
