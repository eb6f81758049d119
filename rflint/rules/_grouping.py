"""One mistake, one finding: what several copies of a layer share is said once, with the names of all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rflint.diagnostics import SEVERITY_ORDER, Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def grouped(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Join findings of one code at one place (a block used several times), in the order of their first members.

    Findings join where code, site, input, axes and `data["kind"]` are the same and the layers differ; two findings
    about one layer never do.  The worst of a group speaks for it, the first among equals; its `instances` name all
    layers.  A finding that stays alone is given back as it is.
    """
    groups: dict[tuple[object, ...], list[Finding]] = {}
    seen: dict[tuple[object, ...], int] = {}
    for number, finding in enumerate(findings):
        key: tuple[object, ...]
        if finding.layer is None:
            key = (number,)
        else:
            shared = (finding.code, finding.where, finding.input, finding.axes, finding.data.get("kind"))
            # The second finding about one layer joins the second ones about its copies.
            ordinal = seen[(*shared, finding.layer)] = seen.get((*shared, finding.layer), 0) + 1
            key = (*shared, ordinal)
        groups.setdefault(key, []).append(finding)
    for group in groups.values():
        if len(group) == 1:
            yield group[0]
            continue
        # A severity left open is the rule's default, the same for the whole group.
        worst = max(group, key=lambda each: SEVERITY_ORDER[each.severity] if each.severity else 0)
        names = dict.fromkeys(name for each in group for name in (each.instances or (each.layer,)) if name is not None)
        yield worst._replace(instances=tuple(names))
