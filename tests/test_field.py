"""Laws of the algebra: grids compose, supports agree with explicit index sets, unions are unions."""

from __future__ import annotations

from fractions import Fraction
from math import lcm

from hypothesis import given, settings
from hypothesis import strategies as st

from rflint.algebra.axis import Facts, Step, Transposed, Window
from rflint.algebra.field import SOURCE, Field, through, union
from rflint.algebra.grid import IDENTITY, Grid, compose, grid
from rflint.algebra.resampling import Adaptive, DepthToSpace, Pad, Resize, Slice, SpaceToDepth, WindowAttention
from rflint.algebra.support import Seen, SupportSet, merge_sets, through_set

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
transposed = st.builds(
    Transposed,
    kernel=st.integers(1, 5),
    stride=st.integers(1, 4),
    dilation=st.integers(1, 3),
    word=st.just(""),
    low=st.integers(0, 3),
    high=st.integers(0, 3),
    output_padding=st.integers(0, 1),
)
resizes = st.builds(
    Resize,
    mode=st.sampled_from(["nearest", "linear", "cubic", "area"]),
    coordinates=st.sampled_from(["half_pixel", "asymmetric"]),
    rounding=st.sampled_from(["floor", "ceil", "round_prefer_floor", "round_prefer_ceil"]),
    scale=st.sampled_from([Fraction(text) for text in ("1/2", "2/3", "1", "3/2", "2", "5/2", "3")]),
    size=st.none(),
)
others = st.one_of(
    st.builds(SpaceToDepth, block=st.integers(1, 3)),
    st.builds(DepthToSpace, block=st.integers(1, 3)),
    st.builds(Pad, low=st.integers(-3, 3), high=st.integers(-3, 3)),
    st.builds(Slice, start=st.integers(0, 3), step_size=st.integers(1, 3)),
    st.builds(WindowAttention, window=st.integers(1, 5), shift=st.integers(0, 2)),
)
steps = st.one_of(windows, transposed, resizes, others).map(lambda op: op.step(Facts(SIZE)))
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


@settings(deadline=None)
@given(chains)
def test_region_of_every_feature_is_the_hull_of_its_explicit_set(chain: list[Step]) -> None:
    field = field_of(chain)
    assert not field.why
    for index in range(-2, 2 * field.period + 2):
        explicit = seen(chain, index)
        assert field.region(index) == ((min(explicit), max(explicit)) if explicit else None)


@settings(deadline=None)
@given(chains)
def test_period_is_the_smallest(chain: list[Step]) -> None:
    field = field_of(chain)
    for short in range(1, field.period):
        if field.period % short or field.advance * short % field.period:
            continue
        hop = field.advance * short // field.period
        regions = [field.region(index) for index in range(2 * field.period)]
        shifted = [None if region is None else (region[0] + hop, region[1] + hop) for region in regions]
        assert shifted[: field.period] != regions[short : short + field.period]


@settings(deadline=None)
@given(chains)
def test_stride_of_the_grid_is_advance_over_period(chain: list[Step]) -> None:
    field = field_of(chain)
    assert field.grid is not None
    assert field.grid.stride == Fraction(field.advance, field.period)


@settings(deadline=None)
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


@settings(deadline=None)
@given(st.lists(windows.filter(lambda op: op.stride == 1).map(lambda op: op.step(Facts(SIZE))), min_size=2, max_size=4))
def test_union_is_the_hull_of_all_branches_in_any_order(branches: list[Step]) -> None:
    fields = [through(step, SOURCE) for step in branches]
    merged = union(fields, 0)
    explicit = set().union(*(read(step, 5) for step in branches))
    assert merged.region(5) == (min(explicit), max(explicit))
    assert union(fields[::-1], 0).region(5) == merged.region(5)
    assert merged.aligned == (len({field.grid for field in fields}) == 1)


@settings(deadline=None)
@given(st.lists(chains, min_size=2, max_size=3))
def test_union_of_any_chains_sees_what_each_sees_or_has_no_size(all_chains: list[list[Step]]) -> None:
    fields = [field_of(chain) for chain in all_chains]
    merged = union(fields, 0)
    if len({Fraction(field.advance, field.period) for field in fields}) > 1:
        assert merged.why == "position-dependent"
        assert merged.size is None
        return
    for index in range(2 * lcm(*(field.period for field in fields))):
        explicit = set().union(*(seen(chain, index) for chain in all_chains))
        assert merged.region(index) == ((min(explicit), max(explicit)) if explicit else None)


@settings(deadline=None)
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
    assert (field.period, field.advance, field.low, field.high) == (2, 2, (-1, -1), (1, 1))


def test_a_transposed_window_smaller_than_its_stride_leaves_phases_blind() -> None:
    field = field_of([Transposed(1, 2).step(Facts(8))])
    assert [field.region(index) for index in range(4)] == [(0, 0), None, (1, 1), None]
    assert field.size == 1
    assert field.size_min is None
