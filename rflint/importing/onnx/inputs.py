"""What the dimensions of a model's inputs are: batch, channels and axes, in the order that suits the operators which read them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from rflint.importing.draft import DraftInput, Wishes
from rflint.importing.names import legal
from rflint.importing.onnx.graph import Constant, Graph, Node, Place
from rflint.importing.onnx.tensors import Dim, plain

#: Sizes along each axis at which shapes are folded where neither model nor user says one, by the number of axes.  Behind the
#: first are those of models that fit no other, as their constants were folded: text lines are 32, 48 or 64 samples high.
_NOMINAL: Final = {
    1: ((16_000,), (512,), (576,), (256,), (4096,)),
    2: ((224, 224), (48, 320), (32, 320), (64, 320), (640, 640), (320, 320), (416, 416), (512, 512), (256, 256), (128, 128), (112, 112)),
    3: ((64, 64, 64), (96, 96, 96), (128, 128, 128)),
}
_MOST_CHANNELS_LAST: Final = 4
#: Operators that know maps with their channels first only.
_CHANNELS_FIRST: Final = frozenset(("Conv", "ConvTranspose", "MaxPool", "AveragePool", "BatchNormalization", "InstanceNormalization"))
#: Operators before the first that looks at samples.
_CARRYING: Final = frozenset(
    ("Unsqueeze", "Reshape", "Pad", "Cast", "Slice", "Identity", "Transpose", "Concat", "Mul", "Add", "Sub", "Div")
)
_WINDOWS: Final = frozenset(("Conv", "ConvTranspose", "ConvInteger", "QLinearConv"))


class Layout(NamedTuple):
    """A way to read the inputs of a model."""

    axes: int
    #: `first`, `last`: where the channels are; `bare`: there is no dimension for them; None: as the sizes suggest.
    order: str | None = None
    #: Place in the list of nominal sizes.
    nominal: int = 0


def layouts(graph: Graph, wishes: Wishes) -> Iterator[Layout]:
    """Yield ways to read the inputs, the usual one first; at other sizes, too, where it is open what they are."""
    ranks = [len(each.shape) for each in graph.inputs if each.shape is not None and each.is_float]
    default = 1 if graph.inputs and not ranks else 2
    windows = max((axes for each in _weights(graph) if (axes := len(each) - 2) in _NOMINAL), default=None)
    usual = max((rank - 2 for rank in ranks if rank - 2 in _NOMINAL), default=windows or default)
    windows = windows or usual
    orders: list[str | None] = ["bare"] if _is_sound(graph) else []
    orders += [None, "first", "last", *(("bare",) if any(1 < rank <= max(usual, windows) + 1 for rank in ranks) else ())]
    each_axes = sorted({usual, windows}, key=lambda axes: axes != usual)
    free = not wishes.sizes and any(None in (each.shape or (None,))[1:] for each in graph.inputs if each.is_float)
    yield from (Layout(axes, order) for axes in each_axes for order in orders)
    if free:
        yield from (Layout(axes, order, more) for axes in each_axes for more in range(1, len(_NOMINAL[axes])) for order in orders if order)


def _is_sound(graph: Graph) -> bool:
    """Whether an input of two dimensions is a row of samples: a convolution comes before any product of matrices."""
    flat = {each.name for each in graph.inputs if each.is_float and each.shape is not None and len(each.shape) == 2}
    for node in graph.nodes:
        if flat.intersection(node.inputs):
            if node.op in _WINDOWS:
                return True
            if node.op in _CARRYING:
                flat.update(node.outputs)
    return False


def _weights(graph: Graph) -> Iterator[tuple[int, ...]]:
    return (weight.shape for node in graph.nodes if node.op in _WINDOWS and (weight := _weight(graph, node)) is not None)


def _weight(graph: Graph, node: Node) -> Constant | None:
    """Return the weight of a convolution, as far as its shape is known."""
    place = 3 if node.op == "QLinearConv" else 1
    return graph.constants.get(node.inputs[place]) if place < len(node.inputs) else None


def declared(graph: Graph, place: Place, layout: Layout, wishes: Wishes) -> tuple[DraftInput, tuple[Dim, ...]]:
    """Return an input with all its sizes, and what its dimensions hold."""
    axes = layout.axes
    shape = list((None,) * (axes + 2) if place.shape is None else place.shape)
    name = legal(place.name) or "input"
    order = _order(graph, place, shape, layout)
    spatial = _spatial(shape, order)
    nominal = _NOMINAL[axes][layout.nominal]
    present = nominal[axes - len(spatial) :] if len(spatial) <= axes else (nominal[0],) * len(spatial)
    known = [own if each is None else each for each, own in zip(spatial, present, strict=True)]
    whole = [1] * (axes - len(known)) + known
    asked = wishes.size_of(place.name, axes) or wishes.size_of(name, axes)
    if asked is not None and len(asked) == len(whole):
        whole = [own if each is None or own == 1 else each for own, each in zip(whole, asked, strict=True)]
    said = 1 if order == "bare" or len(shape) < 2 else shape[-1] if order == "last" else shape[1]
    channels = said or wishes.channels or _channels_of(graph, place.name)
    dims = plain((shape[0] if shape else 1) or 1, channels, whole)
    here = dims[2 + axes - len(spatial) :]
    view = {"last": (dims[0], *here, dims[1]), "bare": (dims[0], *here), "first": (*dims[:2], *here)}[order]
    return DraftInput(name, tuple(whole), channels), view[: len(shape)]


def freed(graph: Graph, place: Place, layout: Layout, wishes: Wishes, found: DraftInput) -> DraftInput:
    """Return an input with the sizes that the model, or the user, gave: no layer depends on the others."""
    if place.shape is None:
        return found._replace(size=(None,) * layout.axes)
    if wishes.size_of(place.name, layout.axes) is not None:
        return found
    spatial = _spatial(place.shape, _order(graph, place, place.shape, layout))
    missing = layout.axes - len(spatial)
    return found._replace(size=(*found.size[:missing], *spatial)) if missing >= 0 else found


def _spatial(shape: Sequence[int | None], order: str) -> Sequence[int | None]:
    return shape[1:] if order == "bare" else shape[1:-1] if order == "last" else shape[2:]


def _order(graph: Graph, place: Place, shape: Sequence[int | None], layout: Layout) -> str:
    """Tell where an input has its channels."""
    if len(shape) == 2 and not place.is_float:
        return "bare"
    if layout.order == "last" and _needs_channels_first(graph, place.name):
        return "first"
    if layout.order is not None and place.is_float:
        return layout.order if layout.order != "bare" or len(shape) <= layout.axes + 1 else "first"
    return "last" if _is_channels_last(graph, place.name, shape, layout.axes) else "first"


def _is_channels_last(graph: Graph, name: str, shape: Sequence[int | None], axes: int) -> bool:
    """Whether a tensor of a map has its channels at the end: few there, and not in the usual place, where some operators need them."""
    if len(shape) != axes + 2 or axes < 2:
        return False
    if _needs_channels_first(graph, name):
        return False
    last, second = shape[-1], shape[1]
    return last is not None and last <= _MOST_CHANNELS_LAST and (second is None or second > _MOST_CHANNELS_LAST)


def _needs_channels_first(graph: Graph, name: str) -> bool:
    """Whether an operator reads an input as it is that knows its channels in one place only."""
    return any(node.op in _CHANNELS_FIRST for node in graph.nodes if name in node.inputs)


def _channels_of(graph: Graph, name: str) -> int | None:
    """Return the channels that the first convolution of an input takes."""
    for node in graph.nodes:
        if name in node.inputs and node.op in {"Conv", "ConvInteger", "QLinearConv"}:
            weight, groups = _weight(graph, node), node.attributes.get("group")
            return None if weight is None or len(weight.shape) < 3 else weight.shape[1] * (groups if isinstance(groups, int) else 1)
    return None
