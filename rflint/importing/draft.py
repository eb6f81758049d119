"""What an importer hands over: the layers of a model as plain values, whatever format they were read from."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from rflint.model import EMPTY


class ImportFailure(Exception):  # noqa: N818 - a failure of the model, which a finding tells
    """The model cannot be read; the message says why, in words that follow its path."""


class Wishes(NamedTuple):
    """What a user asks of an import."""

    #: Samples of the inputs: input name (None: every input) and its size per axis; one entry stands for all axes.
    sizes: tuple[tuple[str | None, tuple[int | None, ...]], ...] = ()
    #: Channels of the inputs, where the model does not say.
    channels: int | None = None
    #: Keep layers that move nothing (activations, normalisations over channels).
    keep_pointwise: bool = False
    #: One layer for each layer of the model, without blocks.
    flat: bool = False
    #: Name of the network; None: that of the file.
    name: str | None = None
    #: Tensors or layers that are the outputs; empty: those of the model.
    outputs: tuple[str, ...] = ()
    #: Part of the model to import, by its path in the model.
    submodule: str | None = None
    #: Letter or factors of a model that comes in several scales.
    scale: str | None = None

    def size_of(self, name: str, axes: int) -> tuple[int | None, ...] | None:
        """Return the asked size of an input, one entry per axis; None where nothing was asked."""
        asked = [size for input_name, size in self.sizes if input_name in (None, name)]
        return None if not asked or len(asked[-1]) not in (1, axes) else asked[-1] * axes if len(asked[-1]) == 1 else asked[-1]


class Part(NamedTuple):
    """What a dimension of a tensor holds, or part of it: `size` positions of an axis that are `step` apart."""

    #: Number of the axis; `TOKENS`, or another negative number for what is no axis.
    axis: int
    size: int
    step: int = 1


#: All samples of a map in one dimension, behind positions that are no samples (class tokens).
TOKENS: Final = -9


class Value(NamedTuple):
    """Where a model holds the map of a layer."""

    #: As the model calls it: a tensor, or the call of a layer.
    name: str
    #: What each dimension holds, outermost part first; None: to be told from the shape.
    dims: tuple[tuple[Part, ...], ...] | None = None


class DraftInput(NamedTuple):
    """An input of the network."""

    name: str
    #: Samples per axis; None where unknown.
    size: tuple[int | None, ...]
    channels: int | None = None
    value: Value | None = None


class Item(NamedTuple):
    """One layer, with the fields that the ops table (`rflint.ops`) gives its op."""

    #: Unique in the draft; how others refer to it.
    key: str
    op: str
    #: Keys of items, or names of inputs, that carry signal.
    sources: tuple[str, ...]
    fields: Mapping[str, Any] = EMPTY
    #: Modules of the model that it stands in, outermost first: `("layer1", "0", "conv1")`.
    path: tuple[str, ...] = ()
    #: What it is called among its neighbours: `add`; unused where it is alone in its module.
    label: str = ""
    #: The operator of the model, in its own words: `Conv /layer1/layer1.0/conv1/Conv`.
    origin: str = ""
    #: Where the model holds its map, if it does, and the importer knows.
    value: Value | None = None


class Draft(NamedTuple):
    """A network as an importer found it, in topological order."""

    name: str
    axes: tuple[str, ...]
    inputs: tuple[DraftInput, ...]
    items: tuple[Item, ...]
    #: Keys of items, or names of inputs, and what the model calls them; empty: it has no name for this.
    outputs: tuple[tuple[str, str], ...]
    #: Operators of the model, layers and all others.
    operators: int
    #: What a reader of the spec should know, one sentence each.
    notes: tuple[str, ...] = ()


class Layer(NamedTuple):
    """An item of a draft under its final name, a path: `layer1/0/conv1`."""

    name: str
    op: str
    #: Names of layers and inputs.
    sources: tuple[str, ...]
    fields: Mapping[str, Any]
    origin: str = ""
    #: What it was called before it became part of a unit that the model has no name for.
    former: str = ""
    value: Value | None = None


class Network(NamedTuple):
    """A draft with nothing left to decide but how it is written: final names, no layer that moves nothing unless asked for."""

    name: str
    axes: tuple[str, ...]
    inputs: tuple[DraftInput, ...]
    layers: tuple[Layer, ...]
    outputs: tuple[str, ...]
    #: Layers of the draft that were folded into others.
    folded: int
    notes: tuple[str, ...] = ()
