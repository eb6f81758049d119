"""From the bytes of one spec to its report: read, check, expand, analyse, judge, settle, report.

Pure: files and the terminal are the caller's.
"""

from __future__ import annotations

from rflint.engine import Analysis, analyze
from rflint.language.expand import expand
from rflint.model import Diagnostic, SpecReport
from rflint.reading import source
from rflint.verdict import Loaded, Options, judge, report, resized, settle, severities, swapped


def lint_bytes(data: bytes, path: str, options: Options | None = None) -> SpecReport:
    """Lint one spec: its report, with all findings; raises as `load` does."""
    options = options or Options()
    return lint_loaded(load(data, path, options), options)[0]


def load(data: bytes, path: str, options: Options) -> Loaded:
    """Understand one spec as far as that can be: read, check, and expand it, at the sizes that the options ask for.

    Raises OptionError where a `--size` does not fit the spec; every flaw of the spec itself is a finding.
    """
    reading = source.read(data, path, options.limits)
    if reading.document is None:
        return Loaded(path, reading.findings, {}, reading.text, None)
    checked = options.vocabulary.schema.check(reading.document)
    expanded = expand(reading.document, checked.bad, options.open_import, options.limits, options.vocabulary.schema)
    graph = None if expanded.graph is None else resized(expanded.graph, options.sizes)
    hints = swapped(expanded.graph, options.sizes) if expanded.graph is not None else ()
    findings = (*reading.findings, *checked.findings, *expanded.findings)
    return Loaded(path, findings, expanded.documents, reading.text, graph, expanded.bases, hints)


def errors_of(loaded: Loaded, options: Options) -> tuple[Diagnostic, ...]:
    """Errors that came up while a spec was loaded, which no rule has to look for."""
    told = settle(loaded.findings, loaded, severities(loaded.graph, options), options)
    return tuple(each for each in told if each.severity == "error" and not each.suppressed)


def lint_loaded(loaded: Loaded, options: Options) -> tuple[SpecReport, Analysis | None]:
    """Lint a spec that was loaded with these options: its report, and the analysis that it rests on, if there is one."""
    analysis = None if loaded.graph is None else analyze(loaded.graph)
    enabled = severities(loaded.graph, options)
    judged = judge(loaded, analysis, enabled, options.vocabulary)
    settled = settle([*loaded.findings, *judged], loaded, enabled, options)
    return report(loaded, analysis, settled, layers=options.layers, pictured=options.geometry), analysis
