"""Misaligned merges explained: paths, contributions, grades, edits; and the paper's own toy networks, position by position."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from random_nets import random_net, to_yaml
from small_specs import analysed, spec

from rflint.engine.analysis import Analysis, analyze
from rflint.pipeline import lint_bytes, load
from rflint.questions import alignment_edits, location
from rflint.questions.alignment import misalignments
from rflint.questions.alignment_edits import find_edits
from rflint.questions.every_size import size_classes
from rflint.verdict import Options

if TYPE_CHECKING:
    from rflint.model import Diagnostic, Fix
    from rflint.questions.alignment import Misalignment
    from rflint.questions.alignment import Path as Branch

PAPER = Path(__file__).parent / "data" / "paper"
CASES = Path(__file__).parent / "cases"


def lint(text: str) -> tuple[Diagnostic, ...]:
    return lint_bytes(text.encode(), "net.yaml").findings


def told(found: tuple[Diagnostic, ...]) -> str:
    """The whole text of findings."""
    lines = []
    for each in found:
        lines.append(f"{each.span.line}:{each.span.column} {each.severity} {each.code} {each.message}")
        lines += [f"  help: {each.help}"] if each.help else []
        lines += [f"  {note.span.line}:{note.span.column} {note.message}" for note in each.related]
    return "".join(f"{line}\n" for line in lines)


# --- the toy networks of the paper -----------------------------------------------------------------------------------

ALIGNED = """\
11:61 info RF302 `right1` is padded 1 before and 0 after on x: its features sit 0.5 samples before the centre of its input
  help: no padding centres a kernel of 3 at stride 2 from 8 to 4 samples: 0.5 samples off is the least that is possible here
12:49 warning RF401 1 of every 2 samples of `right1` on x is read by nobody: `right2` steps over it
  help: use a kernel at least as large as the stride, or pool before the stride
  11:5 `right1` is computed here
13:5 info RF104 the map of output `sum` is centred 1.5 samples before the centre of `signal` on x (0.375 cells)
  help: where features are mapped back to the input, one that a centred map would have at p lies at p − 1.5; \
flipping the input moves the features by twice as much
"""

MISALIGNED = """\
10:59 info RF302 `left` is padded 2 before and 1 after on x: its features sit 0.5 samples before the centre of its input
  help: no padding centres a kernel of 5 at stride 2 from 8 to 4 samples: 0.5 samples off is the least that is possible here
13:21 error RF101 `sum` merges paths of different effective strides on x: 1 through `right2`, 2 through `left`; \
their receptive fields drift apart by 1 input sample a cell
  help: bring both paths to one stride before the merge: stride, pool or resize one of them by 2
  8:11 the paths part after `signal`
  11:5 `right1` moves the centre of `right2` by +1 sample
  12:5 `right2` moves its own centre by +1 sample
"""

SINGLE_PATH = """\
10:57 info RF305 `f1` pads 1 on both sides on x, but at 8 samples nothing is read of the high side; \
its features sit 0.5 samples before the centre of its input
  help: it uses its padding evenly at an input size of 7 or 10 for `f0`
11:5 info RF104 the map of output `f2` is centred 0.5 samples before the centre of `f0` on x (1/6 cells)
  help: where features are mapped back to the input, one that a centred map would have at p lies at p − 0.5; \
flipping the input moves the features by twice as much
"""


@pytest.mark.parametrize(("name", "golden"), [("aligned", ALIGNED), ("misaligned", MISALIGNED), ("single_path", SINGLE_PATH)])
def test_paper_findings(name: str, golden: str) -> None:
    assert told(lint_bytes((PAPER / f"{name}.yaml").read_bytes(), f"{name}.yaml").findings) == golden


def paper(name: str) -> tuple[Analysis, int]:
    analysis = analysed((PAPER / f"{name}.yaml").read_text(encoding="utf-8"))
    return analysis, analysis.graph.outputs[0]


def test_paper_misaligned_position_by_position() -> None:
    analysis, node = paper("misaligned")
    seen = [location.feature(analysis, 0, node, (index,))[0] for index in range(4)]
    # The left path sees 2i - 2 … 2i + 2, the right one i … i + 4.
    assert [each.region for each in seen] == [(-2, 4), (0, 5), (2, 6), (3, 8)]
    assert [each.clipped for each in seen] == [(0, 4), (0, 5), (2, 6), (3, 7)]
    sizes = [each.region[1] - each.region[0] + 1 for each in seen if each.region]
    # The paper counts features from the left, from one: the second uses 6 samples, the third 5.
    assert sizes == [7, 6, 5, 6]
    assert location.variation(analysis, 0, node) == (location.Variation("x", ((5, 1), (6, 2), (7, 1))),)


def test_paper_aligned_position_by_position() -> None:
    analysis, node = paper("aligned")
    seen = [location.feature(analysis, 0, node, (index,))[0] for index in range(2)]
    assert [(each.region, each.clipped, each.center) for each in seen] == [((-1, 1), (0, 1), 0), ((3, 5), (3, 5), 4)]
    assert location.variation(analysis, 0, node) == (location.Variation("x", ((3, 2),)),)


def test_paper_single_path_backwards() -> None:
    analysis, node = paper("single_path")
    # u2 = v2 = 0, u1 = 0, v1 = 1, u0 = -1, v0 = 4; the next feature stands one effective stride of 3 further.
    assert [location.feature(analysis, source, node, (0,))[0].region for source in (2, 1, 0)] == [(0, 0), (0, 1), (-1, 4)]
    assert location.feature(analysis, 0, node, (1,))[0].region == (2, 7)


# --- what a finding names --------------------------------------------------------------------------------------------


def described(analysis: Analysis, made: Misalignment) -> dict[str, object]:
    name = analysis.graph.node_name

    def path(branch: Branch) -> tuple[str, str, list[tuple[str, Fraction]]]:
        return name(branch.start), name(branch.end), [(name(each.node), each.share) for each in branch.contributions]

    return {
        "at": name(made.node),
        "kind": made.kind,
        "fork": name(made.fork),
        "reference": path(made.reference),
        "branch": path(made.branch),
        "shift": made.shift,
        "cells": made.cells,
        "severity": made.severity,
        "repeated": [name(node) for node in made.repeated],
    }


def test_fork_paths_and_contributions() -> None:
    analysis = analysed(
        spec("""
            name: stem, op: conv, kernel: 3, stride: 2, padding: 1
            name: a1, op: conv, kernel: 3, padding: 1, from: stem
            name: a2, op: conv, kernel: 3, padding: [[0, 2]]
            name: b1, op: conv, kernel: 5, padding: 2, from: stem
            name: b2, op: relu
            name: sum, op: add, from: [b2, a2]
        """)
    )
    (made,) = misalignments(analysis)
    assert described(analysis, made) == {
        "at": "sum",
        "kind": "center",
        "fork": "stem",
        "reference": ("b1", "b2", []),
        # One sample of the map of `stem` is two of the input.
        "branch": ("a1", "a2", [("a2", Fraction(2))]),
        "shift": 2,
        "cells": 1,
        "severity": "error",
        "repeated": [],
    }


def test_an_empty_branch_starts_and_ends_at_the_fork() -> None:
    analysis = analysed(
        spec("""
            name: stem, op: conv, kernel: 3, padding: 1
            name: off, op: conv, kernel: 3, padding: [[0, 2]]
            name: sum, op: add, from: [stem, off]
        """)
    )
    (made,) = misalignments(analysis)
    told_of = described(analysis, made)
    assert (told_of["fork"], told_of["reference"], told_of["branch"]) == ("stem", ("stem", "stem", []), ("off", "off", [("off", 1)]))


def test_branches_of_one_odd_out() -> None:
    """The grid that most branches have represents the merge; each that differs is a finding of its own."""
    analysis = analysed(
        spec("""
            name: one, op: conv, kernel: 3, padding: [[2, 0]], from: image
            name: two, op: conv, kernel: 3, padding: 1, from: image
            name: three, op: conv, kernel: 5, padding: 2, from: image
            name: four, op: conv, kernel: 3, padding: [[0, 2]], from: image
            name: all, op: concat, from: [one, two, three, four]
        """)
    )
    name = analysis.graph.node_name
    assert [(name(made.reference.end), name(made.branch.end), made.shift) for made in misalignments(analysis)] == [
        ("two", "one", 1),
        ("two", "four", 1),
    ]


def test_shares_sum_to_the_difference_of_the_centres() -> None:
    count = 0
    for seed in range(250):
        text = to_yaml(random_net(4 * 10**6 + seed, classic=seed % 2 == 0, axes=[1, 2]))
        loaded = load(text.encode(), "net.yaml", Options())
        if loaded.graph is None:
            continue
        for made in misalignments(analyze(loaded.graph)):
            count += 1
            shares = [sum(each.share for each in path.contributions) for path in (made.branch, made.reference)]
            assert shares[0] - shares[1] == made.branch.center - made.reference.center, text
            if made.kind == "center" and made.branch.stride == made.reference.stride:
                assert made.shift == abs(shares[0] - shares[1]), text
                assert made.cells is not None
                assert made.cells <= made.shift / made.reference.stride, text
    assert count > 50


@pytest.mark.parametrize("size", [64, "null"])
def test_a_deviation_is_listed_once(size: int | str) -> None:
    """Later merges that receive the same branch name it no more; another branch is another finding."""
    text = spec(
        """
            name: stem, op: conv, kernel: 3, padding: 1
            name: off, op: conv, kernel: 3, padding: [[0, 2]]
            name: first, op: add, from: [stem, off]
            name: on, op: conv, kernel: 1, from: off
            name: second, op: add, from: [stem, on]
            name: other, op: conv, kernel: 3, padding: [[0, 2]], from: stem
            name: third, op: add, from: [stem, other]
        """,
        size,
        "outputs: [first, second, third]\n",
    )
    analysis = analysed(text)
    found = [described(analysis, made) for made in misalignments(analysis)]
    assert [(each["at"], each["repeated"]) for each in found] == [("first", ["second"]), ("third", [])]
    shown = [each for each in lint(text) if each.code == "RF102"]
    assert [each.layer for each in shown] == ["first", "third"]
    assert "the same deviation arrives again at `second`" in [note.message for note in shown[0].related]


# --- grades ----------------------------------------------------------------------------------------------------------

#: Two paths of stride 4 to one map; the second is `4 - low` samples later.
PLAIN = """
    name: here, op: conv, kernel: 1, stride: 4, from: image
    name: there, op: conv, kernel: 9, stride: 4, padding: [[{low}, {high}]], from: image
    name: sum, op: add, from: [here, there]
"""
#: Down by 4, and up by 2 again beside a path of stride 2; `moved` moves the way round by `7/2 - low` samples.
RESAMPLED = """
    name: moved, op: conv, kernel: 8, padding: [[{low}, {high}]], from: image
    name: map, op: conv, kernel: 1, stride: 2, from: image
    name: down, op: conv, kernel: 3, stride: 4, padding: 1, from: moved
    name: up, op: resize, scale: 2, {mode}
    name: sum, op: add, from: [map, up]
"""


@pytest.mark.parametrize(
    ("low", "cells", "severity"),
    [
        (0, 1, "error"),
        (1, Fraction(3, 4), "warning"),
        (2, Fraction(1, 2), "warning"),
        (3, Fraction(1, 4), "warning"),
        (7, Fraction(3, 4), "warning"),
    ],
)
def test_grade_without_resampling(low: int, cells: Fraction, severity: str) -> None:
    (made,) = misalignments(analysed(spec(PLAIN.format(low=low, high=8 - low))))
    assert (made.cells, made.severity) == (cells, severity)


def test_what_the_ops_imply_is_a_fact() -> None:
    """Parity: half a sample that no padding closes, a quarter of a cell; three quarters of a sample more are a mistake."""
    layers = """
        name: conv, op: conv, kernel: 3, stride: 2, padding: 1, from: image
        name: pool, op: max_pool, kernel: 2, from: image
        name: sum, op: concat, from: [conv, pool]
    """
    (made,) = misalignments(analysed(spec(layers)))
    assert (made.shift, made.cells, made.severity) == (Fraction(1, 2), Fraction(1, 4), "info")
    # Behind a window that is padded evenly, lest it be taken for a causal one.
    stem = "name: stem, op: conv, kernel: 3, padding: 1, from: image\n"
    shifted = layers.replace("padding: 1", "padding: [[2, 0]]").replace("from: image", "from: stem")
    (made,) = misalignments(analysed(spec(stem + shifted.lstrip())))
    assert (made.shift, made.cells, made.severity) == (Fraction(3, 2), Fraction(3, 4), "warning")


@pytest.mark.parametrize(
    ("low", "mode", "cells", "severity"),
    [
        # Nearest x2 looks half a cell of its own output, one sample, before its grid; the coarsest cell on either path is 4.
        (3, "mode: nearest", Fraction(1, 8), "info"),
        (4, "mode: nearest", Fraction(3, 8), "info"),
        (5, "mode: nearest", Fraction(5, 8), "warning"),
        (8, "mode: nearest", Fraction(11, 8), "error"),
        # 16 samples spread over 32: feature 31 stands at 4 * 15 + 1/2, its partner at 62.
        (3, "mode: linear, coordinates: align_corners", Fraction(3, 8), "info"),
    ],
)
def test_grade_with_resampling(low: int, mode: str, cells: Fraction, severity: str) -> None:
    (made,) = misalignments(analysed(spec(RESAMPLED.format(low=low, high=7 - low, mode=mode))))
    assert (made.cells, made.severity) == (cells, severity)


@pytest.mark.parametrize(
    ("factor", "cells", "severity"), [(2, Fraction(1, 4), "info"), (3, Fraction(1, 3), "warning"), (4, Fraction(3, 8), "info")]
)
def test_grade_of_nearest(factor: int, cells: Fraction, severity: str) -> None:
    """Nearest by 3 is a whole sample off, which other padding below would mend; by 2 and 4 nothing does."""
    text = spec(
        f"""
            name: down, op: conv, kernel: {2 * factor - 1}, stride: {factor}, padding: {factor - 1}, from: image
            name: up, op: resize, scale: {factor}
            name: sum, op: add, from: [image, up]
        """,
        size=48,
    )
    (made,) = misalignments(analysed(text))
    assert (made.cells, made.severity) == (cells, severity)


def test_the_user_has_the_last_word() -> None:
    text = spec(PLAIN.format(low=0, high=8), head="rules: {RF102: info}\n")
    assert [each.severity for each in lint(text) if each.code == "RF102"] == ["info"]


# --- edits -----------------------------------------------------------------------------------------------------------

MENDABLE = {
    "a window": """
        name: stem, op: conv, kernel: 3, padding: 1
        name: off, op: conv, kernel: 5, padding: [[1, 3]]
        name: sum, op: add, from: [stem, off]
    """,
    "too early": """
        name: stem, op: conv, kernel: 3, padding: 1
        name: off, op: conv, kernel: 5, padding: [[3, 1]]
        name: sum, op: add, from: [stem, off]
    """,
    "a word": """
        name: here, op: conv, kernel: 1, stride: 2, from: image
        name: there, op: conv, kernel: 3, stride: 2, padding: same, from: image
        name: sum, op: add, from: [here, there]
    """,
    "the last word": """
        name: here, op: conv, kernel: 4, padding: same, from: image
        name: there, op: conv, kernel: 2, padding: same_lower, from: image
        name: sum, op: add, from: [here, there]
    """,
    "dilation": """
        name: here, op: conv, kernel: 3, dilation: 2, padding: 2, from: image
        name: there, op: conv, kernel: 3, dilation: 3, padding: [[2, 4]], from: image
        name: sum, op: add, from: [here, there]
    """,
    "pooling": """
        name: pool, op: max_pool, kernel: 3, stride: 2, padding: 1, from: image
        name: conv, op: conv, kernel: 3, stride: 2, padding: [[0, 1]], from: image
        name: both, op: concat, from: [pool, conv]
    """,
    "in the middle of a path": """
        name: stem, op: conv, kernel: 3, padding: 1
        name: a, op: conv, kernel: 3, padding: [[0, 2]], from: stem
        name: b, op: relu
        name: c, op: conv, kernel: 1
        name: sum, op: add, from: [stem, c]
    """,
    "on the reference": """
        name: off, op: conv, kernel: 3, padding: [[0, 2]], from: image
        name: identity, op: identity, from: image
        name: sum, op: add, from: [off, identity]
    """,
    "three branches": """
        name: one, op: conv, kernel: 1, from: image
        name: three, op: conv, kernel: 3, padding: 1, from: image
        name: five, op: conv, kernel: 5, padding: [[3, 1]], from: image
        name: all, op: concat, from: [one, three, five]
    """,
    "behind a stride": """
        name: stem, op: conv, kernel: 7, stride: 2, padding: 3
        name: pool, op: max_pool, kernel: 3, stride: 2, padding: 1
        name: conv, op: conv, kernel: 3, padding: [[0, 2]]
        name: sum, op: add, from: [pool, conv]
    """,
    "a crop": """
        name: valid, op: conv, kernel: 5, from: image
        name: crop, op: crop, crop: [[1, 3]], from: image
        name: sum, op: add, from: [valid, crop]
    """,
    "a crop to a size": """
        name: valid, op: conv, kernel: 5, from: image
        name: crop, op: crop_like, from: [image, valid], start: 1
        name: sum, op: add, from: [valid, crop]
    """,
    "a slice": """
        name: valid, op: conv, kernel: 5, from: image
        name: part, op: slice, start: 3, stop: 63, from: image
        name: sum, op: add, from: [valid, part]
    """,
    "a slice that ends before the end": """
        name: valid, op: conv, kernel: 5, from: image
        name: part, op: slice, start: 1, stop: -3, from: image
        name: sum, op: add, from: [valid, part]
    """,
    "a pad": """
        name: down, op: max_pool, kernel: 3, stride: 2, from: image
        name: up, op: conv_transpose, kernel: 3, stride: 2
        name: fit, op: pad, padding: [[1, 0]]
        name: sum, op: add, from: [image, fit]
    """,
    "a transposed convolution": """
        name: down, op: conv, kernel: 4, stride: 2, padding: 1, from: image
        name: up, op: conv_transpose, kernel: 4, stride: 2, padding: [[0, 2]]
        name: sum, op: add, from: [image, up]
    """,
    "two mistakes": """
        name: a, op: conv, kernel: 3, padding: [[0, 2]], from: image
        name: first, op: add, from: [image, a]
        name: b, op: conv, kernel: 5, padding: [[3, 1]]
        name: second, op: add, from: [first, b]
    """,
}

#: The edit stands in the block, once, and mends every use of it.
IN_A_BLOCK = """\
rflint: 1
inputs: {image: {size: [48, 40], channels: 8}}
blocks:
  unit:
    layers:
      - {name: conv1, op: conv, kernel: 3, padding: 1, channels: 8, from: input}
      - {name: conv2, op: conv, kernel: 3, padding: [[0, 2], [1, 1]], channels: 8}
      - {name: sum, op: add, from: [input, conv2]}
layers:
  - {name: stack, use: unit, repeat: 3}
"""


def mended(text: str, fix: Fix) -> str:
    """The text after the edits of a fix; lines and columns start at one, ends are exclusive."""
    lines = text.splitlines(keepends=True)
    starts = [sum(map(len, lines[:index])) for index in range(len(lines) + 1)]
    for edit in sorted(fix.edits, key=lambda each: each.span, reverse=True):
        first = starts[edit.span.line - 1] + edit.span.column - 1
        last = starts[edit.span.end_line - 1] + edit.span.end_column - 1
        text = text[:first] + edit.text + text[last:]
    return text


@pytest.mark.parametrize("text", [*map(spec, MENDABLE.values()), IN_A_BLOCK], ids=[*MENDABLE, "in a block"])
def test_edits_mend(text: str) -> None:
    """Edit by edit until nothing is left: each takes its finding away, adds none, and leaves every map size alone."""
    sizes = {layer.name: layer.size for layer in lint_bytes(text.encode(), "net.yaml", Options(layers=True)).layers}
    found = [each for each in lint(text) if each.code == "RF102"]
    assert found
    while found:
        first = found[0]
        assert first.fix is not None
        assert not first.fix.safe
        text = mended(text, first.fix)
        report = lint_bytes(text.encode(), "net.yaml", Options(layers=True))
        left = [each for each in report.findings if each.code == "RF102"]
        assert {each.layer for each in left} < {each.layer for each in found}, text
        assert first.layer not in {each.layer for each in left}, text
        assert {layer.name: layer.size for layer in report.layers} == sizes
        found = left
    assert not [each for each in report.findings if each.severity == "error"]


def test_what_ops_imply_is_told_and_not_mended() -> None:
    down, up = (
        "name: down, op: avg_pool, kernel: 2, from: image",
        "name: up, op: resize, mode: linear, coordinates: align_corners, scale: 2",
    )
    (found,) = [each for each in lint(spec(f"{down}\n{up}\nname: sum, op: add, from: [image, up]")) if each.code == "RF102"]
    assert (found.severity, found.fix) == ("info", None)
    assert "`coordinates: half_pixel`" in (found.help or "")


def test_one_edit_of_a_block_for_all_its_uses() -> None:
    (found,) = [each for each in lint(IN_A_BLOCK) if each.code == "RF102"]
    assert found.instances == ("stack/0/sum", "stack/1/sum", "stack/2/sum")
    assert found.axes == ("y",)
    assert found.fix is not None
    assert [edit.text for edit in found.fix.edits] == ["1"]


def test_an_edit_writes_a_field_that_comes_from_defaults() -> None:
    """`defaults` hold for other layers, too: the layer gets a padding of its own."""
    text = spec(
        """
            name: here, op: conv, kernel: 1, stride: 2, padding: 0, from: image
            name: there, op: conv, kernel: 3, stride: 2, from: image
            name: sum, op: add, from: [here, there]
        """,
        head="defaults: {conv: {padding: same}}\n",
    )
    (found,) = [each for each in lint(text) if each.code == "RF102"]
    assert found.fix is not None
    assert [edit.text for edit in found.fix.edits] == [", padding: 1"]
    assert found.help == "give `there` `padding: 1`: both paths then have one centre and all map sizes stay as they are"


def test_a_search_that_was_cut_short_claims_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """That no edit exists is said only after all have been tried."""
    monkeypatch.setattr(alignment_edits, "EDITS", 0)
    (found,) = [each for each in lint(IN_A_BLOCK) if each.code == "RF102"]
    assert found.fix is None
    assert found.help == "the network is too large for rflint to search for an edit that aligns the paths"


def helped(text: str) -> tuple[str | None, Fix | None]:
    (found,) = [each for each in lint(text) if each.code == "RF102"]
    return found.help, found.fix


def test_parity_is_named_and_no_fix() -> None:
    """A kernel of another size has other weights."""
    text = spec("""
        name: even, op: conv, kernel: 4, padding: [[1, 2]], from: image
        name: odd, op: conv, kernel: 3, padding: 1, from: image
        name: sum, op: add, from: [odd, even]
    """)
    expected = "give `even` `kernel: 5` and `padding: 2`: both paths then have one centre and all map sizes stay as they are"
    assert helped(text) == (expected, None)


def test_no_edit_is_said_after_a_complete_search() -> None:
    text = spec("""
        name: pool, op: global_avg_pool, from: image
        name: shuffle, op: space_to_depth, block: 2, from: image
        name: part, op: slice, step: 2, from: image
        name: sum, op: add, from: [shuffle, part]
        name: all, op: add, from: [sum, pool], broadcast: true
    """)
    analysis = analysed(text)
    (made,) = misalignments(analysis)
    assert (made.shift, made.severity) == (Fraction(1, 2), "info")
    assert find_edits(analysis, (made,)) == (alignment_edits.EditSearch(None, complete=True),)


def test_no_framework_is_told_to_resize_as_it_cannot() -> None:
    """PyTorch has no linear resizing at asymmetric coordinates."""
    text = spec("""
        name: down, op: conv, kernel: 3, stride: 2, padding: 1, from: image
        name: up, op: resize, scale: 2
        name: sum, op: add, from: [image, up]
    """)
    assert helped(text) == (
        "give `down` `kernel: 4` and `padding: 1`: both paths then have one centre and all map sizes stay as they are",
        None,
    )


def test_sizes_that_align_are_the_nearest() -> None:
    text = (CASES / "RF102" / "block-size-that-does-not-halve.yaml").read_text(encoding="utf-8")
    assert helped(text) == ("both paths have one centre at an input size of 253 or 268 for `image`", None)
    aligned = {
        size for size in range(253, 269) if not any(each.code in {"RF008", "RF102"} for each in lint(text.replace("256", str(size))))
    }
    assert aligned == {253, 268}


#: One block, used where its padding is right, and where it is not.
TWO_USES = """\
rflint: 1
axes: [x]
inputs: {image: {size: 64}}
blocks:
  branch:
    layers:
      - {name: conv, op: conv, kernel: 5, padding: [[1, 3]]}
layers:
  - {name: early, op: conv, kernel: 5, padding: [[1, 3]], from: image}
  - {name: one, use: branch, from: image}
  - {name: sum, op: add, from: [early, one]}
  - {name: two, use: branch}
  - {name: shortcut, op: conv, kernel: 1, from: sum}
  - {name: add, op: add, from: [two, shortcut]}
"""


def test_an_edit_that_is_right_in_one_use_of_a_block_only() -> None:
    found, fix = helped(TWO_USES)
    assert fix is None
    assert found is not None
    assert found.startswith("make a parameter of it, and give `two/conv` alone `padding: 2`")


# --- scales that come from sizes -------------------------------------------------------------------------------------

FPN = """
    name: c1, op: conv, kernel: 3, stride: 2, padding: 1
    name: c2, op: conv, kernel: 3, stride: 2, padding: 1
    name: c3, op: conv, kernel: 3, stride: 2, padding: 1
    name: c4, op: conv, kernel: 3, stride: 2, padding: 1
    name: c5, op: conv, kernel: 3, stride: 2, padding: 1
    name: up5, op: resize, like: c4
    name: p4, op: add, from: [c4, up5]
    name: up4, op: resize, like: c3
    name: p3, op: add, from: [c3, up4]
    name: up3, op: resize, like: c2
    name: p2, op: add, from: [c2, up3]
"""


def test_fpn_at_1333_is_graded_by_deviation() -> None:
    """1333 px: maps of 334, 167, 84 and 42; 84 -> 167 is no exact doubling, and no stride mismatch either."""
    analysis = analysed(spec(FPN, 1333))
    found = misalignments(analysis)
    part = analysis.axes[0]
    fields = part.cases[0].traces["image"].fields
    assert [analysis.graph.node_name(made.node) for made in found] == ["p4", "p3", "p2"]
    for made in found:
        one, other = fields[made.reference.end], fields[made.branch.end]
        assert one is not None
        assert other is not None
        assert one.grid is not None
        assert other.grid is not None
        size = part.size(made.node)
        assert size is not None
        assert made.kind == "center"
        assert made.shift == max(abs(one.grid.at(index) - other.grid.at(index)) for index in range(size))
        # The map that was resized has cells twice as large.
        assert made.cells == made.shift / (2 * one.grid.stride)
    assert found[1].branch.stride != found[1].reference.stride
    assert not [each for each in lint(spec(FPN, 1333)) if each.code == "RF101"]


def test_fpn_of_unknown_size_is_no_stride_mismatch() -> None:
    assert not [each for each in lint(spec(FPN, "null")) if each.code == "RF101"]


def test_a_nominal_stride_mismatch_is_one_at_any_size() -> None:
    """`like` the wrong map cannot happen; a fixed scale that does not undo the strides is a mismatch, sized or not."""
    wrong = """
        name: down, op: conv, kernel: 3, stride: 4, padding: 1, from: image
        name: up, op: resize, scale: 2
        name: half, op: conv, kernel: 1, stride: 2, from: image
        name: crop, op: crop_like, from: [image, half]
        name: sum, op: add, from: [crop, up]
    """
    for size in (64, "null"):
        (made,) = misalignments(analysed(spec(wrong, size)))
        assert (made.kind, made.severity, made.shift, made.cells) == ("stride", "error", None, None)


# --- every size at once ----------------------------------------------------------------------------------------------

OPEN = {
    "same beside a stride": """
        name: here, op: conv, kernel: 1, stride: 2, from: image
        name: there, op: conv, kernel: 3, stride: 2, padding: same, from: image
        name: sum, op: add, from: [here, there]
    """,
    "same, twice": """
        name: a, op: conv, kernel: 3, stride: 2, padding: same, from: image
        name: b, op: conv, kernel: 3, stride: 2, padding: same
        name: c, op: max_pool, kernel: 3, stride: 4, padding: same, from: image
        name: sum, op: add, from: [b, c]
    """,
    "even kernels": """
        name: a, op: conv, kernel: 4, stride: 2, padding: same, from: image
        name: b, op: conv, kernel: 2, stride: 2, padding: same_lower, from: image
        name: sum, op: add, from: [a, b]
    """,
    "down and up": """
        name: a, op: conv, kernel: 3, stride: 2, padding: same, from: image
        name: b, op: conv, kernel: 3, stride: 2, padding: same
        name: up, op: resize, scale: 4, mode: linear
        name: sum, op: add, from: [image, up]
    """,
    "down and up, by pooling": """
        name: a, op: max_pool, kernel: 2
        name: b, op: conv, kernel: 4, stride: 3, padding: same
        name: up, op: resize, scale: 3, mode: linear
        name: sum, op: add, from: [a, up]
    """,
    "transposed": """
        name: a, op: conv, kernel: 4, stride: 2, padding: same, from: image
        name: up, op: conv_transpose, kernel: 4, stride: 2, padding: 1
        name: sum, op: add, from: [image, up]
    """,
}


@pytest.mark.parametrize("layers", OPEN.values(), ids=OPEN)
def test_residues_equal_every_size(layers: str) -> None:
    part = analysed(spec(layers, "null")).axes[0]
    (classes,) = size_classes(part, ("image",))
    seen = set()
    for size in range(64, 161):
        known = analysed(spec(layers, size)).axes[0]
        valid = not known.cases[0].sizings[0].problems
        aligned = valid and not known.cases[0].traces["image"].violations
        residue = size % classes.modulus
        assert (residue in classes.valid, residue in classes.aligned) == (valid, aligned), size
        seen.add(residue)
    assert seen == set(classes.tried)


def test_open_sizes_decide_some_of_these() -> None:
    """The nets above are worth trying: some are aligned at some sizes only, some take only some sizes."""
    found = [size_classes(analysed(spec(layers, "null")).axes[0], ("image",))[0] for layers in OPEN.values()]
    assert [(each.aligned, each.valid, each.modulus) for each in found] == [
        ((1,), (0, 1), 2),
        ((1, 2), (0, 1, 2, 3), 4),
        ((0,), (0, 1), 2),
        ((), (0,), 4),
        ((), (0, 1), 6),
        ((0,), (0,), 2),
    ]
