"""`rflint import`: an existing model as a spec."""

from __future__ import annotations

from rflint.cli.commands import DEBUG, FINDINGS, OUTPUT, Argument, Arguments, Command, Option
from rflint.cli.streams import Streams
from rflint.model import UsageError


def run(arguments: Arguments, streams: Streams) -> int:
    """Read a model and write its spec; 1 where it cannot be read."""
    from rflint.cli.options import parse_sizes  # noqa: PLC0415 - start-up
    from rflint.cli.printing import deliver  # noqa: PLC0415 - start-up
    from rflint.importing import ImportFailure, Wishes  # noqa: PLC0415 - start-up
    from rflint.project import files, models  # noqa: PLC0415 - start-up

    name, output = arguments.text("model"), arguments.optional("output")
    found = files.find((name,), excluded=lambda _: False, force_exclude=False, stdin_name=None)
    if len(found) != 1 or not found[0].named or name == files.STDIN:
        raise UsageError(f"`{name}` is not one model: name a single file")
    if output is not None and files.same(name, output):
        raise UsageError(f"`{output}` is the model itself: write the spec to another file")
    wishes = Wishes(
        sizes=parse_sizes(arguments.texts("size")),
        channels=_channels(arguments.optional("channels")),
        keep_pointwise=arguments.optional("keep") == "pointwise",
        flat=arguments.flag("flat"),
        name=arguments.optional("name"),
        outputs=tuple(each.strip() for text in arguments.texts("outputs") for each in text.split(",") if each.strip()),
        submodule=arguments.optional("submodule"),
        scale=arguments.optional("scale"),
    )
    try:
        spec = models.convert_named(found[0], wishes, models.source_of(found[0], wishes, output))
    except ImportFailure as failure:
        streams.say(f"`{found[0].display}` {failure}")
        return FINDINGS
    deliver(spec.text.encode(), output, streams)
    for line in (spec.summary, *spec.notes):
        streams.say(f"{found[0].display}: {line}")
    return 0


def _channels(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 10 and int(text) > 0):
        raise UsageError(f"--channels: `{text}` is not a number of channels")
    return int(text)


COMMAND = Command(
    name="import",
    help="Make a spec of an existing model: ONNX.",
    run=run,
    arguments=(Argument("MODEL", "The model's file.", required=True),),
    options=(
        Option(
            "--size",
            "Size of the inputs, at which shapes are folded: 321, 321x224 or image=321x224 (default: the model's own).",
            "SIZE",
            repeatable=True,
        ),
        Option("--channels", "Channels of the inputs, where the model does not say.", "NUMBER"),
        Option("--keep", "Keep layers that are folded otherwise: activations and normalisations.", "WHAT", choices=("pointwise",)),
        Option("--flat", "Write one layer for each layer of the model, without blocks."),
        Option("--name", "Name of the network (default: that of the file).", "NAME"),
        Option("--outputs", "Tensors or layers of the model to stop at, instead of its outputs.", "NAMES", repeatable=True),
        Option("--submodule", "Part of the model to import, by its path.", "PATH"),
        Option("--scale", "Scale of a model that comes in several.", "SCALE"),
        OUTPUT,
        DEBUG,
    ),
)
