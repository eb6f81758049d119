"""`rflint locate`: feature to region and centre, pixel to features, between any two layers."""

from __future__ import annotations

import re
from typing import Final, cast

from rflint.cli.commands import COLOR, DEBUG, OUTPUT, SURROUNDINGS, Argument, Arguments, Command, Option, format_option
from rflint.cli.streams import ColorChoice, Streams
from rflint.model import Graph, UsageError

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
    machine, output = arguments.text("format") == "json", arguments.optional("output")
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
    at = _index(arguments.optional("at"), "--at", graph)
    pixel = _index(arguments.optional("pixel"), "--pixel", graph)
    analysis = analyze(graph)
    answers = [
        locate.Answer(
            graph.node_name(source),
            graph.node_name(node),
            tuple(part.size(source) for part in analysis.axes),
            tuple(part.size(node) for part in analysis.axes),
            location.feature(analysis, source, node, at) if at is not None else (),
            location.pixel(analysis, source, node, pixel) if pixel is not None else (),
            location.variation(analysis, source, node) if at is None and pixel is None else (),
        )
        for source in sources
    ]
    style = streams.style(cast("ColorChoice", arguments.text("color")), to_file=output is not None)
    text = locate.as_json(opened.path, graph.name, answers, opened.errors) if machine else locate.as_text(graph.name, answers, style)
    deliver(text, output, streams)
    return 1 if opened.errors else 0


def _index(text: str | None, what: str, graph: Graph) -> tuple[int, ...] | None:
    """Read `3,4`: one number per axis, or one for all."""
    if text is None:
        return None
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
        Option("--at", "A feature of the layer, one index per axis: 3,4.", "INDEX"),
        Option("--pixel", "A sample of the input (or of the layer of --from), one index per axis: 100,120.", "INDEX"),
        Option("--from", "Look from this layer instead of the inputs.", "LAYER"),
        format_option("text", "json"),
        Option("--size", "Override input sizes: 321, 321x224, image=321x224, or none (unknown).", "SIZE", repeatable=True),
        OUTPUT,
        COLOR,
        *SURROUNDINGS,
        DEBUG,
    ),
)
