"""What a finding is: where it points, what it says, how it is ordered.

Rules and front-end stages speak of *sites* (a file and a path into its data); one place, `rflint.settling`, turns
sites into spans.  Nothing here reads a file or prints.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

Severity = Literal["info", "warning", "error"]

SEVERITY_ORDER: Final[Mapping[str, int]] = {"info": 0, "warning": 1, "error": 2}
#: What the severity of a rule may be set to.
SEVERITIES: Final = ("off", *SEVERITY_ORDER)

#: Errors that keep a spec from being understood: what they hide comes to light when they are mended.
LANGUAGE_ERRORS: Final = frozenset(("RF001", "RF002", "RF003", "RF004", "RF005", "RF007", "RF011", "RF012"))

#: A path into a document's plain data: mapping keys and list indexes, outermost first.
DataPath = tuple[str | int, ...]


#: Default of mapping fields: shared, so never to be changed.
EMPTY: Final[Mapping[Any, Any]] = {}


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


class FieldEdit(NamedTuple):
    """Give the mapping at a site a field: in the place of its value, or as a new one after the last of `after`."""

    site: Site
    name: str
    text: str
    after: tuple[str, ...] = ()


class Removal(NamedTuple):
    """Take out the pair of a mapping, or the entry of a list, at a site, with the lines and comments that are its own."""

    site: Site


class Remedy(NamedTuple):
    """Edits that mend a finding; `safe` means that nothing else about the network changes."""

    edits: tuple[SiteEdit | SpanEdit | FieldEdit | Removal, ...]
    safe: bool = True
    #: Names of the layers that are to change.  Other layers that the same item wrote must be to change alike, or the
    #: remedy is none.
    layers: tuple[str, ...] = ()


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
    #: The same finding about some of its instances only; None where it is about one thing.
    part: Callable[[Collection[str]], Finding] | None = None


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
    #: What it is about, stable under edits elsewhere in the file: `conv1`, `bottleneck/conv2`; see `rflint.identity`.
    subject: str = ""
    #: The same of every layer that it is about, copies of one item each for itself.
    subjects: tuple[str, ...] = ()
    #: As stable: a digest of rule, file, subject and what else tells two findings apart.  Not unique.
    fingerprint: str = ""

    @property
    def hides_others(self) -> bool:
        """Whether what it is about keeps rules from speaking: a spec that cannot be understood or computed, a rule that crashed."""
        return self.code == "RF902" or (self.code.startswith("RF0") and self.code != "RF006" and self.severity == "error")

    def sort_key(self) -> tuple[str, int, int, str, str, str]:
        """Order of print: path, line, column, code, message, layer."""
        return (self.path, self.span.line, self.span.column, self.code, self.message, self.layer or "")
