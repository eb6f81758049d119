"""Whole answers of the questions that rules ask about a few telling nets, kept in tests/data/answers, at declared and at open sizes.

`pytest --update tests/test_answers.py` writes them anew, to be read before they are committed.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rflint.engine import partners, reads_past
from rflint.engine.analysis import Analysis, analyze
from rflint.pipeline import lint_bytes, load
from rflint.questions.alignment import misalignments, size_dependences
from rflint.questions.alignment_edits import find_edits
from rflint.questions.borders import decided_windows, misfit
from rflint.questions.checkerboard import checkerboards
from rflint.questions.conflicts import size_conflicts
from rflint.questions.drift import drifts
from rflint.questions.effective import underweighted_targets
from rflint.questions.even_sizes import even_sizes
from rflint.questions.excess import excesses
from rflint.questions.expectations import failed_facts
from rflint.questions.gridding import griddings
from rflint.questions.growth import growing_windows
from rflint.questions.invalid_sizes import invalid_sizes
from rflint.questions.look_ahead import from_look_ahead, readers_ahead
from rflint.questions.narrowest import unproductive
from rflint.questions.padding import better_padding, blind_windows
from rflint.questions.readers import dropped_borders, lost_samples, skipped_samples
from rflint.questions.size_dependence import aligned_sizes, undecided_merges, varying_paddings
from rflint.questions.summaries import summaries
from rflint.questions.targets import first_to_see, judge_targets
from rflint.questions.tiles import tiles
from rflint.questions.topics import topics
from rflint.questions.unused import dead_ends
from rflint.verdict import Options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conftest import Golden

SPECS = sorted((Path(__file__).parent / "data" / "answers").glob("*.yaml"))


def windows(analysis: Analysis) -> Iterable[object]:
    for window in decided_windows(analysis):
        yield window, better_padding(analysis, window), blind_windows(window.border), window.border.best, window.border.best_shift
        if analysis.axes[window.axes[0]].known and window.border.source < 1:
            yield even_sizes(analysis, [window], window.axes)


def edits(analysis: Analysis) -> Iterable[object]:
    found = misalignments(analysis)
    for own, search in zip(found, find_edits(analysis, found), strict=True):
        yield from (own, search)


def judged(analysis: Analysis) -> Iterable[object]:
    verdicts = judge_targets(analysis)
    yield from verdicts
    yield from first_to_see(analysis, verdicts)


def borders(analysis: Analysis) -> Iterable[object]:
    """Layers whose borders count as those of others, and windows that read what is past."""
    for part, axes in analysis.distinct:
        at = part.program, part.sizings[0].sizes, part.sizings[0].steps
        together = partners(*at)
        if together.counted or reads_past(*at):
            yield axes, dict(together.before), dict(together.after), tuple(sorted(together.counted)), reads_past(*at)


def look_ahead(analysis: Analysis) -> Iterable[object]:
    """Of every map, on causal axes."""
    for part, axes in analysis.distinct:
        for name, trace in part.valid_cases[0].traces.items() if part.program.causal else ():
            yield axes, name, {node: own for node, own in enumerate(trace.ahead) if own is not None}
    yield from readers_ahead(analysis)


QUESTIONS: dict[str, Callable[[Analysis], Iterable[object]]] = {
    "topics": lambda analysis: sorted(topics(analysis)),
    "no size suits": lambda analysis: [misfit(analysis)],
    "windows": windows,
    "borders of others": borders,
    "look-ahead": look_ahead,
    "shifts from look-ahead": lambda analysis: [nodes for found in misalignments(analysis) if (nodes := from_look_ahead(analysis, found))],
    "growing windows": growing_windows,
    "misalignments": edits,
    "merges aligned at some sizes": lambda analysis: [*size_dependences(analysis), *aligned_sizes(analysis), *undecided_merges(analysis)],
    "padding that varies": varying_paddings,
    "invalid sizes": invalid_sizes,
    "conflicts": size_conflicts,
    "failed facts": failed_facts,
    "skipped samples": skipped_samples,
    "dropped borders": dropped_borders,
    "lost samples": lost_samples,
    "griddings": griddings,
    "checkerboards": checkerboards,
    "unproductive": lambda analysis: [unproductive(analysis)],
    "summaries": summaries,
    "dead ends": lambda analysis: dead_ends(analysis.graph),
    "drifts": lambda analysis: [drift for item in analysis.graph.inputs for drift in drifts(analysis, item.name)],
    "targets": judged,
    "underweighted targets": underweighted_targets,
    "beyond limits": excesses,
    "tiles": lambda analysis: tiles(analysis, analysis.graph.outputs),
}


def brief(thing: object) -> str:
    """A value on one line: of values with fields those that are not empty, but where they stand in the text."""
    if hasattr(thing, "numerator"):
        return str(thing)
    names = getattr(thing, "_fields", None) or getattr(type(thing), "__dataclass_fields__", None)
    if names is not None:
        fields = {name: getattr(thing, name) for name in names if name not in ("site", "facts", "coverage")}
        shown = [f"{name}={brief(value)}" for name, value in fields.items() if value not in (None, (), "", {})]
        return f"{type(thing).__name__}({', '.join(shown)})"
    if isinstance(thing, (tuple, list)):
        return f"({', '.join(map(brief, thing))})"
    if isinstance(thing, dict):
        return f"{{{', '.join(f'{key}: {brief(value)}' for key, value in thing.items())}}}"
    return str(thing)


SIZES: dict[str, Options] = {"declared": Options(), "open": Options(sizes=((None, (None,)),))}


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_answers(spec: Path, sizes: str, golden: Golden) -> None:
    graph = load(spec.read_bytes(), spec.name, SIZES[sizes]).graph
    assert graph is not None
    analysis = analyze(graph)
    lines = [f"{node}: {graph.node_name(node)}" for node in range(len(graph.inputs) + len(graph.layers))]
    for question, ask in QUESTIONS.items():
        if answers := [brief(answer) for answer in ask(analysis)]:
            lines += ["", f"{question}:", *answers]
    golden(spec.with_suffix(f".{sizes}"), "".join(f"{line}\n" for line in lines))


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_words(spec: Path, sizes: str, golden: Golden) -> None:
    """All that rules make of them: words, advice and data."""
    lines: list[str] = []
    for finding in lint_bytes(spec.read_bytes(), spec.name, SIZES[sizes]).findings:
        lines += [
            f"{finding.code} {finding.severity} at {finding.layer or finding.input} on {', '.join(finding.axes or ())}",
            finding.message,
        ]
        lines += [*filter(None, [finding.help]), *(note.message for note in finding.related), *map(brief, finding.advice)]
        lines += [*(f"{name}: {brief(value)}" for name, value in finding.data.items()), ""]
    golden(spec.with_suffix(f".{sizes}.words"), "".join(f"{line}\n" for line in lines))
