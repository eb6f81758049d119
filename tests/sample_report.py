"""A report with something of everything, for the tests of the formats."""

from __future__ import annotations

from rflint.model import (
    Diagnostic,
    Edit,
    FirstToSee,
    Fix,
    InputReport,
    RelatedDiagnostic,
    Report,
    Span,
    SpecReport,
    TargetReport,
    summarize,
)
from rflint.model.layers import LayerReport, ReceptiveField
from rflint.rules import ENTRIES

FLOW = """\
rflint: 1
name: toy
inputs: {image: {size: [224, 160], channels: 3}}
layers:
  - {name: stem, op: conv, kernel: 7, stride: 2, padding: 3, channels: 64}
  - {name: left, op: conv, kernel: 5, stride: 2, padding: 2, channels: 64}
  - {name: r1, op: conv, kernel: 3, channels: 64, from: stem}
  - {name: r2, op: conv, kernel: 3, stride: 2, channels: 64}

  - {name: add, op: add, from: [left, r2]}
outputs: [add]
targets:
  - {name: pedestrian, size: [96, 40], layer: add}
"""

BLOCKS = """\
rflint: 1
name: styles
import: [lib.yaml]
blocks:
  unit:
    layers:
      - name: reduce
        op: conv
        kernel: 1
        channels: "${mid}"
      - name: even
        op: conv
        # why four?
        kernel: 4
        padding: same
layers:
\t- tabs are refused
  - {name: 中文层, op: conv, kernel: [3, 5], padding: same}
  - {name: "e\u0301te\u0301", op: max_poool, kernel: 2}
  - {name: stack, use: unit, repeat: 23, with: {mid: 64, first: 1, second: 2, third: 3, fourth: 4, fifth: 5}, from: "nowhere at all"}
expect:
  stack:
    receptive_field: 70
"""

LIBRARY = "rflint: 1\nblocks:\n  shared:\n    layers:\n      - {op: conv, kernel: 3}\n"


def diagnostic(code: str, name: str, severity: str, message: str, path: str, span: tuple[int, int, int, int], **more: object) -> Diagnostic:
    return Diagnostic(code, name, severity, message, path, Span(*span), fingerprint=f"{code}-{span[0]}-{span[1]}", **more)  # type: ignore[arg-type]


def note(message: str, path: str, *span: int) -> RelatedDiagnostic:
    return RelatedDiagnostic(message, path, Span(*span))


def seen(size: int, stride: int, padding: int, /, **more: object) -> ReceptiveField:
    """What a classic layer sees: the same on both axes, unless told otherwise."""
    center = (size - 1) / 2 - padding
    fields: dict[str, object] = {
        "size": (size, size),
        "size_min": (size, size),
        "stride": (stride, stride),
        "padding": (padding, padding),
        "center": (center, center),
        "center_range": ((center, center),) * 2,
        "grid_stride": (str(stride), str(stride)),
        "grid_center": (str(int(center)) if center.is_integer() else f"{int(2 * center)}/2",) * 2,
        "aligned": (True, True),
        "is_global": False,
        "period": (1, 1),
        "advance": (stride, stride),
        "phases": (((-padding, size - 1 - padding),),) * 2,
        "density": (1.0, None),
        "effective": (None, None),
        "drift": (0.0, 0.0),
        "lookahead": (size - 1 - padding,) * 2,
        "exact": True,
    }
    return ReceptiveField(**{**fields, **more})  # type: ignore[arg-type]


def layer(
    name: str, op: str, sources: tuple[str, ...], line: int, size: tuple[int | None, ...], fields: dict[str, ReceptiveField], **more: object
) -> LayerReport:
    return LayerReport(name, op, sources, line, (), size, more.get("channels"), more.get("params"), more.get("macs"), fields)  # type: ignore[arg-type]


NOTHING = ReceptiveField(
    *((None, None),) * 8, (None, None), True, *((None, None),) * 7, True,
    dict.fromkeys(("size", "size_min", "stride", "padding", "center", "aligned", "period", "advance", "phases", "drift"), "global"),
)  # fmt: skip


def toy() -> SpecReport:
    findings = (
        diagnostic(
            "RF102",
            "center-mismatch",
            "error",
            "`add` adds paths from `stem` whose centres lie 4 input samples (1 cell) apart on y and x: `left` is centred on 0, `r2` on 4.",
            "specs/toy.yaml",
            (10, 12, 10, 15),
            help="give `r1` and `r2` `padding: 1`: the paths then agree, and the output size stays the same",
            layer="add",
            input="image",
            axes=("y", "x"),
            related=(
                note("the paths part here", "specs/toy.yaml", 5, 12, 5, 16),
                note("pads 2 samples", "specs/toy.yaml", 6, 46, 6, 56),
                note("`r1` and `r2` pad nothing: this path starts two cells later than the other one does", "specs/toy.yaml", 7, 12, 7, 14),
            ),
            data={"shift": 4, "cells": 1.0},
            fix=Fix((Edit(Span(7, 57, 7, 57), ", padding: 1"),), safe=True),
        ),
        diagnostic(
            "RF302",
            "off-center-padding",
            "info",
            "hidden, with a reason",
            "specs/toy.yaml",
            (6, 46, 6, 56),
            suppressed=True,
            reason="as published",
        ),
        diagnostic(
            "RF008",
            "size-mismatch",
            "error",
            "`add` merges maps of different size: 56 from `left` and 54 from `r2` on y.",
            "specs/toy.yaml",
            (10, 5, 10, 43),
            help="give `r1` and `r2` `padding: [[1, 1], [1, 1]]`",
            related=(
                note("the paths part after `stem`, at 112 samples", "specs/toy.yaml", 5, 5, 5, 75),
                note("the path to `r2`: 112 → 110 at `r1`, 110 → 54 at `r2`", "specs/toy.yaml", 8, 5, 8, 62),
            ),
        ),
        diagnostic("RF204", "unproductive-layer", "info", "the mark of a whole layer is cut.", "specs/toy.yaml", (5, 5, 5, 75)),
        diagnostic("RF305", "uneven-border", "info", "the padding of the high side is not used at 224.", "specs/toy.yaml", (5, 60, 5, 70)),
    )
    layers = (
        layer("stem", "conv", ("image",), 5, (112, 80), {"image": seen(7, 2, 3)}, channels=64, params=9_472, macs=84_295_680),
        layer("left", "conv", ("stem",), 6, (56, 40), {"image": seen(15, 4, 7)}, channels=64, params=102_464, macs=229_376_000),
        layer(
            "r2",
            "conv",
            ("r1",),
            8,
            (54, 38),
            {"image": seen(15, 4, 3, padding=(3, 5), center=(4.0, 2.5), center_range=((4.0, 4.0), (2.5, 2.5)), grid_center=("4", "5/2"))},
            channels=64,
            params=36_928,
        ),
        layer(
            "add",
            "add",
            ("left", "r2"),
            10,
            (54, 38),
            {"image": seen(23, 4, 7, aligned=(False, True), size=(23, 15), size_min=(19, 15))},
            channels=64,
            params=0,
            macs=0,
        ),
    )
    targets = (
        TargetReport("pedestrian", "add", "image", (96, 40), (20, 12), "too-large", FirstToSee(None, complete=True)),
        TargetReport("sign", "add", "image", (8, 8), (20, 12), "guaranteed", FirstToSee("left", complete=True, at_best="stem")),
    )
    inputs = (InputReport("image", (224, 160), 3),)
    return SpecReport("specs/toy.yaml", "toy", ("y", "x"), inputs, ("add",), layers, targets, findings, {"specs/toy.yaml": FLOW})


def styles() -> SpecReport:
    path = "specs/styles.yaml"
    names = tuple(f"stack/{index}/even" for index in range(23))
    long = BLOCKS.split("\n")[18]
    findings = (
        diagnostic(
            "RF011",
            "duplicate-name",
            "error",
            "two blocks are called `shared`.",
            path,
            (3, 10, 3, 18),
            related=(note("`shared` is first defined here", "specs/lib.yaml", 3, 3, 3, 9),),
        ),
        diagnostic("RF204", "unproductive-layer", "info", "this block shows a span of several lines.", path, (7, 7, 10, 27)),
        diagnostic(
            "RF301",
            "off-center-even-kernel",
            "warning",
            "kernel 4 with `padding: same` pads 1 before and 2 after: everything behind it is centred half a sample too far left.",
            path,
            (14, 17, 14, 18),
            help="an odd kernel has a centre",
            instances=names,
        ),
        diagnostic(
            "RF204",
            "unproductive-layer",
            "info",
            "and this one a longer span, down to the next key.",
            path,
            (5, 3, 16, 1),
            related=(note("a note inside of it", path, 9, 17, 9, 18),),
        ),
        diagnostic("RF001", "yaml-error", "error", "a tab cannot indent.", path, (17, 1, 17, 2)),
        diagnostic(
            "RF302",
            "off-center-padding",
            "warning",
            "wide characters take two columns.",
            path,
            (18, 12, 18, 15),
            related=(note("kernel of the second axis", path, 18, 38, 18, 39), note("kernel of the first", path, 18, 35, 18, 36)),
        ),
        diagnostic("RF003", "unknown-op", "error", "there is no op `max_poool`.", path, (19, 27, 19, 36), help="did you mean `max_pool`?"),
        diagnostic(
            "RF004",
            "unknown-reference",
            "error",
            "there is no layer `nowhere at all`.",
            path,
            (20, len(long) - 16, 20, len(long)),
            related=(note("in this item", path, 20, 12, 20, 17),),
        ),
        diagnostic("RF601", "expectation-failed", "error", "expected 70, found 63.", path, (23, 22, 23, 24)),
        diagnostic("RF601", "expectation-failed", "error", "past the end of the text.", path, (99, 9, 99, 12)),
    )
    return SpecReport(path, "styles", ("y", "x"), (), (), (), (), findings, {path: BLOCKS, "specs/lib.yaml": LIBRARY})


def several() -> SpecReport:
    """Two inputs, and every way in which a value may not exist."""
    both = {"rgb": seen(63, 8, 18, size_min=(47, 63)), "depth": seen(5, 8, 0, exact=False)}
    drifting = seen(
        9,
        2,
        1,
        size=(None, 9),
        stride=(None, 2),
        grid_stride=(None, "1/2"),
        padding=(None, 1),
        center=(None, 1 / 3),
        aligned=(None, True),
        why={
            "size": "position-dependent",
            "stride": "position-dependent",
            "padding": "size-dependent",
            "center": "misaligned",
            "aligned": "unknown-op",
        },
    )
    layers = (
        layer("fuse", "concat", ("rgb", "depth"), 4, (None, 40), both),
        layer("drift", "add", ("fuse", "rgb"), 5, (None, None), {"rgb": drifting}),
        layer("gate", "squeeze_excite", ("drift",), 6, (7, 7), {"rgb": seen(63, 8, 18, is_global=True)}),
        layer("gap", "global_avg_pool", ("gate",), 7, (1, 1), {"rgb": NOTHING}),
        layer("orphan", "unknown", ("?",), 8, (None, None), {}),
    )
    inputs = (InputReport("rgb", (None, None), 3), InputReport("depth", (None, 320), 1))
    return SpecReport("specs/several.yaml", "several", ("y", "x"), inputs, ("gap",), layers, (), ())


def unread() -> SpecReport:
    finding = diagnostic("RF001", "yaml-error", "error", "`locked.yaml` cannot be read: permission denied", "locked.yaml", (1, 1, 1, 1))
    return SpecReport("locked.yaml", "locked", (), (), (), (), (), (finding,))


def broken() -> SpecReport:
    return SpecReport("boom.yaml", "boom", (), (), (), (), (), (), internal_error="ValueError: boom")


#: What a pull request from a stranger may hold: escape codes, line ends, text that runs backwards, markup, formulas.
HOSTILE = "\x1b[31mred\x07\r\n::error::x\u202e\u2066\x9b|<b>`@all [x](http://y)\ud800\U000e0041"


def hostile() -> SpecReport:
    finding = diagnostic(
        "RF006",
        "unused-layer",
        "warning",
        f"nothing reads `{HOSTILE}`.",
        f"{HOSTILE}.yaml",
        (1, 1, 1, 4),
        help=HOSTILE,
        layer=HOSTILE,
        instances=(HOSTILE, HOSTILE),
        related=(note(HOSTILE, f"{HOSTILE}.yaml", 1, 2, 1, 3),),
    )
    fields = {HOSTILE: seen(3, 1, 1)}
    layers = (layer(HOSTILE, HOSTILE, (HOSTILE,), 1, (4, 4), fields), layer("=1+1", "-x", ("@a",), 1, (4, 4), {"i": seen(3, 1, 1)}))
    targets = (TargetReport(HOSTILE, HOSTILE, HOSTILE, (1, 1), (1, 1), "unknown"),)
    inputs = (InputReport(HOSTILE, (4, 4), 1), InputReport("i", (4, 4), 1))
    sources = {f"{HOSTILE}.yaml": f"{HOSTILE}\nsecond\n"}
    return SpecReport(f"{HOSTILE}.yaml", HOSTILE, ("y", "x"), inputs, (HOSTILE,), layers, targets, (finding,), sources)


def report(*specs: SpecReport) -> Report:
    return Report("0.1.0", specs, summarize(specs), ENTRIES)


SAMPLE = report(unread(), toy(), styles(), several(), broken())
