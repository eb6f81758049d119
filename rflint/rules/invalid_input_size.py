"""RF010: only some input sizes work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rflint.model.finding import Finding
from rflint.model.rule import Example, Rule
from rflint.model.site import Note, Site
from rflint.questions.every_size import SizeClasses, size_classes
from rflint.words.congruence import in_words
from rflint.words.numbers import axes_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rflint.engine.analysis import Analysis


def _check(analysis: Analysis) -> Iterable[Finding]:
    graph = analysis.graph
    names = tuple(item.name for item in graph.inputs)
    grouped: dict[SizeClasses, list[int]] = {}
    for axis, part in enumerate(analysis.axes):
        for classes in size_classes(part, names):
            if classes.valid and len(classes.valid) < len(classes.tried):
                grouped.setdefault(classes, []).append(axis)
    for classes, axes in grouped.items():
        item = graph.inputs[classes.position]
        shown = tuple(graph.axes[axis] for axis in axes)
        declared = item.multiple_of[axes[0]]
        part = analysis.axes[axes[0]]
        first = next(sizing for sizing in part.sizings if sizing.problems)
        problem = min(first.problems, key=lambda each: each.node)
        sizes = in_words(classes.valid, classes.modulus)
        if declared > 1:
            text = (
                f"`multiple_of: {declared}` of `{item.name}` admits sizes on {axes_text(shown)} that do not work: "
                f"of its multiples only {sizes} does"
            )
        else:
            text = f"only some sizes of `{item.name}` work on {axes_text(shown)}: {sizes}"
        yield Finding(
            "RF010",
            text,
            Site(item.site.file, (*item.site.path, "multiple_of")) if declared > 1 else item.site,
            severity="error" if declared > 1 else "info",
            help=f"declare `size`, or a `multiple_of` that works; `{graph.node_name(problem.node)}` is the first layer "
            "that other sizes do not suit",
            input=item.name,
            axes=shown,
            related=(Note(f"other sizes fail here, at `{graph.node_name(problem.node)}`", analysis.graph.site(problem.node)),),
            data={"valid": list(classes.valid), "modulus": classes.modulus},
        )


RULE = Rule(
    code="RF010",
    name="invalid-input-size",
    severity="info",
    summary="only some input sizes work",
    docs="""
The size of an input is not declared, and some sizes make two branches meet with maps of different size, or leave a
layer with a size that it cannot take.

## Why it matters

Map sizes depend on the input size modulo the total stride only, so all sizes are decided at once: a U-Net of four
levels wants multiples of 16. A size that does not suit fails at run time, often only when the first odd image arrives.
With a declared `multiple_of` that admits such sizes the finding is an **error**: the promise is wrong.

## How to mend it

Declare the size, or the right `multiple_of`; or make the network take any size (crop or resize the skip to the size of
the other branch).

## References

Dumoulin, Visin: A guide to convolution arithmetic for deep learning, arXiv 1603.07285.
""",
    example=Example(
        failing="""\
rflint: 1
name: toy
layers:
  - {name: skip, op: conv, kernel: 3, padding: 1}
  - {name: down, op: max_pool, kernel: 2}
  - {name: up, op: conv_transpose, kernel: 2, stride: 2}
  - {name: merge, op: concat, from: [up, skip]}
""",
        passing="""\
rflint: 1
name: toy
inputs:
  image: {multiple_of: 2}
layers:
  - {name: skip, op: conv, kernel: 3, padding: 1}
  - {name: down, op: max_pool, kernel: 2}
  - {name: up, op: conv_transpose, kernel: 2, stride: 2}
  - {name: merge, op: concat, from: [up, skip]}
""",
    ),
    check=_check,
)
