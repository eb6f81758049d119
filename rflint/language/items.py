"""Items of `layers` as expansion wants them: read once, however often their block is used."""

from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple

from rflint.language.expression import Template
from rflint.model import Op, Site

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


class Item:
    """One entry of a list of layers.

    Values are plain, Scalar or Listed; LOST where the schema refused them, UNKNOWN where their `${}` cannot be read.
    """

    __slots__ = (
        "arguments",
        "branches",
        "broken",
        "choice",
        "choices",
        "counted",
        "dynamic",
        "fields",
        "ignore",
        "inherited",
        "kind",
        "label",
        "like",
        "lost",
        "many",
        "named",
        "op",
        "plain",
        "problems",
        "repeat",
        "rows",
        "site",
        "sources",
        "target",
        "weights",
        "when",
    )

    def __init__(
        self,
        site: Site,
        kind: Literal["op", "use", "branches"],
        target: str,
        op: Op | None,
        label: Any,
        named: bool = False,
        *,
        lost: bool = False,
        broken: bool = False,
    ) -> None:
        self.site = site
        self.kind = kind
        #: The op; the op that joins the branches; the block.
        self.target = target
        #: Row of the ops table; None for a use, and for an op that is not in the table.
        self.op = op
        #: Name as written, else the target and the place in the list.
        self.label = label
        #: The name is written.
        self.named = named
        #: Fields of the op, defaults laid under.
        self.fields: Mapping[str, Any] = {}
        #: Those of the fields that are to be evaluated.
        self.dynamic: frozenset[str] = frozenset()
        #: Where fields stand that `defaults` gave.
        self.inherited: Mapping[str, Site] = {}
        #: Entries of `from`; None: the item before.
        self.sources: tuple[Any, ...] | None = None
        #: `from` is written as a list.
        self.many = False
        self.like: Any = None
        self.weights: Any = None
        self.when: Any = True
        #: Number of copies; None: the item itself.
        self.repeat: Any = None
        #: Arguments of a use: those of every copy, or in rows those of each.
        self.arguments: Mapping[str, Any] = {}
        #: Of a use whose block an expression names: the expression, and by name the same use of that block.
        self.choice: Any = None
        self.choices: dict[str, Item] = {}
        self.rows: tuple[Mapping[str, Any], ...] | None = None
        #: Branches by name; None for one that is lost.
        self.branches: tuple[tuple[str, ItemList | None], ...] = ()
        self.ignore: tuple[str, ...] = ()
        self.problems: tuple[Problem, ...] = ()
        #: The number of its inputs is known from the text, and has been checked.
        self.counted = False
        #: Something of it was refused by the schema: what is not there may be among that.
        self.lost = lost
        #: Something of it is lost or wrong wherever it is used.
        self.broken = broken
        #: One layer with nothing to evaluate and nothing wrong.
        self.plain = False

    def using(self, name: str) -> "Item":
        """Return the same use of the block of that name."""
        if name not in self.choices:
            from copy import copy  # noqa: PLC0415 - start-up: few uses are named by an expression

            chosen = copy(self)
            chosen.target = name
            self.choices[name] = chosen
        return self.choices[name]

    @property
    def default_label(self) -> str:
        """Name of an item without one: what it is, and its place in the list."""
        return f"{'use' if self.choice is not None else self.target}_{int(self.site.path[-1]) + 1}"

    def at(self, *keys: str | int) -> Site:
        """Site of a value of the item."""
        return Site(self.site.file, (*self.site.path, *keys))

    @property
    def head(self) -> Site:
        """Site of what the item is: the op, the block, the join."""
        return self.at("join" if self.kind == "branches" else self.kind)

    def field_site(self, name: str | None) -> Site:
        """Where a field is written; of one that is missing, where the item says what it is."""
        return self.head if name is None else self.inherited.get(name) or self.at(name)

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


NO_ITEMS: Final = ItemList((), distinct=True)
