"""Items of `layers` as expansion wants them: read once, however often their block is used."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from rflint.diagnostics import Site

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rflint.expression import Template
    from rflint.ops._op import Op

#: Op of a layer that cannot be read.
UNREADABLE: Final = "unknown"


class Problem(NamedTuple):
    """A mistake that an item has wherever it is used."""

    code: str
    message: str
    where: Site
    help: str | None = None
    #: Tells apart mistakes of one code at one place.
    aspect: str = ""


class Scalar(NamedTuple):
    """A value with `${}` in it."""

    template: Template
    site: Site


class Listed(NamedTuple):
    """A list with `${}` somewhere in it."""

    entries: tuple[Any, ...]


@dataclass(slots=True, eq=False)
class Item:
    """One entry of a list of layers.

    Values are plain, Scalar or Listed; LOST where the schema refused them, UNKNOWN where their `${}` cannot be read.
    """

    site: Site
    kind: Literal["op", "use", "branches"]
    #: The op; the op that joins the branches; the block.
    target: str
    #: Row of the ops table; None for a use, and for an op that is not in the table.
    op: Op | None
    #: Name as written, else the target and the place in the list.
    label: Any
    #: The name is written.
    named: bool = False
    #: Fields of the op, defaults laid under.
    fields: Mapping[str, Any] = field(default_factory=dict)
    #: Those of the fields that are to be evaluated.
    dynamic: frozenset[str] = frozenset()
    #: Where fields stand that `defaults` gave.
    inherited: Mapping[str, Site] = field(default_factory=dict)
    #: Entries of `from`; None: the item before.
    sources: tuple[Any, ...] | None = None
    #: `from` is written as a list.
    many: bool = False
    like: Any = None
    when: Any = True
    #: Number of copies; None: the item itself.
    repeat: Any = None
    #: Arguments of a use: those of every copy, or in rows those of each.
    arguments: Mapping[str, Any] = field(default_factory=dict)
    rows: tuple[Mapping[str, Any], ...] | None = None
    #: Branches by name; None for one that is lost.
    branches: tuple[tuple[str, ItemList | None], ...] = ()
    ignore: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    #: The number of its inputs is known from the text, and has been checked.
    counted: bool = False
    #: Something of it was refused by the schema: what is not there may be among that.
    lost: bool = False
    #: Something of it is lost or wrong wherever it is used.
    broken: bool = False
    #: One layer with nothing to evaluate and nothing wrong.
    plain: bool = False

    @property
    def default_label(self) -> str:
        """Name of an item without one: what it is, and its place in the list."""
        return f"{self.target}_{int(self.site.path[-1]) + 1}"

    def at(self, *keys: str | int) -> Site:
        """Site of a value of the item."""
        return Site(self.site.file, (*self.site.path, *keys))

    @property
    def head(self) -> Site:
        """Site of what the item is: the op, the block, the join."""
        return self.at("join" if self.kind == "branches" else self.kind)

    def field_site(self, name: str | None) -> Site:
        """Where a field is written; of one that is missing, where the item says what it is."""
        if name is None:
            return self.head
        return self.inherited.get(name) or self.at(name)

    def source_site(self, place: int) -> Site:
        """Where a name in `from` stands."""
        return self.at("from", place) if self.many else self.at("from")

    def arguments_of(self, copy: int | None) -> tuple[Mapping[str, Any], Site]:
        """Arguments of a copy of a use, and where they are given."""
        if self.rows is not None and copy is not None:
            return self.rows[copy], self.at("with", copy)
        return self.arguments, self.at("with") if self.arguments else self.head


class ItemList(NamedTuple):
    """A list of layers."""

    items: tuple[Item, ...]
    #: No two items have one name, so that a name once found is found for good.
    distinct: bool


EMPTY: Final = ItemList((), distinct=True)
