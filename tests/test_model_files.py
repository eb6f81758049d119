"""Real architectures without weights (tests/data/models): what comes of them, without any framework; those in the documentation."""

from __future__ import annotations

import io
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

import rflint
from rflint.importing import Draft, Wishes, format_of, read, spec_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Golden

HERE = Path(__file__).parent
MODELS = HERE / "data" / "models"
ROOT = HERE.parent
FILES = sorted(each for each in MODELS.iterdir() if each.suffix in {".onnx", ".keras", ".cfg", ".yaml", ".json"})
#: Specs of the documentation: from which model each is, and the one written by hand.
DOCUMENTED = {
    "resnet50": ("torchvision.resnet50.onnx", "resnet-50"),
    "mobilenet_v2": ("torchvision.mobilenet_v2.onnx", "mobilenet_v2"),
    "densenet121": ("keras.DenseNet121.keras", "densenet-121"),
    "efficientnet_b0": ("torchvision.efficientnet_b0.onnx", "efficientnet_b0"),
    "unet_resnet18": ("smp.Unet.resnet18.onnx", "unet"),
    "yolov8n": ("ultralytics.yolov8n.yaml", "yolov8n"),
}


def draft(file: Path, name: str | None = None) -> Draft:
    data = file.read_bytes()
    found = format_of(data[:4096], file.name)
    assert found is not None
    for package in found.packages:
        pytest.importorskip(package, reason=f"reading {found.title} needs the extra `{found.extra}`")
    return read(found, io.BytesIO(data), name or file.stem, Wishes())


def summary(spec: rflint.Spec, text: str, operators: int) -> Iterator[str]:
    """Lines of the text beside a model: what was read, and of each output and the last map, field, stride and size."""
    analysis = spec.analyze()
    unknown = sum(layer.op == "unknown" for layer in analysis.layers)
    digest = sha256(text.encode()).hexdigest()[:16]
    yield f"operators {operators}, layers {len(analysis.layers)}, unknown {unknown}, lines {len(text.splitlines())}, spec {digest}"
    maps = [each for each in analysis.layers if not any(field.is_global for field in each.receptive_field.values())]
    for layer in {each.name: each for each in (*(analysis[name] for name in analysis.outputs), *maps[-1:])}.values():
        for entrance, field in layer.receptive_field.items():
            seen = "all" if field.is_global else " ".join(map(str, field.size))
            stride = " ".join(map(str, field.stride))
            yield f"{layer.name}: {layer.channels} channels of {layer.size}, sees {seen} of {entrance}, stride {stride}"


@pytest.mark.parametrize("file", FILES, ids=lambda each: each.name)
def test_models(file: Path, golden: Golden) -> None:
    made = draft(file)
    spec = spec_of(made, Wishes(), (), {})
    assert not [note for note in spec.notes if "written flat" in note]
    whole = spec_of(made, Wishes(flat=True), (), {})
    lines = list(summary(rflint.load(spec.text), spec.text, made.operators))
    # The flat form has other names; all else is the same.
    assert [each.size for each in rflint.load(spec.text).analyze().layers] == [
        each.size for each in rflint.load(whole.text).analyze().layers
    ]
    golden(file.with_name(f"{file.name}.txt"), "".join(f"{line}\n" for line in lines))


def items(text: str) -> int:
    """Layers, uses and blocks: what a reader of a spec reads."""
    spec = yaml.safe_load(text)
    return len(spec["layers"]) + sum(1 + len(each["layers"]) for each in (spec.get("blocks") or {}).values())


@pytest.mark.parametrize("name", DOCUMENTED)
def test_specs_of_the_documentation(name: str, golden: Golden) -> None:
    model, by_hand = DOCUMENTED[name]
    spec = spec_of(draft(MODELS / model, name), Wishes(), (f"Imported from {model}.",), {})
    golden(ROOT / "docs" / "imported" / f"{name}.yaml", spec.text)
    read, written = items(spec.text), items((ROOT / "specs" / f"{by_hand}.yaml").read_text())
    assert read <= 1.5 * written
    row = next(each for each in (ROOT / "docs" / "importing.md").read_text().splitlines() if f"](imported/{name}.yaml)" in each)
    assert row.endswith(f" | {read} | {written} |")
