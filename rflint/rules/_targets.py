"""What the rules about targets share."""

from __future__ import annotations

from collections.abc import Iterator

from rflint.engine import Analysis
from rflint.model import Site, Target
from rflint.questions.targets import AxisVerdict, TargetVerdict, Verdict, first_to_see, judge_targets
from rflint.words import samples


def judged(analysis: Analysis, wanted: Verdict) -> Iterator[tuple[TargetVerdict, str | None]]:
    """Targets whose worst verdict is this one, each with the first layer that is sure to see it, where one is known."""
    verdicts = [verdict for verdict in judge_targets(analysis) if verdict.verdict == wanted]
    for verdict, first in zip(verdicts, first_to_see(analysis, verdicts), strict=True):
        yield verdict, first.layer


def size_site(target: Target) -> Site:
    """Where the size of a target is written."""
    return Site(target.site.file, (*target.site.path, "size"))


def needed_words(verdict: TargetVerdict, axis: AxisVerdict) -> str:
    """Say how much of a target must be seen: `it spans 96 samples`."""
    whole = verdict.target.size[verdict.axes.index(axis)]
    if axis.needed == whole:
        return f"it spans {samples(whole)}"
    return f"{axis.needed} of its {samples(whole)} must be seen"
