"""Bytes of a file to a `Document`: decoding, limits, YAML syntax, each flaw a finding with its place.

Nothing here raises on any input.  libyaml parses where PyYAML has it; else PyYAML itself does, at about a thirtieth of the
speed and with less patience for tabs.
"""

import codecs
import gc
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import yaml
from yaml.scanner import ScannerError

from rflint.model import Finding, Limits, Span
from rflint.reading.document import MASK, Comment, Document
from rflint.reading.events import Builder
from rflint.reading.flaws import Flaws, Stop
from rflint.reading.lines import Lines

__all__ = ["Comment", "Document", "Reading", "read"]

#: None where PyYAML was built without libyaml.
_LIBYAML: Final[Any] = getattr(yaml, "CSafeLoader", None)

_NOT_UTF8: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, b"\0")
#: How a merge conflict begins, in git and its kin.
_CONFLICT: Final = "<<<<<<<"
#: What YAML does not take for printable (1.2.2, 5.1), surrogates aside, which UTF-8 cannot hold; nor a byte-order mark
#: inside a file.
_UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff]")
#: First character of a line, or of the rest of a line, that is neither blank nor a comment.
_CONTENT: Final = re.compile("(?:\\A|[\n\r\x85\u2028\u2029])[ \t]*([^ \t\n\r\x85\u2028\u2029#])")
_REST: Final = re.compile("[ \t]*([^ \t\n\r\x85\u2028\u2029#])")
_VERSION: Final = r"%YAML[ \t]+1\.[12][ \t]*(?:#.*)?$"


class Reading(NamedTuple):
    """What was read."""

    #: None where there is nothing to work with: no text, broken YAML, empty, too large.
    document: Document | None
    #: All RF001, in the order of the text.
    findings: tuple[Finding, ...]
    #: The text, for source frames; with replacement characters where it is not UTF-8.
    text: str


def read(data: bytes, path: str, limits: Limits | None = None) -> Reading:
    """Read one file; `path` is what findings call it.

    There is a document beside findings wherever the structure is known: the first of two equal keys holds, tags are
    passed over, and what has no value at all is null and one of the document's `holes`.
    """
    limits = limits or Limits()
    # Positions have room for no more.
    largest = min(limits.file_size, MASK)
    if len(data) > largest:
        return _refused("", f"the file has more than {largest:,} bytes, the largest that is read")
    if data.startswith(_NOT_UTF8) or data[1:2] == b"\0":
        return _refused(data.decode("utf-8", "replace"), "the file is not UTF-8 text; it looks like UTF-16", "save it as UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _not_utf8(data)
    lines = Lines(text)
    flaws = Flaws(lines, limits.findings)
    builder = Builder(path, flaws, limits)
    collecting = gc.isenabled()
    # The builder makes many objects and no garbage; looking for some takes longer than all the rest.
    gc.disable()
    try:
        complete = _build(text, lines, builder, flaws)
    finally:
        if collecting:
            gc.enable()
    findings = sorted(flaws.findings, key=_place)
    if not complete:
        # Notes name data paths, and there is no data to find them in.
        return Reading(None, tuple(finding._replace(related=()) for finding in findings), text)
    document = Document(path, text, builder.root[0], lines, builder.nodes, frozenset(builder.dropped), frozenset(builder.holes))
    return Reading(document, tuple(findings), text)


def _build(text: str, lines: Lines, builder: Builder, flaws: Flaws) -> bool:
    """Whether the builder holds the whole document of a text; its findings say what is wrong."""
    try:
        _refuse_conflicts(text, lines, flaws)
        printable = _replace_unprintable(text, flaws)
        _refuse_directives(text, flaws)
        before = len(flaws.findings)
        builder.build(_events(printable))
        _refuse_second_document(text, builder.end, flaws)
        if not builder.root or (builder.root[0] is None and not builder.holes):
            flaws.report(0, 0, "the file is empty: a spec begins with `rflint: 1`")
            return False
    except Stop:
        return False
    except yaml.YAMLError as error:
        if _stops_before(error, printable, builder, flaws, before):
            return False
        from rflint.reading.syntax import explain  # noqa: PLC0415 - start-up

        flaw = explain(error, text, lines, _LIBYAML is not None)
        flaws.findings.append(Finding("RF001", flaw.message, lines.span(flaw.start, flaw.end), help=flaw.help))
        return False
    return True


def _stops_before(error: yaml.YAMLError, text: str, builder: Builder, flaws: Flaws, before: int) -> bool:
    """Whether our own limits end the reading before an error does; the flaws, `before` of them older than the reading, say so then.

    The scanner is up to 1,024 characters ahead of the events, and gives up at 1,000 brackets before the 65th is an event.
    """
    if (mark := getattr(error, "problem_mark", None)) is None:
        return False
    told = flaws.findings[before:]
    del flaws.findings[before:]
    try:
        builder.anew().build(_events(text[: mark.index]))
    except Stop:
        return True
    except yaml.YAMLError:
        pass
    flaws.findings[before:] = told
    return False


def _place(finding: Finding) -> tuple[int, int]:
    assert isinstance(finding.where, Span)
    return finding.where.line, finding.where.column


def _refused(text: str, message: str, help: str | None = None, where: Span | None = None) -> Reading:  # noqa: A002 - the field's name
    return Reading(None, (Finding("RF001", message, where or Span(1, 1, 1, 1), help=help),), text)


def _not_utf8(data: bytes) -> Reading:
    body = data.removeprefix(codecs.BOM_UTF8)
    text = body.decode("utf-8", "replace")
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        at = len(body[: error.start].decode("utf-8"))
        offset = error.start + len(data) - len(body)
        where = Lines(text).span(at, at + 1)
        return _refused(text, f"byte 0x{body[error.start]:02X} at offset {offset:,} is not UTF-8", "save the file as UTF-8", where)
    raise AssertionError("the caller could not decode it")


def _replace_unprintable(text: str, flaws: Flaws) -> str:
    """Report control characters, and put a harmless one in their place so that reading can go on."""
    if _UNPRINTABLE.search(text) is None:
        return text
    for match in _UNPRINTABLE.finditer(text):
        code = ord(match[0])
        what = "a byte-order mark" if code == 0xFEFF else "a control character" if code < 0xA0 else "a character that YAML does not allow"
        escape = f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
        remedy = f"remove it, or write it as `{escape}` in double quotes"
        flaws.report(match.start(), match.end(), f"{what} (U+{code:04X}) stands here", remedy)
    return _UNPRINTABLE.sub("\ufffd", text)


def _refuse_conflicts(text: str, lines: Lines, flaws: Flaws) -> None:
    """Stop at merge conflicts: the text holds two versions of the file, even where it is valid YAML."""
    if _CONFLICT not in text:
        return
    from rflint.reading.syntax import conflicts  # noqa: PLC0415 - start-up

    if (flaw := conflicts(text, lines)) is not None:
        flaws.report(flaw.start, flaw.end, flaw.message, flaw.help)
        raise Stop


def _refuse_directives(text: str, flaws: Flaws) -> None:
    """Stop at directives other than one `%YAML`: libyaml takes quadratic time for many, before its first event."""
    content = _CONTENT.search(text)
    if content is None or content[1] != "%":
        return
    if version := re.compile(_VERSION, re.MULTILINE).match(text, content.start(1)):
        content = _CONTENT.search(text, version.end())
        if content is None or content[1] != "%":
            return
    flaws.report(content.start(1), content.end(1), "directives are not read", "remove the lines that begin with `%`")
    raise Stop


def _refuse_second_document(text: str, end: int, flaws: Flaws) -> None:
    """Report what stands after the document; the parser is not asked, for the reason above."""
    content = _REST.match(text, end) or _CONTENT.search(text, end)
    if content is None:
        return
    start, end = content.span(1)
    if text.startswith("---", start):
        flaws.report(start, start + 3, "a second document begins here; a file holds one spec", "move it into a file of its own")
    else:
        remedy = "remove what follows, or the `...` or the closing bracket that ends it"
        flaws.report(start, end, "the document has ended before this", remedy)


def _events(text: str) -> Iterator[Any]:
    if _LIBYAML is not None:
        parser = _LIBYAML(text)
        return iter(parser.get_event, None)
    return _pure_events(text)


def _pure_events(text: str) -> Iterator[Any]:
    """Events of PyYAML's own parser, which lets escaped surrogates pass."""
    parser: Any = yaml.SafeLoader(text)
    for event in iter(parser.get_event, None):
        if getattr(event, "style", None) == '"' and not _is_encodable(event.value):
            raise ScannerError(problem="found invalid Unicode character escape code", problem_mark=event.start_mark)
        yield event


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
