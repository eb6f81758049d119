"""Modules of PyTorch: https://pytorch.org.  Exported to ONNX in memory, and read as that; the module paths are kept."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any, BinaryIO, Final

import torch

from rflint.importing import onnx
from rflint.importing.draft import Draft, ImportFailure, Wishes
from rflint.importing.torch.exporting import INPUT, exported
from rflint.importing.torch.factory import Call, build, parse, part

_CONVOLUTIONS: Final = (
    *(torch.nn.Conv1d, torch.nn.Conv2d, torch.nn.Conv3d),
    *(torch.nn.ConvTranspose1d, torch.nn.ConvTranspose2d, torch.nn.ConvTranspose3d),
)


def read(stream: BinaryIO, name: str, wishes: Wishes) -> Draft:
    """Build the module that a text names (this runs its code), and read it; raises ImportFailure."""
    text = stream.read().decode()
    module = build(text, wishes.submodule)
    return read_module(module, wishes.name or _name(parse(text)) or name, wishes._replace(submodule=None))


def _name(call: Call) -> str:
    """Return what to call the network: the first text among the arguments (`create_model('resnet50d')`), or what is called."""
    return next((each for each in (*call.positional, *call.named.values()) if isinstance(each, str) and each), call.names[-1])


def is_module(value: object) -> bool:
    """Whether a value can be read: a module, and not the class of one."""
    return isinstance(value, torch.nn.Module)


def read_module(module: torch.nn.Module, name: str, wishes: Wishes) -> Draft:
    """Read a module; raises ImportFailure."""
    module = part(module, wishes.submodule)
    channels, size = input_shape(module, wishes)
    stream = BytesIO(exported(module, torch.zeros(1, channels, *size)))
    draft = onnx.read(stream, name, wishes._replace(sizes=(), channels=None, submodule=None))
    # Modules have names, what they return has none.
    return draft._replace(outputs=tuple((key, "") for key, _ in draft.outputs))


def input_shape(module: torch.nn.Module, wishes: Wishes) -> tuple[int, tuple[int, ...]]:
    """Return the channels and the size of the input: as asked, or as the module says itself."""
    # Not the first weight: tokens and positions come before it, and its shape tells no channels where there are groups.
    first = next((each for each in module.modules() if isinstance(each, _CONVOLUTIONS)), None)
    axes = 2 if first is None else len(first.kernel_size)
    channels = wishes.channels or (None if first is None else first.in_channels or None)
    said: Mapping[str, Any] = getattr(module, "pretrained_cfg", None) or {}
    own = tuple(said.get("input_size") or ())
    size = wishes.size_of(INPUT, axes) or (own[1:] if len(own) == axes + 1 else None)
    if size is None or None in size:
        raise ImportFailure("does not say the size of its input: give one, --size 224")
    if channels is None:
        raise ImportFailure("does not say the channels of its input: give them, --channels 3")
    return channels, tuple(each for each in size if each is not None)
