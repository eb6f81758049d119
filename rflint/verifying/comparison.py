"""A spec against a running model, layer by layer: where they differ, and what could not be compared, and why."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from rflint.engine import analyze
from rflint.model import Graph
from rflint.questions.positions import Region
from rflint.verifying.measuring import Measurer, MeasuringFailure, Run, Seen, stretches
from rflint.verifying.prediction import Predicted, Setting, at_sizes, declared, predicted, settings

#: Asked before each run, told how many are done, and of how many: whether there is time for it.
Progress = Callable[[int, int], bool]


class Difference(NamedTuple):
    """A layer that is another one in the model."""

    layer: str
    input: str
    axis: str
    #: Of the input, at which they were compared.
    sizes: tuple[int, ...]
    #: Features along the axis: of the spec, of the model.
    features: tuple[int, int]
    #: First feature whose region differs, and that region in the spec and in the model, in samples of the input; None where
    #: the numbers of features do.
    feature: int | None = None
    spec: Region = None
    model: Region = None


class Verification(NamedTuple):
    """What came of it."""

    #: Layers of the spec that were asked for, in the order of the spec.
    layers: tuple[str, ...]
    #: Layers that were compared on every axis.
    measured: tuple[str, ...]
    #: All differences: those that nothing before them explains, and those behind them.
    differences: tuple[Difference, ...]
    #: Layer -> layers before it that differ, too: their difference is its own.
    explained: Mapping[str, tuple[str, ...]]
    #: Layer -> why it was not compared.
    unmeasured: Mapping[str, str]
    #: Sizes of the first input at which the model ran.
    sizes: tuple[tuple[int, ...], ...]
    #: What the user should know, one sentence each.
    notes: tuple[str, ...] = ()

    @property
    def differing(self) -> tuple[str, ...]:
        """Layers that differ, in the order of the spec."""
        return tuple(dict.fromkeys(each.layer for each in self.differences))


def _always(done: int, total: int) -> bool:
    del done, total
    return True


def verify(graph: Graph, measurer: Measurer, layers: Collection[str] | None = None, progress: Progress = _always) -> Verification:
    """Compare the layers of a spec (all of them, or some) with a running model."""
    return _Comparison(graph, measurer, layers, progress).run()


class _Comparison:
    def __init__(self, graph: Graph, measurer: Measurer, layers: Collection[str] | None, progress: Progress) -> None:
        self._graph, self._measurer, self._progress = graph, measurer, progress
        self._analysis = analyze(graph)
        self._layers = tuple(each.name for each in graph.layers if layers is None or each.name in layers)
        self._differences: dict[str, dict[str, Difference]] = {}
        self._why: dict[str, str] = {}
        self._measured: dict[str, set[str]] = {}
        self._nodes = {each.name: node for node, each in enumerate(graph.layers, len(graph.inputs))}
        #: Stretches that were lit one by one at the present sizes: one run answers for all layers.
        self._probed: dict[tuple[int, int], Mapping[str, Seen | str]] = {}
        self._sizes: list[tuple[int, ...]] = []
        self._notes: list[str] = []
        self._done = 0

    def run(self) -> Verification:
        graph = self._graph
        total = 2 * len(graph.axes) * len(graph.inputs)
        complete = all(self._axis(axis, source, total) for source in range(len(graph.inputs)) for axis in range(len(graph.axes)))
        if not complete:
            self._notes.append(f"the time limit ended it after {self._done} of {total} runs: what agrees was not compared in the others")
        axes = {axis for found in self._measured.values() for axis in found}
        measured = tuple(name for name in self._layers if self._measured.get(name) == axes and axes)
        default = "is not found in the model" if complete else "was not reached within the time limit"
        unmeasured = {name: self._why.get(name, default) for name in self._layers if name not in measured and name not in self._differences}
        differences = tuple(each for name in self._layers for each in self._differences.get(name, {}).values())
        return Verification(
            self._layers,
            measured,
            differences,
            self._explained(),
            unmeasured,
            tuple(dict.fromkeys(self._sizes)),
            tuple(dict.fromkeys(self._notes)),
        )

    def _axis(self, axis: int, source: int, total: int) -> bool:
        """Compare on one axis; whether there was time."""
        plan = tuple(settings(self._analysis, axis))
        ran = False
        for setting in plan:
            if not self._progress(self._done, total):
                return False
            self._done += 1
            try:
                self._compare(setting, axis, source)
                ran = True
            except MeasuringFailure as failure:
                self._notes.append(f"the model {failure}")
        if ran:
            return True
        # A model of fixed size: what is compared is clipped at the borders of that.
        fixed = declared(self._analysis, axis)
        if fixed is not None and fixed not in plan:
            try:
                self._compare(fixed, axis, source)
                self._notes.append("it was measured at the declared size: regions are compared as the borders clip them")
                self._notes = [each for each in self._notes if not each.startswith("the model ")]
            except MeasuringFailure as failure:
                self._notes.append(f"the model {failure}")
        return True

    def _compare(self, setting: Setting, axis: int, source: int) -> None:
        graph = self._graph
        analysis = at_sizes(graph, setting.sizes)
        said = predicted(analysis, axis, source, self._layers)
        expected = {
            name: sizes for name in self._layers if None not in (sizes := tuple(part.size(self._nodes[name]) for part in analysis.axes))
        }
        name = graph.inputs[source].name
        run = Run(name, setting.sizes, axis, stretches(setting.sizes[name][axis], setting.cuts), expected)  # type: ignore[arg-type]
        self._probed.clear()
        seen = self._measurer.measure(run)
        self._sizes.append(setting.sizes[graph.inputs[0].name])
        for layer in self._layers:
            answer = seen.get(layer)
            if layer in said.why:
                self._why.setdefault(layer, said.why[layer])
            elif isinstance(answer, str):
                self._why.setdefault(layer, answer)
            elif answer is not None and layer in said.regions:
                self._judge(layer, answer, said, run)

    def _judge(self, layer: str, answer: Seen, said: Predicted, run: Run) -> None:
        axis = self._graph.axes[run.axis]
        self._measured.setdefault(layer, set()).add(f"{run.input} {axis}")
        regions = said.regions[layer]
        counts = len(regions), answer.size[run.axis]
        found = Difference(layer, run.input, axis, run.sizes[run.input], counts)
        key = f"{run.input} {axis}"
        if counts[0] != counts[1]:
            self._differences.setdefault(layer, {}).setdefault(key, found)
            return
        for stretch, features in zip(run.lit, answer.features, strict=True):
            if wrong := features ^ _reading(regions, stretch):
                index = (wrong & -wrong).bit_length() - 1
                known = self._differences.setdefault(layer, {})
                # Inside, where no border clips it, a difference says more.
                if key not in known or (known[key].feature is not None and known[key].sizes != found.sizes):
                    known[key] = found._replace(feature=index, spec=regions[index], model=self._region(layer, index, run, answer))
                return

    def _region(self, layer: str, index: int, run: Run, answer: Seen) -> Region:
        """Measure what one feature sees, as far as the answer of the run does not tell it already."""
        known = dict(zip(run.lit, answer.features, strict=True))
        last = run.sizes[run.input][run.axis] - 1

        def sees(first: int, end: int) -> bool:
            stretch = (first, end)
            if stretch in known:
                return bool(known[stretch] >> index & 1)
            if stretch not in self._probed:
                self._probed[stretch] = self._measurer.measure(run._replace(lit=(stretch,)))
            found = self._probed[stretch].get(layer)
            return isinstance(found, Seen) and bool(found.features[0] >> index & 1)

        if not sees(0, last):
            return None
        return _first(lambda at: sees(0, at), last), last - _first(lambda back: sees(last - back, last), last)

    def _explained(self) -> Mapping[str, tuple[str, ...]]:
        """Layers that differ behind others that do."""
        graph = self._graph
        count = len(graph.inputs)
        causes: list[frozenset[str]] = [frozenset()] * count
        explained = {}
        for layer in graph.layers:
            before = frozenset().union(*(causes[source] for source in layer.sources if source >= 0))
            if layer.name in self._differences:
                if before:
                    explained[layer.name] = tuple(sorted(before))
                before = before or frozenset((layer.name,))
            causes.append(before)
        return explained


def _reading(regions: Sequence[Region], stretch: tuple[int, int]) -> int:
    """Features that see a sample of a stretch, which reaches to a border, as bits."""
    first, last = stretch
    return sum(1 << index for index, region in enumerate(regions) if region is not None and region[0] <= last and region[1] >= first)


def _first(holds: Callable[[int], bool], last: int) -> int:
    """Return the first of `0 … last` from which on something holds; it does at `last`."""
    low = 0
    while low < last:
        middle = (low + last) // 2
        low, last = (low, middle) if holds(middle) else (middle + 1, last)
    return low


def roots(verification: Verification) -> Iterator[tuple[tuple[Difference, ...], tuple[str, ...]]]:
    """Yield the differences of each layer that nothing before it explains, and the layers behind it that differ by that."""
    for layer in verification.differing:
        if layer not in verification.explained:
            own = tuple(each for each in verification.differences if each.layer == layer)
            yield own, tuple(name for name, causes in verification.explained.items() if layer in causes)
