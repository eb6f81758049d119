"""A Keras model as something to measure: built from its configuration at each size, its calls watched.

It runs on the backend `torch` (https://keras.io/keras_3), where everything is an operator of PyTorch below, as in a module.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

# Read when Keras is imported; whoever chose another backend is told.
if "keras" not in sys.modules:
    os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy as np
import torch

from rflint.importing import ImportFailure, Value
from rflint.verifying.maps import Located, held, lit, seen_in
from rflint.verifying.measuring import APART, MeasuringFailure, Run, Seen, extent, joined, probes
from rflint.verifying.torch import AT_ONCE, Propagation, is_lit, mark_lit, quietly, unwatched, why_unknown

#: Stretches side by side.
_MOST: Final = 16


class KerasMeasurer:
    """Measures a model, given as its configuration; `located` finds the layers in it.  Raises ImportFailure where it cannot be built."""

    def __init__(self, config: Mapping[str, Any], located: Located) -> None:
        if (backend := keras.config.backend()) != "torch":
            raise ImportFailure(f"is run on the backend torch, and Keras is set to {backend} here: set KERAS_BACKEND=torch")
        self._config, self._located = config, located
        self._built: tuple[object, Any] | None = None
        self._weights: dict[object, tuple[torch.Tensor, torch.Tensor | None]] = {}
        try:
            _build(_resized(config, {}))
        except Exception as error:
            raise ImportFailure(f"cannot be built: {_first_line(error)}") from error

    def measure(self, run: Run) -> Mapping[str, Seen | str]:
        """See `Measurer`."""
        try:
            places = self._located(run.sizes)
        except ImportFailure as failure:
            raise MeasuringFailure(f"at {extent(run.sizes[run.input])} {failure}") from failure
        model = self._model(run, places)
        share = max(1, min(AT_ONCE // max(int(np.prod(run.sizes[run.input])), 1), _MOST))
        return joined([self._part(model, run, places, run.lit[start : start + share]) for start in range(0, len(run.lit), share)])

    def _model(self, run: Run, places: Mapping[str, Value]) -> Any:
        """Return the model for inputs of some sizes."""
        key = tuple(run.sizes.items())
        if self._built is None or self._built[0] != key:
            shapes = {places[name].name: list(held(places[name]).shape[1:]) for name in run.sizes if name in places}
            try:
                self._built = key, _build(_resized(self._config, shapes))
            except Exception as error:
                raise MeasuringFailure(f"cannot be built at {extent(run.sizes[run.input])}: {_first_line(error)}") from error
            self._weights.clear()
        return self._built[1]

    def _part(self, model: Any, run: Run, places: Mapping[str, Value], stretches: Sequence[tuple[int, int]]) -> Mapping[str, Seen | str]:
        wanted: dict[str, list[str]] = {}
        for layer in run.layers:
            if layer in places:
                wanted.setdefault(places[layer].name, []).append(layer)
        found: dict[str, Seen | str] = {}
        probed = probes(run.sizes[run.input][run.axis])

        def note(name: str, value: Any) -> None:
            for layer in wanted.get(name, ()):
                found[layer] = _seen(value, len(stretches), places[layer], run)

        inputs = []
        for name in run.sizes:
            value = places[name]
            rows = [lit(value, run.axis, each) if name == run.input else held(value) for each in (*stretches, *probed)]
            tensor = torch.from_numpy(np.concatenate(rows))
            inputs.append(mark_lit(tensor) if name == run.input else tensor)
        try:
            count = len(stretches) + len(probed)
            following = Propagation(count, None, self._weights, held=run.held, probes=len(probed))
            with _watched(model, note), torch.no_grad(), quietly(), following:
                model(inputs if len(inputs) > 1 else inputs[0], training=False)
        except Exception as error:
            raise MeasuringFailure(f"does not run at {extent(run.sizes[run.input])}: {_first_line(error)}") from error
        return found


def _seen(value: Any, count: int, place: Value, run: Run) -> Seen | str:
    if not isinstance(value, torch.Tensor):
        return "several values in one"
    if not is_lit(value):
        return APART
    if (why := why_unknown(value)) is not None:
        return why
    with unwatched():
        rows = value.detach()[:count].numpy()
        parts = [seen_in(row[None], place, run, None) for row in rows]
    told = next((each for each in parts if isinstance(each, str)), None)
    seen = [each for each in parts if isinstance(each, Seen)]
    return told if told is not None else Seen(seen[0].size, tuple(bits for each in seen for bits in each.features))


@contextmanager
def _watched(model: Any, note: Any) -> Iterator[None]:
    """Tell what the calls of all layers give, by the path of the layer; those after the first have their number, of models, too."""
    layers = list(_layers(model))
    calls: Counter[str] = Counter()
    #: Calls of models that are going on.
    path: list[str] = []
    for layer in layers:
        object.__setattr__(layer, "call", _telling(layer, path, calls, note))
    try:
        yield
    finally:
        for layer in layers:
            object.__delattr__(layer, "call")


def _telling(layer: Any, path: list[str], calls: Counter[str], note: Any) -> Any:
    call = layer.call

    def told(*arguments: Any, **keywords: Any) -> Any:
        name = "/".join((*path, layer.name))
        again, calls[name] = calls[name], calls[name] + 1
        path.append(f"{layer.name}_{again}" if again else layer.name)
        try:
            made = call(*arguments, **keywords)
            note("/".join(path), made)
        finally:
            path.pop()
        return made

    return told


def _layers(model: Any) -> Iterator[Any]:
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _layers(layer)
        yield layer


def _build(config: Mapping[str, Any]) -> Any:
    with quietly():
        return keras.models.model_from_json(json.dumps(config))


def _resized(config: Mapping[str, Any], shapes: Mapping[str, list[int]]) -> Mapping[str, Any]:
    """Return a configuration with other shapes of its inputs; those of the models in it are left open."""
    made: dict[str, Any] = json.loads(json.dumps(config))
    layers = made["config"] if isinstance(made["config"], list) else made["config"]["layers"]
    first = True
    for layer in layers:
        own = layer.get("config") or {}
        name = own.get("name") or layer.get("name")
        is_input = layer.get("class_name") == "InputLayer"
        for key in ("batch_shape", "batch_input_shape"):
            if shapes and own.get(key) and (is_input or first):
                shape = shapes.get(name) or next(iter(shapes.values()))
                own[key] = [None, *shape]
        for inner in _inner_inputs(own):
            for key in ("batch_shape", "batch_input_shape"):
                if inner.get(key):
                    inner[key] = _opened(inner[key])
        layer.pop("build_config", None)
        first = False
    if shapes and isinstance(made["config"], dict) and made["config"].get("build_input_shape"):
        made["config"]["build_input_shape"] = [None, *next(iter(shapes.values()))]
    made.pop("build_config", None)
    made.pop("compile_config", None)
    _initialize(made)
    return made


def _initialize(config: Any) -> None:
    """Let weights be zeros: that takes no time, and what is not trained counts whole."""
    for name, value in config.items() if isinstance(config, dict) else enumerate(config) if isinstance(config, list) else ():
        if isinstance(name, str) and name.endswith("_initializer") and isinstance(value, (dict, str)):
            config[name] = {"module": "keras.initializers", "class_name": "Zeros", "config": {}, "registered_name": None}
        else:
            _initialize(value)


def _inner_inputs(config: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for layer in config.get("layers") or () if isinstance(config, dict) else ():
        own = layer.get("config") or {}
        layer.pop("build_config", None)
        yield own
        yield from _inner_inputs(own)


def _opened(shape: Sequence[int | None]) -> list[int | None]:
    """Leave sizes open, but not channels, which are few, or stand at the end."""
    if len(shape) < 3:
        return list(shape)
    first = shape[1] is not None and (shape[-1] is None or (shape[1] < shape[-1] and shape[1] <= 4))
    inner = [None] * (len(shape) - 2)
    return [shape[0], shape[1], *inner] if first else [shape[0], *inner, shape[-1]]


def _first_line(error: Exception) -> str:
    lines = [each for each in str(error).splitlines() if each.strip()] or [""]
    return f"{type(error).__name__}: {lines[0][:160]}"
