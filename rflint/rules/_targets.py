"""What the rules about targets share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rflint.model.site import Site
from rflint.questions.targets import guaranteed_size, judge_targets
from rflint.questions.view import view
from rflint.words.numbers import samples

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rflint.engine.analysis import Analysis, AxisAnalysis
    from rflint.model.graph import Target
    from rflint.questions.targets import AxisVerdict, TargetVerdict, Verdict

#: Searches for a layer that sees a target; and layers that each of them looks at.
_SEARCHES = 10
_SEARCHED = 2_000


def judged(analysis: Analysis, verdict: Verdict) -> Iterator[TargetVerdict]:
    """Targets that have this verdict on some axis."""
    for each in judge_targets(analysis):
        if any(axis.verdict == verdict for axis in each.axes):
            yield each


def size_site(target: Target) -> Site:
    """Where the size of a target is written."""
    return Site(target.site.file, (*target.site.path, "size"))


def needed_words(verdict: TargetVerdict, axis: AxisVerdict) -> str:
    """Say how much of a target must be seen: `it spans 96 samples`."""
    whole = verdict.target.size[verdict.axes.index(axis)]
    if axis.needed == whole:
        return f"it spans {samples(whole)}"
    return f"{axis.needed} of its {samples(whole)} must be seen"


class Search:
    """Looks for layers that see a target; only so often in one spec, as each time it looks at thousands of layers."""

    def __init__(self, analysis: Analysis) -> None:
        self._analysis = analysis
        self._left = _SEARCHES

    def first_that_sees(self, verdict: TargetVerdict) -> str | None:
        """Name the first layer that sees a target wherever it stands; None where there is none, or after too many searches."""
        self._left -= 1
        if self._left < 0:
            return None
        graph = self._analysis.graph
        sizes = [(part, axis.needed) for part, axis in zip(self._analysis.axes, verdict.axes, strict=True)]
        for node, layer in enumerate(graph.layers[:_SEARCHED], len(graph.inputs)):
            if all(_guaranteed(part, verdict.input, node) >= needed for part, needed in sizes):
                return layer.name
        return None


def _guaranteed(part: AxisAnalysis, source: str, node: int) -> int:
    seen = view(part, source, node)
    if seen is None or seen.phases is None or seen.advance is None:
        return 0
    return guaranteed_size(seen.advance, seen.phases)
