"""Compiles the expressions of `${…}` to closures.

The text is parsed by Python's `ast`; a walk of our own knows integers, booleans, strings, lists, `[i]`,
`+ - * // % **`, comparisons, `and or not`, `a if c else b`, `min max len` and names, and nothing else: no attribute, no
other call, no `eval`.  Everything is bounded, since the text may be a stranger's.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Mapping
from typing import Any, Final

from rflint.language import operators
from rflint.language.operators import FUNCTIONS, UNKNOWN, Env, ExpressionError, Meter, Refusal, Thunk, UnknownValue, bounded
from rflint.words import clip, suggest

#: Operators inside one another.
DEEPEST: Final = 64

#: Characters of an expression that a message shows.
_LONGEST: Final = 40

_CONSTANTS: Final[Mapping[str, bool]] = {"true": True, "false": False}
_BINARY: Final[Mapping[type[ast.operator], Callable[[Any, Any, Meter], Any]]] = {
    ast.Add: operators.add,
    ast.Sub: operators.subtract,
    ast.Mult: operators.multiply,
    ast.FloorDiv: operators.floor_divide,
    ast.Mod: operators.modulo,
    ast.Pow: operators.power,
}
_UNARY: Final[Mapping[type[ast.unaryop], Callable[[Any], Any]]] = {ast.USub: operators.negate, ast.UAdd: operators.posit}
_COMPARISONS: Final[Mapping[type[ast.cmpop], Callable[[Any, Any, Meter], bool]]] = {
    ast.Eq: operators.equal,
    ast.NotEq: operators.unequal,
    ast.Lt: operators.less,
    ast.LtE: operators.less_or_equal,
    ast.Gt: operators.greater,
    ast.GtE: operators.greater_or_equal,
    ast.In: operators.contains,
    ast.NotIn: operators.lacks,
}


class ExpressionCompiler:
    """Compiles one expression."""

    def __init__(self, source: str, start: int, longest: int, largest: int) -> None:
        #: Names that it reads, with the offset of the first mention.
        self.names: dict[str, int] = {}
        #: Operators, names and constants compiled so far.
        self.steps = 0
        self._length = len(source)
        self._longest = longest
        #: Characters of a text that stands in the expression.
        self._largest = largest
        # As Python takes it: on one line, no blanks before it.
        self._text = source.replace("\n", " ").replace("\r", " ").strip(" \t")
        self._bytes = self._text.encode("utf-8", "replace")
        #: Offset of the text in the scalar.
        self._start = start + len(source) - len(source.lstrip(" \t\r\n"))

    def compile_source(self) -> Thunk:
        """Parse and compile."""
        if self._length > self._longest:
            raise ExpressionError(f"an expression may have {self._longest:,} characters; this one has {self._length:,}", self._start)
        if not self._text:
            raise ExpressionError("`${}` is empty", self._start)
        try:
            with warnings.catch_warnings():
                # Python warns of odd spellings (`"\d"`); they are legal, and the warning would not say where.
                warnings.simplefilter("ignore")
                tree = ast.parse(self._text, mode="eval")
        except SyntaxError as error:
            column = min(max((error.offset or 1) - 1, 0), len(self._text))
            raise ExpressionError(f"`{clip(self._text, _LONGEST)}` is not an expression", self._start + column) from None
        except (ValueError, MemoryError, RecursionError):
            raise ExpressionError(f"`{clip(self._text, _LONGEST)}` cannot be read as an expression", self._start) from None
        return self._compile(tree.body, 1)

    def _offset(self, node: ast.expr) -> int:
        # Python counts bytes of UTF-8, we count code points.
        return self._start + len(self._bytes[: node.col_offset].decode("utf-8", "replace"))

    def _error(self, node: ast.expr, message: str) -> ExpressionError:
        return ExpressionError(message, self._offset(node))

    def _source(self, node: ast.expr) -> str:
        return clip(self._bytes[node.col_offset : node.end_col_offset].decode("utf-8", "replace"), _LONGEST)

    def _located(self, node: ast.expr, operation: Callable[[Env], Any]) -> Thunk:
        """Make an error at the node of what the operation refuses."""
        offset = self._offset(node)

        def thunk(env: Env) -> Any:
            try:
                return operation(env)
            except Refusal as refusal:
                raise ExpressionError(str(refusal), offset) from None

        return thunk

    def _compile(self, node: ast.expr, depth: int) -> Thunk:
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
                return self._located(node, lambda env: bounded([entry(env) for entry in entries], env.meter))
            case ast.BinOp(left, op, right) if type(op) in _BINARY:
                binary, first, second = _BINARY[type(op)], self._compile(left, depth), self._compile(right, depth)
                return self._located(node, lambda env: binary(first(env), second(env), env.meter))
            case ast.UnaryOp(ast.Not(), operand):
                negated = self._compile(operand, depth)
                return lambda env: not negated(env)
            case ast.UnaryOp(op, operand) if type(op) in _UNARY:
                unary, value = _UNARY[type(op)], self._compile(operand, depth)
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
                return self._located(node, lambda env: operators.item(sequence(env), index(env)))
            case ast.Call():
                return self._call(node, depth)
        raise self._error(node, self._refused(node))

    def _constant(self, node: ast.Constant) -> Thunk:
        value = node.value
        if isinstance(value, float):
            raise self._error(node, "numbers in an expression are whole; write a fraction such as `x * 3 // 4`")
        if not isinstance(value, (bool, int, str)):
            raise self._error(node, f"`{self._source(node)}` is neither an integer nor `true`, `false`, a string or a list")
        try:
            operators.check_size(value, self._largest)
        except Refusal as refusal:
            raise self._error(node, str(refusal)) from None
        return lambda _env: value

    def _name(self, node: ast.Name) -> Thunk:
        name = node.id
        if name in _CONSTANTS:
            value = _CONSTANTS[name]
            return lambda _env: value
        self.names.setdefault(name, self._offset(node))

        def read(env: Env) -> Any:
            value = env.names[name]
            if value is UNKNOWN:
                raise UnknownValue
            return bounded(value, env.meter)

        return self._located(node, read)

    def _compare(self, node: ast.Compare, depth: int) -> Thunk:
        first = self._compile(node.left, depth)
        rest: list[tuple[Callable[[Any, Any, Meter], bool], Thunk]] = []
        for op, operand in zip(node.ops, node.comparators, strict=True):
            if type(op) not in _COMPARISONS:
                raise self._error(node, "`is` is not part of the expression language: write `==` or `!=`")
            rest.append((_COMPARISONS[type(op)], self._compile(operand, depth)))

        def chain(env: Env) -> bool:
            left = first(env)
            for holds, operand in rest:
                right = operand(env)
                if not holds(left, right, env.meter):
                    return False
                left = right
            return True

        return self._located(node, chain)

    def _call(self, node: ast.Call, depth: int) -> Thunk:
        function = node.func.id if isinstance(node.func, ast.Name) else ""
        if function not in FUNCTIONS:
            near = suggest(function, FUNCTIONS)
            hint = f"; did you mean `{near}`?" if near else ""
            raise self._error(node, f"only `min`, `max` and `len` can be called, not `{self._source(node.func)}`{hint}")
        if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
            raise self._error(node, f"`{function}` takes plain values only, no `name=` and no `*`")
        arguments = [self._compile(argument, depth) for argument in node.args]
        return self._located(node, lambda env: operators.call(function, [argument(env) for argument in arguments], env.meter))

    def _refused(self, node: ast.expr) -> str:
        """Why a piece of Python is not part of the language, and what to write instead."""
        match node:
            case ast.BinOp(op=ast.Div()):
                return "`/` would leave the whole numbers: write `//`"
            case ast.Attribute(attr=name):
                return f"`.{clip(name, _LONGEST)}` is not part of the expression language: values have no attributes"
            case ast.Subscript():
                return "`[i]` takes one index; slices are not part of the expression language"
            case ast.Tuple():
                return "`(…, …)` is not part of the expression language: write a list, `[…, …]`"
        return f"`{self._source(node)}` is not part of the expression language"


def _bool_op(operands: list[Thunk], *, until: bool) -> Thunk:
    """`or` until one is true, `and` until one is false: the value of the last that was looked at."""

    def thunk(env: Env) -> Any:
        value: Any = None
        for operand in operands:
            value = operand(env)
            if bool(value) is until:
                break
        return value

    return thunk
