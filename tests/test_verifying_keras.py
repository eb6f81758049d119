"""A spec against a Keras model, which Keras runs on PyTorch: agreement, negative controls, and what cannot be run."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest
from command_line import rflint

from rflint.importing import Wishes
from rflint.pipeline import load
from rflint.project import models
from rflint.project.files import SpecFile
from rflint.verdict import Options
from rflint.verifying import Verification, verify

if TYPE_CHECKING:
    from pathlib import Path

if not find_spec("keras") or not find_spec("torch"):
    pytest.skip("running Keras models needs the extra `verify-keras`", allow_module_level=True)
if os.environ.setdefault("KERAS_BACKEND", "torch") != "torch":
    pytest.skip("Keras is set to another backend here", allow_module_level=True)
# Keras and what it brings warn of themselves.
pytestmark = pytest.mark.filterwarnings("ignore")


def net() -> Any:
    """A strided stem, a residual pair, a gate, down and up again, a border more and one less."""
    import keras
    from keras import layers

    image = keras.Input((32, 48, 8), name="image")
    stem = layers.Conv2D(8, 3, strides=2, padding="same", name="stem")(image)
    a = layers.Conv2D(8, 3, padding="same", activation="relu", name="a")(stem)
    b = layers.Conv2D(8, 3, padding="same", dilation_rate=2, name="b")(a)
    both = layers.Add(name="sum")([layers.BatchNormalization(name="norm")(b), stem])
    gated = layers.Multiply(name="gated")([both, layers.GlobalAveragePooling2D(keepdims=True, name="mean")(both)])
    up = layers.UpSampling2D(2, name="up")(layers.MaxPooling2D(2, name="pool")(gated))
    cat = layers.Concatenate(name="cat")([up, gated])
    padded = layers.ZeroPadding2D(((0, 1), (1, 0)), name="padded")(cat)
    cropped = layers.Cropping2D(((1, 0), (0, 0)), name="cropped")(padded)
    return keras.Model(image, layers.Conv2D(8, 1, name="head")(cropped))


def written(folder: Path, model: Any) -> SpecFile:
    path = folder / "net.json"
    path.write_text(model if isinstance(model, str) else model.to_json())
    return SpecFile(str(path), str(path), named=True)


def verified(text: str, file: SpecFile) -> Verification:
    graph = load(text.encode(), "net.yaml", Options()).graph
    assert graph is not None
    return verify(graph, models.measurer(file, graph, Wishes()))


def test_a_model_agrees_with_its_import(tmp_path: Path) -> None:
    file = written(tmp_path, net())
    found = verified(models.convert_named(file, Wishes()).text, file)
    assert (found.differences, dict(found.unmeasured), found.notes) == ((), {}, ())
    assert found.measured == found.layers
    assert {"stem", "a", "b", "sum", "gated", "pool", "up", "cat", "padded", "cropped", "head"} <= set(found.layers)


@pytest.mark.parametrize(
    ("right", "wrong", "layer_"),
    [
        ("name: b, op: conv, kernel: 3, dilation: 2", "name: b, op: conv, kernel: 3", "b"),
        ("kernel: 3, stride: 2, padding: same", "kernel: 3, stride: 2, padding: 1", "stem"),
        ("from: [b, stem]", "from: [a, stem]", "sum"),
        ("padding: [[0, 1], [1, 0]]", "padding: [[1, 0], [1, 0]]", "padded"),
        ("crop: [[1, 0], 0]", "crop: [[0, 1], 0]", "cropped"),
    ],
)
def test_what_is_wrong_in_the_spec_is_caught(tmp_path: Path, right: str, wrong: str, layer_: str) -> None:
    file = written(tmp_path, net())
    spec = models.convert_named(file, Wishes(flat=True)).text
    assert right in spec, spec
    found = verified(spec.replace(right, wrong), file)
    assert {each.layer for each in found.differences if each.layer not in found.explained} == {layer_}


def test_models_in_models_and_layers_that_are_called_twice(tmp_path: Path) -> None:
    import keras
    from keras import layers

    entry = keras.Input((32, 48, 8), name="entry")
    inner = keras.Model(entry, layers.Conv2D(8, 3, padding="same", name="c")(entry), name="inner")
    image = keras.Input((32, 48, 8), name="image")
    twice = layers.Conv2D(8, 3, padding="same", name="twice")
    file = written(tmp_path, keras.Model(image, inner(inner(twice(twice(image))))))
    spec = models.convert_named(file, Wishes()).text
    found = verified(spec, file)
    assert (found.differences, dict(found.unmeasured)) == ((), {})
    assert set(found.layers) == {"twice", "twice_1", "inner/c", "inner_1/c"}


def test_what_cannot_be_built_is_told(tmp_path: Path) -> None:
    file = written(tmp_path, net().to_json().replace('"class_name": "Cropping2D"', '"class_name": "Shiny"'))
    done = rflint("verify", file.path)
    assert (done.code, done.out) == (1, "")
    assert "cannot be built: " in done.err


def test_another_backend_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import keras

    monkeypatch.setattr(keras.config, "backend", lambda: "jax")
    file = written(tmp_path, net())
    done = rflint("verify", file.path)
    assert (done.code, done.out) == (1, "")
    assert done.err.splitlines()[-1] == (
        f"rflint: `{file.display}` is run on the backend torch, and Keras is set to jax here: set KERAS_BACKEND=torch"
    )
