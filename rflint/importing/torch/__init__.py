"""Modules of PyTorch: https://pytorch.org.  Exported to ONNX in memory, and read as that; the module paths are kept."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from io import BytesIO, StringIO
from typing import Any, BinaryIO, Final

import torch

from rflint.importing import onnx
from rflint.importing.draft import Draft, ImportFailure, Wishes
from rflint.importing.torch.factory import Call, build, parse, part

_OPSET: Final = 17
_INPUT: Final = "image"
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
    channels = wishes.channels or (None if first is None else first.in_channels)
    said: Mapping[str, Any] = getattr(module, "pretrained_cfg", None) or {}
    own = tuple(said.get("input_size") or ())
    size = wishes.size_of(_INPUT, axes) or (own[1:] if len(own) == axes + 1 else None)
    if size is None or None in size:
        raise ImportFailure("does not say the size of its input: give one, --size 224")
    if channels is None:
        raise ImportFailure("does not say the channels of its input: give them, --channels 3")
    return channels, tuple(each for each in size if each is not None)


def exported(module: torch.nn.Module, example: torch.Tensor) -> bytes:
    """Return an ONNX model; by tracing, as that keeps module paths and leaves operators whole, else by `torch.export`."""
    failures: list[str] = []
    for dynamo in (False, True):
        stream = BytesIO()
        try:
            with warnings.catch_warnings(), redirect_stderr(StringIO()), redirect_stdout(StringIO()):
                warnings.simplefilter("ignore")
                logging.disable(logging.WARNING)
                if dynamo:
                    program = torch.onnx.export(module, (example,), input_names=[_INPUT], dynamo=True, verbose=False)
                    return bytes(program.model_proto.SerializeToString())
                torch.onnx.export(module, (example,), stream, input_names=[_INPUT], opset_version=_OPSET, dynamo=False)
                return stream.getvalue()
        except Exception as error:
            lines = str(error).splitlines() or [""]
            failures.append(f"{type(error).__name__}: {lines[0][:160]}")
        finally:
            logging.disable(logging.NOTSET)
    raise ImportFailure(f"cannot be exported ({failures[0]})")
