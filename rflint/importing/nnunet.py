"""nnU-Net plans: https://github.com/MIC-DKFZ/nnUNet/blob/master/documentation/explanation_plans_files.md.

The U-Nets are those of MIC-DKFZ/dynamic-network-architectures: plain convolutions, or residual blocks in the encoder.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO, Final, NamedTuple

from rflint.importing.draft import Draft, DraftInput, ImportFailure, Item, Wishes
from rflint.importing.fields import brief
from rflint.importing.names import legal

#: Bytes of a file.
_LARGEST: Final = 4_000_000
_MOST_STAGES: Final = 32
_MOST_BLOCKS: Final = 200
_LARGEST_NUMBER: Final = 2**31 - 1
#: The one that is trained when nothing is said, where there is one.
_USUAL: Final = ("3d_fullres", "2d")
_AXES: Final = {2: ("y", "x"), 3: ("z", "y", "x")}


class _Shape(NamedTuple):
    """The U-Net of one configuration; kernels and strides per stage and axis."""

    patch: tuple[int, ...]
    residual: bool
    features: list[int]
    kernels: list[list[int]]
    strides: list[list[int]]
    encoder: list[int]
    decoder: list[int]
    bias: bool
    norm: str | None


def read(stream: BinaryIO, name: str, wishes: Wishes) -> Draft:
    """Read plans from an open file; raises ImportFailure.  `wishes.submodule` is the configuration."""
    data = stream.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise ImportFailure(f"has more than {_LARGEST:,} bytes")
    try:
        plans = json.loads(data)
    except RecursionError:
        raise ImportFailure("is nested too deeply") from None
    except ValueError:
        raise ImportFailure("is no JSON, or is cut off") from None
    configurations = plans.get("configurations") if isinstance(plans, dict) else None
    if not isinstance(configurations, dict) or not configurations:
        raise ImportFailure("has no `configurations`")
    chosen = wishes.submodule or next((each for each in _USUAL if each in configurations), next(iter(configurations)))
    if chosen not in configurations:
        raise ImportFailure(f"has no configuration `{legal(chosen)}`, but {', '.join(map(legal, configurations))} (--submodule)")
    notes = ["the number of classes does not stand in plans: segmentations have no channels"]
    if len(configurations) > 1:
        notes.insert(0, f"configuration {legal(chosen)} of {', '.join(map(legal, configurations))} (--submodule)")
    shape = _shape(_inherited(configurations, chosen))
    channels = plans.get("foreground_intensity_properties_per_channel")
    known = len(channels) if isinstance(channels, dict) and channels else None
    return _Builder(shape, known or wishes.channels, wishes).read(name, tuple(notes))


def _inherited(configurations: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return a configuration with what it inherits."""
    chain: list[Mapping[str, Any]] = []
    at: Any = name
    while at is not None:
        found = configurations.get(at) if isinstance(at, str) else None
        if not isinstance(found, dict) or len(chain) > len(configurations):
            raise ImportFailure(f"has a configuration `{legal(name)}` that inherits from none, or from itself")
        chain.append(found)
        at = found.get("inherits_from")
    return {key: value for each in reversed(chain) for key, value in each.items()}


def _shape(configuration: Mapping[str, Any]) -> _Shape:
    patch = configuration.get("patch_size")
    architecture = configuration.get("architecture")
    if isinstance(architecture, dict):
        kind, own = architecture.get("network_class_name"), architecture.get("arch_kwargs")
    else:
        kind, own = configuration.get("UNet_class_name"), _flat(configuration)
    kind = str(kind).rpartition(".")[2]
    if kind not in {"PlainConvUNet", "ResidualEncoderUNet"}:
        raise ImportFailure(f"plans a network of class `{legal(kind)[:80]}`, which is none of nnU-Net's own")
    if not isinstance(own, dict) or not isinstance(patch, list) or len(patch) not in _AXES:
        raise ImportFailure("has a configuration without a patch of two or three axes, or without a network")
    residual = kind == "ResidualEncoderUNet"
    if own.get("pool", "conv") != "conv":
        raise ImportFailure("plans a network that pools: one with strided convolutions is expected")
    strides = own.get("strides")
    count = len(strides) if isinstance(strides, list) else 0
    if not 2 <= count <= _MOST_STAGES:
        raise ImportFailure("plans a network without stages")
    norm = own.get("norm_op", "InstanceNorm")
    return _Shape(
        tuple(_numbers(patch, len(patch), "patch_size")),
        residual,
        _numbers(own.get("features_per_stage"), count, "features_per_stage"),
        [_numbers(each, len(patch), "kernel_sizes") for each in _list(own.get("kernel_sizes"), count, "kernel_sizes")],
        [_numbers(each, len(patch), "strides") for each in _list(own.get("strides"), count, "strides")],
        _numbers(own.get("n_blocks_per_stage" if residual else "n_conv_per_stage"), count, "n_conv_per_stage", _MOST_BLOCKS),
        _numbers(own.get("n_conv_per_stage_decoder"), count - 1, "n_conv_per_stage_decoder", _MOST_BLOCKS),
        own.get("conv_bias") is not False,
        None if norm is None else "instance_norm" if "InstanceNorm" in str(norm) else "batch_norm",
    )


def _flat(configuration: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the keys of versions before 2.4 in the words of later ones."""
    base, most = (_numbers([configuration.get(key)], 1, key)[0] for key in ("UNet_base_num_features", "unet_max_num_features"))
    strides = configuration.get("pool_op_kernel_sizes")
    count = len(strides) if isinstance(strides, list) else 0
    return {
        "features_per_stage": [min(base * 2**stage, most) for stage in range(min(count, _MOST_STAGES))],
        "kernel_sizes": configuration.get("conv_kernel_sizes"),
        "strides": strides,
        "n_conv_per_stage": configuration.get("n_conv_per_stage_encoder"),
        "n_blocks_per_stage": configuration.get("n_conv_per_stage_encoder"),
        "n_conv_per_stage_decoder": configuration.get("n_conv_per_stage_decoder"),
    }


def _list(value: Any, count: int, name: str) -> list[Any]:
    given = [value] * count if isinstance(value, int) else value
    if not isinstance(given, list) or len(given) != count:
        raise ImportFailure(f"has `{name}` that is not one entry for each of {count}")
    return given


def _numbers(value: Any, count: int, name: str, most: int = _LARGEST_NUMBER) -> list[int]:
    given = _list(value, count, name)
    if not all(type(each) is int and 0 < each <= most for each in given):
        raise ImportFailure(f"has `{name}` with an entry that is no number from 1 to {most:,}")
    return given


class _Builder:
    def __init__(self, shape: _Shape, channels: int | None, wishes: Wishes) -> None:
        self._shape = shape
        self._items: list[Item] = []
        asked = wishes.size_of("image", len(shape.patch))
        size = tuple(own if wish is None else wish for own, wish in zip(shape.patch, asked or (None,) * len(shape.patch), strict=True))
        self._input = DraftInput("image", size, channels)

    def read(self, name: str, notes: tuple[str, ...]) -> Draft:
        """Write encoder and decoder."""
        shape = self._shape
        at, skips = "image", []
        width = self._input.channels
        if shape.residual:
            at, width = self._conv(at, ("encoder", "stem"), 0, 0, [1] * len(shape.patch)), shape.features[0]
        for stage, count in enumerate(shape.encoder):
            for number in range(count):
                stride = shape.strides[stage] if number == 0 else [1] * len(shape.patch)
                unit = ("encoder", str(stage), str(number))
                at = self._unit(at, unit, stage, stride, width) if shape.residual else self._conv(at, unit, stage, stage, stride)
                width = shape.features[stage]
            skips.append(at)
        ends = []
        for number, count in enumerate(shape.decoder):
            stage = len(shape.features) - 2 - number
            step, path = shape.strides[stage + 1], ("decoder", str(number))
            fields: dict[str, Any] = {"kernel": brief(step), "stride": brief(step), "channels": shape.features[stage]} | self._bias()
            at = self._add("conv_transpose", [at], fields, path, "transpconv")
            at = self._add("concat", [at, skips[stage]], {}, path, "concat")
            for place in range(count):
                at = self._conv(at, (*path, "convs", str(place)), stage, stage, [1] * len(step))
            ends.append(self._add("conv", [at], {"kernel": 1}, path, "segmentation"))
        # The finest first: it is the segmentation, the others are for training.
        outputs = tuple((end, "") for end in reversed(ends))
        return Draft(name, _AXES[len(shape.patch)], (self._input,), tuple(self._items), outputs, len(self._items), notes)

    def _add(self, op: str, sources: Sequence[str], fields: Mapping[str, Any], path: tuple[str, ...], label: str) -> str:
        key = f"#{len(self._items)}"
        self._items.append(Item(key, op, tuple(sources), fields, path, label, f"{label} of {'.'.join(path)}"))
        return key

    def _bias(self) -> dict[str, Any]:
        return {} if self._shape.bias else {"bias": False}

    def _conv(self, at: str, path: tuple[str, ...], stage: int, width: int, stride: list[int], act: bool = True, label: str = "") -> str:
        """Convolution, norm and activation; the padding is half of the kernel, rounded down."""
        kernel = self._shape.kernels[stage]
        fields: dict[str, Any] = {"kernel": brief(kernel)}
        if set(stride) != {1}:
            fields["stride"] = brief(stride)
        padding = [(each - 1) // 2 for each in kernel]
        if any(padding):
            fields["padding"] = brief(padding)
        fields |= {"channels": self._shape.features[width], **self._bias()}
        at = self._add("conv", [at], fields, path, label or "conv")
        at = self._normed(at, path, f"{label}_norm" if label else "norm")
        return self._add("leaky_relu", [at], {}, path, f"{label}_nonlin" if label else "nonlin") if act else at

    def _normed(self, at: str, path: tuple[str, ...], label: str) -> str:
        norm = self._shape.norm
        return at if norm is None else self._add(norm, [at], {"affine": True} if norm == "instance_norm" else {}, path, label)

    def _unit(self, at: str, path: tuple[str, ...], stage: int, stride: list[int], width: int | None) -> str:
        """A basic residual block; its shortcut pools, then projects (ResNet-D, He et al., CVPR 2019)."""
        short = at
        y = self._conv(at, path, stage, stage, stride, label="conv1")
        y = self._conv(y, path, stage, stage, [1] * len(stride), act=False, label="conv2")
        if set(stride) != {1}:
            short = self._add("avg_pool", [short], {"kernel": brief(stride), "stride": brief(stride)}, path, "skip_pool")
        if width != self._shape.features[stage]:
            short = self._add("conv", [short], {"kernel": 1, "channels": self._shape.features[stage], "bias": False}, path, "skip_conv")
            short = self._normed(short, path, "skip_norm")
        return self._add("leaky_relu", [self._add("add", [y, short], {}, path, "add")], {}, path, "nonlin2")
