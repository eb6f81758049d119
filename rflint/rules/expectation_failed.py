"""RF601: a stated fact that does not hold."""

from __future__ import annotations

from collections.abc import Iterator

from rflint.engine import Analysis
from rflint.model import Example, Finding, Graph, Note, Remedy, Rule, Site, SiteEdit
from rflint.questions.expectations import FailedFact, Value, failed_facts
from rflint.rules._advice import size_mend_advice
from rflint.rules._paths import size_mend_words
from rflint.words import by_axis, samples, show

_WHY = {
    "global": "the layer sees the whole input",
    "position-dependent": "it differs from feature to feature",
    "size-dependent": "it depends on the input size, which is not declared",
    "unknown-op": "it depends on an op that rflint does not know",
    "beyond-limits": "a number on the way to it is too large to be computed with",
    "empty-phase": "some features see nothing",
    "misaligned": "the paths to the layer are not aligned",
    "uncounted": "channels, or sizes, are not known all the way from the input",
    "no-path": "the layer does not depend on this input",
}

#: Layers that lost samples of a size and that a finding lists, where none of them mends it.
_LISTED = 3

#: What to do first where a value cannot be known; such a null is not offered as an edit.
_FIRST = {
    "size-dependent": "declare the size of the input",
    "unknown-op": "describe the unknown op, with `op: window` for instance",
    "uncounted": "give `channels` at the input and at the layers before it, and the size of the input",
    "no-path": "say which `input` the facts are about",
}


def _check(analysis: Analysis) -> Iterator[Finding]:
    yield from (_finding(analysis.graph, failed) for failed in failed_facts(analysis))


def _finding(graph: Graph, failed: FailedFact) -> Finding:
    expectation, fact, (values, why) = failed.expectation, failed.fact, failed.actual
    stated = expectation.facts[fact]
    texts = {place: f"{_text(values[place])} instead of {_text(failed.expected[place])}" for place in failed.wrong}
    said = texts[0] if failed.whole else by_axis({graph.axes[place]: text for place, text in texts.items()})
    about = f" with respect to `{failed.input}`" if failed.input is not None and len(graph.inputs) > 1 else ""
    reasons = ", and ".join(_WHY[reason] for reason in why)
    first = next((_FIRST[reason] for reason in why if reason in _FIRST), None)
    site = Site(expectation.site.file, (*expectation.site.path, fact))
    true = _text(values[0]) if not isinstance(stated, (list, tuple)) and len(set(values)) == 1 else f"[{', '.join(map(_text, values))}]"
    edits = [SiteEdit(Site(site.file, (*site.path, place)), _text(values[place])) for place in texts] if isinstance(stated, list) else []
    # Whoever accepts a changed fact should have looked at it.
    remedy = Remedy(tuple(edits) or (SiteEdit(site, true),), safe=False)
    return Finding(
        "RF601",
        f"`{fact}` of `{expectation.layer}`{about} is {said}" + (f": {reasons}" if reasons else ""),
        site,
        help=first
        or f"{_mend(graph, failed)}if the network is meant to have changed, state `{fact}: {true}`; else undo the change that moved it",
        layer=graph.node_name(expectation.node),
        input=failed.input,
        axes=None if failed.whole else tuple(graph.axes[place] for place in texts),
        related=(Note(f"`{expectation.layer}` is written here", graph.site(expectation.node)), *_losses(graph, failed)),
        data={"kind": fact, "expected": list(map(_text, failed.expected)), "actual": list(map(_text, values))},
        advice=() if failed.mend is None else (size_mend_advice(graph, failed.mend),),
        remedy=remedy if failed.restatable and not first else None,
    )


def _mend(graph: Graph, failed: FailedFact) -> str:
    return f"{size_mend_words(graph, failed.mend)}, and it is as stated; or, " if failed.mend is not None else ""


def _losses(graph: Graph, failed: FailedFact) -> Iterator[Note]:
    """Where the size went: the layer that would mend it, else the last ones that do not keep it."""
    mended = [each for each in failed.losses if failed.mend is not None and each.node == failed.mend.node]
    for loss in mended or failed.losses[:_LISTED]:
        yield Note(f"`{graph.node_name(loss.node)}` makes {loss.after} of {samples(loss.before)}", graph.site(loss.node))


def _text(value: Value) -> str:
    """As YAML has it."""
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
