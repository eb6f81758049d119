"""Edits that align: which layer, which field, which value; and what is no edit at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_specs import analysed, spec

from rflint.questions import alignment_edits
from rflint.questions.alignment import SizeDependence, misalignments, size_dependences
from rflint.questions.alignment_edits import find_edits


def told(text: str) -> str:
    """The edits of all misalignments, equal ones once: layers, fields, and values by axis, None where the value stays."""
    analysis = analysed(text)
    lines: dict[str, None] = {}
    for search in find_edits(analysis, misalignments(analysis)):
        line = "none"
        if (edit := search.edit) is not None:
            fields = ", ".join(f"{name} {list(values)}" for name, values in edit.fields)
            line = f"{'+'.join(map(analysis.graph.node_name, edit.copies))}: {fields}"
            line += " for the size" if edit.resizes else ""
            line += f" but not {edit.others} more" if edit.others else ""
        lines[line] = None
    return "; ".join(lines)


#: Beside these, one window that is padded before alone does not say that nothing is to look ahead (test_causal_networks_stay_causal).
CENTRED = """
        name: stem, op: conv, kernel: 3, padding: 1
        name: body, op: conv, kernel: 3, padding: 1"""

#: Layers, and the edit at a declared and at an open size.
EDITS = {
    "start of a slice with a step": (
        """
        name: a, op: slice, step: 2
        name: b, op: conv, kernel: 3, stride: 2, padding: [[0, 1]], from: image
        op: add, from: [a, b]
        """,
        "a: start [1]",
        "a: start [1]",
    ),
    "no padding that crops": (
        """
        name: a, op: conv, kernel: 3
        name: b, op: slice, start: 3, stop: -1, from: image
        op: add, from: [a, b]
        """,
        "none",
        "none",
    ),
    "no more padding than the kernel reaches": (
        """
        name: a, op: slice, start: 2
        name: c, op: conv, kernel: 3, padding: [[0, 1]]
        op: add, from: [image, c]
        """,
        "none",
        "none",
    ),
    "padding that is taken away": (
        """
        name: a, op: conv, kernel: 3, padding: [[1, 0]]
        name: b, op: slice, start: 1, stop: -1, from: image
        op: add, from: [a, b]
        """,
        "a: padding [(0, 0)] for the size",
        "a: padding [(0, 0)] for the size",
    ),
    "no padding past the kernel": (
        """
        name: a, op: attention, window: 1
        name: b, op: max_pool, kernel: 2, stride: 1
        name: c, op: conv, kernel: 1
        op: add, from: [a, c]
        """,
        "none",
        "none",
    ),
    "even kernel": (
        CENTRED
        + """
        name: a, op: conv, kernel: 2, padding: [[1, 0]]
        op: add, from: [body, a]
        """,
        "a: kernel [3], padding [(1, 1)]",
        "a: kernel [3], padding [(1, 1)]",
    ),
    "even kernel, same": (
        """
        name: a, op: conv, kernel: 2, padding: same
        op: add, from: [image, a]
        """,
        "a: kernel [3], padding [(1, 1)]",
        "a: kernel [3], padding [(1, 1)]",
    ),
    "even kernel, strided": (
        """
        name: a, op: conv, kernel: 2, stride: 2
        name: b, op: conv, kernel: 1, stride: 2, from: image
        op: add, from: [a, b]
        """,
        "b: kernel [2], padding [(0, 0)]",
        "b: kernel [2], padding [(0, 0)]",
    ),
    "odd kernel beside an even one": (
        """
        name: a, op: conv, kernel: 4, stride: 2, padding: 1
        name: b, op: conv, kernel: 3, stride: 2, padding: 1, from: image
        op: add, from: [a, b]
        """,
        "b: kernel [4], padding [(1, 1)]",
        "b: kernel [4], padding [(1, 1)]",
    ),
    "even dilated kernel": (
        """
        name: a, op: conv, kernel: 4, dilation: 3, padding: [[4, 5]]
        op: add, from: [image, a]
        """,
        "a: kernel [5], padding [(6, 6)]",
        "a: kernel [5], padding [(6, 6)]",
    ),
    "transposed of even kernel": (
        """
        name: a, op: conv_transpose, kernel: 2, padding: [[0, 1]]
        op: add, from: [image, a]
        """,
        "none",
        "none",
    ),
    "start of a crop": (
        """
        name: a, op: pad, padding: 2
        name: b, op: crop_like, from: [a, image], start: 1
        op: add, from: [b, image]
        """,
        "b: start [2]",
        "b: start [2]",
    ),
    "crop that is centred": (
        """
        name: a, op: pad, padding: [[3, 1]]
        name: b, op: crop_like, from: [a, image]
        op: add, from: [b, image]
        """,
        "b: start [3]",
        "b: start [3]",
    ),
    "linear, asymmetric": (
        """
        name: p, op: max_pool, kernel: 2
        name: a, op: resize, scale: 2, mode: linear, coordinates: asymmetric
        op: add, from: [a, image]
        """,
        "a: mode ['linear'], coordinates ['half_pixel']",
        "none",
    ),
    "nearest behind an odd kernel": (
        """
        name: p, op: conv, kernel: 3, stride: 2, padding: 1
        name: a, op: resize, scale: 2, mode: nearest
        op: add, from: [a, image]
        """,
        "p: kernel [4], padding [(1, 1)]",
        "none",
    ),
    "transposed behind an odd kernel": (
        """
        name: p, op: conv, kernel: 3, stride: 2, padding: 1
        name: a, op: conv_transpose, kernel: 4, stride: 2, padding: 1
        op: add, from: [a, image]
        """,
        "p: kernel [4], padding [(1, 1)]",
        "none",
    ),
    "padding of a transposed window": (
        """
        name: p, op: conv, kernel: 3, stride: 2, padding: 1
        name: a, op: conv_transpose, kernel: 3, stride: 2, padding: [[0, 1]]
        op: add, from: [a, image]
        """,
        "a: padding [(1, 0)]",
        "none",
    ),
    "even padding": (
        """
        name: a, op: conv, kernel: 5, padding: [[1, 3]]
        op: add, from: [image, a]
        """,
        "a: padding [(2, 2)]",
        "a: padding [(2, 2)]",
    ),
    "nearest to the merge": (
        """
        name: a, op: conv, kernel: 3, padding: [[2, 0]]
        name: b, op: conv, kernel: 5, padding: [[3, 1]]
        op: add, from: [image, b]
        """,
        "b: padding [(1, 3)]",
        "b: padding [(1, 3)]",
    ),
    "one layer for both": (
        CENTRED
        + """
        name: a, op: conv, kernel: 3, padding: [[2, 0]]
        name: b, op: conv, kernel: 3, padding: [[2, 0]]
        op: add, from: [body, b]
        """,
        "b: padding [(0, 2)]",
        "b: padding [(0, 2)]",
    ),
    "strided": (
        """
        name: a, op: conv, kernel: 5, stride: 2, padding: [[3, 1]]
        name: b, op: conv, kernel: 1, stride: 2, from: image
        op: add, from: [a, b]
        """,
        "a: padding [(2, 2)]",
        "a: padding [(2, 2)]",
    ),
    "slice to the end": (
        """
        name: a, op: slice, start: 2
        name: b, op: conv, kernel: 3, from: image
        op: add, from: [a, b]
        """,
        "a: start [1], stop [-1]",
        "a: start [1], stop [-1]",
    ),
    "slice that starts too late": (
        """
        name: a, op: slice, start: 1, stop: -1
        name: b, op: slice, start: 2, from: image
        op: add, from: [a, b]
        """,
        "b: start [1], stop [-1]",
        "b: start [1], stop [-1]",
    ),
    "pad": (
        CENTRED
        + """
        name: a, op: pad, padding: [[2, 0]]
        name: b, op: conv, kernel: 3
        op: add, from: [body, b]
        """,
        "a: padding [(1, 1)]",
        "a: padding [(1, 1)]",
    ),
    "pad that cuts": (
        """
        name: a, op: pad, padding: [[-2, 0]]
        name: b, op: conv, kernel: 3, from: image
        op: add, from: [a, b]
        """,
        "a: padding [(-1, -1)]",
        "a: padding [(-1, -1)]",
    ),
    "another size, one side": (
        """
        name: a, op: conv, kernel: 5, padding: [[1, 2]]
        op: add, from: [image, a]
        """,
        "a: padding [(2, 2)] for the size",
        "a: padding [(2, 2)] for the size",
    ),
    "another size, both sides": (
        """
        name: a, op: conv, kernel: 5
        op: add, from: [image, a]
        """,
        "a: padding [(2, 2)] for the size",
        "a: padding [(2, 2)] for the size",
    ),
    "another size and shift": (
        """
        name: a, op: conv, kernel: 5, padding: 1
        name: b, op: conv, kernel: 3, padding: [[2, 0]], from: image
        op: add, from: [b, a]
        """,
        "a: padding [(3, 1)] for the size",
        "a: padding [(3, 1)] for the size",
    ),
    "corners": (
        """
        name: d, op: max_pool, kernel: 2
        name: a, op: resize, scale: 2, mode: linear, coordinates: align_corners
        op: add, from: [a, image]
        """,
        "a: mode ['linear'], coordinates ['half_pixel']",
        "",
    ),
    "cubic is left": (
        """
        name: d, op: conv, kernel: 3, stride: 2, padding: 1
        name: a, op: resize, scale: 2, mode: cubic, coordinates: half_pixel
        op: add, from: [a, image]
        """,
        "d: kernel [4], padding [(1, 1)]",
        "none",
    ),
    "area is left": (
        """
        name: d, op: conv, kernel: 3, stride: 2, padding: 1
        name: a, op: resize, scale: 2, mode: area, coordinates: half_pixel
        op: add, from: [a, image]
        """,
        "d: kernel [4], padding [(1, 1)]",
        "none",
    ),
    "nearest down": (
        """
        name: d, op: resize, scale: 0.5, mode: nearest
        name: b, op: avg_pool, kernel: 2, from: image
        op: add, from: [d, b]
        """,
        "d: mode ['linear'], coordinates ['half_pixel']",
        "d: mode ['linear'], coordinates ['half_pixel']",
    ),
    "nearest down by an odd number": (
        """
        name: d, op: resize, scale: 1/3, mode: nearest
        name: b, op: avg_pool, kernel: 3, from: image
        op: add, from: [d, b]
        """,
        "d: mode ['nearest'], coordinates ['half_pixel']",
        "d: mode ['nearest'], coordinates ['half_pixel']",
    ),
    "crop of a fixed width": (
        """
        name: a, op: crop, crop: [[2, 0]]
        name: b, op: conv, kernel: 3, from: image
        op: add, from: [a, b]
        """,
        "a: crop [(1, 1)]",
        "a: crop [(1, 1)]",
    ),
}


@pytest.mark.parametrize(("layers", "declared", "opened"), EDITS.values(), ids=EDITS)
def test_edits(layers: str, declared: str, opened: str) -> None:
    assert told(spec(layers)) == declared
    assert told(spec(layers, "null")) == opened


@pytest.mark.parametrize("name", ["even kernel", "one layer for both", "pad"])
def test_causal_networks_stay_causal(name: str) -> None:
    """Without the centred windows most are padded as causal ones are: both paths hear the newest sample, and nothing is to be mended."""
    layers = EDITS[name][0].removeprefix(CENTRED).replace("[body,", "[image,")
    assert told(spec(layers)) == told(spec(layers, "null")) == ""


@pytest.mark.parametrize(("furthest", "sizes"), [(12, (253, 268)), (11, (253,)), (3, (253,)), (2, ())])
def test_how_far_sizes_are_looked_for(furthest: int, sizes: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """At 256 some merges are off; the next sizes at which they are not are 253 and 268."""
    monkeypatch.setattr(alignment_edits, "FURTHEST", furthest)
    text = (Path(__file__).parent / "cases" / "RF102" / "block-size-that-does-not-halve.yaml").read_text(encoding="utf-8")
    analysis = analysed(text)
    assert {search.sizes.sizes for search in find_edits(analysis, misalignments(analysis)) if search.edit is None} == {sizes}


def test_misalignments_of_equal_axes_are_one() -> None:
    """Whichever of them are equal in size, too."""
    layers = "  - {name: stem, op: conv, kernel: 3, padding: 1}\n  - {name: a, op: conv, kernel: 3, padding: [[2, 0], [2, 0], [2, 0]]}\n"
    layers += "  - {op: add, from: [stem, a]}\n"
    (found,) = misalignments(analysed(f"rflint: 1\naxes: [z, y, x]\ninputs: {{image: {{size: [20, 30, 20]}}}}\nlayers:\n{layers}"))
    assert found.axes == (0, 1, 2)


TWO_CLASSES = """
    name: a, op: conv, kernel: 8, stride: 8, padding: same
    name: b, op: max_pool, kernel: 8, ceil_mode: true, from: image
    name: sum, op: add, from: [a, b]
    op: max_pool, kernel: 2
"""


def test_merges_aligned_at_some_sizes() -> None:
    (found,) = size_dependences(analysed(spec(TWO_CLASSES, "null")))
    assert found == SizeDependence(3, 0, "image", (0, 7, 8, 15), 16)
    assert size_dependences(analysed(spec(TWO_CLASSES, 64))) == size_dependences(analysed(spec(EDITS["even padding"][0], "null"))) == ()


#: Several axes, and blocks.
WHOLE = {
    "padding of one axis": (
        """\
rflint: 1
inputs: {image: {size: [64, 48]}}
layers:
  - {name: a, op: conv, kernel: 5, padding: [[1, 3], [2, 2]]}
  - {op: add, from: [image, a]}
""",
        "a: padding [(2, 2), None]",
    ),
    "start of one axis": (
        """\
rflint: 1
inputs: {image: {size: [64, 48]}}
layers:
  - {name: a, op: pad, padding: [[3, 1], [2, 2]]}
  - {name: b, op: crop_like, from: [a, image]}
  - {op: add, from: [image, b]}
""",
        "b: start [3, 2]",
    ),
    "kernel of one axis": (
        """\
rflint: 1
inputs: {image: {size: [64, 48]}}
layers:
  - {name: stem, op: conv, kernel: 3, padding: 1}
  - {name: a, op: conv, kernel: [2, 3], padding: [[1, 0], [1, 1]]}
  - {op: add, from: [stem, a]}
""",
        "a: kernel [3, 3], padding [(1, 1), None]",
    ),
    "all copies": (
        """\
rflint: 1
axes: [x]
inputs: {image: {size: 64}}
blocks:
  unit: {layers: [{name: conv, op: conv, kernel: 3, padding: [[2, 0]]}, {name: sum, op: add, from: [input, conv]}]}
layers:
  - {name: stem, op: conv, kernel: 3, padding: 1}
  - {name: body, op: conv, kernel: 3, padding: 1}
  - {name: neck, op: conv, kernel: 3, padding: 1}
  - {name: stack, use: unit, repeat: 3}
""",
        "stack/0/conv+stack/1/conv+stack/2/conv: padding [(1, 1)]",
    ),
    "copies on both paths": (
        """\
rflint: 1
axes: [x]
inputs: {image: {size: 64}}
blocks:
  unit: {layers: [{name: conv, op: conv, kernel: 3, padding: [[2, 0]]}]}
layers:
  - {name: stem, op: conv, kernel: 3, padding: 1}
  - {name: one, use: unit}
  - {name: two, use: unit, from: stem}
  - {name: three, op: conv, kernel: 3, padding: 1, from: stem}
  - {name: sum, op: add, from: [one, two]}
  - {op: mul, from: [sum, three]}
""",
        "one/conv+two/conv: padding [(1, 1)]",
    ),
    "start of one axis, padded": (
        """\
rflint: 1
inputs: {image: {size: [64, 48]}}
layers:
  - {name: a, op: crop, crop: [[3, 1], [2, 2]]}
  - {name: b, op: pad_like, from: [a, image], align: center}
  - {op: add, from: [image, b]}
""",
        "b: start [3, 2]",
    ),
    "none that makes a causal network look ahead": (
        """\
rflint: 1
axes: [x]
inputs: {image: {size: 64}}
blocks:
  unit: {layers: [{name: conv, op: conv, kernel: 3, padding: [[2, 0]]}]}
layers:
  - {name: one, use: unit}
  - {name: two, use: unit, from: image}
  - {name: three, op: conv, kernel: 3, padding: 1, from: image}
  - {name: sum, op: add, from: [one, two]}
  - {op: mul, from: [sum, three]}
""",
        "three: padding [(2, 0)]",
    ),
    "one of several copies": (
        """\
rflint: 1
axes: [x]
inputs: {image: {size: 64}}
blocks:
  unit: {layers: [{name: conv, op: conv, kernel: 3, padding: [[2, 0]]}]}
layers:
  - {name: stem, op: conv, kernel: 3, padding: 1}
  - {name: body, op: conv, kernel: 3, padding: 1}
  - {name: neck, op: conv, kernel: 3, padding: 1}
  - {name: one, use: unit}
  - {name: two, use: unit, from: one}
  - {name: three, op: conv, kernel: 3, padding: [[2, 0]], from: neck}
  - {op: mul, from: [two, three]}
""",
        "two/conv: padding [(1, 1)] but not 1 more",
    ),
    "copies of a transposed window": (
        """\
rflint: 1
axes: [x]
inputs: {image: {size: 64}}
blocks:
  up: {params: {s: 2}, layers: [{name: t, op: conv_transpose, kernel: "${s + 2}", stride: "${s}", padding: [[0, 2]]}]}
layers:
  - {name: p, op: avg_pool, kernel: 4}
  - {name: u, use: up, with: [{s: 2}, {s: 2}]}
  - {op: add, from: [image, u]}
""",
        "none",
    ),
    "one of several copies of a resize": (
        """\
rflint: 1
axes: [x]
inputs: {image: {size: 64}}
blocks:
  up: {layers: [{name: t, op: resize, scale: 2, mode: linear, coordinates: asymmetric}]}
layers:
  - {name: p, op: avg_pool, kernel: 2}
  - {name: one, use: up}
  - {name: q, op: max_pool, kernel: 2, from: image}
  - {name: two, use: up}
  - {name: same, op: add, from: [one, two]}
  - {op: concat, from: [image, same]}
""",
        "one/t+two/t: mode ['linear'], coordinates ['half_pixel']",
    ),
    "copies of a resize": (
        """\
rflint: 1
axes: [x]
inputs: {image: {size: 64}}
blocks:
  up: {layers: [{name: t, op: resize, scale: 2, mode: linear, coordinates: asymmetric}]}
layers:
  - {name: p, op: avg_pool, kernel: 4}
  - {name: u, use: up, repeat: 2}
  - {op: add, from: [image, u]}
""",
        "u/0/t+u/1/t: mode ['linear'], coordinates ['half_pixel']",
    ),
}


@pytest.mark.parametrize(("text", "edit"), WHOLE.values(), ids=WHOLE)
def test_edits_of_several_axes_and_of_copies(text: str, edit: str) -> None:
    assert told(text) == edit
