"""What `check` and `report` have in common: settings, files, linting, output, exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from rflint import __version__, config, files, formatters
from rflint.cli.dispatch import internal_error
from rflint.cli.settings import Settings, parse_sizes
from rflint.diagnostics import SEVERITY_ORDER, Diagnostic, Span
from rflint.lint import OptionError, Options, lint_bytes, load_bytes, settle
from rflint.report import Report, SpecReport, summarize
from rflint.rules import RULES, rule_by
from rflint.terminal import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rflint.cli.commands import Arguments
    from rflint.lint import Loaded, SizeOverride
    from rflint.terminal import ColorChoice, Streams

FINDINGS: Final = 1
USAGE: Final = 2
INTERNAL_ERROR: Final = 3


def run(arguments: Arguments, streams: Streams, *, layers: bool) -> int:
    """Lint what the arguments name, print the report, and return the exit code."""
    settings = Settings(arguments)
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

    report = Report(__version__, tuple(specs), summarize(tuple(specs)), RULES)
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


def _lint(file: files.SpecFile, settings: Settings, options: Options, streams: Streams, *, debug: bool) -> SpecReport | None:
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
    settings = Settings(arguments, linting=False)
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
        name=rule_by("RF001").name,
        severity="error",
        message=f"`{path}` {why}",
        path=path,
        span=Span(1, 1, 1, 1),
        fingerprint=f"RF001:{path}",
    )
    name = path.rpartition("/")[2].rpartition(".")[0] or path
    return SpecReport(path, name, (), (), (), (), (), (finding,))
