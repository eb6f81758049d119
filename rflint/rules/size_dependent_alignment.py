"""RF103: a merge that is aligned for some input sizes only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rflint.diagnostics import Finding
from rflint.engine.alignment import size_dependences
from rflint.engine.congruence import in_words
from rflint.engine.program import MERGE
from rflint.rules._rule import Example, Rule, axes_text, field_site, layer_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rflint.engine.analysis import Analysis


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
            together = set(own[0].aligned).intersection(*(each.aligned for each in own[1:]))
            key = (name, tuple(sorted(together)), own[0].modulus)
            grouped.setdefault(key, {}).update(dict.fromkeys(each.node for each in own))
            axes.setdefault(key, []).append(axis)
    for key, nodes in grouped.items():
        source, aligned, modulus = key
        layers = [layer_of(analysis, node) for node in nodes]
        names = tuple(analysis.graph.axes[axis] for axis in axes[key])
        what = (
            f"`{layers[0].name}` is"
            if len(layers) == 1
            else f"`{layers[0].name}` and {len(layers) - 1} more merge{'s' if len(layers) > 2 else ''} are"
        )
        yield Finding(
            "RF103",
            f"{what} aligned only for some sizes of `{source}` on {axes_text(names)}: {in_words(aligned, modulus)}",
            field_site(layers[0], "from"),
            help="declare the input size or a `multiple_of`, or make padding and cropping the same at every size: "
            "explicit padding instead of `same`, crops whose difference is even",
            layer=layers[0].name,
            input=source,
            axes=names,
            instances=tuple(layer.name for layer in layers) if len(layers) > 1 else (),
            data={"aligned": list(aligned), "modulus": modulus},
        )


def _undecided(analysis: Analysis) -> Iterable[Finding]:
    """One finding for merges whose alignment no residue decides: scales or offsets that come from the sizes themselves."""
    found: dict[int, dict[int, str]] = {}
    for axis, part in enumerate(analysis.axes):
        if part.known:
            continue
        for name, found_trace in part.valid_cases()[0].traces.items():
            fields = found_trace.fields
            for node, kind in enumerate(part.program.kinds):
                if kind != MERGE:
                    continue
                branches = [
                    field for origin in part.program.sources[node] if (field := fields[origin]) is not None and field.why != "global"
                ]
                if len(set(branches)) > 1 and any(field.floating for field in branches):
                    found.setdefault(node, {})[axis] = name
    if not found:
        return
    first = min(found)
    layer = layer_of(analysis, first)
    axes = tuple(analysis.graph.axes[axis] for axis in found[first])
    others = f" and of {len(found) - 1} more merge{'s' if len(found) > 2 else ''}" if len(found) > 1 else ""
    yield Finding(
        "RF103",
        f"the alignment of `{layer.name}`{others} on {axes_text(axes)} cannot be decided while the input size is unknown: "
        "a branch is resized, cropped or padded by an amount that follows from the sizes",
        field_site(layer, "from"),
        help="declare the input size, or try one with `--size`",
        layer=layer.name,
        input=next(iter(found[first].values())),
        axes=axes,
        instances=tuple(layer_of(analysis, node).name for node in found) if len(found) > 1 else (),
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
layers:
  - {name: stem, op: conv, kernel: 3, padding: 1}
  - {name: down, op: conv, kernel: 3, stride: 2, padding: same, from: stem}
  - {name: side, op: conv, kernel: 1, stride: 2, from: stem}
  - {name: sum, op: add, from: [down, side]}
""",
        passing="""\
rflint: 1
name: toy
layers:
  - {name: stem, op: conv, kernel: 3, padding: 1}
  - {name: down, op: conv, kernel: 3, stride: 2, padding: 1, from: stem}
  - {name: side, op: conv, kernel: 1, stride: 2, from: stem}
  - {name: sum, op: add, from: [down, side]}
""",
    ),
    check=_check,
)
