"""RF601: a stated fact that does not hold."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from rflint.model.finding import Finding, Remedy, SiteEdit
from rflint.model.graph import MISSING
from rflint.model.rule import Example, Rule
from rflint.model.site import Note, Site
from rflint.questions.view import AxisView, view
from rflint.words.axes import by_axis
from rflint.words.numbers import show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rflint.engine.analysis import Analysis
    from rflint.model.graph import Expectation

#: A value on one axis, or of the whole layer; None: there is none.  Text is what no value can equal.
_Value = bool | Fraction | str | None
#: Values, and the reasons for the missing ones.
_Actual = tuple[tuple[_Value, ...], dict[str, None]]

#: Facts with respect to an input: their names in the spec and in a view.
_SEEN = {
    "receptive_field": "size",
    "receptive_field_min": "size_min",
    "stride": "stride",
    "padding": "padding",
    "aligned": "aligned",
    "center": "center",
}
_COUNTED = ("channels", "params", "macs")

_WHY = {
    "global": "the layer sees the whole input",
    "position-dependent": "it differs from feature to feature",
    "size-dependent": "it depends on the input size, which is not declared",
    "unknown-op": "it depends on an op that rflint does not know",
    "empty-phase": "some features see nothing",
    "misaligned": "the paths to the layer are not aligned",
    "uncounted": "channels, or sizes, are not known all the way from the input",
    "no-path": "the layer does not depend on this input",
}

#: What to do first where a value cannot be known; such a null is not offered as an edit.
_FIRST = {
    "size-dependent": "declare the size of the input",
    "unknown-op": "describe the unknown op, with `op: window` for instance",
    "uncounted": "give `channels` at the input and at the layers before it, and the size of the input",
    "no-path": "say which `input` the facts are about",
}


def _check(analysis: Analysis) -> Iterator[Finding]:
    graph = analysis.graph
    # What is unknown because of a broken layer is said by the finding about that layer.
    unsound = bool(analysis.crashes) or any(layer.broken or MISSING in layer.sources or layer.op not in graph.ops for layer in graph.layers)
    # What comes of sizes that do not fit is nothing to state.
    fits = all(any(not sizing.problems for sizing in part.sizings) for part in analysis.axes)
    for expectation in graph.expectations:
        reaching = _inputs(analysis, expectation)
        seen = {source: _views(analysis, source, expectation.node) for source in reaching if source in analysis.axes[0].cases[0].traces}
        for fact, expected in expectation.facts.items():
            asked = reaching if fact in _SEEN else reaching[:1]
            found = {source: _actual(analysis, expectation.node, seen.get(source), fact) for source in asked}
            # What is different for every input cannot be stated in one line.
            one_truth = len({actual and actual[0] for actual in found.values()}) == 1
            for source, actual in found.items():
                if actual is None or (unsound and None in actual[0]):
                    continue
                wanted = _wanted(expected, len(actual[0]))
                if len(wanted) == len(actual[0]) and wanted != actual[0]:
                    finding = _finding(analysis, expectation, source if fact in _SEEN else None, fact, actual)
                    yield finding if one_truth and fits else finding._replace(remedy=None)


def _inputs(analysis: Analysis, expectation: Expectation) -> list[str]:
    """Find the inputs that the facts are about: the one named, else all that the layer depends on, else the first."""
    named = expectation.facts.get("input")
    if named is not None:
        return [str(named)]
    traces = analysis.axes[0].cases[0].traces
    return [name for name, trace in traces.items() if trace.fields[expectation.node] is not None] or [analysis.graph.inputs[0].name]


def _actual(analysis: Analysis, node: int, views: list[AxisView | None] | None, fact: str) -> _Actual | None:
    """Look up what a fact really is; None for what is no fact (`input`), and for an input that does not exist."""
    values: list[bool | int | Fraction | None] = []
    why: dict[str, None] = {}
    if fact in _COUNTED:
        values.append(getattr(analysis.costs, fact)[node])
        if values == [None]:
            why["uncounted"] = None
    elif fact == "size":
        values.extend(part.size(node) for part in analysis.axes)
        if None in values:
            why["unknown-op" if all(part.known for part in analysis.axes) else "size-dependent"] = None
    elif fact in _SEEN and views is not None:
        for seen in views:
            values.append(None if seen is None else getattr(seen, _SEEN[fact]))
            if values[-1] is None:
                why["no-path" if seen is None else seen.why.get(_SEEN[fact], "size-dependent")] = None
    else:
        return None
    return tuple(value if value is None or isinstance(value, bool) else Fraction(value) for value in values), why


def _views(analysis: Analysis, source: str, node: int) -> list[AxisView | None]:
    """What a layer sees on every axis; axes that are alike are looked at once."""
    seen: list[AxisView | None] = []
    for axis, part in enumerate(analysis.axes):
        twin = next((earlier for earlier in range(axis) if analysis.axes[earlier].cases is part.cases), None)
        seen.append(view(part, source, node) if twin is None else seen[twin])
    return seen


def _wanted(expected: object, count: int) -> tuple[_Value, ...]:
    """One value per axis, exact: 0.1 is one tenth, `1/3` a third."""
    entries = list(expected) if isinstance(expected, (list, tuple)) else [expected] * count
    return tuple(entry if entry is None or isinstance(entry, bool) else _exact(entry) for entry in entries)


def _exact(value: object) -> Fraction | str:
    try:
        return Fraction(str(value))
    except (ValueError, ZeroDivisionError):
        return str(value)


def _finding(analysis: Analysis, expectation: Expectation, source: str | None, fact: str, actual: _Actual) -> Finding:
    graph, (values, why) = analysis.graph, actual
    expected = expectation.facts[fact]
    wanted = _wanted(expected, len(values))
    whole = fact in _COUNTED
    off = [place for place, value in enumerate(values) if value != wanted[place]]
    texts = {place: f"{_text(values[place])} instead of {_text(wanted[place])}" for place in off}
    said = texts[0] if whole else by_axis({graph.axes[place]: text for place, text in texts.items()})
    about = f" with respect to `{source}`" if source is not None and len(graph.inputs) > 1 else ""
    reasons = ", and ".join(_WHY[reason] for reason in why)
    site = Site(expectation.site.file, (*expectation.site.path, fact))
    edit = _text(values[0]) if not isinstance(expected, (list, tuple)) and len(set(values)) == 1 else f"[{', '.join(map(_text, values))}]"
    edits = [SiteEdit(Site(site.file, (*site.path, place)), _text(values[place])) for place in off] if isinstance(expected, list) else []
    first = next((_FIRST[reason] for reason in why if reason in _FIRST), None)
    return Finding(
        "RF601",
        f"`{fact}` of `{expectation.layer}`{about} is {said}" + (f": {reasons}" if reasons else ""),
        site,
        help=first or f"if the network is meant to have changed, state `{fact}: {edit}`; else undo the change that moved it",
        layer=graph.node_name(expectation.node),
        input=source,
        axes=None if whole else tuple(graph.axes[place] for place in off),
        related=(Note(f"`{expectation.layer}` is written here", analysis.graph.site(expectation.node)),),
        data={"kind": fact, "expected": [_text(value) for value in wanted], "actual": [_text(value) for value in values]},
        # Whoever accepts a changed fact should have looked at it.
        remedy=None if first else Remedy(tuple(edits) or (SiteEdit(site, edit),), safe=False),
    )


def _text(value: _Value) -> str:
    """As YAML has it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else show(value)


RULE = Rule(
    code="RF601",
    name="expectation-failed",
    severity="error",
    summary="an `expect` that does not hold: expected and actual",
    docs="""
A fact stated under `expect` is not what the network has, at the declared input size: `receptive_field`,
`receptive_field_min`, `stride`, `padding`, `aligned`, `center`, `size`, `channels`, `params`, `macs`. Every fact is
checked and reported on its own, with the expected and the actual value.

## Why it matters

Other code relies on these numbers: the anchors of a detector, the code that maps features back to pixels
(`x = S·i + c0`), the overlap of tiles (`r - S`), a paper. A constant pasted from another implementation is wrong
without a sound: published "ResNet-50" networks differ in padding and in where they stride, and so in receptive field
(483 against 427).

## How to mend it

If the change of the network is meant, state the actual value, as the finding proposes, and look at who relies on the
old one. If not, the finding has done its work: compare the tables of `rflint report` for both versions to see which
layer moved it. A value that does not exist is `null`, and can be expected as such.

## When it is fine

While an expectation is being worked towards: `# rflint: ignore[RF601] why` at the fact. With `--size` expectations are
not checked, as they hold at the declared size.

## References

Araujo, Norris, Sim: Computing Receptive Fields of Convolutional Neural Networks, Distill 2019, doi
10.23915/distill.00021 (a table of published networks).
""",
    example=Example(
        failing="""\
rflint: 1
name: toy
layers:
  - {name: stem, op: conv, kernel: 5, stride: 2, padding: 2}
  - {name: head, op: conv, kernel: 3, padding: 1}
expect:
  head: {receptive_field: 11, stride: 2, padding: 5}
""",
        passing="""\
rflint: 1
name: toy
layers:
  - {name: stem, op: conv, kernel: 7, stride: 2, padding: 3}
  - {name: head, op: conv, kernel: 3, padding: 1}
expect:
  head: {receptive_field: 11, stride: 2, padding: 5}
""",
    ),
    check=_check,
)
