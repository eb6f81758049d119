"""From a draft to a spec, written compactly where that says the same as one item for each layer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final, NamedTuple

from rflint.importing import blocks, writing
from rflint.importing.draft import Draft, ImportFailure, Layer, Network, Wishes
from rflint.importing.folding import settled
from rflint.importing.repeats import with_units
from rflint.importing.scopes import without_defaults
from rflint.model import Graph
from rflint.pipeline import load
from rflint.verdict import Options
from rflint.words import counted

_DIGEST: Final = re.compile(r'digest: "[0-9a-f]*"')


class Spec(NamedTuple):
    """A model as a spec."""

    text: str
    #: Operators of the model; layers of the spec; layers among them that are unknown.
    operators: int
    layers: int
    unknown: int
    #: What the user should know, one sentence each.
    notes: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """One line on what was read."""
        folded = self.operators - self.layers
        read = f"{counted(self.operators, 'operator')} read: {counted(self.layers, 'layer')}"
        return f"{read}, {max(folded, 0):,} folded, {self.unknown:,} unknown"


def spec_of(draft: Draft, wishes: Wishes, heading: tuple[str, ...], source: Mapping[str, Any]) -> Spec:
    """Write a draft as a spec; raises ImportFailure for one of which no spec can be made."""
    network = settled(draft, keep_pointwise=wishes.keep_pointwise)
    if not network.layers:
        raise ImportFailure("has no layers: nothing in it is a map")
    if wishes.flat:
        text = writing.write(network, blocks.flat(network), heading, source)
    else:
        found = with_units(network)
        text = writing.write(found, blocks.compact(found), heading, source)
    notes = network.notes
    if not _says(network, text):
        if not wishes.flat:
            text = writing.write(network, blocks.flat(network), heading, source)
            notes = (*notes, "written flat: with blocks it would have been another network")
        if wishes.flat or not _says(network, text):
            raise ImportFailure(f"comes to no spec: {_flaw(signed(text))}")
    if source:
        text = signed(text)
    unknown = sum(layer.op == "unknown" for layer in network.layers)
    return Spec(text, draft.operators, len(network.layers), unknown, notes)


def layers_of(draft: Draft, wishes: Wishes) -> Sequence[Layer]:
    """Return the layers of a spec of a draft, in its order; blocks may give them other names there."""
    return with_units(settled(draft, keep_pointwise=wishes.keep_pointwise)).layers


def signed(text: str) -> str:
    """Return a spec with the digest of its own text in its `source`, which tells whether somebody changed it since."""
    unsigned = _DIGEST.sub('digest: ""', text, count=1)
    return _DIGEST.sub(f'digest: "{sha256(unsigned.encode()).hexdigest()[:32]}"', unsigned, count=1)


def _says(network: Network, text: str) -> bool:
    """Whether a spec is a network, layer by layer, but for names."""
    graph = load(text.encode(), "model", Options()).graph
    return graph is not None and _of_graph(graph) == _of_network(network)


def _flaw(text: str) -> str:
    """Tell what the language has against a spec: numbers of a damaged model that no network has."""
    found = load(text.encode(), "model", Options()).findings
    return found[0].message if found else "it would be another network"


def _of_graph(graph: Graph) -> object:
    inputs = [(each.name, each.size, each.channels) for each in graph.inputs]
    layers = [(each.op, each.sources, without_defaults(each.op, each.fields)) for each in graph.layers]
    return graph.axes, inputs, layers, graph.outputs


def _of_network(network: Network) -> object:
    names = [*(each.name for each in network.inputs), *(each.name for each in network.layers)]
    place = {name: number for number, name in enumerate(names)}
    inputs = [(each.name, each.size, each.channels) for each in network.inputs]
    layers = [(each.op, tuple(place[name] for name in each.sources), without_defaults(each.op, each.fields)) for each in network.layers]
    return network.axes, inputs, layers, tuple(place[name] for name in network.outputs)
