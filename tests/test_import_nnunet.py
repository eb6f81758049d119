"""nnU-Net plans, in the layouts of both versions, against the U-Net of the zoo."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from soon import soon

import rflint
from rflint.importing import FORMATS, ImportFailure, Wishes, format_of, read, spec_of

NNUNET = next(each for each in FORMATS if each.name == "nnunet")
KERNELS = [[1, 3, 3], [1, 3, 3], [3, 3, 3], [3, 3, 3], [3, 3, 3], [3, 3, 3]]
STRIDES = [[1, 1, 1], [1, 2, 2], [1, 2, 2], [2, 2, 2], [2, 2, 2], [1, 2, 2]]
NEW = {
    "patch_size": [20, 320, 256],
    "architecture": {
        "network_class_name": "dynamic_network_architectures.architectures.unet.PlainConvUNet",
        "arch_kwargs": {
            "n_stages": 6,
            "features_per_stage": [32, 64, 128, 256, 320, 320],
            "kernel_sizes": KERNELS,
            "strides": STRIDES,
            "n_conv_per_stage": [2] * 6,
            "n_conv_per_stage_decoder": [2] * 5,
            "conv_bias": True,
            "norm_op": "torch.nn.modules.instancenorm.InstanceNorm3d",
        },
    },
}
OLD = {
    "patch_size": [20, 320, 256],
    "UNet_class_name": "PlainConvUNet",
    "UNet_base_num_features": 32,
    "unet_max_num_features": 320,
    "conv_kernel_sizes": KERNELS,
    "pool_op_kernel_sizes": STRIDES,
    "n_conv_per_stage_encoder": [2] * 6,
    "n_conv_per_stage_decoder": [2] * 5,
}


def plans(**configurations: Any) -> dict[str, Any]:
    return {"plans_name": "plans", "configurations": configurations, "foreground_intensity_properties_per_channel": {"0": {}, "1": {}}}


def spec(data: Any, **wishes: Any) -> str:
    asked = Wishes(**wishes)
    text = data if isinstance(data, bytes) else json.dumps(data).encode()
    return spec_of(read(NNUNET, io.BytesIO(text), "net", asked), asked, (), {}).text


def changed(**own: Any) -> dict[str, Any]:
    """Plans whose network has other arguments."""
    arguments = {**NEW["architecture"]["arch_kwargs"], **own}  # type: ignore[index]
    return plans(a={**NEW, "architecture": {**NEW["architecture"], "arch_kwargs": arguments}})  # type: ignore[dict-item]


@pytest.mark.parametrize("configuration", [NEW, OLD])
def test_it_is_the_network_of_the_zoo(configuration: dict[str, Any]) -> None:
    ours, zoo = rflint.load(spec(plans(a=configuration))).analyze(), rflint.load("specs/nnunet_3d.yaml").analyze()
    assert len(ours.layers) == len(zoo.layers)
    for one, other in zip(ours.layers, zoo.layers, strict=True):
        field, theirs = one.receptive_field["image"], other.receptive_field["volume"]
        assert (one.op, one.size, field.size, field.stride) == (other.op, other.size, theirs.size, theirs.stride)
        if other.channels != 3:
            assert one.channels == other.channels


def test_norms_have_a_scale() -> None:
    text = spec(plans(a=NEW))
    assert "{name: norm, op: instance_norm, affine: true}" in text
    assert "segmentation, op: conv, kernel: 1}" in text


def test_residual_encoders() -> None:
    kind = {"network_class_name": "architectures.unet.ResidualEncoderUNet", "arch_kwargs": {}}
    kind["arch_kwargs"] = {**NEW["architecture"]["arch_kwargs"], "n_blocks_per_stage": [1, 3, 4, 6, 6, 6]}  # type: ignore[index]
    text = spec(plans(a={"patch_size": [20, 320, 256], "architecture": kind}))
    network = rflint.load(text).analyze()
    assert network["encoder/1/0/skip_pool"].op == "avg_pool"
    assert network["encoder/5/5"].receptive_field["image"].stride == (4, 32, 32)
    # A stem, then 1 + 3 + 4 blocks of two convolutions each until the second stride.
    assert network["encoder/1/0/conv1"].receptive_field["image"].size == (1, 9, 9)
    assert "skip_conv" not in {name.rpartition("/")[2] for name in (each.name for each in network.layers) if name.startswith("encoder/5/0")}


def test_configurations() -> None:
    data = plans(
        **{"2d": {**OLD, "patch_size": [64, 64]}, "3d_fullres": NEW, "low": {"inherits_from": "3d_fullres", "patch_size": [16, 64, 64]}}
    )
    assert "axes: [z, y, x]" in spec(data)
    assert "inputs: {image: {size: [16, 64, 64], channels: 2}}" in spec(data, submodule="low")
    with pytest.raises(ImportFailure, match="has no configuration `x`, but 2d, 3d_fullres, low"):
        spec(data, submodule="x")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"{", "is no JSON"),
        (b'{"a":' * 100_000, "is nested too deeply|is no JSON"),
        (b"[" * 4_000_001, "has more than"),
        ({"configurations": {}}, "has no `configurations`"),
        ({"configurations": []}, "has no `configurations`"),
        (plans(a={"inherits_from": "b"}, b={"inherits_from": "a"}), "inherits from none, or from itself"),
        (plans(a={"inherits_from": "c"}), "inherits from none, or from itself"),
        (plans(a={**NEW, "patch_size": [1, 2, 3, 4]}), "without a patch"),
        (plans(a={**NEW, "patch_size": [1, 2, -3]}), "`patch_size`"),
        (plans(a={"UNet_class_name": "Mine\x1b[2J", "UNet_base_num_features": 8, "unet_max_num_features": 8}), "of class `Mine_"),
        (plans(a={**OLD, "UNet_base_num_features": None}), "`UNet_base_num_features`"),
        (changed(strides=[]), "without stages"),
        (changed(strides=1.5), "without stages"),
        (changed(strides=STRIDES * 9), "without stages"),
        (changed(kernel_sizes=[[1, 3]] * 6), "`kernel_sizes`"),
        (changed(n_conv_per_stage=[10**9] * 6), "`n_conv_per_stage`"),
        (changed(features_per_stage=[2**40] * 6), "`features_per_stage`"),
        (changed(pool="max"), "that pools"),
    ],
)
def test_damaged_plans(data: Any, message: str) -> None:
    with soon(), pytest.raises(ImportFailure, match=message):
        spec(data)


def test_they_are_known_by_their_keys() -> None:
    found = format_of(b'{\n "dataset_name": "a",\n "plans_name": "b"', "plans.json")
    assert found is not None
    assert found.name == "nnunet"
