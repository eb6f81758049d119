"""A spec against a running model, layer by layer: where they differ, and what could not be compared, and why."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from rflint.engine import analyze
from rflint.model import Graph
from rflint.questions.positions import Region
from rflint.verifying.measuring import APART, Measurer, MeasuringFailure, Run, Seen, joined
from rflint.verifying.prediction import Predicted, Setting, at_sizes, predicted, settings

#: Asked before each part of a run, told how many parts are done, and of how many: whether there is time for it.
Progress = Callable[[int, int], bool]
#: Stretches of a part of a run.
_PART: Final = 16


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
    #: the numbers of features do, or what sees the whole map.
    feature: int | None = None
    spec: Region = None
    model: Region = None
    #: A sample that the feature sees in one of them only, where holes were compared.
    sample: int | None = None
    #: Whether it sees the whole map through a global branch: by the spec, in the model; None where that is not the difference.
    whole: tuple[bool, bool] | None = None
    #: Whether there was time to measure the region in the model.
    settled: bool = True


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
    #: It was compared at the size of the model alone: regions as the borders clip them.
    clipped: bool = False

    @property
    def differing(self) -> tuple[str, ...]:
        """Layers that differ, in the order of the spec."""
        return tuple(dict.fromkeys(each.layer for each in self.differences))


def _always(done: int, total: int) -> bool:
    del done, total
    return True


def verify(
    graph: Graph, measurer: Measurer, layers: Collection[str] | None = None, progress: Progress = _always, *, exact: bool = False
) -> Verification:
    """Compare the layers of a spec (all of them, or some) with a running model; `exact`: sample by sample, holes in their regions, too."""
    return _Comparison(graph, measurer, layers, progress, exact=exact).run()


class _OutOfTimeError(Exception):
    """There is no time for the next part of a run."""


class _Task(NamedTuple):
    """One setting in which an axis is looked at, and an input."""

    setting: Setting
    axis: int
    source: int
    held: bool = True


class _Comparison:
    def __init__(self, graph: Graph, measurer: Measurer, layers: Collection[str] | None, progress: Progress, *, exact: bool) -> None:
        self._graph, self._measurer, self._progress, self._exact = graph, measurer, progress, exact
        self._analysis = analyze(graph)
        self._layers = tuple(each.name for each in graph.layers if layers is None or each.name in layers)
        self._differences: dict[str, dict[str, Difference]] = {}
        self._why: dict[str, str] = {}
        #: Layer -> inputs and axes on which it was compared, and those that it has nothing to do with.
        self._measured: dict[str, set[str]] = {}
        self._apart: dict[str, set[str]] = {}
        self._nodes = {each.name: node for node, each in enumerate(graph.layers, len(graph.inputs))}
        #: Stretches that were lit one by one at the present sizes: one run answers for all layers.
        self._probed: dict[tuple[int, int], Mapping[str, Seen | str]] = {}
        self._sizes: list[tuple[int, ...]] = []
        self._failures: dict[tuple[int, int], list[str]] = {}
        self._done = self._total = 0
        self._clipped = False

    def run(self) -> Verification:
        notes = []
        complete = True
        try:
            self._all()
        except _OutOfTimeError:
            complete = False
            notes.append(f"the time limit ended it at {100 * self._done // max(self._total, 1)} %: what it did not come to may differ")
        if self._clipped:
            notes.append("it was measured at the declared size: regions are compared as the borders clip them")
        notes += [f"the model {failures[0]}" for failures in self._failures.values()]
        axes = {axis for found in self._measured.values() for axis in found}
        measured = tuple(
            name for name in self._layers if (found := self._measured.get(name)) and found | self._apart.get(name, set()) >= axes
        )
        default = self._missing(complete=complete)
        unmeasured = {name: self._why.get(name, default) for name in self._layers if name not in measured and name not in self._differences}
        differences = tuple(each for name in self._layers for each in self._differences.get(name, {}).values())
        return Verification(
            self._layers,
            measured,
            differences,
            self._explained(),
            unmeasured,
            tuple(dict.fromkeys(self._sizes)),
            tuple(dict.fromkeys(notes)),
            self._clipped,
        )

    def _missing(self, *, complete: bool) -> str:
        """Why nothing is known of a layer of which no run told anything."""
        if not complete:
            return "was not reached within the time limit"
        if self._sizes:
            return "is not found in the model"
        return "was not reached, as the model did not run" if self._failures else "is in a network that suits no size that was tried"

    def _all(self) -> None:
        """Short inputs first: they tell most, and soonest."""
        pairs = [(source, axis) for source in range(len(self._graph.inputs)) for axis in range(len(self._graph.axes))]
        plans = {(source, axis): settings(self._analysis, axis, singly=self._exact) for source, axis in pairs}
        tasks = [_Task(plan.short, axis, source) for (source, axis), plan in plans.items() if plan.short]
        tasks += [_Task(plan.short.halved(axis), axis, source, held=False) for (source, axis), plan in plans.items() if plan.short]
        tasks += [_Task(plan.long, axis, source) for (source, axis), plan in plans.items() if plan.long]
        self._total = sum(map(_parts, tasks))
        try:
            self._try(tasks)
        except _OutOfTimeError:
            for source, axis in (pair for pair, plan in plans.items() if plan.declared):
                self._resized(source, axis)
            raise
        # A model of fixed size, or one that is the network of the spec at that size only: what is compared is clipped at its borders.
        fixed = [
            _Task(setting, axis, source)
            for (source, axis), plan in plans.items()
            if (setting := plan.declared) is not None and (self._failed(source, axis, tasks) or self._resized(source, axis))
        ]
        fixed += [each._replace(setting=each.setting.halved(each.axis), held=False) for each in fixed]
        self._total += sum(map(_parts, fixed))
        for task in fixed:
            self._failures.pop((task.source, task.axis), None)
        self._clipped = self._try(fixed)

    def _failed(self, source: int, axis: int, tasks: Sequence[_Task]) -> bool:
        """Whether the model ran at none of the sizes that were tried."""
        return len(self._failures.get((source, axis), ())) == sum((each.source, each.axis) == (source, axis) for each in tasks)

    def _resized(self, source: int, axis: int) -> bool:
        """Whether maps have other sizes than the spec has, which then is to be judged at its own size alone: forgets all differences."""
        key = f"{self._graph.inputs[source].name} {self._graph.axes[axis]}"
        found = [known[key] for known in self._differences.values() if key in known]
        if all(each.features[0] == each.features[1] for each in found):
            return False
        for layer, known in self._differences.items():
            if (known.pop(key, None), known.pop(f"{key} whole", None)) != (None, None):
                self._measured.get(layer, set()).discard(key)
        self._differences = {layer: known for layer, known in self._differences.items() if known}
        return True

    def _try(self, tasks: Sequence[_Task]) -> bool:
        """Compare in some settings; whether the model ran in any."""
        ran = [self._compares(task) for task in tasks]
        return any(ran)

    def _compares(self, task: _Task) -> bool:
        """Compare in a setting; whether the model ran."""
        try:
            self._compare(task)
        except MeasuringFailure as failure:
            self._failures.setdefault((task.source, task.axis), []).append(str(failure))
            return False
        return True

    def _compare(self, task: _Task) -> None:
        graph, setting = self._graph, task.setting
        analysis = at_sizes(graph, setting.sizes)
        said = predicted(analysis, task.axis, task.source, self._layers, exact=self._exact and task.held)
        expected = {
            name: sizes for name in self._layers if None not in (sizes := tuple(part.size(self._nodes[name]) for part in analysis.axes))
        }
        name = graph.inputs[task.source].name
        run = Run(name, setting.sizes, task.axis, setting.lit, expected, self._layers, task.held)  # type: ignore[arg-type]
        self._probed.clear()
        parts: list[Mapping[str, Seen | str]] = []
        try:
            for start in range(0, len(run.lit), _PART):
                parts.append(self._part(run._replace(lit=run.lit[start : start + _PART])))
                self._sizes += [setting.sizes[graph.inputs[0].name]] if not start else []
        finally:
            # What differs by then differs.
            lit = run.lit[: _PART * len(parts)]
            self._settle(run._replace(lit=lit), said, joined(parts), complete=lit == run.lit)

    def _part(self, run: Run) -> Mapping[str, Seen | str]:
        if not self._progress(self._done, self._total):
            raise _OutOfTimeError
        self._done += 1
        return self._measurer.measure(run)

    def _settle(self, run: Run, said: Predicted, seen: Mapping[str, Seen | str], *, complete: bool) -> None:
        key = f"{run.input} {self._graph.axes[run.axis]}"
        for layer in self._layers:
            answer = seen.get(layer)
            if layer in said.apart and (answer is None or answer == APART):
                self._apart.setdefault(layer, set()).add(key)
            elif isinstance(answer, str):
                self._why.setdefault(layer, answer)
            elif answer is not None and not run.held:
                if self._judge_whole(layer, answer, said, run) and layer not in said.regions and complete:
                    self._measured.setdefault(layer, set()).add(key)
            elif layer in said.why:
                if layer not in said.whole:
                    self._why.setdefault(layer, said.why[layer])
            elif answer is not None and (layer in said.regions or layer in said.apart):
                if complete:
                    self._measured.setdefault(layer, set()).add(key)
                self._judge(layer, answer, said, run)

    def _judge(self, layer: str, answer: Seen, said: Predicted, run: Run) -> None:
        """Compare what a layer sees by local paths."""
        axis = self._graph.axes[run.axis]
        key = f"{run.input} {axis}"
        known = self._differences.setdefault(layer, {})
        regions: Sequence[Region] = said.regions.get(layer) or (None,) * answer.size[run.axis]
        found = Difference(layer, run.input, axis, run.sizes[run.input], (len(regions), answer.size[run.axis]))
        if found.features[0] != found.features[1]:
            known.setdefault(key, found)
            return
        for stretch, features in zip(run.lit, answer.features, strict=True):
            if wrong := features ^ said.reading(layer, stretch):
                index = (wrong & -wrong).bit_length() - 1
                # Inside, where no border clips it, a difference says more.
                if key not in known or (known[key].feature is not None and known[key].sizes != found.sizes):
                    found = found._replace(feature=index, spec=regions[index], sample=stretch[0] if self._exact else None)
                    known[key] = self._measured_region(found, run, answer)
                break
        if not known:
            del self._differences[layer]

    def _judge_whole(self, layer: str, answer: Seen, said: Predicted, run: Run) -> bool:
        """Compare whether a layer sees the whole map, half by half; False: that cannot be told."""
        count = answer.size[run.axis]
        if (
            layer in said.apart
            or (layer in said.why and layer not in said.whole)
            or (layer in said.regions and len(said.regions[layer]) != count)
        ):
            return False
        local = [said.reading(layer, stretch) for stretch in run.lit]
        more = any(seen & ~near for seen, near in zip(answer.features, local, strict=True))
        # Where the receptive field holds all of the map there is nothing more to see; padding never sees anything.
        most = 0
        for near in local:
            most |= near
        differs = not more and (not most or any(near != most for near in local)) if layer in said.whole else more
        if differs and layer not in self._differences:
            axis = self._graph.axes[run.axis]
            found = Difference(layer, run.input, axis, run.sizes[run.input], (count, count), whole=(layer in said.whole, more))
            self._differences.setdefault(layer, {})[f"{run.input} {axis} whole"] = found
        return True

    def _measured_region(self, found: Difference, run: Run, answer: Seen) -> Difference:
        """Measure what a feature sees, as far as the answer of the run does not tell it already, and there is time."""
        known = dict(zip(run.lit, answer.features, strict=True))
        last, index = run.sizes[run.input][run.axis] - 1, found.feature or 0

        def sees(first: int, end: int) -> bool:
            stretch = (first, end)
            if stretch in known:
                return bool(known[stretch] >> index & 1)
            if stretch not in self._probed:
                if not self._progress(self._done, self._total):
                    raise _OutOfTimeError
                self._probed[stretch] = self._measurer.measure(run._replace(lit=(stretch,)))
            seen = self._probed[stretch].get(found.layer)
            return isinstance(seen, Seen) and bool(seen.features[0] >> index & 1)

        try:
            if not sees(0, last):
                return found
            return found._replace(model=(_first(lambda at: sees(0, at), last), last - _first(lambda back: sees(last - back, last), last)))
        except _OutOfTimeError:
            return found._replace(settled=False)

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


def _parts(task: _Task) -> int:
    return -(-len(task.setting.lit) // _PART)


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
