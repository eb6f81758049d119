"""`rflint plot`: charts of one or several networks."""

from __future__ import annotations

from rflint.cli.commands import DEBUG, FINDINGS, INTERNAL_ERROR, OUTPUT, PATHS, SIZE, SURROUNDINGS, Arguments, Command, Conflict, Option
from rflint.cli.streams import Streams
from rflint.model import SpecReport, UsageError

#: How the name of a file says what is wanted.
_ENDINGS = {".svg": "svg", ".png": "png"}


def run(arguments: Arguments, streams: Streams) -> int:
    """Draw a chart; 1 where a spec is broken or there is none to draw, 3 where rflint itself failed on one."""
    from rflint.cli.printing import deliver  # noqa: PLC0415 - start-up
    from rflint.formatters import charts  # noqa: PLC0415 - start-up

    kind, output = arguments.text("what"), arguments.optional("output")
    form = _form(arguments.optional("format"), output)
    if form == "png" and output is None and streams.stdout.isatty():
        raise UsageError("a PNG image is nothing for a terminal: name a file with -o")
    specs, code = _specs(arguments, streams, zoo=kind == "accuracy" and not arguments.texts("paths"))
    if not specs:
        return max(code, FINDINGS)
    deliver(charts.draw(specs, kind, form, arguments.optional("layer")), output, streams)
    return code


def _form(asked: str | None, output: str | None) -> str:
    """What to write: as asked for, else as the file is called."""
    if asked is not None or output is None:
        return asked or "svg"
    found = next((form for ending, form in _ENDINGS.items() if output.lower().endswith(ending)), None)
    if found is None:
        raise UsageError(f"-o: `{output}` ends in neither .svg nor .png: say what it is with --format")
    return found


def _specs(arguments: Arguments, streams: Streams, *, zoo: bool) -> tuple[list[SpecReport], int]:
    """Report on what the arguments name, or on the zoo; what is wrong is told, and its exit code returned."""
    from rflint.cli.options import parse_sizes, settings_of, stdin_name  # noqa: PLC0415 - start-up
    from rflint.cli.working import Task, outcomes  # noqa: PLC0415 - start-up
    from rflint.project import files  # noqa: PLC0415 - start-up
    from rflint.resources import folder  # noqa: PLC0415 - start-up

    settings = settings_of(arguments, linting=False)
    paths = (folder("specs"),) if zoo else arguments.texts("paths")
    found = files.find(paths, excluded=settings.excludes, force_exclude=False, stdin_name=stdin_name(arguments, paths))
    task = Task(sizes=parse_sizes(arguments.texts("size")), layers=True, debug=arguments.flag("debug"))
    reports = []
    for each in outcomes(found, arguments, task, settings, streams.stdin, 1):
        streams.tell(each.complaint)
        if each.spec is not None:
            reports.append(each.spec)
    if not reports:
        raise UsageError("there is no spec to draw: name specs, or folders that hold some")
    return [spec for spec in reports if spec.layers], max(_told(spec, streams) for spec in reports)


def _told(spec: SpecReport, streams: Streams) -> int:
    """Tell what keeps a spec from being drawn as it was meant; returns its exit code."""
    if spec.internal_error is not None:
        return INTERNAL_ERROR
    # Of what is drawn all the same, mistakes of language (RF0) alone: the others are the network's own.
    wrong = [each for each in spec.findings if not spec.layers or (each.severity == "error" and each.code.startswith("RF0"))]
    for finding in wrong:
        streams.say(f"{finding.path}{finding.position}: {finding.code} {finding.message}")
    if not spec.layers and not wrong:
        streams.say(f"{spec.path}: a library of blocks has no layers of its own")
    return FINDINGS if wrong else 0


COMMAND = Command(
    name="plot",
    help="Draw charts with matplotlib: receptive fields over depth, coverage of targets, accuracy over receptive fields.",
    run=run,
    arguments=(PATHS._replace(help=f"{PATHS.help[:-1]}; without any, `accuracy` is drawn of the bundled specs."),),
    options=(
        Option(
            "--what",
            "What to show: `depth`, receptive fields over the depth with targets and input sizes as lines; `coverage`, how much of each "
            "target some feature sees, by where it begins; `effective`, effective receptive fields beside the nominal ones; `accuracy`, "
            "published accuracy (`imagenet_top1` of `metadata`) over receptive fields.",
            "CHART",
            choices=("depth", "coverage", "effective", "accuracy"),
            default="depth",
        ),
        Option("--layer", "Layer to take the coverage of targets at, instead of their own.", "LAYER"),
        Option("--format", "Form of the image (default: as the file of -o is called, else svg).", "FORMAT", choices=("svg", "png")),
        SIZE,
        OUTPUT,
        *SURROUNDINGS,
        DEBUG,
    ),
    conflicts=(
        Conflict(("--layer",), ("--what depth", "--what effective", "--what accuracy"), "{one} belongs to --what coverage, not to {other}"),
    ),
)
