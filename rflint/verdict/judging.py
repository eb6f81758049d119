"""What the rules find in a spec, and what kept some of them from speaking."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from rflint.engine import Analysis
from rflint.model import Finding, Graph, Note, Site
from rflint.questions.topics import topics
from rflint.reading.document import Document
from rflint.validation.vocabulary import Vocabulary
from rflint.verdict.loaded import Loaded
from rflint.verdict.severity import Severities, unknown_rules
from rflint.words import error_text


def judge(loaded: Loaded, analysis: Analysis | None, severities: Severities, vocabulary: Vocabulary) -> Iterator[Finding]:
    """Findings of all rules that are not off, and of plug-ins and `rules` that could not be obeyed."""
    for failure in vocabulary.failures:
        # Told of each spec: what the plug-in would have found there is not known.
        advice = "mend or uninstall it, or set RFLINT_PLUGINS=off to run without plug-ins"
        yield Finding("RF902", failure, loaded.head, help=advice, data={"kind": failure})
    if analysis is None:
        return
    if not vocabulary.failures:
        # Else what is unknown may be a rule of the plug-in that failed.
        yield from unknown_rules(analysis.graph, loaded.documents, vocabulary.entry_by)
    yield from _with_uses(_run_rules(loaded, analysis, severities, vocabulary), analysis.graph, loaded.documents)


def _run_rules(loaded: Loaded, analysis: Analysis, severities: Severities, vocabulary: Vocabulary) -> Iterator[Finding]:
    """Findings of the rules; a rule, or an op of a plug-in, that fails becomes a finding itself."""
    if analysis.crashes:
        from rflint.extensions import guard  # noqa: PLC0415 - start-up

        yield from guard.crashed_ops(analysis)
    read_only, there = None, topics(analysis)
    for rule in [entry.load() for entry in severities.speaking if not there.isdisjoint(entry.topics)]:
        if rule.code in vocabulary.providers:
            from rflint.extensions import guard  # noqa: PLC0415 - start-up

            read_only = read_only or guard.read_only(analysis)
            yield from guard.findings_of(rule, vocabulary.providers[rule.code], read_only, loaded.documents, loaded.head)
            continue
        try:
            yield from [] if rule.check is None else list(rule.check(analysis))
        except Exception as error:  # a broken rule must not hide the findings of the others
            text = f"rule {rule.code} ({rule.name}) failed: {type(error).__name__}: {error_text(error)}"
            advice = "this is a bug of the rule; the other rules ran"
            yield Finding("RF902", text, loaded.head, help=advice, data={"kind": rule.code, "rule": rule.code})


def _with_uses(findings: Iterable[Finding], graph: Graph, documents: Mapping[str, Document]) -> Iterator[Finding]:
    """Findings about layers of blocks also name where the blocks are used, outermost first."""
    origins: dict[str, tuple[Site, ...]] = {}

    def completed(finding: Finding) -> Finding:
        if not origins:
            origins.update((layer.name, layer.origin) for layer in graph.layers)
        notes = [
            Note(f"block `{used}` is used here", site)
            for site in origins.get(finding.layer or "", ())
            if (used := _used_block(documents[site.file], site)) is not None
        ]
        part = finding.part
        return finding._replace(related=(*finding.related, *notes), part=None if part is None else lambda names: completed(part(names)))

    return map(completed, findings)


def _used_block(document: Document, site: Site) -> str | None:
    """Name of the block that an item uses; None for an item with branches, which stand where they are written."""
    used = document.value(site.path).get("use")
    return used if isinstance(used, str) else None
