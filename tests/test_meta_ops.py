"""Whatever stands in the table of ops, and every axis op, is tested: by numbers worked out by hand, and by the referee."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from random_nets import JOINED, random_net

import rflint
from rflint.algebra import AXIS_OPS
from rflint.algebra.axis import Facts, Opaque
from rflint.model import EMPTY
from rflint.ops import OPS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from rflint.model.layers import LayerReport

AXES = ("y", "x")
#: What every case reads, `image` first: maps of 12 by 18 samples and 8 channels; `small` gives a size of 6 by 9.
NET = """\
rflint: 1
inputs:
  image: {size: [12, 18], channels: 8}
  other: {size: [12, 18], channels: 8}
  small: {size: [6, 9], channels: 8}
layers:
  - {name: layer, op: OP, from: [SOURCES], FIELDS}
"""


class Case(NamedTuple):
    """What an op does to the map, by hand: from its definition, not from rflint."""

    fields: Mapping[str, Any] = EMPTY
    size: tuple[int, int] | None = (12, 18)
    #: Samples on y that output 1 reads, and where its centre is; else why there are none.
    taps: AbstractSet[int] | str = frozenset({1})
    center: Fraction | float = 1
    channels: int | None = 8
    params: int | None = 0
    macs: int | None = 0


PLAIN = (
    *("relu", "relu6", "leaky_relu", "rrelu", "elu", "selu", "celu", "gelu", "silu", "swish", "mish", "sigmoid"),
    *("log_sigmoid", "hard_sigmoid", "hard_swish", "tanh", "hard_tanh", "softplus", "softsign", "softmax", "log_softmax"),
    *("dropout", "lrn", "identity", "cast", "quantize"),
    *("add", "sub", "mul", "div", "max", "min", "mean", "stack"),
)

CASES: dict[str, Case] = {
    **dict.fromkeys(PLAIN, Case()),
    "conv": Case(
        {"kernel": 3, "stride": 2, "padding": 1, "channels": 16, "groups": 2},
        *((6, 9), {1, 2, 3}, 2),
        channels=16,
        params=9 * 4 * 16 + 16,
        macs=9 * 4 * 16 * 6 * 9,
    ),
    "depthwise_conv": Case(
        {"kernel": [3, 5], "channels": 16, "bias": False}, (10, 14), {1, 2, 3}, 2, channels=16, params=15 * 16, macs=15 * 16 * 10 * 14
    ),
    "separable_conv": Case(
        {"kernel": 3, "padding": 1, "channels": 4},
        taps={0, 1, 2},
        channels=4,
        params=9 * 8 + 8 * 4 + 4,
        macs=(9 * 8 + 8 * 4) * 12 * 18,
    ),
    "deformable_conv": Case(
        {"kernel": 3, "dilation": 2, "channels": 4}, (8, 14), {1, 3, 5}, 3, channels=4, params=9 * 8 * 4 + 4, macs=9 * 8 * 4 * 8 * 14
    ),
    "max_pool": Case({"kernel": 2}, (6, 9), {2, 3}, 2.5),
    "avg_pool": Case({"kernel": 3, "stride": 2, "padding": 1, "ceil_mode": True}, (7, 10), {1, 2, 3}, 2),
    "lp_pool": Case({"kernel": 4, "stride": 1}, (9, 15), {1, 2, 3, 4}, 2.5),
    # Every sample of the *input* is multiplied with the whole kernel.
    "conv_transpose": Case(
        {"kernel": 4, "stride": 2, "padding": 1, "channels": 4},
        *((24, 36), {0, 1}, 0.25),
        channels=4,
        params=16 * 8 * 4 + 4,
        macs=16 * 8 * 4 * 12 * 18,
    ),
    "max_unpool": Case({"kernel": 2}, (24, 36), {0}, 0.25),
    "unfold": Case({"kernel": 3}, (10, 16), {1, 2, 3}, 2, channels=9 * 8),
    "blur_pool": Case({"kernel": 3, "stride": 2, "padding": 1}, (6, 9), {1, 2, 3}, 2),
    "window": Case({"kernel": 5, "channels": 4}, (8, 14), {1, 2, 3, 4, 5}, 3, channels=4),
    "resize": Case({"scale": 2, "mode": "linear"}, (24, 36), {0, 1}, 0.25),
    "space_to_depth": Case({"block": 2}, (6, 9), {2, 3}, 2.5, channels=32),
    "depth_to_space": Case({"block": 2}, (24, 36), {0}, 0.25, channels=2),
    "adaptive_avg_pool": Case({"size": 4}, (4, 4), {3, 4, 5}, 4),
    "adaptive_max_pool": Case({"size": [5, 6]}, (5, 6), {2, 3, 4}, Fraction(31, 10)),
    "pad": Case({"padding": [[1, 2], [3, 3]]}, (15, 24), {0}, 0),
    "crop": Case({"crop": 2}, (8, 14), {3}, 3),
    "slice": Case({"start": 2, "step": 3}, (4, 6), {5}, 5),
    "crop_like": Case({}, (6, 9), {4}, 4),
    # From (12, 18) to (6, 9): half of the difference before, the odd sample after.
    "pad_like": Case({}, (6, 9), {4}, 4),
    "resize_like": Case({}, (6, 9), {2}, 2),
    "concat": Case(channels=16),
    "prelu": Case(params=8),
    "glu": Case(channels=4),
    "batch_norm": Case(params=16),
    "layer_norm": Case(params=16),
    "bias": Case(params=8),
    "scale_shift": Case(params=16),
    "channel_shuffle": Case({"groups": 2}),
    "select_channels": Case({"channels": 3}, channels=3),
    "instance_norm": Case(),
    "group_norm": Case({"groups": 4}, params=16),
    "squeeze_excite": Case({"channels": 2}, params=2 * 8 * 2 + 8 + 2, macs=2 * 8 * 2),
    "global_avg_pool": Case({}, (1, 1), "global"),
    "global_max_pool": Case({}, (1, 1), "global"),
    "dense": Case({"channels": 10}, (1, 1), "global", channels=10, params=8 * 216 * 10 + 10, macs=8 * 216 * 10),
    "flatten": Case({}, (1, 1), "global", channels=8 * 216),
    "attention": Case({"window": 4}, taps={0, 1, 2, 3}, params=4 * 8 * 8 + 4 * 8, macs=4 * 8 * 8 * 216),
    "spatial_softmax": Case(taps="global"),
    "rnn": Case({"channels": 5}, channels=5, params=None, macs=None),
    "fft": Case(taps="global"),
    "unknown": Case({}, None, "unknown-op", channels=None, params=None, macs=None),
}


def case_of(name: str) -> Case:
    """The case of an op."""
    missing = f"op `{name}` has no numeric case: add one to CASES of tests/test_meta_ops.py, worked out by hand"
    assert name in CASES, missing
    return CASES[name]


def sources_of(name: str) -> str:
    op = OPS[name]
    return "image, small" if op.sized_by_input else "image, other" if op.merges else "image"


def layer_of(name: str, case: Case) -> LayerReport:
    """The layer as the whole of rflint reports it."""
    fields = ", ".join(f"{field}: {str(value).lower() if isinstance(value, bool) else value}" for field, value in case.fields.items())
    text = NET.replace("OP", name).replace("SOURCES", sources_of(name)).replace("FIELDS", fields).replace(", }", "}")
    (layer,) = rflint.load(text).analyze().layers
    return layer


@pytest.mark.parametrize("name", OPS)
def test_numbers_of_every_op(name: str) -> None:
    case = case_of(name)
    layer = layer_of(name, case)
    assert layer.size == (case.size or (None, None))
    assert (layer.channels, layer.params, layer.macs) == (case.channels, case.params, case.macs)


@pytest.mark.parametrize("name", OPS)
def test_taps_and_centre_of_every_op(name: str) -> None:
    case = case_of(name)
    step = OPS[name].lower(case.fields, 0, AXES).step(Facts(12, 6))
    if isinstance(case.taps, str):
        assert step.why == case.taps
        return
    turn, phase = divmod(1, step.period)
    assert {tap + turn * step.advance for tap in step.taps[phase]} == case.taps
    assert step.grid is not None
    assert step.grid.at(1) == Fraction(case.center)


def test_no_case_is_left_over() -> None:
    left_over = sorted(CASES.keys() - OPS.keys())
    assert not left_over, f"CASES of tests/test_meta_ops.py has ops that are in no table: {', '.join(left_over)}"


@cache
def refereed() -> frozenset[type]:
    """Axis ops in the nets that rflint and the referee (tests/brute.py) are compared on by tests/test_brute.py."""
    nets = [*JOINED, *(random_net(seed, classic=False, axes=[1]) for seed in range(400))]
    return frozenset(type(OPS[layer["op"]].lower(layer, 0, tuple(net["axes"]))) for net in nets for layer in net["layers"])


@pytest.mark.parametrize("kind", AXIS_OPS, ids=lambda kind: kind.__name__)
def test_the_referee_knows_every_axis_op(kind: type) -> None:
    if kind is not Opaque:  # of which there is nothing to say
        assert kind in refereed(), (
            f"axis op `{kind.__name__}` is in no random net: write what an op of it reads in tests/brute.py (`Axis._node`) "
            "and let tests/random_nets.py draw it"
        )


def test_facts_about_ops() -> None:
    """What rules and schemas ask about ops; the heading is for readers."""
    assert {name for name, op in OPS.items() if op.merges} == {"add", "sub", "mul", "div", "max", "min", "mean", "concat", "stack"}
    learning = {"conv", "depthwise_conv", "separable_conv", "deformable_conv", "conv_transpose", "window"}
    assert {name for name, op in OPS.items() if op.learns} == learning
    pooling = {"max_pool", "avg_pool", "lp_pool", "blur_pool", "max_unpool", "unfold"}
    assert {name for name, op in OPS.items() if op.pools} == pooling
