"""The graph of a spec: its arranged layers, and what the spec says of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from rflint.language.collector import Collector
from rflint.language.library import File
from rflint.language.ordering import Arrangement, arrange
from rflint.language.phrases import listed
from rflint.language.pruning import LOST
from rflint.language.references import References
from rflint.language.wiring import Scope, Wiring
from rflint.model import EMPTY, MISSING, DataPath, Expectation, Graph, InputSpec, Layer, Note, Op, Remedy, Removal, Site, Source, Target
from rflint.validation.schema import wrong_length
from rflint.words import clip, suggest

_DEFAULT_AXES: Final = ("y", "x")
_DEFAULT_INPUT: Final = "input"
#: Unread layers that are named one by one.
_MOST_NAMED: Final = 5


def axes_of(file: File) -> tuple[str, ...]:
    """Return the axes of a spec."""
    return tuple(axis for axis in file.data.get("axes") or () if axis is not LOST) or _DEFAULT_AXES


def inputs_of(chain: tuple[File, ...], axes: tuple[str, ...], collector: Collector) -> tuple[InputSpec, ...]:
    """Return the inputs of a spec, with what those that extend it say of them; one of unknown size if it declares none."""
    *extending, file = chain
    declared = file.data.get("inputs")
    found = {_DEFAULT_INPUT: _input(file, _DEFAULT_INPUT, {}, axes, collector)} if not declared else {}
    found |= {name: _input(file, name, written, axes, collector) for name, written in (declared or {}).items()}
    for above in reversed(extending):
        for name, written in (above.data.get("inputs") or {}).items():
            if name not in found:
                near = suggest(name, found)
                hint = f"; did you mean `{near}`?" if near else f"; its inputs: {listed([*found][:_MOST_NAMED], 'and')}"
                message = f"what this spec extends has no input named `{clip(name)}`{hint}"
                collector.add("RF004", message, Site(above.path, ("inputs", name), key=True))
            else:
                found[name] = _overridden(found[name], _input(above, name, written, axes, collector), written)
    return tuple(found.values())


def _input(file: File, name: str, written: Any, axes: tuple[str, ...], collector: Collector) -> InputSpec:
    path = ("inputs", name)
    facts = written if isinstance(written, dict) else {}
    size = _per_axis(facts.get("size"), axes, file, (*path, "size"), collector)
    multiple_of = _per_axis(facts.get("multiple_of", 1), axes, file, (*path, "multiple_of"), collector)
    site = Site(file.path, path) if file.data.get("inputs") else Site(file.path)
    return InputSpec(name, size or (None,) * len(axes), facts.get("channels"), multiple_of or (1,) * len(axes), site)


def _overridden(base: InputSpec, own: InputSpec, written: Any) -> InputSpec:
    """Lay what a spec says of an input over what its base says; a size and what sizes are a multiple of replace each other."""
    if not isinstance(written, dict):
        return base
    if "size" not in written and "multiple_of" not in written:
        own = own._replace(size=base.size, multiple_of=base.multiple_of)
    return own if "channels" in written else own._replace(channels=base.channels)


def _per_axis(value: Any, axes: tuple[str, ...], file: File, path: DataPath, collector: Collector) -> tuple[Any, ...] | None:
    """One entry per axis; None, and a finding, for a list of another length."""
    if not isinstance(value, list):
        return (value,) * len(axes)
    if len(value) == len(axes):
        return tuple(value)
    from rflint.validation.forms import sized  # noqa: PLC0415 - start-up

    fields = sized(value, len(axes)) if path[0] == "inputs" and len(value) > len(axes) else None
    told = f"channels stand beside it: `{fields}`" if fields else None
    collector.add("RF002", wrong_length(str(path[-1]), len(value), axes), Site(file.path, path), help=told)
    return None


class Assembler:
    """Makes the graph of one spec; `chain` is the spec, and what it extends."""

    def __init__(
        self,
        ops: Mapping[str, Op],
        chain: tuple[File, ...],
        scope: Scope,
        wiring: Wiring,
        references: References,
        collector: Collector,
    ) -> None:
        self._ops = ops
        self._chain = chain
        self._scope = scope
        self._wiring = wiring
        self._references = references
        self._collector = collector

    def assemble(self, axes: tuple[str, ...], inputs: tuple[InputSpec, ...], last: int) -> Graph:
        """Arrange the layers and resolve what the spec says of them; `last` is the node of its last item."""
        self._references.share(len(inputs))
        arrangement = arrange(self._wiring, len(inputs), self._collector)
        self._check_input_names(inputs)
        layers = self._layers(arrangement)
        outputs, sites = self._outputs(arrangement, last)
        if sound := not any(layer.broken for layer in layers):
            self._report_unused_inputs(inputs, layers)
        if sound and self._stating("outputs") is None:
            self._report_unread(len(inputs), layers, outputs)
        written = [(key, value) for file in reversed(self._chain) for key, value in (file.data.get("rules") or {}).items()]
        rules = {key: "off" if value is False else value for key, value in written}
        return Graph(
            name=self._chain[0].data.get("name") or "",
            axes=axes,
            inputs=inputs,
            layers=layers,
            outputs=outputs,
            output_sites=sites,
            ops=self._ops,
            targets=self._targets(axes, inputs, arrangement, outputs),
            expectations=self._expectations(axes, inputs, arrangement),
            rules=rules,
            aliases=self._aliases(arrangement),
            causal=self._causal(axes),
            source=self._source(axes),
        )

    def _stating(self, key: str) -> File | None:
        """Return the file whose word counts: of a list, the spec's own or the nearest base's."""
        return next((file for file in self._chain if key in file.data), None)

    def _causal(self, axes: tuple[str, ...]) -> tuple[str, ...]:
        """Return the axes on which nothing may look ahead; a finding for one that there is not."""
        if (file := self._stating("causal")) is None:
            return ()
        for place, name in enumerate(file.data["causal"]):
            if name is not LOST and name not in axes:
                near = suggest(name, axes)
                hint = f"did you mean `{near}`?" if near else f"axes: {listed(axes, 'and')}"
                self._collector.add("RF004", f"no axis is named `{clip(name)}`; {hint}", Site(file.path, ("causal", place)))
        return tuple(name for name in axes if name in file.data["causal"])

    def _source(self, axes: tuple[str, ...]) -> Source | None:
        """Where the network was imported from: a word of the file that has its layers."""
        file = self._chain[-1]
        written = file.data.get("source")
        if not isinstance(written, dict) or "model" not in written:
            return None
        size = _per_axis(written["size"], axes, file, ("source", "size"), self._collector) if "size" in written else None
        return Source(written["model"], size, written.get("options") or EMPTY, written.get("digest"))

    def _layers(self, arrangement: Arrangement) -> tuple[Layer, ...]:
        wiring = self._wiring
        names, sources, likes, broken = wiring.names, wiring.sources, wiring.likes, wiring.broken
        numbers = [*arrangement.numbers, MISSING]  # the last one is that of MISSING
        unchanged = all(number == node for node, number in enumerate(arrangement.numbers))
        layers = []
        for node in arrangement.order:
            record = wiring.layers[node]
            assert record is not None
            read = sources[node] if unchanged else tuple([numbers[source] for source in sources[node]])
            if (like := likes.get(node)) is not None:
                like = numbers[like]
            weights = wiring.weights.get(node)
            layers.append(
                Layer(
                    names[node],
                    record.op,
                    read,
                    record.fields,
                    record.site,
                    record.origin,
                    like,
                    record.ignore,
                    node in broken or MISSING in read or like == MISSING,
                    None if weights is None else numbers[weights],
                )
            )
        return tuple(layers)

    def _aliases(self, arrangement: Arrangement) -> Mapping[str, int]:
        found = {name: arrangement.number(self._wiring.table[name]) for name in self._wiring.aliases}
        return {name: number for name, number in found.items() if number != MISSING}

    def _node(self, name: str, where: Site, arrangement: Arrangement) -> list[int]:
        """Numbers of what a name stands for at the top of the spec; the resolvable ones."""
        nodes = self._references.resolve(name, where, self._scope, None)
        return [number for node in nodes if (number := arrangement.number(node)) != MISSING]

    def _outputs(self, arrangement: Arrangement, last: int) -> tuple[tuple[int, ...], tuple[Site, ...]]:
        file = self._stating("outputs")
        if file is None:
            number = arrangement.number(last)
            items = self._scope.items.items
            return ((number,), (items[-1].site,)) if number != MISSING and items else ((), ())
        outputs = []
        sites = []
        for place, name in enumerate(file.data["outputs"]):
            site = Site(file.path, ("outputs", place))
            for number in self._node(name, site, arrangement):
                if number not in outputs:
                    outputs.append(number)
                    sites.append(site)
        return tuple(outputs), tuple(sites)

    def _targets(
        self, axes: tuple[str, ...], inputs: tuple[InputSpec, ...], arrangement: Arrangement, outputs: tuple[int, ...]
    ) -> tuple[Target, ...]:
        file = self._stating("targets")
        if file is None:
            return ()
        found = []
        for place, written in enumerate(file.data["targets"] or ()):
            if not isinstance(written, dict) or "size" not in written:
                continue
            path = ("targets", place)
            size = _per_axis(written["size"], axes, file, (*path, "size"), self._collector)
            nodes = list(outputs[:1])
            if "layer" in written:
                nodes = self._node(written["layer"], Site(file.path, (*path, "layer")), arrangement)
            known = self._check_input(written, inputs, file, path)
            if size is None or len(nodes) != 1 or not known:
                continue
            name = written.get("name") or f"target {place + 1}"
            site = Site(file.path, path)
            found.append(Target(name, size, nodes[0], float(written.get("coverage", 1.0)), written.get("input"), site))
        return tuple(found)

    def _expectations(self, axes: tuple[str, ...], inputs: tuple[InputSpec, ...], arrangement: Arrangement) -> tuple[Expectation, ...]:
        found = []
        for file, name, written in self._expected():
            path: DataPath = ("expect", name)
            nodes = self._node(name, Site(file.path, path, key=True), arrangement)
            facts = {
                fact: value
                for fact, value in written.items()
                if not isinstance(value, list) or _per_axis(value, axes, file, (*path, fact), self._collector) is not None
            }
            if len(nodes) == 1 and self._check_input(written, inputs, file, path):
                found.append(Expectation(nodes[0], name, facts, Site(file.path, path)))
        return tuple(found)

    def _expected(self) -> Iterator[tuple[File, str, Mapping[str, Any]]]:
        """Yield what is expected of each layer, in the file that says so; of a fact that is stated twice, the spec's own."""
        stated = [(file, file.data.get("expect") or {}) for file in self._chain]
        for place, (file, expected) in reversed([*enumerate(stated)]):
            for name, written in expected.items():
                above = {fact for _, other in stated[:place] for fact in other.get(name, ())}
                facts = {fact: value for fact, value in written.items() if fact not in above}
                said = next((other[name]["input"] for _, other in stated if "input" in other.get(name, ())), None)
                if facts.keys() - {"input"}:
                    yield file, name, facts if said is None else {**facts, "input": said}

    def _check_input(self, written: Mapping[str, Any], inputs: tuple[InputSpec, ...], file: File, path: DataPath) -> bool:
        """Whether the input that a target or an expectation names exists; a finding if not."""
        name = written.get("input")
        known = [declared.name for declared in inputs]
        if name is None or name in known:
            return True
        near = self._references.nearest(name, known)
        hint = f"did you mean `{near.name}`?" if near else f"inputs: {listed(known[:_MOST_NAMED], 'and')}"
        where = Site(file.path, (*path, "input"))
        self._collector.add("RF004", f"no input is named `{clip(name)}`; {hint}", where, remedy=near and near.remedy(where))
        return False

    def _check_input_names(self, inputs: tuple[InputSpec, ...]) -> None:
        for declared in inputs:
            node = self._wiring.table.get(declared.name)
            record = None if node is None or node == MISSING else self._wiring.layers[node]
            if record is not None:
                message = f"a layer and an input are both named `{clip(declared.name)}`"
                site = Site(record.site.file, (*record.site.path, "name"))
                related = (Note("the input is here", Site(declared.site.file, declared.site.path, key=True)),) if declared.site.path else ()
                self._collector.add("RF011", message, site, layer=declared.name, related=related, help="rename the layer")

    def _report_unused_inputs(self, inputs: tuple[InputSpec, ...], layers: tuple[Layer, ...]) -> None:
        if not self._chain[-1].data.get("inputs"):
            return
        unread = set(range(len(inputs)))
        for layer in layers:
            unread.difference_update(layer.sources)
            unread.discard(-1 if layer.like is None else layer.like)
            if not unread:
                return
        for number in sorted(unread):
            site = Site(inputs[number].site.file, inputs[number].site.path, key=True)
            message = f"input `{clip(inputs[number].name)}` is read by nothing"
            remedy = Remedy((Removal(site),), safe=False) if len(inputs) > 1 else None
            self._collector.add("RF006", message, site, help="remove it, or read it", remedy=remedy)

    def _report_unread(self, inputs: int, layers: tuple[Layer, ...], outputs: tuple[int, ...]) -> None:
        """Report layers that nothing reads where the spec does not say what its outputs are."""
        read = bytearray(inputs + len(layers))
        for number in outputs:
            read[number] = 1
        for layer in layers:
            for source in layer.sources:
                read[source] = 1
            if layer.like is not None:
                read[layer.like] = 1
        ends = [layer for number, layer in enumerate(layers, inputs) if not read[number]]
        if not ends or not outputs:
            return
        # Of a block only what no copy of it needs: the last of a chain may well have an output too many.
        useful = {layer.site for number, layer in enumerate(layers, inputs) if read[number]}
        if not (ends := [layer for layer in ends if layer.site not in useful]):
            return
        names = [layer.name for layer in ends]
        last = layers[outputs[0] - inputs].name if outputs[0] >= inputs else self._scope.items.items[-1].label
        subject = (
            f"{len(names)} layers are read by nothing ({_some(names)})" if len(names) > 1 else f"`{clip(names[0])}` is read by nothing"
        )
        sites = dict.fromkeys(layer.site for layer in ends[1:])
        sites.pop(ends[0].site, None)
        self._collector.add(
            "RF006",
            f"{subject}, and without `outputs` only the last layer, `{clip(last)}`, is an output",
            ends[0].site,
            related=tuple(Note("and here", site) for site in [*sites][:_MOST_NAMED]),
            help=f"name all outputs, such as `outputs: [{', '.join(map(clip, [*names[:4], last]))}]`, or remove what is none",
        )


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return listed(names, "and") if not more else ", ".join(f"`{clip(name)}`" for name in names[:_MOST_NAMED]) + more
