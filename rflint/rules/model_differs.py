"""RF701: a layer that sees other samples in the running model than the spec says."""

from rflint.model import Example, Rule

RULE = Rule(
    code="RF701",
    name="model-differs",
    severity="error",
    summary="a layer that is another one in the running model",
    docs="""
A layer whose features depend on other samples of the input when the model runs, or are more or fewer, than the spec
says. Only `rflint verify` finds it: it runs the model and measures which samples each feature depends on, in the middle
of a long input over one full period, and at the borders of a short one. The finding has the first feature that differs,
with its region in the model and in the spec. A layer that differs because one before it does is counted there. Whether a
layer sees the whole map through a global branch (a gate, a norm over the map) is compared in a run of its own.

## Why it matters

Everything else that rflint says is about the spec. Where the spec is not the network, it is about another network.

## How to mend it

Compare kernel, stride, dilation, padding and inputs of the layer with the code. An imported spec is renewed by
`rflint import --update`. A difference at the borders alone is one of padding or cropping: as much of it, on another side.

## When it is fine

Weights that are zero on purpose (a masked convolution) are taps that nothing depends on; the language knows no such
masks. Suppress the finding at that layer, with the reason.
""",
    # No spec by itself differs from a model.
    example=Example("", ""),
)
