"""Which samples a value depends on, told by running the model: tensors hold 1 where they depend on the lit input, else 0.

Below modules and autograd everything is an ATen operator (https://pytorch.org/docs/stable/torch.compiler_ir.html).  Those
that compute with values are replaced by what they make of dependence; those that move values run as they are, so that the
geometry is torch's own.  What sees the whole map (global pools, norms over a map, attention to all) is held: it passes
nothing on, as local paths alone are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map

from rflint.verifying.torch.marks import either, is_lit, is_thin, lit, present, reduced_dims, ruled_out, why_unknown
from rflint.verifying.torch.products import Products

#: What interpolation leaves of a weight that is zero but for rounding.
_ROUNDING: Final = 1e-6

#: Operators that move values about, or take sums and maxima of neighbours: they run as they are.
_MOVING: Final = frozenset(
    """_unsafe_view alias cat chunk clone constant_pad_nd contiguous copy detach diagonal expand flatten flip im2col col2im index
    index_select lift_fresh max_pool2d_with_indices max_pool3d_with_indices movedim narrow native_channel_shuffle channel_shuffle
    permute pixel_shuffle pixel_unshuffle reflection_pad1d reflection_pad2d reflection_pad3d repeat repeat_interleave
    replication_pad1d replication_pad2d replication_pad3d reshape roll select slice split split_with_sizes squeeze stack t transpose
    unbind unfold unsafe_chunk unsafe_split unsqueeze view _reshape_alias avg_pool1d avg_pool2d avg_pool3d _to_copy to
    adaptive_max_pool2d adaptive_max_pool3d max_pool1d tril triu unsafe_split_with_sizes""".split()  # noqa: SIM905
)
#: Pointwise operators that torch does not call so.
_ACTIVATIONS: Final = frozenset(
    """hardswish hardsigmoid hardtanh elu celu selu gelu silu mish softplus leaky_relu prelu rrelu threshold""".split()  # noqa: SIM905
)
_INTERPOLATING: Final = ("upsample_", "_upsample_")
_NORMS: Final = frozenset(
    """native_batch_norm _native_batch_norm_legit _native_batch_norm_legit_no_training cudnn_batch_norm _batch_norm_with_update
    native_group_norm native_dropout""".split()  # noqa: SIM905
)
_REDUCING: Final = frozenset("mean sum amax amin max min var std var_mean std_mean logsumexp norm linalg_vector_norm prod any all".split())  # noqa: SIM905
#: Spatial operators on maps whose channels are alike, which one channel stands for.
_THIN: Final = ("max_pool", "avg_pool", "adaptive_", "_adaptive_", "upsample_", "_upsample_", "reflection_pad", "replication_pad")
#: Operators that make a value of the shape of another one.
_FRESH: Final = frozenset(
    """new_zeros new_ones new_full new_empty new_empty_strided zeros_like ones_like full_like empty_like rand_like randn_like""".split()  # noqa: SIM905
)

Watcher = Callable[[str, torch.Tensor, int], None]


class Propagation(Products, TorchDispatchMode):  # type: ignore[misc]
    """Runs a model on lit tensors.

    `watch(kind, output, merged)` is called with each operator that reads any: its name without underscores before and behind,
    what it gives, and how many of its inputs are lit.  `batch`: number of inputs that run side by side; `weights`: what was found
    out about weights, for the next run; `held`: what sees the whole map passes nothing on,
    which the last of the inputs, `probes` in number, tell from what sees windows (see `rflint.verifying.measuring.probes`).
    """

    def __init__(
        self,
        batch: int,
        watch: Watcher | None,
        weights: dict[object, tuple[torch.Tensor, torch.Tensor | None]] | None = None,
        *,
        held: bool = True,
        probes: int = 0,
    ) -> None:
        super().__init__()
        self._batch = batch
        self._holds = held
        self._probes = probes
        self._watch = watch
        #: Tensors that were written into in part: their storage is lit.
        self._written: dict[int, torch.Tensor] = {}
        self._weights: dict[object, tuple[torch.Tensor, torch.Tensor | None]] = {} if weights is None else weights

    def __torch_dispatch__(self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None) -> Any:
        """Run one operator."""
        del types
        kwargs = kwargs or {}
        tensors = [each for each in tree_flatten((args, kwargs))[0] if isinstance(each, torch.Tensor)]
        read = [each for each in tensors if self._is_lit(each)]
        name = str(func._schema.name).removeprefix("aten::")  # noqa: SLF001 - the only way to its name
        if not read or name in _FRESH:
            return func(*args, **kwargs)
        in_place = name.endswith("_") and not name.startswith("__")
        plain = name.rstrip("_") if in_place else name
        why = next((found for each in read if (found := why_unknown(each)) is not None), None)
        result = (
            self._unknown(func, args, kwargs, why) if why is not None else self._run(plain, func, args, kwargs, read, in_place=in_place)
        )
        if in_place and isinstance(result, torch.Tensor):
            result = self._store(args[0], result)
        self._counted(name, func, args, kwargs, result)
        for each in tree_flatten(result)[0]:
            if self._watch is not None and is_lit(each):
                self._watch(plain.strip("_"), each, len(read))
        return result

    def _is_lit(self, tensor: torch.Tensor) -> bool:
        if is_lit(tensor):
            return True
        if self._written and tensor.device.type != "meta" and tensor.untyped_storage().data_ptr() in self._written:
            lit(tensor)
            return True
        return False

    def _store(self, target: torch.Tensor, result: torch.Tensor) -> torch.Tensor:
        if target.is_floating_point():
            if is_thin(target):
                target.set_(result.expand_as(target))
            elif result.data_ptr() != target.data_ptr():
                target.copy_(result.expand_as(target))
        if not is_lit(target):
            self._written[target.untyped_storage().data_ptr()] = target
        return lit(target, why_unknown(result))

    @staticmethod
    def _unknown(func: Any, args: Sequence[Any], kwargs: dict[str, Any], why: str) -> Any:
        return tree_map(lambda each: lit(each, why) if isinstance(each, torch.Tensor) else each, func(*args, **kwargs))

    def _run(self, name: str, func: Any, args: Sequence[Any], kwargs: dict[str, Any], read: list[torch.Tensor], *, in_place: bool) -> Any:
        own = getattr(self, f"_on_{name.strip('_')}", None)
        if own is not None:
            return own(*args, **kwargs)
        if name in _NORMS:
            # As many values as it returns, no more: torch does not count them.
            count = len(func._schema.returns)  # noqa: SLF001
            return self._normed(name, args), *([args[0].new_ones(())] * (count - 1))
        if name in _REDUCING:
            return self._reduced(func, args, kwargs)
        if name in _MOVING or name.startswith(_INTERPOLATING):
            return self._moved(name, func, args, kwargs)
        if torch.Tag.pointwise in func.tags or name in _ACTIVATIONS or in_place:
            return either([each for each in tree_flatten((args, kwargs))[0] if isinstance(each, torch.Tensor)], read)
        return self._unknown(func, args, kwargs, f"operator {name}")

    @staticmethod
    def _counted(name: str, func: Any, args: Sequence[Any], kwargs: dict[str, Any], result: Any) -> None:
        """Carry on which scores of attention count."""
        pattern = present(args[0]) if args else None
        if pattern is not None and isinstance(result, torch.Tensor):
            ruled_out(result, func(pattern, *args[1:], **kwargs) if name in _MOVING else pattern if result.shape == pattern.shape else None)

    def _normed(self, name: str, args: Sequence[Any]) -> torch.Tensor:
        """Norms by numbers of the map itself have to do with all of it; those of training batches stand in the model."""
        value = args[0]
        # Where running means are missing, or not to be used, the map is its own batch.
        of_map = "group" in name or (
            "batch_norm" in name and (len(args) < 4 or args[3] is None or ("no_training" not in name and args[5] is True))
        )
        if self._holds or not of_map:
            return lit(value.view_as(value))
        # Channels may stand in the batch dimension, and the batch among the channels: the first of both is the batch.
        rows = value.reshape(self._batch, -1)
        spread = rows.amax(1, keepdim=True).expand_as(rows)
        return lit(spread.reshape(value.shape).contiguous())

    def _moved(self, name: str, func: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """Run an operator on zeros and ones; constants among its inputs depend on nothing."""
        whole = args[0]
        if name in ("index", "index_select") and any(
            self._is_lit(each) for each in tree_flatten(args[1:])[0] if isinstance(each, torch.Tensor)
        ):
            return self._unknown(func, args, kwargs, "positions that are data")
        if isinstance(whole, (list, tuple)):
            args = ([each if self._is_lit(each) else torch.zeros_like(each) for each in whole], *args[1:])
        if name == "constant_pad_nd":
            args = args[:2]
        thin = name.startswith(_THIN) and isinstance(whole, torch.Tensor) and is_thin(whole)
        if thin:
            args = (whole[:, :1], *args[1:])
        if name.startswith(_INTERPOLATING):
            result = (func(args[0].double(), *args[1:], **kwargs).abs() > _ROUNDING).float()
        else:
            result = func(*args, **kwargs)
            if name.startswith(("avg_pool", "max_pool", "adaptive_")):
                first = result if isinstance(result, torch.Tensor) else result[0]
                first = (first > 0).float()
                result = first if isinstance(result, torch.Tensor) else (first, *result[1:])
            if name in ("_to_copy", "to") and not result.is_floating_point():
                return self._unknown(func, args, kwargs, "whole numbers of data")
        if thin:
            result = tree_map(
                lambda each: each.expand(-1, whole.shape[1], *each.shape[2:]) if isinstance(each, torch.Tensor) else each, result
            )
        return tree_map(lambda each: lit(each) if isinstance(each, torch.Tensor) and each.is_floating_point() else each, result)

    def _held(self, result: torch.Tensor, before: Sequence[torch.Tensor]) -> torch.Tensor:
        """Let nothing pass where all of a result depends on what some of its sources did not."""
        if not self._holds:
            return lit(result)
        batch = self._batch
        if not result.numel() or not result.ndim or result.shape[0] % batch:
            return lit(torch.zeros_like(result))
        spread = (result.reshape(batch, -1) > 0).all(1)
        reached = torch.zeros_like(spread)
        for each in before:
            if each.shape[0] % batch == 0:
                rows = each.reshape(batch, -1) > 0
                spread &= ~rows.all(1)
                reached |= rows.any(1) & ~rows.all(1)
        told = spread[batch - self._probes :][reached[batch - self._probes :]]
        if not told.all():
            return lit(result)
        keep = (~spread).float().repeat_interleave(result.shape[0] // batch)
        return lit(result * keep.reshape(-1, *[1] * (result.ndim - 1)))

    def _reduced(self, func: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        shape = func(*args, **kwargs)
        first = shape if isinstance(shape, torch.Tensor) else shape[0]
        whole = args[0]
        dims = reduced_dims(func, args, kwargs, whole.ndim)
        result = self._held((whole.amax(dims) if dims else whole).reshape(first.shape).float(), (whole,))
        return (
            result
            if isinstance(shape, torch.Tensor)
            else (result, *(lit(torch.zeros_like(each, dtype=torch.float32)) for each in shape[1:]))
        )

    def _on_convolution(self, value: Any, weight: Any, bias: Any, *rest: Any) -> torch.Tensor:
        del bias
        transposed, groups = rest[3], rest[5]
        inputs, outputs = value.shape[1], (weight.shape[1] * groups if transposed else weight.shape[0])
        counted = self._present(weight)
        if not self._is_lit(value):
            value = torch.ones_like(value)
        if counted is not None:
            return lit((torch.ops.aten.convolution(value.float(), counted, None, *rest) > 0).float())
        # All weights count: one channel stands for the channels of a group.
        count = 1 if groups == 1 or is_thin(value) else groups
        value = value[:, :1] if is_thin(value) else value.reshape(value.shape[0], count, inputs // count, *value.shape[2:]).amax(2)
        if set(weight.shape[2:]) == {1} and set(rest[0]) == {1} and not any(rest[1]) and count == 1:
            return lit(value.float().expand(-1, outputs, *value.shape[2:]))
        kernel = torch.ones(count, 1, *weight.shape[2:])
        result = (torch.ops.aten.convolution(value.float(), kernel, None, *rest[:5], count) > 0).float()
        if count == 1:
            return lit(result.expand(-1, outputs, *result.shape[2:]))
        return lit(result.repeat_interleave(outputs // count, 1))

    def _present(self, weight: torch.Tensor) -> torch.Tensor | None:
        """Weights that are not zero, as ones; None: all of them, and of weights that are all zero, too, as they are before training."""
        if self._is_lit(weight):
            return None
        key = weight.data_ptr(), tuple(weight.shape), weight.stride()
        if key not in self._weights:
            count = int(weight.count_nonzero())
            # The weight is kept: its address is then no other's.
            self._weights[key] = weight, None if count in (0, weight.numel()) else (weight != 0).float()
        return self._weights[key][1]

    def _on_native_layer_norm(self, value: torch.Tensor, shape: Sequence[int], *rest: Any) -> Any:
        del rest
        dims = tuple(range(value.ndim - len(shape), value.ndim))
        seen = value.amax(dims, keepdim=True).expand_as(value) if len(shape) == 1 else value.view_as(value)
        return lit(seen), value.new_ones(()), value.new_ones(())

    def _on_softmax(self, value: torch.Tensor, dim: int, *rest: Any) -> torch.Tensor:
        del rest
        return self._held(value.amax(dim, keepdim=True).expand_as(value).clone(), (value,))

    _on_log_softmax = _on_softmax

    def _on_adaptive_avg_pool2d(self, value: torch.Tensor, size: Sequence[int]) -> torch.Tensor:
        pool = getattr(torch.ops.aten, f"_adaptive_avg_pool{len(size)}d")
        thin = value[:, :1] if is_thin(value) else value
        result = (pool(thin, size) > 0).float().expand(-1, value.shape[1], *size)
        return self._held(result, (value,)) if set(size) == {1} else lit(result)

    _on_adaptive_avg_pool3d = _on_adaptive_avg_pool2d

    def _on_where(self, condition: torch.Tensor, one: Any = None, other: Any = None) -> torch.Tensor:
        if self._is_lit(condition):
            tensors = [each for each in (condition, one, other) if isinstance(each, torch.Tensor)]
            return either(tensors, [each for each in tensors if self._is_lit(each)])
        zero = torch.zeros(())
        return lit(torch.where(condition, *(each if self._is_lit(each) else zero for each in (one, other))))

    def _on_copy(self, target: torch.Tensor, source: torch.Tensor, *rest: Any) -> torch.Tensor:
        del rest
        return lit((source if self._is_lit(source) else torch.zeros_like(target)).float().expand_as(target))

    def _on_glu(self, value: torch.Tensor, dim: int = -1) -> torch.Tensor:
        one, other = value.chunk(2, dim)
        return lit(torch.maximum(one, other))

    def _on_mul(self, one: Any, other: Any) -> torch.Tensor:
        read = [each for each in (one, other) if self._is_lit(each)]
        shown = [each for each in (one, other) if isinstance(each, torch.Tensor)]
        masks = [each for each in shown if not self._is_lit(each) and each.any() and not each.all()]
        found = either(shown, read)
        return lit(found * (masks[0] != 0).float()) if masks else found
