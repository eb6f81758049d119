"""From items as written to items as expansion wants them: what is fixed is checked, `${}` is compiled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rflint.language.collector import Collector
from rflint.language.expression import compile_scalar
from rflint.language.items import UNREADABLE, Item, ItemList, Listed, Problem, Scalar
from rflint.language.layer_fields import FieldChecker, arity_problem
from rflint.language.library import Block, File
from rflint.language.operators import UNKNOWN, ExpressionError
from rflint.language.pruning import LOST
from rflint.model import ITEM_KEYS, DataPath, Limits, Op, Site
from rflint.validation.schema import SpecSchema


class Compiler:
    """Compiles items and blocks of all files of a spec."""

    def __init__(self, schema: SpecSchema, axes: tuple[str, ...], collector: Collector, limits: Limits) -> None:
        self.checker = FieldChecker(schema, axes)
        self._limits = limits
        self._collector = collector
        self._files: dict[File, _FileCompiler] = {}

    def items(self, file: File, raw: list[Any], path: DataPath) -> ItemList:
        """Compile the list of layers at a path of a file."""
        if file not in self._files:
            self._files[file] = _FileCompiler(file, self.checker, self._limits)
        return self._files[file].compile(raw, path)

    def compile(self, block: Block) -> Block:
        """Compile a block, once; return it."""
        if block.compiled:
            return block
        block.compiled = True
        if block.layers is not None:
            block.items = self.items(block.file, block.layers, (*block.path, "layers"))
        defaults = dict(block.params)
        site = Site(block.file.path, (*block.path, "params"))
        for name, value in defaults.items():
            if compile_value(self._limits, value, site, []) is not value:
                message = "the default of a parameter is a plain value: `${…}` is not evaluated in it"
                self._collector.add("RF007", message, inside(site, name))
                defaults[name] = UNKNOWN
            elif value is LOST:
                defaults[name] = UNKNOWN
        block.params = defaults
        return block


class _FileCompiler:
    """Compiles the items of one file, whose defaults they share."""

    def __init__(self, file: File, checker: FieldChecker, limits: Limits) -> None:
        self._file = file
        self._checker = checker
        self._limits = limits
        self._ops = checker.schema.ops
        self._defaults: dict[str, tuple[Mapping[str, Any], tuple[Problem, ...]]] = {}

    def compile(self, raw: list[Any], path: DataPath) -> ItemList:
        """Compile the list of layers at a path."""
        file, lost = self._file.path, self._file.lost
        items = []
        for place, entry in enumerate(raw):
            site = Site(file, (*path, place))
            if lost and site.path in lost:
                items.append(self._damaged(entry, site, place + 1))
            elif "op" in entry:
                items.append(self._layer(entry, site, place + 1))
            elif "use" in entry:
                items.append(self._use(entry, site, place + 1))
            else:
                items.append(self._branches(entry, site, place + 1))
        labels = {item.label for item in items if type(item.label) is str}
        return ItemList(tuple(items), len(labels) == len(items))

    def _damaged(self, entry: Any, site: Site, place: int) -> Item:
        """Read what is left of an item, without questions about what is not."""
        written = self._file.written(site.path)
        if isinstance(entry, dict):
            entry = _well_shaped(entry)
        if not isinstance(entry, dict) or not isinstance(written, dict):
            return Item(site, "op", UNREADABLE, None, f"{UNREADABLE}_{place}", lost=True, broken=True)
        if "op" not in written and "use" in entry:
            item = self._use(entry, site, place, whole=False)
        elif "op" not in written and isinstance(entry.get("branches"), dict):
            item = self._branches({**entry, "join": _text(written.get("join"))}, site, place, whole=False)
        else:
            item = self._layer({**entry, "op": _text(written.get("op"))}, site, place, whole=False)
        item.lost = item.broken = True
        return item

    def _layer(self, raw: Mapping[str, Any], site: Site, place: int, *, whole: bool = True) -> Item:
        name = raw["op"]
        item = Item(site, "op", name, self._ops.get(name), *_label(raw, name, place))
        self._read(item, raw, whole)
        item.plain = (
            whole
            and type(item.label) is str
            and item.like is None
            and item.weights is None
            and not (item.problems or item.dynamic or item.broken or "when" in raw or "repeat" in raw)
        )
        return item

    def _branches(self, raw: Mapping[str, Any], site: Site, place: int, *, whole: bool = True) -> Item:
        join = raw.get("join", UNREADABLE)
        item = Item(site, "branches", join, self._ops.get(join), *_label(raw, join, place))
        item.branches = tuple(
            (name, None if branch is LOST else self.compile(branch, (*site.path, "branches", name)))
            for name, branch in raw["branches"].items()
        )
        self._read(item, raw, whole)
        return item

    def _use(self, raw: Mapping[str, Any], site: Site, place: int, *, whole: bool = True) -> Item:
        name = raw["use"]
        problems: list[Problem] = []
        choice = compile_value(self._limits, name, site, problems, "use")
        item = Item(site, "use", name, None, *_label(raw, name if choice is name else "use", place))
        if choice is not name:
            item.choice = choice
        self._read(item, raw, whole)
        arguments = raw.get("with") or {}
        if isinstance(arguments, list):
            if item.repeat is not None:
                message = "`repeat` and rows in `with` exclude each other: each row is one copy"
                problems.append(Problem("RF002", message, item.at("repeat"), "remove `repeat`, or give one mapping in `with`"))
                item.repeat = None
            item.rows = tuple(
                {} if row is LOST else self._arguments(row, item.at("with", number), problems) for number, row in enumerate(arguments)
            )
        else:
            item.arguments = self._arguments(arguments, item.at("with"), problems)
        item.problems += tuple(problems)
        return item

    def _arguments(self, arguments: Mapping[str, Any], site: Site, problems: list[Problem]) -> Mapping[str, Any]:
        return {name: compile_value(self._limits, value, inside(site, name), problems) for name, value in arguments.items()}

    def _read(self, item: Item, raw: Mapping[str, Any], whole: bool) -> None:
        """Read what all kinds of items have."""
        problems: list[Problem] = []
        item.label = compile_value(self._limits, item.label, item.site, problems, "name")
        if "from" in raw:
            names = raw["from"]
            if isinstance(names, list):
                item.many = True
                item.sources = tuple(
                    compile_value(self._limits, name, item.site, problems, "from", place) for place, name in enumerate(names)
                )
            else:
                item.sources = (compile_value(self._limits, names, item.site, problems, "from"),)
        if "when" in raw:
            item.when = compile_value(self._limits, raw["when"], item.site, problems, "when")
        if "repeat" in raw:
            item.repeat = compile_value(self._limits, raw["repeat"], item.site, problems, "repeat")
        if "ignore" in raw:
            item.ignore = tuple(entry for entry in raw["ignore"] if entry is not LOST)
        if item.op is not None:
            self._read_fields(item, item.op, raw, problems, whole)
            item.counted = item.kind == "branches" or all(isinstance(name, str) and "*" not in name for name in item.sources or ())
            if whole and item.counted and (problem := _wrong_inputs(item, item.op)):
                problems.append(problem)
        elif item.kind != "use":
            item.fields = {key: value for key, value in raw.items() if key not in ITEM_KEYS}
            item.lost = item.broken = True
        if problems:
            item.problems = tuple(problems)
            item.broken = True

    def _read_fields(self, item: Item, op: Op, raw: Mapping[str, Any], problems: list[Problem], whole: bool) -> None:
        fields: dict[str, Any] = {}
        dynamic = []
        for key, value in raw.items():
            if key in ITEM_KEYS:
                continue
            if type(value) is str or type(value) is list:
                fields[key] = read = compile_value(self._limits, value, item.site, problems, key)
                if read is not value:
                    dynamic.append(key)
            else:
                fields[key] = value
        if op.name in self._file.defaults:
            defaults, found = self._defaults_of(op)
            problems.extend(found)
            under = _left_open(op, defaults, fields)
            item.inherited = {key: Site(self._file.path, ("defaults", op.name, key)) for key in under}
            dynamic += [key for key, value in under.items() if type(value) in _COMPILED or value is UNKNOWN]
            fields = {**fields, **under}
        if op.preset:
            under = _left_open(op, op.preset, fields)
            item.inherited = {**item.inherited, **dict.fromkeys(under, item.head)}
            fields = {**fields, **under}
        if "like" in fields:
            item.like = fields["like"]
        item.weights = fields.get("weights")
        item.dynamic = frozenset(dynamic)
        item.fields = fields
        if whole and not dynamic:
            checked = self._checker.check(op.name, fields)
            item.fields = checked.fields
            problems.extend(
                Problem(problem.code, problem.message, item.field_site(problem.field), aspect=problem.aspect)
                for problem in checked.problems
            )

    def _defaults_of(self, op: Op) -> tuple[Mapping[str, Any], tuple[Problem, ...]]:
        if (known := self._defaults.get(op.name)) is None:
            problems: list[Problem] = []
            site = Site(self._file.path, ("defaults", op.name))
            compiled = {
                key: compile_value(self._limits, value, site, problems, key)
                for key, value in self._file.defaults[op.name].items()
                if key not in ITEM_KEYS and value is not LOST
            }
            known = self._defaults[op.name] = (compiled, tuple(problems))
        return known


_COMPILED: Final = (Scalar, Listed)


def _left_open(op: Op, under: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields to be laid under others; a field above also replaces those below that it excludes."""
    chosen = any(name in fields for name in op.one_of)
    return {key: value for key, value in under.items() if key not in fields and not (chosen and key in op.one_of)}


def compile_value(limits: Limits, value: Any, site: Site, problems: list[Problem], *keys: str | int) -> Any:
    """Compile what stands at some keys inside a site; the value itself where there is no `${}` in it.

    UNKNOWN, and a problem more, where its `${}` cannot be read.
    """
    if isinstance(value, str):
        if "${" not in value:
            return value
        where = inside(site, *keys)
        try:
            template = compile_scalar(value, limits.expression, limits.result)
        except ExpressionError as error:
            problems.append(Problem("RF007", error.message, where))
            return UNKNOWN
        return value if template is None else Scalar(template, where)
    if isinstance(value, list):
        entries = tuple(compile_value(limits, entry, site, problems, *keys, place) for place, entry in enumerate(value))
        if any(entry is LOST or entry is UNKNOWN for entry in entries):
            return UNKNOWN
        if any(type(entry) in _COMPILED for entry in entries):
            return Listed(entries)
    return value


def inside(site: Site, *keys: str | int) -> Site:
    """Site of something in the value at a site."""
    return Site(site.file, (*site.path, *keys))


#: What common keys of an item hold.
_SHAPES: Final[Mapping[str, type | tuple[type, ...]]] = {
    "name": str,
    "from": (str, list),
    "when": (bool, str),
    "repeat": (int, str),
    "ignore": list,
    "use": str,
    "with": (dict, list),
    "branches": dict,
}


def _well_shaped(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Keep the keys whose values have the type that the language wants: the schema checks no key of an item whose op it does not know."""
    kept: dict[str, Any] = {key: value for key, value in entry.items() if isinstance(value, _SHAPES.get(key, object))}
    for key, kind in (("from", str), ("ignore", str), ("with", dict)):
        if isinstance(kept.get(key), list):
            kept[key] = [value if isinstance(value, kind) else LOST for value in kept[key]]
    return kept


def _label(raw: Mapping[str, Any], target: str, place: int) -> tuple[str, bool]:
    """Name an item; and say whether the name is written."""
    return (raw["name"], True) if "name" in raw else (f"{target}_{place}", False)


def _text(value: Any) -> str:
    return value if isinstance(value, str) and value else UNREADABLE


_NAME_ALL: Final = "name them all: `from: [a, b]`"
_MERGE_FIRST: Final = "several maps are merged first, with `add` or `concat`"


def _wrong_inputs(item: Item, op: Op) -> Problem | None:
    """Find a number of inputs that the op cannot take."""
    if item.kind == "branches":
        message = arity_problem(op, len(item.branches))
        return Problem("RF012", message, item.at("branches"), "each branch is one input") if message else None
    if item.sources is None:
        if (message := arity_problem(op, 1)) is None:
            return None
        return Problem("RF012", f"{message}, the item before it", item.head, _NAME_ALL)
    message = arity_problem(op, len(item.sources))
    if message is None:
        return None
    few = len(item.sources) < op.inputs[0] + op.sized_by_input
    return Problem("RF012", message, item.at("from"), _NAME_ALL if few else _MERGE_FIRST)
