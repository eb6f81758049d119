"""Fixes applied: which edits, to what text, and whether the spec is the better for them.  Pure: nothing is read or written."""

from __future__ import annotations

import codecs
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Final, NamedTuple

from rflint.model import EMPTY, LANGUAGE_ERRORS, SEVERITY_ORDER, Diagnostic, Edit, SpecReport
from rflint.pipeline import lint_bytes
from rflint.reading.lines import Lines
from rflint.verdict import Options
from rflint.words import Style

#: Rounds of lint, choose, apply: a fix may make room for the next.
_ROUNDS: Final = 10
#: Times that one file is linted again, fewer for large ones (bytes); past it, fixes that are left are left.
_MOST_TRIALS: Final = 100
_FEWEST_TRIALS: Final = 10
_TRIED_BYTES: Final = 4_000_000
#: Whose removals make more of the same possible.
_CASCADING: Final = frozenset(("RF006",))
#: What follows from all the rest: stated facts, and suppressions that are not needed.
_CONSEQUENCES: Final = frozenset(("RF601", "RF901"))


class Mended(NamedTuple):
    """A file after all fixes that did it good."""

    data: bytes
    #: Of the mended file.
    report: SpecReport
    #: Findings mended, by code.
    fixed: Mapping[str, int] = EMPTY
    #: Findings whose fix was tried and taken back, because it did not help or did harm; as they were found.
    dropped: tuple[Diagnostic, ...] = ()


def fixable(diagnostic: Diagnostic, *, unsafe: bool) -> bool:
    """Whether a finding has a fix that may be applied."""
    return diagnostic.fix is not None and bool(diagnostic.fix.edits) and not diagnostic.suppressed and (diagnostic.fix.safe or unsafe)


def choose(diagnostics: Iterable[Diagnostic], path: str, *, unsafe: bool) -> tuple[Diagnostic, ...]:
    """Pick findings whose fixes can be applied to `path` together, in the order of the report.

    A fix is applied whole or not at all.  One that overlaps or touches the edits of an earlier one waits for the next
    round; edits that several findings share are made once.
    """
    taken: list[Edit] = []
    chosen = []
    for each in diagnostics:
        if each.path != path or not fixable(each, unsafe=unsafe):
            continue
        assert each.fix
        fresh = [edit for edit in each.fix.edits if not _holds(taken, edit)]
        if all(_is_free(taken, edit) for edit in fresh):
            for edit in fresh:
                taken.insert(bisect_left(taken, edit), edit)
            chosen.append(each)
    return tuple(chosen)


def edits_of(chosen: Iterable[Diagnostic]) -> tuple[Edit, ...]:
    """Return the edits of findings that were chosen together, in the order of the text."""
    return tuple(sorted({edit for each in chosen if each.fix for edit in each.fix.edits}))


def _holds(taken: Sequence[Edit], edit: Edit) -> bool:
    at = bisect_left(taken, edit)
    return at < len(taken) and taken[at] == edit


def _is_free(taken: Sequence[Edit], edit: Edit) -> bool:
    """Whether an edit keeps clear of all that are taken, which are in order and do not overlap."""
    at = bisect_left(taken, edit)
    return (at == 0 or _end(taken[at - 1]) < _start(edit)) and (at == len(taken) or _end(edit) < _start(taken[at]))


def _start(edit: Edit) -> tuple[int, int]:
    return edit.span.line, edit.span.column


def _end(edit: Edit) -> tuple[int, int]:
    return edit.span.end_line, edit.span.end_column


def apply(text: str, edits: Sequence[Edit]) -> str:
    """Apply edits that do not overlap; everything outside their spans stays as it is.

    `text` is without its byte-order mark, as lines and columns count.
    """
    lines = Lines(text)
    pieces = []
    at = 0
    for edit in sorted(edits):
        start = lines.offset(edit.span.line, edit.span.column)
        pieces += [text[at:start], edit.text]
        at = lines.offset(edit.span.end_line, edit.span.end_column)
    return "".join([*pieces, text[at:]])


def mend(
    data: bytes, path: str, options: Options, *, unsafe: bool, lint: Callable[[bytes, str, Options], SpecReport] = lint_bytes
) -> Mended:
    """Lint, fix and lint again until nothing is left that can be fixed; what does harm is taken back.

    While a spec has errors that keep it from being understood, only their fixes are applied, since what the other rules
    say about it may change.  `lint` is what `lint_bytes` does, and may do more (mark what a baseline knows).
    Raises what `lint` raises.
    """
    return _Mending(path, options, lint, unsafe=unsafe).run(data)


class _State(NamedTuple):
    """A version of the file."""

    data: bytes
    #: As asked for, and as the judge sees it: with all rules.
    report: SpecReport
    full: SpecReport


class _Mending:
    """One file while it is mended."""

    def __init__(self, path: str, options: Options, lint: Callable[[bytes, str, Options], SpecReport], *, unsafe: bool) -> None:
        self._path = path
        self._options = options
        self._lint = lint
        self._unsafe = unsafe
        self._left = 0
        self._fixed: Counter[str] = Counter()
        self._dropped: dict[object, Diagnostic] = {}
        #: Why they were, in words.
        self._reasons: dict[object, str] = {}

    def run(self, data: bytes) -> Mended:
        self._left = max(_FEWEST_TRIALS, min(_MOST_TRIALS, _TRIED_BYTES // max(len(data), 1)))
        state = self._look(data)
        rounds = 0
        while rounds < _ROUNDS and self._left > 0 and (chosen := self._candidates(state)):
            before = state.data
            state = self._settle(state, chosen)
            if state.data != before:
                rounds += 1
                # What did harm to the text as it was may do good to what it has become.
                self._dropped.clear()
        return Mended(state.data, self._told(state), dict(sorted(self._fixed.items())), tuple(self._dropped.values()))

    def _told(self, state: _State) -> SpecReport:
        """The report without the fixes that do harm, and those that are not made while the spec is not understood."""
        waits = _hindrances(state.full) > 0
        findings = tuple(
            each._replace(fix=None, help=_joined(each.help, self._reasons.get(_identity(each))))
            if each.fix and (_identity(each) in self._dropped or (waits and each.code not in LANGUAGE_ERRORS))
            else each
            for each in state.report.findings
        )
        return state.report._replace(findings=findings)

    def _look(self, data: bytes) -> _State:
        report = self._lint(data, self._path, self._options)
        # A rule that nobody asked for has a say all the same in whether a fix does harm.
        full = self._lint(data, self._path, self._options._replace(select=())) if self._options.select else report
        return _State(data, report, full)

    def _candidates(self, state: _State) -> tuple[Diagnostic, ...]:
        found = [each for each in state.report.findings if fixable(each, unsafe=self._unsafe) and _identity(each) not in self._dropped]
        if _hindrances(state.full):
            found = [each for each in found if each.code in LANGUAGE_ERRORS]
        first = [each for each in found if each.code not in _CONSEQUENCES]
        return choose(first, self._path, unsafe=self._unsafe) or choose(found, self._path, unsafe=self._unsafe)

    def _settle(self, state: _State, chosen: Sequence[Diagnostic]) -> _State:
        """Apply all of the fixes; where that does harm, each half for itself."""
        if not chosen or self._left <= 0:
            return state
        self._left -= 1
        trial = self._look(_edited(state.data, edits_of(chosen)))
        if _is_better(state.full, trial.full, chosen):
            self._fixed.update(each.code for each in chosen)
            return trial
        if len(chosen) == 1:
            self._dropped[_identity(chosen[0])] = chosen[0]
            self._reasons[_identity(chosen[0])] = _why_not(state.full, trial.full)
            return state
        middle = len(chosen) // 2
        state = self._settle(state, chosen[:middle])
        waiting = Counter(map(_identity, chosen[middle:]))
        again = []
        # After other edits the rest stands elsewhere.
        for each in self._candidates(state):
            if waiting[_identity(each)]:
                waiting[_identity(each)] -= 1
                again.append(each)
        return self._settle(state, again)


def unified_diff(before: bytes, after: bytes, path: str, style: Style) -> str:
    """Write the difference of two versions of a file: as a patch, or, where colours are on, for the eye."""
    from rflint.fixing.diffing import painted, unified_diff  # noqa: PLC0415 - start-up

    diff = unified_diff(before.decode("utf-8", "replace"), after.decode("utf-8", "replace"), path)
    return painted(diff, style) if style.color else diff


def _edited(data: bytes, edits: Sequence[Edit]) -> bytes:
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    return mark + apply(data.removeprefix(mark).decode(), edits).encode()


def _identity(diagnostic: Diagnostic) -> object:
    """What a finding and its fix are, wherever in the text they stand."""
    assert diagnostic.fix
    return diagnostic.fingerprint, diagnostic.message, tuple(edit.text for edit in diagnostic.fix.edits)


def _hindrances(report: SpecReport) -> int:
    """Count the errors that keep a spec from being understood."""
    return sum(each.severity == "error" and each.code in LANGUAGE_ERRORS for each in report.findings)


def _unreadable(report: SpecReport) -> int:
    return sum(each.code == "RF001" for each in report.findings)


def _is_better(before: SpecReport, after: SpecReport, mended: Sequence[Diagnostic]) -> bool:
    """Whether the mended findings are gone, or milder, and nothing as bad has come instead.

    Where errors of the language were mended, the findings of other rules come to light for the first time.
    """
    if after.internal_error is not None:
        return False
    was, now = _severities(before), _severities(after)
    counts = Counter((each.fingerprint, SEVERITY_ORDER[each.severity]) for each in mended)
    for (fingerprint, severity), count in counts.items():
        if sum(each >= severity for each in was[fingerprint]) - sum(each >= severity for each in now[fingerprint]) < count:
            return False
    if hindered := _hindrances(before):
        return _hindrances(after) <= hindered and _unreadable(after) <= _unreadable(before)
    least = min(severity for _, severity in counts)
    # With what is not needed, more may have become so.
    explained = (
        {each.fingerprint for each in after.findings if each.code in _CASCADING} if _CASCADING & {each.code for each in mended} else ()
    )
    return all(severity < least for fingerprint, severity in _new(was, now) if fingerprint not in explained)


def _why_not(before: SpecReport, after: SpecReport) -> str:
    """Say why a fix was taken back."""
    known = Counter((each.code, each.message) for each in before.findings)
    came = next((each for each in after.findings if not each.suppressed and not known[each.code, each.message]), None)
    return (
        "its fix was tried and taken back: it does not help"
        if came is None
        else (f"its fix was tried and taken back: it uncovers {came.code}, {came.message}")
    )


def _joined(help_: str | None, reason: str | None) -> str | None:
    return "; ".join(filter(None, (help_, reason))) or None


def _severities(report: SpecReport) -> dict[str, list[int]]:
    """Severities of the findings that share a fingerprint, the worst first."""
    found: dict[str, list[int]] = defaultdict(list)
    for each in report.findings:
        if not each.suppressed:
            found[each.fingerprint].append(SEVERITY_ORDER[each.severity])
    for severities in found.values():
        severities.sort(reverse=True)
    return found


def _new(was: Mapping[str, Sequence[int]], now: Mapping[str, Sequence[int]]) -> Iterator[tuple[str, int]]:
    """Fingerprints and severities of findings that were not there, or are worse than they were."""
    for fingerprint, severities in now.items():
        yield from (
            (fingerprint, severity)
            for severity, known in zip_longest(severities, was.get(fingerprint, ())[: len(severities)], fillvalue=-1)
            if severity > known
        )
