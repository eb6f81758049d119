"""`rflint graph`: the network as a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from rflint.cli.commands import DEBUG, OUTPUT, SIZE, SURROUNDINGS, Argument, Arguments, Command, Conflict, Option, format_option
from rflint.cli.report import levels
from rflint.cli.streams import Streams
from rflint.model import Layer

#: Fields that say what a layer does, and how they are told beside its kernel.
_TOLD: Final[Mapping[str, str]] = {
    "stride": "stride",
    "dilation": "dilation",
    "scale": "by",
    "block": "by",
    "window": "window",
    "size": "to",
    "original": "",
}


def run(arguments: Arguments, streams: Streams) -> int:
    """Draw a network; 1 where the spec is broken."""
    from rflint.cli.opening import open_spec  # noqa: PLC0415 - start-up
    from rflint.cli.options import parse_sizes  # noqa: PLC0415 - start-up
    from rflint.cli.printing import deliver  # noqa: PLC0415 - start-up
    from rflint.formatters import network, network_svg, network_text  # noqa: PLC0415 - start-up
    from rflint.pipeline import lint_loaded  # noqa: PLC0415 - start-up

    depth, every = levels(arguments.optional("depth")), arguments.flag("all")
    opened = open_spec(arguments, streams, parse_sizes(arguments.texts("size")))
    if opened.graph is None:
        return 1
    spec, _ = lint_loaded(opened.loaded, opened.options._replace(layers=True))
    axes = len(opened.graph.axes)
    ops = {layer.name: described(layer, axes) for layer in opened.graph.layers}
    drawn = network.network(spec._replace(show="warning"), ops, depth, every=every)
    draw = {"svg": network_svg.draw, "dot": network_text.dot, "mermaid": network_text.mermaid}[arguments.text("format")]
    deliver(draw(drawn), arguments.optional("output"), streams)
    return 1 if opened.errors else 0


def described(layer: Layer, axes: int) -> str:
    """What a layer does, in a few words: `conv 3x3, stride 2`."""
    kernel = _extent(layer.fields.get("kernel"), axes)
    parts = [f"{layer.op} {kernel}" if kernel else layer.op]
    for field, word in _TOLD.items():
        text = _extent(layer.fields.get(field))
        if text and not (field in ("stride", "dilation") and text == "1"):
            parts.append(f"{word} {text}".strip())
    return ", ".join(parts)


def _extent(value: object, axes: int = 1) -> str:
    """`3x1`; one value for all axes is written `axes` times; empty for what is no extent."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        texts = [_extent(each) or "?" for each in value]
        return texts[0] if axes == 1 and len(set(texts)) == 1 else "x".join(texts)
    return "x".join([str(value)] * axes) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else ""


COMMAND = Command(
    name="graph",
    help="Draw the network: layers in their blocks, coloured by how much they see, with findings marked.",
    run=run,
    arguments=(Argument("SPEC", "A spec or a model, or - for standard input.", required=True),),
    options=(
        format_option("svg", "dot", "mermaid"),
        Option(
            "--depth",
            "Fold what lies deeper than N levels of names into one box each (default: as few as show more than one box, in networks "
            "of more than 60 layers that are not pointwise).",
            "N",
        ),
        Option("--all", "A box for every layer: nothing folded, no pointwise layer left out."),
        SIZE,
        OUTPUT,
        *SURROUNDINGS,
        DEBUG,
    ),
    conflicts=(Conflict(("--all",), ("--depth",), "{one} shows every layer and {other} folds some: use one of them"),),
)
