"""RF401: samples of a map that none of its consumers reads."""

from __future__ import annotations

from collections.abc import Iterator

from rflint.engine import Analysis
from rflint.model import Example, Finding, Note, Rule
from rflint.questions.axes import causal_axes
from rflint.questions.readers import skipped_samples
from rflint.words import axes_text


def _check(analysis: Analysis) -> Iterator[Finding]:
    graph = analysis.graph
    causal = causal_axes(analysis)
    for unread, axes in skipped_samples(analysis):
        name = graph.node_name(unread.node)
        reader, *others = (graph.layer(node) for node in unread.readers)
        who = (
            f"`{reader.name}`"
            + "".join(f" and `{other.name}`" for other in others[:2])
            + (f" and {len(others) - 2} more" if len(others) > 2 else "")
        )
        one = len(unread.skipped) == 1
        yield Finding(
            "RF401",
            f"{len(unread.skipped)} of every {unread.pattern} samples of `{name}` on {axes_text(axes)} {'is' if one else 'are'} "
            f"read by nobody: {who} step{'s' if not others else ''} over {'it' if one else 'them'}",
            reader.field_site("stride", "kernel"),
            help="use a kernel at least as large as the stride, or pool before the stride"
            + (", padded so that nothing is read ahead: `padding: causal`" if causal.intersection(axes) else ""),
            layer=reader.name,
            axes=axes,
            related=(Note(f"`{name}` is computed here", graph.site(unread.node)),),
            data={"skipped": list(unread.skipped), "pattern": unread.pattern, "map": name},
        )


RULE = Rule(
    code="RF401",
    name="skipped-input",
    severity="warning",
    summary="samples of a map that none of its consumers reads",
    docs="""
Every layer that reads a map steps over some of its samples, and always over the same ones.

## Why it matters

A 1×1 convolution with stride 2 reads one sample in four of a 2-D map; if nothing else reads that map, three quarters of
the work that made it are thrown away and never influence the output. A strided 1×1 shortcut *beside* a 3×3 convolution
is fine, because the other path reads what the shortcut leaves out: only samples that **no** consumer reads count. So is
a stride behind a blur or a pooling that spans it: what is stepped over is summed up in what is not.

## How to mend it

Move the stride to the 3×3 convolution (as torchvision's ResNets do), pool before the projection (ResNet-D), or use a
kernel at least as large as the stride.

## References

He et al.: Bag of Tricks for Image Classification with CNNs, CVPR 2019 (ResNet-B and ResNet-D).
""",
    example=Example(
        failing="""\
rflint: 1
name: toy
layers:
  - {name: features, op: conv, kernel: 3, padding: 1}
  - {name: project, op: conv, kernel: 1, stride: 2}
""",
        passing="""\
rflint: 1
name: toy
layers:
  - {name: features, op: conv, kernel: 3, padding: 1}
  - {name: project, op: conv, kernel: 3, stride: 2, padding: 1}
""",
    ),
    check=_check,
)
