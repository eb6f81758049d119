"""One mistake, one finding: what several copies of a layer share is said once, with the names of all."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from rflint.model.finding import Finding


T = TypeVar("T")


def together(group: Sequence[T], name: Callable[[T], str], tell: Callable[[Sequence[T]], Finding]) -> Finding:
    """One finding about layers that share a cause; `tell` words it for any of them, so that some can be suppressed without the rest."""
    finding = tell(group)
    if len(group) == 1:
        return finding
    names = tuple(map(name, group))

    def part(wanted: Collection[str]) -> Finding:
        return together([each for each, called in zip(group, names, strict=True) if called in wanted], name, tell)

    return finding._replace(instances=names, part=part)
