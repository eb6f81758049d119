"""Numbers: beyond what the language allows, and as large as it allows."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from hostile.case import CASES, CONV, HEAD, LAYERS, UNSIZED, Case, spec


@spec(1, "spec.yaml:35:33: RF013")
def strides_of_10_to_the_30() -> str:
    return UNSIZED + "layers:\n" + "- {op: conv, kernel: 3, stride: 4, padding: 1, channels: 3}\n" * 50


@spec(1, "spec.yaml:35:33: RF013")
def strides_of_10_to_the_30_same() -> str:
    return UNSIZED + "layers:\n" + "- {op: conv, kernel: 3, stride: 4, padding: same, channels: 3}\n" * 50


@spec(0, "")
def prime_strides() -> str:
    primes = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47)
    return UNSIZED + "layers:\n" + "".join(f"- {{op: conv, kernel: {p}, stride: {p}, padding: same, channels: 3}}\n" for p in primes)


@spec(0, "spec.yaml:6:3: RF104")
def up_sampling_by_a_million() -> str:
    return HEAD + "layers:\n- {op: resize, scale: 1000000}\n- {op: conv, kernel: 3, channels: 3}\n"


@spec(0, "")
def up_and_down() -> str:
    return UNSIZED + "layers:\n" + "- {op: resize, scale: 1000}\n- {op: conv, kernel: 3, stride: 999, channels: 3}\n" * 20


@spec(0, "")
def dilation_of_a_billion() -> str:
    return HEAD + "layers:\n- {op: conv, kernel: 3, dilation: 1000000000, padding: 1000000000, channels: 3}\n"


@spec(1, "spec.yaml:5:43: RF307")
def kernel_of_a_billion() -> str:
    return HEAD + "layers:\n- {op: conv, kernel: 1000000000, padding: 500000000, channels: 3}\n"


@spec(1, "spec.yaml:5:82: RF013")
def kernels_of_a_billion() -> str:
    return UNSIZED + "layers:\n" + "- {op: conv, kernel: 999999999, dilation: 999999937, stride: 999999929, padding: 7, channels: 3}\n" * 30


@spec(1, "spec.yaml:6:68: RF013")
def transposed_bomb() -> str:
    return HEAD + "layers:\n" + "- {op: conv_transpose, kernel: 1000003, stride: 1000003, channels: 3}\n" * 5


@spec(1, "spec.yaml:4:32: RF403")
def transposed_gaps() -> str:
    return (
        UNSIZED
        + "layers:\n"
        + "- {op: conv_transpose, kernel: 3, dilation: 7, stride: 1021, channels: 3}\n- {op: conv, kernel: 5, dilation: 509, channels: 3}\n"
        * 4
    )


@spec(0, "")
def rational_scales() -> str:
    primes = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97)
    return (
        UNSIZED
        + "layers:\n"
        + "".join(
            f"- {{op: resize, scale: {p}/{q}, mode: linear}}\n- {{op: conv, kernel: 3, padding: 1, channels: 3}}\n"
            for p, q in pairwise(primes)
        )
    )


@spec(0, "")
def rational_scales_nearest() -> str:
    return UNSIZED + "layers:\n" + "- {op: resize, scale: 3/2}\n- {op: conv, kernel: 3, padding: 1, channels: 3}\n" * 20


@spec(1, "spec.yaml:5:23: RF002")
def rational_scale_of_large_primes() -> str:
    return HEAD + "layers:\n- {op: resize, scale: 1000000007/998244353}\n- {op: resize, scale: 998244353/1000000009, mode: cubic}\n" + CONV


@spec(1, "spec.yaml:6:61: RF013")
def sizes_of_2_to_the_31() -> str:
    return "rflint: 1\nname: n\naxes: [z, y, x]\ninputs: {i: {size: [2147483647, 2147483647, 2147483647], channels: 3}}\nlayers:\n" + (
        "- {op: conv, kernel: 3, stride: 2, padding: same, channels: 3}\n" * 20
    )


@spec(1, "spec.yaml:3:20: RF002")
def sizes_of_10_to_the_30() -> str:
    return f"rflint: 1\nname: n\ninputs: {{i: {{size: {10**30}, channels: 3}}}}\nlayers:\n- {{op: conv, kernel: 3, channels: 3}}\n"


@spec(1, "spec.yaml:6:35: RF013")
def align_corners_of_large_sizes() -> str:
    return (
        "rflint: 1\nname: n\ninputs: {i: {size: 2147483629, channels: 3}}\nlayers:\n"
        "- {op: resize, mode: linear, coordinates: align_corners, size: 1999999973}\n"
        + ("- {op: conv, kernel: 3, channels: 3}\n- {op: resize, mode: linear, coordinates: align_corners, size: 1999999943}\n" * 5)
    )


@spec(1, "spec.yaml:6:35: RF013")
def adaptive_pool_of_large_sizes() -> str:
    return "rflint: 1\nname: n\ninputs: {i: {size: 2147483629, channels: 3}}\nlayers:\n- {op: adaptive_avg_pool, size: 1999999973}\n" + CONV


@spec(0, "")
def multiple_of_bomb() -> str:
    return (
        "rflint: 1\nname: n\ninputs: {i: {multiple_of: 999999937, channels: 3}}\nlayers:\n"
        + "- {op: conv, kernel: 3, stride: 3, padding: same, channels: 3}\n" * 12
    )


@spec(1, "spec.yaml:5:31: RF008")
def space_to_depth_bomb() -> str:
    return (
        "rflint: 1\nname: n\ninputs: {i: {size: 2147483647, channels: 3}}\nlayers:\n"
        "- {op: space_to_depth, block: 65537}\n- {op: depth_to_space, block: 65537}\n"
    )


@spec(0, "")
def attention_windows() -> str:
    return (
        UNSIZED
        + "layers:\n"
        + "".join(f"- {{op: attention, window: {w}, shift: {w // 2}, heads: 1}}\n" for w in (1009, 1013, 1019, 1021, 1031, 1033))
    )


@spec(1, "spec.yaml:4:22: RF002")
def slices_and_pads() -> str:
    return UNSIZED + "layers:\n" + "- {op: pad, padding: 1000000000000}\n- {op: slice, start: 999999999999, step: 1000003}\n" * 10


@spec(1, "spec.yaml:12:8: RF101")
def merged_strides() -> str:
    return (
        UNSIZED
        + "layers:\n"
        + "".join(
            f"- {{name: a{i}, op: conv, kernel: 3, stride: {s}, padding: same, channels: 3, from: image}}\n".replace("image", "input")
            for i, s in enumerate((2, 3, 5, 7, 11, 13, 17, 19))
        )
        + "- {op: add, from: [a0, a1, a2, a3, a4, a5, a6, a7]}\n"
    )


@spec(0, "")
def gridding_bomb() -> str:
    return (
        UNSIZED
        + "layers:\n"
        + "".join(
            f"- {{op: conv, kernel: 3, dilation: {d}, padding: {d}, channels: 3}}\n"
            for d in (1, 10, 100, 10**3, 10**4, 10**5, 10**6, 10**7)
        )
    )


@spec(1, "spec.yaml:5:35: RF002")
def channels_of_10_to_the_90() -> str:
    return LAYERS + f"- {{op: conv, kernel: 3, channels: {10**90}}}\n" * 2 + "- {op: concat, from: [image, conv_2]}\n"


# Numbers as large as the language allows


def at_the_limit(
    name: str, code: int, answer: str, layers: str, head: str = "rflint: 1\nname: n\ninputs: {image: {size: 1000000, channels: 3}}\n"
) -> None:
    """Register a network of a few layers."""
    CASES[f"limit_{name}"] = Case(lambda: f"{head}layers:\n{layers}", code, answer)


ADD: Final = "- {op: add, from: [a, image]}\n"
SMALLER: Final = "rflint: 1\nname: n\ninputs: {image: {size: 1024, channels: 3}}\n"
SCALES: Final = ((31, 30), (29, 28), (37, 36), (1021, 1019)) * 8
at_the_limit(
    "windows",
    1,
    "spec.yaml:5:22: RF008",
    "- {op: conv, kernel: 999983, dilation: 999979, padding: 999999, stride: 999961, channels: 100000000}\n",
)
at_the_limit("windows_unsized", 1, "", "- {op: conv, kernel: 999983, dilation: 999979, stride: 999961, channels: 3}\n" * 30, UNSIZED)
at_the_limit("same", 1, "spec.yaml:5:33: RF401", "- {op: conv, kernel: 3, stride: 7, dilation: 999983, padding: same, channels: 3}\n" * 9)
at_the_limit(
    "three_axes", 0, "", "- {op: conv, kernel: 3, stride: 2, padding: same, channels: 100000000}\n" * 20, UNSIZED + "axes: [z, y, x]\n"
)
at_the_limit("transposed", 1, "", "- {op: conv_transpose, kernel: 3, dilation: 999983, stride: 999979, channels: 3}\n" * 3)
at_the_limit("align_corners", 0, "", ("- {op: resize, mode: linear, coordinates: align_corners, size: 999983}\n" + CONV) * 5)
at_the_limit("align_corners_misaligned", 1, "spec.yaml:6:8: RF008", "- {name: a, op: resize, mode: cubic, size: 999983}\n" + ADD)
at_the_limit("adaptive_pools", 0, "", ("- {op: adaptive_avg_pool, size: 999983}\n" + CONV) * 6)
at_the_limit("adaptive_pool_misaligned", 1, "spec.yaml:6:8: RF008", "- {name: a, op: adaptive_avg_pool, size: 999983}\n" + ADD)
at_the_limit("scales", 0, "spec.yaml:12:3: RF104", ("- {op: resize, scale: 999983/999979, mode: linear}\n" + CONV) * 4)
at_the_limit("blocks", 1, "spec.yaml:6:31: RF009", ("- {op: space_to_depth, block: 1000}\n- {op: depth_to_space, block: 999}\n" + CONV) * 3)
at_the_limit(
    "attention",
    0,
    "",
    "- {name: a, op: attention, window: 999983, shift: 7}\n- {op: attention, window: 999979, from: image}\n"
    "- {op: add, from: [a, attention_2]}\n",
)
at_the_limit("target", 1, "spec.yaml:8:27: RF201", CONV * 3 + "targets: [{name: t, size: 1000000}]\n")
at_the_limit("many_resizes", 0, "", "".join(f"- {{op: resize, mode: linear, size: {1_023 - i}}}\n" for i in range(300)), SMALLER)
at_the_limit("many_adaptive_pools", 0, "", "".join(f"- {{op: adaptive_avg_pool, size: {1_023 - i}}}\n" for i in range(300)), SMALLER)
at_the_limit(
    "resizes_that_mismatch", 1, "spec.yaml:45:8: RF008",
    "- {name: a0, op: resize, mode: linear, coordinates: align_corners, like: image}\n- {op: crop, crop: [[0, 1], [0, 1]]}\n"
    + "- {op: resize, mode: linear, coordinates: align_corners, like: image}\n- {op: crop, crop: [[0, 1], [0, 1]]}\n" * 19
    + "- {op: add, from: [a0, crop_40]}\n", SMALLER,
)  # fmt: skip
at_the_limit(
    "periods", 0, "",
    "".join(
        f"- {{op: resize, scale: {p}/{q}}}\n- {{name: c{i}, op: conv, kernel: 3, padding: 1, channels: 3}}\n"
        f"- {{op: resize, scale: {q}/{p}, from: c{i}}}\n"
        for i, (p, q) in enumerate(SCALES)
    ), UNSIZED,
)  # fmt: skip
at_the_limit(
    "dense_and_misaligned", 1, "spec.yaml:6:32: RF301",
    "- {name: x0, op: relu}\n" + "".join(
        f"- {{name: x{i}, op: conv, kernel: 2, padding: same, channels: 3}}\n"
        f"- {{op: concat, from: [{', '.join(f'x{j}' for j in range(i + 1))}]}}\n"
        for i in range(1, 60)
    ), SMALLER,
)  # fmt: skip
