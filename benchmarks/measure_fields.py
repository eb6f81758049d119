"""Receptive fields measured by gradients in torch, against the `expect` of the zoo's specs and against rflint's own report.

    python benchmarks/measure_fields.py [NAME …] [--specs FOLDER …]

Needs torch beside rflint (`pip install torch numpy`).  Nothing here is a test.

Each network stands here once more, written from its paper or public code and not from its spec, as pure geometry: one
channel, positive weights (a concatenation followed by a convolution is a mean), means for maxima, no norms and no biases, so
that no gradient vanishes by accident.  What sees the whole map (gates, norms, attention, recurrences) is left out: the
specs' receptive fields are those beside it.  The windows of all these networks are boxes, so that an axis is measured alone,
on a one-dimensional map, and once where the axes are alike.

The gradient of one feature with respect to the input is non-zero on its receptive field.  It is taken for every feature of a
period in the middle of a long map, and for the first of the next period, which must see the same, one cell further.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import yaml
from rflint.verdict.loading import Options

from rflint.pipeline import lint_bytes

try:
    import torch
    from torch import Tensor
    from torch.nn import functional as F  # noqa: N812 - as everybody calls it
except ImportError:
    sys.exit("measure_fields.py needs torch: pip install torch numpy")

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rflint.model.layers import LayerReport, ReceptiveField

ROOT = Path(__file__).parent.parent
#: The maps of a network that are measured, by their names in the spec; the second argument is the axis.
Maps: TypeAlias = dict[str, Tensor]
Build: TypeAlias = Callable[[Tensor, int], Maps]


class Network(NamedTuple):
    """A network and how to measure it: `cells` is its coarsest stride, `length` the map on which it is probed, by axis."""

    build: Build
    cells: tuple[int, ...]
    length: tuple[int, ...]
    #: A feature then belongs to the last sample that it sees, and the middle of its field says nothing.
    causal: bool = False


class Field(NamedTuple):
    """What is measured along one axis: first and last sample of each feature of a period, of features 0, 1, …"""

    phases: list[tuple[int, int]]
    stride: Fraction

    @property
    def sizes(self) -> list[int]:
        return [high - low + 1 for low, high in self.phases]

    @property
    def center(self) -> Fraction | None:
        """The centre of feature 0, where all features see alike."""
        centers = [Fraction(low + high, 2) for low, high in self.phases]
        even = all(center == centers[0] + index * self.stride for index, center in enumerate(centers))
        return centers[0] if even and len(set(self.sizes)) == 1 else None


# Layers: maps are (1, 1, samples).


def conv(x: Tensor, kernel: int, stride: int = 1, padding: int | tuple[int, int] = 0, dilation: int = 1) -> Tensor:
    sides = padding if isinstance(padding, tuple) else (padding, padding)
    weight = torch.full((1, 1, kernel), 1 / kernel, dtype=x.dtype)
    return F.conv1d(F.pad(x, sides), weight, stride=stride, dilation=dilation)


def conv3(x: Tensor, stride: int = 1, dilation: int = 1) -> Tensor:
    return conv(x, 3, stride, dilation, dilation)


def transposed(x: Tensor, kernel: int, stride: int, padding: int = 0, output_padding: int = 0) -> Tensor:
    weight = torch.full((1, 1, kernel), 1 / kernel, dtype=x.dtype)
    return F.conv_transpose1d(x, weight, stride=stride, padding=padding, output_padding=output_padding)


def pool(x: Tensor, kernel: int, stride: int, padding: int = 0, *, ceil: bool = False) -> Tensor:
    return F.avg_pool1d(x, kernel, stride, padding, ceil_mode=ceil)


def same(x: Tensor, kernel: int, stride: int = 1) -> Tensor:
    """A window with TensorFlow's padding SAME."""
    total = max((-(-x.shape[-1] // stride) - 1) * stride + kernel - x.shape[-1], 0)
    return conv(x, kernel, stride, (total // 2, total - total // 2))


def nearest(x: Tensor, factor: int) -> Tensor:
    return F.interpolate(x, scale_factor=factor, mode="nearest")


def linear(x: Tensor, like: Tensor) -> Tensor:
    return F.interpolate(x, size=like.shape[-1], mode="linear", align_corners=False)


def shuffle(x: Tensor, factor: int) -> Tensor:
    """Pixel shuffle: `factor` channels, here alike, become neighbours."""
    return x.expand(-1, factor, -1).transpose(1, 2).reshape(1, 1, -1)


def merge(*maps: Tensor) -> Tensor:
    """Sum, product or concatenation: all are dependencies on all; maps of two sizes are an error."""
    return torch.stack(maps).mean(dim=0)


def times(count: int, layer: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    for _ in range(count):
        x = layer(x)
    return x


# Networks.


def yolov8n(x: Tensor, _: int) -> Maps:
    def c2f(x: Tensor, units: int, *, shortcut: bool) -> Tensor:
        maps = [x, x]
        for _ in range(units):
            inner = conv3(conv3(maps[-1]))
            maps.append(merge(maps[-1], inner) if shortcut else inner)
        return merge(*maps)

    saved = []
    x = conv3(x, 2)
    for units in (1, 2, 2, 1):
        x = c2f(conv3(x, 2), units, shortcut=True)
        saved.append(x)
    _, c3, c4, c5 = saved
    pools = [c5]
    for _ in range(3):
        pools.append(pool(pools[-1], 5, 1, 2))
    sppf = merge(*pools)
    t4 = c2f(merge(nearest(sppf, 2), c4), 1, shortcut=False)
    p3 = c2f(merge(nearest(t4, 2), c3), 1, shortcut=False)
    p4 = c2f(merge(conv3(p3, 2), t4), 1, shortcut=False)
    p5 = c2f(merge(conv3(p4, 2), sppf), 1, shortcut=False)
    heads = {name: conv3(conv3(level)) for name, level in (("small", p3), ("medium", p4), ("large", p5))}
    return {"stage5": c5, "sppf": sppf, **{f"{name}/{kind}": head for name, head in heads.items() for kind in ("boxes", "classes")}}


def yolox_s(x: Tensor, _: int) -> Maps:
    def csp(x: Tensor, units: int, *, shortcut: bool) -> Tensor:
        inner = x
        for _ in range(units):
            inner = merge(conv3(inner), inner) if shortcut else conv3(inner)
        return merge(inner, x)

    # The slices of Focus.
    x = conv3(merge(x[..., ::2], x[..., 1::2]))
    dark2 = csp(conv3(x, 2), 1, shortcut=True)
    dark3 = csp(conv3(dark2, 2), 3, shortcut=True)
    dark4 = csp(conv3(dark3, 2), 3, shortcut=True)
    x = conv3(dark4, 2)
    x = merge(x, pool(x, 5, 1, 2), pool(x, 9, 1, 4), pool(x, 13, 1, 6))
    dark5 = csp(x, 1, shortcut=False)
    t4 = csp(merge(nearest(dark5, 2), dark4), 1, shortcut=False)
    t3 = csp(merge(nearest(t4, 2), dark3), 1, shortcut=False)
    n4 = csp(merge(conv3(t3, 2), t4), 1, shortcut=False)
    n5 = csp(merge(conv3(n4, 2), dark5), 1, shortcut=False)
    heads = {name: conv3(conv3(level)) for name, level in (("small", t3), ("medium", n4), ("large", n5))}
    kinds = ("classes", "boxes", "objects")
    return {"dark4": dark4, "dark5": dark5, **{f"{name}/{kind}": head for name, head in heads.items() for kind in kinds}}


def nnunet_3d(x: Tensor, axis: int) -> Maps:
    # Kernels and strides of the plan, as (thin axis, other axes).
    kernels = [(1, 3), (1, 3), (3, 3), (3, 3), (3, 3), (3, 3)]
    strides = [(1, 1), (1, 2), (1, 2), (2, 2), (2, 2), (1, 2)]
    which = min(axis, 1)

    def block(x: Tensor, kernel: int, stride: int) -> Tensor:
        return conv(conv(x, kernel, stride, kernel // 2), kernel, 1, kernel // 2)

    maps: Maps = {}
    skips = []
    for kernel, stride in zip((pair[which] for pair in kernels), (pair[which] for pair in strides), strict=True):
        x = block(x, kernel, stride)
        skips.append(x)
    maps["bottom"] = x
    for level in range(4, -1, -1):
        stride = strides[level + 1][which]
        x = block(merge(transposed(x, stride, stride), skips[level]), kernels[level][which], 1)
        maps[f"up{level}/segmentation"] = x
    return maps


def hifigan_v1(x: Tensor, _: int) -> Maps:
    def block(x: Tensor, kernel: int) -> Tensor:
        for dilation in (1, 3, 5):
            inner = conv(x, kernel, 1, dilation * (kernel - 1) // 2, dilation)
            x = merge(conv(inner, kernel, 1, (kernel - 1) // 2), x)
        return x

    maps: Maps = {}
    x = conv(x, 7, 1, 3)
    for index, (rate, kernel) in enumerate(((8, 16), (8, 16), (2, 4), (2, 4))):
        x = transposed(x, kernel, rate, (kernel - rate) // 2)
        x = merge(*(block(x, size) for size in (3, 7, 11)))
        maps[f"stage/{index}"] = x
    return {**maps, "conv_post": conv(x, 7, 1, 3)}


def encodec_24khz(x: Tensor, _: int) -> Maps:
    def causal(x: Tensor, kernel: int, stride: int = 1) -> Tensor:
        return conv(x, kernel, stride, (kernel - stride, 0))

    def residual(x: Tensor) -> Tensor:
        return merge(x, causal(x, 3))

    x = causal(x, 7)
    for ratio in (2, 4, 5, 8):
        x = causal(residual(x), 2 * ratio, ratio)
    encoded = x
    latent = causal(x, 7)
    x = causal(latent, 7)
    for ratio in (8, 5, 4, 2):
        # The samples that lie beyond the last frame are trimmed on the right.
        x = residual(transposed(x, 2 * ratio, ratio)[..., :-ratio])
    return {"enc": encoded, "latent": latent, "decoded": causal(x, 7)}


def conv_tasnet(x: Tensor, _: int) -> Maps:
    encoded = conv(x, 16, 8)
    features = encoded
    skips = []
    for _ in range(3):
        for power in range(8):
            inner = conv3(features, 1, 2**power)
            skips.append(inner)
            features = merge(features, inner)
    speaker = transposed(merge(merge(*skips), encoded), 16, 8)
    return {"encoded": encoded, "skips": merge(*skips), "speaker1": speaker, "speaker2": speaker}


def wav2vec2(x: Tensor, _: int) -> Maps:
    maps: Maps = {}
    for index, (kernel, stride) in enumerate([(10, 5), *[(3, 2)] * 4, *[(2, 2)] * 2]):
        x = maps[f"conv{index}"] = conv(x, kernel, stride)
    return maps


def efficientdet_d0(x: Tensor, _: int) -> Maps:
    def down(x: Tensor) -> Tensor:
        return same(x, 3, 2)

    levels = []
    x = same(x, 3, 2)
    # Kernel, stride and repeats of the stages of EfficientNet-B0.
    for kernel, stride, repeats in ((3, 1, 1), (3, 2, 2), (5, 2, 2), (3, 2, 3), (5, 1, 3), (5, 2, 4), (3, 1, 1)):
        x = same(x, kernel, stride)
        for _ in range(repeats - 1):
            x = merge(same(x, kernel), x)
        levels.append(x)
    backbone = levels[-1]
    maps = [levels[2], levels[4], levels[6]]
    maps += [down(maps[-1])]
    maps += [down(maps[-1])]
    for _ in range(3):
        tops = [maps[-1]]
        for level in (3, 2, 1, 0):
            tops.insert(0, same(merge(maps[level], nearest(tops[0], 2)), 3))
        outs = [tops[0]]
        for level in (1, 2, 3):
            outs.append(same(merge(maps[level], tops[level], down(outs[-1])), 3))
        outs.append(same(merge(maps[4], down(outs[-1])), 3))
        maps = outs
    heads = {f"head{level + 3}": times(4, lambda y: same(y, 3), out) for level, out in enumerate(maps)}
    return {
        "stage8": backbone,
        **{f"cell/2/O{level + 3}": out for level, out in enumerate(maps)},
        **{f"{name}/{kind}": head for name, head in heads.items() for kind in ("classes", "boxes")},
    }


def sd_vae_encoder(x: Tensor, _: int) -> Maps:
    def residual(x: Tensor) -> Tensor:
        return merge(conv3(conv3(x)), x)

    maps: Maps = {}
    x = conv3(x)
    for level in range(4):
        x = times(2, residual, x)
        if level < 3:
            x = conv(F.pad(x, (0, 1)), 3, 2)
        maps[f"level{level + 1}"] = x
    return {**maps, "moments": conv3(times(2, residual, x))}


def superpoint(x: Tensor, _: int) -> Maps:
    for _ in range(3):
        x = pool(conv3(conv3(x)), 2, 2)
    x = conv3(conv3(x))
    return {"conv4b": x, "points": shuffle(conv3(x), 8), "descriptors": conv3(x)}


def resnet18(x: Tensor) -> list[Tensor]:
    """The output of the stem and of the four stages."""
    maps = [pool(conv(x, 7, 2, 3), 3, 2, 1)]
    for stride in (1, 2, 2, 2):
        x = merge(conv3(conv3(maps[-1], stride)), conv(maps[-1], 1, stride))
        maps.append(merge(conv3(conv3(x)), x))
    return maps


def centernet_resnet18(x: Tensor, _: int) -> Maps:
    layer4 = resnet18(x)[-1]
    x = times(3, lambda y: transposed(conv3(y), 4, 2, 1), layer4)
    return {"layer4": layer4, "up": x, "centres": conv3(x), "sizes": conv3(x), "offsets": conv3(x)}


def u2net(x: Tensor, _: int) -> Maps:
    def half(x: Tensor) -> Tensor:
        return pool(x, 2, 2, ceil=True)

    def rsu(x: Tensor, levels: int) -> Tensor:
        first = conv3(x)
        down = [conv3(first)]
        for _ in range(levels - 2):
            down.append(conv3(half(down[-1])))
        x = conv3(merge(conv3(down[-1], 1, 2), down[-1]))
        for skip in reversed(down[:-1]):
            x = conv3(merge(linear(x, skip), skip))
        return merge(x, first)

    def dilated(x: Tensor) -> Tensor:
        first = conv3(x)
        one = conv3(first)
        two = conv3(one, 1, 2)
        three = conv3(two, 1, 4)
        four = conv3(three, 1, 8)
        three = conv3(merge(four, three), 1, 4)
        two = conv3(merge(three, two), 1, 2)
        return merge(conv3(merge(two, one)), first)

    down = [rsu(x, 7)]
    for levels in (6, 5, 4):
        down.append(rsu(half(down[-1]), levels))
    down.append(dilated(half(down[-1])))
    bottom = dilated(half(down[-1]))
    up = [dilated(merge(linear(bottom, down[4]), down[4]))]
    for levels, skip in ((4, down[3]), (5, down[2]), (6, down[1]), (7, down[0])):
        up.append(rsu(merge(linear(up[-1], skip), skip), levels))
    sides = [conv3(side) for side in (*reversed(up), bottom)]
    sides = [linear(side, sides[0]) for side in sides]
    return {
        **{f"En_{index + 1}": stage for index, stage in enumerate((*down, bottom))},
        **{f"De_{5 - index}": stage for index, stage in enumerate(up)},
        "side1": sides[0],
        **{f"up{index}": side for index, side in enumerate(sides[1:], start=2)},
        "fused": merge(*sides),
    }


def linknet(x: Tensor, _: int) -> Maps:
    stem, *stages = resnet18(x)
    x = stages[-1]
    for skip in (stages[2], stages[1], stages[0]):
        x = merge(skip, transposed(x, 3, 2, 1, 1))
    x = merge(stem, transposed(x, 3, 1, 1))
    x = conv3(transposed(x, 3, 2, 1, 1))
    return {"encoder4": stages[-1], "classes": transposed(x, 2, 2)}


def bisenetv2(x: Tensor, _: int) -> Maps:
    def gather(x: Tensor) -> Tensor:
        return merge(conv3(conv3(x)), x)

    def gather_down(x: Tensor) -> Tensor:
        return merge(conv3(conv3(conv3(x), 2)), conv3(x, 2))

    detail = x
    for convs in (2, 3, 3):
        detail = times(convs - 1, conv3, conv3(detail, 2))
    x = conv3(x, 2)
    x = conv3(merge(conv3(x, 2), pool(x, 3, 2, 1)))
    for repeats in (1, 1, 3):
        x = times(repeats, gather, gather_down(x))
    stage5 = x
    semantic = conv3(x)
    fine = merge(conv3(detail), nearest(conv3(semantic), 4))
    coarse = merge(pool(conv3(detail, 2), 3, 2, 1), conv3(semantic))
    both = conv3(merge(fine, nearest(coarse, 4)))
    scores = conv3(both)
    classes = F.interpolate(scores, scale_factor=8, mode="linear", align_corners=False)
    return {"detail3": detail, "stage5": stage5, "aggregate": both, "scores": scores, "classes": classes}


def espcn(x: Tensor, _: int) -> Maps:
    x = conv3(conv3(conv(x, 5, 1, 2)))
    return {"conv3": x, "high_resolution": shuffle(x, 3)}


#: The lengths are those of the published input, or longer by whole cells, so that 'same' pads alike.
NETWORKS: dict[str, Network] = {
    "bisenetv2": Network(bisenetv2, (32,), (4096,)),
    "centernet_resnet18": Network(centernet_resnet18, (32,), (4096,)),
    "conv_tasnet": Network(conv_tasnet, (8,), (40_000,)),
    "efficientdet_d0": Network(efficientdet_d0, (128,), (24_576,)),
    "encodec_24khz": Network(encodec_24khz, (320,), (24_000,), causal=True),
    "espcn": Network(espcn, (1,), (64,)),
    "hifigan_v1": Network(hifigan_v1, (1,), (128,)),
    "linknet": Network(linknet, (32,), (4096,)),
    "nnunet_3d": Network(nnunet_3d, (4, 32), (512, 4096)),
    "sd_vae_encoder": Network(sd_vae_encoder, (8,), (1024,)),
    "superpoint": Network(superpoint, (8,), (512,)),
    "u2net": Network(u2net, (32,), (8192,)),
    "wav2vec2": Network(wav2vec2, (320,), (16_000,)),
    "yolov8n": Network(yolov8n, (32,), (8192,)),
    "yolox_s": Network(yolox_s, (32,), (8192,)),
}


# Measuring.


def measure(network: Network, axis: int) -> dict[str, Field]:
    """Return the receptive field of every measured map along an axis (counted in kinds of axes)."""
    cell, length = network.cells[axis], network.length[axis]
    image = torch.ones(1, 1, length, dtype=torch.float64, requires_grad=True)
    return {name: _field(image, output, cell) for name, output in network.build(image, axis).items()}


def _field(image: Tensor, output: Tensor, cell: int) -> Field:
    """A cell of input samples holds a whole number of features: one period, or several."""
    length, count = image.shape[-1], output.shape[-1]
    period = round(Fraction(cell * count, length))
    start = count // 2 // period
    seen = [_seen(image, output, start * period + index) for index in range(period + min(period, 4))]
    low, high = min(low for low, _ in seen), max(high for _, high in seen)
    if low == 0 or high == length - 1:
        raise SystemExit(f"a receptive field of {high - low + 1} reaches the border of {length} samples: probe a longer map")
    for (low, high), later in zip(seen, seen[period:], strict=False):
        if later != (low + cell, high + cell):
            raise SystemExit(f"features {period} apart see {(low, high)} and {later}, not {cell} further")
    return Field([(low - start * cell, high - start * cell) for low, high in seen[:period]], Fraction(cell, period))


def _seen(image: Tensor, output: Tensor, index: int) -> tuple[int, int]:
    (gradient,) = torch.autograd.grad(output[0, 0, index], image, retain_graph=True)
    places = gradient[0, 0].nonzero()
    return int(places[0]), int(places[-1])


# Comparing.


def layer_of(layers: Sequence[LayerReport], name: str) -> LayerReport:
    """The layer of this name, or the last one inside the instance of this name: the output of these specs' blocks."""
    return next(layer for layer in reversed(layers) if layer.name == name or layer.name.startswith(f"{name}/"))


def compare(name: str, path: Path, network: Network) -> Iterator[str]:
    """Print a row per measured layer, and yield what does not agree."""
    expect = yaml.safe_load(path.read_bytes()).get("expect", {})
    report = lint_bytes(path.read_bytes(), path.name, Options(layers=True))
    (source,) = report.inputs
    #: By axis: axes that are alike are measured once.
    kinds = [min(axis, len(network.cells) - 1) for axis in range(len(report.axes))]
    measured = [measure(network, kind) for kind in range(len(network.cells))]
    published = [
        network.build(torch.ones(1, 1, size or 0, dtype=torch.float64), kind) for size, kind in zip(source.size, kinds, strict=True)
    ]
    print(f"\n{name}  ({show(source.size)})")
    print(f"  {'layer':<20}{'largest':>12}{'smallest':>12}{'stride':>9}{'centre':>10}{'padding':>10}{'size':>12}  rflint and `expect`")
    for layer, facts in expect.items():
        if "receptive_field" in facts and layer not in measured[0]:
            yield f"{name}: {layer} is expected but not measured"
    for layer in measured[0]:
        fields = [measured[kind][layer] for kind in kinds]
        sizes = [maps[layer].shape[-1] for maps in published]
        wrong = [
            *_against_report(fields, sizes, layer_of(report.layers, layer), causal=network.causal),
            *_against_expect(fields, sizes, expect.get(layer, {})),
        ]
        cells = [f"{show(values):>{width}}" for values, width in zip(_facts(fields, sizes).values(), (12, 12, 9, 10, 10, 12), strict=True)]
        print(f"  {layer:<20}{''.join(cells)}  {'DIFFER' if wrong else 'agree'}")
        yield from (f"{name}: {layer}: {each}" for each in wrong)


def _facts(fields: Sequence[Field], sizes: Sequence[int]) -> dict[str, list[Fraction | None]]:
    """What was measured, by the names that facts have in a spec; one value per axis."""
    return {
        "receptive_field": [Fraction(max(field.sizes)) for field in fields],
        "receptive_field_min": [Fraction(min(field.sizes)) for field in fields],
        "stride": [field.stride for field in fields],
        "center": [field.center for field in fields],
        "padding": [Fraction(-field.phases[0][0]) for field in fields],
        "size": [Fraction(size) for size in sizes],
    }


def _against_report(fields: Sequence[Field], sizes: Sequence[int], layer: LayerReport, *, causal: bool) -> Iterator[str]:
    (stated,) = layer.receptive_field.values()
    for axis, field in enumerate(fields):
        said = _phases(stated, axis, len(field.phases))
        if said is not None and said != field.phases:
            yield f"axis {axis}: measured {field.phases[:4]} …, rflint says {said[:4]} …"
        largest = (stated.size_min[axis], stated.size[axis])
        if largest != (min(field.sizes), max(field.sizes)):
            yield f"axis {axis}: measured {min(field.sizes)} to {max(field.sizes)}, rflint says {largest[0]} to {largest[1]}"
        # Where paths disagree, the centre is that of one of them, by definition and not by measurement.
        if field.center is not None and stated.aligned[axis] and not causal and stated.grid_center[axis] != str(field.center):
            yield f"axis {axis}: measured centre {field.center}, rflint says {stated.grid_center[axis]}"
        if stated.grid_stride[axis] != str(field.stride):
            yield f"axis {axis}: measured stride {field.stride}, rflint says {stated.grid_stride[axis]}"
    if list(layer.size) != sizes:
        yield f"measured size {show(sizes)}, rflint says {show(layer.size)}"


def _phases(stated: ReceptiveField, axis: int, count: int) -> list[tuple[int, int]] | None:
    """What rflint says of features 0, 1, …; None above the number of phases that it reports."""
    phases, period, advance = stated.phases[axis], stated.period[axis], stated.advance[axis]
    if phases is None or period is None or advance is None:
        return None
    shifted = ((phases[index % period], index // period * advance) for index in range(count))
    return [(field[0] + shift, field[1] + shift) for field, shift in shifted if field is not None]


def _against_expect(fields: Sequence[Field], sizes: Sequence[int], expected: dict[str, object]) -> Iterator[str]:
    for fact, values in _facts(fields, sizes).items():
        if fact in expected and None not in values:
            value = expected[fact]
            stated = value if isinstance(value, list) else [value] * len(values)
            if [Fraction(str(each)) for each in stated] != values:
                yield f"expected {fact} {show(stated)}, measured {show(values)}"


def show(values: Iterable[object]) -> str:
    texts = ["-" if value is None else str(value) for value in values]
    return texts[0] if len(set(texts)) == 1 else "x".join(texts)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="networks to measure; all unless given")
    parser.add_argument("--specs", nargs="*", type=Path, default=[ROOT / "specs"], help="folders to look for the specs in")
    options = parser.parse_args()
    if unknown := set(options.names) - NETWORKS.keys():
        parser.error(f"no such network: {', '.join(sorted(unknown))}")
    torch.set_num_threads(1)
    wrong: list[str] = []
    for name in options.names or NETWORKS:
        path = next((folder / f"{name}.yaml" for folder in options.specs if (folder / f"{name}.yaml").exists()), None)
        if path is None:
            print(f"\n{name}: no spec in {', '.join(map(str, options.specs))}")
        else:
            wrong += compare(name, path, NETWORKS[name])
    print("\nAll agree." if not wrong else "\n" + "\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
