"""What a finding is: where it points, what it says, how it is ordered.

Rules and front-end stages speak of *sites* (a file and a path into its data); one place, `rflint.verdict.settling`, turns
sites into spans.  Nothing here reads a file or prints.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, Literal, NamedTuple, TypeVar

from rflint.model.site import EMPTY, Note, Site, Span

T = TypeVar("T")

Severity = Literal["info", "warning", "error"]

SEVERITY_ORDER: Final[Mapping[str, int]] = {"info": 0, "warning": 1, "error": 2}
#: What the severity of a rule may be set to.
SEVERITIES: Final = ("off", *SEVERITY_ORDER)

#: Errors that keep a spec from being understood: what they hide comes to light when they are mended.
LANGUAGE_ERRORS: Final = frozenset(("RF001", "RF002", "RF003", "RF004", "RF005", "RF007", "RF011", "RF012"))


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


class InsertedLayer(NamedTuple):
    """A layer to be put between a merge and one of its inputs, which takes its size from another of them."""

    merge: str
    #: Names of the input, and of the one that has the size.
    branch: str
    reference: str
    op: str
    fields: Mapping[str, str] = EMPTY


class Advice(NamedTuple):
    """One way to mend a finding that `help` names, as a value; layers go by their names in the graph, values are as in YAML."""

    #: Layer -> fields that it gets; None: the field goes.
    fields: Mapping[str, Mapping[str, str | None]] = EMPTY
    inserted: tuple[InsertedLayer, ...] = ()
    #: Input -> its size by axis.
    sizes: Mapping[str, Mapping[str, int]] = EMPTY


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
    #: The ways out that `help` names, each by itself.
    advice: tuple[Advice, ...] = ()


def together(items: Sequence[T], name: Callable[[T], str], tell: Callable[[Sequence[T]], Finding]) -> Finding:
    """One finding about all items (layers, as a rule) that share a cause, with the `instances` and the `part` of a finding.

    `name` gives an item's name; `tell` words the finding for any of the items, so that some can be suppressed without the rest.
    """
    finding = tell(items)
    if len(items) == 1:
        return finding
    names = tuple(map(name, items))
    places: dict[str, list[int]] = {}
    for place, called in enumerate(names):
        places.setdefault(called, []).append(place)

    def part(wanted: Collection[str]) -> Finding:
        # In time that is linear in what is wanted: of many items each may be asked for by itself.
        chosen = sorted(place for called in set(wanted) for place in places.get(called, ()))
        return together([items[place] for place in chosen], name, tell)

    return finding._replace(instances=names, part=part)
