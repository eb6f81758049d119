"""Numbers, names, values and lists as sentences have them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

#: Names that a sentence lists; of more, it says how many.
LISTED = 4


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """`1 error`, `2 errors`, `1,200 entries`."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def listing(items: Sequence[str], most: int | None = None, word: str = "and") -> str:
    """Join to `a`, `a and b`, `a, b and c`; past `most`, `a, b and 20 more`."""
    if most is not None and len(items) > most:
        items = [*items[: most - 1], f"{len(items) - most + 1:,} more"]
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {word} {items[-1]}"


def quoted(names: Sequence[str], most: int | None = LISTED, word: str = "and") -> str:
    """Names as code: `` `a` ``, `` `a` and `b` ``, `` `a`, `b`, `c` and 3 more ``."""
    return listing([f"`{name}`" for name in names], most, word)


def clip(text: str, longest: int = 100) -> str:
    """Cut a text of the user's that would drown the sentence around it."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def stem(path: str) -> str:
    """Name a spec that has no name by its file: `net` of `specs/net.yaml`, `stdin` of `<stdin>`."""
    name = path.rpartition("/")[2]
    return (name.rpartition(".")[0].removesuffix(".rflint") or name).strip("<>")


def error_text(error: BaseException, longest: int = 200) -> str:
    """What an exception says for itself: nothing where that fails in turn, and not endlessly."""
    try:
        return "".join(str(error)[:longest])
    except KeyboardInterrupt:
        raise
    except BaseException:
        return ""


def shown(value: object, cut: Callable[[str], str] = clip) -> str:
    """Name a value of a spec: `the text "two"`, `3`, `a list with 2 entries`; `cut` shortens text."""
    if isinstance(value, str):
        return f'the text "{cut(value)}"' if value else "empty text"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, int):
        return str(value) if value.bit_length() < 128 else "a number of many digits"
    if isinstance(value, (list, dict)):
        kind = "list" if isinstance(value, list) else "mapping"
        return f"a {kind} with {counted(len(value), 'entry', 'entries')}" if value else f"an empty {kind}"
    return "empty (null)" if value is None else str(value)
