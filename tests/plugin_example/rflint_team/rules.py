"""House rules of the team."""

from textwrap import dedent

from rflint.plugin import Example, Finding, Rule, axes_text, show, views


def _check(analysis):
    """The tile server cuts images at powers of two: so must the strides of all outputs be."""
    graph = analysis.graph
    for node, site in zip(graph.outputs, graph.output_sites, strict=True):
        for source, seen in views(analysis, node):
            strides = {axis: view.stride for axis, view in seen.items() if view.stride is not None}
            odd = {axis: stride for axis, stride in strides.items() if not _power_of_two(stride)}
            if odd:
                values = " and ".join(dict.fromkeys(map(show, odd.values())))
                yield Finding(
                    "TEAM001",
                    f"`{graph.node_name(node)}` has stride {values} on {axes_text(odd)}: no power of two, so its tiles do not meet",
                    site,
                    help="take strides of 2 and 4 only, or resample once at the end",
                    input=source,
                    axes=tuple(odd),
                    data={"strides": [str(stride) for stride in odd.values()]},
                )


def _power_of_two(stride):
    low, high = sorted((stride.numerator, stride.denominator))
    return low == 1 and high & (high - 1) == 0


RULES = [
    Rule(
        code="TEAM001",
        name="stride-no-power-of-two",
        severity="warning",
        summary="an output whose stride is no power of two",
        docs=dedent("""
            The effective stride of an output is no power of two.

            ## Why it matters

            The tile server cuts images at powers of two; features of neighbouring tiles must fall on one grid.

            ## How to mend it

            Take strides of 2 and 4 only, or resample to such a stride once at the end.
            """),
        example=Example(
            failing=dedent("""\
                rflint: 1
                layers:
                  - {name: stem, op: conv, kernel: 3, stride: 3, padding: 1}
                """),
            passing=dedent("""\
                rflint: 1
                layers:
                  - {name: stem, op: conv, kernel: 3, stride: 2, padding: 1}
                """),
        ),
        check=_check,
    ),
]
