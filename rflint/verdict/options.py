"""What a run asks for, whatever the spec."""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from rflint.model import EMPTY, Graph, Limits
from rflint.rules import ENTRIES, ENTRY_BY
from rflint.validation.schema import PUBLISHED
from rflint.validation.vocabulary import Vocabulary

#: `--size`: input name (None: every input) and its size per axis (one entry: all axes; None: unknown).
SizeOverride = tuple[str | None, tuple[int | None, ...]]

#: rflint's own ops and rules.
BUILTIN: Final = Vocabulary(PUBLISHED, ENTRIES, ENTRY_BY)


def no_imports(path: str, target: str) -> tuple[str, bytes] | str:
    """An `open_import` that opens nothing."""
    return f"`{target}` is not imported: {path} is read on its own"


class Options(NamedTuple):
    """What a run asks for."""

    sizes: tuple[SizeOverride, ...] = ()
    #: Fill `SpecReport.layers`.
    layers: bool = False
    #: Fill `SpecReport.geometry`, too.
    geometry: bool = False
    #: Rule code or name -> off, info, warning, error; beats the spec's own `rules`.
    severities: Mapping[str, str] = EMPTY
    #: Codes, prefixes, names or ALL; empty: all rules.
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    #: (importing file, target as written) -> (display path, bytes), or why it is refused.
    open_import: Callable[[str, str], tuple[str, bytes] | str] = no_imports
    limits: Limits = Limits()
    #: Report suppressed findings as if nothing suppressed them.
    no_ignores: bool = False
    #: The ops and rules that there are.
    vocabulary: Vocabulary = BUILTIN


class OptionError(Exception):
    """The sizes that were asked for do not fit the spec: an input that does not exist, or other axes; says why."""


def swapped(graph: Graph, overrides: tuple[SizeOverride, ...]) -> tuple[str, ...]:
    """Tell of sizes in what may be the wrong order: those that an input is declared with, turned round."""
    told = []
    for name, sizes in overrides:
        for item in graph.inputs:
            if name in (None, item.name) and None not in sizes and sizes == item.size[::-1] != item.size:
                written, declared = ("x".join(map(str, each)) for each in (sizes, item.size))
                read = ", ".join(f"{axis} = {size}" for axis, size in zip(graph.axes, sizes, strict=True))
                told.append(f"--size {written} is read as {read}; `{item.name}` is declared as {declared}: did you mean --size {declared}?")
    return tuple(told)


def resized(graph: Graph, overrides: tuple[SizeOverride, ...]) -> Graph:
    """Return the graph at other input sizes, without its expectations, which hold at the declared ones; raises OptionError."""
    if not overrides:
        return graph
    inputs = list(graph.inputs)
    for name, sizes in overrides:
        if not (matching := [index for index, item in enumerate(inputs) if name in (None, item.name)]):
            known = ", ".join(item.name for item in inputs)
            raise OptionError(f"no input is named `{name}` (inputs: {known})")
        if len(sizes) not in (1, len(graph.axes)):
            raise OptionError(f"{len(sizes)} sizes for {len(graph.axes)} axes ({', '.join(graph.axes)})")
        spread = sizes * len(graph.axes) if len(sizes) == 1 else sizes
        for index in matching:
            inputs[index] = inputs[index]._replace(size=spread)
    return graph._replace(inputs=tuple(inputs), expectations=())
