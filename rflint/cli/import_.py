"""`rflint import`: an existing model as a spec."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rflint.cli.commands import DEBUG, FINDINGS, OUTPUT, Argument, Arguments, Command, Conflict, Option
from rflint.cli.streams import Streams
from rflint.model import UsageError
from rflint.words import quoted

if TYPE_CHECKING:
    from rflint.importing import Wishes


def run(arguments: Arguments, streams: Streams) -> int:
    """Read a model and write its spec; 1 where it cannot be read."""
    from rflint.cli.options import parse_sizes  # noqa: PLC0415 - start-up
    from rflint.cli.printing import deliver, keep_existing  # noqa: PLC0415 - start-up
    from rflint.importing import ImportFailure, Wishes  # noqa: PLC0415 - start-up
    from rflint.project import files, models  # noqa: PLC0415 - start-up

    if arguments.flag("check") or arguments.flag("update"):
        from rflint.cli.renewing import renew  # noqa: PLC0415 - start-up

        return renew(arguments, streams)
    names, output = arguments.texts("model"), arguments.optional("output")
    found = files.find(names, excluded=lambda _: False, force_exclude=False, stdin_name=None)
    if len(names) != 1 or len(found) != 1 or not found[0].named or found[0].path == files.STDIN:
        raise UsageError(f"{quoted(names)} {'is' if len(names) == 1 else 'are'} not one model: name a single file")
    if output is not None and files.same(names[0], output):
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
    keep_existing(arguments, output, "--update renews it, --force overwrites it")
    try:
        spec = models.convert_named(found[0], wishes, models.source_of(found[0], wishes, output))
    except ImportFailure as failure:
        streams.say(f"`{found[0].display}` {failure}")
        return FINDINGS
    _refuse_sizes(spec.text, wishes)
    deliver(spec.text.encode(), output, streams)
    for line in (spec.summary, *spec.notes):
        streams.say(f"{found[0].display}: {line}")
    return 0


def _refuse_sizes(text: str, wishes: Wishes) -> None:
    """Raise UsageError for sizes of inputs, or along axes, that a network does not have: nothing of it was folded at them."""
    if not wishes.sizes:
        return
    from rflint.importing.names import legal  # noqa: PLC0415 - start-up
    from rflint.pipeline import load  # noqa: PLC0415 - start-up
    from rflint.verdict import OptionError, Options  # noqa: PLC0415 - start-up

    try:
        load(text.encode(), "model", Options(sizes=tuple((name and legal(name), size) for name, size in wishes.sizes)))
    except OptionError as error:
        raise UsageError(f"--size: {error}") from None


def _channels(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 10 and int(text) > 0):
        raise UsageError(f"--channels: `{text}` is not a number of channels")
    return int(text)


_ASKED = ("--size", "--channels", "--keep", "--flat", "--name", "--outputs", "--submodule", "--scale", "--output")

CONFLICTS = (
    Conflict(("--check",), ("--update",), "{one} changes nothing and {other} renews specs: use one of them"),
    Conflict(("--check", "--update"), _ASKED, "{one} imports as the `source` of a spec says, and does not go with {other}"),
    Conflict(("--force",), (), "{one} overwrites: add --output or --update", unless=("--output", "--update")),
    Conflict(
        ("--run-source", "--allow-empty"),
        (),
        "{one} is about the sources of specs: add --check or --update",
        unless=("--check", "--update"),
    ),
)

COMMAND = Command(
    name="import",
    help="Make a spec of an existing model: ONNX, PyTorch, Keras, darknet, Ultralytics, nnU-Net.",
    run=run,
    arguments=(
        Argument(
            "MODEL",
            "The model: its file, or torch:package.module:factory; with --check or --update, imported specs.",
            required=True,
            repeatable=True,
        ),
    ),
    conflicts=CONFLICTS,
    options=(
        Option(
            "--size",
            "Size of the inputs, at which shapes are folded: 321, 321x224 or image=321x224 (default: the model's own).",
            "SIZE",
            repeatable=True,
            group="Model",
        ),
        Option("--channels", "Channels of the inputs, where the model does not say.", "NUMBER", group="Model"),
        Option(
            "--keep", "Keep layers that are folded otherwise: activations and normalisations.", "WHAT", choices=("pointwise",), group="Spec"
        ),
        Option("--flat", "Write one layer for each layer of the model, without blocks.", group="Spec"),
        Option("--name", "Name of the network (default: that of the file).", "NAME", group="Spec"),
        Option(
            "--outputs", "Tensors of the model to stop at, instead of its outputs (ONNX, PyTorch).", "NAMES", repeatable=True, group="Model"
        ),
        Option("--submodule", "Part of the model to import, by its path (PyTorch), or its name (nnU-Net).", "PATH", group="Model"),
        Option("--scale", "Scale of a model that comes in several (Ultralytics).", "SCALE", group="Model"),
        OUTPUT._replace(group="Spec"),
        Option("--check", "Tell whether imported specs are what their models give, and show what differs.", group="Renewing"),
        Option("--update", "Renew imported specs in place.", group="Renewing"),
        Option("--force", "Overwrite the file of --output; with --update, also specs that somebody changed since.", group="Renewing"),
        Option("--run-source", "With --check or --update: run sources that are code (torch:...).", group="Renewing"),
        Option("--allow-empty", "With --check or --update: specs without a source are no error.", group="Renewing"),
        DEBUG,
    ),
)
