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

- *is not found in the model*: nothing in the model goes by the name of the layer. An imported spec fits its model; in one
  that was written by hand layers are found by the path of their module, `layer1/0/conv1` for `layer1.0.conv1`, or the
  name of their tensor.
- *sees all that came before*: behind a recurrence, or attention to the past, there is no region to compare.
- *operator …*, *positions that are data*: what that operator of the model makes of dependence is not known; nor is what
  comes behind it.
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
