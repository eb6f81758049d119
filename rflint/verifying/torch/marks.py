"""Tensors that say what depends on the lit input: how they are known, and what is told of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from typing import Any, Final

import torch
from torch.utils._python_dispatch import _disable_current_modes

_MARK: Final = "_rflint_lit"
_PRESENT: Final = "_rflint_present"

#: Lets tensors be looked at as what they are, while a model runs.
unwatched = _disable_current_modes


def present(value: object) -> torch.Tensor | None:
    """Return which entries of scores of attention count, as ones; None: nothing rules any out."""
    found = getattr(value, _PRESENT, None)
    return found if isinstance(found, torch.Tensor) else None


def ruled_out(value: torch.Tensor, pattern: torch.Tensor | None) -> torch.Tensor:
    """Note which entries of scores count."""
    if pattern is not None:
        setattr(value, _PRESENT, pattern)
    return value


def is_lit(value: object) -> bool:
    """Whether a value depends on the input."""
    return isinstance(value, torch.Tensor) and getattr(value, _MARK, False) is not False


def lit(value: torch.Tensor, why: str | None = None) -> torch.Tensor:
    """Mark a tensor of zeros and ones; `why`: its values mean nothing, and what is the cause of that."""
    setattr(value, _MARK, why)
    return value


def why_unknown(value: torch.Tensor) -> str | None:
    """Why the values of a lit tensor mean nothing; None: they do."""
    found = getattr(value, _MARK, None)
    return found if isinstance(found, str) else None


def is_thin(tensor: torch.Tensor) -> bool:
    """Whether one channel stands for all."""
    return bool(tensor.ndim > 2 and tensor.shape[1] > 1 and tensor.stride(1) == 0)


def either(shown: Sequence[torch.Tensor], read: Sequence[torch.Tensor]) -> torch.Tensor:
    """Depend on what any of the inputs does, in the shape that all of them come to."""
    shape = torch.broadcast_shapes(*(each.shape for each in shown))
    if len(read) == 1:
        return lit(read[0].float().expand(shape) if read[0].shape != shape else read[0].float().view_as(read[0]))
    channels = shape[1] if len(shape) > 2 else 1
    if channels > 1 and all(each.ndim == len(shape) and (is_thin(each) or each.shape[1] == 1) for each in read):
        thin = [each[:, :1] for each in read]
        slim = either(thin, thin)
        return lit(slim.expand(shape))
    result = read[0].float()
    for each in read[1:]:
        result = torch.maximum(result, each.float())
    return lit(result.expand(shape))


def reduced_dims(func: Any, args: Sequence[Any], kwargs: dict[str, Any], count: int) -> tuple[int, ...]:
    """Return the dimensions that an operator reduces."""
    names = [each.name for each in func._schema.arguments]  # noqa: SLF001
    given = {**dict(zip(names, args, strict=False)), **kwargs}
    dims = given.get("dim")
    if dims is None or dims == []:
        return tuple(range(count))
    return tuple(each % count for each in (dims if isinstance(dims, (list, tuple)) else [dims]))


@contextmanager
def quietly() -> Iterator[None]:
    """Keep what models print from the output, and torch from what it does better on real numbers.

    Maps are small, most of one channel: threads would wait for each other more than they work.
    """
    fast, threads = torch.backends.mha.get_fastpath_enabled(), torch.get_num_threads()
    torch.backends.mha.set_fastpath_enabled(False)
    torch.set_num_threads(1)
    try:
        with redirect_stderr(StringIO()), redirect_stdout(StringIO()):
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
        torch.set_num_threads(threads)
