"""Charts of networks, drawn by matplotlib: what `plot` shows."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rflint.drawing import COLORS
from rflint.model import SpecReport, TargetReport, UsageError
from rflint.questions.coverage import coverage
from rflint.words import clip, did_you_mean, safe

if TYPE_CHECKING:
    from rflint.model.layers import LayerReport, ReceptiveField

#: What can be shown, and what that is.
KINDS: Final[Mapping[str, str]] = {
    "depth": "receptive fields over the depth of the network, with targets and the size of the input as lines",
    "coverage": "how much of a target some feature sees, by where it begins",
    "effective": "receptive fields and effective receptive fields (4 sigma) over the depth",
    "accuracy": "published top-1 accuracy on ImageNet over the receptive field, with multiply-adds as areas",
}
_CYCLE: Final = ("one", "two", "good", "bad")
_INCHES: Final = (8.0, 5.0)
_SETTINGS: Final = {
    "text.parse_math": False,
    "svg.hashsalt": "rflint",
    "svg.fonttype": "path",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": COLORS["edge"][0],
    "axes.labelcolor": COLORS["ink"][0],
    "xtick.color": COLORS["dim"][0],
    "ytick.color": COLORS["dim"][0],
    "text.color": COLORS["ink"][0],
    "grid.color": COLORS["edge"][0],
    "grid.alpha": 0.3,
    "axes.grid": True,
    "font.size": 10,
}


class Line(NamedTuple):
    """Values over places, in order."""

    label: str
    points: Sequence[tuple[float, float]]


def draw(specs: Sequence[SpecReport], kind: str, form: str, layer: str | None = None) -> bytes:
    """Draw a chart of one of KINDS, as `svg` or `png`: layers are asked for in the reports.

    Raises UsageError where matplotlib is missing, or where there is nothing to draw.
    """
    try:
        from matplotlib import rc_context  # noqa: PLC0415 - an extra
        from matplotlib.figure import Figure  # noqa: PLC0415 - an extra
    except ImportError:
        raise UsageError("charts are drawn by matplotlib: pip install 'rflint[plot]'") from None
    with rc_context(_SETTINGS):
        figure = Figure(figsize=_INCHES, layout="constrained")
        chart = figure.add_subplot()
        _DRAWERS[kind](chart, specs, layer)
        stream = io.BytesIO()
        figure.savefig(stream, format=form, dpi=144, metadata={"Date": None} if form == "svg" else {"Software": None})
    return stream.getvalue()


def _color(number: int) -> str:
    return COLORS[_CYCLE[number % len(_CYCLE)]][0]


def depths(spec: SpecReport) -> Mapping[str, int]:
    """Layers on the longest way to each layer that are not pointwise, its own counted in."""
    found: dict[str, int] = {}
    for each in spec.layers:
        found[each.name] = max((found.get(source, 0) for source in each.sources), default=0) + (not each.pointwise)
    return found


def over_depth(spec: SpecReport, name: str, sizes: Callable[[ReceptiveField], Sequence[float | None]]) -> list[Line]:
    """The largest value at each depth, a line for each axis; one where all axes agree."""
    depth_of = depths(spec)
    lines = []
    for axis, label in enumerate(spec.axes):
        largest: dict[float, float] = {}
        for each in spec.layers:
            field = each.receptive_field.get(name)
            if field is not None and (size := sizes(field)[axis]) is not None:
                largest[depth_of[each.name]] = max(largest.get(depth_of[each.name], 0), size)
        lines.append(Line(label, sorted(largest.items())))
    return [Line("", lines[0].points)] if all(line.points == lines[0].points for line in lines) else lines


def _depth(chart: Any, specs: Sequence[SpecReport], layer: str | None, *, effective: bool = False) -> None:
    del layer
    many, drawn = len(specs) > 1, 0
    for spec in specs:
        for item in spec.inputs:
            about = [*([spec.name] if many else []), *([item.name] if len(spec.inputs) > 1 else [])]
            colors: dict[str, str] = {}
            for line in over_depth(spec, item.name, lambda field: field.size):
                colors[line.label] = _color(drawn)
                label = _label(*about, line.label) or "receptive field"
                chart.plot(*_columns(line), label=label, color=colors[line.label], drawstyle="steps-post", linewidth=1.8)
                drawn += 1
            if effective:
                for line in over_depth(spec, item.name, lambda field: field.effective):
                    label = _label(*about, line.label, "effective")
                    color = colors.get(line.label, _color(drawn - 1))
                    chart.plot(*_columns(line), label=label, color=color, linestyle="--", drawstyle="steps-post")
    if not any(len(line.get_xdata()) for line in chart.get_lines()):
        raise UsageError("no layer has a receptive field that is a number")
    for words, size in dict.fromkeys(_held_against(specs)):
        chart.axhline(size, color=COLORS["dim"][0], linewidth=1, linestyle=":")
        chart.annotate(words, (1, size), xycoords=("axes fraction", "data"), ha="right", va="bottom", fontsize=8, color=COLORS["dim"][0])
    chart.set_xlabel("layers on the longest way, without pointwise ones")
    chart.set_ylabel("receptive field (input samples)")
    _finish(chart, specs)


def _held_against(specs: Sequence[SpecReport]) -> Iterator[tuple[str, int]]:
    """Targets and input sizes, in words."""
    for spec in specs:
        for item in spec.inputs:
            for axis, size in enumerate(item.size):
                if size is not None:
                    same = len(set(item.size)) == 1
                    yield _text(f"{item.name}{'' if same else f', {spec.axes[axis]}'}: {size}"), size
        for target in spec.targets:
            yield _text(f"{target.name}: {max(target.size)}"), max(target.size)


def _coverage(chart: Any, specs: Sequence[SpecReport], layer: str | None) -> None:
    drawn = 0
    for spec in specs:
        layers: dict[str, LayerReport | None] = {**{item.name: None for item in spec.inputs}, **{each.name: each for each in spec.layers}}
        asked = layer and spec.instances.get(layer, layer)
        if asked is not None and asked not in layers:
            raise UsageError(f"--layer: `{spec.name}` has no layer `{layer}`{did_you_mean(asked, [*layers, *spec.instances])}")
        for target in spec.targets:
            place = asked or target.layer
            if layers[place] is None and place != target.input:
                continue
            about = [*([spec.name] if len(specs) > 1 else []), f"{target.name} at {place}"]
            for line in seen_of(spec, layers[place], target):
                chart.plot(*_columns(line), label=_label(*about, line.label), color=_color(drawn), drawstyle="steps-post")
                drawn += 1
    if not drawn:
        raise UsageError("there is no target whose coverage is known: `targets` of a spec say what must be seen")
    chart.set_ylim(0, 1.05)
    chart.set_xlabel("where the target begins (input samples)")
    chart.set_ylabel("share of the target that some feature sees")
    _finish(chart, specs)


def seen_of(spec: SpecReport, layer: LayerReport | None, target: TargetReport) -> list[Line]:
    """The coverage of a target at a layer, a line for each axis; one where all axes agree; none where the phases are not known.

    `layer`: None for the input itself, each feature of which is a sample.
    """
    field = None if layer is None else layer.receptive_field.get(target.input)
    extents = next(item.size for item in spec.inputs if item.name == target.input)
    lines = []
    for axis, label in enumerate(spec.axes):
        if layer is None:
            seen = coverage([(0, 0)], 1, extents[axis], target.size[axis], extents[axis])
        elif field is None or (phases := field.phases[axis]) is None or (advance := field.advance[axis]) is None:
            continue
        else:
            seen = coverage(phases, advance, layer.size[axis], target.size[axis], extents[axis])
        lines.append(Line(label, [(place, float(share)) for place, share in seen]))
    return [Line("", lines[0].points)] if lines and all(line.points == lines[0].points for line in lines) else lines


def _effective(chart: Any, specs: Sequence[SpecReport], layer: str | None) -> None:
    _depth(chart, specs, layer, effective=True)


class Measured(NamedTuple):
    """A network with a published accuracy."""

    name: str
    receptive_field: int
    #: In percent.
    top1: float
    #: Published, else computed; None: unknown.
    macs: float | None


def measured(spec: SpecReport) -> Measured | None:
    """What the `metadata` of a spec says, beside its largest receptive field; None where it has no accuracy."""
    top1 = spec.metadata.get("imagenet_top1")
    sizes = [size for each in spec.layers for field in each.receptive_field.values() for size in field.size if size is not None]
    if isinstance(top1, bool) or not isinstance(top1, (int, float)) or not 0 <= top1 <= 100 or not sizes:
        return None
    published = spec.metadata.get("multiply_adds")
    computed = [each.macs for each in spec.layers if each.macs is not None]
    known = isinstance(published, (int, float)) and not isinstance(published, bool) and published > 0
    macs = float(published) if known else float(sum(computed)) if len(computed) == len(spec.layers) else None  # type: ignore[arg-type]
    return Measured(spec.name, max(sizes), float(top1), macs)


def _accuracy(chart: Any, specs: Sequence[SpecReport], layer: str | None) -> None:
    del layer
    found = [each for spec in specs if (each := measured(spec)) is not None]
    if not found:
        raise UsageError("no spec has a published accuracy: `metadata: {imagenet_top1: 71.5}` says it, in percent")
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter  # noqa: PLC0415 - an extra

    areas = [20 if each.macs is None else max(20, each.macs / 2e7) for each in found]
    across, up = [each.receptive_field for each in found], [each.top1 for each in found]
    chart.scatter(across, up, s=areas, color=COLORS["one"][0], alpha=0.45, linewidths=1, edgecolors=COLORS["one"][0])
    chart.set_xscale("log")
    chart.margins(x=0.12, y=0.1)
    chart.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    chart.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    chart.xaxis.set_minor_formatter(NullFormatter())
    _name(chart, found)
    chart.set_xlabel("largest receptive field (input samples)")
    chart.set_ylabel("published top-1 accuracy on ImageNet (%)")
    chart.set_title("Areas: multiply-adds of one image", fontsize=9, color=COLORS["dim"][0], loc="left")


#: Where a name may stand beside its point: points to the right and up, and which end of it stands there.
_BESIDE: Final = ((6, 4, "left"), (-6, 4, "right"), (6, -9, "left"), (-6, -9, "right"), (0, 11, "center"), (0, -16, "center"))


def _name(chart: Any, found: Sequence[Measured]) -> None:
    """Write names beside their points, where no other name stands, if that can be."""
    dots = 72 / chart.figure.dpi
    taken: list[tuple[float, float, float, float]] = []
    for each in sorted(found, key=lambda one: (-one.top1, one.receptive_field)):
        across, up = chart.transData.transform((each.receptive_field, each.top1)) * dots
        wide = 4.2 * len(each.name)
        boxes = []
        for right, above, end in _BESIDE:
            start = across + right - {"left": 0.0, "right": wide, "center": wide / 2}[end]
            boxes.append((start, up + above, start + wide, up + above + 8))
        free = (number for number, box in enumerate(boxes) if not any(_meet(box, other) for other in taken))
        place = next(free, 0)
        taken.append(boxes[place])
        right, above, end = _BESIDE[place]
        where = (each.receptive_field, each.top1)
        chart.annotate(_text(each.name), where, xytext=(right, above), textcoords="offset points", ha=end, fontsize=7)


def _meet(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


_DRAWERS: Final[Mapping[str, Callable[[Any, Sequence[SpecReport], str | None], None]]] = {
    "depth": _depth,
    "coverage": _coverage,
    "effective": _effective,
    "accuracy": _accuracy,
}


def _columns(line: Line) -> tuple[list[float], list[float]]:
    return [place for place, _ in line.points], [value for _, value in line.points]


def _label(*parts: str) -> str:
    return _text(", ".join(filter(None, parts)))


def _text(text: str) -> str:
    """A name as matplotlib may show it; a leading `_` would hide it from the legend."""
    shown = clip(safe(text), 60)
    return f" {shown}" if shown.startswith("_") else shown


def _finish(chart: Any, specs: Sequence[SpecReport]) -> None:
    if len(specs) == 1:
        chart.set_title(_text(specs[0].name), loc="left", fontweight="bold")
    if len(chart.get_legend_handles_labels()[1]) > 1:
        chart.legend(fontsize=8, frameon=False)
