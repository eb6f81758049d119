"""`rflint plot`: charts of one or several networks."""

from __future__ import annotations

from rflint.cli.commands import DEBUG, OUTPUT, PATHS, SIZE, SURROUNDINGS, Arguments, Command, Conflict, Option
from rflint.cli.streams import Streams
from rflint.model import SpecReport, UsageError

#: How the name of a file says what is wanted.
_ENDINGS = {".svg": "svg", ".png": "png"}


def run(arguments: Arguments, streams: Streams) -> int:
    """Draw a chart; 1 where a spec is broken."""
    from rflint.cli.printing import deliver  # noqa: PLC0415 - start-up
    from rflint.formatters import charts  # noqa: PLC0415 - start-up

    kind, output = arguments.text("what"), arguments.optional("output")
    form = _form(arguments.optional("format"), output)
    if form == "png" and output is None and streams.stdout.isatty():
        raise UsageError("a PNG image is nothing for a terminal: name a file with -o")
    specs, broken = _specs(arguments, streams, zoo=kind == "accuracy" and not arguments.texts("paths"))
    if not specs:
        return 1
    deliver(charts.draw(specs, kind, form, arguments.optional("layer")), output, streams)
    return 1 if broken else 0


def _form(asked: str | None, output: str | None) -> str:
    """What to write: as asked for, else as the file is called."""
    if asked is not None or output is None:
        return asked or "svg"
    found = next((form for ending, form in _ENDINGS.items() if output.lower().endswith(ending)), None)
    if found is None:
        raise UsageError(f"-o: `{output}` ends in neither .svg nor .png: say what it is with --format")
    return found


def _specs(arguments: Arguments, streams: Streams, *, zoo: bool) -> tuple[list[SpecReport], bool]:
    """Report on what the arguments name, or on the zoo; and whether some of it was broken, which is told."""
    from rflint.cli.options import parse_sizes, settings_of, stdin_name  # noqa: PLC0415 - start-up
    from rflint.cli.working import Task, outcomes  # noqa: PLC0415 - start-up
    from rflint.project import files  # noqa: PLC0415 - start-up
    from rflint.resources import folder  # noqa: PLC0415 - start-up

    settings = settings_of(arguments, linting=False)
    paths = (folder("specs"),) if zoo else arguments.texts("paths")
    found = files.find(paths, excluded=settings.excludes, force_exclude=False, stdin_name=stdin_name(arguments, paths))
    task = Task(sizes=parse_sizes(arguments.texts("size")), layers=True, debug=arguments.flag("debug"))
    specs, broken = [], False
    for each in outcomes(found, arguments, task, settings, streams.stdin, 1):
        streams.tell(each.complaint)
        if each.spec is None:
            continue
        if each.spec.layers:
            specs.append(each.spec)
            continue
        broken = True
        for finding in each.spec.findings:
            streams.say(f"{finding.path}{finding.position}: {finding.code} {finding.message}")
    if not specs and not broken:
        raise UsageError("there is no spec to draw: name specs, or folders that hold some")
    return specs, broken


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
