"""`rflint verify`: a spec against the running model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, cast

from rflint.cli.commands import COLOR, DEBUG, FINDINGS, OUTPUT, SIZE, SURROUNDINGS, Argument, Arguments, Command, Option, format_option
from rflint.cli.streams import ColorChoice, Streams
from rflint.model import UsageError

_LONGEST: Final = 1_000_000


def run(arguments: Arguments, streams: Streams) -> int:
    """Run the model, compare it with the spec, and tell what differs; 1 where something does, or nothing could be compared."""
    from rflint.cli.opening import open_spec  # noqa: PLC0415 - start-up
    from rflint.cli.options import parse_sizes  # noqa: PLC0415 - start-up
    from rflint.cli.printing import deliver  # noqa: PLC0415 - start-up
    from rflint.formatters import verify as formatter  # noqa: PLC0415 - start-up
    from rflint.importing import ImportFailure, Wishes  # noqa: PLC0415 - start-up
    from rflint.model import Report, summarize  # noqa: PLC0415 - start-up
    from rflint.project import files, models, sources  # noqa: PLC0415 - start-up
    from rflint.verdict import report, settle, severities  # noqa: PLC0415 - start-up
    from rflint.verifying import findings, verify  # noqa: PLC0415 - start-up

    seconds = _seconds(arguments.optional("time_limit"))
    opened = open_spec(arguments, streams, parse_sizes(arguments.texts("size")))
    if opened.graph is None:
        return FINDINGS
    graph, named = opened.graph, arguments.optional("model")
    wishes = Wishes(submodule=arguments.optional("submodule"))
    if named is not None:
        model = files.SpecFile(named, named, named=True)
    elif models.format_at(opened.file) is not None:
        model = opened.file
    else:
        source = sources.source_of(opened.file, opened.loaded.text.encode())
        if source is None:
            raise UsageError(
                f"`{opened.path}` names no `source`: name the model to run: a file of ONNX or Keras, or torch:package.module:factory"
            )
        sources.refuse_code(opened.file, source, runs_code=arguments.flag("run_source"))
        model, wishes = source.file, source.wishes._replace(submodule=wishes.submodule or source.wishes.submodule)
    layers = _chosen(arguments.texts("layers"), [each.name for each in graph.layers])
    try:
        measurer = models.measurer(model, graph, wishes)
    except ImportFailure as failure:
        streams.say(f"`{model.display}` {failure}")
        return FINDINGS
    found = verify(graph, measurer, layers, _progress(streams, seconds), exact=arguments.flag("exact"))
    _progress_ends(streams)
    told = settle(tuple(findings(graph, found)), opened.loaded, severities(graph, opened.options), opened.options)
    output = arguments.optional("output")
    style = streams.style(cast("ColorChoice", arguments.text("color")), to_file=output is not None)
    if arguments.text("format") == "json":
        text = formatter.as_json(opened.path, model.display, graph, found)
    else:
        from rflint import __version__  # noqa: PLC0415 - start-up
        from rflint.formatters import render  # noqa: PLC0415 - start-up

        # What the table says already is not said again.
        shown = tuple(each for each in told if each.code == "RF701" or not found.measured)
        specs = (report(opened.loaded, None, shown, layers=False),)
        full = render("full", Report(__version__, specs, summarize(specs), opened.options.vocabulary.entries), style)
        text = formatter.as_text(model.display, graph, found, style) + full
    deliver(text, output, streams)
    failing = any(each.severity in ("error", "warning") and not each.suppressed for each in told)
    return FINDINGS if failing or opened.errors else 0


def _seconds(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and 0 < int(text) <= _LONGEST):
        raise UsageError(f"--time-limit: `{text}` is not a number of seconds")
    return int(text)


def _chosen(patterns: tuple[str, ...], names: list[str]) -> set[str] | None:
    """Return the layers that globs choose, as `report --only` does; None: all.  Raises UsageError for one that chooses none."""
    from rflint.words import covers  # noqa: PLC0415 - start-up

    wanted = [each.strip() for text in patterns for each in text.split(",") if each.strip()]
    chosen: set[str] = set()
    for pattern in wanted:
        matching = {name for name in names if covers(pattern, name)}
        if not matching:
            raise UsageError(f"--layers: no layer is called `{pattern}` (`rflint report` lists them)")
        chosen |= matching
    if patterns and not wanted:
        raise UsageError("--layers: no layer is named")
    return chosen if wanted else None


def _progress(streams: Streams, seconds: int | None) -> Callable[[int, int], bool]:
    """Tell on a terminal how far it is, and whether there is time left."""
    import time  # noqa: PLC0415 - start-up

    started = time.monotonic()
    shown = streams.stderr.isatty()

    def asked(done: int, total: int) -> bool:
        if shown:
            streams.tell(f"\r\033[Kverify: {100 * done // max(total, 1)} % measured\r")
        return seconds is None or time.monotonic() - started < seconds

    return asked


def _progress_ends(streams: Streams) -> None:
    if streams.stderr.isatty():
        streams.tell("\r\033[K")


COMMAND = Command(
    name="verify",
    help="Run a model, measure which samples its layers depend on, and compare that with a spec.",
    run=run,
    arguments=(
        Argument("SPEC", "A spec, or a model that is imported first.", required=True),
        Argument(
            "MODEL",
            "What to run: a model of ONNX or Keras, or torch:package.module:factory (default: the `source` of SPEC).",
        ),
    ),
    options=(
        Option(
            "--layers",
            "Layers to compare, or those inside an instance, with commas: globs, `*` stands for anything (default: all).",
            "GLOBS",
            repeatable=True,
            group="What to lint",
        ),
        SIZE,
        Option("--submodule", "Part of the model that the spec is about, by its path.", "PATH", group="Model"),
        Option("--exact", "Compare regions sample by sample: holes in them, too.", group="What to lint"),
        Option("--time-limit", "Measure no more after so many seconds.", "SECONDS", group="Running"),
        Option("--run-source", "Run the `source` of SPEC, which is code.", group="Model"),
        format_option("text", "json"),
        OUTPUT,
        COLOR,
        *SURROUNDINGS,
        DEBUG,
    ),
)
