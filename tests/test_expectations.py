"""Facts that do not hold: what is true instead, why there is no value, and whether it can be stated."""

from __future__ import annotations

from fractions import Fraction

import pytest
from small_specs import analysed

from rflint.engine.analysis import analyze
from rflint.pipeline import load
from rflint.questions.expectations import FailedFact, failed_facts
from rflint.questions.size_mends import SizeLoss
from rflint.verdict import Options

LAYERS = """\
  - {name: a, op: conv, kernel: 3, stride: [2, 1], padding: 1, from: image, channels: 4}
  - {name: b, op: conv, kernel: 5, from: other}
  - {name: p, op: max_pool, kernel: [2, 1], from: other}
  - {name: both, op: add, from: [a, p]}
  - {name: odd, op: unknown, original: Einsum, from: b}
  - {name: pooled, op: global_avg_pool, from: b}
"""
HEAD = "rflint: 1\ninputs:\n  image: {{size: {}, channels: 3}}\n  other: {{size: {}, channels: 4}}\noutputs: [both, odd, pooled]\nlayers:\n"


def failed(expected: str, image: str = "[64, 48]", other: str = "[64, 48]") -> list[FailedFact]:
    return list(failed_facts(analysed(f"{HEAD.format(image, other)}{LAYERS}expect: {{{expected}}}\n")))


def told(found: FailedFact) -> tuple[object, ...]:
    return found.fact, found.input, found.actual.values, found.actual.why, found.restatable


@pytest.mark.parametrize(
    ("expected", "told_of"),
    [
        ("a: {receptive_field: 3, stride: [2, 1], padding: 1, aligned: true, center: 0, size: [32, 48], channels: 4}", []),
        ("a: {receptive_field: 4}", [("receptive_field", "image", (3, 3), (), True)]),
        ("a: {receptive_field: [3, 4]}", [("receptive_field", "image", (3, 3), (), True)]),
        ("a: {stride: 2}", [("stride", "image", (2, 1), (), True)]),
        ("a: {params: 1, macs: 2}", [("params", None, (112,), (), True), ("macs", None, (165888,), (), True)]),
        ("a: {channels: 5}", [("channels", None, (4,), (), True)]),
        ("a: {size: 32}", [("size", None, (32, 48), (), True)]),
        # At the merge both inputs count, and differ.
        ("both: {center: 0}", [("center", "other", (Fraction(1, 2), 0), (), False)]),
        ("both: {center: 1}", [("center", "image", (0, 0), (), False), ("center", "other", (Fraction(1, 2), 0), (), False)]),
        ("both: {stride: 3}", [("stride", "image", (2, 1), (), True), ("stride", "other", (2, 1), (), True)]),
        ("both: {input: other, center: 1}", [("center", "other", (Fraction(1, 2), 0), (), True)]),
        ("a: {input: other, receptive_field: 3}", [("receptive_field", "other", (None, None), ("no-path",), True)]),
        ("pooled: {receptive_field: 64}", [("receptive_field", "other", (None, None), ("global",), True)]),
        ("odd: {size: 7}", [("size", None, (None, None), ("unknown-op",), True)]),
        ("odd: {channels: 7}", [("channels", None, (None,), ("uncounted",), True)]),
        ("odd: {receptive_field: null, size: null}", []),
        # Of another number of axes: the schema speaks of that.
        ("a: {receptive_field: [3, 3]}", []),
    ],
)  # fmt: skip
def test_failed_facts(expected: str, told_of: list[tuple[object, ...]]) -> None:
    assert [told(found) for found in failed(expected)] == told_of


def test_wrong_places() -> None:
    (found,) = failed("a: {receptive_field: [3, 4]}")
    assert (found.wrong, found.whole) == ((1,), False)
    (found,) = failed("a: {channels: 5}")
    assert (found.wrong, found.whole) == ((0,), True)


@pytest.mark.parametrize(("image", "why"), [("null", "size-dependent"), ("[null, 48]", "size-dependent")])
def test_sizes_that_are_not_known(image: str, why: str) -> None:
    (found,) = failed("a: {size: 7}", image)
    assert (found.actual.why, found.mend, found.losses) == ((why,), None, ())


def test_a_size_beyond_limits() -> None:
    layers = "".join(f"  - {{name: u{at}, op: resize, scale: 1000000}}\n" for at in range(4))
    text = f"rflint: 1\naxes: [x]\ninputs: {{image: {{size: 64}}}}\nlayers:\n{layers}expect: {{u3: {{size: 7}}}}\n"
    assert [found.actual.why for found in failed_facts(analysed(text))] == [("beyond-limits",)]


def test_sizes_that_suit_no_layer_are_not_stated() -> None:
    (found,) = failed("both: {stride: [3, 1], input: image}", other="[65, 47]")
    assert not found.restatable


def test_losses_are_those_of_the_first_axis_that_is_wrong() -> None:
    (found,) = failed("b: {size: [60, 48]}")
    assert found.losses == (SizeLoss(3, 48, 44),)
    (found,) = failed("b: {size: [64, 48]}", other="[64, 48]")
    assert found.losses == (SizeLoss(3, 64, 60),)
    assert found.mend is not None
    assert (found.mend.field, found.mend.value) == ("padding", (2, 2))
    # There is no size to be mended where none is expected.
    (found,) = failed("b: {size: [60, null]}")
    assert (found.mend, found.losses) == (None, ())


def test_nothing_is_told_of_what_a_broken_layer_leaves_unknown() -> None:
    text = f"{HEAD.format(64, 64)}{LAYERS.replace('max_pool, kernel: [2, 1]', 'nonsense')}expect: {{p: {{size: 7}}, b: {{size: 7}}}}\n"
    graph = load(text.encode(), "net.yaml", Options()).graph
    assert graph is not None
    assert [found.expectation.layer for found in failed_facts(analyze(graph))] == ["b"]
