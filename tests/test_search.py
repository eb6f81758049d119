"""What if: trials say what the analysis of the changed network says, and searches stop where their budget does."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest
from random_nets import random_net, to_yaml

from rflint.algebra.axis import Window
from rflint.engine.analysis import Analysis, analyze
from rflint.model import FirstToSee
from rflint.pipeline import load
from rflint.questions import every_size, nearest, targets
from rflint.questions.conflicts import Change, Fork, SizePath, size_conflicts
from rflint.questions.every_size import smallest_size
from rflint.questions.narrowest import unproductive
from rflint.questions.nearest import NearestSizes, nearest_sizes
from rflint.questions.paths import NOWHERE, Parting, part_ways
from rflint.questions.targets import first_to_see, judge_targets
from rflint.search import Budget, Candidate, Trial, UsedUpError, first_that
from rflint.verdict import Options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rflint.engine.tracing import Trace

PLENTY = 10**9


class OtherSize(NamedTuple):
    """Another size of the only input."""

    size: int

    def applied_to(self, trial: Trial) -> Trial:
        return trial.at((self.size,))


def analysed(text: str, size: int | None = None) -> Analysis:
    options = Options() if size is None else Options(sizes=((None, (size,)),))
    graph = load(text.encode(), "net.yaml", options).graph
    assert graph is not None
    return analyze(graph)


def spec(layers: str, size: int | str, head: str = "") -> str:
    return f"rflint: 1\naxes: [x]\ninputs: {{image: {{size: {size}}}}}\n{head}layers: [{layers}]\n"


#: An encoder and a decoder: sizes that four divides come through.
DECODER = spec(
    "{name: pool, op: max_pool, kernel: 4}, {name: up, op: resize, scale: 4}, {name: sum, op: add, from: [image, up]}, {op: relu}", 90
)
PADDED = "{{name: conv, op: conv, kernel: 5, stride: 2, padding: {}, from: image}}, {{name: pool, op: max_pool, kernel: 2, from: image}}"
PADDED += ", {{op: add, from: [conv, pool]}}"


# --- trials ----------------------------------------------------------------------------------------------------------


def grids(trace: Trace) -> tuple[object, ...]:
    """What trials know of a trace: not the regions."""
    return [field and field.grid for field in trace.fields], trace.violations, trace.via


def test_other_sizes_are_those_of_the_analysis() -> None:
    count = 0
    for seed in range(60):
        text = to_yaml(random_net(7 * 10**6 + seed, classic=seed % 2 == 0, axes=[1]))
        graph = load(text.encode(), "net.yaml", Options(sizes=((None, (40,)),))).graph
        if graph is None or len(graph.inputs) != 1:
            continue
        trial = Trial.of(analyze(graph).axes[0], Budget(PLENTY)).at((57,))
        case = analysed(text, 57).axes[0].cases[0]
        (name,) = case.traces
        assert trial.sizing == case.sizings[0], text
        assert grids(trial.trace(name)) == grids(case.traces[name]), text
        assert trial.suits() == (not case.sizings[0].problems), text
        count += 1
    assert count > 30


def test_other_ops_are_those_of_the_analysis() -> None:
    part, changed = analysed(spec(PADDED.format("same"), 64)).axes[0], analysed(spec(PADDED.format(2), 64)).axes[0]
    (node,) = (node for node, op in enumerate(changed.program.ops) if isinstance(op, Window) and op.kernel == 5)
    op = changed.program.ops[node]
    assert op is not None
    trial = Candidate(node, op, ((part.program, {node: op}),)).applied_to(Trial.of(part, Budget(PLENTY)))
    assert trial.sizing == changed.cases[0].sizings[0]
    assert grids(trial.trace("image")) == grids(changed.cases[0].traces["image"])
    assert trial.program == changed.program


def test_a_trial_is_paid_for_when_it_is_asked() -> None:
    part = analysed(DECODER).axes[0]
    # Five nodes, and five edges between them.
    budget = Budget(20)
    here = Trial.of(part, budget)
    assert here.program.work == 10
    there = here.at((92,))
    assert (here.sizing, here.trace("image")) == (part.cases[0].sizings[0], part.cases[0].traces["image"])
    for _ in range(3):
        there.trace("image")
    with pytest.raises(UsedUpError):
        budget.spend(1)


# --- budgets and searches --------------------------------------------------------------------------------------------


def test_a_step_that_is_too_large_takes_nothing() -> None:
    budget = Budget(10)
    with pytest.raises(UsedUpError):
        budget.spend(11)
    budget.spend(10)
    with pytest.raises(UsedUpError):
        budget.spend(1)


def test_the_first_candidate_that_mends() -> None:
    trial = Trial.of(analysed(DECODER).axes[0], Budget(PLENTY))
    assert first_that(lambda _, there: there.suits(), map(OtherSize, range(90, 99)), [trial]) == (OtherSize(92), True)
    assert first_that(lambda _, there: there.suits(), map(OtherSize, (90, 91)), [trial]) == (None, True)


def test_a_search_says_that_it_is_not_complete() -> None:
    part = analysed(DECODER).axes[0]
    # Two sizes are tried for 20; the third would mend.
    assert first_that(lambda _, there: there.suits(), map(OtherSize, (90, 91, 92)), [Trial.of(part, Budget(29))]) == (None, False)
    assert first_that(lambda _, there: there.suits(), map(OtherSize, (90, 91, 92)), [Trial.of(part, Budget(30))]) == (OtherSize(92), True)

    def costly() -> Iterator[OtherSize]:
        yield OtherSize(91)
        raise UsedUpError

    assert first_that(lambda _, there: there.suits(), costly(), [Trial.of(part, Budget(PLENTY))]) == (None, False)


def test_nearest_sizes_within_a_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    part = analysed(DECODER).axes[0]
    assert nearest_sizes(part) == NearestSizes((88, 92), complete=True)
    assert nearest_sizes(part, furthest=1) == NearestSizes((), complete=True)
    monkeypatch.setattr(nearest, "NEAREST_SIZES", 19)
    assert nearest_sizes(part) == NearestSizes((), complete=False)
    assert nearest_sizes(part, furthest=1) == NearestSizes((), complete=True)


def test_the_smallest_size_over_all_classes() -> None:
    part = analysed(spec("{op: max_pool, kernel: 3}, {op: conv, kernel: 3}", "null")).axes[0]
    modulus = part.moduli[0]
    assert modulus is not None
    each = [smallest_size(part, (sizing,), modulus) for sizing in part.sizings]
    assert each == [9, 10, 11]
    assert smallest_size(part, part.sizings, modulus) == smallest_size(part, part.sizings[::-1], modulus) == 9


def test_no_smallest_size_past_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    part = analysed(spec("{op: max_pool, kernel: 3}, {op: conv, kernel: 3}", "null")).axes[0]
    monkeypatch.setattr(every_size, "SMALLEST_SIZE", 50)
    assert smallest_size(part, part.sizings, 3) is None


def test_the_first_layer_to_see_a_target(monkeypatch: pytest.MonkeyPatch) -> None:
    head = "targets: [{name: sign, size: 5, layer: a}, {name: face, size: 50, layer: a}]\n"
    layers = ", ".join(f"{{name: {name}, op: conv, kernel: 3}}" for name in "abc")
    analysis = analysed(spec(layers, 64, head))
    verdicts = judge_targets(analysis)
    assert first_to_see(analysis, verdicts) == (FirstToSee("b", complete=True, at_best="b"), FirstToSee(None, complete=True))
    # Two for each layer of the first target, as it is looked at for the first time; and one for each of the second.
    monkeypatch.setattr(targets, "TARGET_LAYERS", 4)
    assert first_to_see(analysis, verdicts) == (FirstToSee("b", complete=True, at_best="b"), FirstToSee(None, complete=False))


# --- paths and conflicts ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ends", "parting"),
    [
        ((6, 5), Parting(2, (6, 4), (5, 3))),
        ((5, 6), Parting(2, (5, 3), (6, 4))),
        ((6, 2), Parting(2, (6, 4), ())),
        ((6, 6), Parting(6, (), ())),
        # Node 1 is another input.
        ((7, 2), Parting(NOWHERE, (7,), (2,))),
    ],
)
def test_paths_part(ends: tuple[int, int], parting: Parting) -> None:
    before = {0: NOWHERE, 1: NOWHERE, 2: 0, 3: 2, 4: 2, 5: 3, 6: 4, 7: 1}
    assert part_ways(*ends, before.__getitem__) == parting


def test_behind_phases_that_differ_no_layer_is_unproductive() -> None:
    layers = "{{name: wide, op: conv, kernel: 63, padding: 31}}, {{name: up, {}}}, {{op: conv, kernel: 3, padding: 1}}"
    assert unproductive(analysed(spec(layers.format("op: resize, scale: 3, mode: nearest"), 9))).nodes == ()
    assert unproductive(analysed(spec(layers.format("op: relu"), 9))).nodes == (3,)


def test_a_conflict_of_sizes() -> None:
    (conflict,) = size_conflicts(analysed(DECODER))
    on = conflict.axes[0]
    assert (conflict.node, conflict.kind, *conflict.axes) == (3, "mismatch", 0)
    assert (on.sizes, on.fitting) == ((90, 88), (88, 92))
    assert on.disagreement is not None
    assert (on.disagreement.largest, on.disagreement.smallest, on.disagreement.surplus) == (0, 2, (2, 2))
    assert conflict.fork == Fork(0, 90, (SizePath(0, (), ()), SizePath(2, (Change(1, -68, 90, 22), Change(2, 66, 22, 88)), (2, 1))))


def test_the_fork_is_that_of_the_first_axis() -> None:
    text = "rflint: 1\ninputs: {image: {size: 9}}\nlayers:\n"
    text += "  - {name: a, op: conv, kernel: [3, 1], padding: [[0, 0], [1, 1]]}\n  - {op: add, from: [image, a]}\n"
    (conflict,) = size_conflicts(analysed(text))
    assert [conflict.axes[axis].sizes for axis in (0, 1)] == [(9, 7), (9, 11)]
    assert conflict.fork == Fork(0, 9, (SizePath(0, (), ()), SizePath(1, (Change(1, -2, 9, 7),), (1,))))


def test_a_conflict_at_every_size() -> None:
    (conflict,) = size_conflicts(analysed(spec("{name: a, op: conv, kernel: 3}, {op: add, from: [image, a]}", "null")))
    on = conflict.axes[0]
    assert (on.sizes, on.fitting) == ((None, None), ())
    assert on.disagreement is not None
    assert on.disagreement.surplus == (2, 2)
    assert conflict.fork == Fork(0, None, (SizePath(0, (), ()), SizePath(1, (Change(1, -2, None, None),), (1,))))


def test_a_conflict_of_sizes_that_no_input_changes() -> None:
    layers = "{name: a, op: adaptive_avg_pool, size: 5}, {name: b, op: adaptive_avg_pool, size: 7, from: image}, {op: add, from: [a, b]}"
    (conflict,) = size_conflicts(analysed(spec(layers, "null")))
    on = conflict.axes[0]
    assert on.sizes == (5, 7)
    assert on.disagreement is not None
    assert (on.disagreement.branches, on.disagreement.surplus) == (((1, 5), (2, 7)), (2, 2))


def test_blame_at_open_sizes() -> None:
    """At odd sizes one layer fails, at even sizes another: who fails at all sizes is to blame, and else who fails at the first."""
    layers = "{name: even, op: space_to_depth, block: 2}, {name: less, op: conv, kernel: 2, from: image}"
    layers += ", {name: odd, op: space_to_depth, block: 2}"
    (conflict,) = size_conflicts(analysed(spec(layers, "null")))
    assert (conflict.node, conflict.kind) == (3, "refused")
    (conflict,) = size_conflicts(analysed(spec(f"{layers}, {{op: add, from: [image, less]}}", "null")))
    assert (conflict.node, conflict.kind) == (4, "mismatch")


def test_strides_explain_a_conflict() -> None:
    assert size_conflicts(analysed(spec("{name: a, op: conv, kernel: 1, stride: 2}, {op: add, from: [image, a]}", 64))) == ()
