"""Changes of one layer on a path that might align it with another one (design.md#alignment)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Final, NamedTuple

from rflint.algebra import AxisOp, CropLike, Facts, Pad, PadLike, Resize, Slice, Transposed, Window, grid
from rflint.algebra.resampling import Coordinates, Mode, Rounding
from rflint.engine import AxisAnalysis
from rflint.model import Framework
from rflint.questions.offsets import moved


class Place(NamedTuple):
    """A layer of either path, as a place for an edit."""

    node: int
    #: By how many samples of its input map its centre would have to move to align the paths.
    move: Fraction


#: Ops that a place might have instead.
Changes = Callable[[AxisAnalysis, Place], Iterator[AxisOp]]

#: A mode and coordinates of a resize.
Convention = tuple[Mode, Coordinates]

#: Those that some framework has, those that most have first.
_CONVENTIONS: Final[tuple[Convention, ...]] = (
    ("nearest", "asymmetric"),
    ("nearest", "half_pixel"),
    ("linear", "half_pixel"),
    ("linear", "align_corners"),
    ("linear", "asymmetric"),
    ("cubic", "half_pixel"),
    ("cubic", "align_corners"),
    ("cubic", "asymmetric"),
)

#: Of these frameworks. Sources: `torch.nn.functional.interpolate` (`nearest`, `nearest-exact`, `bilinear`, `bicubic`), Keras'
#: `UpSampling2D`, ONNX `Resize` (`coordinate_transformation_mode`), `upsample` of darknet, `Interp` of Caffe's PSPNet and DeepLab.
_OF_FRAMEWORKS: Final[Mapping[Framework, tuple[Convention, ...]]] = {
    "torch": tuple(each for each in _CONVENTIONS if each[0] == "nearest" or each[1] != "asymmetric"),
    "keras": tuple(each for each in _CONVENTIONS if each[1] == "half_pixel"),
    "onnx": _CONVENTIONS,
    "darknet": (("nearest", "asymmetric"),),
    "caffe": (("linear", "align_corners"),),
}


def conventions_of(framework: Framework | None) -> tuple[tuple[Convention, ...], tuple[Convention, ...]]:
    """Those that a resize may well have, and those that come into question if nothing else does: of an unknown framework, rare ones."""
    usual = _OF_FRAMEWORKS[framework or "torch"]
    return usual, tuple(each for each in _CONVENTIONS if framework is None and each not in usual)


def borders(part: AxisAnalysis, place: Place) -> Iterator[AxisOp]:
    """Other starts of crops and slices, other splits of padding."""
    if isinstance(part.program.ops[place.node], (Pad, PadLike, CropLike, Slice)):
        yield from moved(part.program, part.valid_cases[0].sizings[0], place.node, place.move)


def windows(part: AxisAnalysis, place: Place) -> Iterator[AxisOp]:
    """Other padding of windows."""
    if isinstance(part.program.ops[place.node], (Window, Transposed)):
        yield from moved(part.program, part.valid_cases[0].sizings[0], place.node, place.move)


def paddings(part: AxisAnalysis, place: Place) -> Iterator[AxisOp]:
    """Windows that read further on, whatever becomes of the size; even padding first."""
    op, step = part.program.ops[place.node], part.valid_cases[0].sizings[0].steps[place.node]
    if not isinstance(op, Window) or op.word == "causal" or step is None or step.padding is None or place.move.denominator != 1:
        return
    low, high = step.padding[0] - int(place.move), step.padding[1] + int(place.move)
    for pair in dict.fromkeys(((low, low), (low, high), (low, step.padding[1]))):
        if min(pair) >= 0 and max(pair) < op.effective_kernel:
            yield op._replace(word="", low=pair[0], high=pair[1])


def parities(part: AxisAnalysis, place: Place) -> Iterator[AxisOp]:
    """Windows of the other parity whose centres lie half a sample off."""
    op, sizing = part.program.ops[place.node], part.valid_cases[0].sizings[0]
    step, size = sizing.steps[place.node], sizing.sizes[part.program.sources[place.node][0]]
    if not isinstance(op, Window) or part.program.causal or step is None or step.grid is None or place.move.denominator != 2:
        return
    for kernel in (op.kernel + 1, op.kernel - 1):
        reach = op.dilation * (kernel - 1)
        centre = step.grid.center + place.move
        low = grid(1, reach * centre.denominator - 2 * centre.numerator, 2 * centre.denominator).center
        if kernel < 1 or low.denominator != 1 or not 0 <= low <= reach or step.padding is None:
            continue
        # The sum of the padding that keeps the size is the one that makes up for the kernel, or, behind a stride, near it.
        total = sum(step.padding) + reach - op.effective_kernel + 1
        for high in dict.fromkeys((int(low), total - int(low))):
            made = op._replace(kernel=kernel, word="", low=int(low), high=high)
            if 0 <= high <= reach and (size is None or made.size(size) == step.size):
                yield made


def conventions(choices: tuple[Convention, ...]) -> Changes:
    """The same resize under other conventions."""

    def changes(part: AxisAnalysis, place: Place) -> Iterator[AxisOp]:
        op, sizing, like = part.program.ops[place.node], part.valid_cases[0].sizings[0], part.program.likes[place.node]
        if not isinstance(op, Resize) or op.mode == "area":
            return
        facts = Facts(sizing.sizes[part.program.sources[place.node][0]], None if like is None else sizing.sizes[like])
        for mode, coordinates in choices:
            if (mode, coordinates) != (op.mode, op.coordinates) and mode in (op.mode, "linear"):
                rounding: Rounding = "floor" if coordinates == "asymmetric" else "round_prefer_floor"
                made = op._replace(mode=mode, coordinates=coordinates, rounding=rounding)
                # `src = (i + 1/2) a/p - 1/2` lies midway between two samples for some `i` where `a` is even: one of both is read, by
                # another rule in each framework, and the taps are not centred where the convention says.
                if (mode, coordinates) != ("nearest", "half_pixel") or made.step(facts).advance % 2:
                    yield made

    return changes
