"""Suppressions at work: which findings they cover, and which of them cover nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from rflint.model import Diagnostic, Finding, Remedy, Removal, Site, Span, SpanEdit
from rflint.verdict.directives import Code, Directive, can_be_suppressed
from rflint.words import covers, listing


def apply(
    diagnostics: Iterable[Diagnostic],
    directives: Sequence[Directive],
    sites: Mapping[str, Sequence[Site]],
    checked: Iterable[str] | None = None,
) -> tuple[tuple[Diagnostic, ...], tuple[tuple[Directive, Finding], ...]]:
    """Mark the diagnostics that are suppressed; the second part names the directives that are not needed, RF901 each.

    `sites` maps the name of an expanded layer to the items that wrote it and brought it in.  `checked` are the codes of
    the rules that ran (None: all): of the others nobody knows whether a suppression is needed.
    """
    index = _Index(directives)
    used: set[tuple[int, str]] = set()
    marked = tuple(_judge(diagnostic, index, sites, used) for diagnostic in diagnostics)
    ran = None if checked is None else frozenset(checked)
    unused = []
    for number, directive in enumerate(directives):
        if codes := [code for code in directive.codes if (number, code.code) not in used and (ran is None or code.code in ran)]:
            unused.append((directive, _unused(directive, codes)))
    return marked, tuple(unused)


def _judge(diagnostic: Diagnostic, index: _Index, sites: Mapping[str, Sequence[Site]], used: set[tuple[int, str]]) -> Diagnostic:
    if not can_be_suppressed(diagnostic.code):
        return diagnostic
    layer_sites = sites.get(diagnostic.layer, ()) if diagnostic.layer is not None else ()
    matching = [
        (number, directive)
        for number, directive in index.near(diagnostic, layer_sites)
        if any(code.code == diagnostic.code for code in directive.codes)
    ]
    if not matching:
        return diagnostic
    used.update((number, diagnostic.code) for number, _ in matching)
    reason = next((directive.reason for _, directive in matching if directive.reason), None)
    return diagnostic._replace(suppressed=True, reason=reason)


class _Index:
    """Directives by what they cover."""

    def __init__(self, directives: Sequence[Directive]) -> None:
        self._by: dict[tuple[str, object], dict[int, Directive]] = defaultdict(dict)
        self._globs: list[tuple[str, int, Directive]] = []
        for number, directive in enumerate(directives):
            if directive.glob is not None:
                self._globs.append((directive.glob, number, directive))
                continue
            covered: Iterable[object] = (None,) if directive.scope == "file" else (directive.line, *directive.items)
            for each in covered:
                self._by[directive.file, each][number] = directive

    def near(self, diagnostic: Diagnostic, sites: Sequence[Site]) -> list[tuple[int, Directive]]:
        """Directives that cover a diagnostic's file, line, or layer, in their order."""
        places = [(diagnostic.path, None), (diagnostic.path, diagnostic.span.line), *((site.file, site.path) for site in sites)]
        found: dict[int, Directive] = {}
        for place in places:
            found.update(self._by.get(place, {}))
        layer = diagnostic.layer
        if layer is not None:
            found.update((number, directive) for glob, number, directive in self._globs if covers(glob, layer))
        return sorted(found.items())


def _unused(directive: Directive, codes: Sequence[Code]) -> Finding:
    listed = listing([f"`{code.written}`" for code in codes])
    verb = "report" if len(codes) > 1 else "reports"
    where = "in this file" if directive.scope == "file" else "here"
    whole = len(codes) == len(directive.codes)
    return Finding(
        "RF901",
        f"this suppression is not needed: {listed} {verb} nothing {where}",
        directive.span if whole else codes[0].span,
        help="remove it" if whole else f"remove {listed} from it",
        data={"codes": [code.code for code in codes]},
        remedy=_without(directive, {code.place for code in codes}),
    )


def _without(directive: Directive, places: set[int]) -> Remedy | None:
    """Take codes out of a suppression; all of it where no other is left."""
    if directive.site is not None:
        path = directive.site.path
        return Remedy(tuple(Removal(Site(directive.file, (*path, place))) for place in sorted(places)))
    entries, whole = directive.entries, directive.whole
    if whole is None:
        return None
    if len(places) == len(entries):
        return Remedy((SpanEdit(whole, ""),))
    edits = []
    for place in sorted(places):
        # A code goes with the comma before it; those in front with the commas behind them.
        before = next((other for other in range(place - 1, -1, -1) if other not in places), None)
        line, start, _, end = entries[place]
        if before is None:
            end = entries[place + 1].column
        else:
            start = entries[place - 1].end_column
        edits.append(SpanEdit(Span(line, start, line, end), ""))
    return Remedy(tuple(edits))
