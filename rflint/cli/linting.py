"""What `check` and `report` have in common: which files, what is done to them, what is printed, exit code."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from rflint import __version__, formatters
from rflint.cli import working
from rflint.cli.commands import FINDINGS, INTERNAL_ERROR, NARROWING
from rflint.cli.options import parse_sizes, settings_of, stdin_name
from rflint.cli.printing import deliver
from rflint.model.errors import UsageError
from rflint.model.finding import SEVERITY_ORDER
from rflint.model.report import Report, summarize
from rflint.project import config, files, plugins
from rflint.verdict.baseline import DEFAULT_NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from rflint.cli.commands import Arguments
    from rflint.cli.streams import ColorChoice, Streams
    from rflint.cli.working import Outcome
    from rflint.model.report import SpecReport
    from rflint.project import Settings
    from rflint.words.terminal import Style

_MOST_JOBS: Final = 256


class Request(NamedTuple):
    """What a command wants beside the findings; the options that `check` alone has."""

    layers: bool = False
    fix: bool = False
    unsafe: bool = False
    diff: bool = False
    write_baseline: bool = False
    prune_baseline: bool = False
    statistics: bool = False
    watch: bool = False
    show_settings: bool = False
    show_files: bool = False


def check_request(arguments: Arguments) -> Request:
    """Read the options of `check`; raises UsageError for those that do not go together."""
    asked = Request(
        layers=arguments.flag("layers"),
        fix=arguments.flag("fix"),
        unsafe=arguments.flag("unsafe_fixes"),
        diff=arguments.flag("diff"),
        write_baseline=arguments.flag("write_baseline"),
        prune_baseline=arguments.flag("prune_baseline"),
        statistics=arguments.flag("statistics"),
        watch=arguments.flag("watch"),
        show_settings=arguments.flag("show_settings"),
        show_files=arguments.flag("show_files"),
    )
    shown = [name for name, given in {"--show-settings": asked.show_settings, "--show-files": asked.show_files}.items() if given]
    if len(shown) > 1:
        raise UsageError("--show-settings and --show-files print different things: use one after the other")
    if asked.unsafe and not (asked.fix or asked.diff):
        raise UsageError("--unsafe-fixes says which edits --fix makes and --diff shows; add one of them")
    if asked.fix and asked.diff:
        raise UsageError("--fix changes files and --diff changes none: use one of them")
    apart = {"--diff": asked.diff, "--fix": asked.fix, "--write-baseline": asked.write_baseline, "--prune-baseline": asked.prune_baseline}
    changing = [name for name, given in apart.items() if given]
    if len(changing) > 1:
        raise UsageError(f"{changing[0]} and {changing[1]} at once would leave it open which comes first: use one after the other")
    if shown and (changing or asked.watch):
        raise UsageError(f"{shown[0]} lints nothing: it does not go with {(*changing, '--watch')[0]}")
    if changing and asked.watch:
        raise UsageError(f"--watch only looks on: it does not go with {changing[0]}")
    if asked.watch and files.STDIN in arguments.texts("paths"):
        raise UsageError("--watch waits for files to change, and standard input is read once")
    if changing and arguments.texts("size"):
        raise UsageError(f"{changing[0]} is about specs as they are declared, and does not go with --size")
    if (asked.write_baseline or asked.prune_baseline) and (narrowing := next((key for key in NARROWING if arguments.texts(key)), None)):
        raise UsageError(f"{changing[0]} needs all rules to speak, and does not go with --{narrowing}")
    if asked.write_baseline and files.STDIN in arguments.texts("paths") and arguments.optional("stdin_filename") is None:
        raise UsageError("--write-baseline notes the file of each finding: tell that of standard input with --stdin-filename")
    if asked.layers and arguments.text("format") != "json":
        raise UsageError("--layers lists every layer in the JSON report: add --format json")
    if asked.statistics and (asked.layers or asked.diff):
        raise UsageError(f"--statistics counts findings: it does not go with {'--layers' if asked.layers else '--diff'}")
    if asked.statistics and arguments.text("format") not in {"full", "concise", "json"}:
        raise UsageError("--statistics prints a table, or JSON with --format json")
    return asked


def run(arguments: Arguments, request: Request, streams: Streams) -> int:
    """Lint what the arguments name, print the report, and return the exit code."""
    if not request.watch:
        settings = settings_of(arguments)
        return _run(arguments, request, settings, _files(arguments, settings, settings.excludes), streams).code
    from rflint.cli.watching import Searched, watch  # noqa: PLC0415 - start-up

    def once() -> tuple[int, Sequence[str]]:
        settings = settings_of(arguments)
        searched = Searched(settings.excludes)
        ran = _run(arguments, request, settings, _files(arguments, settings, searched), streams)
        return ran.code, (*ran.observed, *searched.paths)

    output = arguments.optional("output")
    return watch(once, streams, written=(output,) if output else ())


class _Run(NamedTuple):
    """How a run ended."""

    code: int
    #: Files and folders that had a say in it.
    observed: tuple[str, ...] = ()


def _run(arguments: Arguments, request: Request, settings: Settings, found: Sequence[files.SpecFile], streams: Streams) -> _Run:
    if request.show_settings or request.show_files:
        from rflint.cli import showing  # noqa: PLC0415 - start-up

        text = showing.settings(found, settings) if request.show_settings else showing.files_to_lint(found, settings)
        deliver(text, arguments.optional("output"), streams)
        return _Run(0)
    jobs = _jobs(arguments)
    task = working.Task(
        sizes=parse_sizes(arguments.texts("size")),
        layers=request.layers,
        no_ignores=arguments.flag("no_ignores"),
        debug=arguments.flag("debug"),
        fix=request.fix or request.diff,
        unsafe=request.unsafe,
        baselines=not request.write_baseline,
        merging=request.prune_baseline,
    )
    done = [each for each in working.outcomes(found, arguments, task, settings, streams.stdin, jobs) if each.spec is not None]
    if not done and not arguments.flag("allow_empty"):
        raise UsageError(_nothing(arguments.texts("paths")))
    output, observed = arguments.optional("output"), _observed(arguments, done, settings)
    if output is not None and any(files.same(path, output) for path in observed):
        raise UsageError(f"`{output}` is among the files that this run reads: write the output to another one")
    if complaints := "".join(each.complaint for each in done):
        streams.tell(complaints)
    style = streams.style(cast("ColorChoice", arguments.text("color")), to_file=output is not None, layers=request.layers)
    if task.fix:
        from rflint.cli import mending  # noqa: PLC0415 - start-up

        if request.diff:
            code = mending.show(done, streams, style, output)
            return _Run(0 if code == FINDINGS and arguments.flag("exit_zero") else code)
        done = mending.write(done, working.Worker(task._replace(fix=False), settings, streams.stdin), streams)
    specs = _with_baselines(done, arguments, request, settings, streams)
    text = _text(specs, arguments.text("format"), request, style)
    if output is None and task.fix and any(each.file.path == files.STDIN for each in done):
        streams.tell(text)
    else:
        deliver(text, output, streams)
    return _Run(_exit_code(done, specs, settings, exit_zero=arguments.flag("exit_zero")), observed)


def _files(arguments: Arguments, settings: Settings, excluded: Callable[[str], bool]) -> list[files.SpecFile]:
    """Files that the arguments name, and on request those that depend on them."""
    found = files.find(
        arguments.texts("paths") or (".",),
        excluded=excluded,
        force_exclude=arguments.flag("force_exclude"),
        stdin_name=stdin_name(arguments, arguments.texts("paths")),
    )
    if not arguments.flag("with_dependents"):
        return found
    from rflint.project import dependents  # noqa: PLC0415 - start-up

    return dependents.with_dependents(found, excluded, lambda folder: settings.of(folder).root, arguments.texts("paths"))


def _jobs(arguments: Arguments) -> int:
    """Read `--jobs`; raises UsageError."""
    text = arguments.optional("jobs")
    if text is None:
        return 1
    if not (text.isascii() and text.isdigit() and len(text) < 6 and int(text) <= _MOST_JOBS):
        raise UsageError(
            f"{arguments.source('jobs')}: `{text}` is not a number of processes from 0 (one for each processor) to {_MOST_JOBS}"
        )
    return int(text) or files.processors()


def _nothing(paths: Sequence[str]) -> str:
    where = ", ".join(f"`{path}`" for path in paths) or "this folder"
    return f"nothing to lint in {where}: no YAML file with a top-level `rflint:` key that is not excluded (--allow-empty accepts that)"


def _with_baselines(
    done: Sequence[Outcome], arguments: Arguments, request: Request, settings: Settings, streams: Streams
) -> tuple[SpecReport, ...]:
    """Reports after the baselines had their say; on request these are written or pruned, and what is stale is told."""
    by_path: dict[str | None, list[int]] = {}
    for place, each in enumerate(done):
        path = settings.of(each.file.folder).config.baseline
        if path is None and request.write_baseline:
            path = os.path.join(files.working_folder(), DEFAULT_NAME)  # noqa: PTH118 - start-up
        by_path.setdefault(path, []).append(place)
    specs = [cast("SpecReport", each.spec) for each in done]
    configured = {settings.of(each.file.folder).config.baseline for each in done}
    if not any(by_path) and not request.prune_baseline:
        return tuple(specs)
    from rflint.cli import baselining  # noqa: PLC0415 - start-up

    def with_all_importers(paths: Iterable[str]) -> set[str]:
        from rflint.project import dependents  # noqa: PLC0415 - start-up: only where findings of a baseline are gone

        linted = [each.file for each in done]
        return dependents.with_all_importers(paths, linted, settings.excludes, lambda folder: settings.of(folder).root)

    if request.write_baseline:
        return baselining.write(specs, by_path, configured, with_all_importers, streams)
    if not any(arguments.texts(key) for key in NARROWING):
        baselining.tell_stale(specs, by_path, with_all_importers, streams, prune=request.prune_baseline)
    return tuple(specs)


def _text(specs: tuple[SpecReport, ...], form: str, request: Request, style: Style) -> str:
    report = Report(__version__, specs, summarize(specs), plugins.load().rules)
    if not request.statistics:
        return formatters.render(form, report, style)
    from rflint.formatters import statistics  # noqa: PLC0415 - start-up

    return statistics.counts_json(report) if form == "json" else statistics.counts(report, style)


def _exit_code(done: Sequence[Outcome], specs: Sequence[SpecReport], settings: Settings, *, exit_zero: bool) -> int:
    worst = 0
    for each, spec in zip(done, specs, strict=True):
        if spec.internal_error is not None:
            return INTERNAL_ERROR
        fail_on = settings.of(each.file.folder).config.fail_on or config.DEFAULT_FAIL_ON
        least = SEVERITY_ORDER.get(fail_on, len(SEVERITY_ORDER))
        if any(not finding.suppressed and SEVERITY_ORDER[finding.severity] >= least for finding in spec.findings):
            worst = FINDINGS
    return 0 if exit_zero else worst


def _observed(arguments: Arguments, done: Sequence[Outcome], settings: Settings) -> tuple[str, ...]:
    """Files and folders that had a say in a run, beside those that a search came upon."""
    read = {path for each in done if each.spec is not None for path in each.spec.files}
    places = [settings.of(each.file.folder) for each in done]
    configured = {path for place in places for path in (place.source, place.config.baseline) if path is not None}
    return (*(path for path in arguments.texts("paths") or (".",) if path != files.STDIN), *sorted(read), *sorted(configured))
