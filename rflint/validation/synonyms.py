"""What PyTorch, Keras, ONNX and papers call our ops, fields and values: the table, and how a word is looked up in it.

A word that is here is never guessed at: what it means is stated, or that it means several things.  Words stand folded,
without case, `_`, `-`, `.` and the `2d` of their names.  The sources are the reference pages of torch.nn and
torch.nn.functional, of keras.layers, and of the ONNX operators; and kornia.filters (`MaxBlurPool2D`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

from rflint.model import EMPTY
from rflint.words import certain, fold, misspelt, suggest


class OpWord(NamedTuple):
    """What others mean by the name of an op."""

    #: One of ours; or several that the word may mean.
    ops: tuple[str, ...]
    #: Nothing else can be meant, and what the word leaves open is our default, too.
    safe: bool = True
    help: str | None = None
    #: Fields that we have, too, and that mean another one of ours there: folded -> ours.
    fields: Mapping[str, str] = EMPTY
    #: Only where the map has been one sample already: on a map they compute a feature per sample, and ours one of all.
    collapsed: bool = False


class FieldWord(NamedTuple):
    """What others mean by the name of a field."""

    #: Ours, of which the first counts that the op (or what else it is a field of) has.
    fields: tuple[str, ...]
    safe: bool = True


class Needless(NamedTuple):
    """A field of others that we do not have, since nothing here depends on it."""

    why: str
    #: Nothing that anybody decided is lost with it.
    safe: bool


def _ops(op: str, words: str, **more: object) -> dict[str, OpWord]:
    return dict.fromkeys(words.split(), OpWord(tuple(op.split()), **more))  # type: ignore[arg-type] # fields by name


_DENSE: Final = "over the whole map; a layer that does the same at every sample is a `conv` with `kernel: 1`"
_NORMS: Final = "batch_norm layer_norm group_norm instance_norm"

OPS: Final[Mapping[str, OpWord]] = {
    **_ops("conv", "conv convolution"),
    **_ops("conv", "atrousconv dilatedconv", safe=False, help="how far its taps are apart is its `dilation`"),
    **_ops("conv_transpose", "convtranspose convtransposed transposedconv transposeconv deconv deconvolution tconv convt"),
    **_ops(
        "conv_transpose",
        "upconv upconvolution",
        safe=False,
        help="where it is an upsampling and a convolution, write these: `{op: resize, scale: 2}` and `{op: conv, kernel: 3, padding: 1}`",
    ),
    **_ops("depthwise_conv", "dwconv depthwise depthwiseconvolution"),
    **_ops("separable_conv", "sepconv depthwiseseparableconv separableconvolution"),
    **_ops("deformable_conv", "deformconv dcn dcnv2"),
    **_ops("max_pool", "maxpooling"),
    **_ops("avg_pool", "averagepool averagepooling avgpooling"),
    **_ops("max_pool avg_pool", "pool pooling"),
    **_ops("max_unpool", "unpool unpooling maxunpooling"),
    **_ops(
        "max_pool blur_pool",
        "maxblurpool",
        safe=False,
        help="it is two layers: `{op: max_pool, kernel: 3, stride: 1}`, and `{op: blur_pool, kernel: 3, stride: 2}`, which has the stride",
    ),
    **_ops("resize", "upsample interpolate", fields={"stride": "scale"}),
    **_ops("resize", "upsamplingnearest"),
    **_ops(
        "resize", "upsamplingbilinear", safe=False, help="give it `mode: linear` and `coordinates: align_corners`, which is its convention"
    ),
    **_ops("resize", "upsampling", fields={"size": "scale"}),
    **_ops("depth_to_space", "pixelshuffle"),
    **_ops("space_to_depth", "pixelunshuffle"),
    **_ops("space_to_depth", "reorg", fields={"stride": "block"}),
    **_ops("adaptive_avg_pool", "adaptiveaveragepool adaptiveaveragepooling adaptiveavgpooling"),
    **_ops("adaptive_max_pool", "adaptivemaxpooling"),
    **_ops("pad", "zeropad zeropadding constantpad reflectionpad replicationpad circularpad"),
    **_ops("crop", "cropping"),
    **_ops("concat", "cat concatenate concatenation"),
    **_ops("add", "sum plus addition"),
    **_ops("add mul max", "eltwise merge"),
    **_ops("mul", "multiply"),
    **_ops("sub", "subtract"),
    **_ops("div", "divide"),
    **_ops("max", "maximum"),
    **_ops("min", "minimum"),
    **_ops("mean", "average"),
    **_ops("batch_norm", "bn batchnormalization syncbatchnorm"),
    **_ops("layer_norm", "ln layernormalization"),
    **_ops("group_norm", "gn groupnormalization"),
    **_ops("instance_norm", "instancenormalization", safe=False, help="give it `affine: true` where it learns a scale and an offset"),
    **_ops(_NORMS, "norm normalization normalisation"),
    **_ops("lrn", "localresponsenorm localresponsenormalization"),
    **_ops("prelu", "prelu parametricrelu", safe=False, help="`nn.PReLU()` has one slope for all channels: `shared: true`"),
    **_ops("leaky_relu", "lrelu"),
    **_ops("hard_swish", "hswish"),
    **_ops("hard_sigmoid", "hsigmoid"),
    **_ops("sigmoid", "logistic"),
    **_ops("glu", "gatedlinearunit"),
    **_ops("dropout", "spatialdropout alphadropout droppath stochasticdepth"),
    **_ops("identity", "noop passthrough"),
    **_ops("global_avg_pool", "gap globalaveragepool globalaveragepooling globalavgpooling"),
    **_ops("global_max_pool", "gmp globalmaxpooling"),
    **_ops("dense", "dense linear fc fullyconnected innerproduct gemm", collapsed=True, help=f"`dense` is {_DENSE}"),
    **_ops("attention", "multiheadattention selfattention mhsa mha"),
    **_ops("rnn", "lstm gru", safe=False, help="give it `direction: forward`, unless it runs both ways"),
    **_ops("rnn", "bilstm bigru"),
    **_ops("squeeze_excite", "se seblock squeezeexcitation squeezeandexcitation"),
    **_ops("channel_shuffle depth_to_space", "shuffle"),
    **_ops("unfold", "im2col"),
}

#: Parts of names that change what an op is: of two words only one of which has such a part, the other is no misspelling.
_MARKS: Final = (
    *("up", "un", "de", "trans", "inv", "depth", "dw", "sep", "dil", "atrous", "deform", "sub", "blur"),
    *("max", "avg", "average", "lp", "global", "adaptive", "batch", "layer", "group", "instance", "log", "soft", "hard"),
)
#: Words of this length and shorter are a slip away from too much.
_SHORT: Final = 5
#: Modules in whose name an op may be written: `torch.nn.functional.relu`.
_MODULES: Final = frozenset(["torch", "nn", "functional", "f", "tf", "keras", "layers", "onnx", "torchvision", "ops"])
_DIMENSIONS: Final = re.compile(r"([123])d")
_DIGITS: Final = re.compile(r"[0-9]+")


class OpMeaning(NamedTuple):
    """What the name of an op that we do not have means."""

    word: OpWord
    #: Of how many axes it speaks: 2 for `Conv2d`; None: of any.
    axes: int | None


def op_meaning(name: str, known: Collection[str]) -> OpMeaning | None:
    """Look up the name of an op; None where the table does not have it, or nothing of what it means is known here."""
    *modules, last = name.partition("(")[0].split(".")
    folded = fold(last if all(module.lower() in _MODULES for module in modules) else name)
    dimensions = _DIMENSIONS.search(folded)
    base = _DIMENSIONS.sub("", folded)
    word = OPS.get(base)
    if word is None and (modules or dimensions):
        # `nn.ReLU`, `MaxPool2d`: our own names, and no more of them.
        word = next((OpWord((op,)) for op in known if fold(op) == base), None)
    if word is None or not (ops := tuple(op for op in word.ops if op in known)):
        return None
    safe = word.safe and "(" not in name
    return OpMeaning(word._replace(ops=ops, safe=safe), int(dimensions[1]) if dimensions else None)


def comparable(name: str, known: Collection[str]) -> list[str]:
    """Ops that a name may be a misspelling of: not those that a part of it says it is not."""
    marks = [mark for mark in _MARKS if mark in fold(name)]
    return [op for op in known if all(mark in fold(op) for mark in marks)]


def near_ops(name: str, alike: Collection[str]) -> tuple[str, ...]:
    """What a name is near to, of some ops that it may be a misspelling of and of the words of others for them.

    Several where it is one slip away from words that differ in meaning: `econv` from `conv` and from `deconv`.
    """
    base, words = _DIMENSIONS.sub("", fold(name)), [word for word in comparable(name, OPS) if len(word) > _SHORT]
    near = suggest(name, alike)
    slips = [op for word in words if misspelt(base, [word]) for op in OPS[word].ops]
    if near is not None and (certain(name, alike) or misspelt(name, alike)):
        slips.insert(0, near)
    if not slips and near is None and (word := certain(base, words)) is not None:
        return OPS[word].ops
    return tuple(dict.fromkeys(slips)) or (() if near is None else (near,))


def _fields(fields: str, words: str, *, safe: bool = True) -> dict[str, FieldWord]:
    return dict.fromkeys(words.split(), FieldWord(tuple(fields.split()), safe))


FIELDS: Final[Mapping[str, FieldWord]] = {
    **_fields("kernel", "kernelsize kernelshape ksize poolsize filtersize k kernels"),
    **_fields("stride", "strides s subsample"),
    **_fields("padding", "pad p pads paddings"),
    **_fields("crop", "cropping"),
    **_fields("dilation", "dilationrate dilations d"),
    **_fields("dilation", "rate atrousrate", safe=False),
    **_fields("channels", "outchannels filters numfilters nfilters outfeatures units numoutput hiddensize outputchannels"),
    **_fields("channels", "features numchannels outdim nf ch", safe=False),
    **_fields("channels axis", "dim", safe=False),
    **_fields("groups", "group numgroups g"),
    **_fields("bias", "usebias biasterm"),
    **_fields("scale", "scalefactor"),
    **_fields("scale", "scales", safe=False),
    **_fields("size", "outputsize targetsize outsize"),
    **_fields("block", "upscalefactor downscalefactor blocksize"),
    **_fields("mode", "interpolation interpolationmode"),
    **_fields("coordinates", "coordinatetransformationmode"),
    **_fields("rounding", "nearestmode"),
    **_fields("heads", "numheads nheads nhead"),
    **_fields("window", "windowsize"),
    **_fields("shift", "shiftsize"),
    **_fields("affine", "elementwiseaffine"),
    **_fields("from inputs", "inputs input bottom bottoms sources src parents"),
    **_fields("outputs", "output"),
    **_fields("layer", "layers"),
    **_fields("repeat", "repeats times"),
    **_fields("op", "type optype kind", safe=False),
    **_fields("op use", "layer module classname", safe=False),
    **_fields("use op", "block", safe=False),
    **_fields("when", "if"),
    **_fields("name", "id label title", safe=False),
    # Of inputs, targets and expectations.
    **_fields("size", "shape resolution imagesize dims"),
    **_fields("receptive_field", "rf"),
    **_fields("center", "centre"),
    **_fields("params", "parameters nparams"),
}


def _needless(why: str, words: str, *, safe: bool = True) -> dict[str, Needless]:
    return dict.fromkeys(words.split(), Needless(why, safe))


NEEDLESS: Final[Mapping[str, Needless]] = {
    **_needless(
        "rflint infers it from what the layer reads",
        "inchannels infeatures inputchannels inplanes cin inputdim numfeatures numchannels inputshape batchinputshape",
    ),
    **_needless("how a network is stored and run plays no part", "dataformat inplace device dtype trainable trackrunningstats"),
    **_needless(
        "no size and no receptive field depends on it",
        "eps epsilon momentum negativeslope alpha p rate dropout paddingmode kernelinitializer biasinitializer kernelregularizer "
        "biasregularizer activityregularizer kernelconstraint biasconstraint",
        safe=False,
    ),
}

#: Words for values, folded, by our field.
VALUES: Final[Mapping[str, Mapping[str, str]]] = {
    "mode": {"bilinear": "linear", "trilinear": "linear", "bicubic": "cubic", "nearestneighbor": "nearest", "nn": "nearest"},
    "padding": {"sameupper": "same", "none": "valid", "notset": "valid"},
    "coordinates": {"pytorchhalfpixel": "half_pixel"},
    "direction": {"bidirectional": "both", "reverse": "backward"},
}

#: Fields whose value says which of ours is meant: the key, folded -> value -> ours, and what it is; None: the default.
SWITCHES: Final[Mapping[str, Mapping[object, tuple[str, str] | None]]] = {
    "aligncorners": {True: ("coordinates", "align_corners"), False: None},
    "bidirectional": {True: ("direction", "both"), False: ("direction", "forward")},
    "autopad": {
        "SAME_UPPER": ("padding", "same"),
        "SAME_LOWER": ("padding", "same_lower"),
        "VALID": ("padding", "valid"),
        "NOTSET": None,
    },
    "numparameters": {1: ("shared", "true")},
}

#: What borders are filled with.
FILLINGS: Final = frozenset(("reflect", "replicate", "circular", "zeros", "constant", "symmetric", "wrap", "edge"))
#: Fields of an input, which is taken for all of them by those who have one only; and the lengths of one side.
OF_INPUTS: Final = frozenset(("size", "channels", "multipleof", "shape", "height", "width"))
SIDES: Final = frozenset(("height", "width", "h", "w"))

#: Parts of a network, which others write as lists of layers of their own.
PARTS: Final = frozenset(("backbone", "neck", "head", "heads", "stem", "encoder", "decoder", "model", "network", "architecture"))

#: What the activation of a layer is called that holds one.
ACTIVATION: Final = frozenset(("activation", "act", "activationfn", "nonlinearity"))


def field_word(key: str, known: Collection[str]) -> tuple[str, bool] | None:
    """Our name for a field of others, among those known here, and whether it is certain."""
    word = FIELDS.get(fold(key))
    field = next((field for field in word.fields if field in known), None) if word else None
    return (field, word.safe) if word and field else None


def same_digits(one: str, other: str) -> bool:
    """Whether two words differ in no number: `conv3` is no misspelt `conv2`."""
    return _DIGITS.findall(one) == _DIGITS.findall(other)
