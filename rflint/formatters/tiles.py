"""Answers of `rflint tiles`, as text and as JSON (`schemas/rflint-tiles.v1.schema.json`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from rflint import __version__
from rflint.formatters.exact import dumps
from rflint.formatters.prose import wrap
from rflint.formatters.table import table
from rflint.model.graph import Graph
from rflint.questions.tiles import Sides, Tiles, TilesOnAxis
from rflint.words.congruence import in_words
from rflint.words.terminal import Style, safe
from rflint.words.wording import listing

_LEGEND: Final = "Reach: samples that the outputs of a tile see beyond it, before + after. Halo: samples to read there."

#: How a layer comes to depend on the whole image, by the group of its op.
_SPREADING: Final = {"gated": "takes statistics over", "merging": "spreads one sample over"}


def as_text(path: str, graph: Graph, answers: Sequence[Tiles], style: Style) -> str:
    """For a terminal: what to do, the numbers, and what it costs."""
    name = safe(graph.name or path)
    if not answers:
        return f"{name}: what was asked for depends on no input.\n"
    lines: list[str] = []
    for answer in answers:
        title = f"{name}: tiles of {safe(answer.input)} for the outputs of {safe(answer.layer)}"
        lines += [style.paint("strong", title), ""]
        lines += _advice(graph, answer, style)
        lines += ["", *_numbers(answer, style)]
        if any(each.reach_any is not None for each in answer.axes):
            lines += ["", *wrap(_LEGEND, style.width)]
        if answer.prices:
            lines += ["", *_prices(answer, style)]
        lines.append("")
    return "\n".join(lines[:-1]) + "\n"


def _alike(answer: Tiles) -> Iterator[tuple[str, TilesOnAxis]]:
    """Axes with the same numbers, together: their names, and the numbers."""
    groups: dict[TilesOnAxis, list[str]] = {}
    for each in answer.axes:
        groups.setdefault(replace(each, axis=""), []).append(safe(each.axis))
    return ((listing(names), each) for each, names in groups.items())


def _advice(graph: Graph, answer: Tiles, style: Style) -> Iterator[str]:
    said: dict[str, list[str]] = {}
    for each in answer.axes:
        said.setdefault(_why(graph, answer.input, each) if each.halo is None else _recipe(each), []).append(safe(each.axis))
    for text, axes in said.items():
        yield from wrap(f"On {listing(axes)}: {text}" if len(said) > 1 else text, style.width)


def _recipe(each: TilesOnAxis) -> str:
    assert each.halo is not None
    low, high = each.halo
    places = "" if each.modulus == 1 else f" at multiples of {each.modulus}"
    sides = f"{low} more samples on either side" if low == high else f"{low} more samples before it and {high} after it"
    piece = f"each tile and {sides}, or to the border of the image," if low or high else "each tile alone,"
    sizes = in_words(each.residues, each.modulus)
    return (
        f"Cut the image into tiles{places}. Read {piece} run the network on that piece, and keep the outputs of the tile: "
        "they have the values of the whole image."
    ) + ("" if sizes == "any n" else f" Pieces, like the image, have n samples, {sizes}.")


def _why(graph: Graph, source: str, each: TilesOnAxis) -> str:
    layer = next((layer for layer in graph.layers if layer.name == each.culprit), None)
    kind = "" if layer is None else graph.kind(layer)
    op = graph.ops.get(kind)
    group = "" if op is None else op.group
    subject = f"`{safe(each.culprit)}`" + (f" ({safe(layer.op)})" if layer is not None else "")
    reasons = {
        "global": f"{subject} {_SPREADING.get(group, 'sees')} the whole image",
        "unknown-op": f"what {subject} reads is not known",
        "position-dependent": f"what {subject} reads changes from place to place",
        "size-dependent": (
            f"the maps that {subject} merges differ in size"
            if group == "merging"
            else f"what {subject} does depends on the size of the image"
        ),
    }
    text = f"No halo gives a tile the values that it has in the whole image: {reasons[each.halo_why]}."
    if each.instead is not None:
        residue, modulus = each.instead
        size = next(item.size[graph.axes.index(each.axis)] for item in graph.inputs if item.name == source) or 0
        text += f" Images of n samples have one, {in_words((residue,), modulus)}, such as {size + (residue - size) % modulus}."
    return text


def _numbers(answer: Tiles, style: Style) -> Iterator[str]:
    rows = []
    for axes, each in _alike(answer):
        if each.modulus > 1:
            rows.append((axes, f"multiples of {each.modulus}", _sides(each.reach), _sides(each.halo)))
        rows.append((axes if each.modulus == 1 else "", "any sample", _sides(each.reach_any), _sides(each.halo_any, exact=each.exact)))
    yield from table(("axis", "tiles cut at", "reach", "halo"), rows, {"reach", "halo"}, style)


def _sides(sides: Sides | None, *, exact: bool = True) -> str:
    return "-" if sides is None else f"{'' if exact else '≤ '}{sides[0]} + {sides[1]}"


def _prices(answer: Tiles, style: Style) -> Iterator[str]:
    rows = [(_extent(price.tile), _extent(price.piece), f"{float(price.repeated):.0%}") for price in answer.prices]
    yield from table(("tile", "piece to read", "work done twice"), rows, {"tile", "piece to read", "work done twice"}, style)
    between: dict[str, list[str]] = {}
    for length, each in zip(answer.prices[0].tile, answer.axes, strict=True):
        if length % each.modulus and each.halo_any is not None:
            step, (before, behind) = each.modulus, each.halo_any
            text = (
                f"tiles of {length} are not cut at multiples of {step} ({length + -length % step} would be): begin a piece at the first "
                f"multiple of {step} that is at most {before} samples before its tile, and end it at the last place at most {behind} "
                "behind it that gives the piece a size that fits."
            )
            between.setdefault(text, []).append(safe(each.axis))
    for text, axes in between.items():
        yield ""
        yield from wrap(f"On {listing(axes)}, {text}", style.width)


def _extent(sizes: Sequence[int]) -> str:
    return "×".join(map(str, sizes))


def as_json(path: str, graph: Graph, answers: Sequence[Tiles], style: Style) -> str:
    """Machine-readable; lists called per axis in the schema have one entry per axis of the spec."""
    del style
    document = {
        "schema": "rflint-tiles.v1",
        "version": __version__,
        "path": path,
        "name": graph.name,
        "axes": graph.axes,
        "answers": [
            {
                "layer": answer.layer,
                "input": answer.input,
                "modulus": [each.modulus for each in answer.axes],
                "reach": [each.reach for each in answer.axes],
                "reach_any": [each.reach_any for each in answer.axes],
                "halo": [each.halo for each in answer.axes],
                "halo_any": [each.halo_any for each in answer.axes],
                "exact": [each.exact for each in answer.axes],
                "sizes": [
                    None if each.halo is None else {"residues": each.residues, "text": in_words(each.residues, each.modulus)}
                    for each in answer.axes
                ],
                "why": _reasons(answer),
                "culprit": [each.culprit or None for each in answer.axes],
                "tiles": [
                    {"tile": price.tile, "piece": price.piece, "repeated": round(float(price.repeated), 6)} for price in answer.prices
                ],
            }
            for answer in answers
        ],
    }
    return dumps(document, indent=2) + "\n"


def _reasons(answer: Tiles) -> dict[str, str]:
    """Why a value is null, on the first axis where it is."""
    halo = next((each.halo_why for each in answer.axes if each.halo is None), "")
    reach = next((each.reach_why for each in answer.axes if each.reach is None), "")
    reasons = {"reach": reach, "reach_any": reach, "halo": halo, "halo_any": halo, "sizes": halo}
    return {field: why for field, why in reasons.items() if why}
