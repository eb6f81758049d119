"""What a hostile case is, and how one is registered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

HEAD: Final = "rflint: 1\nname: n\ninputs: {image: {size: [64, 64], channels: 3}}\n"
UNSIZED: Final = "rflint: 1\nname: n\n"
LAYERS: Final = HEAD + "layers:\n"
RELU: Final = "- {op: relu}\n"
CONV: Final = "- {op: conv, kernel: 3, channels: 3}\n"
CHECK: Final = ("check", "spec.yaml", "--format", "concise", "--color", "never")


class Case(NamedTuple):
    """One way to hurt, and how rflint must answer."""

    #: Text of `spec.yaml`, or what fills an empty folder.
    make: Callable[[], str | bytes] | Callable[[Path], None]
    #: Exit code.
    code: int
    #: How the first line of the answer begins, on standard output or, for wrong usage, on standard error.
    answer: str
    argv: tuple[str, ...] = CHECK
    #: `make` takes the folder.
    fills: bool = False
    stdin: str | None = None
    #: How what it says on standard error beside a report begins.
    note: str = ""


CASES: dict[str, Case] = {}


def spec(code: int, answer: str, argv: tuple[str, ...] = CHECK) -> Callable[[Callable[[], str | bytes]], Callable[[], str | bytes]]:
    """Register a function that makes a spec."""

    def register(make: Callable[[], str | bytes]) -> Callable[[], str | bytes]:
        CASES[make.__name__] = Case(make, code, answer, argv)
        return make

    return register


def folder(code: int, answer: str, *argv: str, stdin: str | None = None) -> Callable[[Callable[[Path], None]], Callable[[Path], None]]:
    """Register a function that fills a folder."""

    def register(make: Callable[[Path], None]) -> Callable[[Path], None]:
        CASES[make.__name__] = Case(make, code, answer, argv or CHECK, fills=True, stdin=stdin)
        return make

    return register


def texts(table: Mapping[str, tuple[str | bytes, int, str]]) -> None:
    """Register specs that are no longer than their description."""
    for name, (text, code, answer) in table.items():
        CASES[name] = Case(lambda text=text: text, code, answer)  # type: ignore[misc]


def build(name: str, where: Path) -> None:
    """Make the files of a case in an empty folder."""
    case = CASES[name]
    (where / ".git").mkdir()
    if case.fills:
        case.make(where)  # type: ignore[call-arg]
        return
    made = case.make()  # type: ignore[call-arg]
    (where / "spec.yaml").write_bytes(made.encode() if isinstance(made, str) else made)  # type: ignore[union-attr]
