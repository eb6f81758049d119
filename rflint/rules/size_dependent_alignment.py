"""RF103: a merge that is aligned for some input sizes only."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from rflint.engine.program import MERGE
from rflint.model.finding import Finding, together
from rflint.model.rule import Example, Rule
from rflint.questions.alignment import size_dependences
from rflint.words.congruence import in_words
from rflint.words.numbers import axes_text
from rflint.words.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rflint.engine.analysis import Analysis
    from rflint.model.graph import Layer


def _check(analysis: Analysis) -> Iterable[Finding]:
    yield from _by_residue(analysis)
    yield from _undecided(analysis)


def _by_residue(analysis: Analysis) -> Iterable[Finding]:
    """One finding per input and axes: the sizes at which all merges are aligned."""
    grouped: dict[tuple[str, tuple[int, ...], int], dict[int, None]] = {}
    axes: dict[tuple[str, tuple[int, ...], int], list[int]] = {}
    dependences = size_dependences(analysis)
    for axis in range(len(analysis.axes)):
        found = [each for each in dependences if each.axis == axis]
        for name in dict.fromkeys(each.input for each in found):
            own = [each for each in found if each.input == name]
            common = set(own[0].aligned).intersection(*(each.aligned for each in own[1:]))
            key = (name, tuple(sorted(common)), own[0].modulus)
            grouped.setdefault(key, {}).update(dict.fromkeys(each.node for each in own))
            axes.setdefault(key, []).append(axis)
    for key, nodes in grouped.items():
        names = tuple(analysis.graph.axes[axis] for axis in axes[key])
        layers = [analysis.graph.layer(node) for node in nodes]
        yield together(layers, lambda layer: layer.name, partial(_aligned_for, *key, names))


def _aligned_for(source: str, aligned: tuple[int, ...], modulus: int, names: tuple[str, ...], layers: Sequence[Layer]) -> Finding:
    what = f"`{layers[0].name}` is" if len(layers) == 1 else f"`{layers[0].name}` and {counted(len(layers) - 1, 'more merge')} are"
    return Finding(
        "RF103",
        f"{what} aligned only for some sizes of `{source}` on {axes_text(names)}: {in_words(aligned, modulus)}",
        layers[0].field_site("from"),
        help="declare the input size or a `multiple_of`, or make padding and cropping the same at every size: "
        "explicit padding instead of `same`, crops whose difference is even",
        layer=layers[0].name,
        input=source,
        axes=names,
        data={"aligned": list(aligned), "modulus": modulus},
    )


def _undecided(analysis: Analysis) -> Iterable[Finding]:
    """One finding for merges whose alignment no residue decides: scales or offsets that come from the sizes themselves."""
    found: dict[int, dict[int, str]] = {}
    for axis, part in enumerate(analysis.axes):
        if part.known:
            continue
        for name, found_trace in part.valid_cases[0].traces.items():
            fields = found_trace.fields
            for node, kind in enumerate(part.program.kinds):
                if kind != MERGE:
                    continue
                branches = [
                    field for origin in part.program.sources[node] if (field := fields[origin]) is not None and field.why != "global"
                ]
                if len(set(branches)) > 1 and any(field.floating for field in branches):
                    found.setdefault(node, {})[axis] = name
    if found:
        yield together(sorted(found), lambda node: analysis.graph.layer(node).name, partial(_open, analysis, found))


def _open(analysis: Analysis, found: Mapping[int, Mapping[int, str]], nodes: Sequence[int]) -> Finding:
    first = nodes[0]
    layer = analysis.graph.layer(first)
    axes = tuple(analysis.graph.axes[axis] for axis in found[first])
    others = f" and of {counted(len(nodes) - 1, 'more merge')}" if len(nodes) > 1 else ""
    return Finding(
        "RF103",
        f"the alignment of `{layer.name}`{others} on {axes_text(axes)} cannot be decided while the input size is unknown: "
        "a branch is resized, cropped or padded by an amount that follows from the sizes",
        layer.field_site("from"),
        help="declare the input size, or try one with `--size`",
        layer=layer.name,
        input=next(iter(found[first].values())),
        axes=axes,
        data={"aligned": None, "modulus": None},
    )


RULE = Rule(
    code="RF103",
    name="size-dependent-alignment",
    severity="info",
    summary="size unknown: a merge is aligned for some input sizes only",
    docs="""
The input size is not declared, and whether the paths of a merge are aligned depends on it.

## Why it matters

`same` padding of a strided layer puts its odd sample on the high side for some sizes and pads evenly for others; a path
that pads explicitly does not follow. All sizes are decided at once: alignment depends on the size only modulo the
total stride, and the finding states the congruence.

## How to mend it

Declare `inputs: {image: {size: …}}` or `multiple_of` if only such sizes occur, or use explicit padding on both paths:
`padding: 1` for a 3×3 window is the same at every size.

## References

Araujo, Norris, Sim: Computing Receptive Fields of Convolutional Neural Networks, Distill 2019, doi 10.23915/distill.00021.
""",
    example=Example(
        failing="""\
rflint: 1
name: toy
inputs:
  image: {channels: 3}
layers:
  - {name: down, op: conv, kernel: 3, stride: 2, padding: same}
  - {name: side, op: conv, kernel: 1, stride: 2, from: image}
  - {name: sum, op: add, from: [down, side]}
""",
        passing="""\
rflint: 1
name: toy
inputs:
  image: {channels: 3}
layers:
  - {name: down, op: conv, kernel: 3, stride: 2, padding: 1}
  - {name: side, op: conv, kernel: 1, stride: 2, from: image}
  - {name: sum, op: add, from: [down, side]}
""",
    ),
    check=_check,
)
