"""RF102: a merge whose paths have different centres."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rflint.engine import Analysis
from rflint.model import Advice, Example, Finding, Rule
from rflint.questions.alignment import Misalignment, misalignments
from rflint.questions.borders import other_readings
from rflint.questions.look_ahead import from_look_ahead
from rflint.questions.nearest import FURTHEST
from rflint.rules._advice import edit_advice, sizes_advice
from rflint.rules._paths import FRAMEWORKS, branch_name, edit_remedy, edit_words, path_data, path_notes
from rflint.words import axes_text, measured, readable, samples
from rflint.words.axes import either

if TYPE_CHECKING:
    from rflint.questions.alignment_edits import EditSearch


def _check(analysis: Analysis) -> Iterable[Finding]:
    names = analysis.graph.axes
    # What layers that read ahead put apart is told of those layers.
    shifted = tuple(
        misalignment
        for misalignment in misalignments(analysis)
        if misalignment.kind == "center" and not from_look_ahead(analysis, misalignment)
    )
    if not shifted:
        return
    from rflint.questions.alignment_edits import find_edits  # noqa: PLC0415 - start-up

    for misalignment, search in zip(shifted, find_edits(analysis, shifted), strict=True):
        layer = analysis.graph.layer(misalignment.node)
        # An info states what the ops imply: `help` says what else there is, and nobody's network is changed for it.
        editable = search.edit is not None and misalignment.severity != "info" and search.edit.node not in other_readings(analysis)
        axes = tuple(names[axis] for axis in misalignment.axes)
        yield Finding(
            "RF102",
            _message(analysis, misalignment, layer.name, axes_text(axes)),
            layer.field_site("from"),
            severity=misalignment.severity,
            help=_help(analysis, misalignment, search),
            advice=_advice(analysis, misalignment, search),
            layer=layer.name,
            input=misalignment.input,
            axes=axes,
            related=tuple(path_notes(analysis, misalignment)),
            data={
                "shift": None if misalignment.shift is None else float(misalignment.shift),
                "cells": None if misalignment.cells is None else float(misalignment.cells),
                **path_data(analysis, misalignment),
            },
            remedy=edit_remedy(analysis, search.edit, misalignment.axes) if search.edit is not None and editable else None,
        )


def _advice(analysis: Analysis, misalignment: Misalignment, search: EditSearch) -> tuple[Advice, ...]:
    if search.edit is not None:
        return (edit_advice(analysis, search.edit, misalignment.axes),)
    return sizes_advice(misalignment.input, {analysis.graph.axes[axis]: search.sizes.sizes for axis in misalignment.axes})


def _message(analysis: Analysis, misalignment: Misalignment, name: str, axes: str) -> str:
    one, other = branch_name(analysis, misalignment, misalignment.reference), branch_name(analysis, misalignment, misalignment.branch)
    gap = misalignment.branch.center - misalignment.reference.center
    if misalignment.shift is None or misalignment.cells is None:
        return f"`{name}` merges paths whose centres drift apart on {axes}: {one} and {other}"
    distance = f"{samples(misalignment.shift)} ({measured(misalignment.cells, 'cell')})"
    if misalignment.reference.stride != misalignment.branch.stride:
        cell = measured(misalignment.reference.stride, "input sample")
        return (
            f"`{name}` merges paths whose centres part by up to {distance} across the map on {axes}: "
            f"one cell of {one} is {cell}, one of {other} {readable(misalignment.branch.stride)}"
        )
    side = "after" if gap > 0 else "before"
    return (
        f"`{name}` merges paths whose centres are {distance} apart on {axes}: {other} looks {samples(misalignment.shift)} {side} {one}, "
        "at every position"
    )


def _help(analysis: Analysis, misalignment: Misalignment, search: EditSearch) -> str:
    if search.edit is not None:
        sizes = "one size" if search.edit.resizes else "all map sizes stay as they are"
        return f"{edit_words(analysis, search.edit, misalignment.axes)}: both paths then have one centre and {sizes}"
    if search.sizes.sizes:
        return f"both paths have one centre at an input size of {either(search.sizes.sizes)} for `{misalignment.input}`"
    if misalignment.reference.stride != misalignment.branch.stride:
        nearby = f"; no input size within {samples(FURTHEST)} makes them equal" if search.sizes.complete else ""
        return f"the strides of these paths come from map sizes{nearby}; a resize by a fixed `scale` has one stride at every size"
    if not search.complete:
        return "the network is too large for rflint to search for an edit that aligns the paths"
    source = analysis.graph.source
    conventions = "coordinate convention" if source is None or source.framework is None else f"convention of {FRAMEWORKS[source.framework]}"
    return (
        f"no padding, crop, {conventions} or kernel one larger or smaller, of one layer alone, aligns the paths without harm elsewhere "
        "(map sizes, other merges, centres); the places above say which layers move the centres"
    )


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

The grade follows the distance in cells, of the largest on either path behind the place where they part (a map that was
pooled to a quarter and enlarged again is no finer than it was): an **error** from one cell. Below, what one offset of
one layer would mend is a mistake, a **warning**; what the ops imply is a fact, an **info**, up to half a cell where a
resampling op stands on one of the paths, and up to a quarter where none does. Nearest ×2 against a 3×3 stride-2
convolution with padding 1 is a quarter of a cell off in every feature pyramid: true, known, seldom fatal.

## How to mend it

The finding names the layer where the paths part, every layer that moves a centre with its share in input samples, and
an edit that removes the shift without changing any map size where there is one: where a crop or slice starts, how
padding is split, another coordinate convention, a kernel of other parity; or else input sizes at which the paths are
aligned. Each was confirmed by analysing the network again with it. Usual causes: an even kernel on one path only, `same`
padding at an even size beside an explicit padding, `valid` convolutions beside an uncropped shortcut, an upsampling
convention that does not match the stride-2 layer it undoes.

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
