"""The expanded architecture: a DAG of plain layers, each knowing where it was written.

Blocks, repeats, branches and `${}` are gone here; ops are still names and fields still plain data.
"""

from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple

from rflint.model.op import Op
from rflint.model.site import EMPTY, Site

#: `Layer.sources` entry of a reference that could not be resolved (its own finding says why).
MISSING = -1


Framework = Literal["torch", "keras", "onnx", "darknet", "caffe"]

#: How files of models are named; a YAML file is one of Ultralytics.
_ENDINGS: Final[Mapping[str, Framework]] = {
    ".onnx": "onnx",
    ".keras": "keras",
    ".h5": "keras",
    ".json": "keras",
    ".cfg": "darknet",
    ".prototxt": "caffe",
    ".pt": "torch",
    ".pth": "torch",
    ".yaml": "torch",
    ".yml": "torch",
}


class InputSpec(NamedTuple):
    """A declared input of the network."""

    name: str
    #: One entry per axis; None where unknown.
    size: tuple[int | None, ...]
    channels: int | None
    #: Unknown, but a multiple of this; one entry per axis, 1 where unconstrained.
    multiple_of: tuple[int, ...]
    site: Site


class Layer(NamedTuple):
    """One expanded layer."""

    #: Expanded path, unique in the graph: `block1/0/conv3`.
    name: str
    #: Name of the op as written; it may not exist in the ops table.
    op: str
    #: Node indexes of the inputs that carry signal (`Graph.nodes` numbering); MISSING where unresolved.
    sources: tuple[int, ...]
    #: Fields of the op, evaluated, defaults laid under; scalars or lists as the language allows.
    fields: Mapping[str, Any]
    #: The item of the document that wrote this layer.
    site: Site
    #: The items that brought it in (`use`, `branches`, outermost first); empty at top level.
    origin: tuple[Site, ...] = ()
    #: Node index that gives a size only (`like`, second input of crop_like / pad_like / resize_like); None where absent.
    like: int | None = None
    #: Codes and names from the item's `ignore` field, with those of its origins.
    ignore: tuple[str, ...] = ()
    #: Something about this layer is wrong and a finding says so; what depends on it is unknown.
    broken: bool = False
    #: Node index of the layer whose weights it shares, perhaps its own; None where it has its own without a word; MISSING where unresolved.
    weights: int | None = None

    def field_site(self, *names: str) -> Site:
        """Site of the first of these fields that the layer has, else of its op.

        A field that comes from `defaults` has no place in the item; positions fall back to the item then.
        """
        field = next((name for name in names if name in self.fields), "op")
        return Site(self.site.file, (*self.site.path, field))


class Source(NamedTuple):
    """The model that an imported spec was made from; no analysis opens or runs it."""

    #: `torch:shop.nets:detector`, `nets/detector.onnx`.
    model: str
    #: Of the input, at which it was looked at: one entry per axis, None where unknown.
    size: tuple[int | None, ...] | None = None
    options: Mapping[str, Any] = EMPTY
    #: Of the text that the importer wrote.
    digest: str | None = None

    @property
    def framework(self) -> Framework | None:
        """What the model runs in, as its name says; None where that says nothing."""
        if self.model.startswith("torch:") or self.model.endswith("plans.json"):
            return "torch"
        return next((framework for ending, framework in _ENDINGS.items() if self.model.lower().endswith(ending)), None)


class Target(NamedTuple):
    """An object that must be seen at a layer."""

    name: str
    #: Object size in input samples, one entry per axis.
    size: tuple[int, ...]
    #: Node index of the layer.
    node: int
    #: Share of the object that must be seen, 0 to 1.
    coverage: float
    #: Input name; None: every input the layer depends on.
    input: str | None
    site: Site


class Expectation(NamedTuple):
    """Design facts of one layer that must stay true."""

    node: int
    #: Name as written.
    layer: str
    #: receptive_field, stride, ... : value as written.
    facts: Mapping[str, object]
    site: Site


class Graph(NamedTuple):
    """Inputs and layers of one spec.

    Nodes are numbered inputs first, then layers: node `i` is input `i` for `i < len(inputs)`, else
    `layers[i - len(inputs)]`.  Layers stand in topological order, in the order written where that is one.
    """

    name: str
    axes: tuple[str, ...]
    inputs: tuple[InputSpec, ...]
    layers: tuple[Layer, ...]
    #: Node indexes.
    outputs: tuple[int, ...]
    #: Where `outputs` stands, or the last layer.
    output_sites: tuple[Site, ...]
    #: What the ops of the layers mean: the table that the spec was read with.
    ops: Mapping[str, Op]
    targets: tuple[Target, ...] = ()
    expectations: tuple[Expectation, ...] = ()
    #: Severities of the spec's own `rules`: key as written -> off, info, warning, error.
    rules: Mapping[str, str] = EMPTY
    #: Instance names (block uses, branches, repeats) -> node that stands for their output.
    aliases: Mapping[str, int] = EMPTY
    #: Axes on which nothing may look ahead.
    causal: tuple[str, ...] = ()
    #: Of the spec that has the layers.
    source: Source | None = None

    def node_name(self, node: int) -> str:
        """Name of an input or a layer by node index."""
        count = len(self.inputs)
        return self.inputs[node].name if node < count else self.layers[node - count].name

    def names(self) -> tuple[str, ...]:
        """Names of inputs, layers and instances."""
        return (*(item.name for item in self.inputs), *(layer.name for layer in self.layers), *self.aliases)

    def find(self, name: str) -> int | None:
        """Node index of an input, a layer, or the output of an instance; None: there is none of this name.

        Modules of a model are written with dots, too: `layer3.1` is `layer3/1`; where no instance has that name, the last layer below it.
        """
        names = [*(item.name for item in self.inputs), *(layer.name for layer in self.layers)]
        path = name.replace(".", "/")
        for each in (name, path):
            if each in names:
                return names.index(each)
            if each in self.aliases:
                return self.aliases[each]
        below = [number for number, each in enumerate(names) if each.startswith(f"{path}/")]
        return below[-1] if below and path else None

    def layer(self, node: int) -> Layer:
        """The layer with a node index (not an input)."""
        return self.layers[node - len(self.inputs)]

    def site(self, node: int) -> Site:
        """Where an input or a layer is written."""
        count = len(self.inputs)
        return self.inputs[node].site if node < count else self.layers[node - count].site

    def kind(self, layer: Layer) -> str:
        """Name of a layer's op; of one that is declared `like` another, of that other."""
        op = self.ops.get(layer.op)
        return layer.op if op is None else op.like or op.name

    def takes(self, layer: Layer, *fields: str) -> bool:
        """Whether the op of a layer has these fields; those of plug-ins may set by themselves what others leave to a field."""
        op = self.ops.get(layer.op)
        return op is not None and {field.name for field in op.fields}.issuperset(fields)
