"""How much a layer sees, in steps that a picture has colours for."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from rflint.drawing.palette import STEPS
from rflint.model import SpecReport
from rflint.words import per_axis

Sizes = Sequence[int | None]


class Mark(NamedTuple):
    """A receptive field from which on a layer is of the next step; entries per axis, None: whatever it is there."""

    #: What is seen from here on: `as large as \`pedestrian\` (96x40)`.
    words: str
    size: tuple[int | None, ...]


class Scale(NamedTuple):
    """What the receptive fields on one input are held against; each mark asks for no less than the one before."""

    input: str
    #: `targets`, `input size`, `largest`.
    against: str
    marks: tuple[Mark, ...]

    def role(self, size: Sizes) -> str:
        """Role of the palette for a receptive field; `unknown` where a size that is asked for is."""
        if any(least is not None and seen is None for mark in self.marks for least, seen in zip(mark.size, size, strict=True)):
            return "unknown"
        passed = sum(
            all(least is None or (seen is not None and seen >= least) for least, seen in zip(mark.size, size, strict=True))
            for mark in self.marks
        )
        return self.roles[passed]

    @property
    def roles(self) -> tuple[str, ...]:
        """Role of each step: one more than there are marks."""
        last = len(self.marks)
        return tuple(STEPS[round(step * (len(STEPS) - 1) / last)] if last else STEPS[0] for step in range(last + 1))

    @property
    def words(self) -> tuple[str, ...]:
        """What each step says."""
        return (self._less, *(mark.words for mark in self.marks)) if self.marks else ("any receptive field",)

    @property
    def _less(self) -> str:
        known = {"targets": "smaller than every target", "input size": "less than a quarter of it"}
        return known.get(self.against) or f"less than {_extent(self.marks[0].size)}"


def scale(spec: SpecReport, name: str) -> Scale:
    """What the layers of a spec are held against: its targets on this input, else the size of the input, else the largest field."""
    place = next(place for place, item in enumerate(spec.inputs) if item.name == name)
    targets = {(target.name, target.size) for target in spec.targets if target.input == name}
    if targets:
        return Scale(name, "targets", tuple(_nested(sorted(targets, key=lambda each: (max(each[1]), each[1], each[0])))))
    size = spec.inputs[place].size
    if any(size):
        return Scale(
            name, "input size", (*(Mark(words, _share(size, *share)) for words, share in _SHARES), Mark(_EVERYWHERE, _twice(size)))
        )
    seen = [field.size for layer in spec.layers if (field := layer.receptive_field.get(name)) is not None]
    largest = [max((each for sizes in seen if (each := sizes[axis]) is not None), default=None) for axis in range(len(spec.axes))]
    if all(each is None or each < 4 for each in largest):
        return Scale(name, "largest", ())
    steps = [_share(largest, part, 4) for part in (1, 2, 3, 4)]
    return Scale(name, "largest", tuple(Mark(f"{_extent(step)} or more", step) for step in steps))


#: Of the size of the input: the part from which on, and what that is.
_SHARES: Final = (("a quarter of it or more", (1, 4)), ("half of it or more", (1, 2)), ("as large as the input", (1, 1)))
_EVERYWHERE: Final = "all of it, from wherever a feature stands"


def _share(size: Sizes, part: int, whole: int) -> tuple[int | None, ...]:
    return tuple(None if each is None else -(-each * part // whole) for each in size)


def _twice(size: Sizes) -> tuple[int | None, ...]:
    """From its first sample a feature sees the last one, and the other way round."""
    return tuple(None if each is None else 2 * each - 1 for each in size)


def _nested(targets: Sequence[tuple[str, tuple[int, ...]]]) -> list[Mark]:
    """Each mark asks for all targets up to its own; of more than there are steps, some are left out."""
    marks: list[Mark] = []
    reach: tuple[int, ...] = ()
    for name, size in targets:
        reach = tuple(map(max, reach, size)) if reach else size
        mark = Mark(f"as large as `{name}` ({_extent(size)})", reach)
        # Of two of one size only one can be seen.
        marks = [*marks[:-1], mark] if marks and marks[-1].size == reach else [*marks, mark]
    room = len(STEPS) - 1
    return marks if len(marks) <= room else [marks[round(place * (len(marks) - 1) / (room - 1))] for place in range(room)]


def _extent(size: Sizes) -> str:
    """A size in samples: `96` on all axes, `96x40`, `?` where unknown."""
    return per_axis(size, lambda each: "?" if each is None else str(each))
