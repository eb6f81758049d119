"""An ONNX model as something to measure: rewritten once for each input, and run in onnxruntime."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import onnx
import onnxruntime
from onnx import inliner, shape_inference

from rflint.importing import ImportFailure, Value
from rflint.verifying.maps import Located, held, lit, seen_in
from rflint.verifying.measuring import APART, MeasuringFailure, Run, Seen, extent, probes
from rflint.verifying.onnx.operators import RULES
from rflint.verifying.onnx.rewriting import Rewriter, Rewritten, Unknown

#: Bytes of numbers from which on they are left out where shapes are worked out.
_SMALL: Final = 4096


class OnnxMeasurer:
    """Measures a model, given as the bytes of its file; `located` finds the layers in it."""

    def __init__(self, data: bytes, located: Located) -> None:
        try:
            self._model = _prepared(onnx.ModelProto.FromString(data))
        except Exception as error:
            lines = str(error).splitlines() or [""]
            raise ImportFailure(f"cannot be prepared to be run: {type(error).__name__}: {lines[0][:160]}") from error
        self._located = located
        self._sites: tuple[object, object, Mapping[str, np.ndarray]] | None = None
        self._sessions: dict[tuple[str, bool, frozenset[str]], tuple[Rewritten, onnxruntime.InferenceSession | None]] = {}

    def measure(self, run: Run) -> Mapping[str, Seen | str]:
        """See `Measurer`."""
        try:
            places = self._located(run.sizes)
        except ImportFailure as failure:
            raise MeasuringFailure(f"at {extent(run.sizes[run.input])} {failure}") from failure
        if run.input not in places:
            raise MeasuringFailure(f"has no input `{run.input}`")
        wanted = {name: places[name] for name in run.layers if name in places}
        rewritten, session = self._session(places[run.input].name, frozenset(each.name for each in wanted.values()), held=run.held)
        found: dict[str, Seen | str] = {}
        known: dict[str, str] = {}
        for layer, value in wanted.items():
            new = rewritten.tensors.get(value.name)
            if isinstance(new, Unknown):
                found[layer] = str(new)
            elif new is None:
                found[layer] = APART
            else:
                known[layer] = new
        if session is None or not known:
            return found
        allowed = self._allowed(session, rewritten, places, run)
        tensors = sorted(set(known.values()))
        bits: dict[str, list[int]] = {layer: [] for layer in known}
        size: dict[str, tuple[int, ...]] = {}
        for stretch in run.lit:
            made = dict(
                zip(tensors, self._run(session, tensors, {**self._fed(rewritten, places, run, stretch), **allowed}, run), strict=True)
            )
            for layer, new in known.items():
                seen = seen_in(made[new], wanted[layer], run, run.expected.get(layer))
                if isinstance(seen, str):
                    found[layer] = seen
                else:
                    size[layer] = seen.size
                    bits[layer] += seen.features
        return {**{layer: Seen(size[layer], tuple(each)) for layer, each in bits.items() if layer in size}, **found}

    def _allowed(
        self, session: onnxruntime.InferenceSession, rewritten: Rewritten, places: Mapping[str, Value], run: Run
    ) -> Mapping[str, np.ndarray]:
        """Find out which places see the whole map, and not windows of it (see `rflint.verifying.measuring.probes`)."""
        key = run.input, run.axis, tuple(run.sizes.items())
        if self._sites is None or self._sites[0] is not session or self._sites[1] != key:
            every = {site.allowed: np.array(1.0, np.float32) for site in rewritten.sites}
            found = dict(every)
            names = [name for site in rewritten.sites for name in (site.spread, site.reached)]
            for stretch in probes(run.sizes[run.input][run.axis]) if names else ():
                made = self._run(session, names, {**self._fed(rewritten, places, run, stretch), **every}, run)
                for number, site in enumerate(rewritten.sites):
                    if made[2 * number + 1] > 0.5 and made[2 * number] < 0.5:
                        found[site.allowed] = np.array(0.0, np.float32)
            self._sites = session, key, found
        return self._sites[2]

    def _session(self, lit: str, wanted: frozenset[str], *, held: bool) -> tuple[Rewritten, onnxruntime.InferenceSession | None]:
        key = lit, held, wanted
        if key not in self._sessions:
            model = onnx.ModelProto()
            model.CopyFrom(self._model)
            rewritten = Rewriter(model, lit, RULES, held=held).run(wanted)
            options = onnxruntime.SessionOptions()
            options.log_severity_level = 4
            # Maps are small, most of one channel: threads would wait for each other more than they work.
            options.intra_op_num_threads = 1
            session = None
            if any(not isinstance(each, Unknown) for each in rewritten.tensors.values()):
                try:
                    session = onnxruntime.InferenceSession(rewritten.model, options, providers=["CPUExecutionProvider"])
                except Exception as error:
                    raise MeasuringFailure(f"is nothing that onnxruntime runs: {_first_line(error)}") from error
            self._sessions.clear()
            self._sessions[key] = rewritten, session
        return self._sessions[key]

    @staticmethod
    def _run(session: onnxruntime.InferenceSession, tensors: Sequence[str], fed: Mapping[str, np.ndarray], run: Run) -> list[np.ndarray]:
        try:
            return list(session.run(list(tensors), dict(fed)))
        except Exception as error:
            raise MeasuringFailure(f"does not run at {extent(run.sizes[run.input])}: {_first_line(error)}") from error

    @staticmethod
    def _fed(rewritten: Rewritten, places: Mapping[str, Value], run: Run, stretch: tuple[int, int]) -> dict[str, np.ndarray]:
        """Return what the inputs hold: ones in the stretch that is lit, and ones where an input is held."""
        by_tensor = {places[name].name: name for name in run.sizes if name in places}
        fed = {}
        for tensor, kind in rewritten.inputs.items():
            value = places[by_tensor[tensor]] if tensor in by_tensor else Value(tensor, ())
            if by_tensor.get(tensor) == run.input:
                fed[tensor] = lit(value, run.axis, stretch)
            else:
                fed[tensor] = held(value).astype(onnx.helper.tensor_dtype_to_np_dtype(kind))
        return fed


def _prepared(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return a model without functions, with the shapes that can be told."""
    if model.functions:
        model = inliner.inline_local_functions(model)
    small = onnx.ModelProto()
    small.CopyFrom(model)
    for each in small.graph.initializer:
        if len(each.raw_data) > _SMALL:
            each.ClearField("raw_data")
    try:
        inferred = shape_inference.infer_shapes(small, data_prop=True).graph.value_info
    except Exception:
        return model  # a graph with a flaw that nothing here depends on
    del model.graph.value_info[:]
    model.graph.value_info.extend(inferred)
    return model


def _first_line(error: Exception) -> str:
    """Return what an error says, without where in onnxruntime it came from."""
    text = str(error).rpartition("Status Message: ")[2].rpartition("ONNXRuntimeError] : ")[2]
    lines = [each for each in text.splitlines() if each.strip()] or [type(error).__name__]
    return lines[0][:120]
