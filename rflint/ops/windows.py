"""Ops that slide a window: convolutions, pooling, unfolding, and their transposes."""

from __future__ import annotations

from functools import partial

from rflint.model import Cost, CostQuestion, Op
from rflint.ops import _fields as f
from rflint.ops._lower import (
    convolution,
    depthwise,
    pooling,
    product,
    same_channels,
    separable,
    strided_by_kernel,
    transposed,
    transposed_window,
    window,
)

_WINDOW = (f.KERNEL, f.STRIDE, f.DILATION, f.PADDING, f.CEIL_MODE)
_POOL = (f.KERNEL, f.POOL_STRIDE, f.DILATION, f.PADDING, f.CEIL_MODE)
_NEEDS = ("kernel",)


def _unfolded(question: CostQuestion) -> Cost:
    return Cost(product(question.channels[0], question.taps))


def _free(question: CostQuestion) -> Cost:
    return Cost(question.fields.get("channels", question.channels[0]))


OPS = (
    Op("conv", "windows", "Convolution.", (*_WINDOW, f.CHANNELS, f.GROUPS, f.BIAS, f.WEIGHTS), window, convolution, _NEEDS),
    Op(
        "depthwise_conv",
        "windows",
        "Depthwise convolution: one filter per channel.",
        (*_WINDOW, f.CHANNELS, f.BIAS, f.WEIGHTS),
        window,
        depthwise,
        _NEEDS,
    ),
    Op(
        "separable_conv",
        "windows",
        "Depthwise convolution followed by a 1x1 convolution.",
        (*_WINDOW, f.CHANNELS, f.BIAS, f.WEIGHTS),
        window,
        separable,
        _NEEDS,
    ),
    Op(
        "deformable_conv",
        "windows",
        "Deformable convolution, analysed on its regular grid: the learnt offsets can reach further.",
        (*_WINDOW, f.CHANNELS, f.GROUPS, f.BIAS, f.WEIGHTS),
        window,
        convolution,
        _NEEDS,
    ),
    Op("max_pool", "windows", "Max pooling.", _POOL, pooling, same_channels, _NEEDS),
    Op("avg_pool", "windows", "Average pooling.", _POOL, pooling, same_channels, _NEEDS),
    Op("lp_pool", "windows", "Power-average pooling.", _POOL, pooling, same_channels, _NEEDS),
    Op(
        "conv_transpose",
        "windows",
        "Transposed convolution; `padding` removes samples from the output.",
        (f.KERNEL, f.STRIDE, f.DILATION, f.TRANSPOSED_PADDING, f.OUTPUT_PADDING, f.CHANNELS, f.GROUPS, f.BIAS, f.WEIGHTS),
        transposed_window,
        transposed,
        _NEEDS,
    ),
    Op(
        "max_unpool",
        "windows",
        "Unpooling: puts samples back where max pooling found them.",
        (f.KERNEL, f.POOL_STRIDE, f.TRANSPOSED_PADDING),
        partial(strided_by_kernel, transposed_window),
        same_channels,
        _NEEDS,
    ),
    Op("unfold", "windows", "Sliding patches laid into channels (im2col).", _WINDOW, window, _unfolded, _NEEDS),
    Op("blur_pool", "windows", "Fixed low-pass filter with a stride (anti-aliased pooling).", _WINDOW, window, same_channels, _NEEDS),
    Op(
        "window",
        "windows",
        "Anything that reads a window of the given geometry.",
        (*_WINDOW, f.CHANNELS),
        window,
        _free,
        _NEEDS,
    ),
)
