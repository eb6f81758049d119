"""A finding with its place in the text: what every formatter prints."""

from collections.abc import Mapping
from typing import NamedTuple

from rflint.model.finding import Advice, Severity
from rflint.model.site import EMPTY, NOWHERE, Span


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
    #: The ways out that `help` names, each by itself.
    advice: tuple[Advice, ...] = ()
    suppressed: bool = False
    #: The stated reason of the suppression.
    reason: str | None = None
    #: Suppressed because the baseline knows it, not because the spec says so.
    baselined: bool = False
    #: What it is about, stable under edits elsewhere in the file: `conv1`, `bottleneck/conv2`; see `rflint.verdict.identity`.
    subject: str = ""
    #: The same of every layer that it is about, copies of one item each for itself.
    subjects: tuple[str, ...] = ()
    #: As stable: a digest of rule, file, subject and what else tells two findings apart.  Not unique.
    fingerprint: str = ""

    def __repr__(self) -> str:
        return f"<{self.code} {self.severity} {self.path}:{self.span.line}:{self.span.column}: {self.message}>"

    @property
    def hides_others(self) -> bool:
        """Whether what it is about keeps rules from speaking: a spec that cannot be understood or computed, a rule that crashed."""
        return self.code == "RF902" or (self.code.startswith("RF0") and self.code != "RF006" and self.severity == "error")

    @property
    def position(self) -> str:
        """What follows the path where a place is printed: `:12:5`, or of a model the layer, `: conv1`."""
        if self.span != NOWHERE:
            return f":{self.span.line}:{self.span.column}"
        return f": {self.layer}" if self.layer else ""

    def sort_key(self) -> tuple[str, int, int, str, str, str]:
        """Order of print: path, line, column, code, message, layer."""
        return (self.path, self.span.line, self.span.column, self.code, self.message, self.layer or "")
