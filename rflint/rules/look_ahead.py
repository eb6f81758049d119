"""RF306: a layer on a causal axis that reads ahead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rflint.engine import Analysis
from rflint.model import Example, Finding, Layer, Note, Remedy, Rule
from rflint.questions.alignment import misalignments
from rflint.questions.look_ahead import ReadingAhead, from_look_ahead, readers_ahead
from rflint.rules._paths import field_edit, padded
from rflint.words import axes_text, samples

#: By the kind of op, what reads nothing ahead.
_OTHERWISE: Final = {
    "attention": "give it `causal: true`, with which samples attend to what has come",
    "rnn": "give it `direction: forward`",
    "resize": "`mode: nearest` with its default rounding repeats what has come; enlarge with that, or with a causal transposed convolution",
}
_STATISTIC: Final = "a stream has no statistics of what has not come: take them of the past, or fixed ones, such as those of `batch_norm`"


def _check(analysis: Analysis) -> Iterator[Finding]:
    ahead = readers_ahead(analysis)
    notes: dict[int, list[Note]] = {}
    for misalignment in misalignments(analysis) if ahead else ():
        merge = analysis.graph.layer(misalignment.node)
        for node in from_look_ahead(analysis, misalignment):
            notes.setdefault(node, []).append(Note(f"`{merge.name}` merges paths that this puts apart", merge.site))
    for own, axes in ahead:
        layer = analysis.graph.layer(own.node)
        why = "the spec says that it is causal" if own.declared else "its windows are causal"
        yield Finding(
            "RF306",
            f"`{layer.name}` reads {_far(own)} on {axes_text(axes)}: {why}",
            layer.field_site("padding", "mode", "direction"),
            severity="error" if own.declared else "warning",
            help=_help(analysis, layer, own),
            layer=layer.name,
            axes=axes,
            related=tuple(notes.get(own.node, ())),
            data={"shift": None if own.shift is None else float(own.shift), "padding": own.padding and list(own.padding)},
            remedy=_remedy(analysis, layer, own, axes),
        )


def _far(own: ReadingAhead) -> str:
    if own.by is None or own.shift is None:
        return "the whole map, however much of it is ahead,"
    of_input = f" ({samples(own.shift)} of the network's input)" if own.shift != own.by else ""
    return f"{samples(own.by)}{of_input} ahead"


def _help(analysis: Analysis, layer: Layer, own: ReadingAhead) -> str:
    if own.causal is None and own.padding is not None:
        return "padding at the start alone would put it apart from the paths that it meets: pad the layers of those at the start too"
    if own.causal is None:
        return _OTHERWISE.get(analysis.graph.kind(layer), _STATISTIC if own.by is None else "no sample later than its own may be read")
    low, high = own.causal
    verb = "trim" if analysis.graph.kind(layer) in ("conv_transpose", "max_unpool") else "pad"
    way = f"{verb} {low} before and {high} after" + ("" if own.alone else ", with what the layers around it do")
    word = ", which is `padding: causal`" if own.word and own.alone else ""
    return f"{way}{word}: the map keeps its size, and nothing is read ahead"


def _remedy(analysis: Analysis, layer: Layer, own: ReadingAhead, axes: Sequence[str]) -> Remedy | None:
    names = analysis.graph.axes
    if own.causal is None or not own.alone or not analysis.graph.takes(layer, "padding"):
        return None
    if own.word and len(axes) == len(names):
        value = "causal"
    else:
        value = padded(layer, {names.index(axis): "causal" if own.word else own.causal for axis in axes}, len(names))
    return Remedy((field_edit(layer, "padding", value),), safe=False, layers=(layer.name,))


RULE = Rule(
    code="RF306",
    name="look-ahead",
    severity="warning",
    summary="a layer on a causal axis that reads ahead",
    docs="""
On an axis on which nothing is to look ahead, because the spec says so (`causal: [t]`), because `padding: causal` is written
on it, or because most of its windows are padded at the start only, a layer reads samples later than its own: padding at
the high side of a window, a transposed convolution trimmed at the start, interpolation between a sample and the next,
attention, a recurrence or a statistic over the whole map.

## Why it matters

A causal network predicts from what has come, sample by sample: that is what lets it stream, and what makes a model of
the next sample honest. A layer that reads ahead is not noticed in training, where the whole signal is there and the loss
is the better for it; in a stream its values are other ones than those it was trained with, or its latency grows. In an
autoregressive model the network sees what it is to predict.

Only padding at the high side stands in for what has not come. A window without padding shortens its map instead: its first
output stands for the newest sample of the first window. A frame of a strided window is as late as its newest sample, by up
to one less than the stride, and not ahead.

It is a **warning**, and an **error** on an axis that `causal` names.

## How to mend it

Use the padding that the finding names: all of it before the first sample, which is `padding: causal` where the map keeps its
size; trimmed after the last sample of a transposed convolution. `rflint report` has the look-ahead of each layer, and
`expect: {output: {lookahead: 0}}` keeps it there. A merge whose paths are apart for this reason only is listed here, not
apart (RF102).

## When it is fine

Where a stream waits for some samples on purpose, state how many: `expect: {code: {lookahead: 319}}`, and leave that layer
out with `ignore: [RF306]`.

## References

van den Oord et al.: WaveNet, 2016; Bai, Kolter, Koltun: An Empirical Evaluation of Generic Convolutional and Recurrent
Networks for Sequence Modeling, 2018; Défossez et al.: High Fidelity Neural Audio Compression, 2022.
""",
    example=Example(
        failing="""\
rflint: 1
name: toy
axes: [t]
causal: [t]
layers:
  - {name: first, op: conv, kernel: 2, padding: causal}
  - {name: second, op: conv, kernel: 2, dilation: 2, padding: same}
""",
        passing="""\
rflint: 1
name: toy
axes: [t]
causal: [t]
layers:
  - {name: first, op: conv, kernel: 2, padding: causal}
  - {name: second, op: conv, kernel: 2, dilation: 2, padding: causal}
""",
    ),
    check=_check,
)
