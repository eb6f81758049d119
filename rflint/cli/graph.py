"""`rflint graph`: the network as a picture."""

from __future__ import annotations

from rflint.cli.commands import DEBUG, OUTPUT, SIZE, SURROUNDINGS, Argument, Arguments, Command, Conflict, Option, format_option
from rflint.cli.report import levels
from rflint.cli.streams import Streams


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
    ops = {layer.name: network.described(layer, axes) for layer in opened.graph.layers}
    drawn = network.network(spec._replace(show="warning"), ops, depth, every=every)
    draw = {"svg": network_svg.draw, "dot": network_text.dot, "mermaid": network_text.mermaid}[arguments.text("format")]
    deliver(draw(drawn), arguments.optional("output"), streams)
    return 1 if opened.errors else 0


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
