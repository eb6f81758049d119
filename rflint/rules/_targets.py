"""What the rules about targets share."""

from __future__ import annotations

from rflint.model import Site, Target
from rflint.questions.targets import AxisVerdict, TargetVerdict
from rflint.words import samples


def size_site(target: Target) -> Site:
    """Where the size of a target is written."""
    return Site(target.site.file, (*target.site.path, "size"))


def needed_words(verdict: TargetVerdict, axis: AxisVerdict) -> str:
    """Say how much of a target must be seen: `it spans 96 samples`."""
    whole = verdict.target.size[verdict.axes.index(axis)]
    return f"it spans {samples(whole)}" if axis.needed == whole else f"{axis.needed} of its {samples(whole)} must be seen"
