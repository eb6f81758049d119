"""What is asked of a running model, and what it answers: plain values, whatever it runs in."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol


class MeasuringFailure(Exception):  # noqa: N818 - the model cannot be run like that, which is no error of rflint
    """The model does not run at these sizes; the message says why, in words that follow its name."""


class Run(NamedTuple):
    """One run of the model."""

    #: Input whose samples are lit; all others are held.
    input: str
    #: Input -> its samples, one entry per axis.
    sizes: Mapping[str, tuple[int, ...]]
    #: Number of the axis along which regions are measured.
    axis: int
    #: First and last lit sample along that axis, side by side.
    lit: tuple[tuple[int, int], ...]
    #: Layer -> what the spec says of the size of its map, by which values that are no plain map (tokens) are understood.
    expected: Mapping[str, tuple[int, ...]]
    #: Layers that are asked for.
    layers: Collection[str] = ()
    #: What sees the whole map (pools, attention, norms over a map) is held, and passes nothing on: local paths are left.
    held: bool = True


class Seen(NamedTuple):
    """What a layer of the model answers."""

    #: Samples of its map, one entry per axis.
    size: tuple[int, ...]
    #: For each stretch of lit samples: the features along the axis that depend on it, feature `i` as bit `i`.
    features: tuple[int, ...]


class Measurer(Protocol):
    """A model that can be run."""

    def measure(self, run: Run) -> Mapping[str, Seen | str]:
        """Run the model: by layer of the spec what it saw, or why that is not known; layers not in the model are left out.

        Raises MeasuringFailure where the model does not run.
        """


def probes(size: int) -> tuple[tuple[int, int], ...]:
    """Return the stretches by which an operator that sees the whole map is told from one that sees windows: single samples, far apart.

    What sees the whole map spreads each of them over all of its result; what sees windows, few as they may be, does not.
    """
    return (0, 0), (size - 1, size - 1)


#: What a measurer says of a layer that no path of the model leads to from the input.
APART = "does not depend on the input, in the model"


def extent(sizes: Sequence[int]) -> str:
    """Write sizes as people do, `64x48`."""
    return "x".join(map(str, sizes))


def joined(parts: Sequence[Mapping[str, Seen | str]]) -> Mapping[str, Seen | str]:
    """Join the answers to parts of a run, in order: what is not known of one is not known of all."""
    found: dict[str, list[Seen | str]] = {}
    for part in parts:
        for name, answer in part.items():
            found.setdefault(name, []).append(answer)
    return {name: _joined(answers) for name, answers in found.items() if len(answers) == len(parts)}


def _joined(answers: Sequence[Seen | str]) -> Seen | str:
    told = next((each for each in answers if isinstance(each, str)), None)
    if told is not None:
        return told
    seen = [each for each in answers if isinstance(each, Seen)]
    return Seen(seen[0].size, tuple(bits for each in seen for bits in each.features))


def stretches(size: int, cuts: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """Return the stretches of samples before and from each of some cuts on, `0 < cut < size`."""
    return tuple(stretch for cut in cuts for stretch in ((0, cut - 1), (cut, size - 1)))
