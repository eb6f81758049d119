"""RF102: a merge whose paths have different centres."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rflint.algebra.axis import Window
from rflint.model.finding import Finding
from rflint.model.rule import Example, Rule
from rflint.questions.alignment import misalignments, with_edits
from rflint.rules._paths import branch_name, edit_remedy, edit_words, path_data, path_notes
from rflint.words.numbers import axes_text, measured, samples, show

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rflint.engine.analysis import Analysis
    from rflint.questions.alignment import Misalignment


def _check(analysis: Analysis) -> Iterable[Finding]:
    names = analysis.graph.axes
    shifted = tuple(made for made in misalignments(analysis) if made.kind == "center")
    for made in with_edits(analysis, shifted):
        layer = analysis.graph.layer(made.node)
        axes = tuple(names[axis] for axis in made.axes)
        yield Finding(
            "RF102",
            _message(analysis, made, layer.name, axes_text(axes)),
            layer.field_site("from"),
            severity=made.severity,
            help=_help(analysis, made),
            layer=layer.name,
            input=made.input,
            axes=axes,
            related=tuple(path_notes(analysis, made)),
            data={
                "shift": None if made.shift is None else float(made.shift),
                "cells": None if made.cells is None else float(made.cells),
                **path_data(analysis, made),
            },
            remedy=edit_remedy(analysis, made),
        )


def _message(analysis: Analysis, made: Misalignment, name: str, axes: str) -> str:
    one, other = branch_name(analysis, made, made.reference), branch_name(analysis, made, made.branch)
    gap = made.branch.center - made.reference.center
    if made.shift is None or made.cells is None:
        return f"`{name}` merges paths whose centres drift apart on {axes}: {one} and {other}"
    distance = f"{samples(made.shift)} ({measured(made.cells, 'cell')})"
    if made.reference.stride != made.branch.stride:
        return (
            f"`{name}` merges paths whose centres part by up to {distance} across the map on {axes}: "
            f"one cell of {one} is {show(made.reference.stride)} input samples, one of {other} {show(made.branch.stride)}"
        )
    side = "after" if gap > 0 else "before"
    return (
        f"`{name}` merges paths whose centres are {distance} apart on {axes}: {other} looks {samples(made.shift)} {side} {one}, "
        "at every position"
    )


def _help(analysis: Analysis, made: Misalignment) -> str:
    if made.edit is not None:
        sizes = "one size" if made.edit.resizes else "all map sizes stay as they are"
        return f"{edit_words(analysis, made)}: both paths then have one centre and {sizes}"
    if made.reference.stride != made.branch.stride:
        return "choose an input size at which the resized map is an exact multiple, or resize by a fixed scale"
    if not made.searched:
        return "the network is too large for rflint to search for an edit that aligns the paths"
    even = _even_kernel(analysis, made)
    alone = "no padding or coordinate convention alone aligns the paths and keeps every map size"
    return f"give `{even}` an odd kernel: {alone}" if even else f"{alone}; the places above say which layers move the centres"


def _even_kernel(analysis: Analysis, made: Misalignment) -> str | None:
    """Name of a layer whose even kernel at stride 1 is off by half a sample, whatever its padding."""
    program = analysis.axes[made.axes[0]].program
    for each in (*made.branch.contributions, *made.reference.contributions):
        op = program.ops[each.node]
        if isinstance(op, Window) and op.stride == 1 and op.effective_kernel % 2 == 0:
            return analysis.graph.node_name(each.node)
    return None


RULE = Rule(
    code="RF102",
    name="center-mismatch",
    severity="graded",
    summary="a merge whose paths have different centres",
    docs="""
Two paths of equal stride meet in a merge, but their features are centred at different input coordinates.

## Why it matters

Feature `i` of a path is centred at `S·i + c0`. Paths with different `c0` look at places that are a constant distance
apart: the merge adds what stands here to what stands a few samples beside it (the paper's second criterion of
alignment). The shift is systematic: it is the same at every position and does not average out, unlike the rounding of
nearest-neighbour upsampling, whose mean over its phases is what counts here.

The grade follows the distance, measured in cells of the merged map: an **error** from one cell, a **warning** below
one cell, **info** up to half a cell where a resampling op stands on one of the paths (nearest ×2 against a 3×3
stride-2 convolution with padding 1 is half a cell off in every feature pyramid: true, known, seldom fatal).

## How to mend it

The finding names the layer where the paths part, every layer that moves a centre with its share in input samples, and
an edit that removes the shift without changing any map size where there is one; the edit was confirmed by analysing
the network again with it. Usual causes: an even kernel on one path only, `same` padding at an even size beside an
explicit padding, `valid` convolutions beside an uncropped shortcut, an upsampling convention that does not match the
stride-2 layer it undoes.

## References

Araujo, Norris, Sim: Computing Receptive Fields of Convolutional Neural Networks, Distill 2019, "Alignment",
doi 10.23915/distill.00021.
""",
    example=Example(
        failing="""\
rflint: 1
name: toy
inputs:
  image: {size: 64}
layers:
  - {name: stem, op: conv, kernel: 3, padding: 1}
  - {name: wide, op: conv, kernel: 5, padding: [[1, 3], [1, 3]], from: stem}
  - {name: sum, op: add, from: [stem, wide]}
""",
        passing="""\
rflint: 1
name: toy
inputs:
  image: {size: 64}
layers:
  - {name: stem, op: conv, kernel: 3, padding: 1}
  - {name: wide, op: conv, kernel: 5, padding: 2, from: stem}
  - {name: sum, op: add, from: [stem, wide]}
""",
    ),
    check=_check,
)
