"""A network as a module of Python for PyTorch, as somebody would write it: a class for each block, layers under their names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from rflint.exporting.settled import ExportFailure, Network
from rflint.exporting.torch.classes import Class, class_name, classes, distinct, identifier, shape_of
from rflint.exporting.torch.helpers import HELPERS
from rflint.exporting.torch.leaf import Arg
from rflint.exporting.torch.scopes import Unit, units

_WIDTH: Final = 120
#: Arguments of PyTorch's modules that stand first, and have no names in the text.
_BY_PLACE: Final = frozenset(
    (
        *("norm_type", "in_channels", "out_channels", "kernel_size", "in_features", "out_features"),
        *("num_groups", "num_features", "num_parameters"),
    )
)
#: Paths of instances that a docstring names.
_NAMED: Final = 3


def write(network: Network) -> bytes:
    """Return the text of the module; the same network gives the same text.  Raises ExportFailure."""
    root = units(network)
    name = class_name(network.name or "network")
    found = classes(root, name)
    used = [helper for helper in HELPERS if any(helper in leaf.helpers for leaf in _leaves(root))]
    helpers = [HELPERS[helper].strip().replace("CONV", f"nn.Conv{len(network.axes)}d") for helper in used]
    whole = Unit(name, tuple(each.name for each in network.inputs), network.outputs, None, root, "", "")
    main = Class(name, whole, {}, ("",) * len(whole.args), ())
    bodies = [*helpers, *("\n".join(_class(each, found)) for each in found.values()), "\n".join(_class(main, found, network))]
    imports = ["import torch", "import torch.nn.functional as F", "from torch import nn"]
    if "DeformableConv" in used:
        imports.append("from torchvision.ops import DeformConv2d")
    if any("math." in text for text in helpers):
        imports = ["import math", "", *imports]
    heading = f'"""{_safe(network.name or "network")}: a skeleton with random weights, exported from a spec by rflint."""'
    return ("\n".join([heading, "", *imports, "", "", *"\n\n\n".join(bodies).split("\n"), "", "", *_main(network, name)]) + "\n").encode()


def _safe(text: str) -> str:
    return text.encode("unicode_escape").decode().replace('"', "'")


def _leaves(children: Sequence[Unit]) -> Iterator[Any]:
    for child in children:
        if child.leaf is not None:
            yield child.leaf
        else:
            yield from _leaves(child.children)


def _main(network: Network, name: str) -> Iterator[str]:
    """Run it once, at the size of the spec, where that is known."""
    yield 'if __name__ == "__main__":'
    yield f"    model = {name}().eval()"
    shapes = [f"torch.randn(1, {each.channels}, {', '.join(map(str, each.size))})" for each in network.inputs if None not in each.size]
    if len(shapes) < len(network.inputs):
        yield "    print(model)"
        return
    yield "    with torch.no_grad():"
    yield f"        made = model({', '.join(shapes)})"
    yield "    for each in made if isinstance(made, tuple) else (made,):"
    yield "        print(tuple(each.shape))"


def _class(own: Class, found: Mapping[object, Class], network: Network | None = None) -> Iterator[str]:
    """Yield the lines of a class."""
    unit = own.unit
    yield f"class {own.name}(nn.Module):"
    if own.paths:
        more = f", and {len(own.paths) - _NAMED} more" if len(own.paths) > _NAMED else ""
        block = f"Block `{_safe(unit.block)}`: " if unit.block else ""
        yield f'    """{block}{", ".join(map(_safe, own.paths[:_NAMED]))}{more}."""'
    else:
        yield f'    """Reads {_listed(unit.sources)}; gives {_listed(unit.outputs)}."""'
    yield ""
    attributes = _attributes_of(unit.children)
    body = list(_attributes(own, found, attributes))
    if network is not None:
        body += _shared(network, unit.children, attributes)
    if body:
        yield f"    def __init__({', '.join(['self', *own.parameters])}):"
        yield "        super().__init__()"
        yield from (f"        {line}" for line in body)
        yield ""
    yield from _forward(unit, attributes)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{_safe(name)}`" for name in names)


def _attributes(own: Class, found: Mapping[object, Class], attributes: Mapping[str, str]) -> Iterator[str]:
    values = [arg.value for arg in own.unit.args]
    column = 0
    for child in own.unit.children:
        width = len(child.args)
        texts = list(zip(own.columns[column : column + width], values[column : column + width], strict=True))
        if child.leaf is None or child.leaf.module:
            head = f"self.{attributes[child.path]} = "
            yield from _made(child, texts, found, head)
        column += width


def _made(unit: Unit, texts: Sequence[tuple[str, Any]], found: Mapping[object, Class], head: str) -> list[str]:
    """Return the lines that make a module; `texts`: by argument, the parameter that it is (empty: none), and its value."""
    if unit.leaf is not None:
        args = [text for arg, (name, value) in zip(unit.leaf.args, texts, strict=True) if (text := _argument(arg, name, value))]
        return _call(f"{head}{unit.leaf.module}", [[each] for each in args])
    if unit.is_chain:
        members: list[list[str]] = []
        column = 0
        for child in unit.children:
            width = len(child.args)
            members.append(_made(child, texts[column : column + width], found, ""))
            column += width
        return _call(f"{head}nn.Sequential", _grouped(members))
    made = found[shape_of(unit)]
    args = []
    for name, place in made.parameters.items():
        parameter, value = texts[place]
        text = parameter or _literal(value)
        args.append(text if name in {"in_channels", "out_channels"} and not any("=" in each for each in args) else f"{name}={text}")
    return _call(f"{head}{made.name}", [[each] for each in args])


def _grouped(members: Sequence[list[str]]) -> list[list[str]]:
    """Write three or more equal members in a row as a repetition."""
    result: list[list[str]] = []
    place = 0
    while place < len(members):
        count = 1
        while place + count < len(members) and members[place + count] == members[place]:
            count += 1
        one = members[place]
        if count > 2 and len(one) == 1:
            result.append([f"*({one[0]} for _ in range({count}))"])
        else:
            result += [one] * count
        place += count
    return result


def _argument(arg: Arg, parameter: str, value: Any) -> str:
    if arg.default is None and value is None:
        return ""
    if not parameter and value == arg.default and type(value) is type(arg.default):
        return ""
    text = parameter or _literal(value)
    return text if arg.name in _BY_PLACE else f"{arg.name}={text}"


def _literal(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)


def _call(head: str, args: Sequence[Sequence[str]]) -> list[str]:
    """Write a call in one line where it fits, else an argument a line."""
    line = f"{head}({', '.join(each[0] for each in args)})"
    nested = any(len(each) > 1 for each in args)
    if not nested and len(line) + 8 <= _WIDTH and (not head.endswith("nn.Sequential") or len(args) == 1):
        return [line]
    inside = [f"    {part}" for each in args for part in [*each[:-1], f"{each[-1]},"]]
    return [f"{head}(", *inside, ")"]


def _forward(unit: Unit, attributes: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines that compute the outputs; a value that only the next line reads is `x`."""
    last = {source: number for number, child in enumerate(unit.children) for source in child.sources}
    last |= dict.fromkeys(unit.outputs, len(unit.children))
    taken: set[str] = set()
    held: dict[str, str] = {}

    def hold(value: str, name: str, number: int) -> str:
        """Choose the variable of a value that a line makes: `x` or `y` where it is gone with the next one."""
        alive = {text for other, text in held.items() if last.get(other, -1) > number}
        brief = next((text for text in "xy" if text not in alive), "") if last.get(value, number) <= number + 1 else ""
        text = brief or identifier(name)
        while not brief and text in taken:
            text += "_"
        taken.add(text)
        held[value] = text
        return text

    if len(unit.sources) == 1:
        held[unit.sources[0]] = "x"
    else:
        given = distinct([value.rpartition("/")[2] for value in unit.sources])
        held |= dict(zip(unit.sources, given, strict=True))
    taken |= set(held.values())
    yield f"    def forward({', '.join(['self', *held.values()])}):"
    lines = []
    for number, child in enumerate(unit.children):
        sources = [held[source] for source in child.sources]
        module = f"self.{attributes[child.path]}"
        made = child.leaf.call.format(*sources, m=module) if child.leaf is not None else f"{module}({', '.join(sources)})"
        targets = [hold(value, _local(child, value), number) for value in child.outputs]
        comment = f"  # {child.leaf.comment}" if child.leaf is not None and child.leaf.comment else ""
        if made != ", ".join(targets):
            lines.append((", ".join(targets), made, comment))
    result = ", ".join(held[value] for value in unit.outputs)
    if lines and lines[-1][0] == result:
        _, result, comment = lines.pop()
        result += comment
    yield from (f"        {target} = {made}{comment}" for target, made, comment in lines)
    yield f"        return {result}"


def _local(child: Unit, value: str) -> str:
    """Name a value within the module around a child: that of the child, or of the layer in it that gives another one."""
    if value == child.outputs[0]:
        return child.name
    return f"{child.name}/{value[len(child.path) :].strip('/:')}"


def _shared(network: Network, root: Sequence[Unit], attributes: Mapping[str, str]) -> Iterator[str]:
    """Let layers have the weights of others."""
    owners = {layer.name: layer.weights for layer in network.layers if layer.weights is not None}
    if not owners:
        return
    modules = {path: (place, unit) for path, place, unit in _places(root, "self", attributes)}
    for layer in network.layers:
        owner = _owner(layer.name, owners)
        if owner == layer.name:
            continue
        (mine, one), (theirs, two) = modules[layer.name], modules[owner]
        assert one.leaf is not None
        assert two.leaf is not None
        plain = one.leaf.module.startswith(("nn.Conv", "nn.Linear"))
        if plain and two.leaf.module.startswith(("nn.Conv", "nn.Linear")):
            yield f"{mine}.weight = {theirs}.weight"
            if one.leaf.module == two.leaf.module and layer.fields.get("bias", True):
                yield f"{mine}.bias = {theirs}.bias"
        elif (one.leaf.module, one.args) == (two.leaf.module, two.args):
            yield f"{mine} = {theirs}"
        else:
            raise ExportFailure(
                f"layer `{layer.name}`: a `{layer.op}` cannot have the weights of `{owner}` in PyTorch unless it is the same"
            )


def _owner(name: str, owners: Mapping[str, str]) -> str:
    """Follow who shares with whom to the end; of a circle, to where it closes."""
    passed = {name}
    while (following := owners.get(name)) is not None and following not in passed:
        name = following
        passed.add(name)
    return name


def _places(children: Sequence[Unit], prefix: str, attributes: Mapping[str, str] | None = None) -> Iterator[tuple[str, str, Unit]]:
    """Yield the layers that are modules: path, how the network itself names them, and what they are."""
    names = attributes or _attributes_of(children)
    for child in children:
        place = f"{prefix}.{names[child.path]}"
        if child.is_chain:
            for number, member in enumerate(child.children):
                if member.leaf is not None:
                    yield member.path, f"{place}[{number}]", member
                else:
                    yield from _places(member.children, f"{place}[{number}]")
        elif child.leaf is None:
            yield from _places(child.children, place)
        elif child.leaf.module:
            yield child.path, place, child


def _attributes_of(children: Sequence[Unit]) -> dict[str, str]:
    """Return the attribute that each child of a module is, by its path."""
    return dict(zip((child.path for child in children), distinct([child.name for child in children]), strict=True))
