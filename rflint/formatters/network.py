"""The network of a report as boxes in blocks, and what stands in them: what `graph` draws in all of its formats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from rflint.drawing import Scale, Tree, connected, grouped, scale
from rflint.formatters import cells
from rflint.formatters.layer_rows import FOLDED_ABOVE
from rflint.model import EMPTY, SEVERITY_ORDER, Layer, Severity, SpecReport
from rflint.words import counted
from rflint.words.paths import coarsest, copies

if TYPE_CHECKING:
    from rflint.model.layers import LayerReport, ReceptiveField

#: Findings that are told of one box.
_TOLD: Final = 8

#: Fields that say what a layer does, and how they are told beside its kernel.
_FIELDS: Final[Mapping[str, str]] = {
    "stride": "stride",
    "dilation": "dilation",
    "scale": "by",
    "block": "by",
    "window": "window",
    "size": "to",
    "original": "",
}


class Box(NamedTuple):
    """An input, a layer, or a folded block."""

    name: str
    #: What it is called where it stands, and what there is to know of it, a line each.
    label: str
    lines: tuple[str, ...]
    kind: Literal["input", "layer", "block"]
    #: Role of its colour.
    role: str
    #: Number of the open block it stands in; -1: none.
    group: int
    is_output: bool = False
    #: The gravest of its findings, and all of them in words.
    severity: Severity | None = None
    findings: tuple[str, ...] = ()


class Block(NamedTuple):
    """A block that shows what is in it."""

    name: str
    label: str
    #: Number of the block around it; -1: none.
    parent: int


class Network(NamedTuple):
    """All of it; edges are pairs of numbers of boxes, those into one box in the order in which it reads."""

    name: str
    boxes: tuple[Box, ...]
    blocks: tuple[Block, ...]
    edges: tuple[tuple[int, int], ...]
    #: By input that some layer reads.
    scales: tuple[Scale, ...]
    #: Meaning of words and marks that stand for numbers in the boxes.
    notes: tuple[str, ...] = ()

    def inside(self) -> Mapping[int, tuple[list[int], list[int]]]:
        """Numbers of the boxes and blocks that stand in each block; -1: in none."""
        found: dict[int, tuple[list[int], list[int]]] = {number: ([], []) for number in range(-1, len(self.blocks))}
        for number, box in enumerate(self.boxes):
            found[box.group][0].append(number)
        for number, block in enumerate(self.blocks):
            found[block.parent][1].append(number)
        return found


def network(spec: SpecReport, ops: Mapping[str, str] = EMPTY, depth: int | None = None, *, every: bool = False) -> Network:
    """Lay out what a report has of a network: layers are asked for.

    `ops`: what a layer does, by its name, where that is more than its op.  `depth`: parts of a name that are told apart, blocks
    below are folded (default: as few as show more than one box, where more than 60 layers are not pointwise).  `every`: nothing is
    folded, and pointwise layers have a box, too.
    """
    if depth is None and not every and sum(not layer.pointwise for layer in spec.layers) > FOLDED_ABOVE:
        depth = coarsest([layer.name for layer in spec.layers])
    spec = spec if every else _without_pointwise(spec)
    names, edges = connected(spec)
    return _Maker(spec, ops, grouped(names, edges), edges, depth).network()


def _without_pointwise(spec: SpecReport) -> SpecReport:
    """Let what reads a pointwise layer read what that does; outputs, and those with a target or a finding, stay."""
    marked = {*spec.outputs, *(target.layer for target in spec.targets)}
    marked |= {name for finding in spec.shown() for name in (*finding.instances, finding.layer or "")}
    left: dict[str, str] = {}
    kept = []
    for layer in spec.layers:
        sources = tuple(left.get(source, source) for source in layer.sources)
        if layer.pointwise and len(sources) == 1 and layer.name not in marked:
            left[layer.name] = sources[0]
        else:
            kept.append(replace(layer, sources=sources))
    instances = {path: left.get(name, name) for path, name in spec.instances.items()}
    return spec._replace(layers=tuple(kept), instances=instances)


class _Maker:
    def __init__(self, spec: SpecReport, ops: Mapping[str, str], tree: Tree, edges: Sequence[tuple[int, int]], depth: int | None) -> None:
        self.spec, self.ops, self.tree, self.edges = spec, ops, tree, edges
        self.members = tree.members()
        self.scales = {item.name: scale(spec, item.name) for item in spec.inputs}
        self.shown = sorted(spec.shown(), key=lambda each: -SEVERITY_ORDER[each.severity])
        #: By name of a layer, numbers of its findings.
        self.findings: dict[str, list[int]] = {}
        for place, finding in enumerate(self.shown):
            for name in {*finding.instances, finding.layer or ""}:
                self.findings.setdefault(name, []).append(place)
        counts = list(map(len, self.members))
        #: Blocks that are nothing but one layer or one other block: no box is drawn around those.
        self.idle = {group for group, count in enumerate(counts) if count == 1}
        self.idle |= {parent for group, parent in enumerate(tree.parents) if parent >= 0 and counts[parent] == counts[group]}
        #: What the boxes have numbers of.
        self.fields: list[ReceptiveField] = []
        #: Folded group that hides a group, itself or around it; -1: it is open.
        self.hidden: list[int] = []
        #: Number among the open blocks, its own or that of the block around it.
        self.open: list[int] = []
        self.blocks: list[Block] = []
        for group, (name, parent) in enumerate(zip(tree.names, tree.parents, strict=True)):
            around = self.hidden[parent] if parent >= 0 else -1
            is_folded = depth is not None and name.count("/") + 1 >= depth and len(self.members[group]) > 1
            self.hidden.append(around if around >= 0 else group if is_folded else -1)
            outer = self.open[parent] if parent >= 0 else -1
            self.open.append(outer)
            if self.hidden[group] < 0 and group not in self.idle:
                self.open[group] = len(self.blocks)
                self.blocks.append(Block(name, self._below(name, outer), outer))

    def _below(self, name: str, outer: int) -> str:
        """The rest of a path inside a block; what is called like the block keeps its last part."""
        if outer < 0:
            return name
        around = self.blocks[outer].name
        return name.rpartition("/")[2] if name == around else name.removeprefix(f"{around}/")

    def network(self) -> Network:
        count = len(self.spec.inputs)
        boxes: list[Box] = []
        place: dict[tuple[str, int], int] = {}
        box_of = []
        for node, group in enumerate(self.tree.group_of):
            folded = self.hidden[group] if group >= 0 else -1
            key = ("group", folded) if folded >= 0 else ("node", node)
            if key not in place:
                place[key] = len(boxes)
                boxes.append(self._block(folded) if folded >= 0 else self._input(node) if node < count else self._layer(node - count))
            box_of.append(place[key])
        edges = dict.fromkeys((box_of[source], box_of[target]) for source, target in self.edges if box_of[source] != box_of[target])
        read = {name for layer in self.spec.layers for name in layer.receptive_field}
        scales = tuple(each for name, each in self.scales.items() if name in read)
        notes = tuple(cells.legend(self.fields, ("receptive_field", "stride")))
        return Network(self.spec.name, tuple(boxes), tuple(self.blocks), tuple(edges), scales, notes)

    def _input(self, node: int) -> Box:
        item = self.spec.inputs[node]
        return Box(item.name, item.name, (cells.input_text(item),), "input", "cell", -1)

    def _layer(self, place: int) -> Box:
        layer = self.spec.layers[place]
        group = self.tree.group_of[len(self.spec.inputs) + place]
        outer = self.open[group] if group >= 0 else -1
        lines = (self.ops.get(layer.name, layer.op), *self._numbers(layer))
        return Box(
            layer.name, self._below(layer.name, outer), lines, "layer", self._role(layer), outer, *self._marks([layer.name], [layer.name])
        )

    def _block(self, group: int) -> Box:
        name, first = self.tree.names[group], len(self.spec.inputs)
        layers = [self.spec.layers[node - first] for node in self.members[group]]
        stands_for = self.spec.instances.get(name)
        last = next((layer for layer in layers if layer.name == stands_for), layers[-1])
        parent = self.tree.parents[group]
        outer = self.open[parent] if parent >= 0 else -1
        names = [layer.name for layer in layers]
        repeated = copies([each.split("/")[name.count("/") + 1 :] for each in names])
        label = self._below(name, outer) + (f" ×{repeated}" if repeated else "")
        lines = (counted(len(layers), "layer"), *self._numbers(last))
        return Box(name, label, lines, "block", self._role(last), outer, *self._marks(names, [last.name]))

    def _numbers(self, layer: LayerReport) -> tuple[str, ...]:
        many = len(self.spec.inputs) > 1
        self.fields += layer.receptive_field.values()
        seen = [
            f"{f'{name}: ' if many else ''}RF {cells.receptive_field(field)}, stride {cells.stride(field)}".removesuffix(", stride -")
            for name, field in layer.receptive_field.items()
        ]
        size = "" if all(each is None for each in layer.size) else "x".join("?" if each is None else str(each) for each in layer.size)
        channels = "" if layer.channels is None else counted(layer.channels, "channel")
        return (*seen, text) if (text := ", ".join(filter(None, (size, channels)))) else (*seen,)

    def _role(self, layer: LayerReport) -> str:
        for name, field in layer.receptive_field.items():
            if all(size is None for size in field.size):
                return "global" if "global" in field.why.values() else "unknown"
            return self.scales[name].role(field.size)
        return "unknown"

    def _marks(self, names: Sequence[str], ends: Sequence[str]) -> tuple[bool, Severity | None, tuple[str, ...]]:
        """Whether one of the layers is an output, the gravest of their findings, and those in words."""
        found = [self.shown[place] for place in sorted({place for name in names for place in self.findings.get(name, ())})]
        told = [f"{each.severity} {each.code}: {each.message}" for each in found[:_TOLD]]
        if len(found) > _TOLD:
            told.append(f"and {len(found) - _TOLD} more")
        return any(end in self.spec.outputs for end in ends), found[0].severity if found else None, tuple(told)


def described(layer: Layer, axes: int) -> str:
    """What a layer does, in a few words: `conv 3x3, stride 2`."""
    kernel = _extent(layer.fields.get("kernel"), axes)
    parts = [f"{layer.op} {kernel}" if kernel else layer.op]
    for field, word in _FIELDS.items():
        text = _extent(layer.fields.get(field))
        if text and not (field in ("stride", "dilation") and text == "1"):
            parts.append(f"{word} {text}".strip())
    return ", ".join(parts)


def _extent(value: object, axes: int = 1) -> str:
    """`3x1`; one value for all axes is written `axes` times; empty for what is no extent."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        texts = [_extent(each) or "?" for each in value]
        return texts[0] if axes == 1 and len(set(texts)) == 1 else "x".join(texts)
    return "x".join([str(value)] * axes) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else ""
