"""Import models at random weights, run them, and compare layer by layer.

    pip install torch torchvision timm keras onnx onnxruntime
    python benchmarks/verify_models.py [--time-limit SECONDS] [--only GLOB] [MODELS...]

Models: torchvision (classification, segmentation, detection without its heads), timm and segmentation-models-pytorch as modules,
keras.applications on PyTorch, some of torchvision as ONNX, and all specs of the zoo as `rflint export` writes them.  Prints a
table: operators and layers read, unknown ones; layers measured, agreeing and differing, end points (outputs of the spec, and
the last layer of each stride) measured and agreeing; seconds of
processor time; then every reason for which a layer was not compared, and every
operator that is not understood.  MODELS are `torch:package.module:factory(arguments)@size`, `keras:Name@size`,
`onnx:package.module:factory(arguments)@size`, `zoo:name`.  A package that is missing is said, and its models left out.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from fnmatch import fnmatchcase
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import NamedTuple

from rflint.engine import analyze
from rflint.exporting import TARGETS, ExportFailure, settle, write
from rflint.importing import ImportFailure, Wishes
from rflint.model import Graph
from rflint.pipeline import load
from rflint.project import models
from rflint.project.files import SpecFile
from rflint.verdict import Options
from rflint.verifying import Verification, by_reason, verify

TORCHVISION = (
    *["resnet18", "resnet34", "resnet50", "resnext50_32x4d", "wide_resnet50_2", "mobilenet_v2", "mobilenet_v3_small"],
    *["mobilenet_v3_large", "mnasnet1_0", "squeezenet1_0", "squeezenet1_1", "shufflenet_v2_x1_0", "vgg11"],
    *["vgg16_bn", "alexnet", "densenet121", "efficientnet_b0", "efficientnet_v2_s", "regnet_x_400mf", "regnet_y_400mf"],
    *["googlenet", "convnext_tiny", "swin_t", "swin_v2_t", "vit_b_16"],
)
SEGMENTATION = ("fcn_resnet50", "deeplabv3_resnet50", "deeplabv3_mobilenet_v3_large", "lraspp_mobilenet_v3_large")
DETECTION = ("fasterrcnn_resnet50_fpn", "retinanet_resnet50_fpn", "fcos_resnet50_fpn", "ssdlite320_mobilenet_v3_large")
TIMM = (
    *["resnet26d", "resnest14d", "hrnet_w18_small", "ghostnet_100", "dla34", "repvgg_a0", "resnet10t", "seresnet18", "skresnet18"],
    *["cspresnet50", "darknet53", "convnextv2_atto", "poolformer_s12", "mobilevit_xxs", "edgenext_xx_small", "ecaresnet26t"],
    *["efficientnet_lite0", "dpn48b", "selecsls42b", "xception41", "mixer_s32_224", "res2net50_14w_8s", "mixnet_s", "tf_efficientnet_b0"],
    *["tinynet_e", "fbnetc_100", "lcnet_050", "mobileone_s0", "regnetz_c16", "vovnet39a", "ese_vovnet19b_dw", "inception_v3"],
    *["gernet_s", "nf_regnet_b0", "fastvit_t8", "repghostnet_050", "mobilenetv4_conv_small", "efficientvit_b0", "levit_128s", "rexnet_100"],
    *["cs3darknet_s", "hardcorenas_a", "spnasnet_100", "botnet26t_256", "coat_tiny", "pvt_v2_b0", "convmixer_768_32", "visformer_tiny"],
)
KERAS = (
    *["MobileNet", "MobileNetV2", "MobileNetV3Small", "MobileNetV3Large", "ResNet50", "ResNet50V2", "DenseNet121"],
    *["EfficientNetB0", "EfficientNetV2B0", "NASNetMobile", "VGG16", "Xception", "InceptionV3", "ConvNeXtTiny"],
)
SMP = ("Unet", "FPN", "Linknet", "DeepLabV3Plus", "PSPNet", "UnetPlusPlus", "PAN", "MAnet")
ONNX = ("resnet18", "mobilenet_v2", "shufflenet_v2_x1_0", "densenet121", "googlenet", "efficientnet_b0", "squeezenet1_0", "regnet_y_400mf")
_UNWEIGHTED = "weights=None, weights_backbone=None"
MODELS = (
    *[f"torch:torchvision.models:{name}(weights=None)@64" for name in TORCHVISION],
    *[f"torch:torchvision.models.segmentation:{name}({_UNWEIGHTED})@64" for name in SEGMENTATION],
    *[f"torch:torchvision.models.detection:{name}({_UNWEIGHTED})/backbone@128" for name in DETECTION],
    *[f"torch:timm:create_model('{name}')@128" for name in TIMM],
    *[f"torch:segmentation_models_pytorch:{name}('resnet18', encoder_weights=None)@64" for name in SMP],
    *[f"keras:{name}@128" for name in KERAS],
    *[f"onnx:torchvision.models:{name}(weights=None)@64" for name in ONNX],
    *[f"zoo:{path.stem}" for path in sorted((Path(__file__).parent.parent / "specs").glob("*.yaml"))],
)
#: Models whose input has one size.
FIXED = {"vit_b_16": 224, "mixer_s32_224": 224, "visformer_tiny": 224, "levit_128s": 224, "coat_tiny": 224, "botnet26t_256": 256}
FIXED |= {"vgg11": 224, "vgg16_bn": 224, "swin_v2_t": 256, "googlenet": 128, "inception_v3": 139, "alexnet": 224, "efficientvit_b0": 128}


class Prepared(NamedTuple):
    """A model that can be run, and its spec."""

    graph: Graph
    file: SpecFile
    wishes: Wishes
    operators: int
    unknown: tuple[str, ...]


def prepare(model: str, folder: Path) -> Prepared:
    """Import a model: what it is to be run from goes into a folder."""
    kind, _, rest = model.partition(":")
    text, _, size = rest.rpartition("@")
    if kind == "zoo":
        graph = graph_of((Path(__file__).parent.parent / "specs" / f"{rest}.yaml").read_text())
        path = folder / "zoo.onnx"
        path.write_bytes(write(TARGETS["onnx"], settle(graph)))
        return Prepared(graph, SpecFile(str(path), str(path), named=True), Wishes(), len(graph.layers), ())
    edge = next((each for name, each in FIXED.items() if f"{name}(" in text or f"'{name}'" in text), int(size or 64))
    if kind == "torch":
        name, _, submodule = text.partition(")/")
        name = f"{name})" if submodule else name
        file, wishes = (
            SpecFile(f"torch:{name}", f"torch:{name}", named=True),
            Wishes(sizes=((None, (edge,)),), channels=3, submodule=submodule or None),
        )
    else:
        path = folder / ("model.json" if kind == "keras" else "model.onnx")
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            path.write_bytes(keras_config(text, edge) if kind == "keras" else onnx_model(text, edge))
        file, wishes = SpecFile(str(path), str(path), named=True), Wishes()
    spec = models.convert_named(file, wishes)
    graph = graph_of(spec.text)
    unknown = tuple(str(layer.fields.get("original")) for layer in graph.layers if layer.op == "unknown")
    return Prepared(graph, file, wishes, spec.operators, unknown)


def graph_of(text: str) -> Graph:
    """Read a spec."""
    graph = load(text.encode(), "model", Options()).graph
    assert graph is not None
    return graph


def keras_config(name: str, edge: int) -> bytes:
    """Return the configuration of a model of keras.applications."""
    os.environ.setdefault("KERAS_BACKEND", "torch")
    import keras

    made = getattr(keras.applications, name)(weights=None, input_shape=(edge, edge, 3))
    return str(made.to_json()).encode()


def onnx_model(text: str, edge: int) -> bytes:
    """Return a module as ONNX, for inputs of any size."""
    from io import BytesIO

    import torch

    from rflint.importing.torch.factory import build

    stream = BytesIO()
    axes = {"image": {2: "height", 3: "width"}}
    example = torch.zeros(1, 3, edge, edge)
    torch.onnx.export(build(text), (example,), stream, input_names=["image"], opset_version=17, dynamic_axes=axes, dynamo=False)
    return stream.getvalue()


def ends_of(graph: Graph) -> set[str]:
    """Return the end points of a network: its outputs, and the last layer before each change of the stride."""
    part = analyze(graph).axes[-1].valid_cases[0]
    fields = next(iter(part.traces.values())).fields
    last: dict[object, str] = {}
    for node, layer in enumerate(graph.layers, len(graph.inputs)):
        field = fields[node]
        if field is not None and field.grid is not None:
            last[field.grid.s, field.grid.d] = layer.name
    return {graph.node_name(node) for node in graph.outputs} | set(last.values())


def row(title: str, made: Prepared, found: Verification, seconds: tuple[float, float]) -> tuple[str, bool]:
    """Return a line of the table, and whether all end points that were measured agree."""
    differing = set(found.differing)
    measured = len(found.layers) - len(found.unmeasured)
    ends = ends_of(made.graph)
    told = ends - found.unmeasured.keys()
    counts = f"{made.operators:5} {len(found.layers):6} {len(made.unknown):4} {measured:8} {measured - len(differing):5} {len(differing):6}"
    at = "clipped" if found.clipped else ""
    line = f"{title:46} {counts} {len(told - differing):3}/{len(told)}/{len(ends):<3} {seconds[0]:6.1f} {seconds[1]:6.1f} {at}"
    return line, bool(told) and not differing


def remarks(found: Verification) -> Iterator[str]:
    """Yield what else is to be said of a model."""
    for each in found.differences:
        if each.layer not in found.explained:
            yield f"differs: {each}"
    yield from found.notes
    for why, names in by_reason(found).items():
        yield f"{why}: {', '.join(names[:4])}{f' and {len(names) - 4} more' if len(names) > 4 else ''}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*")
    parser.add_argument("--time-limit", type=float, default=60.0, help="seconds of processor time for each model")
    parser.add_argument("--only", default="*")
    asked = parser.parse_args()
    reasons: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    verdicts: Counter[str] = Counter()
    print(f"{'model':46}   ops layers unk. measured agree differ    ends import verify")
    for model in [each for each in asked.models or MODELS if fnmatchcase(each, asked.only)]:
        title = model.partition(":")[2] if model.startswith(("torch:", "onnx:")) else model
        title = f"{model[:2]} {title.replace('weights=None', '').replace(', weights_backbone=None', '')}"[:46]
        started = time.process_time()
        try:
            with tempfile.TemporaryDirectory() as folder:
                made = prepare(model, Path(folder))
                imported = time.process_time()
                measurer = models.measurer(made.file, made.graph, made.wishes)
                limit = time.process_time() + asked.time_limit
                found = verify(made.graph, measurer, None, lambda _, __, limit=limit: time.process_time() < limit)
        except (ImportFailure, ExportFailure) as failure:
            print(f"{title:46} {failure}", flush=True)
            verdicts["not imported or exported"] += 1
            continue
        line, agrees = row(title, made, found, (imported - started, time.process_time() - imported))
        verdicts["agree" if agrees else "differ" if found.differences else "not measured"] += 1
        unknown.update(made.unknown)
        print(line, flush=True)
        for each in remarks(found):
            print(f"    {each}", flush=True)
        for why, names in by_reason(found).items():
            reasons[why] += len(names)
    print("models:", ", ".join(f"{count} {verdict}" for verdict, count in verdicts.most_common()))
    print("layers not measured:", "; ".join(f"{why} ({count})" for why, count in reasons.most_common()) or "none")
    print("unknown operators:", ", ".join(f"{name} ({count})" for name, count in unknown.most_common()) or "none")
    missing = [each for each in ("torchvision", "timm", "segmentation_models_pytorch", "keras", "onnxruntime") if find_spec(each) is None]
    print("packages that are missing here:", ", ".join(missing) or "none")


if __name__ == "__main__":
    main()
