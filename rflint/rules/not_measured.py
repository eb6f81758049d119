"""RF702: layers that `rflint verify` could not compare with the model."""

from rflint.model import Example, Rule

RULE = Rule(
    code="RF702",
    name="not-measured",
    severity="info",
    summary="layers that could not be compared with the running model",
    docs="""
Layers of the spec that `rflint verify` did not compare with the model, all in one finding, with the reasons. It is a
warning where nothing at all could be compared.

- *is not found in the model*: no module or operator goes by the name of the layer. Layers are found by the path of their
  module, `layer1/0/conv1` for `layer1.0.conv1`, and merges and pools by their order in the module around them, as
  imported specs have them.
- *sees the whole map*: behind a global pool or attention to all there is no region to compare.
- *operator …*: what that operator of the model makes of dependence is not known; nor is what comes behind it.
- *was not reached within the time limit*: `--time-limit` gives more.

## Why it matters

What was not compared may differ.

## How to mend it

Name layers as the modules of the model are called, or import the spec.

## When it is fine

Wherever the reason is the nature of the layer.
""",
    # No spec by itself is compared with a model.
    example=Example("", ""),
)
