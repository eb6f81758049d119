"""The fields a layer can have: name, JSON Schema of a value, words for the editor.

`rflint.validation.build` turns these into `schemas/rflint-spec.v1.schema.json` and adds the `${…}`
alternative to each; nothing else describes a field.
"""

from __future__ import annotations

from rflint.algebra import LARGEST
from rflint.model import FieldSpec, Schema


def _integer(low: int, high: int = LARGEST) -> Schema:
    return {"type": "integer", "minimum": low, "maximum": high}


_PAIR: Schema = {
    "type": "array",
    "description": "`[low, high]`: samples before the first and after the last.",
    "prefixItems": [_integer(-LARGEST), _integer(-LARGEST)],
    "items": False,
    "minItems": 2,
}
_BOOLEAN: Schema = {"type": "boolean"}
PADDING_WORDS = ("valid", "same", "same_lower", "causal")

KERNEL = FieldSpec("kernel", _integer(1), "Kernel size in samples of the layer's input.", per_axis=True, examples=(3, [1, 7]))
STRIDE = FieldSpec("stride", _integer(1), "Step of the window in samples of the layer's input.", "1", per_axis=True, examples=(2,))
POOL_STRIDE = FieldSpec(
    "stride", _integer(1), "Step of the window in samples of the layer's input.", "the kernel", per_axis=True, examples=(2,)
)
DILATION = FieldSpec(
    "dilation",
    _integer(1),
    "Distance between neighbouring taps; the effective kernel is `dilation * (kernel - 1) + 1`.",
    "1",
    per_axis=True,
    examples=(2,),
)
PADDING = FieldSpec(
    "padding",
    {
        "anyOf": [
            _integer(-LARGEST),
            {"enum": list(PADDING_WORDS)},
            _PAIR,
        ]
    },
    "Samples added at the borders: an integer (both sides), `valid` (none), `same` (as TensorFlow and ONNX SAME_UPPER: "
    "`out = ceil(n / stride)`, the odd sample on the high side), `same_lower`, `causal`; or a list per axis of integers, "
    "words or `[low, high]` pairs. Negative values crop.",
    "valid",
    per_axis=True,
    examples=(1, "same", [[0, 1], [0, 1]]),
)
TRANSPOSED_PADDING = FieldSpec(
    "padding",
    {"anyOf": [_integer(-LARGEST), {"enum": list(PADDING_WORDS)}, _PAIR]},
    "Samples removed from the borders of the output: an integer (both sides), `valid` (none), `same` (`out = n * stride`), "
    "`same_lower`, `causal` (`out = n * stride`, all of it at the high side); or a list per axis of integers, words or "
    "`[low, high]` pairs.",
    "valid",
    per_axis=True,
    examples=(1, "same"),
)
CEIL_MODE = FieldSpec(
    "ceil_mode",
    _BOOLEAN,
    "Round the output size up by PyTorch's rule for pooling: the last window must start inside the input or its low padding.",
    "false",
)
OUTPUT_PADDING = FieldSpec(
    "output_padding", _integer(0), "Samples added at the high side of a transposed convolution's output.", "0", per_axis=True
)
CHANNELS = FieldSpec("channels", _integer(1), "Number of output channels.", examples=(64,))
GROUPS = FieldSpec("groups", _integer(1), "Number of channel groups.", "1", examples=(32,))
BIAS = FieldSpec("bias", _BOOLEAN, "Whether a bias is learnt; counts in the parameters only.", "true")
MODE = FieldSpec("mode", {"enum": ["nearest", "linear", "cubic", "area"]}, "Interpolation.", "nearest")
COORDINATES = FieldSpec(
    "coordinates",
    {"enum": ["half_pixel", "asymmetric", "align_corners"]},
    "How output coordinates map to input coordinates.",
    "asymmetric for nearest, else half_pixel",
)
ROUNDING = FieldSpec(
    "rounding",
    {"enum": ["floor", "ceil", "round_prefer_floor", "round_prefer_ceil"]},
    "How mode nearest rounds a coordinate.",
    "floor with asymmetric coordinates, else round_prefer_floor",
)
SCALE = FieldSpec(
    "scale",
    {
        "anyOf": [
            _integer(1),
            {"type": "number", "exclusiveMinimum": 0, "maximum": LARGEST},
            {"type": "string", "pattern": "^[1-9][0-9]{0,5}/[1-9][0-9]{0,5}$"},
        ]
    },
    "Scale factor, an integer or a fraction such as `3/2`; `out = floor(n * scale)`.",
    per_axis=True,
    examples=(2, "3/2"),
)
SIZE = FieldSpec("size", _integer(1), "Output size in samples.", per_axis=True, examples=(7,))
LIKE = FieldSpec("like", {"type": "string", "minLength": 1}, "Name of a layer or input that gives the output size; only its size matters.")
BLOCK = FieldSpec(
    "block", _integer(1), "Edge of the square of samples that is folded into, or unfolded from, channels.", per_axis=True, examples=(2,)
)
PAD = FieldSpec(
    "padding",
    {"anyOf": [_integer(-LARGEST), _PAIR]},
    "Samples added at the borders: an integer, or a list per axis of integers or `[low, high]` pairs. Negative values crop.",
    per_axis=True,
    examples=(1, [[0, 1], [0, 1]]),
)
CROP = FieldSpec(
    "crop",
    {"anyOf": [_integer(0), _PAIR]},
    "Samples removed at the borders: an integer, or a list per axis of integers or `[low, high]` pairs.",
    per_axis=True,
    examples=(1, [[1, 1], [1, 1]]),
)
START = FieldSpec("start", _integer(-LARGEST), "Index of the first sample kept; negative counts from the end.", "0", per_axis=True)
CROP_START = FieldSpec(
    "start", _integer(0), "Index of the first sample kept.", "centred: half of the difference, rounded down", per_axis=True
)
ALIGN = FieldSpec(
    "align",
    {"enum": ["center", "start", "end"]},
    "Which samples coincide: the middle ones (the odd sample on the high side), the first, or the last.",
    "center",
    per_axis=True,
)
PAD_START = FieldSpec(
    "start",
    _integer(-LARGEST),
    "Index of the result at which the map's first sample stands: the padding before it; negative crops.",
    per_axis=True,
    examples=(1, -1),
)
STOP = FieldSpec("stop", _integer(-LARGEST), "Index after the last sample kept; negative counts from the end.", "the end", per_axis=True)
STEP = FieldSpec("step", _integer(1), "Every how many samples one is kept.", "1", per_axis=True)
BROADCAST = FieldSpec("broadcast", _BOOLEAN, "Let an input of size 1 spread over the map.", "false")
CONCAT_AXIS = FieldSpec("axis", {"type": "string", "minLength": 1}, "`channels`, or the name of an axis.", "channels")
TRAINING = FieldSpec(
    "training", _BOOLEAN, "Normalise with the statistics of the batch: every output then depends on the whole input.", "false"
)
_LEARNT = "Whether a scale and an offset per channel are learnt; counts in the parameters only."
AFFINE = FieldSpec("affine", _BOOLEAN, _LEARNT, "true")
INSTANCE_AFFINE = FieldSpec("affine", _BOOLEAN, _LEARNT, "false")
SHARED = FieldSpec("shared", _BOOLEAN, "Whether all channels share one slope; counts in the parameters only.", "false")
HIDDEN = FieldSpec("channels", _integer(1), "Channels of the squeezed vector; counts in the parameters only.")
KEPT = FieldSpec("channels", _integer(1), "Number of channels kept.")
HEADS = FieldSpec("heads", _integer(1), "Number of attention heads; counts in nothing but is kept for the reader.", "1")
WINDOW = FieldSpec(
    "window", _integer(1), "Edge of the window inside which samples attend to each other; without it attention is global.", per_axis=True
)
SHIFT = FieldSpec("shift", _integer(0), "How far the windows are shifted, in samples.", "0", per_axis=True)
CAUSAL = FieldSpec(
    "causal",
    _BOOLEAN,
    "Whether samples attend to themselves and to earlier ones only; with several axes, on those that the `causal` of the spec names.",
    "false",
)
RNN_AXIS = FieldSpec("axis", {"type": "string", "minLength": 1}, "Name of the axis that the recurrence runs along.", "the last axis")
DIRECTION = FieldSpec(
    "direction", {"enum": ["forward", "backward", "both"]}, "Direction of the recurrence; `forward` never reads ahead.", "both"
)
WEIGHTS = FieldSpec(
    "weights",
    {"type": "string", "minLength": 1},
    "Name of the layer whose weights it shares: parameters count there alone, multiply-adds in each. A layer may name itself.",
)
ORIGINAL = FieldSpec(
    "original", {"type": "string", "minLength": 1, "maxLength": 200}, "Name of the operator in the model that this layer was imported from."
)
