"""Laws of the algebra: grids compose, supports agree with explicit index sets, unions are unions; for every axis op."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import lcm
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rflint.algebra import AXIS_OPS, AxisOp, support
from rflint.algebra.axis import Facts, Global, Join, Merge, Opaque, Pointwise, Step, Transposed, Window
from rflint.algebra.contract import allowed_values, op_problem, step_problem
from rflint.algebra.field import SOURCE, Field, through, union
from rflint.algebra.grid import IDENTITY, Grid, compose, grid
from rflint.algebra.hull import Family
from rflint.algebra.past import Past
from rflint.algebra.periodic import behind, common, reduce_residues, shortest, smallest
from rflint.algebra.resampling import Adaptive, CropLike, DepthToSpace, Pad, PadLike, Resize, Slice, SpaceToDepth, WindowAttention
from rflint.algebra.support import Seen, SupportSet, merge_sets, through_set, union_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Golden

SIZE = 4096

windows = st.builds(
    Window,
    kernel=st.integers(1, 7),
    stride=st.integers(1, 3),
    dilation=st.integers(1, 3),
    low=st.integers(-2, 4),
    high=st.integers(-2, 4),
    word=st.just(""),
    ceil_mode=st.booleans(),
)
resizes = st.builds(
    Resize,
    mode=st.sampled_from(["nearest", "linear", "cubic", "area"]),
    coordinates=st.sampled_from(["half_pixel", "asymmetric"]),
    rounding=st.sampled_from(["floor", "ceil", "round_prefer_floor", "round_prefer_ceil"]),
    scale=st.sampled_from([Fraction(text) for text in ("1/2", "2/3", "1", "3/2", "2", "5/2", "3")]),
    size=st.none(),
)

#: Examples of every axis op.  Those that read a neighbourhood at `SIZE` samples and in few phases go through all laws.
EXAMPLES: dict[type[AxisOp], st.SearchStrategy[Any]] = {
    Window: windows | windows.flatmap(lambda op: st.sampled_from([op._replace(word=word) for word in ("same", "same_lower", "causal")])),
    Transposed: st.builds(
        Transposed,
        kernel=st.integers(1, 5),
        stride=st.integers(1, 4),
        dilation=st.integers(1, 3),
        word=st.sampled_from(["", "", "same", "same_lower", "causal"]),
        low=st.integers(0, 3),
        high=st.integers(0, 3),
        output_padding=st.integers(0, 1),
    ),
    Pointwise: st.builds(Pointwise, gated=st.booleans()),
    Merge: st.builds(Merge, broadcast=st.booleans()),
    Join: st.builds(Join),
    Global: st.builds(Global, keeps=st.booleans()),
    Past: st.builds(Past),
    Opaque: st.builds(Opaque),
    Resize: resizes,
    Adaptive: st.builds(Adaptive, size=st.sampled_from([1, 2, 1024, 4096, 8192])),
    SpaceToDepth: st.builds(SpaceToDepth, block=st.integers(1, 3)),
    DepthToSpace: st.builds(DepthToSpace, block=st.integers(1, 3)),
    Pad: st.builds(Pad, low=st.integers(-3, 3), high=st.integers(-3, 3)),
    Slice: st.builds(Slice, start=st.integers(-3, 3), stop=st.none(), step_size=st.integers(1, 3)),
    CropLike: st.builds(CropLike, start=st.none() | st.integers(0, 3)),
    PadLike: st.builds(PadLike, align=st.sampled_from(["center", "start", "end"]), start=st.none() | st.integers(-3, 3)),
    WindowAttention: st.builds(WindowAttention, window=st.integers(1, 5), shift=st.integers(0, 2), causal=st.booleans()),
}
#: Axis ops that have no local reading whatever their size.
NOT_LOCAL = (Join, Global, Past, Opaque)

every_axis_op = pytest.mark.parametrize("kind", AXIS_OPS, ids=lambda kind: kind.__name__)


def examples(kind: type[AxisOp]) -> st.SearchStrategy[Any]:
    """Axis ops of a kind."""
    missing = f"axis op `{kind.__name__}` is in no law: give it examples in EXAMPLES of tests/test_algebra.py"
    assert kind in EXAMPLES, missing
    return EXAMPLES[kind]


def at(op: AxisOp) -> Step:
    return op.step(Facts(SIZE, SIZE // 2))


steps = (
    st.one_of(*(EXAMPLES[kind] for kind in EXAMPLES if kind not in NOT_LOCAL))
    .map(at)
    .filter(lambda step: not step.why and step.advance < 64)
)
chains = st.lists(steps, min_size=1, max_size=4)


def read(step: Step, index: int) -> set[int]:
    """What output `index` of a step reads, from the definition of a periodic family."""
    turn, phase = divmod(index, step.period)
    return {tap + turn * step.advance for tap in step.taps[phase]}


def seen(chain: list[Step], index: int) -> set[int]:
    """Explicit set of source samples behind a chain."""
    wanted = {index}
    for step in reversed(chain):
        wanted = {sample for each in wanted for sample in read(step, each)}
    return wanted


def field_of(chain: list[Step]) -> Field:
    field = SOURCE
    for step in chain:
        field = through(step, field)
    return field


# --- every axis op ----------------------------------------------------------------------------------------------------


@every_axis_op
def test_every_axis_op_meets_the_contract(kind: type[AxisOp]) -> None:
    @settings(max_examples=50)
    @given(examples(kind), st.integers(1, 70), st.none() | st.integers(1, 70), st.booleans())
    def holds(op: AxisOp, size: int, like: int | None, virtual: bool) -> None:
        assert op_problem(op) is None
        ratio = None if like is None else Fraction(1)
        for facts in (Facts(size, like), Facts(None), Facts(None, like), Facts(SIZE + size, like, virtual, ratio)):
            assert step_problem(op.step(facts)) is None
        factor = op.factor(ratio)
        assert factor is None or factor > 0

    holds()


@every_axis_op
def test_what_is_not_sensitive_reads_the_same_at_every_size(kind: type[AxisOp]) -> None:
    @settings(max_examples=50)
    @given(examples(kind).filter(lambda op: not op.sensitive), st.integers(1, 70))
    def holds(op: AxisOp, size: int) -> None:
        assert op.step(Facts(size, size)).reading == op.step(Facts(None)).reading

    if kind is not Adaptive:
        holds()


@every_axis_op
def test_centre_is_the_mean_of_the_taps_but_by_convention(kind: type[AxisOp]) -> None:
    """Over one period: `c(i)` and the middle of the taps of `i`, as a table of symmetric ops has it (design.md#grids)."""

    def is_conventional(op: Any) -> bool:
        return (
            (kind is Resize and op.mode == "nearest")
            or kind is DepthToSpace
            or kind is WindowAttention
            or (kind is Window and op.word == "causal")
        )

    @settings(max_examples=50)
    @given(examples(kind).filter(lambda op: not is_conventional(op)).map(at).filter(lambda step: not step.why and all(step.taps)))
    def holds(step: Step) -> None:
        assert step.grid is not None
        middles = [Fraction(taps[0] + taps[-1], 2) for taps in step.taps]
        off = sum(middle - step.grid.at(index) for index, middle in enumerate(middles))
        assert off == 0

    if kind not in NOT_LOCAL and kind not in (DepthToSpace, WindowAttention):
        holds()


@every_axis_op
def test_size_follows_the_factor(kind: type[AxisOp]) -> None:
    """A map twice as large gives an output larger by the factor, within a sample."""

    @settings(max_examples=50)
    @given(examples(kind))
    def holds(op: AxisOp) -> None:
        factor = op.factor(Fraction(1, 2))
        one, other = op.step(Facts(SIZE, SIZE // 2)).size, op.step(Facts(2 * SIZE, SIZE)).size
        if factor is None:
            assert one == other or kind is Join
        else:
            assert one is not None
            assert other is not None
            assert abs(other - one - factor * SIZE) < 1

    if kind is not Opaque:
        holds()


def test_every_number_of_an_axis_op_has_a_range() -> None:
    for kind in AXIS_OPS:
        assert set(allowed_values(kind)) == set(kind._fields), kind  # type: ignore[attr-defined] # NamedTuples, all
    with pytest.raises(TypeError, match="its range"):
        allowed_values(type("Odd", (), {"__annotations__": {"kernel": int}}))


# --- steps ------------------------------------------------------------------------------------------------------------

#: Another value for every field of a step, and whether later layers can see it.
STEP_FIELDS: dict[str, tuple[object, bool]] = {
    "size": (9, False),
    "grid": (Grid(2, 1, 2), True),
    "period": (2, True),
    "advance": (3, True),
    "taps": ((range(2),), True),
    "why": ("size-dependent", True),
    "gated": (True, True),
    "floating": (True, True),
    "sized": (True, True),
    "padding": ((1, 1), False),
    "problem": ("text", False),
    "crash": ("text", False),
}


@pytest.mark.parametrize("name", Step._fields)
def test_reading_is_what_later_layers_can_see(name: str) -> None:
    """Sizes whose steps have one reading are analysed once (`rflint/engine/analysis.py`)."""
    assert name in STEP_FIELDS, f"say in STEP_FIELDS of tests/test_algebra.py whether later layers can see `{name}` of a Step"
    value, is_seen = STEP_FIELDS[name]
    step = Window(3).step(Facts(8))
    other = step._replace(**{name: value})  # type: ignore[arg-type] # a value for that field
    assert other != step
    assert (other.reading != step.reading) == is_seen


GOOD = Window(3, 2, low=1, high=1).step(Facts(8))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda: None, "`step` must give a Step, not a value of type `NoneType`"),
        (lambda: tuple(GOOD), "`step` must give a Step, not a value of type `tuple`"),
        (lambda: GOOD._replace(size=3.0), "a Step must have as `size` a whole number or None"),
        (lambda: GOOD._replace(size=1 << 300), "a Step must have as `size` a whole number or None"),
        (lambda: GOOD._replace(grid=(2, 0, 1)), "as `grid` what `grid(s, c, d)` gives"),
        (lambda: GOOD._replace(grid=Grid(4, 0, 2)), "as `grid` what `grid(s, c, d)` gives"),
        (lambda: GOOD._replace(grid=Grid(-2, 0, 1)), "as `grid` what `grid(s, c, d)` gives"),
        (lambda: GOOD._replace(grid=Grid(2, 0, 0)), "as `grid` what `grid(s, c, d)` gives"),
        (lambda: GOOD._replace(grid=Grid(Fraction(2), 0, 1)), "as `grid` what `grid(s, c, d)` gives"),
        (lambda: GOOD._replace(grid=None), "beside `taps` a `grid`, of stride `advance / period`"),
        (lambda: GOOD._replace(grid=Grid(3, 0, 1)), "beside `taps` a `grid`, of stride `advance / period`"),
        (lambda: GOOD._replace(period=0), "as `period` a whole number from 1 to 1,024"),
        (lambda: GOOD._replace(period=1025), "as `period` a whole number from 1 to 1,024"),
        (lambda: GOOD._replace(period=True), "as `period` a whole number from 1 to 1,024"),
        (lambda: GOOD._replace(period=2, advance=4), "as many `taps` as its `period`"),
        (lambda: GOOD._replace(advance=-1), "as `advance` a whole number from 0 to 2,147,483,647"),
        (lambda: GOOD._replace(taps=[range(3)]), "as `taps` a tuple of ascending ranges within ±2,147,483,647"),
        (lambda: GOOD._replace(taps=((0, 1),)), "as `taps` a tuple of ascending ranges within ±2,147,483,647"),
        (lambda: GOOD._replace(taps=(range(3, 0, -1),)), "as `taps` a tuple of ascending ranges within ±2,147,483,647"),
        (lambda: GOOD._replace(taps=(range(0, 1 << 99, 1 << 98),)), "as `taps` a tuple of ascending ranges within ±2,147,483,647"),
        (lambda: GOOD._replace(taps=(range(-(1 << 31), 1 << 31),)), "as `taps` a tuple of ascending ranges within ±2,147,483,647"),
        (lambda: GOOD._replace(taps=()), "either `taps` or, in `why`, the reason that there are none"),
        (lambda: GOOD._replace(why="global"), "either `taps` or, in `why`, the reason that there are none"),
        (lambda: GOOD._replace(why="because"), "as `why` one of '', 'global', 'unknown-op', 'position-dependent', 'size-dependent', "),
        (lambda: GOOD._replace(gated=1), "True or False as `gated`, `floating` and `sized`"),
        (lambda: GOOD._replace(padding=3), "as `padding` a pair of whole numbers or None"),
        (lambda: GOOD._replace(problem="x" * 301), "as `problem` and `crash` text of at most 300 characters or None"),
    ],
)  # fmt: skip
def test_a_step_that_cannot_be(change: Callable[[], object], told: str) -> None:
    assert step_problem(GOOD) is None
    assert told in (step_problem(change()) or "")


@pytest.mark.parametrize(
    "step",
    [
        GOOD._replace(size=None),
        GOOD._replace(size=0, padding=None),
        GOOD._replace(padding=(-1, 0)),
        GOOD._replace(grid=Grid(0, 1, 1), advance=0),
        GOOD._replace(grid=Grid(1, 0, 1), period=1024, advance=1024, taps=(range(0), range(-1_000_000, -999_999), *[range(1)] * 1022)),
        GOOD._replace(grid=Grid(1_000_000, 0, 1), advance=1_000_000, taps=(range(0, 1_000_001, 1_000_000),)),
        GOOD._replace(grid=None, taps=(), why="global"),
        GOOD._replace(problem="x" * 300, crash="x" * 300),
    ],
)
def test_a_step_that_can_be(step: Step) -> None:
    assert step_problem(step) is None


def test_transposed_windows_by_their_definition() -> None:
    for stride, dilation, kernel, low in product(range(1, 7), range(1, 5), range(1, 4), range(4)):
        step = Transposed(kernel=kernel, stride=stride, dilation=dilation, low=low, high=low).step(Facts(size=20))
        for phase, taps in enumerate(step.taps):
            reading = [n for n in range(-20, 20) if any(n * stride - low + dilation * tap == phase for tap in range(kernel))]
            assert list(taps) == reading, (stride, dilation, kernel, low, phase)


def test_a_set_without_holes_is_its_interval() -> None:
    comb = Seen(0, 5, 0b10101)
    assert union_of([(comb, 3), (Seen(0, 3), 4)]) == Seen(3, 5)
    assert union_of([(comb, 3), (Seen(0, 1), 4)]) == Seen(3, 5, 0b10111)
    assert union_of([(Seen(0, 2), 0), (Seen(0, 2), 4), (Seen(7, 0), 0), (Seen(1, 2), 1)]) == Seen(0, 6)
    assert union_of([(Seen(7, 0), 3)]) == Seen(0, 0)


@pytest.mark.parametrize(("apart", "kept"), [(99, True), (100, False)])
def test_sets_that_are_too_wide_are_given_up(apart: int, kept: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(support, "WIDTH_CAP", 100)
    one, other = SupportSet(1, 1, (Seen(5, 1),)), SupportSet(1, 1, (Seen(5 + apart, 1),))
    for pair in ([one, other], [other, one]):
        assert (merge_sets(pair) is not None) == kept
    comb = Window(2, dilation=apart - 1).step(Facts(None))
    assert (through_set(comb, one) is not None) == kept


def test_the_period_of_sets_is_the_smallest_that_all_phases_have() -> None:
    most = SupportSet(4, 4, (Seen(0, 1), Seen(1, 2), Seen(2, 1), Seen(3, 3)))
    assert merge_sets([most]) == most
    assert merge_sets([most._replace(phases=(*most.phases[:3], Seen(3, 2)))]) == SupportSet(2, 2, most.phases[:2])
    assert merge_sets([most._replace(phases=(*most.phases[:3], Seen(4, 2)))]) == most._replace(phases=(*most.phases[:3], Seen(4, 2)))


# --- periods ----------------------------------------------------------------------------------------------------------

families = st.tuples(st.integers(1, 12), st.integers(1, 12)).map(lambda pair: Family(pair[0], pair[1], (0,) * pair[0], (0,) * pair[0]))


@given(families, families)
def test_period_behind_is_the_first_at_which_both_have_turned(step: Family, inner: Family) -> None:
    period, advance = behind(step, inner)
    turns = next(turns for turns in range(1, 99) if turns * step.advance % inner.period == 0)
    assert (period, advance) == (turns * step.period, turns * step.advance // inner.period * inner.advance)


@given(st.lists(families, min_size=1, max_size=3))
def test_common_period_is_the_first_at_which_all_have_turned(several: list[Family]) -> None:
    together = common(several)
    if len({Fraction(family.advance, family.period) for family in several}) > 1:
        assert together is None
    else:
        period = next(period for period in range(1, 12**3 + 1) if all(period % family.period == 0 for family in several))
        assert together == (period, period // several[0].period * several[0].advance)


@given(st.lists(st.booleans(), min_size=1, max_size=6), st.integers(1, 12))
def test_smallest_period_is_found_by_trying_all(pattern: list[bool], times: int) -> None:
    whole = pattern * times

    def repeats(short: int, _: int = 0) -> bool:
        return whole[:short] * (len(whole) // short) == whole

    expected = next(short for short in range(1, len(whole) + 1) if len(whole) % short == 0 and repeats(short))
    assert smallest(len(whole), 0, repeats) == (expected, 0)
    residues = {index for index, is_in in enumerate(whole) if is_in}
    assert reduce_residues(residues, len(whole)) == (tuple(sorted(residues & set(range(expected)))), expected)


@given(st.integers(1, 60), st.integers(0, 60))
def test_shortest_period_of_a_stride_is_its_denominator(period: int, advance: int) -> None:
    stride = Fraction(advance, period)
    assert shortest(period, advance) == (stride.denominator, stride.numerator)


@given(st.integers(1, 60), st.integers(0, 60))
def test_periods_are_tried_with_the_same_stride(period: int, advance: int) -> None:
    def repeats(short: int, hop: int) -> bool:
        assert (period % short, Fraction(hop, short)) == (0, Fraction(advance, period))
        return True

    assert smallest(period, advance, repeats) == shortest(period, advance)


# --- fields and supports ----------------------------------------------------------------------------------------------


@given(chains)
def test_region_of_every_feature_is_the_hull_of_its_explicit_set(chain: list[Step]) -> None:
    field = field_of(chain)
    assert field.family is not None
    for index in range(-2, 2 * field.family.period + 2):
        explicit = seen(chain, index)
        assert field.region(index) == ((min(explicit), max(explicit)) if explicit else None)


@given(chains)
def test_period_is_the_smallest(chain: list[Step]) -> None:
    family = field_of(chain).family
    assert family is not None
    for short in range(1, family.period):
        if family.period % short or family.advance * short % family.period:
            continue
        hop = family.advance * short // family.period
        regions = [family.region(index) for index in range(2 * family.period)]
        shifted = [None if region is None else (region[0] + hop, region[1] + hop) for region in regions]
        assert shifted[: family.period] != regions[short : short + family.period]


@given(chains)
def test_stride_of_the_grid_is_advance_over_period(chain: list[Step]) -> None:
    field = field_of(chain)
    assert field.grid is not None
    assert field.family is not None
    assert field.grid.stride == Fraction(field.family.advance, field.family.period)


@given(chains)
def test_exact_support_is_the_explicit_set(chain: list[Step]) -> None:
    support: SupportSet | None = SupportSet(1, 1, (Seen(0, 1),))
    for step in chain:
        assert support is not None
        support = through_set(step, support)
    assert support is not None
    for index in range(-1, support.period + 2):
        turn, phase = divmod(index, support.period)
        low, width, bits = support.phases[phase]
        own = {low + j + turn * support.advance for j in range(width) if bits is None or bits >> j & 1}
        assert own == seen(chain, index)


@given(st.lists(windows.filter(lambda op: op.stride == 1).map(lambda op: op.step(Facts(SIZE))), min_size=2, max_size=4))
def test_union_is_the_hull_of_all_branches_in_any_order(branches: list[Step]) -> None:
    fields = [through(step, SOURCE) for step in branches]
    merged = union(fields, 0)
    explicit = set().union(*(read(step, 5) for step in branches))
    assert merged.region(5) == (min(explicit), max(explicit))
    assert union(fields[::-1], 0).region(5) == merged.region(5)
    assert merged.aligned == (len({field.grid for field in fields}) == 1)


@given(st.lists(chains, min_size=2, max_size=3))
def test_union_of_any_chains_sees_what_each_sees_or_has_no_size(all_chains: list[list[Step]]) -> None:
    fields = [field_of(chain) for chain in all_chains]
    merged = union(fields, 0)
    families = [field.family for field in fields if field.family is not None]
    if len({Fraction(family.advance, family.period) for family in families}) > 1:
        assert merged.why == "position-dependent"
        assert merged.size is None
        return
    for index in range(2 * lcm(*(family.period for family in families))):
        explicit = set().union(*(seen(chain, index) for chain in all_chains))
        assert merged.region(index) == ((min(explicit), max(explicit)) if explicit else None)


@given(chains, chains)
def test_merged_sets_are_unions(one: list[Step], other: list[Step]) -> None:
    supports = []
    for chain in (one, other):
        support: SupportSet | None = SupportSet(1, 1, (Seen(0, 1),))
        for step in chain:
            assert support is not None
            support = through_set(step, support)
        assert support is not None
        supports.append(support)
    merged = merge_sets(supports)
    if merged is None:
        assert len({Fraction(each.advance, each.period) for each in supports}) == 2
        return
    for index in range(merged.period):
        low, width, bits = merged.phases[index]
        own = {low + j for j in range(width) if bits is None or bits >> j & 1}
        assert own == seen(one, index) | seen(other, index)


grids = st.builds(grid, s=st.integers(1, 9), c=st.integers(-9, 9), d=st.integers(1, 9))


@given(grids, grids, grids)
def test_grids_compose_like_functions(one: Grid, other: Grid, third: Grid) -> None:
    assert compose(one, other).at(7) == other.at(one.at(7))
    assert compose(compose(one, other), third) == compose(one, compose(other, third))
    assert compose(IDENTITY, one) == compose(one, IDENTITY) == one


@given(windows)
def test_centre_of_a_window_is_the_mean_of_its_taps(op: Window) -> None:
    step = op.step(Facts(SIZE))
    assert step.grid is not None
    taps = read(step, 3)
    assert step.grid.at(3) == Fraction(sum(taps), len(taps))


@given(
    st.builds(
        Resize,
        mode=st.just("nearest"),
        coordinates=st.just("asymmetric"),
        size=st.none(),
        scale=st.fractions(min_value=Fraction(1, 4), max_value=4, max_denominator=4),
    )
)
def test_centre_of_nearest_is_the_mean_over_its_phases(op: Resize) -> None:
    step = op.step(Facts(SIZE))
    assert step.grid is not None
    offsets = [min(read(step, index)) - step.grid.at(index) for index in range(step.period)]
    assert sum(offsets) == 0


@given(st.integers(1, 40), st.integers(2, 40))
def test_adaptive_pooling_reads_the_windows_of_pytorch(n: int, m: int) -> None:
    step = Adaptive(m).step(Facts(n))
    for index in range(m):
        assert read(step, index) == set(range(index * n // m, -(-(index + 1) * n // m)))


@given(windows, st.integers(1, 60))
def test_same_padding_gives_the_ceiling_and_its_odd_sample_stands_high(op: Window, n: int) -> None:
    same = op._replace(word="same")
    low, high = same.padding(n) or (0, 0)
    assert same.size(n) == -(-n // op.stride)
    assert high - low in (0, 1)
    assert same._replace(word="same_lower").padding(n) == (high, low)


@given(st.integers(1, 60), st.integers(1, 5), st.integers(1, 4), st.integers(0, 2))
def test_ceil_mode_never_starts_a_window_in_the_high_padding(n: int, kernel: int, stride: int, padding: int) -> None:
    padding = min(padding, kernel // 2)  # as PyTorch demands
    op = Window(kernel, stride, 1, "", padding, padding, ceil_mode=True)
    out = op.size(n)
    if out > 0 and n + 2 * padding >= kernel:
        assert (out - 1) * stride - padding < n
        assert op._replace(ceil_mode=False).size(n) in (out, out - 1)


def test_two_three_by_three_see_what_a_five_by_five_sees() -> None:
    three = Window(3, low=1, high=1).step(Facts(SIZE))
    five = Window(5, low=2, high=2).step(Facts(SIZE))
    assert field_of([three, three]) == field_of([five])


def test_a_dilated_window_is_a_window_with_zeros_between_its_taps() -> None:
    dilated = field_of([Window(3, dilation=4).step(Facts(SIZE))])
    wide = field_of([Window(9).step(Facts(SIZE))])
    assert dilated == wide


def test_nearest_after_a_strided_window_has_two_phases_that_see_alike() -> None:
    field = field_of([Window(3, 2, low=1, high=1).step(Facts(64)), Resize(scale=Fraction(2)).step(Facts(32))])
    assert field.family == Family(2, 2, (-1, -1), (1, 1))


def test_a_transposed_window_smaller_than_its_stride_leaves_phases_blind() -> None:
    field = field_of([Transposed(1, 2).step(Facts(8))])
    assert [field.region(index) for index in range(4)] == [(0, 0), None, (1, 1), None]
    assert field.size == 1
    assert field.size_min is None


# --- whole answers ----------------------------------------------------------------------------------------------------

THIRD = Fraction(1, 3)
#: Telling axis ops: words of padding, parities, conventions, ends counted from either side.
TELLING: list[AxisOp] = [
    *(Window(3, 2, 1, word) for word in ("", "same", "same_lower", "causal")),
    *(Window(4, 3, 2, word) for word in ("", "same", "same_lower", "causal")),
    *(Window(2, 1, 2, word) for word in ("same", "same_lower")),
    *(Window(kernel, 3, low=low, high=high, ceil_mode=True) for kernel, low, high in ((2, 0, 0), (3, 1, 1), (2, 0, 2))),
    Window(1, 4, word="same"),
    Window(3, low=-1, high=2),
    *(Transposed(3, 2, 1, word) for word in ("", "same", "same_lower", "causal")),
    *(Transposed(2, 3, 1, word, output_padding=1) for word in ("", "same", "same_lower", "causal")),
    Transposed(3, 4, 2, low=1, high=2),
    Transposed(1, 2, word="same"),
    Transposed(1, 2000),
    *(Pointwise(gated) for gated in (False, True)),
    *(Merge(broadcast) for broadcast in (False, True)),
    Join(),
    *(Global(keeps) for keeps in (False, True)),
    Opaque(),
    *(
        Resize(mode, coordinates, scale=scale)
        for mode in ("nearest", "linear", "cubic", "area")
        for coordinates in ("half_pixel", "asymmetric", "align_corners")
        for scale in (Fraction(2), Fraction(2, 3), THIRD)
        if mode != "area" or coordinates == "half_pixel"
    ),
    *(Resize("nearest", coordinates, "round_prefer_ceil", Fraction(3, 2)) for coordinates in ("half_pixel", "asymmetric")),
    *(Resize("nearest", "half_pixel", rounding, Fraction(1, 2)) for rounding in ("ceil", "round_prefer_floor")),
    *(Resize(mode, "half_pixel", size=size) for mode in ("nearest", "linear", "area") for size in (1, 6)),
    *(Resize("linear", coordinates, size=size) for coordinates in ("asymmetric", "align_corners") for size in (1, 6)),
    *(Resize(mode, "half_pixel") for mode in ("nearest", "linear")),
    *(Adaptive(size) for size in (1, 3, 8)),
    *(SpaceToDepth(block) for block in (1, 2)),
    *(DepthToSpace(block) for block in (1, 2, 2000)),
    *(Pad(low, high) for low, high in ((1, 2), (-2, 0))),
    *(
        Slice(start, stop, step)
        for start, stop, step in ((0, 0, 1), (0, None, 1), (1, None, 2), (-3, None, 1), (-4, -1, 2), (2, -2, 1), (1, 5, 3))
    ),
    *(CropLike(start) for start in (None, 0, 2)),
    *(PadLike(align) for align in ("center", "start", "end")),
    *(PadLike(start=start) for start in (-2, 0, 2)),
    WindowAttention(3),
    WindowAttention(4, 1),
    WindowAttention(2000),
]
#: Sizes of the input and of the other map: known, unknown, and of a class.
MET = {
    "at 7": Facts(7, 5),
    "at 8 like 11": Facts(8, 11),
    "at 1": Facts(1, 1),
    "at 9 like unknown": Facts(9),
    "unknown": Facts(None),
    "unknown like 6": Facts(None, 6),
    "of a class like one as large": Facts(SIZE + 1, SIZE - 2, virtual=True, ratio=Fraction(1)),
    "of a class like one of half": Facts(SIZE, SIZE // 2, virtual=True, ratio=Fraction(1, 2)),
    "of a class like one that does not scale": Facts(SIZE, 10, virtual=True),
}


def told(step: Step) -> str:
    """What differs from a step that does nothing; not more than a few phases."""
    usual = Step(step.size, None)
    parts = [f"size {step.size}", *([f"grid {'/'.join(map(str, step.grid))}"] if step.grid else [])]
    parts += [
        f"{name} {getattr(step, name)}" for name in Step._fields[2:] if name != "taps" and getattr(step, name) != getattr(usual, name)
    ]
    taps = " ".join(f"{taps.start}:{taps.stop}:{taps.step}" for taps in step.taps[:12])
    return ", ".join([*parts, *([f"taps {taps}"] if taps else [])])


def test_steps_of_telling_ops(golden: Golden) -> None:
    """`pytest --update tests/test_algebra.py` writes them anew."""
    lines = []
    for op in TELLING:
        lines += ["", f"{op}: {'sensitive, ' if op.sensitive else ''}factors {op.factor(None)}, {op.factor(THIRD)}"]
        by_step: dict[str, list[str]] = {}
        for name, facts in MET.items():
            by_step.setdefault(told(op.step(facts)), []).append(name)
        lines += [f"  {'; '.join(names)}: {text}" for text, names in by_step.items()]
    golden(Path(__file__).parent / "data" / "axis_ops.steps", "\n".join(lines[1:]) + "\n")
