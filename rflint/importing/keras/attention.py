"""Layers over sequences and whole maps: dense, attention, recurrent ones, and those that wrap another layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rflint.importing.keras.graph import name_of
from rflint.importing.keras.reader import Made, Operation, Reader
from rflint.importing.keras.tensors import CHANNELS, Call, NotExpressible, Tensor, place_of, whole


def _dense(reader: Reader, call: Call) -> Made:
    """Over the last dimension: of channels it looks at one position, of all there is at the whole map."""
    tensor, channels = call.first, whole(call.config["units"])
    bias = {"bias": False} if call.config.get("use_bias") is False else {}
    fields: dict[str, Any] = {"channels": channels, **bias}
    if tensor.dims is None or len(tensor.dims) == 1 or tensor.is_vector:
        if tensor.dims is None or (len(tensor.dims) > 1 and tensor.dims[-1] != (CHANNELS,)):
            raise NotExpressible
        dims = (*tensor.dims[:-1], (CHANNELS,)) if tensor.is_vector else ((CHANNELS,),)
        made = reader.emit(call, "dense", [tensor], fields, dims=dims, sizes=(1,) * reader.axes, channels=channels)
    elif tensor.dims[-1] == (CHANNELS,):
        made = reader.emit(call, "conv", [tensor], {"kernel": 1, **fields}, channels=channels)
    else:
        raise NotExpressible
    return reader.activation(call, made)


def _embedding(reader: Reader, call: Call) -> Made:
    """A vector for each position: a table, of which no convolution has the parameters."""
    tensor, channels = call.first, whole(call.config["output_dim"])
    if tensor.dims is None or any(CHANNELS in dim for dim in tensor.dims):
        raise NotExpressible
    return reader.emit(call, "window", [tensor], {"kernel": 1, "channels": channels}, dims=(*tensor.dims, (CHANNELS,)), channels=channels)


def _attention(reader: Reader, call: Call) -> Made:
    """Self-attention over all positions; of two maps, or over some axes only, it has no op."""
    tensors = call.tensors
    query = call.first
    if len({each.key for each in tensors}) != 1 or query.dims is None or query.dims[-1] != (CHANNELS,):
        raise NotExpressible
    axes = call.config.get("attention_axes")
    places = range(len(query.dims) - 1) if axes is None else [place_of(each, len(query.dims)) for each in axes]
    held = {part for place in places for part in query.dims[place]}
    if held != {axis for axis in range(reader.axes) if query.sizes[axis] != 1}:
        raise NotExpressible
    fields: dict[str, Any] = {}
    heads = whole(call.config.get("num_heads", call.config.get("num_query_heads", 1)))
    if heads > 1:
        fields["heads"] = heads
    if call.keywords.get("use_causal_mask") is True:
        fields["causal"] = True
    return reader.emit(call, "attention", [query], fields)


def _recurrent(reader: Reader, call: Call, direction: str | None = None, wide: int = 1) -> Made:
    tensor, config = call.first, call.config
    if tensor.dims is None or len(tensor.dims) != 2 or tensor.dims[1] != (CHANNELS,) or len(call.tensors) > 1:
        raise NotExpressible
    (axis,) = reader.axes_of(tensor, tensor.dims[:1])
    channels = whole(config["units"]) * wide
    one_way = "backward" if config.get("go_backwards") else "forward"
    fields: dict[str, Any] = {"direction": direction or one_way, "channels": channels}
    fields = {key: value for key, value in fields.items() if (key, value) != ("direction", "both")}
    if reader.axes > 1:
        fields["axis"] = reader.axis_names[axis]
    made = reader.emit(call, "rnn", [tensor], fields, channels=channels)
    if config.get("return_state"):
        raise NotExpressible
    if config.get("return_sequences"):
        return made
    # The last output alone has seen all of it.
    return reader.emit(call, "global_avg_pool", [made], {}, dims=((CHANNELS,),), sizes=(1,) * reader.axes)


def _inner(call: Call, name: str = "layer") -> Call:
    layer = call.config.get(name)
    if not isinstance(layer, dict) or not isinstance(layer.get("config"), dict):
        raise NotExpressible
    return call._replace(kind=str(layer.get("class_name")), config=layer["config"], path=(*call.path, call.name), name=name_of(layer))


def _bidirectional(reader: Reader, call: Call) -> Made:
    inner = _inner(call)
    if inner.kind not in {"LSTM", "GRU", "SimpleRNN"} or call.config.get("merge_mode") not in {"concat", "sum", "ave", "mul"}:
        raise NotExpressible
    wide = 2 if call.config["merge_mode"] == "concat" else 1
    return _recurrent(reader, call._replace(config=inner.config), "both", wide)


def _wrapped(reader: Reader, call: Call) -> Made:
    return reader.again(_inner(call)._replace(path=call.path, name=call.name))


def _each_step(reader: Reader, call: Call) -> Made:
    """`TimeDistributed`: a layer without the first dimension."""
    tensor = call.first
    if tensor.dims is None or len(tensor.dims) < 2:
        raise NotExpressible
    inner = _inner(call)._replace(path=call.path, name=call.name, keywords={}, shape=None)
    step = tensor._replace(dims=tensor.dims[1:])
    if inner.kind in {"Flatten", "Reshape"} or (inner.kind == "Dense" and len(step.dims or ()) == 1 and step.dims != ((CHANNELS,),)):
        raise NotExpressible
    if inner.kind == "Dense":
        # Of one step: at one position, whatever is left of it.
        inner = inner._replace(arguments=(tensor,))
        return reader.again(inner)
    made = reader.again(inner._replace(arguments=(step,)))
    if not isinstance(made, Tensor) or made.dims is None:
        raise NotExpressible
    return made._replace(dims=(tensor.dims[0], *made.dims))


OPERATIONS: Final[Mapping[str, Operation]] = {
    "Dense": _dense,
    "Embedding": _embedding,
    "MultiHeadAttention": _attention,
    "GroupQueryAttention": _attention,
    "GroupedQueryAttention": _attention,
    "Attention": _attention,
    "LSTM": _recurrent,
    "GRU": _recurrent,
    "SimpleRNN": _recurrent,
    "Bidirectional": _bidirectional,
    "TimeDistributed": _each_step,
    "SpectralNormalization": _wrapped,
}
