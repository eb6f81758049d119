"""Networks that are there already, as specs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rflint.api.arguments import Size, read_sizes
from rflint.api.errors import ArgumentError
from rflint.api.specs import Spec, load

if TYPE_CHECKING:
    import torch


def from_torch(
    module: torch.nn.Module, size: Size | None = None, *, channels: int | None = None, name: str | None = None, flat: bool = False
) -> Spec:
    """Make a spec of a module of PyTorch, as `rflint import torch:...` does; the module is traced on zeros, in evaluation mode.

    `size`: of the input, one number or one per axis; `channels`: of it, where its first convolution does not tell; `name`: of the network;
    `flat`: one item for each layer.  Raises TypeError for what is no module, ArgumentError where that cannot be done, and UsageError
    where a package is missing.
    """
    from rflint.importing import FORMATS, ImportFailure, Wishes, missing, spec_of  # noqa: PLC0415 - start-up

    found = next(each for each in FORMATS if each.name == "torch")
    try:
        from rflint.importing.torch import is_module, read_module  # noqa: PLC0415 - brings torch
    except ModuleNotFoundError as error:
        raise missing(found, error) from None
    if not is_module(module):
        raise TypeError(f"module: {type(module).__name__} is no torch.nn.Module")
    wishes = Wishes(sizes=read_sizes(size), channels=channels, flat=flat, name=name)
    title = name or type(module).__name__
    try:
        return load(spec_of(read_module(module, title, wishes), wishes, (f"Imported from {title} (PyTorch).",), {}).text)
    except ImportFailure as failure:
        raise ArgumentError(f"module: `{title}` {failure}") from None
