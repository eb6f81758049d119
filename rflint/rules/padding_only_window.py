"""RF304: windows that see nothing but padding."""

from __future__ import annotations

from collections.abc import Iterable

from rflint.engine import Analysis
from rflint.model import Example, Finding, Rule
from rflint.questions.borders import lopsided_windows
from rflint.questions.padding import blind_windows
from rflint.rules._borders import border_data, per_axis
from rflint.words import axes_text


def _check(analysis: Analysis) -> Iterable[Finding]:
    names = analysis.graph.axes
    for window in lopsided_windows(analysis):
        border = window.border
        before, after = blind_windows(border)
        if not before and not after:
            continue
        layer = analysis.graph.layer(border.node)
        axes = tuple(names[axis] for axis in window.axes)
        outs = [str(out) for _, out in window.sizes]
        of = per_axis(names, window, outs, "window")
        count = "one" if before + after == 1 else str(before + after)
        sees = "sees" if count == "one" else "see"
        which = f"{count} window{'s' * (count != 'one')} {sees}" if border.virtual else f"{count} of its {of} {sees}"
        yield Finding(
            "RF304",
            f"`{layer.name}` pads {border.low} before and {border.high} after a kernel of {border.kernel} on {axes_text(axes)}: "
            f"{which} nothing but padding",
            layer.field_site("padding"),
            help=f"pad less than the effective kernel of {border.kernel} on either side",
            layer=layer.name,
            axes=axes,
            data={**border_data(border), "blind": [before, after]},
        )


RULE = Rule(
    code="RF304",
    name="padding-only-window",
    severity="warning",
    summary="padding so large that some windows see nothing but padding",
    docs="""
A window is padded by at least its effective kernel, so that its first or last positions cover no real sample.

## Why it matters

Those features hold a constant (the bias), whatever the image shows, and the layers behind them mix that constant into
the border of every map. Frameworks refuse such pooling and accept such convolutions silently; it is nearly always a
typing mistake, or a padding meant for another dilation.

## How to mend it

Pad less than the effective kernel `d(k-1)+1`; `d(k-1)/2` keeps the size at stride 1.

## References

Araujo, Norris, Sim: Distill 2019, doi 10.23915/distill.00021.
""",
    example=Example(
        failing="""\
rflint: 1
name: toy
inputs:
  image: {size: 32}
layers:
  - {name: wide, op: conv, kernel: 3, padding: 4}
""",
        passing="""\
rflint: 1
name: toy
inputs:
  image: {size: 32}
layers:
  - {name: wide, op: conv, kernel: 3, padding: 1}
""",
    ),
    check=_check,
)
