"""RF204: layers whose input already sees the whole image."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from rflint.engine import Analysis
from rflint.model import Example, Finding, Layer, Rule, together
from rflint.questions.narrowest import unproductive
from rflint.words import counted


def _check(analysis: Analysis) -> Iterator[Finding]:
    nodes, windows = unproductive(analysis)
    if nodes:
        layers = [analysis.graph.layer(node) for node in nodes]
        yield together(layers, lambda layer: layer.name, partial(_finding, analysis, windows))


def _finding(analysis: Analysis, windows: int, layers: Sequence[Layer]) -> Finding:
    inputs = analysis.graph.inputs
    size = f" of {' × '.join(map(str, inputs[0].size))} samples" if len(inputs) == 1 else ""
    first, more = layers[0], len(layers) - 1
    others = f", and so {'does' if more == 1 else 'do'} {counted(more, 'more layer')} of the {windows} with a window" if more else ""
    return Finding(
        "RF204",
        f"`{first.name}` adds no context: every feature of the map it reads already sees the whole input{size}{others}",
        first.site,
        help="feed larger images, take strides out of the layers before, or drop these layers: they cost as much as the others",
        layer=first.name,
        data={"count": len(layers), "windows": windows},
    )


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
