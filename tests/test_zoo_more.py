"""The zoo beyond TF-Slim: published networks, held to what was published about them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rflint.pipeline import lint_bytes
from rflint.verdict import Options

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rflint.model import SpecReport
    from rflint.model.layers import LayerReport

SPECS = Path(__file__).parent.parent / "specs"

NAMES = [
    "bagnet-9",
    "bagnet-17",
    "bagnet-33",
    "c3d",
    "convnext_t",
    "cspdarknet-53",
    "darknet-53",
    "dcgan_discriminator",
    "dcgan_generator",
    "deeplabv3plus",
    "densenet-121",
    "dncnn",
    "edsr",
    "efficientnet_b0",
    "enet",
    "fcn_8s",
    "fpn_resnet50",
    "googlenet",
    "hed",
    "hourglass",
    "hrnet_w32",
    "mobilenet_v2",
    "mobilenet_v3_large",
    "patchgan_16",
    "patchgan_34",
    "patchgan_70",
    "patchgan_142",
    "patchgan_286",
    "pix2pix_unet",
    "pspnet",
    "regnetx_400mf",
    "resnet-18",
    "resnet-34",
    "resnet-50",
    "retinanet",
    "segnet",
    "squeezenet",
    "srcnn_915",
    "srcnn_955",
    "ssd300",
    "swin_t",
    "tacotron2_vocoder",
    "tcn",
    "unet",
    "unet3d",
    "vgg_fcn",
    "videopose3d",
    "vnet",
    "wavenet",
    "xception",
    "yolov3",
    "bisenetv2",
    "centernet_resnet18",
    "conv_tasnet",
    "efficientdet_d0",
    "encodec_24khz",
    "espcn",
    "hifigan_v1",
    "linknet",
    "nnunet_3d",
    "sd_vae_encoder",
    "superpoint",
    "u2net",
    "wav2vec2",
    "yolov8n",
    "yolox_s",
]


@cache
def report(name: str) -> SpecReport:
    path = SPECS / f"{name}.yaml"
    return lint_bytes(path.read_bytes(), f"specs/{path.name}", Options(layers=True))


@cache
def layers(name: str) -> dict[str, LayerReport]:
    return {layer.name: layer for layer in report(name).layers}


@pytest.mark.parametrize("name", NAMES)
def test_is_clean(name: str) -> None:
    """No warning and no error but those that the file itself accounts for; every `expect` and `target` holds."""
    open_findings = [
        f"{item.code} {item.severity} {item.layer}: {item.message}"
        for item in report(name).findings
        if not item.suppressed and item.severity != "info"
    ]
    assert open_findings == []


@pytest.mark.parametrize("name", NAMES)
def test_suppressions_say_why(name: str) -> None:
    assert [item.code for item in report(name).findings if item.suppressed and not item.reason] == []


@pytest.mark.parametrize("name", NAMES)
def test_header(name: str) -> None:
    text = (SPECS / f"{name}.yaml").read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=../schemas/rflint-spec.v1.schema.json\n# ")
    assert f"\nrflint: 1\nname: {name}\ndescription: " in text
    assert "\nexpect:\n" in text


@pytest.mark.parametrize("name", NAMES)
def test_everything_is_known(name: str) -> None:
    """Sizes, channels, parameters and multiply-adds of every layer; a recurrence does not say what its cell is."""
    known = {layer.name: (*layer.size, layer.channels, layer.params, layer.macs) for layer in layers(name).values() if layer.op != "rnn"}
    unknown = [layer for layer, facts in known.items() if None in facts]
    assert unknown == []


@pytest.mark.parametrize("name", NAMES)
def test_targets_are_guaranteed(name: str) -> None:
    assert [(item.name, item.verdict) for item in report(name).targets if item.verdict != "guaranteed"] == []


# Receptive field, stride and padding (None: not published) as others state them; the spec files name the sources.
PUBLISHED = [
    ("resnet-18", "layer3/unit/1/add", 211, 16, 105),
    ("resnet-18", "layer4/unit/1/add", 435, 32, 217),
    ("resnet-50", "layer3/unit/5/add", 267, 16, 133),
    ("resnet-50", "layer4/unit/2/add", 427, 32, 213),
    ("vgg_fcn", "pool5", 212, 32, 90),
    ("vgg_fcn", "fc6", 404, 32, None),
    ("fcn_8s", "fc7", 404, 32, None),
    ("hed", "conv1_2", 5, 1, None),
    ("hed", "conv2_2", 14, 2, None),
    ("hed", "conv3_3", 40, 4, None),
    ("hed", "conv4_3", 92, 8, None),
    ("hed", "conv5_3", 196, 16, None),
    ("patchgan_16", "patches", 16, 2, None),
    ("patchgan_34", "patches", 34, 4, None),
    ("patchgan_70", "patches", 70, 8, None),
    ("patchgan_142", "patches", 142, 16, None),
    ("patchgan_286", "patches", 286, 32, None),
    ("darknet-53", "stage5/unit/3/shortcut", 725, 32, None),
    ("cspdarknet-53", "stage5/merge", 725, 32, None),
    # daisukekobayashi/darknet-docker, issue 3: layers 44 to 54 of yolov3.cfg.
    ("yolov3", "stage4/unit/2/conv1", 245, 16, None),
    ("yolov3", "stage4/unit/2/conv2", 277, 16, None),
    ("yolov3", "stage4/unit/5/conv2", 373, 16, None),
    ("bagnet-9", "layer4/unit/1/add", 9, 8, None),
    ("bagnet-17", "layer4/unit/1/add", 17, 8, None),
    ("bagnet-33", "layer4/unit/1/add", 33, 8, None),
    # A stack of ten is 1024, the causal convolution before it one more.
    ("wavenet", "stack/9/residual", 1025, 1, 1024),
    ("wavenet", "head2", 3071, 1, 3070),
    ("tacotron2_vocoder", "mixture", 253, 1, 252),
    ("tcn", "level/6/add", 763, 1, 762),
    ("videopose3d", "shrink", 243, 1, 0),
    ("srcnn_915", "conv3", 13, 1, 0),
    ("srcnn_955", "conv3", 17, 1, 0),
    ("dncnn", "noise", 35, 1, 17),
    ("vnet", "L1", 5, 1, None),
    ("vnet", "L2/sum", 22, 2, None),
    ("vnet", "L3/sum", 72, 4, None),
    ("vnet", "L4/sum", 172, 8, None),
    ("vnet", "L5/sum", 372, 16, None),
    ("unet", "bottom/conv2", 140, 16, 0),
    ("densenet-121", "denseblock4/15/concat", 2071, 32, 1021),
    ("wav2vec2", "conv6", 400, 320, None),
    # 1.53 s at 8 kHz: 1,531 frames of 16 samples, 8 apart.
    ("conv_tasnet", "skips", 12256, 8, None),
]


@pytest.mark.parametrize(("name", "layer", "size", "stride", "padding"), PUBLISHED, ids=str)
def test_published_receptive_fields(name: str, layer: str, size: int, stride: int, padding: int | None) -> None:
    (field,) = layers(name)[layer].receptive_field.values()
    assert set(field.size) == set(field.size_min) == {size}
    assert set(field.stride) == {stride}
    if padding is not None:
        assert set(field.padding) == {padding}


# Where a receptive field depends on the position: (largest, smallest, period), exact where others quote one number.
VARYING = [
    ("unet", "segmentation", 204, 188, 16),
    ("unet3d", "segmentation", 100, 92, 8),
    ("vnet", "output", 548, 532, 16),
    ("segnet", "conv1_D/1", 404, 372, 32),
    ("pix2pix_unet", "translated", 1278, 1022, 256),
]


@pytest.mark.parametrize(("name", "layer", "largest", "smallest", "period"), VARYING, ids=str)
def test_receptive_fields_by_phase(name: str, layer: str, largest: int, smallest: int, period: int) -> None:
    (field,) = layers(name)[layer].receptive_field.values()
    assert (set(field.size), set(field.size_min), set(field.period), field.exact) == ({largest}, {smallest}, {period}, True)


def test_video_differs_between_space_and_time() -> None:
    (field,) = layers("c3d")["conv5b"].receptive_field.values()
    assert (field.size, field.stride) == ((68, 134, 134), (8, 16, 16))


# Weights and biases of all layers (without batch norm, which the specs leave out) and multiply-adds.  The channels of a
# network cannot be wrong when these are right.
TOTALS = [
    # Summed over Conv2d and Linear of the torchvision 0.29 models.
    ("resnet-18", 11_679_912, 1_814_073_344),
    ("resnet-34", 21_780_648, 3_663_761_408),
    ("resnet-50", 25_503_912, 4_089_184_256),
    ("densenet-121", 7_895_208, 2_834_161_664),
    ("mobilenet_v2", 3_470_760, 300_774_272),
    ("mobilenet_v3_large", 5_458_632, 216_589_760),
    ("efficientnet_b0", 5_246_532, 385_814_752),
    ("convnext_t", 28_566_184, 4_455_531_264),
    ("regnetx_400mf", 5_458_120, 413_812_608),
    ("squeezenet", 1_248_424, None),
    ("vgg_fcn", 138_357_544, None),
    # keras.applications: 22,910,480 with four numbers for each of 27,264 normalised channels.
    ("xception", 22_910_480 - 4 * 27_264, None),
    # The paper, section 2.
    ("unet3d", 19_069_955, None),
    # torchvision: 28,288,354 with 24,768 of layer norms and 23,322 relative positions.
    ("swin_t", 28_288_354 - 24_768 - 23_322, None),
    # The weights superpoint_v1.pth of magicleap/SuperPointPretrainedNetwork.
    ("superpoint", 1_300_865, None),
    # xuebinqin/U-2-Net: 44,009,869 with two numbers for each of 14,400 normalised channels.
    ("u2net", 44_009_869 - 2 * 14_400, None),
    # CompVis/latent-diffusion: encoder and quant_conv of kl-f8.
    ("sd_vae_encoder", 34_163_592 + 72, None),
    # rwightman/efficientdet-pytorch: 3,880,067 with two numbers for each of 23,568 normalised channels and 57 weights of
    # the fusion; the heads, 84,558, stand in the spec once for each of five levels.
    ("efficientdet_d0", 3_880_067 - 2 * 23_568 - 57 + 4 * 84_558, None),
]


@pytest.mark.parametrize(("name", "params", "macs"), TOTALS, ids=str)
def test_published_totals(name: str, params: int, macs: int | None) -> None:
    assert sum(layer.params or 0 for layer in layers(name).values()) == params
    if macs is not None:
        assert sum(layer.macs or 0 for layer in layers(name).values()) == macs


# Totals that are published rounded: (millions of parameters, thousands of millions of multiply-adds).
ROUNDED = [
    ("yolov3", None, 32.93),  # 65.86 Bn operations at 416: pjreddie.com/darknet/yolo
    ("darknet-53", None, 9.29),  # 18.57 Bn operations: pjreddie.com/darknet/imagenet
    ("cspdarknet-53", 27.6, None),  # YOLOv4, table 1
    ("hrnet_w32", 28.5, None),  # HRNet, table 1
    ("pix2pix_unet", 54.4, None),  # junyanz/pytorch-CycleGAN-and-pix2pix
    ("videopose3d", 16.93, None),  # VideoPose3D, table 2: 16.95 with batch norm
    ("hifigan_v1", 13.9, None),  # HiFi-GAN, table 1: 13.92
    ("linknet", 11.5, None),  # LinkNet, table I
    ("googlenet", 7.0, None),  # BVLC/caffe, models/bvlc_googlenet
]


@pytest.mark.parametrize(("name", "millions", "billions"), ROUNDED, ids=str)
def test_rounded_totals(name: str, millions: float | None, billions: float | None) -> None:
    if millions is not None:
        total = sum(layer.params or 0 for layer in layers(name).values())
        assert round(total / 1e6, len(str(millions).partition(".")[2])) == millions
    if billions is not None:
        total = sum(layer.macs or 0 for layer in layers(name).values())
        assert round(total / 1e9, len(str(billions).partition(".")[2])) == billions


# Input sizes modulo a number: those tried, and those that put all maps on one grid (by an independent simulation).
ALIGNED_SIZES = [
    ("unet", 16, range(16), [12, 13]),  # 572 is one
    ("xception", 32, range(32), [7, 8]),  # 299 is none
    ("deeplabv3plus", 16, (0, 1, 4, 5), [1, 4]),  # 513 is one
]


@pytest.mark.parametrize(("name", "modulus", "tried", "expected"), ALIGNED_SIZES, ids=[row[0] for row in ALIGNED_SIZES])
def test_aligned_sizes(name: str, modulus: int, tried: Iterable[int], expected: list[int]) -> None:
    path = SPECS / f"{name}.yaml"
    base = 576 - 576 % modulus
    aligned = []
    for residue in tried:
        sized = lint_bytes(path.read_bytes(), f"specs/{path.name}", Options(sizes=((None, (base + residue,)),), no_ignores=True))
        if not any(item.code == "RF102" for item in sized.findings):
            aligned.append(residue)
    assert aligned == expected


@pytest.mark.parametrize("name", NAMES)
def test_unknown_size_is_answered(name: str) -> None:
    """Without sizes nothing breaks, and a stride that was aligned is still not a mismatch."""
    path = SPECS / f"{name}.yaml"
    count = len(report(name).axes)
    free = lint_bytes(path.read_bytes(), f"specs/{path.name}", Options(sizes=((None, (None,) * count),)))
    assert free.internal_error is None
    assert [item.message for item in free.findings if item.code in {"RF101", "RF902"} and not item.suppressed] == []
