"""Whoever does what a finding says is rid of it, and of nothing as bad instead: every fix, and every advice, of every case."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from flat import flat, followed

from rflint.fixing.mending import apply, edits_of
from rflint.model import LANGUAGE_ERRORS, SEVERITY_ORDER
from rflint.pipeline import lint_bytes, load
from rflint.verdict import Options

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rflint.model import Diagnostic, Graph

CASES = sorted(path for path in (Path(__file__).parent / "cases").glob("*/*.yaml"))

#: Facts that are stated follow from all the rest.
STATED = {"RF601", "RF901"}
#: What comes to light once a finding is gone: misaligned outputs have no drift. And the price that `help` names.
UNCOVERED = {"RF102": {"RF104"}, "RF307": {"RF301"}}

Key = tuple[str, "str | None", "str | None", str]


def lint(text: str) -> tuple[Diagnostic, ...]:
    return tuple(each for each in lint_bytes(text.encode(), "net.yaml", Options()).findings if not each.suppressed)


def about(found: Iterable[Diagnostic]) -> Counter[Key]:
    """Findings by what they are about, an axis each."""
    return Counter(
        (each.code, layer, each.input, axis) for each in found for layer in each.instances or (each.layer,) for axis in each.axes or ("",)
    )


def as_bad(found: Iterable[Diagnostic], severity: str) -> Counter[Key]:
    """Findings of at least this severity, by what they are about."""
    return about(each for each in found if SEVERITY_ORDER[each.severity] >= SEVERITY_ORDER[severity])


def check(mended: Diagnostic, before: Iterable[Diagnostic], after: Iterable[Diagnostic]) -> None:
    """The finding is gone, or milder, and nothing as bad has come."""
    was, now = as_bad(before, mended.severity), as_bad(after, mended.severity)
    gone = about([mended._replace(instances=())])
    assert gone <= was, "the spec has the finding"
    assert not [key for key in gone if now[key] >= was[key]], f"{mended.code} stays: {mended.help}"
    come = [key for key in now - about(before) if key[0] not in UNCOVERED.get(mended.code, ())]
    assert not come or mended.code in STATED, f"{mended.code} is mended, and {come} comes: {mended.help}"


def graph_of(path: Path) -> Graph | None:
    return load(path.read_bytes(), "net.yaml", Options()).graph


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


@pytest.mark.parametrize("path", CASES, ids=name_of)
def test_advice_mends(path: Path) -> None:
    """On the network without its blocks, where each layer can be changed by itself."""
    advised = [each for each in lint(path.read_text("utf-8")) if each.advice]
    graph = graph_of(path)
    if not advised or graph is None:
        return
    data = flat(graph)
    before = lint(yaml.safe_dump(data, sort_keys=False))
    for each in advised:
        for advice in each.advice:
            check(each, before, lint(followed(data, advice)))


@pytest.mark.parametrize("path", CASES, ids=name_of)
def test_fix_mends(path: Path) -> None:
    """In the text as it stands, fix by fix."""
    text = path.read_text("utf-8")
    found = lint(text)
    for each in found:
        if each.fix is None or not each.fix.edits:
            continue
        after = lint(apply(text, edits_of([each])))
        # A fix that takes something out may leave more of the same to take out; what was unreadable shows the rest.
        if each.code in LANGUAGE_ERRORS | {"RF006"}:
            assert sum(other.severity == "error" for other in after if other.code == each.code) <= sum(
                other.severity == "error" for other in found if other.code == each.code
            )
            continue
        check(each, found, after)


def test_there_is_advice_to_follow() -> None:
    codes = {each.code for path in CASES for each in lint(path.read_text("utf-8")) if each.advice}
    assert codes >= {"RF008", "RF102", "RF301", "RF302", "RF305", "RF307", "RF403", "RF601"}
