"""Words of other frameworks: what each of them comes to, and that none is ever taken for something else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rflint.fixing.mending import mend
from rflint.ops import OPS
from rflint.pipeline import lint_bytes
from rflint.validation import synonyms
from rflint.validation.synonyms import comparable, field_word, near_ops, op_meaning
from rflint.verdict import Options

#: What becomes of a map: it keeps its size or shrinks, it grows, it is seen whole.
UP = frozenset(("conv_transpose", "max_unpool", "resize", "depth_to_space", "resize_like", "pad"))
MERGING = frozenset(name for name, op in OPS.items() if op.merges)
WHOLE = frozenset(("global_avg_pool", "global_max_pool", "dense", "flatten", "attention", "rnn"))


def kind(op: str) -> str:
    return "up" if op in UP else "merging" if op in MERGING else "whole" if op in WHOLE else OPS[op].group


@pytest.mark.parametrize(
    ("name", "ops", "axes"),
    [
        ("nn.Conv2d", "conv", 2), ("Conv2d", "conv", 2), ("conv2d", "conv", 2), ("torch.nn.Conv3d", "conv", 3),
        ("nn.ReLU", "relu", None), ("F.relu", "relu", None), ("MaxPool2d", "max_pool", 2), ("MaxPooling2D", "max_pool", 2),
        ("BatchNorm2d", "batch_norm", 2), ("BN", "batch_norm", None), ("AveragePooling2D", "avg_pool", 2),
        ("GlobalAveragePooling2D", "global_avg_pool", 2), ("Linear", "dense", None), ("keras.layers.Dense", "dense", None),
        ("Concatenate", "concat", None), ("torch.cat", "concat", None), ("tf.keras.layers.Multiply", "mul", None),
        ("ConvTranspose2d", "conv_transpose", 2), ("Conv2DTranspose", "conv_transpose", 2), ("deconv", "conv_transpose", None),
        ("deconvolution", "conv_transpose", None), ("upconv", "conv_transpose", None), ("UpConv2d", "conv_transpose", 2),
        ("UpSampling2D", "resize", 2), ("nn.Upsample", "resize", None), ("F.interpolate", "resize", None),
        ("PixelShuffle", "depth_to_space", None), ("DepthwiseConv2D", "depthwise_conv", 2), ("nn.PReLU", "prelu", None),
        ("pool", "max_pool avg_pool", None), ("Pool2d", "max_pool avg_pool", 2), ("nn.LSTM", "rnn", None), ("GatedLinearUnit", "glu", None),
        ("norm", "batch_norm layer_norm group_norm instance_norm", None), ("my.Conv2d", None, None), ("", None, None),
    ],
)  # fmt: skip
def test_ops(name: str, ops: str | None, axes: int | None) -> None:
    meaning = op_meaning(name, OPS)
    assert (meaning and " ".join(meaning.word.ops)) == ops
    assert meaning is None or meaning.axes == axes


def test_the_table_speaks_of_what_there_is() -> None:
    fields = {field.name for op in OPS.values() for field in op.fields}
    for word, meaning in synonyms.OPS.items():
        assert word == synonyms.fold(word)
        assert set(meaning.ops) <= OPS.keys()
        assert set(meaning.fields.values()) <= {field.name for op in meaning.ops for field in OPS[op].fields}
    others = {"from", "inputs", "outputs", "layer", "repeat", "when", "op", "use", "name", "receptive_field", "center", "params"}
    assert {field for word in synonyms.FIELDS.values() for field in word.fields} <= fields | others
    assert {meant[0] for switch in synonyms.SWITCHES.values() for meant in switch.values() if meant} <= fields
    for field, values in synonyms.VALUES.items():
        texts = str([each.schema for op in OPS.values() for each in op.fields if each.name == field])
        assert all(f"'{value}'" in texts for value in values.values())


#: Short words are near to anything.
LONG = sorted(word for word in synonyms.OPS if len(word) > 5)


@given(st.sampled_from(LONG), st.data())
def test_a_slip_in_a_foreign_word_never_crosses_a_meaning(word: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(word) - 1))
    letter = data.draw(st.sampled_from("aehlnrstx"))
    slipped = data.draw(
        st.sampled_from((word[:place] + word[place + 1 :], word[:place] + letter + word[place:], word[:place] + letter + word[place + 1 :]))
    )
    # A slip may spell what says that it is something else: `dwconv`, `dewconv`.
    if op_meaning(slipped, OPS) is None and slipped not in map(synonyms.fold, OPS) and word in comparable(slipped, synonyms.OPS):
        kinds = {kind(op) for op in synonyms.OPS[word].ops}
        found = near_ops(slipped, comparable(slipped, OPS))
        assert not found or kinds & {kind(op) for op in found}, f"{slipped}: {found}"


@pytest.mark.parametrize("word", ["upconv", "deconv", "ConvTranspose2d", "UpSampling2D", "upcnv", "decnov", "unconv", "Conv2DTransposed"])
def test_what_enlarges_a_map_never_becomes_a_convolution(word: str) -> None:
    text = f"rflint: 1\naxes: [y, x]\nlayers:\n  - {{op: {word}, kernel: 3, stride: 2}}\n"
    told = lint_bytes(text.encode(), "net.yaml", Options())
    assert all("`conv`?" not in finding.message for finding in told.findings)
    assert b"op: conv," not in mend(text.encode(), "net.yaml", Options(), unsafe=True).data


@pytest.mark.parametrize(
    ("key", "op", "field"),
    [
        ("kernel_size", "conv", "kernel"), ("ksize", "max_pool", "kernel"), ("k", "conv", "kernel"), ("s", "conv", "stride"),
        ("p", "conv", "padding"), ("p", "dropout", None), ("strides", "conv", "stride"), ("out_channels", "conv", "channels"),
        ("filters", "conv", "channels"), ("num_filters", "conv", "channels"), ("dilation_rate", "conv", "dilation"),
        ("in_channels", "conv", None), ("pool_size", "avg_pool", "kernel"), ("scale_factor", "resize", "scale"),
    ],
)  # fmt: skip
def test_fields(key: str, op: str, field: str | None) -> None:
    found = field_word(key, [each.name for each in OPS[op].fields])
    assert (found and found[0]) == field


def layer(fields: str, *, unsafe: bool = False) -> str:
    """What becomes of a layer."""
    mended = mend(f"rflint: 1\naxes: [y, x]\nlayers:\n  - {fields}\n".encode(), "net.yaml", Options(), unsafe=unsafe)
    return mended.data.decode().partition("layers:\n  - ")[2].rstrip("\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{op: nn.Conv2d, kernel_size: 3, in_channels: 3}", "{op: conv, kernel: 3}"),
        ("{op: UpSampling2D, size: [2, 2]}", "{op: resize, scale: [2, 2]}"),
        ("{op: nn.Upsample, size: 32, mode: bilinear}", "{op: resize, size: 32, mode: linear}"),
        (
            "{op: nn.Upsample, scale_factor: 2, mode: bilinear, align_corners: true}",
            "{op: resize, scale: 2, mode: linear, coordinates: align_corners}",
        ),
        ("{op: nn.Upsample, scale_factor: 2, mode: bilinear, align_corners: false}", "{op: resize, scale: 2, mode: linear}"),
        ("{op: conv, ksize: (3; 3)}", "{op: conv, kernel: (3; 3)}"),
        ('{op: conv, kernel_size: "3, 5"}', "{op: conv, kernel: [3, 5]}"),
        ("{op: conv, kernel: 3x3}", "{op: conv, kernel: [3, 3]}"),
        ("{op: Conv, kernel_shape: 3, pads: [1, 2, 1, 2]}", "{op: conv, kernel: 3, padding: [[1, 1], [2, 2]]}"),
        ("{op: conv, kernel: 3, activation: relu}", "{op: conv, kernel: 3}\n  - {op: relu}"),
        ("{op: conv, kernel: 3, activation: null}", "{op: conv, kernel: 3}"),
        ("{op: Activation, activation: ReLU}", "{op: relu}"),
        ("{type: Conv2d, kernel_size: 3}", "{op: conv, kernel: 3}"),
        ("{op: dropout, inplace: true}", "{op: dropout}"),
    ],
)
def test_mended(before: str, after: str) -> None:
    assert layer(before) == after


@pytest.mark.parametrize(
    "fields",
    [
        "{op: pool, kernel: 2}", "{op: nn.Conv1d, kernel: 3}", "{op: conv, kernel: 3x5}", "{op: conv, kernel: 3, padding: 1, paddings: 2}",
        "{op: conv, k: 3, ksize: 5}", "{op: conv, kernel: 3, pad: [1, 1, 1, 1]}", "{op: conv, kernel: 3, repeat: 2, activation: relu}",
        "{name: c, op: conv, kernel: 3, activation: relu}\n  - {op: conv, kernel: 1, from: c}", "{op: conv, kernel: 3, activation: what}",
        '{op: "nn.Conv2d(3, 64, 3)"}', "{op: norm}", "{op: eltwise, from: [input, input]}",
        "{op: conv, kernel: 3, activation: relu}\n  - {op: conv, kernel: 1}\n  - {op: relu, from: conv_2}",
    ],
)  # fmt: skip
def test_left_to_the_author(fields: str) -> None:
    assert layer(fields, unsafe=True) == fields


@pytest.mark.parametrize(
    "fields", ["{op: upconv, kernel: 2, stride: 2}", "{op: nn.LSTM}", "{op: nn.PReLU}", "{op: nn.Linear, channels: 3}"]
)
def test_only_on_demand(fields: str) -> None:
    assert layer(fields) == fields
    assert layer(fields, unsafe=True) != fields


@pytest.mark.parametrize("field", ["align_corners: true", "align_corners: [1]", "height: 3"])
def test_a_word_of_the_table_that_means_nothing_here_is_not_guessed_at(field: str) -> None:
    report = lint_bytes(f"rflint: 1\nlayers: [{{op: conv, kernel: 3, {field}}}]\n".encode(), "net.yaml", Options())
    assert [each.message for each in report.findings] == [f"`{field.partition(':')[0]}` is not a field of `conv`"]


def test_a_linear_layer_is_dense_only_behind_a_map_of_one_sample() -> None:
    behind = "{op: flatten}\n  - {op: relu}\n  - {op: nn.Linear, channels: 3}"
    assert layer(behind).endswith("{op: dense, channels: 3}")
    beside = "{op: flatten}\n  - {op: conv, kernel: 1, from: input}\n  - {op: nn.Linear, channels: 3}"
    assert layer(beside) == beside
