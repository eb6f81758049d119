"""RF010: only some input sizes work."""

from __future__ import annotations

from collections.abc import Iterator

from rflint.engine import Analysis
from rflint.model import Example, Finding, Note, Rule, Site
from rflint.questions.invalid_sizes import invalid_sizes
from rflint.words import axes_text, in_words


def _check(analysis: Analysis) -> Iterator[Finding]:
    graph = analysis.graph
    for (classes, problem), axes in invalid_sizes(analysis):
        item = graph.inputs[classes.position]
        declared = item.multiple_of[graph.axes.index(axes[0])]
        sizes = in_words(classes.valid, classes.modulus)
        if declared > 1:
            text = (
                f"`multiple_of: {declared}` of `{item.name}` admits sizes on {axes_text(axes)} that do not work: "
                f"of its multiples only {sizes} does"
            )
        else:
            text = f"only some sizes of `{item.name}` work on {axes_text(axes)}: {sizes}"
        first = graph.node_name(problem)
        yield Finding(
            "RF010",
            text,
            Site(item.site.file, (*item.site.path, "multiple_of")) if declared > 1 else item.site,
            severity="error" if declared > 1 else "info",
            help=f"declare `size`, or a `multiple_of` that works; `{first}` is the first layer that other sizes do not suit",
            input=item.name,
            axes=axes,
            related=(Note(f"other sizes fail here, at `{first}`", graph.site(problem)),),
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
