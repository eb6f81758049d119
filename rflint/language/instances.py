"""Instances of items: blocks, repeats, rows and branches become layers with full names."""

from typing import Any, NamedTuple

from rflint.language.budget import Budget, OverLimitError, StopExpansionError
from rflint.language.collector import Collector, nearest_uses
from rflint.language.evaluation import Evaluator
from rflint.language.item_compiler import Compiler
from rflint.language.items import UNREADABLE, Item
from rflint.language.library import Block
from rflint.language.operators import UNKNOWN
from rflint.language.references import Reading, References, SizeReading
from rflint.language.wiring import LayerRecord, Scope, Wiring
from rflint.model import MISSING, Finding, Note, Site
from rflint.words import clip, counted


class Feed(NamedTuple):
    """What an item without `from` reads."""

    #: The item before.
    previous: int
    #: Outputs of the copy before, in a repeat; they also take the place of the first names in `from`.
    chain: tuple[int, ...] = ()

    @property
    def first(self) -> int:
        """The node that the first input reads."""
        return self.chain[0] if self.chain else self.previous


class Instantiator:
    """Instantiates lists of layers into one wiring.

    `trial`: a block is looked at by itself, so that a value may be UNKNOWN without anything being wrong.
    """

    def __init__(self, compiler: Compiler, collector: Collector, budget: Budget, *, trial: bool = False) -> None:
        self.wiring = Wiring()
        self.references = References(self.wiring, collector, budget)
        self._compiler = compiler
        self._collector = collector
        self._budget = budget
        self._evaluator = Evaluator(collector, budget, compiler.checker)
        self._trial = trial
        #: For each list around the current item that sees nothing outside, what waits for its names.
        self._waiting: list[list[Reading | SizeReading]] = []
        #: What is being instantiated: where a limit is exceeded.
        self._at: tuple[Item, Scope] | None = None

    def run(self, scope: Scope, first: int, block: Block | None = None) -> int:
        """Instantiate the layers of a spec, or of a block by itself; return the node of the last.

        Raises StopExpansionError where a limit is exceeded.
        """
        self.references.top = scope
        try:
            return self._run_closed(scope, first) if block is None else self._run_block(block, scope, first)[0]
        except RecursionError:
            message = "blocks and branches are nested deeper than can be followed here"
            raise StopExpansionError(Finding("RF001", message, Site(scope.file.path, ("layers",)))) from None
        except OverLimitError as error:
            item, around = self._at or (None, scope)
            where = item.head if item else Site(scope.file.path, ("layers",))
            raise StopExpansionError(Finding("RF001", str(error), where, related=nearest_uses(around.uses))) from None

    def _run_closed(self, scope: Scope, first: int) -> int:
        """Instantiate a list that sees nothing around it; return the node of the last item."""
        self._waiting.append([])
        last = self._run_list(scope, first)
        self.references.connect(self._waiting.pop())
        return last

    def _run_block(self, block: Block, scope: Scope, first: int) -> tuple[int, ...]:
        """Instantiate the layers of a block; return the nodes of its outputs."""
        block.used = True
        last = self._run_closed(scope, first)
        if block.outputs is None:
            return (last,)
        sites = [(name, Site(block.file.path, path)) for name, path in block.outputs]
        return tuple(self._output(name, where, scope) for name, where in sites)

    def _output(self, name: Any, where: Site, scope: Scope) -> int:
        found = self.references.resolve(name, where, scope, None)
        if len(found) == 1:
            return found[0]
        many = counted(len(found), "layer") if found else "no layer"
        message = f"`{clip(name)}` stands for {many} here, and each output of a block is one layer"
        self._collector.add("RF004", message, where, uses=scope.uses)
        return MISSING

    def _run_list(self, scope: Scope, first: int) -> int:
        previous = first
        for item in scope.items.items:
            previous = self._plain_layer(item, scope, previous) if item.plain else self._item(item, scope, previous)
        return previous

    def _plain_layer(self, item: Item, scope: Scope, previous: int) -> int:
        """Take the fast path: one layer with nothing to evaluate, its sources mostly known already."""
        wiring, prefix, label = self.wiring, scope.prefix, item.label
        name = prefix + label
        if prefix:
            self._at = item, scope
            self._budget.spend(4 + (len(name) >> 3))
        if name in wiring.table:
            label = self._claim(item, scope, label)
            name = prefix + label
        if "/" in label:
            wiring.slashed.add(name)
        known = (previous,) if item.sources is None else self._known_sources(item, scope)
        self._budget.check_layers(wiring.layer_count + 1)
        ignore = scope.ignore + item.ignore if item.ignore else scope.ignore
        node = wiring.add_layer(name, LayerRecord(item.target, item.fields, item.site, scope.origin, scope.uses, ignore), known or ())
        wiring.register(name, node)
        if known is None:
            self._wait((node,), item, scope, name, ())
        return node

    def _known_sources(self, item: Item, scope: Scope) -> tuple[int, ...] | None:
        """Find the sources of a layer among the items of its list so far; None: they have to be looked up later."""
        if not scope.items.distinct or (item.op is not None and item.op.sized_by_input):
            return None
        table, prefix, slashed = self.wiring.table, scope.prefix, self.wiring.slashed
        found = []
        for source in item.sources or ():
            if type(source) is not str:
                return None
            node = table.get(prefix + source)
            if node is None or ("/" in source and prefix + source not in slashed):
                return None
            found.append(node)
        if prefix:
            self._budget.spend(len(found))
        return tuple(found)

    def _item(self, item: Item, scope: Scope, previous: int) -> int:
        """Instantiate an item with its copies; return the node that stands for its output."""
        self._at = item, scope
        if (label := self._evaluator.label(item, scope)) is None:
            self.wiring.opaque.add(scope.prefix)
            label = item.default_label
        name = scope.prefix + label
        self._budget.spend(8 + (len(name) >> 3))
        for code, message, where, help_, aspect in item.problems:
            self._collector.add(code, message, where, layer=name, uses=scope.uses, help=help_, aspect=aspect)
        if "/" in label:
            self.wiring.slashed.add(name)
        if item.repeat is None and item.rows is None:
            return self._copy(self._evaluator.chosen(item, scope, name), scope, label, None, Feed(previous))[0]
        if (count := self._evaluator.count(item, scope, name)) is None:
            self.wiring.opaque.add(name)
            if not self._trial:
                return self._placeholder(item, scope, label, Feed(previous))[0]
        return self._copies(item, scope, label, count, previous)

    def _copies(self, item: Item, scope: Scope, label: str, count: int | None, previous: int) -> int:
        """Instantiate the copies of an item; None: one of an unknown number."""
        if count == 0:
            self.wiring.copies[scope.prefix + label] = 0
            return self._leave_out(item, scope, label, Feed(previous))[0]
        yielding = item.when is not True
        label = self._claim(item, scope, label, yielding=yielding)
        name = scope.prefix + label
        self._budget.check_copies(self.wiring.layer_count, count or 1)
        outputs: tuple[int, ...] = ()
        chosen = item
        for index in range(count or 1):
            self._at = item, scope
            self._budget.spend(8 + len(scope.values) // 8 + (len(name) >> 3))
            counted = {"index": index, "count": count} if count else {"index": UNKNOWN, "count": UNKNOWN}
            copy = scope.with_values({**scope.values, **counted})
            chosen = self._evaluator.chosen(item, copy, f"{name}/{index}")
            outputs = self._copy(chosen, copy, f"{label}/{index}", index, Feed(previous, outputs))
        self.wiring.copies[name] = count or 1
        self.wiring.register(name, outputs[0], alias=item.site, yielding=yielding)
        self._name_outputs(chosen, scope, name, outputs)
        return outputs[0]

    def _copy(self, item: Item, scope: Scope, label: str, index: int | None, feed: Feed) -> tuple[int, ...]:
        """Instantiate one copy, which reads the outputs of the one before it; return the nodes of its outputs."""
        present = self._evaluator.present(item, scope, scope.prefix + label)
        if present is False:
            return self._leave_out(item, scope, label, feed)
        if present is None and not self._trial:
            return self._placeholder(item, scope, label, feed)
        yielding = present is None
        if item.kind == "use":
            return self._instance(item, scope, label, index, feed, yielding=yielding)
        label = self._claim(item, scope, label, yielding=yielding)
        name = scope.prefix + label
        if item.kind == "branches":
            node = self._layer(item, scope, name, self._branches(item, scope, name, feed))
        else:
            node = self._layer(item, scope, name, (feed.first,))
            if item.sources is not None:
                self._wait((node,), item, scope, name, feed.chain)
        self.wiring.register(name, node, yielding=yielding)
        return (node,)

    def _layer(self, item: Item, scope: Scope, name: str, sources: tuple[int, ...]) -> int:
        fields, broken = self._evaluator.fields(item, scope, name)
        self._budget.check_layers(self.wiring.layer_count + 1)
        record = LayerRecord(item.target, fields, item.site, scope.origin, scope.uses, scope.ignore + item.ignore)
        node = self.wiring.add_layer(name, record, sources)
        if broken:
            self.wiring.broken.add(node)
        if item.weights is not None:
            weights = self._evaluator.value(item.weights, scope, name)
            where = item.field_site("weights")
            self.references.sharing.append(SizeReading(node, weights if isinstance(weights, str) else UNKNOWN, where, scope, name))
        if item.like is not None:
            like = self._evaluator.value(item.like, scope, name)
            self._waiting[-1].append(SizeReading(node, like if isinstance(like, str) else UNKNOWN, item.field_site("like"), scope, name))
        return node

    def _branches(self, item: Item, scope: Scope, name: str, feed: Feed) -> tuple[int, ...]:
        """Instantiate the branches of an item; return the nodes of their ends."""
        self._check_depth(scope, None)
        (entry,) = self._bind(item, scope, name, feed, ("input",))
        ends = []
        for branch, items in item.branches:
            self._budget.spend(8 + (len(name) >> 3))
            end = MISSING if items is None else self._run_list(scope.branch(f"{name}/{branch}/", items, item), entry)
            self.wiring.also(f"{name}/{branch}", end, item.site)
            ends.append(end)
            self._at = item, scope
        return tuple(ends)

    def _instance(self, item: Item, scope: Scope, label: str, index: int | None, feed: Feed, *, yielding: bool) -> tuple[int, ...]:
        """Instantiate a block."""
        block = self.references.block(item, scope, scope.prefix + label)
        if block is None or block.layers is None:
            return self._placeholder(item, scope, label, feed)
        if yielding and block in scope.blocks:
            return self._leave_out(item, scope, label, feed)
        self._check_depth(scope, block)
        label = self._claim(item, scope, label, yielding=yielding)
        name = scope.prefix + label
        self._budget.spend(8 + 3 * len(block.outputs or ()))
        self._compiler.compile(block)
        values = self._evaluator.parameters(item, block, scope, name, index)
        entries = self._bind(item, scope, name, feed, block.inputs)
        inner = scope.block(f"{name}/", block, item, values, dict(zip(block.inputs, entries, strict=True)))
        outputs = self._run_block(block, inner, entries[0])
        self._at = item, scope
        self.wiring.register(name, outputs[0], alias=item.site, yielding=yielding)
        self._name_outputs(item, scope, name, outputs)
        return outputs

    def _leave_out(self, item: Item, scope: Scope, label: str, feed: Feed) -> tuple[int, ...]:
        """Pass the inputs on as outputs; return their nodes."""
        name = scope.prefix + label
        block = self.references.find_block(item, scope) if item.kind == "use" else None
        count = len(block.outputs) if block is not None and block.outputs else 1
        if item.sources is None:
            outputs = tuple(feed.chain[place] if place < len(feed.chain) else feed.first for place in range(count))
        else:
            outputs = tuple(self.wiring.add_wire(name, item.site) for _ in range(count))
            self.wiring.left_out.update(outputs)
            self._wait(outputs, item, scope, name, feed.chain, inputs=())
        self.wiring.register(name, outputs[0], alias=item.site, yielding=True)
        self._name_outputs(item, scope, name, outputs)
        return outputs

    def _placeholder(self, item: Item, scope: Scope, label: str, feed: Feed) -> tuple[int, ...]:
        """Put a broken layer in the place of an item that cannot be instantiated; a finding says why."""
        name = scope.prefix + self._claim(item, scope, label)
        self.wiring.opaque.add(name)
        self._budget.check_layers(self.wiring.layer_count + 1)
        op = UNREADABLE if item.kind == "use" else item.target
        record = LayerRecord(op, {}, item.site, scope.origin, scope.uses, scope.ignore + item.ignore)
        node = self.wiring.add_layer(name, record, (feed.first,))
        self.wiring.broken.add(node)
        if item.sources is not None:
            self._wait((node,), item, scope, name, feed.chain)
        self.wiring.register(name, node)
        return (node,)

    def _name_outputs(self, item: Item, scope: Scope, name: str, outputs: tuple[int, ...]) -> None:
        """Let `name/out` stand for each output of a block, also where the path of the layer is longer."""
        block = self.references.find_block(item, scope) if item.kind == "use" else None
        if block is not None and block.outputs is not None:
            for (output, _), node in zip(block.outputs, outputs, strict=False):
                self.wiring.also(f"{name}/{output}", node, item.site)

    def _bind(self, item: Item, scope: Scope, name: str, feed: Feed, inputs: tuple[str, ...]) -> tuple[int, ...]:
        """Nodes for the inputs of a block or of branches."""
        if item.sources is not None:
            wires = tuple(self.wiring.add_wire(name, item.site) for _ in inputs)
            self._wait(wires, item, scope, name, feed.chain, inputs=inputs)
            return wires
        given = feed.chain or (feed.previous,)
        if len(inputs) > 1 and not feed.chain:
            self.references.wrong_inputs(item, scope, name, inputs, 1)
        return given[: len(inputs)] + (MISSING,) * (len(inputs) - len(given))

    def _wait(
        self,
        nodes: tuple[int, ...],
        item: Item,
        scope: Scope,
        name: str,
        chain: tuple[int, ...],
        *,
        inputs: tuple[str, ...] | None = None,
    ) -> None:
        """Have nodes connected to what the item reads, once the names of its list are known."""
        names = self._evaluator.sources(item, scope, name)
        if inputs == ():
            names = names[: len(nodes)]
        self._waiting[-1].append(Reading(nodes, item, scope, name, names, chain, inputs))

    def _claim(self, item: Item, scope: Scope, label: str, *, yielding: bool = False) -> str:
        """Find a label that no other item has; where that is not the one asked for, that is a finding."""
        name = scope.prefix + label
        if (holder := self.wiring.holder(name, yielding=yielding)) is None:
            return label
        record = None if holder == MISSING or self.wiring.names[holder] != name else self.wiring.layers[holder]
        site = record.site if record else self.wiring.aliases.get(name)
        related = (Note("the first is here", site),) if site else ()
        where = item.at("name") if item.named else item.head
        message = f"two layers are named `{clip(name)}`"
        self._collector.add("RF011", message, where, layer=name, related=related, uses=scope.uses, help="rename one of them")
        return self.wiring.spare(name)[len(scope.prefix) :]

    def _check_depth(self, scope: Scope, block: Block | None) -> None:
        limit = self._budget.limits.nesting
        if scope.depth < limit:
            return
        if block is not None and block in scope.blocks:
            around = [*dict.fromkeys(other.name for other in scope.blocks[scope.blocks.index(block) :]), block.name]
            path = " → ".join(f"`{clip(name)}`" for name in around)
            raise OverLimitError(f"{path} never ends: blocks may be nested {limit} deep; end it with a `when` on the inner use")
        raise OverLimitError(f"blocks and branches are nested more than {limit} deep, which is the limit")
