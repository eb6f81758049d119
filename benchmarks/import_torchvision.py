"""Export torchvision's models at random weights, import them, and compare what comes of it with the specs written by hand.

    pip install torch torchvision onnx
    python benchmarks/import_torchvision.py [--dynamo] [--keep FOLDER] [NAMES...]

Prints a table: operators, layers, lines and items of the spec, seconds of CPU for the import, unknown operators, and of
networks that `specs/` has, whether the receptive fields, strides and centres of all their maps are found in the import.
"""

from __future__ import annotations

import argparse
import io
import sys
import time
import warnings
from fractions import Fraction
from pathlib import Path

import torch

try:
    import torchvision
except RuntimeError:
    # A build for another torch: its own operators are missing, which no model of these needs.
    for name in [each for each in sys.modules if each.startswith("torchvision")]:
        del sys.modules[name]
    library = torch.library.Library("torchvision", "DEF")
    for operator in ("nms", "qnms"):
        library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    import torchvision

import rflint
from rflint.importing import FORMATS, Wishes, read, spec_of
from rflint.importing.onnx.payloads import without_payloads

#: Model -> spec of the zoo.
BY_HAND = {
    "resnet18": "resnet-18",
    "resnet34": "resnet-34",
    "resnet50": "resnet-50",
    "densenet121": "densenet-121",
    "vgg16": "vgg_16",
    "vgg11": "vgg_a",
    "googlenet": "googlenet",
    "squeezenet1_0": "squeezenet",
    "inception_v3": "inception_v3",
    "convnext_tiny": "convnext_t",
    "swin_t": "swin_t",
    "regnet_x_400mf": "regnetx_400mf",
    "efficientnet_b0": "efficientnet_b0",
    "mobilenet_v2": "mobilenet_v2",
    "mobilenet_v3_large": "mobilenet_v3_large",
    "alexnet": "alexnet_v2",
}
MODELS = (
    *BY_HAND,
    *[
        "resnet101",
        "resnext50_32x4d",
        "wide_resnet50_2",
        "densenet169",
        "vgg13",
        "vgg16_bn",
        "vgg19_bn",
        "squeezenet1_1",
        "mnasnet1_0",
        "shufflenet_v2_x1_0",
    ],
    *[
        "mobilenet_v3_small",
        "efficientnet_b3",
        "efficientnet_v2_s",
        "regnet_y_400mf",
        "regnet_y_8gf",
        "convnext_small",
        "vit_b_16",
        "swin_v2_t",
        "maxvit_t",
    ],
    *["segmentation.fcn_resnet50", "segmentation.deeplabv3_resnet50", "segmentation.lraspp_mobilenet_v3_large"],
    *["video.r3d_18", "video.mc3_18", "video.r2plus1d_18", "video.s3d", "video.mvit_v1_b", "video.swin3d_t"],
)
SPECS = Path(__file__).parent.parent / "specs"


def exported(name: str, *, dynamo: bool) -> bytes:
    """The bytes of an ONNX file without its weights."""
    family = torchvision.models
    for part in name.split(".")[:-1]:
        family = getattr(family, part)
    options: dict[str, object] = {"weights": None}
    if name in ("googlenet", "inception_v3"):
        options |= {"aux_logits": False, "init_weights": False}
    if name.startswith("segmentation."):
        options["weights_backbone"] = None
    network = getattr(family, name.rpartition(".")[2])(**options).eval()
    shape = (1, 3, 16, 112, 112) if name.startswith("video.") else (1, 3, 299, 299) if name == "inception_v3" else (1, 3, 224, 224)
    if name in ("video.mvit_v1_b", "video.swin3d_t"):
        shape = (1, 3, 16, 224, 224)
    stream = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if dynamo:
            program = torch.onnx.export(network, (torch.zeros(shape),), input_names=["image"], dynamo=True, verbose=False)
            stream.write(program.model_proto.SerializeToString())
        else:
            torch.onnx.export(network, torch.zeros(shape), stream, input_names=["image"], opset_version=17, dynamo=False)
    stream.seek(0)
    return without_payloads(stream)


def maps(text: str) -> set[tuple[object, ...]]:
    """Receptive field, stride and centre of each map that has a grid."""
    found: set[tuple[object, ...]] = set()
    for layer in rflint.load(text).analyze().layers:
        for field in layer.receptive_field.values():
            if None not in field.size and None not in field.grid_center:
                found.add((*field.size, *map(Fraction, field.grid_stride), *map(Fraction, field.grid_center)))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--dynamo", action="store_true")
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args()
    onnx = next(each for each in FORMATS if each.name == "onnx")
    unknown: dict[str, int] = {}
    print(f"{'model':36} {'operators':>9} {'layers':>6} {'lines':>5} {'items':>5} {'CPU s':>6}  unknown  as by hand")
    for name in asked.names or MODELS:
        try:
            data = exported(name, dynamo=asked.dynamo)
        except Exception as error:
            print(f"{name:36} not exported: {type(error).__name__}: {str(error).splitlines()[0][:80]}", flush=True)
            continue
        started = time.process_time()
        draft = read(onnx, io.BytesIO(data), name, Wishes())
        spec = spec_of(draft, Wishes(), (), {})
        seconds = time.process_time() - started
        if asked.keep:
            (asked.keep / f"{name}.onnx").write_bytes(data)
            (asked.keep / f"{name}.yaml").write_text(spec.text)
        for item in draft.items:
            if item.op == "unknown":
                unknown[item.fields["original"]] = unknown.get(item.fields["original"], 0) + 1
        items = sum(line.lstrip().startswith("- ") for line in spec.text.splitlines())
        compared = ""
        if (by_hand := BY_HAND.get(name)) is not None:
            wanted, found = maps((SPECS / f"{by_hand}.yaml").read_text()), maps(spec.text)
            close = {each[:4] for each in wanted} & {each[:4] for each in found}
            compared = f"{len(wanted & found)} of {len(wanted)} maps, {len(close)} of {len({each[:4] for each in wanted})} but for centres"
        numbers = f"{spec.operators:9} {spec.layers:6} {len(spec.text.splitlines()):5} {items:5} {seconds:6.2f}  {spec.unknown:7}"
        print(f"{name:36} {numbers}  {compared}", flush=True)
    print("unknown operators:", ", ".join(f"{name} ({count})" for name, count in sorted(unknown.items())) or "none")


if __name__ == "__main__":
    main()
