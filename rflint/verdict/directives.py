"""Suppressions as they are written: `# rflint: ignore[RF301] why` in comments, `ignore: [RF301]` in layers."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

from rflint.model import DataPath, Finding, Remedy, Site, SiteEdit, Span, SpanEdit
from rflint.reading.document import Comment, Document
from rflint.verdict.severity import MOST_GUESSES
from rflint.words import certain, misspelt, suggest

#: Directives of one file that are read; also keeps hostile files cheap.
MOST_DIRECTIVES: Final = 10_000
#: Globs of one `ignore` that are read; each is held against each finding.
MOST_GLOBS: Final = 256
#: `data["kind"]` of the finding about a suppression that names no rule.
UNKNOWN_RULE: Final = "unknown-rule"
#: Comment lines between a directive and the layer it stands above.
_STACK: Final = 20

_MARKER: Final = re.compile(r"#[ \t]*rflint:")
_BODY: Final = r"[ \t]*([\w-]*)[ \t]*(\[[^\]]*\]?)?(.*)"
#: The first line of a spec that was commented out.
_VERSION: Final = r"[ \t]*[0-9]+[ \t]*"
#: What other tools call it.
_ALSO_CALLED: Final = {
    **dict.fromkeys(("allow", "disable", "disable-line", "disable-next-line", "noqa", "off", "skip", "suppress"), "ignore"),
    **dict.fromkeys(("disable-file", "ignore-all", "skip-file", "suppress-file"), "ignore-file"),
}


class Code(NamedTuple):
    """A rule named by a suppression."""

    code: str
    #: Code or name.
    written: str
    span: Span
    #: Place among all that the suppression lists.
    place: int = 0


class Directive(NamedTuple):
    """One suppression."""

    #: Display path of its document.
    file: str
    #: The whole directive.
    span: Span
    codes: tuple[Code, ...]
    reason: str | None
    scope: Literal["file", "layer"]
    #: Scope `layer`: the line whose findings it covers; 0: those of `items` only.
    line: int = 0
    #: Scope `layer`: the items whose layers' findings it covers.
    items: frozenset[DataPath] = frozenset()
    #: Beside `extends`: names of layers that it covers, `*` for any text.
    glob: str | None = None
    #: Of a field: where it stands.
    site: Site | None = None
    #: Of a comment: what goes with it, and the places of all that it lists.
    whole: Span | None = None
    entries: tuple[Span, ...] = ()


class _Raw(NamedTuple):
    """A directive as written."""

    comment: Comment
    word: str
    codes: tuple[Code, ...]
    reason: str | None
    span: Span
    whole: Span
    entries: tuple[Span, ...]


def read(document: Document, known: Mapping[str, str]) -> tuple[tuple[Directive, ...], tuple[Finding, ...]]:
    """Read all suppressions of a document; `known` maps the codes and the names of all rules to codes.

    What is malformed is a finding RF901, of kind UNKNOWN_RULE where it names no rule, and suppresses nothing.
    """
    raw: list[_Raw] = []
    findings: list[Finding] = []
    for comment in document.comments(_MARKER):
        _take(comment, document, known, raw, findings)
        if len(raw) + len(findings) >= MOST_DIRECTIVES:
            message = f"the file has more than {MOST_DIRECTIVES:,} suppressions; the rest are not read"
            findings.append(Finding("RF901", message, _span(comment, 0, len(comment.text))))
            break
    found = (*_located(document, raw), *_of_fields(document, known, findings))
    return found, tuple(findings)


def can_be_suppressed(code: str) -> bool:
    """Whether it is a matter of judgement: not a spec that cannot be understood, nor a suppression without effect."""
    return not code.startswith("RF0") and code != "RF901"


def _span(comment: Comment, start: int, end: int) -> Span:
    return Span(comment.line, comment.column + start, comment.line, comment.column + end)


def _take(comment: Comment, document: Document, known: Mapping[str, str], raw: list[_Raw], findings: list[Finding]) -> None:
    """Read the directives of one comment; each lasts to the next, or to the end of the line."""
    starts = [match.span() for match in _MARKER.finditer(comment.text)]
    ends = [start for start, _ in starts[1:]] + [len(comment.text)]
    for (start, begin), stop in zip(starts, ends, strict=True):
        end = start + len(comment.text[start:stop].rstrip())
        body = comment.text[begin:end]
        if re.fullmatch(_VERSION, body):
            continue
        span = _span(comment, start, end)
        match = re.fullmatch(_BODY, body, re.DOTALL)
        assert match
        word, brackets, rest = match[1], match[2] or "", match[3]
        if word not in ("ignore", "ignore-file"):
            names_rules = brackets.endswith("]") and bool(brackets.strip("[] \t,"))
            where = _span(comment, begin + match.start(1), begin + match.end(1)) if names_rules else None
            findings.append(_unknown_word(word, span, where))
        elif not brackets.strip("[] \t,"):
            findings.append(Finding("RF901", f"`{word}` must name the rules that it ignores", span, help=_example(word)))
        elif not brackets.endswith("]"):
            findings.append(Finding("RF901", f"the `[` of this `{word}` is never closed", span, help="add the `]`"))
        elif word == "ignore-file" and comment.line >= document.extent(())[0]:
            message = "`ignore-file` must stand before the first key of the file"
            findings.append(Finding("RF901", message, span, help="move it up, or use `ignore`"))
        else:
            entries = tuple(_entries(comment, begin + match.start(2) + 1, brackets[1:-1]))
            if codes := tuple(_codes(entries, known, findings)):
                whole = _whole(document, comment, start, stop)
                raw.append(_Raw(comment, word, codes, rest.strip() or None, span, whole, tuple(place for _, place in entries)))


def _whole(document: Document, comment: Comment, start: int, stop: int) -> Span:
    """Text to delete with a directive: the blanks before it too, and the whole line where nothing else stands on it."""
    if stop < len(comment.text):
        return _span(comment, start, stop)
    number, line = comment.line, document.line(comment.line)
    if before := line[: comment.column - 1 + start].rstrip(" \t"):
        return Span(number, len(before) + 1, number, len(line) + 1)
    last = document.lines.number(len(document.text))
    if number < last or number == 1:
        return Span(number, 1, number + 1, 1) if number < last else Span(1, 1, 1, len(line) + 1)
    return Span(number - 1, len(document.line(number - 1)) + 1, number, len(line) + 1)


def _unknown_word(word: str, span: Span, where: Span | None) -> Finding:
    """Report a directive that there is not; `where`: its word, if the rest of it is in order."""
    if not word:
        return Finding("RF901", "this comment is no directive of rflint", span, help=_example("ignore"))
    known = ("ignore", "ignore-file")
    called = _ALSO_CALLED.get(word.lower())
    meant = called or suggest(word, known)
    remedy = Remedy((SpanEdit(where, meant),)) if where and meant and meant in (called, misspelt(word, known)) else None
    return Finding("RF901", f"`{word[:60]}` is no directive of rflint", span, help=_example(meant or "ignore"), remedy=remedy)


def _example(word: str) -> str:
    return f"write `# rflint: {word}[RF301] why`"


def _entries(comment: Comment, begin: int, listed: str) -> Iterator[tuple[str, Span]]:
    """Find the entries between brackets, and their places."""
    for match in re.finditer(r"[^,\s](?:[^,]*[^,\s])?", listed):
        yield match[0], _span(comment, begin + match.start(), begin + match.end())


def _codes(entries: Iterable[tuple[str, Span]], known: Mapping[str, str], findings: list[Finding]) -> Iterator[Code]:
    """Rules that are listed, each once."""
    seen = set()
    for place, (written, span) in enumerate(entries):
        code = _code(written, span, place, known, findings)
        if code is not None and code.code not in seen:
            seen.add(code.code)
            yield code


def _code(written: str, span: Span, place: int, known: Mapping[str, str], findings: list[Finding], site: Site | None = None) -> Code | None:
    """One rule that is listed; `site`: of an entry of a field."""
    if (code := known.get(written)) is None:
        guesses = known if len(findings) < MOST_GUESSES else ()
        meant = suggest(written, guesses)
        help_ = f"did you mean `{meant}`?" if meant else "`rflint rules` lists the rules"
        edit = meant if meant is not None and meant == certain(written, known) else None
        edits = (SpanEdit(span, edit) if site is None else SiteEdit(site, edit),) if edit else ()
        remedy = Remedy(edits, safe=edit == misspelt(written, known)) if edits else None
        message, data = f"no rule is called `{written[:60]}`", {"kind": UNKNOWN_RULE}
        findings.append(Finding("RF901", message, span, help=help_, data=data, remedy=remedy))
    elif not can_be_suppressed(code):
        help_ = "remove the suppression that suppresses nothing" if code == "RF901" else "mend what it reports"
        findings.append(Finding("RF901", f"`{written}` cannot be suppressed", span, help=help_))
    else:
        return Code(code, written, span, place)
    return None


def _located(document: Document, raw: Sequence[_Raw]) -> Iterator[Directive]:
    """Find the lines and items that directives in comments cover."""
    lines = {each.comment.line: _target(document, each.comment) for each in raw if each.word == "ignore"}
    items = _items_at(document, sorted(set(lines.values()))) if lines else {}
    for each in raw:
        if each.word == "ignore-file":
            yield Directive(document.path, each.span, each.codes, each.reason, "file", whole=each.whole, entries=each.entries)
        else:
            line = lines[each.comment.line]
            covered = items.get(line, frozenset())
            yield Directive(
                document.path, each.span, each.codes, each.reason, "layer", line, covered, whole=each.whole, entries=each.entries
            )


def _target(document: Document, comment: Comment) -> int:
    """Line that a directive is about: its own, or the next below that is not a comment where it stands alone."""
    line = comment.line
    if document.line(line)[: comment.column - 1].lstrip()[:1] not in ("", "#"):
        return line
    below = range(line + 1, line + 1 + _STACK)
    return next((following for following in below if not document.line(following).lstrip().startswith("#")), line)


def _items_at(document: Document, lines: Sequence[int]) -> dict[int, frozenset[DataPath]]:
    """Items that lines are about: those that begin there, else the innermost that goes on there.

    `lines` are sorted.  Items nest, so that a later one that goes on in a line is the inner one.
    """
    beginning: dict[int, list[DataPath]] = defaultdict(list)
    around: dict[int, tuple[int, DataPath]] = {}
    for path, _ in _item_lists(document.data):
        for index, (first, last) in enumerate(document.extents(path)):
            at = bisect_left(lines, first)
            if at < len(lines) and lines[at] == first:
                beginning[first].append((*path, index))
                at += 1
            while at < len(lines) and lines[at] <= last:
                if first >= around.get(lines[at], (0, ()))[0]:
                    around[lines[at]] = (first, (*path, index))
                at += 1
    return {line: frozenset(beginning.get(line) or ([around[line][1]] if line in around else ())) for line in lines}


def _item_lists(data: Any) -> Iterator[tuple[DataPath, list[Any]]]:
    """Find the lists of items in a spec: its layers, those of its blocks, and of their branches."""
    if not isinstance(data, dict):
        return
    pending: list[tuple[DataPath, Any]] = [(("layers",), data.get("layers"))]
    blocks = data.get("blocks")
    if isinstance(blocks, dict):
        pending.extend((("blocks", name, "layers"), block.get("layers")) for name, block in blocks.items() if isinstance(block, dict))
    while pending:
        path, items = pending.pop()
        if not isinstance(items, list):
            continue
        yield path, items
        for index, item in enumerate(items):
            if isinstance(item, dict) and isinstance(branches := item.get("branches"), dict):
                pending.extend(((*path, index, "branches", name), branch) for name, branch in branches.items())


def _of_fields(document: Document, known: Mapping[str, str], findings: list[Finding]) -> Iterator[Directive]:
    """Suppressions in the field `ignore`; that it is a list of words is for the schema to say."""
    if "ignore" not in document.text:
        return
    globs = 0
    for field, listed, glob in _ignores(document.data):
        if not isinstance(listed, list):
            continue
        globs += glob is not None
        if globs > MOST_GLOBS:
            message = f"`ignore` has more than {MOST_GLOBS} names and globs; the rest are not read"
            findings.append(Finding("RF901", message, document.span(field), help="say more with `*`"))
            break
        sites = ((place, written, Site(document.path, (*field, place))) for place, written in enumerate(listed))
        checked = (
            _code(written, document.span(site.path), place, known, findings, site)
            for place, written, site in sites
            if isinstance(written, str)
        )
        codes = tuple(code for code in checked if code is not None)
        if codes:
            covered = frozenset({field[:-1]}) if glob is None else frozenset()
            yield Directive(document.path, document.span(field), codes, None, "layer", 0, covered, glob, Site(document.path, field))


def _ignores(data: Any) -> Iterator[tuple[DataPath, Any, str | None]]:
    """Yield the fields `ignore` of a spec: of its items, and, by globs, of the layers of the spec that it extends."""
    for path, items in _item_lists(data):
        for index, item in enumerate(items):
            if isinstance(item, dict) and "ignore" in item:
                yield (*path, index, "ignore"), item["ignore"], None
    if isinstance(data, dict) and "extends" in data and isinstance(data.get("ignore"), dict):
        for glob, listed in data["ignore"].items():
            yield ("ignore", glob), listed, glob
