"""A network for programs that lay it out themselves: Graphviz (`dot`) and Mermaid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Final

from rflint.drawing import COLORS
from rflint.formatters.network import Box, Network
from rflint.words import safe

_INDENT: Final = "  "
#: Numbers of boxes and blocks in each block.
Inside = Mapping[int, tuple[list[int], list[int]]]


def dot(network: Network) -> str:
    """Write a network in the language of Graphviz; open blocks are clusters."""
    rows = [
        f"digraph {_quoted(network.name)} {{",
        f'  graph [rankdir=TB, fontname="Helvetica", color="{COLORS["edge"][0]}"]',
        f'  node [shape=box, style="rounded,filled", fontname="Helvetica", color="{COLORS["edge"][0]}", fontcolor="{COLORS["ink"][0]}"]',
        f'  edge [color="{COLORS["edge"][0]}"]',
        *_dot_inside(network, network.inside(), -1, 1),
        *(f"  {_quoted(network.boxes[source].name)} -> {_quoted(network.boxes[target].name)}" for source, target in network.edges),
        "}",
    ]
    return "".join(f"{row}\n" for row in rows)


def _dot_inside(network: Network, inside: Inside, around: int, depth: int) -> Iterator[str]:
    indent, (boxes, blocks) = _INDENT * depth, inside[around]
    for box in (network.boxes[number] for number in boxes):
        yield f"{indent}{_quoted(box.name)} [{', '.join(_dot_attributes(box))}]"
    for number in blocks:
        block = network.blocks[number]
        yield f"{indent}subgraph {_quoted(f'cluster_{block.name}')} {{"
        yield f"{indent}{_INDENT}label={_quoted(block.label)}"
        yield from _dot_inside(network, inside, number, depth + 1)
        yield f"{indent}}}"


def _dot_attributes(box: Box) -> Iterator[str]:
    yield f"label={_quoted(*_lines(box))}"
    yield f'fillcolor="{COLORS[box.role][0]}"'
    if box.is_output:
        yield "penwidth=2"
    if box.kind == "block":
        yield "peripheries=2"
    if box.findings:
        yield f"tooltip={_quoted(*box.findings)}"


def _quoted(*lines: str) -> str:
    r"""Quote text for Graphviz, where a backslash begins escapes such as `\N`."""
    return '"' + r"\n".join(safe(line).replace("\\", "\\\\").replace('"', '\\"') for line in lines) + '"'


def mermaid(network: Network) -> str:
    """Write a network as a flowchart of Mermaid; open blocks are subgraphs."""
    roles = list(dict.fromkeys(box.role for box in network.boxes))
    rows = [
        "flowchart TB",
        *_mermaid_inside(network, network.inside(), -1, 1),
        *(f"  n{source} --> n{target}" for source, target in network.edges),
        *(f"  classDef {role} fill:{COLORS[role][0]},stroke:{COLORS['edge'][0]},color:{COLORS['ink'][0]}" for role in roles),
        *(f"  class {','.join(f'n{number}' for number, box in enumerate(network.boxes) if box.role == role)} {role}" for role in roles),
        f"  classDef output stroke:{COLORS['ink'][0]},stroke-width:2px",
        *_outputs(network.boxes),
    ]
    return "".join(f"{row}\n" for row in rows)


def _outputs(boxes: Sequence[Box]) -> Iterator[str]:
    if outputs := [f"n{number}" for number, box in enumerate(boxes) if box.is_output]:
        yield f"  class {','.join(outputs)} output"


def _mermaid_inside(network: Network, inside: Inside, around: int, depth: int) -> Iterator[str]:
    indent, (boxes, blocks) = _INDENT * depth, inside[around]
    shapes = {"input": ('(["', '"])'), "layer": ('["', '"]'), "block": ('[["', '"]]')}
    for number in boxes:
        begin, end = shapes[network.boxes[number].kind]
        yield f"{indent}n{number}{begin}{'<br/>'.join(map(_entities, _lines(network.boxes[number])))}{end}"
    for number in blocks:
        yield f'{indent}subgraph g{number}["{_entities(network.blocks[number].label)}"]'
        yield from _mermaid_inside(network, inside, number, depth + 1)
        yield f"{indent}end"


def _entities(text: str) -> str:
    """Write what has a meaning in Mermaid or HTML as entities of Mermaid, `#lt;`."""
    marked = "".join(f"#{ord(character)};" if character in "#`*_\\[](){}|" else character for character in safe(text))
    return escape(marked).replace("&#x27;", "#39;").replace("&", "#")


def _lines(box: Box) -> Sequence[str]:
    mark = {"error": ("✖ error",), "warning": ("▲ warning",)}.get(box.severity or "", ())
    return box.label, *box.lines, *mark
