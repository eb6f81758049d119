"""Ops of the team's library."""

from rflint.plugin import KERNEL, STRIDE, FieldSpec, Op, Window, on_axis, same_channels

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
