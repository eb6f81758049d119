"""The findings of an expansion: a mistake in a block that is used 23 times is one finding with 23 instances."""

from __future__ import annotations

from typing import Any

from rflint.model import Finding, Note, Site

#: Uses of blocks shown with a finding inside them, innermost first.
_MOST_USES = 4


class Collector:
    """Findings in the order found; the first of those that share a code and a place speaks for all."""

    def __init__(self) -> None:
        #: Whether layers have names; not while a block is looked at by itself.
        self.naming = True
        self._kept: dict[tuple[object, ...], Finding] = {}
        self._instances: dict[tuple[object, ...], list[str]] = {}

    def add(
        self,
        code: str,
        message: str,
        where: Site,
        *,
        layer: str | None = None,
        related: tuple[Note, ...] = (),
        uses: tuple[Note, ...] = (),
        aspect: str = "",
        **more: Any,
    ) -> None:
        """Add a finding unless the same mistake is known; then its layer is one more instance.

        `uses`: where the blocks around it are used, innermost first.  `aspect` tells apart mistakes at one place.
        """
        key = (code, where, aspect)
        if not self.naming:
            layer = None
        if layer is not None:
            instances = self._instances.setdefault(key, [])
            if not instances or instances[-1] != layer:
                instances.append(layer)
        if key not in self._kept:
            self._kept[key] = Finding(code, message, where, layer=layer, related=(*related, *nearest_uses(uses)), **more)

    def extend(self, findings: tuple[Finding, ...]) -> None:
        """Add findings of another stage as they are."""
        for finding in findings:
            self._kept[(len(self._kept),)] = finding

    def blocks_with_findings(self, file: str) -> set[str]:
        """Return the names of the blocks of a file in which something is wrong."""
        sites = (finding.where for finding in self._kept.values())
        return {
            str(site.path[1])
            for site in sites
            if isinstance(site, Site) and site.file == file and site.path[:1] == ("blocks",) and len(site.path) > 1
        }

    def findings(self) -> tuple[Finding, ...]:
        """All of them, in the order found."""
        found = []
        for key, finding in self._kept.items():
            instances = self._instances.get(key, ())
            found.append(finding._replace(instances=tuple(instances)) if len(instances) > 1 else finding)
        return tuple(found)


def nearest_uses(uses: tuple[Note, ...]) -> tuple[Note, ...]:
    """Pick the uses worth showing: the innermost, each place once."""
    places = {note.site: note for note in reversed(uses)}
    return tuple(note for note in uses if places[note.site] is note)[:_MOST_USES]
