"""What `check` and `report` have in common: which files, what is done to them, what is printed, exit code."""

import os
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from rflint import __version__, formatters
from rflint.cli import working
from rflint.cli.commands import FINDINGS, INTERNAL_ERROR, NARROWING, Arguments
from rflint.cli.options import parse_sizes, settings_of, stdin_name
from rflint.cli.printing import bug_report, deliver
from rflint.cli.streams import ColorChoice, Streams
from rflint.cli.working import Outcome
from rflint.model import Report, Severity, SpecReport, UsageError, summarize
from rflint.project import Settings, config, files, plugins
from rflint.words import Choice, Style, error_text, quoted

if TYPE_CHECKING:
    from rflint.model.figures import Earlier

_MOST_JOBS: Final = 256
_ALL: Final = Choice()


def run(arguments: Arguments, streams: Streams, *, layers: bool, choice: Choice = _ALL, against: "Earlier | None" = None) -> int:
    """Lint what the arguments name, print the report, with its layers if that is asked for, and return the exit code."""
    if arguments.flag("watch"):
        return _watch(arguments, streams, layers=layers)
    settings = settings_of(arguments)
    found = _files(arguments, settings, settings.excludes)
    if arguments.flag("show_settings") or arguments.flag("show_files"):
        from rflint.cli import showing  # noqa: PLC0415 - start-up

        show = showing.settings if arguments.flag("show_settings") else showing.files_to_lint
        deliver(show(found, settings), arguments.optional("output"), streams)
        return 0
    return _run(arguments, settings, found, streams, layers=layers, choice=choice, against=against).code


def _watch(arguments: Arguments, streams: Streams, *, layers: bool) -> int:
    from rflint.cli.watching import Searched, watch  # noqa: PLC0415 - start-up

    def once() -> tuple[int, Sequence[str]]:
        settings = settings_of(arguments)
        searched = Searched(settings.excludes)
        ran = _run(arguments, settings, _files(arguments, settings, searched), streams, layers=layers)
        return ran.code, (*ran.observed, *searched.paths)

    output = arguments.optional("output")
    return watch(once, streams, written=(output,) if output else ())


class _Run(NamedTuple):
    """How a run ended."""

    code: int
    #: Files and folders that had a say in it.
    observed: tuple[str, ...] = ()


def _run(
    arguments: Arguments,
    settings: Settings,
    found: Sequence[files.SpecFile],
    streams: Streams,
    *,
    layers: bool,
    choice: Choice = _ALL,
    against: "Earlier | None" = None,
) -> _Run:
    jobs, output, exit_zero = _jobs(arguments), arguments.optional("output"), arguments.flag("exit_zero")
    task = _task(arguments, layers=layers)
    outcomes = list(working.outcomes(found, arguments, task, settings, streams.stdin, jobs))
    done = [each for each in outcomes if each.spec is not None]
    if mistaken := [each.file.display for each in outcomes if each.mistaken]:
        streams.say(_mistaken(mistaken))
    # What another spec of this run extends is judged through that one.
    extended = {path for each in done if each.spec is not None for path in each.spec.bases}
    done = [each for each in done if each.file.display not in extended]
    if not done and not arguments.flag("allow_empty"):
        raise UsageError(_nothing(arguments.texts("paths")))
    observed = _observed(arguments, done, settings)
    if output is not None and any(files.same(path, output) for path in observed):
        raise UsageError(f"`{output}` is among the files that this run reads: write the output to another one")
    for each in done:
        for hint in each.spec.hints if each.spec is not None else ():
            streams.say(f"{each.file.display}: {hint}")
    if complaints := "".join(each.complaint for each in done):
        streams.tell(complaints)
    style = streams.style(cast("ColorChoice", arguments.text("color")), to_file=output is not None, layers=layers)
    style = style._replace(quiet=arguments.flag("quiet"), choice=choice)
    if task.fix:
        from rflint.cli import mending  # noqa: PLC0415 - start-up

        if arguments.flag("diff"):
            code = mending.show(done, streams, style, output)
            return _Run(0 if code == FINDINGS and exit_zero else code)
        done = mending.write(done, working.Worker(task._replace(fix=False), settings, streams.stdin), streams)
    specs = tuple(
        spec._replace(show=_shown(each, arguments, settings), fail_on="never" if exit_zero else settings.of(each.file.folder).fail_on)
        for each, spec in zip(done, _with_baselines(done, arguments, settings, streams), strict=True)
    )
    specs = _picked(specs, choice) if choice.picks else specs
    try:
        text = _text(specs, arguments, style, against)
    except Exception:  # a bug that one spec brings to light must not hide what was found in the others
        specs = _without_failing(specs, arguments, style, streams)
        text = _text(specs, arguments, style, against)
    if output is None and task.fix and any(each.file.path == files.STDIN for each in done):
        streams.tell(text)
    else:
        deliver(text, output, streams)
    return _Run(_exit_code(specs), observed)


def _task(arguments: Arguments, *, layers: bool) -> working.Task:
    return working.Task(
        sizes=parse_sizes(arguments.texts("size")),
        layers=layers,
        geometry=arguments.flag("with_geometry") or arguments.text("format") == "html",
        no_ignores=arguments.flag("no_ignores"),
        debug=arguments.flag("debug"),
        fix=arguments.flag("fix") or arguments.flag("diff"),
        unsafe=arguments.flag("unsafe_fixes"),
        baselines=not arguments.flag("write_baseline"),
        merging=arguments.flag("prune_baseline"),
    )


def _files(arguments: Arguments, settings: Settings, excluded: Callable[[str], bool]) -> list[files.SpecFile]:
    """Files that the arguments name, and on request those that depend on them."""
    paths, dependent = arguments.texts("paths"), arguments.flag("with_dependents")
    found = files.find(
        paths or (() if dependent else (".",)),
        excluded=excluded,
        force_exclude=arguments.flag("force_exclude"),
        stdin_name=stdin_name(arguments, paths),
    )
    if not dependent:
        return found
    from rflint.project import dependents  # noqa: PLC0415 - start-up

    folder = None if paths else files.working_folder()
    return dependents.with_dependents(found, excluded, lambda folder: settings.of(folder).root, paths, folder)


def _jobs(arguments: Arguments) -> int:
    """Read `--jobs`; raises UsageError."""
    if (text := arguments.optional("jobs")) is None:
        return 1
    if not (text.isascii() and text.isdigit() and len(text) < 6 and int(text) <= _MOST_JOBS):
        raise UsageError(
            f"{arguments.source('jobs')}: `{text}` is not a number of processes from 0 (one for each processor) to {_MOST_JOBS}"
        )
    return int(text) or files.processors()


def _nothing(paths: Sequence[str]) -> str:
    where = ", ".join(f"`{path}`" for path in paths) or "this folder"
    return f"nothing to lint in {where}: no YAML file with a top-level `rflint:` key that is not excluded (--allow-empty accepts that)"


def _mistaken(paths: Sequence[str]) -> str:
    one = len(paths) == 1
    are = "looks like a spec and is" if one else "look like specs and are"
    return f"{quoted(paths)} {are} not linted, for want of a top-level `rflint: 1`"


def _with_baselines(done: Sequence[Outcome], arguments: Arguments, settings: Settings, streams: Streams) -> tuple[SpecReport, ...]:
    """Reports after the baselines had their say; on request these are written or pruned, and what is stale is told."""
    writing, pruning = arguments.flag("write_baseline"), arguments.flag("prune_baseline")
    by_path: dict[str | None, list[int]] = {}
    for place, each in enumerate(done):
        path = settings.of(each.file.folder).config.baseline
        if path is None and writing:
            path = os.path.join(files.working_folder(), config.DEFAULT_BASELINE)  # noqa: PTH118 - start-up
        by_path.setdefault(path, []).append(place)
    specs = [cast("SpecReport", each.spec) for each in done]
    configured = {settings.of(each.file.folder).config.baseline for each in done}
    if not any(by_path) and not pruning:
        return tuple(specs)
    from rflint.cli import baselining  # noqa: PLC0415 - start-up

    def with_all_importers(paths: Iterable[str]) -> set[str]:
        from rflint.project import dependents  # noqa: PLC0415 - start-up: only where findings of a baseline are gone

        linted = [each.file for each in done]
        return dependents.with_all_importers(paths, linted, settings.excludes, lambda folder: settings.of(folder).root)

    if writing:
        return baselining.write(specs, by_path, configured, with_all_importers, streams)
    if not any(map(arguments.has, NARROWING)):
        baselining.tell_stale(specs, by_path, with_all_importers, streams, prune=pruning)
    return tuple(specs)


def _picked(specs: tuple[SpecReport, ...], choice: Choice) -> tuple[SpecReport, ...]:
    """Keep the layers that are asked for; raises UsageError where there are none in any spec."""
    from rflint.formatters import layer_rows  # noqa: PLC0415 - start-up

    picked = tuple(layer_rows.selected(spec, choice) for spec in specs)
    if any(spec.layers for spec in specs) and not any(spec.layers for spec in picked):
        raise UsageError(layer_rows.nothing_selected(specs, choice))
    return picked


def _shown(outcome: Outcome, arguments: Arguments, settings: Settings) -> Severity:
    """Least severity of a spec's findings that are shown one by one; of a line a finding there is nothing to sum up."""
    held = settings.of(outcome.file.folder).config
    return cast("Severity", "info" if held.show is None and arguments.text("format") == "concise" else held.shown())


def _text(specs: tuple[SpecReport, ...], arguments: Arguments, style: Style, against: "Earlier | None" = None) -> str:
    report, form = Report(__version__, specs, summarize(specs), plugins.load().entries, against), arguments.text("format")
    if not arguments.flag("statistics"):
        return formatters.render(form, report, style)
    from rflint.formatters import statistics  # noqa: PLC0415 - start-up

    return statistics.counts_json(report) if form == "json" else statistics.counts(report, style)


def _without_failing(specs: Sequence[SpecReport], arguments: Arguments, style: Style, streams: Streams) -> tuple[SpecReport, ...]:
    """Replace the specs of which no text can be made by what failed there, and tell."""

    def checked(spec: SpecReport) -> SpecReport:
        try:
            _text((spec,), arguments, style)
        except Exception as error:
            streams.tell(bug_report(error, f"{spec.path}: ", debug=arguments.flag("debug")))
            empty = SpecReport(spec.path, spec.name, (), (), (), (), (), (), files=spec.files)
            return empty._replace(internal_error=f"{type(error).__name__}: {error_text(error)}")
        return spec

    return tuple(map(checked, specs))


def _exit_code(specs: Sequence[SpecReport]) -> int:
    if any(spec.internal_error is not None for spec in specs):
        return INTERNAL_ERROR
    return FINDINGS if any(spec.fails(finding) for spec in specs for finding in spec.findings) else 0


def _observed(arguments: Arguments, done: Sequence[Outcome], settings: Settings) -> tuple[str, ...]:
    """Files and folders that had a say in a run, beside those that a search came upon."""
    read = {path for each in done if each.spec is not None for path in each.spec.files}
    places = [settings.of(each.file.folder) for each in done]
    configured = {path for place in places for path in (place.source, place.config.baseline, *place.config.extended) if path is not None}
    return (*(path for path in arguments.texts("paths") or (".",) if path != files.STDIN), *sorted(read), *sorted(configured))
