"""What a spec states about its layers, and what is true of them instead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Literal, NamedTuple

from rflint.engine import Analysis
from rflint.model import MISSING, Expectation
from rflint.questions.axes import per_axis
from rflint.questions.borders import misfit
from rflint.questions.size_mends import SizeLoss, SizeMend, mend_size, new_budget, size_losses
from rflint.questions.view import AxisView, view
from rflint.search import SIZE_PATHS, Budget

if TYPE_CHECKING:
    from rflint.model.layers import Why

#: A value on one axis, or of the whole layer; None: there is none.  Text is what no value can equal.
Value = bool | Fraction | None

#: Facts with respect to an input: their names in the spec and in a view.
_SEEN = {
    "receptive_field": "size",
    "receptive_field_min": "size_min",
    "stride": "stride",
    "padding": "padding",
    "aligned": "aligned",
    "center": "center",
    "lookahead": "lookahead",
}
#: Facts with one value for the whole layer.
_COUNTED = ("channels", "params", "macs")


class Actual(NamedTuple):
    """The true value of a fact: one of the whole layer, or one per axis; and the reasons for those that are missing."""

    values: tuple[Value, ...]
    why: tuple[Why | Literal["uncounted", "no-path"], ...] = ()


class FailedFact(NamedTuple):
    """A stated fact that does not hold."""

    expectation: Expectation
    #: Name of the fact.
    fact: str
    #: The input that the fact is about; None where it is about none.
    input: str | None
    #: One value of the whole layer, or one per axis, as `actual`.
    expected: tuple[Value, ...]
    actual: Actual
    #: Whether the true value can be stated instead: it is the same for all inputs, and the sizes of the network fit.
    restatable: bool
    #: Of a size: what one layer could be given for it, and the layers on the way that lost or added samples, last first.
    mend: SizeMend | None = None
    losses: tuple[SizeLoss, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether the fact is about the whole layer, not its axes."""
        return self.fact in _COUNTED

    @property
    def wrong(self) -> tuple[int, ...]:
        """Places of the values that are not as expected: numbers of axes, unless the fact is about the whole layer."""
        pairs = zip(self.actual.values, self.expected, strict=True)
        return tuple(place for place, (value, wanted) in enumerate(pairs) if value != wanted)


def failed_facts(analysis: Analysis) -> Iterator[FailedFact]:
    """All of them, in the order in which they are written."""
    graph = analysis.graph
    # What is unknown because of a broken layer is said by the finding about that layer.
    unsound = bool(analysis.crashes) or any(layer.broken or MISSING in layer.sources or layer.op not in graph.ops for layer in graph.layers)
    names = {item.name for item in graph.inputs}
    mends, walks = new_budget(), Budget(SIZE_PATHS)
    for expectation in graph.expectations:
        sources = _sources(analysis, expectation)
        views = {
            source: per_axis(analysis, partial(view, source=source, node=expectation.node, ahead="lookahead" in expectation.facts))
            for source in sources
            if source in names
        }
        for fact, stated in expectation.facts.items():
            about = sources if fact in _SEEN else sources[:1]
            actual = {source: _actual(analysis, expectation.node, views.get(source), fact) for source in about}
            restatable = len({true and true.values for true in actual.values()}) == 1 and not misfit(analysis)
            for source, true in actual.items():
                if true is None or (unsound and None in true.values):
                    continue
                expected = _expected(stated, len(true.values))
                if len(expected) == len(true.values) and expected != true.values:
                    failed = FailedFact(expectation, fact, source if fact in _SEEN else None, expected, true, restatable)
                    yield _with_mend(analysis, failed, mends, walks) if fact == "size" else failed


def _with_mend(analysis: Analysis, failed: FailedFact, mends: Budget, walks: Budget) -> FailedFact:
    """A size that is not as stated, with the layers that it was lost at, and what would mend it."""
    node, values = failed.expectation.node, failed.actual.values
    wanted = {
        axis: int(size)
        for axis in failed.wrong
        if isinstance(size := failed.expected[axis], Fraction) and size.denominator == 1 and values[axis] is not None
    }
    if len(wanted) < len(failed.wrong) or not all(analysis.axes[axis].known for axis in wanted):
        return failed
    mend = mend_size(analysis, node, wanted, mends).mend
    return failed._replace(mend=mend, losses=size_losses(analysis.axes[min(wanted)], node, walks))


def _sources(analysis: Analysis, expectation: Expectation) -> list[str]:
    """The inputs that the facts are about: the one named, else all that the layer depends on, else the first."""
    if (named := expectation.facts.get("input")) is not None:
        return [str(named)]
    traces = analysis.axes[0].cases[0].traces
    return [name for name, trace in traces.items() if trace.fields[expectation.node] is not None] or [analysis.graph.inputs[0].name]


def _actual(analysis: Analysis, node: int, views: Sequence[AxisView | None] | None, fact: str) -> Actual | None:
    """The true value of a fact; None for what is no fact (`input`), and for an input that does not exist."""
    values: list[bool | int | float | Fraction | None]
    why: list[Why | Literal["uncounted", "no-path"]] = []
    if fact in _COUNTED:
        values = [getattr(analysis.costs, fact)[node]]
        why += ["uncounted"] if values == [None] else []
    elif fact == "size":
        values = [axis.size(node) for axis in analysis.axes]
        if None in values:
            lost = (field.why for axis in analysis.axes for trace in axis.cases[0].traces.values() if (field := trace.fields[node]))
            known = all(axis.known for axis in analysis.axes)
            why.append("beyond-limits" if "beyond-limits" in lost else "unknown-op" if known else "size-dependent")
    elif fact in _SEEN and views is not None:
        name = _SEEN[fact]
        values = [None if seen is None else getattr(seen, name) for seen in views]
        why += ["no-path" if seen is None else seen.why.get(name, "size-dependent") for seen in views if getattr(seen, name, None) is None]
    else:
        return None
    # A mean over paths is a decimal: the one that reports print.
    exact = (
        value if value is None or isinstance(value, bool) else Fraction(repr(value) if isinstance(value, float) else value)
        for value in values
    )
    return Actual(tuple(exact), tuple(dict.fromkeys(why)))


def _expected(stated: object, count: int) -> tuple[Value, ...]:
    """One value per axis, exact: 0.1 is one tenth, `1/3` a third."""
    entries = list(stated) if isinstance(stated, (list, tuple)) else [stated] * count
    return tuple(entry if entry is None or isinstance(entry, bool) else Fraction(str(entry)) for entry in entries)
