"""RF401: samples of a map that none of its consumers reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rflint.model.finding import Finding
from rflint.model.rule import Example, Rule
from rflint.model.site import Note
from rflint.questions.borders import decided_sizings
from rflint.questions.readers import kept_nodes, unread
from rflint.words.numbers import axes_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rflint.engine.analysis import Analysis
    from rflint.questions.readers import Unread


def _check(analysis: Analysis) -> Iterable[Finding]:
    found: dict[tuple[int, int, int], tuple[Unread, list[int]]] = {}
    kept = kept_nodes(analysis)
    for axis, part in enumerate(analysis.axes):
        for sizing in decided_sizings(part)[:1]:
            for each in unread(part, sizing, kept):
                if each.skipped:
                    found.setdefault((each.node, len(each.skipped), each.pattern), (each, []))[1].append(axis)
    for each, axes in found.values():
        name = analysis.graph.node_name(each.node)
        reader = analysis.graph.layer(each.readers[0])
        names = tuple(analysis.graph.axes[axis] for axis in axes)
        others = [analysis.graph.layer(node) for node in each.readers[1:]]
        who = (
            f"`{reader.name}`"
            + "".join(f" and `{other.name}`" for other in others[:2])
            + (f" and {len(others) - 2} more" if len(others) > 2 else "")
        )
        share = f"{len(each.skipped)} of every {each.pattern} samples"
        yield Finding(
            "RF401",
            f"{share} of `{name}` on {axes_text(names)} {'is' if len(each.skipped) == 1 else 'are'} read by nobody: {who} "
            f"step{'s' if not others else ''} over {'it' if len(each.skipped) == 1 else 'them'}",
            reader.field_site("stride", "kernel"),
            help="use a kernel at least as large as the stride, or pool before the stride",
            layer=reader.name,
            axes=names,
            related=(Note(f"`{name}` is computed here", analysis.graph.site(each.node)),),
            data={"skipped": list(each.skipped), "pattern": each.pattern, "map": name},
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
is fine, because the other path reads what the shortcut leaves out: only samples that **no** consumer reads count.

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
