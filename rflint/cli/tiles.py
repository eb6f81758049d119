"""`rflint tiles`: what to read around the tiles of a large image, and what that costs."""

from __future__ import annotations

import re
from typing import Final, cast

from rflint.cli.commands import COLOR, DEBUG, OUTPUT, SURROUNDINGS, Argument, Arguments, Command, Option, format_option
from rflint.cli.streams import ColorChoice, Streams
from rflint.model.errors import UsageError
from rflint.model.graph import Graph

_LARGEST: Final = 2**31 - 1
_TILE: Final = re.compile(r"[0-9]{1,10}(?:x[0-9]{1,10})*")


def run(arguments: Arguments, streams: Streams) -> int:
    """Answer for a layer or for all outputs; 1 where the spec is broken."""
    from rflint.cli.opening import node_of, open_spec  # noqa: PLC0415 - start-up
    from rflint.cli.options import parse_sizes  # noqa: PLC0415 - start-up
    from rflint.cli.printing import deliver  # noqa: PLC0415 - start-up
    from rflint.engine.analysis import analyze  # noqa: PLC0415 - start-up
    from rflint.formatters import tiles  # noqa: PLC0415 - start-up
    from rflint.questions import tiles as question  # noqa: PLC0415 - start-up

    sizes = parse_sizes(arguments.texts("size"))
    opened = open_spec(arguments, streams, sizes)
    if opened.graph is None:
        return 1
    graph = opened.graph
    layer = arguments.optional("layer")
    nodes = graph.outputs if layer is None else (node_of(graph, layer, "LAYER"),)
    if nodes[0] < len(graph.inputs) and layer is not None:
        raise UsageError(f"LAYER: `{layer}` is an input; name the layer whose outputs a tile is to give")
    tile = _tile(arguments.optional("tile"), graph)
    analysis = analyze(graph)
    found = question.tiles(analysis, nodes, tile)
    output = arguments.optional("output")
    style = streams.style(cast("ColorChoice", arguments.text("color")), to_file=output is not None)
    render = tiles.as_json if arguments.text("format") == "json" else tiles.as_text
    deliver(render(opened.path, graph, found, style), output, streams)
    return 1 if opened.errors else 0


def _tile(text: str | None, graph: Graph) -> tuple[int, ...] | None:
    """Read `512`, or `512x256`: one number for all axes, or one per axis."""
    if text is None:
        return None
    if not _TILE.fullmatch(text):
        raise UsageError(f"--tile: `{text}` is not a size; write 512, or one number per axis ({', '.join(graph.axes)}), like 512x256")
    sizes = tuple(map(int, text.split("x")))
    if len(sizes) not in (1, len(graph.axes)):
        raise UsageError(f"--tile: {len(sizes)} sizes for {len(graph.axes)} axes ({', '.join(graph.axes)})")
    if not all(1 <= size <= _LARGEST for size in sizes):
        raise UsageError(f"--tile: `{text}` is out of range; sizes are at least 1 and at most {_LARGEST:,}")
    return sizes * len(graph.axes) if len(sizes) == 1 else sizes


COMMAND = Command(
    name="tiles",
    help="Tell how far tiles of a large image must overlap for the network to give the same values tile by tile as on the whole.",
    run=run,
    arguments=(
        Argument("SPEC", "A spec, or - for standard input.", required=True),
        Argument("LAYER", "Name of a layer, or of an instance of a block (default: all outputs)."),
    ),
    options=(
        Option(
            "--tile",
            "Size of the tiles to price, what is read around them not counted: 512, or one number per axis, 512x256, in the order "
            "of `axes`.",
            "SIZE",
        ),
        format_option("text", "json"),
        Option(
            "--size",
            "Size of the whole image: 4096, 2048x4096 in the order of `axes`, image=4096, or none (any).",
            "SIZE",
            repeatable=True,
        ),
        OUTPUT,
        COLOR,
        *SURROUNDINGS,
        DEBUG,
    ),
)
