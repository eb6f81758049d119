"""RF204: layers whose input already sees the whole image."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from rflint.algebra.axis import Window
from rflint.engine.analysis import layer_of
from rflint.engine.program import COPY, GATE, MERGE, STEP
from rflint.model.finding import Finding
from rflint.model.rule import Example, Rule
from rflint.rules._together import together
from rflint.words.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rflint.algebra.axis import Step
    from rflint.engine.analysis import Analysis, AxisAnalysis
    from rflint.engine.tracing import Trace
    from rflint.model.graph import Layer


class _Narrowest(NamedTuple):
    """What feature `i` sees on every path: the samples `low + i * advance … high + i * advance`."""

    low: int
    high: int
    advance: int


def _check(analysis: Analysis) -> Iterator[Finding]:
    if not all(part.known for part in analysis.axes):
        return
    looking = list(_looking_around(analysis))
    sees = _sees_everything(analysis)
    found = [layer_of(analysis, node) for node in looking if sees[analysis.axes[0].program.sources[node][0]]]
    if found:
        yield together(found, lambda layer: layer.name, partial(_finding, analysis, len(looking)))


def _finding(analysis: Analysis, windows: int, found: Sequence[Layer]) -> Finding:
    graph = analysis.graph
    image = " × ".join(str(part.sizings[0].inputs[0]) for part in analysis.axes)
    size = f" of {image} samples" if len(graph.inputs) == 1 else ""
    first = found[0]
    others = (
        f", and so {'does' if len(found) == 2 else 'do'} {counted(len(found) - 1, 'more layer')} of the {windows} with a window"
        if len(found) > 1
        else ""
    )
    return Finding(
        "RF204",
        f"`{first.name}` adds no context: every feature of the map it reads already sees the whole input{size}{others}",
        first.site,
        help="feed larger images, take strides out of the layers before, or drop these layers: they cost as much as the others",
        layer=first.name,
        data={"count": len(found), "windows": windows},
    )


def _looking_around(analysis: Analysis) -> Iterator[int]:
    """Nodes that learn from a neighbourhood: pooling gathers what is there, transposed convolutions spread it."""
    ops = analysis.graph.ops.values()
    learning = {op.name for op in ops if op.learns}
    programs = [part.program for part in analysis.axes]
    for node, layer in enumerate(analysis.graph.layers, len(analysis.graph.inputs)):
        if layer.op in learning and any(isinstance(op, Window) and op.kernel > 1 for program in programs if (op := program.ops[node])):
            yield node


def _sees_everything(analysis: Analysis) -> list[bool]:
    """By node: whether every feature sees all of every input that reaches it, on all axes and on its narrowest path."""
    count = len(analysis.axes[0].program.kinds)
    reached, seen = [False] * count, [True] * count
    distinct = {id(part.cases): part for part in analysis.axes}
    for part in distinct.values():
        sizing = part.sizings[0]
        for position, trace in enumerate(part.cases[0].traces.values()):
            whole = sizing.inputs[position]
            for node, narrowest in enumerate(_narrowest(part, trace)):
                if trace.fields[node] is None:
                    continue
                reached[node] = True
                seen[node] = seen[node] and _covers(narrowest, sizing.sizes[node], whole)
    return [there and all_of_it for there, all_of_it in zip(reached, seen, strict=True)]


def _covers(narrowest: _Narrowest | None, size: int | None, whole: int | None) -> bool:
    """Whether the first and the last of `size` features, and so all, see `whole` samples."""
    if narrowest is None or size is None or whole is None:
        return False
    return narrowest.low + (size - 1) * narrowest.advance <= 0 and narrowest.high >= whole - 1


def _narrowest(part: AxisAnalysis, trace: Trace) -> list[_Narrowest | None]:
    """By node: what the narrowest of its local paths sees; None where that differs between features, or is not known.

    A residual network passes what its first layers saw along its shortcuts: there the layers after them add context,
    however wide the widest path is.
    """
    program, steps = part.program, part.sizings[0].steps
    found: list[_Narrowest | None] = [None] * len(program.kinds)
    for node, kind in enumerate(program.kinds):
        field = trace.fields[node]
        origins = program.sources[node]
        if field is None or field.why:
            continue
        if not origins:
            found[node] = _Narrowest(0, 0, 1)
        elif kind in (COPY, GATE):
            found[node] = found[origins[0]]
        elif kind == MERGE:
            local = [found[origin] for origin in origins if (branch := trace.fields[origin]) is not None and branch.why != "global"]
            found[node] = _meet([each for each in local if each is not None]) if None not in local else None
        elif kind == STEP and (step := steps[node]) is not None and (before := found[origins[0]]) is not None:
            found[node] = _behind(step, before)
    return found


def _behind(step: Step, before: _Narrowest) -> _Narrowest | None:
    if step.period != 1 or not step.taps or not step.taps[0]:
        return None
    low, high = step.taps[0][0], step.taps[0][-1]
    return _Narrowest(before.low + before.advance * low, before.high + before.advance * high, before.advance * step.advance)


def _meet(branches: list[_Narrowest]) -> _Narrowest | None:
    if len({branch.advance for branch in branches}) != 1:
        return None
    return _Narrowest(max(branch.low for branch in branches), min(branch.high for branch in branches), branches[0].advance)


RULE = Rule(
    code="RF204",
    name="unproductive-layer",
    severity="info",
    summary="layers whose input already sees the whole image",
    docs="""
Convolutions that read maps on which *every* feature already sees all of the declared input, whichever path the signal
takes. One finding, with the number of such layers, at the first; pooling and upsampling layers are not counted.

## Why it matters

A window earns its cost by bringing new samples together. With `low + (m - 1)·S ≤ 0` and `high ≥ n - 1` for the first
and the last of `m` features, each feature already depends on all `n` samples, and a further 3×3 adds padding and
nothing else. Trained networks solve most of the task before this border; layers after it add little to accuracy at full
cost (Richter et al.). rflint asks for more than their criterion (`r > n`): that all features see everything, corners
included, on the narrowest path, so that residual networks, whose shortcuts keep small receptive fields alive, are not
reported for their widest path.

## How to mend it

Feed larger images; take out early strides, which keeps the layers and slows the growth of the receptive field; or drop
the layers and spend their cost where they see something new.

## When it is fine

Where such layers only recombine features, as 1×1 convolutions do (which are not counted), or where weights trained on
larger images are kept: `# rflint: ignore[RF204] why`.

## References

Richter, Schöning, Wiedenroth, Krumnack: Should You Go Deeper? Optimizing Convolutional Neural Network Architectures
without Training, ICMLA 2021, doi 10.1109/ICMLA52953.2021.00159.
""",
    example=Example(
        failing="""\
rflint: 1
name: toy
inputs:
  image: {size: 33}
layers:
  - {name: stage, op: conv, kernel: 3, stride: 2, padding: 1, repeat: 4}
  - {name: deep, op: conv, kernel: 3, padding: 1, repeat: 5}
""",
        passing="""\
rflint: 1
name: toy
inputs:
  image: {size: 129}
layers:
  - {name: stage, op: conv, kernel: 3, stride: 2, padding: 1, repeat: 4}
  - {name: deep, op: conv, kernel: 3, padding: 1, repeat: 5}
""",
    ),
    check=_check,
)
