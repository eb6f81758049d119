"""`${…}` for a scalar of a spec, or inside one: compiled once, evaluated for each instance.

The expressions themselves are `rflint.language.expression_compiler`'s; it is imported when the first one is met.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from rflint.language.operators import FUNCTIONS, UNKNOWN, Env, ExpressionError, Meter, Refusal, Spend, Thunk, UnknownValue, bounded
from rflint.model import LIMITS
from rflint.words import clip, suggest


class _Part(NamedTuple):
    """One `${…}` of a scalar."""

    thunk: Thunk
    offset: int


def _free(steps: int) -> None:
    """No account is kept over several evaluations; each is bounded by itself."""


class Template(NamedTuple):
    """A compiled scalar."""

    #: Literal text and expressions, in order.
    parts: tuple[str | _Part, ...]
    #: Names it reads, with the offset of the first mention.
    names: Mapping[str, int]
    #: What one evaluation costs at least: two for each operator, name and constant in it.
    steps: int

    def evaluate(self, names: Mapping[str, Any], spend: Spend = _free, largest: int = LIMITS["result"].default) -> Any:
        """Return the value: typed where the scalar is exactly one `${…}`, else text; of at most `largest` characters or entries.

        UNKNOWN where a name it needs is.  Raises ExpressionError, and whatever `spend` raises when told of the steps taken.
        """
        spend(self.steps)
        for name, offset in self.names.items():
            if name not in names:
                raise ExpressionError(_unknown_name(name, names), offset)
        meter = Meter(spend, largest)
        env = Env(names, meter)
        offset = 0
        texts = []
        try:
            for part in self.parts:
                if isinstance(part, str):
                    texts.append(part)
                    continue
                offset = part.offset
                value = part.thunk(env)
                if len(self.parts) == 1:
                    return value
                texts.append(_as_text(value))
            return bounded("".join(texts), meter)
        except UnknownValue:
            return UNKNOWN
        except Refusal as refusal:
            raise ExpressionError(str(refusal), offset) from None


@lru_cache(maxsize=2_048)
def compile_scalar(text: str, longest: int = LIMITS["expression"].default, largest: int = LIMITS["result"].default) -> Template | None:
    """Compile a scalar; None when there is no `${` in it.  Raises ExpressionError.

    `longest`: characters of an expression; `largest`: of the whole text, and of a text in an expression.
    """
    start = text.find("${")
    if start < 0:
        return None
    if len(text) > max(longest, largest):
        limit = max(longest, largest)
        raise ExpressionError(f"a text with `${{…}}` in it may have {limit:,} characters; this one has {len(text):,}", start)
    from rflint.language.expression_compiler import ExpressionCompiler  # noqa: PLC0415 - start-up: brings Python's `ast`

    parts: list[str | _Part] = []
    names: dict[str, int] = {}
    steps = 1
    position = 0
    while start >= 0:
        if start > position:
            parts.append(text[position:start])
        position = _end(text, start + 2)
        compiler = ExpressionCompiler(text[start + 2 : position], start + 2, longest, largest)
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
    shown = clip(name)
    if name in FUNCTIONS:
        return f"`{name}` is a function: write `{name}(…)`"
    if (near := suggest(name, names)) is not None:
        return f"`{shown}` is not known here; did you mean `{near}`?"
    if name in {"index", "count"}:
        return f"`{name}` is known only in the fields of an item that repeats"
    if not names:
        return (
            f"`{shown}` is not known here: names are a block's parameters, in the block, and `index` and `count`, in an item that repeats"
        )
    listed = ", ".join(f"`{clip(other)}`" for other in [*names][:8]) + (", …" if len(names) > 8 else "")
    return f"`{shown}` is not known here; known: {listed}"


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        raise Refusal("a list cannot stand inside text; pick an entry with `[i]`")
    return str(value)
