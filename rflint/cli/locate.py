"""`rflint locate`: feature to region and centre, pixel to features, between any two layers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, cast

from rflint.cli.commands import COLOR, DEBUG, OUTPUT, SIZE, SURROUNDINGS, Argument, Arguments, Command, Conflict, Option, format_option
from rflint.cli.streams import ColorChoice, Streams
from rflint.engine import Analysis
from rflint.model import Graph, UsageError

_ORDER: Final = "one index per axis in the order of `axes` (y, x by default: the row first)"
_INDEX: Final = re.compile(r"-?[0-9]{1,9}(?:,-?[0-9]{1,9})*")


def run(arguments: Arguments, streams: Streams) -> int:
    """Answer where a feature looks, or who sees a pixel; 1 where the spec is broken."""
    from rflint.cli.opening import node_of, open_spec  # noqa: PLC0415 - start-up
    from rflint.cli.options import parse_sizes  # noqa: PLC0415 - start-up
    from rflint.cli.printing import deliver  # noqa: PLC0415 - start-up
    from rflint.engine import analyze  # noqa: PLC0415 - start-up
    from rflint.formatters import locate  # noqa: PLC0415 - start-up
    from rflint.questions import location  # noqa: PLC0415 - start-up

    sizes = parse_sizes(arguments.texts("size"))
    opened = open_spec(arguments, streams, sizes)
    form, output = arguments.text("format"), arguments.optional("output")
    machine = form == "json"
    if opened.graph is None:
        if machine:
            deliver(locate.as_json(opened.path, opened.name, (), opened.errors), output, streams)
        return 1
    graph = opened.graph
    node = node_of(graph, arguments.text("layer"), "LAYER")
    start = arguments.optional("from_")
    sources = [node_of(graph, start, "--from")] if start else list(range(len(graph.inputs)))
    if start and sources[0] >= node:
        raise UsageError(f"--from: `{start}` does not come before `{arguments.text('layer')}`")
    features = [_index(text, "--at", graph) for text in arguments.texts("at")]
    places: Sequence[tuple[int, ...] | None] = features or [None]
    if form == "svg" and len(sources) > 1:
        raise UsageError(f"--format svg: a picture shows one map, and `{graph.name}` has {len(sources)} inputs: name one with --from")
    pixel = None if (text := arguments.optional("pixel")) is None else _index(text, "--pixel", graph)
    analysis = analyze(graph)
    for at in features:
        _check_inside(at, "--at", "features", analysis, node)
    for source in sources if pixel is not None else ():
        _check_inside(pixel or (), "--pixel", "samples", analysis, source)
    answers = [
        locate.Answer(
            graph.node_name(source),
            graph.node_name(node),
            tuple(part.size(source) for part in analysis.axes),
            tuple(part.size(node) for part in analysis.axes),
            () if at is None else location.feature(analysis, source, node, at),
            location.pixel(analysis, source, node, pixel) if pixel is not None else (),
            location.variation(analysis, source, node) if at is None and pixel is None else (),
            () if at is None or machine else location.seen_sets(analysis, source, node, at),
        )
        for source in sources
        for at in places
    ]
    style = streams.style(cast("ColorChoice", arguments.text("color")), to_file=output is not None)
    if form == "svg":
        from rflint.formatters import region  # noqa: PLC0415 - start-up

        try:
            text = region.as_svg(answers)
        except ValueError as error:
            raise UsageError(f"--format svg: there is nothing to draw: {error}") from None
    else:
        text = locate.as_json(opened.path, graph.name, answers, opened.errors) if machine else locate.as_text(graph.name, answers, style)
    deliver(text, output, streams)
    return 1 if opened.errors else 0


def _check_inside(at: tuple[int, ...], what: str, of: str, analysis: Analysis, node: int) -> None:
    """Refuse a place outside of a map; raises UsageError, which names the range."""
    for axis, index in zip(analysis.axes, at, strict=True):
        size = axis.size(node)
        if size is not None and not 0 <= index < size:
            name, counted_ = analysis.graph.node_name(node), f"0 to {size - 1}" if size > 1 else "0 only"
            raise UsageError(f"{what}: {index} lies outside of `{name}`: on {axis.name} its {of} are {counted_}")


def _index(text: str, what: str, graph: Graph) -> tuple[int, ...]:
    """Read `3,4`: one number per axis, or one for all."""
    if not _INDEX.fullmatch(text):
        raise UsageError(f"{what}: `{text}` is not a position; write one whole number per axis ({', '.join(graph.axes)}), like 3,4")
    values = tuple(int(part) for part in text.split(","))
    if len(values) == 1:
        values *= len(graph.axes)
    if len(values) != len(graph.axes):
        raise UsageError(f"{what}: `{text}` has {len(values)} numbers for {len(graph.axes)} axes ({', '.join(graph.axes)})")
    return values


COMMAND = Command(
    name="locate",
    help="Tell which region a feature sees, or which features see a pixel; without either, how the receptive field varies over the map.",
    run=run,
    arguments=(
        Argument("SPEC", "A spec, or - for standard input.", required=True),
        Argument("LAYER", "Name of a layer, or of an instance of a block.", required=True),
    ),
    options=(
        Option("--at", f"A feature of the layer, {_ORDER}, such as 3,4; one number is for all axes.", "INDEX", repeatable=True),
        Option("--pixel", f"A sample of the input (or of the layer of --from), {_ORDER}, such as 100,120.", "INDEX"),
        Option("--from", "Look from this layer instead of the inputs.", "LAYER"),
        format_option("text", "json", "svg"),
        SIZE,
        OUTPUT,
        COLOR,
        *SURROUNDINGS,
        DEBUG,
    ),
    conflicts=(
        Conflict(("--format svg",), (), "{one} draws what a feature sees: give it with --at", unless=("--at",)),
        Conflict(("--format svg",), ("--pixel",), "{one} draws what a feature sees: {other} asks who sees a pixel"),
    ),
)
