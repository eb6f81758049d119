"""What a finding is: where it points, what it says, how it is ordered.

Rules and front-end stages speak of *sites* (a file and a path into its data); one place, `rflint.lint`, turns
sites into spans.  Nothing here reads a file or prints.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

Severity = Literal["info", "warning", "error"]

SEVERITY_ORDER: Final[Mapping[str, int]] = {"info": 0, "warning": 1, "error": 2}

#: A path into a document's plain data: mapping keys and list indexes, outermost first.
DataPath = tuple[str | int, ...]


#: Default of mapping fields: shared, so never to be changed.
EMPTY: Final[Mapping[str, Any]] = {}


class Span(NamedTuple):
    """A stretch of text: 1-based lines and columns in code points, the end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


class Site(NamedTuple):
    """A place in a document, named by its data path; `key` means the key itself rather than its value."""

    file: str
    path: DataPath = ()
    key: bool = False


class Note(NamedTuple):
    """A second place that belongs to a finding, and what is there."""

    message: str
    site: Site


class SiteEdit(NamedTuple):
    """Replace the value (or the key, when `site.key`) at a site by `text`."""

    site: Site
    text: str


class SpanEdit(NamedTuple):
    """Replace the text of a span."""

    span: Span
    text: str


class Remedy(NamedTuple):
    """Edits that mend a finding; `safe` means that nothing else about the network changes."""

    edits: tuple[SiteEdit | SpanEdit, ...]
    safe: bool = True


class Finding(NamedTuple):
    """One finding as a stage or a rule states it, before positions are known."""

    #: `RF102`
    code: str
    #: One sentence or two: what is wrong, where, by how much.
    message: str
    #: Where to point.  A span only for what has no data path (syntax).
    where: Site | Span
    #: None: the rule's default; the spec's `rules` and the configuration have the last word.
    severity: Severity | None = None
    #: How to mend it.
    help: str | None = None
    #: Expanded name of the layer, where there is one.
    layer: str | None = None
    input: str | None = None
    #: None where axes play no part.
    axes: tuple[str, ...] | None = None
    related: tuple[Note, ...] = ()
    #: Names of all layers that share the mistake (a block used several times).
    instances: tuple[str, ...] = ()
    data: Mapping[str, object] = EMPTY
    remedy: Remedy | None = None


class RelatedDiagnostic(NamedTuple):
    """A located note."""

    message: str
    path: str
    span: Span


class Edit(NamedTuple):
    """A located edit: the text of `span` becomes `text`."""

    span: Span
    text: str


class Fix(NamedTuple):
    """Located edits of the file that the diagnostic points at."""

    edits: tuple[Edit, ...]
    safe: bool


class Diagnostic(NamedTuple):
    """One finding, located: what every formatter prints."""

    code: str
    #: kebab-case rule name, `center-mismatch`
    name: str
    severity: Severity
    message: str
    #: The file that holds the line, as it is to be printed (relative, `/`).
    path: str
    span: Span
    help: str | None = None
    layer: str | None = None
    input: str | None = None
    axes: tuple[str, ...] | None = None
    related: tuple[RelatedDiagnostic, ...] = ()
    instances: tuple[str, ...] = ()
    data: Mapping[str, object] = EMPTY
    fix: Fix | None = None
    suppressed: bool = False
    #: The stated reason of the suppression.
    reason: str | None = None
    #: Suppressed because the baseline knows it, not because the spec says so.
    baselined: bool = False
    #: Stable under edits elsewhere in the file: no line numbers go into it.
    fingerprint: str = ""

    def sort_key(self) -> tuple[str, int, int, str, str, str]:
        """Order of print: path, line, column, code, message, layer."""
        return (self.path, self.span.line, self.span.column, self.code, self.message, self.layer or "")
