"""A spec without blocks, repeats and branches: the layers of its graph, each an item of its own, for advice to be followed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from rflint.model import Advice, Graph

#: Ops whose second input gives a size only.
SIZED = ("crop_like", "pad_like", "resize_like")


def flat(graph: Graph) -> dict[str, Any]:
    """The graph as the data of a spec."""
    data: dict[str, Any] = {"rflint": 1, "name": graph.name or "net", "axes": list(graph.axes)}
    data["inputs"] = {item.name: _input(item) for item in graph.inputs}
    data["layers"] = [_item(graph, node) for node in range(len(graph.inputs), len(graph.inputs) + len(graph.layers))]
    data["outputs"] = [graph.node_name(node) for node in graph.outputs]
    data["expect"] = {graph.node_name(each.node): dict(each.facts) for each in graph.expectations}
    data["targets"] = [
        {"size": list(each.size), "layer": graph.node_name(each.node), "coverage": each.coverage, "name": each.name}
        | ({} if each.input is None else {"input": each.input})
        for each in graph.targets
    ]
    if graph.source is not None:
        data["source"] = {"model": graph.source.model}
    return {key: value for key, value in data.items() if value}


def _input(item: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"size": list(item.size)} if set(item.size) != {None} else {}
    if item.multiple_of != (1,) * len(item.multiple_of):
        made = {"multiple_of": list(item.multiple_of)}
    return made | ({} if item.channels is None else {"channels": item.channels})


def _item(graph: Graph, node: int) -> dict[str, Any]:
    layer = graph.layer(node)
    names = [graph.node_name(source) for source in layer.sources]
    item: dict[str, Any] = {"name": layer.name, "op": layer.op, **{key: _plain(value) for key, value in layer.fields.items()}}
    if layer.like is not None and graph.kind(layer) in SIZED:
        names.append(graph.node_name(layer.like))
    elif layer.like is not None:
        item["like"] = graph.node_name(layer.like)
    return {**item, "from": names}


def _plain(value: Any) -> Any:
    return [_plain(each) for each in value] if isinstance(value, (list, tuple)) else value


def followed(data: dict[str, Any], advice: Advice) -> str:
    """The text of a flat spec in which an advice has been followed."""
    data = yaml.safe_load(yaml.safe_dump(data))
    items = {item["name"]: item for item in data["layers"]}
    for name, fields in advice.fields.items():
        for field, text in fields.items():
            if text is None:
                items[name].pop(field, None)
            else:
                items[name][field] = yaml.safe_load(text)
    for place, new in enumerate(advice.inserted):
        merge = items[new.merge]
        read = merge["from"]
        fields = {field: yaml.safe_load(text) for field, text in new.fields.items()}
        layer = {"name": f"advised {place}", "op": new.op, "from": [new.branch, new.reference], **fields}
        data["layers"].insert(data["layers"].index(merge), layer)
        read[read.index(new.branch)] = layer["name"]
    for name, sizes in advice.sizes.items():
        declared = data["inputs"][name].setdefault("size", [None] * len(data["axes"]))
        for axis, size in sizes.items():
            declared[data["axes"].index(axis)] = size
        # What is stated holds at the declared size.
        data.pop("expect", None)
    return yaml.safe_dump(data, sort_keys=False)
