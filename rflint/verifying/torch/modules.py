"""A module of PyTorch as something to measure: its layers found by the names of the spec, its runs watched."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import torch

from rflint.model import Graph
from rflint.verifying.measuring import APART, MeasuringFailure, Run, Seen, extent, joined, probes
from rflint.verifying.torch.marks import is_lit, lit, quietly, unwatched, why_unknown
from rflint.verifying.torch.propagation import Propagation

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Operators of ATen -> what they are as an op, beginnings of names.
_KINDS: Final = (
    ("convolution", "conv"),
    ("max_pool", "max_pool"),
    ("adaptive_max_pool", "max_pool"),
    ("avg_pool", "avg_pool"),
    ("adaptive_avg_pool", "avg_pool"),
    ("upsample", "resize"),
    ("cat", "concat"),
    ("pixel_shuffle", "depth_to_space"),
    ("add", "add"),
    ("sub", "add"),
    ("mul", "mul"),
    ("maximum", "max"),
    ("max", "max"),
    ("constant_pad_nd", "pad"),
    ("reflection_pad", "pad"),
    ("replication_pad", "pad"),
    ("slice", "crop"),
    ("mean", "mean"),
)
#: Ops of specs -> the same words.
_OPS: Final[Mapping[str, str]] = {
    "conv": "conv",
    "depthwise_conv": "conv",
    "conv_transpose": "conv",
    "transposed_conv": "conv",
    "max_pool": "max_pool",
    "avg_pool": "avg_pool",
    "adaptive_avg_pool": "avg_pool",
    "adaptive_max_pool": "max_pool",
    "resize": "resize",
    "concat": "concat",
    "depth_to_space": "depth_to_space",
    "add": "add",
    "sub": "add",
    "mul": "mul",
    "max": "max",
    "pad": "pad",
    "crop": "crop",
    "slice": "crop",
    "global_avg_pool": "mean",
}
#: Operators that are such a layer only where they join several maps.
_MERGES: Final = frozenset(("add", "mul", "max"))
#: Values of one run that may be computed side by side, of one channel.
AT_ONCE: Final = 1 << 20


class ModuleMeasurer:
    """Measures a module; it must be in evaluation mode, on the CPU, in single precision.

    Layers are found by their names; where these are no paths of modules, `names` says what the layers are called there.
    """

    def __init__(self, module: torch.nn.Module, graph: Graph, names: Callable[[], Mapping[str, str]] = dict) -> None:
        self._module = module
        self._graph = graph
        self._weights: dict[object, tuple[torch.Tensor, torch.Tensor | None]] = {}
        self._modules = {name: module for name, module in module.named_modules() if name}
        parents = {layer.name.rpartition("/")[0].replace("/", ".") for layer in graph.layers}
        known = names() if parents - self._modules.keys() - {""} else {}
        #: Layer -> path that it has in the module.
        self._paths = {layer.name: known.get(layer.name, layer.name).replace("/", ".") for layer in graph.layers}

    def measure(self, run: Run) -> Mapping[str, Seen | str]:
        """See `Measurer`."""
        cells = 1
        for size in run.sizes[run.input]:
            cells *= size
        share = max(1, min(AT_ONCE // max(cells, 1), 64))
        return joined([self._part(run, run.lit[start : start + share]) for start in range(0, len(run.lit), share)])

    def _part(self, run: Run, stretches: Sequence[tuple[int, int]]) -> Mapping[str, Seen | str]:
        probed = probes(run.sizes[run.input][run.axis])
        count = len(stretches) + len(probed)
        watched = _Watch(self._graph, self._paths, self._modules, run, count)
        inputs = [self._input(run, each.name, each.channels or 3, (*stretches, *probed)) for each in self._graph.inputs]
        hooks = watched.hooks(self._module)
        try:
            with torch.no_grad(), quietly(), Propagation(count, watched.operator, self._weights, held=run.held, probes=len(probed)):
                self._module(*inputs)
        except Exception as error:
            lines = str(error).splitlines() or [""]
            raise MeasuringFailure(f"does not run at {extent(run.sizes[run.input])}: {type(error).__name__}: {lines[0][:120]}") from error
        finally:
            for hook in hooks:
                hook.remove()
        return watched.seen(len(stretches))

    @staticmethod
    def _input(run: Run, name: str, channels: int, stretches: Sequence[tuple[int, int]]) -> torch.Tensor:
        shape = (len(stretches), 1, *run.sizes[name])
        if name != run.input:
            return torch.ones(shape).expand(-1, channels, *run.sizes[name])
        value = torch.zeros(shape)
        for number, (first, last) in enumerate(stretches):
            value[number].narrow(1 + run.axis, first, last - first + 1).fill_(1.0)
        return lit(value.expand(-1, channels, *run.sizes[name]))


class _Watch:
    """Notes what modules and operators give while a model runs."""

    def __init__(self, graph: Graph, paths: Mapping[str, str], modules: Mapping[str, torch.nn.Module], run: Run, batch: int) -> None:
        self._graph, self._paths, self._modules, self._run, self._batch = graph, paths, modules, run, batch
        self._path: list[str] = [""]
        #: Module -> what its calls gave; (module, kind) -> the same of its operators, those in modules of it left out.
        self._calls: dict[str, list[Any]] = defaultdict(list)
        self._operators: list[tuple[str, str, Any]] = []
        #: Modules and operators that a layer of the spec may be.
        self._wanted = {re.sub(r"_[0-9]+$", "", path) for path in paths.values()} | set(paths.values())
        self._kinds = {_OPS[layer.op] for layer in graph.layers if layer.op in _OPS and paths[layer.name] not in modules}

    def hooks(self, module: torch.nn.Module) -> list[Any]:
        """Watch all modules; the handles remove that."""
        handles: list[Any] = []
        for name, each in module.named_modules():

            def enter(_: Any, __: Any, path: str = name) -> None:
                self._path.append(path)

            def leave(_: Any, __: Any, output: Any, path: str = name) -> None:
                self._path.pop()
                value = next((part for part in _parts(output) if isinstance(part, torch.Tensor)), None)
                if value is not None and path in self._wanted:
                    self._calls[path].append(self._summary(value))

            handles += [each.register_forward_pre_hook(enter), each.register_forward_hook(leave)]
        return handles

    def operator(self, name: str, output: torch.Tensor, merged: int) -> None:
        """Note an operator."""
        kind = next((kind for beginning, kind in _KINDS if name.startswith(beginning)), None)
        if kind in self._kinds and (merged > 1 or kind not in _MERGES):
            self._operators.append((self._path[-1], str(kind), self._summary(output)))

    def _summary(self, value: torch.Tensor) -> Any:
        """Reduce a value to what can be asked of it: its shape, and its zeros and ones along the axis for each shape it may have."""
        with unwatched():
            if not is_lit(value):
                return APART
            if (why := why_unknown(value)) is not None:
                return why
            axes = len(self._graph.axes)
            if value.ndim == axes + 2 and value.shape[0] == self._batch:
                thin = value[:, :1] if value.stride(1) == 0 else value
                spatial = {}
                for first in {2, 1} if thin is value else {2}:
                    dims = tuple(each for each in range(1, thin.ndim) if each != first + self._run.axis)
                    spatial[tuple(value.shape[first : first + axes])] = thin.amax(dims) > 0
                return spatial, tuple(value.shape[2:])
            if value.ndim == 2 and value.shape[0] == self._batch:
                one = (1,) * axes
                return {one: value.amax(1, keepdim=True) > 0}, one
            if value.ndim == 3 and value.shape[0] == self._batch:
                return {None: value.amax(2) > 0}, None
            return "a value that is no map"

    def seen(self, count: int) -> Mapping[str, Seen | str]:
        """What was noted of the first inputs, by layer of the spec."""
        found: dict[str, Seen | str] = {}
        for layer, noted in self._matched().items():
            answer = self._understood(noted, self._run.expected.get(layer))
            found[layer] = answer if isinstance(answer, str) else answer._replace(features=answer.features[:count])
        return found

    def _matched(self) -> Mapping[str, Any]:
        """Layer of the spec -> what was noted of the module or operator that it is."""
        found: dict[str, Any] = {}
        wanted: dict[tuple[str, str], list[str]] = defaultdict(list)
        for layer in self._graph.layers:
            path = self._paths[layer.name]
            numbered = re.fullmatch(r"(.*)_([0-9]+)", path)
            if calls := self._calls.get(path):
                found[layer.name] = calls[0]
            elif numbered and len(again := self._calls.get(numbered[1], [])) > int(numbered[2]):
                found[layer.name] = again[int(numbered[2])]
            elif layer.op in _OPS:
                parent = path
                while parent and parent not in self._modules:
                    parent = parent.rpartition(".")[0]
                wanted[parent, _OPS[layer.op]].append(layer.name)
        for (parent, kind), names in wanted.items():
            inside = [noted for path, other, noted in self._operators if other == kind and path == parent]
            if len(inside) != len(names):
                inside = [
                    noted
                    for path, other, noted in self._operators
                    if other == kind and (path == parent or not parent or path.startswith(f"{parent}."))
                ]
            if len(inside) == len(names):
                found.update(zip(names, inside, strict=True))
        return found

    def _understood(self, noted: Any, expected: tuple[int, ...] | None) -> Seen | str:
        if isinstance(noted, str):
            return noted
        by_shape, plain = noted
        if plain is None:
            return self._of_tokens(by_shape[None], expected)
        shape: tuple[int, ...] = expected if expected is not None and expected in by_shape else plain
        return Seen(shape, tuple(map(_bits, by_shape[shape])))

    def _of_tokens(self, tokens: torch.Tensor, expected: tuple[int, ...] | None) -> Seen | str:
        count = 1
        for size in expected or ():
            count *= size
        surplus = tokens.shape[1] - count
        if expected is None or not 0 <= surplus <= 5:
            return "a value that is no map"
        rows = tokens[:, surplus:].reshape(-1, *expected)
        dims = tuple(each for each in range(1, rows.ndim) if each != 1 + self._run.axis)
        return Seen(expected, tuple(map(_bits, rows.amax(dims) if dims else rows)))


def _parts(output: Any) -> Iterator[Any]:
    if isinstance(output, Mapping):
        output = tuple(output.values())
    yield from output if isinstance(output, (tuple, list)) else (output,)


def _bits(row: torch.Tensor) -> int:
    return sum(1 << number for number in row.nonzero().flatten().tolist())
