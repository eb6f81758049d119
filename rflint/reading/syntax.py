"""What PyYAML says of broken YAML, in words that name the mistake and the way out; and merge conflicts, which it knows nothing of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final

from yaml.error import MarkedYAMLError, YAMLError

from rflint.reading.lines import Lines
from rflint.words import listing

#: The lines that a merge leaves: before ours, before what both sides began with (diff3), before theirs, after theirs.
_MARKER: Final = re.compile(r"^(?:<{7}|\|{7}|>{7})(?: [^\r\n]*)?(?=\r?$)|^={7}(?=\r?$)", re.MULTILINE)
#: What each of them stands after.
_FOLLOWS: Final[Mapping[str, str]] = {"|": "<", "=": "<|", ">": "="}
#: Conflicts whose lines a message names, and that it counts.
_NAMED: Final = 3
_COUNTED: Final = 100

_QUOTES: Final = "put the text in quotes"
_INDENTATION: Final = "check the indentation here and in the line above"
#: A word behind a blank, and nothing after it.
_WORD_BEFORE: Final = re.compile(r"\s(\w{1,40})\Z")
#: Characters of an expression that is quoted in an advice.
_LONGEST_EXPRESSION: Final = 60
_BACKSLASH: Final = r"write `\\` for a backslash, or use single quotes, where it is a plain character"
#: What opens a construct that is left open, by what PyYAML calls the construct.
_CLOSED_BY: Final[Mapping[str, str]] = {"a flow sequence": "]", "a flow mapping": "}"}


@dataclass(frozen=True, slots=True)
class Flaw:
    """A syntax error, told; the offsets of what to point at."""

    start: int
    end: int
    message: str
    help: str | None = None


@dataclass(frozen=True, slots=True)
class _Case:
    """An error as PyYAML gives it, with offsets: where it struck, and where the construct began that it struck in."""

    problem: str
    context: str
    at: int
    began: int
    text: str
    lines: Lines
    libyaml: bool

    @property
    def character(self) -> str:
        """What stands where it struck; empty at the end of the file."""
        return self.text[self.at : self.at + 1]

    def here(self, message: str, help: str | None = None) -> Flaw:  # noqa: A002 - the field's name
        """Point at where it struck, at the end of the file at its last character."""
        at = self.at if self.character.strip() or self.character == "\t" else len(self.text[: self.at].rstrip()) - 1
        return Flaw(max(at, 0), max(at, 0) + 1, message, help)

    def beginning(self, message: str, help: str | None = None) -> Flaw:  # noqa: A002 - the field's name
        """Point at where the construct began."""
        return Flaw(self.began, self.began + 1, message, help)


def conflicts(text: str, lines: Lines) -> Flaw | None:
    """Tell of the merge conflicts that nobody resolved; None where no `<<<<<<<` is followed by `=======` and `>>>>>>>`.

    Whether the text is YAML says nothing here: in brackets and quotes the markers may pass for words.
    """
    if not (found := list(islice(_conflicts(text), _COUNTED))):
        return None
    first = found[0]
    what = f"the file holds merge-conflict markers, in lines {listing([str(lines.number(each.start())) for each in first])}"
    end = "nothing in it is checked until the conflict is resolved"
    if len(found) > 1:
        spans = [f"{lines.number(each[0].start())}-{lines.number(each[-1].start())}" for each in found[:_NAMED]]
        count = str(len(found)) if len(found) < _COUNTED else f"{_COUNTED} or more"
        where = f"{'the first ' * (len(found) > _NAMED)}in lines {listing(spans)}"
        what = f"the file holds the markers of {count} merge conflicts, {where}"
        end = "nothing in it is checked until they are resolved"
    kinds = [f"`{kind}`" for kind in ("<<<<<<<", "|||||||", "=======", ">>>>>>>") if any(each[0].startswith(kind) for each in first)]
    remedy = f"keep what is meant of the two versions, and remove the lines that begin with {listing(kinds)}"
    return Flaw(first[0].start(), first[0].end(), f"{what}: {end}", remedy)


def _conflicts(text: str) -> Iterator[list[re.Match[str]]]:
    """Find the markers of each conflict."""
    markers: list[re.Match[str]] = []
    for marker in _MARKER.finditer(text):
        kind = marker[0][0]
        if kind == "<":
            markers = [marker]
        elif markers and markers[-1][0][0] in _FOLLOWS[kind]:
            markers.append(marker)
            if kind == ">":
                yield markers
                markers = []


def explain(error: YAMLError, text: str, lines: Lines, libyaml: bool) -> Flaw:
    """Say what an error of PyYAML means; `libyaml`: its C parser raised it."""
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return Flaw(0, 0, "the file is not valid YAML")
    at = min(error.problem_mark.index, len(text))
    end_of_line = text.find("\n", at)
    if (marker := _MARKER.search(text, 0, len(text) if end_of_line < 0 else end_of_line)) is not None:
        message = f"`{marker[0][:7]}` begins a line that a merge conflict left here"
        return Flaw(marker.start(), marker.end(), message, "remove the line, and see that what stands around it is meant so")
    began = at if error.context_mark is None else error.context_mark.index
    case = _Case(error.problem or "", error.context or "", at, began, text, lines, libyaml)
    for pattern, tell in _CASES:
        if re.search(pattern, case.problem):
            return tell(case)
    return case.here(f"the file is not valid YAML here ({case.problem or case.context})")


def _bad_start(case: _Case) -> Flaw:
    if case.character == "\t":
        more = "" if case.libyaml else " (PyYAML works without libyaml here, and then takes no tabs after `:` or before comments either)"
        return case.here("a tab stands where YAML takes only spaces", f"indent with spaces{more}")
    return case.here(
        "text cannot begin with a backtick" if case.character == "`" else f"text cannot begin with `{case.character}`", _QUOTES
    )


def _open_collection(case: _Case) -> Flaw:
    opening = case.text[case.began : case.began + 1]
    closing = next((each for name, each in _CLOSED_BY.items() if case.context.endswith(name)), "")
    if not case.character.strip():
        return case.beginning(f"this `{opening}` is never closed", f"add the `{closing}`")
    line = case.lines.number(case.began)
    if case.character == "{" and case.text[case.at - 1 : case.at] == "$":
        end = case.text.find("}", case.at)
        written = case.text[case.at - 1 : end + 1] if 0 < end - case.at < _LONGEST_EXPRESSION else "${…}"
        what = f"an expression inside of `{opening}…{closing}` needs quotes"
        return Flaw(case.at - 1, case.at + max(len(written) - 1, 1), what, f'write `"{written}"`')
    what = f"expected `,` or `{closing}` here: the `{opening}` of line {line} is still open"
    if case.character == ":" and (word := _WORD_BEFORE.search(case.text, case.began, case.at)) is not None:
        return case.here(what, f"put a `,` before `{word[1]}`, or text that holds `: ` in quotes")
    return case.here(what)


def _open_quote(case: _Case) -> Flaw:
    return case.beginning("this quote is never closed", f"add the closing `{case.text[case.began : case.began + 1]}`")


def _no_key(case: _Case) -> Flaw:
    column = case.lines.position(case.at)[1]
    if case.text[case.at - column + 1 : case.at].strip(" -"):
        if case.character in "]}":
            return case.here(f"this `{case.character}` closes nothing", "remove it, or open what it is to close")
        return case.here("nothing can follow a value that is complete", "put the whole text in quotes, or a comma between two values")
    line = case.lines.number(case.began)
    if case.context.endswith("mapping"):
        return case.here(f"expected a key of the mapping that begins in line {line}", _INDENTATION)
    return case.here(f"expected `- ` and an item of the list that begins in line {line}", _INDENTATION)


def _no_colon(case: _Case) -> Flaw:
    rest = re.compile(r"[^\n\r\x85\u2028\u2029]*").match(case.text, case.began)
    end = case.began + len(rest[0].rstrip()) if rest else case.began
    remedy = "write `key: value`, or indent it as part of the value above"
    return Flaw(case.began, end, "this line has no `:`, and the lines around it are a mapping", remedy)


def _no_value(case: _Case) -> Flaw:
    if not case.character.strip():
        return case.here("the file ends here, in the middle of a value")
    return case.here("expected a value here", f"{_QUOTES} if this is one")


def _bad_name(case: _Case) -> Flaw:
    sigil = case.text[case.began : case.began + 1]
    what = "alias" if sigil == "*" else "anchor"
    return case.beginning(f"`{sigil}` begins the name of an {what}, in letters, digits, `-` and `_`", f"{_QUOTES} if it is none")


_CASES: Final[tuple[tuple[str, Callable[[_Case], Flaw]], ...]] = (
    ("cannot start any token|tab character", _bad_start),
    (
        "mapping values are not allowed",
        lambda case: case.here("a `:` cannot begin a value here", f"{_INDENTATION}; put text that holds `: ` in quotes"),
    ),
    ("expected ',' or '[]}]'", _open_collection),
    ("unexpected end of stream", _open_quote),
    ("expected key|expected <block end>|expected '-' indicator", _no_key),
    ("expected ':'", _no_colon),
    (
        "sequence entries are not allowed",
        lambda case: case.here("a list cannot begin in this line", "begin it in a line of its own, or write it as `[a, b]`"),
    ),
    ("alphabetic or numeric", _bad_name),
    ("unknown escape character", lambda case: case.here("this escape has no meaning in double quotes", _BACKSLASH)),
    ("hexdecimal|hexadecimal|Unicode character escape", lambda case: case.here("this escape stands for no character", _BACKSLASH)),
    ("undefined tag handle", lambda case: case.here("tags are not read: a spec is plain data", "remove the tag")),
    ("expected (?:the )?node content", _no_value),
    ("comment or line break|chomping or indentation", lambda case: case.here("expected the end of the line after `|` or `>`", _QUOTES)),
)
