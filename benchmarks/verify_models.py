"""Import models of torchvision, timm and segmentation-models-pytorch at random weights, run them, and compare layer by layer.

    pip install torch torchvision timm segmentation-models-pytorch onnx
    python benchmarks/verify_models.py [--time-limit SECONDS] [MODELS...]

Prints a table: operators and layers read, unknown ones; layers measured, agreeing and differing, end points (outputs of the
spec) that agree; seconds; then every reason for which a layer was not compared, and every operator that is not understood.
MODELS are `package.module:factory(arguments)@size`.
"""

from __future__ import annotations

import argparse
import io
import time
from collections import Counter

from rflint.importing import FORMATS, ImportFailure, Wishes, read, spec_of
from rflint.importing.torch.factory import build
from rflint.pipeline import load
from rflint.verdict import Options
from rflint.verifying import by_reason, verify
from rflint.verifying.torch import ModuleMeasurer

TORCHVISION = (
    *["resnet18", "resnet34", "resnet50", "resnext50_32x4d", "mobilenet_v2", "mobilenet_v3_small"],
    *["mobilenet_v3_large", "mnasnet1_0", "squeezenet1_0", "squeezenet1_1", "shufflenet_v2_x1_0", "vgg11"],
    *["vgg16_bn", "alexnet", "densenet121", "efficientnet_b0", "regnet_x_400mf", "regnet_y_400mf"],
    *["convnext_tiny", "swin_t", "vit_b_16"],
)
TIMM = (
    *["resnet26d", "resnest14d", "hrnet_w18_small", "ghostnet_100", "dla34", "repvgg_a0"],
    *["cspresnet50", "darknet53", "convnextv2_atto", "poolformer_s12", "mobilevit_xxs", "edgenext_xx_small"],
    *["efficientnet_lite0", "dpn48b", "selecsls42b", "xception41", "mixer_s32_224", "res2net50_14w_8s"],
)
MODELS = (
    *[f"torchvision.models:{name}(weights=None)@224" for name in TORCHVISION],
    *[f"timm:create_model('{name}')@224" for name in TIMM],
    "segmentation_models_pytorch:Unet('resnet18', encoder_weights=None)@224",
    "segmentation_models_pytorch:FPN('resnet18', encoder_weights=None)@224",
    "segmentation_models_pytorch:Linknet('resnet18', encoder_weights=None)@224",
    "segmentation_models_pytorch:DeepLabV3Plus('resnet18', encoder_weights=None)@224",
    "segmentation_models_pytorch:PSPNet('resnet18', encoder_weights=None)@224",
    "torchvision.models.segmentation:fcn_resnet50(weights=None, weights_backbone=None)@224",
    "torchvision.models.segmentation:deeplabv3_resnet50(weights=None, weights_backbone=None)@224",
    "torchvision.models.segmentation:lraspp_mobilenet_v3_large(weights=None, weights_backbone=None)@224",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*")
    parser.add_argument("--time-limit", type=float, default=120.0)
    asked = parser.parse_args()
    torch = next(each for each in FORMATS if each.name == "torch")
    reasons: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    print(f"{'model':46}   ops layers unk. measured agree differ    ends import verify")
    for model in asked.models or MODELS:
        text, _, size = model.rpartition("@")
        wishes = Wishes(sizes=((None, (int(size),)),))
        title = text.partition(":")[2].replace("weights=None", "").replace("weights_backbone=None", "")[:46]
        started = time.monotonic()
        try:
            spec = spec_of(draft := read(torch, io.BytesIO(text.encode()), "model", wishes), wishes, (), {})
        except ImportFailure as failure:
            print(f"{title:46} {failure}", flush=True)
            continue
        imported = time.monotonic()
        unknown.update(item.fields["original"] for item in draft.items if item.op == "unknown")
        graph = load(spec.text.encode(), "model", Options()).graph
        assert graph is not None
        limit = imported + asked.time_limit
        found = verify(graph, ModuleMeasurer(build(text), graph), None, lambda _, __, limit=limit: time.monotonic() < limit)
        differing = set(found.differing)
        measured = len(found.layers) - len(found.unmeasured)
        ends = {graph.node_name(node) for node in graph.outputs}
        ended = f"{len(ends - differing - found.unmeasured.keys())}/{len(ends - found.unmeasured.keys())}"
        counts = (
            f"{spec.operators:5} {spec.layers:6} {spec.unknown:4} {measured:8} {measured - len(differing):5} {len(differing):6} {ended:>7}"
        )
        print(f"{title:46} {counts} {imported - started:6.1f} {time.monotonic() - imported:6.1f}", flush=True)
        for each in found.differences:
            if each.layer not in found.explained:
                print(
                    f"    differs: {each.layer} on {each.axis} at {each.sizes}: {each.features}, {each.feature}: {each.spec}, {each.model}"
                )
        for note in found.notes:
            print(f"    {note}")
        for why, names in by_reason(found).items():
            reasons[why] += len(names)
            if why.startswith("is not found"):
                print(f"    not found: {', '.join(names[:5])}{', …' if len(names) > 5 else ''}")
    print("not measured:", "; ".join(f"{why} ({count})" for why, count in reasons.most_common()) or "nothing")
    print("unknown operators:", ", ".join(f"{name} ({count})" for name, count in unknown.most_common()) or "none")


if __name__ == "__main__":
    main()
