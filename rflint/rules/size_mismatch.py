"""RF008: maps of different size at a merge, and maps that shrink to nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from rflint.engine import Analysis
from rflint.model import Advice, Example, Finding, Graph, Note, Rule
from rflint.questions.axes import causal_axes
from rflint.questions.conflicts import AxisConflict, Change, Conflict, Disagreement, size_conflicts
from rflint.rules._advice import insertion_advice, size_mend_advice, sizes_advice
from rflint.rules._paths import insertion_words, size_mend_words
from rflint.words import axes_text, by_axis, either, quoted, samples

#: Changes of size that a note lists, the last ones of a path; and sizes that a message lists.
_LISTED = 4

#: Kind of conflict -> beginning of the message, fields to point at, what to do.
_KINDS: Final[Mapping[str, tuple[str, tuple[str, ...], str]]] = {
    "mismatch": (
        "merges maps of different size: ",
        ("from",),
        "pad the layers that shrink the smaller map, or cut the larger one with `crop_like`",
    ),
    "empty": (
        "shrinks its map to nothing: ",
        ("kernel", "crop", "padding", "start", "stop"),
        "pad this layer, drop it, or feed a larger input",
    ),
    "refused": ("", ("block", "start", "from"), "give it a map of a size that it takes: pad or crop, or choose another input size"),
}


def _check(analysis: Analysis) -> Iterator[Finding]:
    for conflict in size_conflicts(analysis):
        layer, names = analysis.graph.layer(conflict.node), analysis.graph.axes
        lead, fields, _ = _KINDS[conflict.kind]
        axes = {names[axis]: on for axis, on in conflict.axes.items()}
        said = by_axis({name: _words(analysis, on) for name, on in axes.items()})
        yield Finding(
            "RF008",
            f"`{layer.name}` {lead}{said}",
            layer.field_site(*fields),
            help=_help(analysis, conflict),
            advice=_advice(analysis.graph, conflict),
            layer=layer.name,
            axes=tuple(axes),
            related=tuple(_notes(analysis, conflict)),
            data={"kind": conflict.kind, "sizes": {name: list(on.sizes) for name, on in axes.items()}},
        )


def _help(analysis: Analysis, conflict: Conflict) -> str:
    """What was found to mend it: a change of one layer, a layer before the merge, another input size; else what one can do."""
    graph, found = analysis.graph, conflict.mend
    ways: list[str] = []
    if found.mend is not None:
        ways.append(f"{size_mend_words(graph, found.mend)}: the merged maps then have one size")
    if found.insertion is not None:
        ways.append(insertion_words(graph, found.insertion))
    if conflict.kind == "mismatch" and not ways and found.complete:
        ways.append("no padding, rounding, crop or resize of one layer alone gives the merged maps one size")
    if all(on.fitting for on in conflict.axes.values()):
        sizes = by_axis({graph.axes[axis]: either(on.fitting) for axis, on in conflict.axes.items()})
        ways.append(f"`{graph.inputs[0].name}` fits every layer with {sizes}")
    return ("; " if not (found.mend or found.insertion) else "; or ").join(ways or [_otherwise(analysis, conflict)])


def _otherwise(analysis: Analysis, conflict: Conflict) -> str:
    """What one can do; on a causal axis nothing that looks ahead."""
    if conflict.kind == "mismatch" and not causal_axes(analysis).isdisjoint(analysis.graph.axes[axis] for axis in conflict.axes):
        return "pad the layers that shrink the smaller map at their low side, or cut the larger one with `crop_like`"
    return _KINDS[conflict.kind][2]


def _advice(graph: Graph, conflict: Conflict) -> tuple[Advice, ...]:
    found = conflict.mend
    ways = [] if found.mend is None else [size_mend_advice(graph, found.mend)]
    ways += [] if found.insertion is None else [insertion_advice(graph, found.insertion)]
    fitting = {graph.axes[axis]: on.fitting for axis, on in conflict.axes.items()}
    return (*ways, *(sizes_advice(graph.inputs[0].name, fitting) if all(fitting.values()) else ()))


def _words(analysis: Analysis, on: AxisConflict) -> str:
    if on.disagreement is not None:
        return _disagreement_words(analysis, on.disagreement)
    if on.small_map is None:
        return on.refusal
    size, padding, kernel = on.small_map
    padded = f" with {padding} of padding" if padding else ""
    return f"nothing is left of {samples(size)}" if kernel is None else f"{samples(size)}{padded} for an effective kernel of {kernel}"


def _disagreement_words(analysis: Analysis, disagreement: Disagreement) -> str:
    names = analysis.graph.node_name
    by_size: dict[int | None, list[str]] = {}
    for branch in disagreement.branches:
        by_size.setdefault(branch.size, []).append(names(branch.node))
    if None not in by_size:
        said = [f"{size} from {quoted(origins)}" for size, origins in by_size.items()]
        more = [f"{len(said) - _LISTED} more sizes"] if len(said) > _LISTED else []
        return axes_text([*said[:_LISTED], *more])
    large, small, (least, most) = names(disagreement.largest), names(disagreement.smallest), disagreement.surplus
    if least > 0 and disagreement.grows:
        return f"`{large}` is larger than `{small}` at every input size,"
    if least > 0:
        surplus = samples(least) if least == most else f"{least} to {samples(most)}"
        return f"`{large}` has {surplus} more than `{small}`, whatever the input size,"
    return f"`{large}` and `{small}` agree at no input size that suits all other layers,"


def _notes(analysis: Analysis, conflict: Conflict) -> Iterator[Note]:
    """Say where the largest and the smallest branch part, and how the size of each goes on from there."""
    name, fork = analysis.graph.node_name, conflict.fork
    if fork is None:
        return
    if fork.node is not None:
        size = f", at {samples(fork.size)}" if fork.size else ""
        yield Note(f"the paths part after `{name(fork.node)}`{size}", analysis.graph.site(fork.node))
    for path in fork.paths:
        if path.changes:
            changes = ", ".join(f"{_change_words(change)} at `{name(change.node)}`" for change in path.changes[-_LISTED:])
            more = "…, " if len(path.changes) > _LISTED else ""
            yield Note(f"the path to `{name(path.end)}`: {more}{changes}", analysis.graph.site(path.end))


def _change_words(change: Change) -> str:
    """`57 → 28`; where the size is unknown `−2`."""
    return f"{change.by:+}".replace("-", "−") if change.before is None else f"{change.before} → {change.after}"


RULE = Rule(
    code="RF008",
    name="size-mismatch",
    severity="error",
    summary="maps of different size at a merge; a map that shrinks to nothing",
    docs="""
Two maps of different size meet in a merge; a map is smaller than the window that is to read it; or an op cannot take
the size it is given (`space_to_depth` of an odd map, `crop_like` to a larger one). Where the input size is unknown,
only what is wrong at every size is an error; which sizes work is RF010's to say.

## Why it matters

Elementwise merges need equal sizes: no framework runs this network at this input. In an encoder-decoder, halving
`n → ⌊n/2⌋` forgets the odd sample and doubling brings back `2⌊n/2⌋`, so a skip of 45 samples meets an upsampled map of
44: after `k` halvings only multiples of `2ᵏ` come through. Convolutions without padding lose `k - 1` samples each.
Where the sizes differ because the strides do, the finding is RF101.

## How to mend it

The finding names both sizes, the layer where the paths part, what each path does to the size, and the nearest input
sizes that fit. Use one of those; pad the layer that shrinks; resize `like` the other map instead of by a factor; or cut
the larger map with `crop_like`, as the original U-Net does. Mind `ceil_mode` and the padding of pooling layers, which
differ between frameworks: they decide the odd sample.

## When it is fine

Never: this cannot be suppressed or switched off. Declare the size that the network is used at.

## References

Ronneberger, Fischer, Brox: U-Net, MICCAI 2015, section 2 (input sizes for which all halvings divide).
""",
    example=Example(
        failing="""\
rflint: 1
name: toy
inputs:
  image: {size: 90}
layers:
  - {name: enc1, op: conv, kernel: 3, padding: 1}
  - {name: pool1, op: max_pool, kernel: 2}
  - {name: enc2, op: conv, kernel: 3, padding: 1}
  - {name: pool2, op: max_pool, kernel: 2}
  - {name: up2, op: resize, scale: 2}
  - {name: skip2, op: concat, from: [up2, enc2]}
""",
        passing="""\
rflint: 1
name: toy
inputs:
  image: {size: 92}
layers:
  - {name: enc1, op: conv, kernel: 3, padding: 1}
  - {name: pool1, op: max_pool, kernel: 2}
  - {name: enc2, op: conv, kernel: 3, padding: 1}
  - {name: pool2, op: max_pool, kernel: 2}
  - {name: up2, op: resize, scale: 2}
  - {name: skip2, op: concat, from: [up2, enc2]}
""",
    ),
    check=_check,
)
