"""Ops of the team's library."""

from fractions import Fraction
from typing import NamedTuple

from rflint.plugin import KERNEL, STRIDE, Cost, FieldSpec, Op, Step, Window, grid, on_axis, same_channels

BLUR = FieldSpec("blur", {"type": "integer", "minimum": 1, "maximum": 31}, "Taps of the binomial filter.", "3", examples=(3, 5))


def _lower(fields, axis, axes):
    """Max pooling at stride 1, then the filter with the stride: together one window, as wide as the two reach."""
    reach = on_axis(fields, "kernel", axis) - 1 + fields.get("blur", 3) - 1
    low = reach // 2
    return Window(kernel=reach + 1, stride=on_axis(fields, "stride", axis, 1), low=low, high=reach - low)


MAX_BLUR_POOL = Op(
    name="max_blur_pool",
    group="windows",
    doc="Max pooling at stride 1, then a binomial filter that takes the stride (Zhang, ICML 2019); keeps the size at stride 1.",
    fields=(KERNEL, STRIDE, BLUR),
    lower=_lower,
    cost=same_channels,
    required=("kernel",),
)


class Polyphase(NamedTuple):
    """Resampling by `up / down`: every output weighs the `2 * half` samples around the place where it falls."""

    up: int
    down: int
    half: int

    #: What an output reads does not depend on the size of the map.
    sensitive = False

    def factor(self, ratio):
        return Fraction(self.up, self.down)

    def step(self, facts):
        places = [output * self.down // self.up for output in range(self.up)]
        return Step(
            size=None if facts.size is None else -(-facts.size * self.up // self.down),
            grid=grid(self.down, 0, self.up),
            period=self.up,
            advance=self.down,
            taps=tuple(range(place - self.half + 1, place + self.half + 1) for place in places),
        )


_RATE = {"type": "integer", "minimum": 1, "maximum": 1000}

RESAMPLE = Op(
    name="resample",
    group="resampling",
    doc="Polyphase resampling of sound by `up / down`.",
    fields=(
        FieldSpec("up", _RATE, "Output samples for every `down` input samples.", examples=(160,)),
        FieldSpec("down", _RATE, "Input samples for every `up` output samples.", examples=(441,)),
        FieldSpec("half", _RATE, "Taps of the filter at either side.", "8", examples=(16,)),
    ),
    lower=lambda fields, axis, axes: Polyphase(fields["up"], fields["down"], fields.get("half", 8)),
    cost=lambda question: Cost(question.channels[0]),
    required=("up", "down"),
)

OPS = [MAX_BLUR_POOL, RESAMPLE]
