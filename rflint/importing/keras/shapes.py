"""Layers that rearrange, cut, join or reduce dimensions: views where that moves nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, Final

from rflint.importing.fields import brief
from rflint.importing.keras.pointwise import merged
from rflint.importing.keras.reader import Made, Operation, Reader
from rflint.importing.keras.tensors import CHANNELS, Call, Dim, NotExpressible, Tensor, place_of, whole
from rflint.importing.keras.windows import pooled


def _dims(tensor: Tensor) -> tuple[Dim, ...]:
    if tensor.dims is None:
        raise NotExpressible
    return tensor.dims


def _flatten(_: Reader, call: Call) -> Made:
    tensor = call.first
    return tensor._replace(dims=(tuple(part for dim in _dims(tensor) for part in dim),))


def _reshape(reader: Reader, call: Call) -> Made:
    """Reshape; an operation names the batch as well."""
    if "target_shape" in call.config:
        target = list(call.config["target_shape"])
    else:
        given = call.value("newshape", 1)
        target = list(call.keywords["shape"] if given is None else given)[1:]
    return reshaped(reader, call, call.first, [-1 if each is None else each for each in target])


def reshaped(reader: Reader, call: Call, tensor: Tensor, target: Sequence[int]) -> Tensor:
    """Return a tensor under other dimensions; raises NotExpressible where parts of an axis would be mixed."""
    parts = [part for dim in _dims(tensor) for part in dim]
    extents = [tensor.extent((part,)) for part in parts]
    parts, known = [part for part, size in zip(parts, extents, strict=True) if size != 1], [size for size in extents if size != 1]
    free = [place for place, size in enumerate(target) if size == -1]
    if len(free) > 1 or any(size < -1 or size == 0 for size in target):
        raise NotExpressible
    split = free[0] if free else len(target)
    front, used = _grouped(parts, known, target[:split])
    back, behind = _grouped(parts[::-1], known[::-1], target[:split:-1])
    rest = tuple(parts[used : len(parts) - behind])
    if used + behind <= len(parts) and front is not None and back is not None and (free or not rest):
        return tensor._replace(dims=(*front, *([rest] if free else []), *(dim[::-1] for dim in back[::-1])))
    return _unfolded(reader, call, tensor, target)


def _grouped(parts: Sequence[int], sizes: Sequence[int | None], target: Sequence[int]) -> tuple[list[Dim] | None, int]:
    """Take parts from the front for each of some dimensions; None where they do not fit."""
    found: list[Dim] = []
    at = 0
    for size in target:
        start, length = at, 1
        while length < size and at < len(parts):
            own = sizes[at]
            if own is None:
                return None, 0
            length *= own
            at += 1
        if length != size:
            return None, 0
        found.append(tuple(parts[start:at]))
    return found, at


def _unfolded(reader: Reader, call: Call, tensor: Tensor, target: Sequence[int]) -> Tensor:
    """The channels of one position laid out as a map: depth to space of one block."""
    if not tensor.is_vector or len(target) != reader.axes + 1 or tensor.channels is None:
        raise NotExpressible
    block, channels = [whole(each) for each in target[:-1]], target[-1]
    channels = tensor.channels // prod(block) if channels == -1 else channels
    if prod(block) * channels != tensor.channels:
        raise NotExpressible
    dims = reader.plain(first=False)
    return reader.emit(call, "depth_to_space", [tensor], {"block": brief(block)}, dims=dims, sizes=tuple(block), channels=channels)


def _permute(_: Reader, call: Call) -> Made:
    tensor = call.first
    dims = _dims(tensor)
    if "dims" in call.config:
        order = [whole(each) - 1 for each in call.config["dims"]]
    else:
        axes = call.value("axes", 1)
        axes = call.value("perm", 1) if axes is None else axes
        if not axes or axes[0] != 0:
            raise NotExpressible
        order = [whole(each) - 1 for each in axes[1:]]
    if sorted(order) != list(range(len(dims))):
        raise NotExpressible
    return tensor._replace(dims=tuple(dims[each] for each in order))


def _squeeze(_: Reader, call: Call) -> Made:
    tensor, axis = call.first, call.value("axis", 1)
    dims = _dims(tensor)
    places = {place_of(each, len(dims)) for each in (axis if isinstance(axis, list) else [axis])}
    if any(tensor.extent(dims[place]) != 1 for place in places):
        raise NotExpressible
    return tensor._replace(dims=tuple(dim for place, dim in enumerate(dims) if place not in places))


def _expand(_: Reader, call: Call) -> Made:
    tensor, axis = call.first, call.value("axis", 1)
    dims = list(_dims(tensor))
    dims.insert(place_of(axis, len(dims) + 1), ())
    return tensor._replace(dims=tuple(dims))


def _concatenate(reader: Reader, call: Call) -> Made:
    tensors = call.tensors
    axis = call.value("axis", 1, -1)
    known = [each for each in tensors if each.dims is not None]
    total = [each.channels for each in tensors]
    channels = None if None in total else sum(each or 0 for each in total)
    if len(tensors) < 2:
        return reader.emit(call, "identity", [call.first])
    if not known:
        return reader.emit(call, "concat", tensors, channels=channels)
    dims = max((each.dims or () for each in known), key=lambda each: sum(map(len, each)))
    if any(len(each.dims or ()) != len(dims) for each in known):
        raise NotExpressible
    place = place_of(axis, len(dims))
    for each in known:
        for number, (own, full) in enumerate(zip(each.dims or (), dims, strict=True)):
            if own != full and not (number != place and own == () and reader.axes_of(each, [own])):
                raise NotExpressible
    if dims[place] == (CHANNELS,):
        lengths = zip(*(each.sizes for each in known), strict=True)
        spread = {"broadcast": True} if any(1 in pair and set(pair) != {1} for pair in lengths) else {}
        return reader.emit(call, "concat", tensors, spread, dims=dims, channels=channels)
    along = reader.axes_of(tensors[0], [dims[place]])[0]
    joined = [each.sizes[along] for each in tensors]
    sizes = list(tensors[0].sizes)
    sizes[along] = None if None in joined else sum(each or 0 for each in joined)
    return reader.emit(call, "concat", tensors, {"axis": reader.axis_names[along]}, dims=dims, sizes=tuple(sizes))


def _reduce(op: str) -> Operation:
    def operation(reader: Reader, call: Call) -> Made:
        tensor, axis = call.first, call.value("axis", 1)
        if len(call.tensors) > 1:
            return merged(reader, call, {"global_avg_pool": "mean", "global_max_pool": "max"}[op], call.tensors)
        dims = _dims(tensor)
        given = list(range(1, len(dims) + 1)) if axis is None else axis if isinstance(axis, list) else [axis]
        places = {place_of(each, len(dims)) for each in given}
        kept = bool(call.value("keepdims", 2))
        gone = {dims[place] for place in places}
        if gone == {(CHANNELS,)}:
            left = tuple(dim if dim != (CHANNELS,) else () for dim in dims if kept or dim != (CHANNELS,))
            return reader.emit(call, "select_channels", [tensor], {"channels": 1}, dims=left, channels=1)
        if (CHANNELS,) in gone:
            raise NotExpressible
        axes = [part for dim in gone for part in dim]
        if CHANNELS in axes:
            raise NotExpressible
        return pooled(reader, call, op, tensor, axes, kept=kept)

    return operation


def _get_item(reader: Reader, call: Call) -> Made:
    """`x[:, 1:-1, ::2]`."""
    tensor = call.first
    dims = list(_dims(tensor))
    given = call.keywords.get("slice_spec", call.arguments[1] if len(call.arguments) > 1 else None)
    spec = [_slice(each) for each in (given if isinstance(given, list) else [given])]
    if Ellipsis in spec:
        place = spec.index(Ellipsis)
        spec[place : place + 1] = [slice(None)] * (len(dims) + 2 - len(spec))
    if not spec or spec[0] != slice(None) or len(spec) > len(dims) + 1:
        raise NotExpressible
    changed: dict[int, slice] = {}
    channels = tensor.channels
    removed = []
    for place, cut in enumerate(spec[1:]):
        dim = dims[place]
        if cut == slice(None):
            continue
        if isinstance(cut, int):
            if tensor.extent(dim) != 1 or dim == (CHANNELS,):
                raise NotExpressible
            removed.append(place)
        elif dim == (CHANNELS,) and isinstance(cut, slice) and channels is not None:
            channels = len(range(*cut.indices(channels)))
        elif len(dim) == 1 and dim != (CHANNELS,) and isinstance(cut, slice):
            changed[dim[0]] = cut
        else:
            raise NotExpressible
    left = tuple(dim for place, dim in enumerate(dims) if place not in removed)
    if channels != tensor.channels:
        tensor = reader.emit(call, "select_channels", [tensor], {"channels": channels}, channels=channels)
    if changed:
        tensor = _sliced(reader, call, tensor, changed)
    return tensor._replace(dims=left)


def _sliced(reader: Reader, call: Call, tensor: Tensor, changed: Mapping[int, slice]) -> Tensor:
    sizes = list(tensor.sizes)
    fields: dict[str, list[Any]] = {"start": [0] * reader.axes, "stop": [None] * reader.axes, "step": [1] * reader.axes}
    for axis, cut in changed.items():
        size = sizes[axis]
        fields["start"][axis], fields["step"][axis] = cut.start or 0, cut.step or 1
        # Where nothing is cut at the end, any stop beyond it says so.
        stop = cut.stop if cut.stop is not None else size
        fields["stop"][axis] = stop
        whole(fields["step"][axis])
        sizes[axis] = None if size is None else len(range(*cut.indices(size)))
    if all(cut.stop is None for cut in changed.values()):
        del fields["stop"]
    else:
        fields["stop"] = [tensor.sizes[axis] if each is None else each for axis, each in enumerate(fields["stop"])]
        if None in fields["stop"]:
            raise NotExpressible
    written = {name: brief(values) for name, values in fields.items() if values != [{"start": 0, "step": 1}.get(name)] * reader.axes}
    return reader.emit(call, "slice", [tensor], written, sizes=tuple(sizes))


def _slice(given: Any) -> Any:
    """Return a part of an index: a slice, a number, None or an ellipsis, as the versions write them."""
    if isinstance(given, dict):
        config = given.get("config") if isinstance(given.get("config"), dict) else given
        if given.get("class_name") == "__ellipsis__":
            return Ellipsis
        assert isinstance(config, dict)
        parts = [config.get(name) for name in ("start", "stop", "step")]
        if any(each is not None and type(each) is not int for each in parts):
            raise NotExpressible
        return slice(*parts)
    if given == "..." or given is Ellipsis:
        return Ellipsis
    if type(given) is not int:
        raise NotExpressible
    return given


#: Functions of TensorFlow, as version 2 writes them, and the classes of version 3 that they are.
_FUNCTIONS: Final = {
    "add": "Add",
    "subtract": "Subtract",
    "multiply": "Multiply",
    "truediv": "Divide",
    "divide": "Divide",
    "maximum": "Maximum",
    "minimum": "Minimum",
    "relu": "ReLU",
    "relu6": "Relu6",
    "leaky_relu": "LeakyReLU",
    "sigmoid": "Sigmoid",
    "tanh": "Tanh",
    "silu": "Silu",
    "swish": "Silu",
    "gelu": "Gelu",
    "softmax": "Softmax",
    "reshape": "Reshape",
    "transpose": "Transpose",
    "squeeze": "Squeeze",
    "expand_dims": "ExpandDims",
    "concat": "Concatenate",
    "reduce_mean": "Mean",
    "reduce_sum": "Sum",
    "reduce_max": "Max",
    "cast": "Cast",
    "identity": "Identity",
    "stop_gradient": "StopGradient",
    "clip_by_value": "Clip",
    "abs": "Abs",
    "exp": "Exp",
    "log": "Log",
    "sqrt": "Sqrt",
    "rsqrt": "Rsqrt",
    "square": "Square",
    "resize": "Resize",
    "getitem": "GetItem",
}


def _function(reader: Reader, call: Call) -> Made:
    """`TFOpLambda`: the function is named as it stands in TensorFlow."""
    function = str(call.config.get("function", "")).rpartition(".")[2]
    kind = _FUNCTIONS.get(function)
    if call.kind == "SlicingOpLambda":
        kind = "GetItem"
    if kind is None:
        raise NotExpressible
    # Names of arguments differ between the versions.
    renamed = {"method": "interpolation", "perm": "axes"}
    keywords = {renamed.get(name, name): value for name, value in call.keywords.items() if name != "name"}
    config = {"axis": keywords["axis"]} if "axis" in keywords else {}
    return reader.again(call._replace(kind=kind, keywords=keywords, config=config))


OPERATIONS: Final[Mapping[str, Operation]] = {
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Permute": _permute,
    "Transpose": _permute,
    "Squeeze": _squeeze,
    "ExpandDims": _expand,
    "Concatenate": _concatenate,
    "Mean": _reduce("global_avg_pool"),
    "Sum": _reduce("global_avg_pool"),
    "Max": _reduce("global_max_pool"),
    "Amax": _reduce("global_max_pool"),
    "GetItem": _get_item,
    "TFOpLambda": _function,
    "SlicingOpLambda": _function,
}
