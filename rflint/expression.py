"""`${…}`: small expressions inside the scalars of a spec.

The text is parsed by Python's `ast` and compiled to closures by a walk of our own, which knows integers, booleans,
strings, lists, `[i]`, `+ - * // % **`, comparisons, `and or not`, `a if c else b`, `min max len` and names, and
nothing else: no attribute, no other call, no `eval`.  Everything is bounded, since the text may be a stranger's.
"""

from __future__ import annotations

# Costs nothing at start-up: `dataclasses` has brought `ast` in already, by way of `inspect`.
import ast
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple

from rflint.operators import BINARY, COMPARISONS, LARGEST_RESULT, UNARY, Refusal, Spend, bounded, call, check_size, item
from rflint.words import suggest

#: Characters of one `${…}`.
LONGEST: Final = 1_000
#: Operators inside one another.
DEEPEST: Final = 64

_FUNCTIONS: Final = ("min", "max", "len")
_CONSTANTS: Final[Mapping[str, bool]] = {"true": True, "false": False}


class ExpressionError(Exception):
    """A `${…}` that cannot be read or evaluated: why, in words for the user, and where in the scalar (from 0)."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


class Unknown:
    """The type of `UNKNOWN`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNKNOWN"


#: Stands for a parameter that has no value yet (a block looked at by itself); whatever depends on it is UNKNOWN too.
UNKNOWN: Final = Unknown()


class _UnknownValue(Exception):  # noqa: N818 - no error: the way out of a half-evaluated expression
    """A name that is UNKNOWN was read."""


class _Env(NamedTuple):
    names: Mapping[str, Any]
    spend: Spend


_Thunk = Callable[[_Env], Any]


class _Part(NamedTuple):
    """One `${…}` of a scalar."""

    thunk: _Thunk
    offset: int


def _free(_steps: int) -> None:
    """No account is kept over several evaluations; each is bounded by itself."""


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled scalar."""

    #: Literal text and expressions, in order.
    _parts: tuple[str | _Part, ...]
    #: Names it reads, with the offset of the first mention.
    names: Mapping[str, int]
    #: What one evaluation costs at least: two for each operator, name and constant in it.
    _steps: int

    def evaluate(self, names: Mapping[str, Any], spend: Spend = _free) -> Any:
        """Return the value: typed where the scalar is exactly one `${…}`, else text.

        UNKNOWN where a name it needs is.  Raises ExpressionError, and whatever `spend` raises when told of the steps taken.
        """
        spend(self._steps)
        for name, offset in self.names.items():
            if name not in names:
                raise ExpressionError(_unknown_name(name, names), offset)
        env = _Env(names, spend)
        offset = 0
        texts = []
        try:
            for part in self._parts:
                if isinstance(part, str):
                    texts.append(part)
                    continue
                offset = part.offset
                value = part.thunk(env)
                if len(self._parts) == 1:
                    return value
                texts.append(_as_text(value))
            return bounded("".join(texts), spend)
        except _UnknownValue:
            return UNKNOWN
        except Refusal as refusal:
            raise ExpressionError(str(refusal), offset) from None


@lru_cache(maxsize=2_048)
def compile_scalar(text: str) -> Template | None:
    """Compile a scalar; None when there is no `${` in it.  Raises ExpressionError."""
    start = text.find("${")
    if start < 0:
        return None
    if len(text) > LARGEST_RESULT:
        raise ExpressionError(f"a text with `${{…}}` in it may have {LARGEST_RESULT:,} characters; this one has {len(text):,}", start)
    parts: list[str | _Part] = []
    names: dict[str, int] = {}
    steps = 1
    position = 0
    while start >= 0:
        if start > position:
            parts.append(text[position:start])
        position = _end(text, start + 2)
        compiler = _Compiler(text[start + 2 : position], start + 2)
        parts.append(_Part(compiler.compile_source(), start))
        for name, offset in compiler.names.items():
            names.setdefault(name, offset)
        steps += 2 * compiler.steps
        position += 1
        start = text.find("${", position)
    if position < len(text):
        parts.append(text[position:])
    return Template(tuple(parts), names, steps)


def evaluate(text: str, names: Mapping[str, Any]) -> Any:
    """Evaluate one scalar; text without `${` stands for itself.  Raises ExpressionError."""
    template = compile_scalar(text)
    return text if template is None else template.evaluate(names)


def _end(text: str, position: int) -> int:
    """Index of the `}` that closes an expression; one inside quotes does not."""
    start = position
    quote = ""
    while position < len(text):
        character = text[position]
        if quote:
            if character == "\\":
                position += 1
            elif character == quote:
                quote = ""
        elif character == "}":
            return position
        elif character in "'\"":
            quote = character
        position += 1
    raise ExpressionError("`${` is not closed: a `}` is missing" + (" after the quoted text" if quote else ""), start - 2)


def _unknown_name(name: str, names: Mapping[str, Any]) -> str:
    shown = _clip(name)
    if name in _FUNCTIONS:
        return f"`{name}` is a function: write `{name}(…)`"
    near = suggest(name, names)
    if near is not None:
        return f"`{shown}` is not known here; did you mean `{near}`?"
    if name in {"index", "count"}:
        return f"`{name}` is known only in the fields of an item that repeats"
    if not names:
        return (
            f"`{shown}` is not known here: names are a block's parameters, in the block, and `index` and `count`, in an item that repeats"
        )
    listed = ", ".join(f"`{_clip(other)}`" for other in [*names][:8]) + (", …" if len(names) > 8 else "")
    return f"`{shown}` is not known here; known: {listed}"


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        raise Refusal("a list cannot stand inside text; pick an entry with `[i]`")
    return str(value)


def _clip(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


class _Compiler:
    """Compiles one expression."""

    def __init__(self, source: str, start: int) -> None:
        #: Names that it reads, with the offset of the first mention.
        self.names: dict[str, int] = {}
        #: Operators, names and constants compiled so far.
        self.steps = 0
        self._length = len(source)
        # As Python takes it: on one line, no blanks before it.
        self._text = source.replace("\n", " ").replace("\r", " ").strip(" \t")
        self._bytes = self._text.encode("utf-8", "replace")
        #: Offset of the text in the scalar.
        self._start = start + len(source) - len(source.lstrip(" \t\r\n"))

    def compile_source(self) -> _Thunk:
        """Parse and compile."""
        if self._length > LONGEST:
            raise ExpressionError(f"an expression may have {LONGEST:,} characters; this one has {self._length:,}", self._start)
        if not self._text:
            raise ExpressionError("`${}` is empty", self._start)
        try:
            with warnings.catch_warnings():
                # Python warns of odd spellings (`"\d"`); they are legal, and the warning would not say where.
                warnings.simplefilter("ignore")
                tree = ast.parse(self._text, mode="eval")
        except SyntaxError as error:
            column = min(max((error.offset or 1) - 1, 0), len(self._text))
            raise ExpressionError(f"`{_clip(self._text)}` is not an expression", self._start + column) from None
        except (ValueError, MemoryError, RecursionError):
            raise ExpressionError(f"`{_clip(self._text)}` cannot be read as an expression", self._start) from None
        return self._compile(tree.body, 1)

    def _offset(self, node: ast.expr) -> int:
        # Python counts bytes of UTF-8, we count code points.
        return self._start + len(self._bytes[: node.col_offset].decode("utf-8", "replace"))

    def _error(self, node: ast.expr, message: str) -> ExpressionError:
        return ExpressionError(message, self._offset(node))

    def _source(self, node: ast.expr) -> str:
        return _clip(self._bytes[node.col_offset : node.end_col_offset].decode("utf-8", "replace"))

    def _located(self, node: ast.expr, operation: Callable[[_Env], Any]) -> _Thunk:
        """Make an error at the node of what the operation refuses."""
        offset = self._offset(node)

        def thunk(env: _Env) -> Any:
            try:
                return operation(env)
            except Refusal as refusal:
                raise ExpressionError(str(refusal), offset) from None

        return thunk

    def _compile(self, node: ast.expr, depth: int) -> _Thunk:
        self.steps += 1
        if depth > DEEPEST:
            raise self._error(node, f"an expression may be nested {DEEPEST} deep")
        depth += 1
        match node:
            case ast.Constant():
                return self._constant(node)
            case ast.Name():
                return self._name(node)
            case ast.List(elts):
                entries = [self._compile(entry, depth) for entry in elts]
                return self._located(node, lambda env: bounded([entry(env) for entry in entries], env.spend))
            case ast.BinOp(left, op, right) if type(op) in BINARY:
                binary, first, second = BINARY[type(op)], self._compile(left, depth), self._compile(right, depth)
                return self._located(node, lambda env: binary(first(env), second(env), env.spend))
            case ast.UnaryOp(ast.Not(), operand):
                negated = self._compile(operand, depth)
                return lambda env: not negated(env)
            case ast.UnaryOp(op, operand) if type(op) in UNARY:
                unary, value = UNARY[type(op)], self._compile(operand, depth)
                return self._located(node, lambda env: unary(value(env)))
            case ast.BoolOp(op, operands):
                return _bool_op([self._compile(operand, depth) for operand in operands], until=isinstance(op, ast.Or))
            case ast.Compare():
                return self._compare(node, depth)
            case ast.IfExp(test, body, orelse):
                condition, then, otherwise = (self._compile(part, depth) for part in (test, body, orelse))
                return lambda env: then(env) if condition(env) else otherwise(env)
            case ast.Subscript(whole, position) if not isinstance(position, (ast.Slice, ast.Tuple)):
                sequence, index = self._compile(whole, depth), self._compile(position, depth)
                return self._located(node, lambda env: item(sequence(env), index(env)))
            case ast.Call():
                return self._call(node, depth)
        raise self._error(node, self._refused(node))

    def _constant(self, node: ast.Constant) -> _Thunk:
        value = node.value
        if isinstance(value, float):
            raise self._error(node, "numbers in an expression are whole; write a fraction such as `x * 3 // 4`")
        if not isinstance(value, (bool, int, str)):
            raise self._error(node, f"`{self._source(node)}` is neither an integer nor `true`, `false`, a string or a list")
        try:
            check_size(value)
        except Refusal as refusal:
            raise self._error(node, str(refusal)) from None
        return lambda _env: value

    def _name(self, node: ast.Name) -> _Thunk:
        name = node.id
        if name in _CONSTANTS:
            value = _CONSTANTS[name]
            return lambda _env: value
        self.names.setdefault(name, self._offset(node))

        def read(env: _Env) -> Any:
            value = env.names[name]
            if value is UNKNOWN:
                raise _UnknownValue
            return bounded(value, env.spend)

        return self._located(node, read)

    def _compare(self, node: ast.Compare, depth: int) -> _Thunk:
        first = self._compile(node.left, depth)
        rest: list[tuple[Callable[[Any, Any, Spend], bool], _Thunk]] = []
        for op, operand in zip(node.ops, node.comparators, strict=True):
            if type(op) not in COMPARISONS:
                raise self._error(node, "`is` is not part of the expression language: write `==` or `!=`")
            rest.append((COMPARISONS[type(op)], self._compile(operand, depth)))

        def chain(env: _Env) -> bool:
            left = first(env)
            for holds, operand in rest:
                right = operand(env)
                if not holds(left, right, env.spend):
                    return False
                left = right
            return True

        return self._located(node, chain)

    def _call(self, node: ast.Call, depth: int) -> _Thunk:
        function = node.func.id if isinstance(node.func, ast.Name) else ""
        if function not in _FUNCTIONS:
            near = suggest(function, _FUNCTIONS)
            hint = f"; did you mean `{near}`?" if near else ""
            raise self._error(node, f"only `min`, `max` and `len` can be called, not `{self._source(node.func)}`{hint}")
        if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
            raise self._error(node, f"`{function}` takes plain values only, no `name=` and no `*`")
        arguments = [self._compile(argument, depth) for argument in node.args]
        return self._located(node, lambda env: call(function, [argument(env) for argument in arguments], env.spend))

    def _refused(self, node: ast.expr) -> str:
        """Why a piece of Python is not part of the language, and what to write instead."""
        match node:
            case ast.BinOp(op=ast.Div()):
                return "`/` would leave the whole numbers: write `//`"
            case ast.Attribute(attr=name):
                return f"`.{_clip(name)}` is not part of the expression language: values have no attributes"
            case ast.Subscript():
                return "`[i]` takes one index; slices are not part of the expression language"
            case ast.Tuple():
                return "`(…, …)` is not part of the expression language: write a list, `[…, …]`"
        return f"`{self._source(node)}` is not part of the expression language"


def _bool_op(operands: list[_Thunk], *, until: bool) -> _Thunk:
    """`or` until one is true, `and` until one is false: the value of the last that was looked at."""

    def thunk(env: _Env) -> Any:
        value: Any = None
        for operand in operands:
            value = operand(env)
            if bool(value) is until:
                break
        return value

    return thunk
