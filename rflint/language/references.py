"""What the names in `from` and `like` stand for, once all names of their list are known."""

import re
from collections.abc import Collection
from typing import Any, Final, NamedTuple

from rflint.language.budget import Budget
from rflint.language.collector import Collector
from rflint.language.items import Item
from rflint.language.layer_fields import arity_problem
from rflint.language.library import Block
from rflint.language.operators import UNKNOWN
from rflint.language.phrases import listed, respelled, several
from rflint.language.pruning import LOST
from rflint.language.wiring import Scope, Wiring
from rflint.model import MISSING, Note, Remedy, Site
from rflint.words import certain, clip, counted, suggest

#: Names compared in search of the ones that were meant, over all findings of a spec.
_MOST_COMPARED: Final = 300_000
#: Blocks that are named where one is not found.
_MOST_NAMED: Final = 5
_DIGITS: Final = re.compile("[0-9]+")


class Meant(NamedTuple):
    """A known name that an unknown one probably stands for."""

    name: str
    #: No other comes into question.
    certain: bool

    def remedy(self, where: Site) -> Remedy | None:
        """Put it where the unknown one stands."""
        return respelled(where, self.name) if self.certain else None


class Reading(NamedTuple):
    """Nodes that wait for the nodes they read."""

    #: One layer, or one wire for each input of an item that is none.
    nodes: tuple[int, ...]
    item: Item
    scope: Scope
    #: Full name of the item.
    reader: str
    #: Names, and their places in `from`; LOST and UNKNOWN among them.
    names: list[tuple[Any, int]]
    #: Outputs of the copy before, which take the place of the first names.
    chain: tuple[int, ...]
    #: Names of the inputs of a block or of branches; None for a layer, whose op knows how many it takes; empty for an item
    #: left out, which takes any number.
    inputs: tuple[str, ...] | None


class SizeReading(NamedTuple):
    """A layer that waits for the node that gives its size, or its weights."""

    node: int
    name: Any
    where: Site
    scope: Scope
    reader: str


class References:
    """Resolves names; those that stand for nothing become findings and MISSING."""

    def __init__(self, wiring: Wiring, collector: Collector, budget: Budget) -> None:
        self._wiring = wiring
        self._collector = collector
        self._budget = budget
        self._compared = 0
        #: Layers that share weights; those of any other may be shared, so all names have to be known.
        self.sharing: list[SizeReading] = []
        #: The outermost scope, which blocks do not see.
        self.top: Scope | None = None

    def connect(self, readings: list[Reading | SizeReading]) -> None:
        """Connect the nodes that wait to the nodes that their names mean."""
        wiring = self._wiring
        for reading in readings:
            if isinstance(reading, SizeReading):
                wiring.likes[reading.node] = self.resolve(reading.name, reading.where, reading.scope, reading.reader)[0]
                continue
            nodes = self._nodes(reading)
            shared = min(len(reading.chain), len(nodes))
            nodes[:shared] = reading.chain[:shared]
            if reading.inputs is None:
                self._connect(reading, nodes)
                continue
            if reading.inputs and len(nodes) != len(reading.inputs):
                self.wrong_inputs(reading.item, reading.scope, reading.reader, reading.inputs, len(nodes))
            # An item left out passes its inputs on; what it has too few of is its first.
            rest = MISSING if reading.inputs or not nodes else nodes[0]
            for place, wire in enumerate(reading.nodes):
                wiring.sources[wire] = (nodes[place] if place < len(nodes) else rest,)

    def share(self, inputs: int) -> None:
        """Find the layers whose weights are shared: by names as elsewhere, then by paths from the top, so that blocks can name them.

        The first `inputs` nodes are the inputs.
        """
        for reading in self.sharing:
            node = None if reading.name in (LOST, UNKNOWN) else self._wiring.find(reading.name, reading.scope)
            if node is None and reading.name not in (LOST, UNKNOWN):
                node = self._wiring.table.get(reading.name)
            if node is None:
                (node,) = self.resolve(reading.name, reading.where, reading.scope, reading.reader)[:1] or [MISSING]
            elif 0 <= node < inputs:
                message = f"`{clip(reading.name)}` is an input: it has no weights to share"
                self._collector.add("RF004", message, reading.where, layer=reading.reader, uses=reading.scope.uses)
                node = MISSING
            self._wiring.weights[reading.node] = node

    def _nodes(self, reading: Reading) -> list[int]:
        """Resolve all names of a reading."""
        nodes: list[int] = []
        for name, place in reading.names:
            node = self._wiring.find(name, reading.scope) if type(name) is str else None
            if node is None:
                nodes += self.resolve(name, reading.item.source_site(place), reading.scope, reading.reader)
            else:
                nodes.append(node)
        self._budget.spend(2 * len(nodes))
        return nodes

    def _connect(self, reading: Reading, nodes: list[int]) -> None:
        """Connect a layer."""
        (layer,), item, wiring = reading.nodes, reading.item, self._wiring
        if item.op is not None and not (item.counted or item.lost) and (message := arity_problem(item.op, len(nodes))):
            self._collector.add("RF012", message, item.at("from"), layer=reading.reader, uses=reading.scope.uses)
            wiring.broken.add(layer)
        elif item.op is not None and item.op.sized_by_input and len(nodes) > 1:
            wiring.likes[layer] = nodes.pop()
        wiring.sources[layer] = tuple(nodes)

    def wrong_inputs(self, item: Item, scope: Scope, reader: str, inputs: tuple[str, ...], count: int) -> None:
        """Report that an item does not get as many inputs as it takes."""
        if item.lost:
            return
        if item.kind == "use":
            takes = f"block `{clip(item.target)}` takes {counted(len(inputs), 'input')}, {listed(inputs, 'and')}"
        else:
            takes = "`branches` take 1 input"
        gets = f"`from` gives {count}" if item.sources is not None else "without `from` it has 1, the item before it"
        where = item.at("from") if item.sources is not None else item.head
        self._collector.add("RF012", f"{takes}; {gets}", where, layer=reader, uses=scope.uses)

    def resolve(self, name: Any, where: Site, scope: Scope, reader: str | None) -> list[int]:
        """Nodes that a name stands for: one; or, where it has a `*`, any number."""
        if name is LOST or name is UNKNOWN:
            return [MISSING]
        if "*" not in name:
            if (node := self._wiring.find(name, scope)) is None:
                self._unknown(name, where, scope, reader)
                node = MISSING
            return [node]
        if (names := self._wiring.find_all(name, scope)) is None:
            if not self._wiring.is_opaque(name, scope):
                message = f"`{clip(name)}` names no copies: `*` stands for the index of an item that repeats, as in `stack/*/skip`"
                self._collector.add("RF004", message, where, layer=reader, uses=scope.uses)
            return [MISSING]
        self._budget.spend(2 + len(names) // 2)
        found = []
        for full in names:
            if (node := self._wiring.table.get(full)) is None:
                name = full[len(scope.prefix) :] if full.startswith(scope.prefix) else full
                self._unknown(name, where, scope, reader, written=False)
                return [MISSING]
            found.append(node)
        return found

    def _unknown(self, name: str, where: Site, scope: Scope, reader: str | None, *, written: bool = True) -> None:
        """Report a name that stands for nothing; `written`: it stands so in the text."""
        if self._wiring.is_opaque(name, scope):
            return
        parts = [part.strip() for part in name.split(",")]
        if (
            written
            and where.path[-1:] == ("from",)
            and len(parts) > 1
            and all(self._wiring.find(part, scope) is not None for part in parts)
        ):
            message = f"no layer or input is named `{clip(name)}` here: several names are a list"
            self._collector.add("RF004", message, where, layer=reader, uses=scope.uses, remedy=several(where, parts))
            return
        outside = self.top is not None and bool(scope.blocks) and self._is_known(name, self.top)
        near = None if outside or len(parts) > 1 else self._nearest(name, scope, reader or "")
        hint, help_ = "", None
        related: tuple[Note, ...] = ()
        if near is not None:
            hint = f"; did you mean `{near.name}`?"
            node = self._wiring.find(near.name, scope)
            record = None if node is None or node == MISSING else self._wiring.layers[node]
            if record is not None:
                related = (Note(f"`{near.name}` is here", record.site),)
        elif outside:
            help_ = "a block sees its own layers and inputs only: make it an input of the block"
        message = f"no layer or input is named `{clip(name)}` here{hint}"
        remedy = near.remedy(where) if near is not None and written else None
        self._collector.add("RF004", message, where, layer=reader, related=related, uses=scope.uses, help=help_, remedy=remedy)

    def _is_known(self, name: str, scope: Scope) -> bool:
        return name in scope.inputs or scope.prefix + name in self._wiring.table or any(item.label == name for item in scope.items.items)

    def _nearest(self, name: str, scope: Scope, reader: str) -> Meant | None:
        if self._compared + len(scope.items.items) > _MOST_COMPARED:
            return None
        known: dict[str, None] = {}
        for at in scope.outwards():
            labels = [item.label for item in at.items.items if isinstance(item.label, str)]
            # No layer is meant to read itself, nor what it is a part of.
            known.update(dict.fromkeys(label for label in labels if not f"{reader}/".startswith(f"{at.prefix}{label}/")))
            known.update(dict.fromkeys(at.inputs))
        near = self.nearest(name, known)
        if near is not None or "/" not in name:
            return near
        *_, outermost = scope.outwards()
        skipped = len(outermost.prefix)
        mine = f"{reader}/"
        paths = (full for full in self._wiring.table if full.startswith(outermost.prefix) and not mine.startswith(f"{full}/"))
        return self.nearest(name, [full[skipped:] for full in paths])

    def find_block(self, item: Item, scope: Scope) -> Block | None:
        """Find the block that an item uses; a name that a parameter holds may be one that only the giver's file knows."""
        files = [scope.file]
        if item.choice is not None:
            files += [*(block.file for block in reversed(scope.blocks)), *((self.top.file,) if self.top else ())]
        return next((block for file in files if (block := file.find(item.target)) is not None), None)

    def block(self, item: Item, scope: Scope, name: str) -> Block | None:
        """Find the block that an item uses; a finding if there is none."""
        file = scope.file
        block = self.find_block(item, scope)
        # What no expression could name has its finding already.
        unnamed = item.choice is not None and item.choices.get(item.target) is not item
        if block is not None or not file.complete or item.lost or unnamed:
            return block
        known = [*file.blocks, *file.imported]
        near = self.nearest(item.target, known)
        meant = file.find(near.name) if near else None
        hint, help_ = "", None
        related: tuple[Note, ...] = ()
        if meant is not None:
            hint = f"; did you mean `{meant.name}`?"
            related = (Note(f"`{meant.name}` is defined here", meant.site),)
        elif owner := file.further(item.target):
            help_ = f"`{owner}` defines it: import that file here"
        elif known:
            help_ = f"known blocks: {listed(known[:_MOST_NAMED], 'and')}{' and others' if len(known) > _MOST_NAMED else ''}"
        else:
            help_ = "blocks are defined under `blocks`, or in a file named under `import`"
        message = f"no block is named `{clip(item.target)}`{hint}"
        remedy = near.remedy(item.head) if near and item.choice is None else None
        self._collector.add(
            "RF004", message, item.head, layer=name, related=related, aspect=item.target, uses=scope.uses, help=help_, remedy=remedy
        )
        return None

    def nearest(self, name: str, known: Collection[str]) -> Meant | None:
        """Return the known name that is probably meant; None once too many have been compared in this spec."""
        self._compared += len(known)
        near = suggest(name, known) if self._compared <= _MOST_COMPARED else None
        if near is None:
            return None
        # `conv3` is no misspelt `conv2`.
        return Meant(near, certain(name, known) == near and _DIGITS.findall(name) == _DIGITS.findall(near))
