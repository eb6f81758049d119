"""`docs/design.md` against the code: its formulas, its rooms, and the headings that code refers to."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import product
from math import sqrt
from typing import TYPE_CHECKING

import pytest
from documentation import ROOT, anchors, read
from test_layers import FLOORS

import rflint
from rflint.algebra import axis, past, resampling
from rflint.algebra.axis import Facts, Global, Join, Merge, Opaque, Pointwise, Transposed, Window
from rflint.algebra.past import Past
from rflint.algebra.resampling import Adaptive, CropLike, DepthToSpace, Pad, PadLike, Resize, Slice, SpaceToDepth, WindowAttention

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rflint.algebra import AxisOp

PAGE = read("docs/design.md")

Case = tuple["AxisOp", Facts, dict[str, Fraction]]


def rows(after: str) -> list[list[str]]:
    """Cells of the first table behind a text."""
    table = re.search(r"(?:^\|.*\n)+", PAGE.partition(after)[2], re.MULTILINE)
    assert table is not None
    return [[cell.strip() for cell in line.strip("|\n").split("|")] for line in table[0].splitlines()[2:]]


def case(op: AxisOp, *, n: int = 60, like: int | None = None, **names: int | Fraction) -> Case:
    return op, Facts(n, like), {"n": Fraction(n), **{name: Fraction(value) for name, value in names.items()}}


def windows(word: str) -> Iterator[Case]:
    for k, s, d, low in product((1, 2, 3, 6), (1, 2, 3), (1, 2), (0, 1, 4) if not word else (0,)):
        yield case(Window(k, s, d, word, low, 2), k=k, s=s, d=d, low=low)  # type: ignore[arg-type] # "" or "causal"


def resizes(mode: str, coordinates: str) -> Iterator[Case]:
    for f in (Fraction(2), Fraction(1, 2), Fraction(3, 2), Fraction(5, 3), Fraction(4)):
        yield case(Resize(mode, coordinates, scale=f), f=f, p=f.numerator)  # type: ignore[arg-type] # words of the language


#: What the rows of the table of grids speak of.
STEPS: dict[str, list[Case]] = {
    "convolution, pooling, unfolding": [*windows("")],
    "the same with causal padding": [*windows("causal")],
    "transposed convolution, unpooling": [
        case(Transposed(k, s, d, "", low, 1), k=k, s=s, d=d, low=low) for k, s, d, low in product((1, 3, 4), (1, 2, 3), (1, 2), (0, 1, 2))
    ]
    + [case(Transposed(k, s, 1, "causal"), k=k, s=s, d=1, low=0) for k, s in ((8, 4), (3, 2), (1, 3))],
    "resize at half-pixel coordinates, area": [
        *resizes("linear", "half_pixel"),
        *resizes("nearest", "half_pixel"),
        *resizes("area", "asymmetric"),
    ],
    "resize linear or cubic at asymmetric coordinates": [*resizes("linear", "asymmetric"), *resizes("cubic", "asymmetric")],
    "resize nearest at asymmetric coordinates, rounding down": [*resizes("nearest", "asymmetric")],
    "resize with aligned corners, from `n` to `m` samples": [
        case(Resize("linear", "align_corners", size=m), n=n, m=m) for n, m in ((60, 120), (7, 3), (5, 9))
    ],
    "space to depth": [case(SpaceToDepth(b), b=b) for b in (1, 2, 3)],
    "depth to space": [case(DepthToSpace(b), b=b) for b in (1, 2, 3)],
    "pad": [case(Pad(low, 3), low=low) for low in (-2, 0, 5)],
    "crop, slice from `start` by `step`": [
        *(case(Slice(start, None, step), start=start, step=step) for start, step in ((0, 1), (3, 2), (7, 5))),
        *(case(CropLike(start), like=40, start=start, step=1) for start in (0, 4)),
    ],
    "pad to the size of another map": [
        *(case(PadLike(start=low), like=70, low=low) for low in (-2, 0, 5)),
        *(case(PadLike("center"), like=like, low=low) for like, low in ((63, 1), (57, -1))),
        *(case(PadLike("end"), like=like, low=like - 60) for like in (57, 63)),
        case(PadLike("start"), like=70, low=0),
    ],
    "pointwise ops, merges, attention in windows": [case(Pointwise()), case(Merge()), case(WindowAttention(8, 3))],
}


def test_the_table_of_grids_is_whole() -> None:
    ops = {op for module in (axis, past, resampling) for op in vars(module).values() if hasattr(op, "step") and issubclass(op, tuple)}
    # Without a grid of their own, or (adaptive pooling) the area resize that it becomes.
    ops -= {Adaptive, Global, Past, Join, Opaque}
    spoken_of = {type(op) for cases in STEPS.values() for op, _, _ in cases}
    assert ops == spoken_of, "docs/design.md, Grids: add a row for each axis op, and what it speaks of to STEPS (tests/test_design.py)"
    assert [row[0] for row in rows("<!-- grids -->")] == list(STEPS), "STEPS in tests/test_design.py says what each row speaks of"


@pytest.mark.parametrize(("step", "stride", "center"), rows("<!-- grids -->"), ids=lambda cell: cell)
def test_the_table_of_grids(step: str, stride: str, center: str) -> None:
    for op, facts, names in STEPS[step]:
        made = op.step(facts).grid
        assert made is not None
        assert made.stride == eval(stride.strip("`"), {}, names), (op, "S")
        assert made.center == eval(center.strip("`"), {}, names), (op, "c0")


@pytest.mark.parametrize(("n", "ceil_mode"), [(31, False), (32, False), (33, True), (34, True)])
def test_the_shift_of_a_window(n: int, ceil_mode: bool) -> None:
    for k, s, d, low, high in product((1, 2, 3, 4), (1, 2, 3), (1, 2), (0, 1, 2), (0, 1, 3)):
        op = Window(k, s, d, "", low, high, ceil_mode)
        made = op.step(Facts(n))
        assert made.size is not None
        assert made.grid is not None
        left = n + low + high - (d * (k - 1) + 1) - s * (made.size - 1)
        assert made.grid.at(Fraction(made.size - 1, 2)) - Fraction(n - 1, 2) == Fraction(high - low - left, 2)


@pytest.mark.parametrize("depth", [1, 6, 30])
def test_the_reach_and_the_weight_of_a_stack(depth: int) -> None:
    stack = rflint.load(f"rflint: 1\nlayers: [{{name: body, op: conv, kernel: 3, padding: 1, repeat: {depth}}}]\n")
    seen = stack.analyze().layers[-1].receptive_field["input"]
    assert seen.size == (2 * depth + 1,) * 2
    assert seen.effective == pytest.approx((4 * sqrt(2 * depth / 3),) * 2, abs=1e-3)


def test_the_guaranteed_size_of_period_one() -> None:
    for k, s in product((1, 3, 7), (1, 2, 4)):
        text = f"rflint: 1\nlayers: [{{name: down, op: conv, kernel: {k}, stride: {s}}}]\ntargets: [{{name: it, size: 1, layer: down}}]\n"
        (target,) = rflint.load(text).lint().targets
        assert target.guaranteed == (max(k - s + 1, 0),) * 2


def test_the_table_of_rooms() -> None:
    told: dict[int, set[str]] = {}
    for floor, names, _ in rows("### Six floors"):
        told.setdefault(int(floor), set()).update(re.findall(r"`(\w+)`", names))
    assert told == {number: set(rooms) for number, rooms in enumerate(FLOORS, 1)}, (
        "docs/design.md, Six floors: give each room of rflint/ its row, on the floor that FLOORS (tests/test_layers.py) puts it"
    )


# Code -> headings

#: `design.md#alignment`, in the folder of the documentation.
_REFERENCE = re.compile(r"\b(?:docs/)?([\w/-]+\.md)#([\w-]+)")
_NUMBERED = re.compile(r"DESIGN \d")
SOURCES = [path for folder in ("rflint", "tests", "docs/generator", "benchmarks") for path in sorted((ROOT / folder).rglob("*.py"))]


def test_references_name_headings() -> None:
    wrong, count = [], 0
    for path in SOURCES:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for page, anchor in _REFERENCE.findall(line):
                count += 1
                if not (ROOT / "docs" / page).is_file() or anchor not in anchors(f"docs/{page}"):
                    wrong.append(f"{path.relative_to(ROOT)}:{number}: {page}#{anchor}")
            if _NUMBERED.search(line):
                wrong.append(f"{path.relative_to(ROOT)}:{number}: a section by its number")
    assert not wrong, "\n".join([*wrong, "refer to a heading that there is: design.md#alignment"])
    assert count > 10
