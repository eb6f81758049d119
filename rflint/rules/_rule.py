"""What a rule is, and the few things that every rule needs."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Literal, NamedTuple

from rflint.diagnostics import Finding, Severity, Site
from rflint.wording import listing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rflint.engine.analysis import Analysis
    from rflint.graph import Layer


class Example(NamedTuple):
    """A spec that fails the rule, and its mended form; both are run by the tests."""

    #: The rule fires on this one.
    failing: str
    #: The rule is silent on this one.
    passing: str


class Rule(NamedTuple):
    """One rule: its identity, its words, its check."""

    #: `RF` and three digits, never reused; rules of plug-ins have another prefix.
    code: str
    #: kebab-case; names the bad pattern.
    name: str
    #: Default severity; "graded" where each finding brings its own.
    severity: Severity | Literal["graded"]
    #: One line for tables: what it finds.
    summary: str
    #: Markdown: what it finds, why it matters, how to mend it, references.  Examples are added from `example`.
    docs: str
    example: Example
    #: None for what the front end (reading, schema, expansion) or the linter itself reports.
    check: Callable[[Analysis], Iterable[Finding]] | None = None


def selects(selector: str, code: str, name: str) -> bool:
    """Whether a word of `select` or `ignore` means a rule: by ALL, its name, its code, or the beginning of it (`RF1`, `RF`)."""
    if selector in ("ALL", name, code):
        return True
    # The letters of a code are one prefix: `R` is not the beginning of RF102, nor TEA that of TEAM001.
    return code.startswith(selector) and code[len(selector) :].isdigit()


def layer_of(analysis: Analysis, node: int) -> Layer:
    """The layer with a node number (not an input)."""
    return analysis.graph.layers[node - len(analysis.graph.inputs)]


def field_site(layer: Layer, *names: str) -> Site:
    """Site of the first of these fields that the layer wrote, else of the layer's op.

    A field that comes from `defaults` has no place in the item; positions fall back to the item then.
    """
    for name in names:
        if name in layer.fields:
            return Site(layer.site.file, (*layer.site.path, name))
    return Site(layer.site.file, (*layer.site.path, "op"))


def show(value: Fraction | int | float | None) -> str:
    """A number for people: `3`, `0.5`, `-1.5`, `1/3`."""
    if value is None:
        return "?"
    exact = Fraction(value)
    if exact.denominator == 1:
        return str(exact.numerator)
    text = f"{float(exact):.4f}".rstrip("0")
    return text if Fraction(text) == exact else f"{exact.numerator}/{exact.denominator}"


def measured(value: Fraction | int, unit: str) -> str:
    """`1 cell`, `2.5 cells`."""
    return f"{show(value)} {unit}{'' if value == 1 else 's'}"


def samples(value: Fraction | int) -> str:
    """`1 sample`, `2.5 samples`."""
    return measured(value, "sample")


def axes_text(names: Iterable[str]) -> str:
    """`y`, `y and x`, `z, y and x`."""
    return listing(list(names))
