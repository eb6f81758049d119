"""One mistake, one finding: copies of one item that share a mistake are joined."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rflint.model import SEVERITY_ORDER, Finding, Graph, Remedy, Site


def grouped(findings: Iterable[Finding], graph: Graph | None = None) -> Iterator[Finding]:
    """Join findings of one code at one place (a block used several times), in the order of their first members.

    Findings join where code, site, input, axes and `data["kind"]` are the same and the layers differ; two findings
    about one layer never do.  The worst of a group speaks for it, the first among equals; its `instances` name all
    layers.  A finding that stays alone is given back as it is, but for a remedy that would change layers of `graph`
    about which nothing was found: the text of an item is edited only if all the layers that it stands for want it.
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
    copies = _Copies(graph)
    for group in groups.values():
        # A severity left open is the rule's default, the same for the whole group.
        worst = max(group, key=lambda each: SEVERITY_ORDER[each.severity] if each.severity else 0)
        remedy = worst.remedy and copies.agreed([each.remedy for each in group])
        if remedy != worst.remedy:
            worst = worst._replace(remedy=remedy)
        if len(group) > 1:
            names = dict.fromkeys(name for each in group for name in (each.instances or (each.layer,)) if name is not None)
            worst = worst._replace(instances=tuple(names), part=None)
        yield worst


class _Copies:
    """The layers that one item stands for."""

    def __init__(self, graph: Graph | None) -> None:
        self._graph = graph
        self._sites: dict[str, Site] = {}
        self._names: dict[Site, set[str]] = {}

    def agreed(self, remedies: Sequence[Remedy | None]) -> Remedy | None:
        """Return the remedy that all findings of a group have, if no other layer would change with it."""
        remedy = remedies[0]
        if remedy is None or any(each is None or each.edits != remedy.edits for each in remedies):
            return None
        wanting = {name for each in remedies if each is not None for name in each.layers}
        if self._graph is None or not wanting:
            return remedy
        if not self._sites:
            for layer in self._graph.layers:
                self._sites[layer.name] = layer.site
                self._names.setdefault(layer.site, set()).add(layer.name)
        affected = set[str]().union(*(self._names[site] for site in {self._sites[name] for name in wanting}))
        return remedy if affected == wanting else None
