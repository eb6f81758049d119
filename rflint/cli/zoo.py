"""`rflint zoo`: the bundled specs, and the paper's table computed from them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, cast

from rflint.cli.commands import COLOR, DEBUG, OUTPUT, Argument, Arguments, Command, Option
from rflint.cli.streams import ColorChoice, Streams
from rflint.model import UsageError
from rflint.words import Style, did_you_mean

#: The networks of the table in Araujo, Norris, Sim, Distill 2019, doi 10.23915/distill.00021, by receptive field.
PAPER: Final = (
    "alexnet_v2",
    "vgg_16",
    "mobilenet_v1",
    "mobilenet_v1_075",
    "resnet_v1_50",
    "inception_v2",
    "resnet_v1_101",
    "inception_v3",
    "resnet_v1_152",
    "resnet_v1_200",
    "inception_v4",
    "inception_resnet_v2",
)
#: Input size of the table.
SIZE: Final = 224


def run(arguments: Arguments, streams: Streams) -> int:
    """Print the table, or print or copy one spec."""
    from rflint.cli.printing import deliver, keep_existing  # noqa: PLC0415 - start-up

    specs = bundled()
    name, output = arguments.optional("name"), arguments.optional("output")
    if name is None:
        style = streams.style(cast("ColorChoice", arguments.text("color")), to_file=output is not None)
        text = "".join(f"{row}\n" for row in _overview(specs, style))
    elif name.removesuffix(".yaml") in specs:
        name = name.removesuffix(".yaml")
        text = specs[name].decode()
        output = _output(output, name)
    else:
        raise UsageError(f"no bundled spec is called `{name}`{did_you_mean(name, specs)} (`rflint zoo` lists them)")
    keep_existing(arguments, output)
    if name is not None:
        text = _landed(text, output)
    deliver(text, output, streams)
    return 0


def _output(output: str | None, name: str) -> str | None:
    """Name the file in a folder; a path that ends in `/` is one."""
    if output and (output.endswith(("/", os.sep)) or os.path.isdir(output)):  # noqa: PTH112 - start-up
        return f"{output.rstrip('/')}/{name}.yaml"
    return output


def _landed(text: str, output: str | None) -> str:
    """Let a bundled spec name the schema that there is where it lands."""
    from rflint.project import files, scaffold  # noqa: PLC0415 - start-up

    return scaffold.with_schema(text, None if output is None else files.folder_of(output))


def bundled() -> dict[str, bytes]:
    """Return the bundled specs by name, in order."""
    from pathlib import Path  # noqa: PLC0415 - start-up

    from rflint.resources import folder  # noqa: PLC0415 - start-up

    found = {path.stem: path for path in Path(folder("specs")).glob("*.yaml")}
    return {name: found[name].read_bytes() for name in sorted(found)}


def _overview(specs: Mapping[str, bytes], style: Style) -> Iterator[str]:
    from rflint.formatters import prose, table  # noqa: PLC0415 - start-up

    intro = (
        f"The networks of Araujo, Norris and Sim, Computing Receptive Fields of Convolutional Neural Networks (Distill 2019), "
        f"at {SIZE}x{SIZE}, computed from the bundled specs:"
    )
    yield from prose.wrap(intro, style.width)
    yield ""
    head = ("network", "layer", "RF", "stride", "padding")
    yield from table.table(head, paper_table(specs), {"RF", "stride", "padding"}, style)
    yield ""
    yield from prose.wrap("All bundled specs (`rflint zoo NAME` prints one, `rflint zoo NAME -o FILE` copies it):", style.width)
    yield ""
    yield from table.listing_table(("spec", "description"), [(name, _description(data, name)) for name, data in specs.items()], style)


def paper_table(specs: Mapping[str, bytes]) -> list[Sequence[str]]:
    """Lint the networks of the paper and return network, output layer, receptive field, stride and padding of each."""
    from rflint.formatters import cells  # noqa: PLC0415 - start-up
    from rflint.pipeline import lint_bytes  # noqa: PLC0415 - start-up
    from rflint.verdict import Options  # noqa: PLC0415 - start-up

    rows: list[Sequence[str]] = []
    for name in PAPER:
        spec = lint_bytes(specs[name], f"{name}.yaml", Options(sizes=((None, (SIZE,)),), layers=True))
        layer = next(layer for layer in spec.layers if layer.name == spec.outputs[0])
        field = next(iter(layer.receptive_field.values()))
        rows.append((name, layer.name, cells.receptive_field(field), cells.stride(field), cells.padding(field)))
    return rows


def _description(data: bytes, name: str) -> str:
    from rflint.reading import source  # noqa: PLC0415 - start-up

    document = source.read(data, f"{name}.yaml").document
    return str(document.data.get("description", "")) if document else ""


COMMAND = Command(
    name="zoo",
    help="List the bundled specs, or print or copy one.",
    run=run,
    arguments=(Argument("NAME", "A bundled spec to print.", words="zoo"),),
    options=(OUTPUT, Option("--force", "Overwrite the file of --output."), COLOR, DEBUG),
)
