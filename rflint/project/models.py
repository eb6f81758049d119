"""Models among the files that a user names: which ones are, and what spec they come to."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping, Sequence
from typing import Any, Final

from rflint.importing import (
    HEAD,
    Format,
    ImportFailure,
    Layer,
    Spec,
    Value,
    Wishes,
    format_of,
    format_of_text,
    layers_of,
    missing_to_run,
    read,
    spec_of,
)
from rflint.model import Graph, UsageError
from rflint.project import recognition
from rflint.project.files import STDIN, SpecFile, folder_of, relative, why_unreadable
from rflint.verifying import Measurer
from rflint.words import counted, safe, stem

# os.path throughout, as in `rflint.project.files`.
# ruff: noqa: PTH110, PTH113, PTH123


def wishes_of(sizes: Sequence[tuple[str | None, tuple[int | None, ...]]]) -> Wishes:
    """Read a model at the sizes that were asked for: shapes are folded at them."""
    return Wishes(sizes=tuple((name, size) for name, size in sizes if None not in size))


def format_at(file: SpecFile) -> Format | None:
    """Tell the format of the model that a file, or an argument that names no file, is; None: no model that is known."""
    if (found := code_of(file)) is not None:
        return found
    # What can be read once is left to who reads specs.
    if file.path == STDIN or not os.path.isfile(file.path):
        return None
    try:
        with open(file.path, "rb") as stream:
            head = stream.read(HEAD)
    except OSError:
        return None  # reading it will tell
    return None if recognition.is_spec(head) else format_of(head, file.path)


def code_of(file: SpecFile) -> Format | None:
    """Tell the format of what somebody named that is no file but code, `torch:package.module:factory`.

    A file of such a name is a file: commands are given the names of files by shells and hooks.
    """
    return None if not file.named or os.path.lexists(file.path) else format_of_text(file.path)


def convert(file: SpecFile, found: Format, wishes: Wishes, source: Mapping[str, Any] | None = None) -> Spec:
    """Make a spec of a model; raises ImportFailure, OSError, and UsageError where a package is missing."""
    name = wishes.name or (file.display if found.prefix else stem(file.display))
    heading = (f"Imported from {safe(file.display if found.prefix else file.display.rpartition('/')[2])} ({found.title}).",)
    if found.prefix:
        draft = read(found, io.BytesIO(file.path[len(found.prefix) :].encode()), name, wishes)
    else:
        with open(file.path, "rb") as stream:
            draft = read(found, stream, name, wishes)
    return spec_of(draft, wishes, heading, source or {})


def source_of(file: SpecFile, wishes: Wishes, output: str | None) -> Mapping[str, Any]:
    """Say where a spec comes from: the model, relative to the folder of the spec, and what was asked for."""
    model = file.path if code_of(file) is not None else relative(file.path, folder_of(output or "spec"))
    source: dict[str, Any] = {"model": model}
    plain = [size for name, size in wishes.sizes if name is None]
    if plain:
        source["size"] = list(plain[-1]) if len(plain[-1]) > 1 else plain[-1][0]
    options = {
        "sizes": {name: list(size) for name, size in wishes.sizes if name is not None},
        "channels": wishes.channels,
        "keep": "pointwise" if wishes.keep_pointwise else None,
        "flat": wishes.flat,
        "name": wishes.name,
        "outputs": list(wishes.outputs),
        "submodule": wishes.submodule,
        "scale": wishes.scale,
    }
    if given := {key: value for key, value in options.items() if value}:
        source["options"] = given
    return source


def convert_named(file: SpecFile, wishes: Wishes, source: Mapping[str, Any] | None = None) -> Spec:
    """Make a spec of what must be a model; raises UsageError where it is none, or cannot be read, and ImportFailure."""
    if (found := format_at(file)) is None:
        piped = os.path.exists(file.path) and not os.path.isfile(file.path)
        why = "is no regular file: models are read from files" if piped else "is no model of a format that is known"
        raise UsageError(f"`{file.display}` {why}")
    try:
        return convert(file, found, wishes, source)
    except OSError as error:
        raise UsageError(f"`{file.display}` {why_unreadable(error)}") from None


#: Formats of models that can be run.
_RUN: Final = ("torch", "onnx", "keras")


def measurer(file: SpecFile, graph: Graph, wishes: Wishes) -> Measurer:
    """Make a model ready to be run; the code of one that is code runs.

    Raises ImportFailure, and UsageError where a package is missing, or nothing can run such a model.
    """
    found = format_at(file)
    if found is None and not os.path.exists(file.path):
        raise UsageError(f"`{file.display}` does not exist")
    if found is None or found.name not in _RUN:
        raise UsageError(f"`{file.display}` cannot be run: models of ONNX, Keras and PyTorch (torch:package.module:factory) can")
    try:
        if found.name == "torch":
            from rflint.importing.torch.factory import build  # noqa: PLC0415 - brings torch
            from rflint.verifying.torch import ModuleMeasurer  # noqa: PLC0415 - brings torch

            module = build(file.path[len(found.prefix or "") :], wishes.submodule)
            return ModuleMeasurer(module, graph, lambda: _names_in(module, graph, wishes))
        with open(file.path, "rb") as stream:
            data = stream.read()
        located = _Locations(found, data, wishes, graph)
        if found.name == "onnx":
            from rflint.verifying.onnx import OnnxMeasurer  # noqa: PLC0415 - brings onnxruntime

            return OnnxMeasurer(data, located)
        from rflint.importing.keras.container import config_of  # noqa: PLC0415 - start-up
        from rflint.verifying.keras import KerasMeasurer  # noqa: PLC0415 - brings Keras and torch

        return KerasMeasurer(config_of(io.BytesIO(data)), located)
    except OSError as error:
        raise UsageError(f"`{file.display}` {why_unreadable(error)}") from None
    except ModuleNotFoundError as error:
        raise missing_to_run(found, error) from None


def _names_in(module: Any, graph: Graph, wishes: Wishes) -> Mapping[str, str]:
    """Return what an import of a module calls the layers of a spec that is one, before blocks gave them other names."""
    from rflint.importing.torch import read_module  # noqa: PLC0415 - brings torch and onnx

    sizes = {each.name: each.size for each in graph.inputs if None not in each.size}
    try:
        draft = read_module(
            module, "model", wishes._replace(submodule=None, sizes=((None, next(iter(sizes.values()), ())), *sizes.items()))
        )
    except ImportFailure:
        return {}
    layers = layers_of(draft, wishes)
    return {own.name: each.former or each.name for own, each in zip(graph.layers, layers, strict=True)} if _alike(layers, graph) else {}


def _alike(layers: Sequence[Layer], graph: Graph) -> bool:
    """Whether a spec has the layers that an import writes, in the same order."""
    return [(each.op, len(each.sources)) for each in layers] == [(each.op, len(each.sources)) for each in graph.layers]


class _Locations:
    """Where a model holds the maps of a spec, at some sizes of its inputs: as an import at these sizes finds them."""

    def __init__(self, found: Format, data: bytes, wishes: Wishes, graph: Graph) -> None:
        self._format, self._data, self._wishes, self._graph = found, data, wishes, graph
        self._known: dict[tuple[tuple[str, tuple[int, ...]], ...], Mapping[str, Value]] = {}

    def __call__(self, sizes: Mapping[str, tuple[int, ...]]) -> Mapping[str, Value]:
        """Return them by layer, and by input; raises ImportFailure."""
        key = tuple(sizes.items())
        if key not in self._known:
            self._known[key] = self._find(sizes)
        return self._known[key]

    def _is_import(self, wishes: Wishes) -> bool:
        """Whether the spec is what an import at its own sizes writes: a model of fixed size may be no such network at others."""
        sizes = [(each.name, each.size) for each in self._graph.inputs]
        asked = wishes._replace(sizes=((None, sizes[0][1]), *sizes))
        return _alike(layers_of(read(self._format, io.BytesIO(self._data), "model", asked), asked), self._graph)

    def _find(self, sizes: Mapping[str, tuple[int, ...]]) -> Mapping[str, Value]:
        first = next(iter(sizes.values()))
        wishes = self._wishes._replace(sizes=((None, first), *sizes.items()))
        draft = read(self._format, io.BytesIO(self._data), "model", wishes)
        if len(draft.axes) != len(first):
            raise ImportFailure(f"is over {counted(len(draft.axes), 'axis', 'axes')}, and the spec over {len(first)}")
        inputs = {each.name: each.value for each in draft.inputs}
        if inputs.keys() != sizes.keys() and len(inputs) == len(sizes):
            # Somebody wrote the spec, and calls them otherwise.
            inputs = dict(zip(sizes, inputs.values(), strict=True))
        found = {name: value for name, value in inputs.items() if value is not None}
        layers = layers_of(draft, wishes)
        is_import = _alike(layers, self._graph)
        if not is_import and all(None not in each.size for each in self._graph.inputs) and self._is_import(wishes):
            raise ImportFailure("is another network")
        if is_import:
            # It is what an import writes, whatever blocks call the layers.
            return found | {own.name: each.value for own, each in zip(self._graph.layers, layers, strict=True) if each.value is not None}
        # Names of a spec that was written by hand, or that the model was exported from, may be those of tensors.
        others = [*layers_of(draft, wishes._replace(keep_pointwise=not wishes.keep_pointwise)), *layers]
        held = [(each, each.value) for each in others if each.value is not None]
        found |= {value.name: value for _, value in held} | {layer.former: value for layer, value in held}
        return found | {layer.name: value for layer, value in held}
