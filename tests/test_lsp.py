"""What an editor is told, without an editor: functions of a text and an offset.  `¦` is the cursor, or both ends of a selection."""

from __future__ import annotations

import re
from base64 import b64decode
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rflint.lsp.actions import fix_all, quick_fixes
from rflint.lsp.completion import complete
from rflint.lsp.hover import hints, hover
from rflint.lsp.marks import marks
from rflint.lsp.navigation import definition, references
from rflint.lsp.outline import outline
from rflint.lsp.positions import Encoding, Positions
from rflint.lsp.snapshot import Snapshot, Spot
from rflint.lsp.symbols import Symbol, symbols
from rflint.lsp.tree import Node, from_document
from rflint.reading import source
from rflint.verdict import Options
from rflint.verdict.options import BUILTIN

ROOT = Path(__file__).resolve().parent.parent

NET = """\
rflint: 1
inputs: {image: {size: [32, 32], channels: 3}}
blocks:
  unit:
    params: {mid: null, out: 64}
    outputs: [b, a]
    layers:
      - {name: a, op: conv, kernel: 3, padding: 1, channels: "${mid}"}
      - {name: b, op: conv, kernel: 3, padding: 1, channels: "${out}"}
layers:
  - {name: stem, op: conv, kernel: 3, stride: 2, padding: 1, channels: 8}
  - {op: relu}
  - name: units
    use: unit
    with: {mid: 8}
    repeat: 2
  - name: split
    branches:
      x: [{op: identity}]
      y: []
    join: add
  - {name: join, op: add, from: [units/0/a, units]}
outputs: [join, split, units/a]
targets: [{size: 3, layer: join}]
expect:
  stem: {stride: 2}
"""


def at(text: str) -> tuple[str, int]:
    place = text.index("¦")
    return text[:place] + text[place + 1 :], place


def snapshot(text: str, files: dict[str, str] | None = None) -> Snapshot:
    def open_import(_: str, target: str) -> tuple[str, bytes] | str:
        return (target, files[target].encode()) if files and target in files else "does not exist"

    return Snapshot(text, "net.yaml", Options(open_import=open_import))


def cut(found: Snapshot, spot: Spot) -> str:
    text = found.text_of(spot.path)
    assert text is not None
    return text[spot.start : spot.end]


# Places


@pytest.mark.parametrize(
    ("encoding", "characters"),
    [("utf-8", [0, 1, 5, 7, 9]), ("utf-16", [0, 1, 3, 4, 5]), ("utf-32", [0, 1, 2, 3, 4])],
)
def test_positions_count_what_the_editor_counts(encoding: Encoding, characters: list[int]) -> None:
    positions = Positions("a😀é\x85\r\nb\u2028c\rd\n", encoding)
    wanted = [(0, character) for character in characters] + [(0, characters[-1] + 1), (1, 0), (1, 1)]
    assert [positions.position(offset) for offset in range(8)] == wanted
    assert [positions.offset(*place) for place in wanted if place[1] <= characters[-1]] == [0, 1, 2, 3, 4, 6, 7]
    # Within a character, past the end of a line, past the end of the text.
    assert positions.offset(0, 2) == (1 if encoding != "utf-32" else 2)
    assert positions.offset(0, 99) == 4
    assert positions.offset(99, 0) == positions.offset(3, 0) == 12
    assert positions.position(99) == (3, 0)


@given(st.text("a\n\r\x85\u2028é😀\ufeff"), st.sampled_from(["utf-8", "utf-16", "utf-32"]))
def test_positions_come_back(text: str, encoding: Encoding) -> None:
    positions = Positions(text, encoding)
    assert positions.text == text.removeprefix("\ufeff")
    for offset in range(len(positions.text) + 1):
        if positions.text[offset - 1 : offset + 1] != "\r\n":
            assert positions.offset(*positions.position(offset)) == offset


def test_findings_stand_where_yaml_and_editor_disagree_on_lines() -> None:
    # U+0085 ends a line for libyaml, not for an editor, and 😀 is one column here and two there.
    text = 'rflint: 1\nname: "😀\x85x"\nlayers: [{op: relu}, {name: "😀", op: rellu}]\n'
    found = snapshot(text)
    (mark,) = marks(found)
    assert (mark.diagnostic.code, mark.diagnostic.span.line, text[mark.start : mark.end]) == ("RF003", 4, "rellu")
    assert Positions(text).position(mark.start) == (2, 38)
    assert Positions(text, "utf-32").position(mark.start) == (2, 37)


# Trees


def shape(node: Node) -> object:
    """A tree with all its places; where a value would stand that is not there does not matter."""
    where = (node.start, node.end) if node.kind != "empty" else ()
    inside = [(entry.key, (entry.start, entry.end) if isinstance(entry.key, str) else (), shape(entry.node)) for entry in node.entries]
    return node.kind, where, inside


@pytest.mark.parametrize("path", sorted((ROOT / "specs").glob("*.yaml"))[::4], ids=lambda path: path.stem)
def test_outline_of_a_sound_spec_is_its_tree(path: Path) -> None:
    document = source.read(path.read_bytes(), path.name).document
    assert document is not None
    assert shape(outline(document.text)) == shape(from_document(document))


@pytest.mark.parametrize(
    "text",
    [
        "a: |\n  b: 1\n\n  c\nd: >-\n  e\n",
        "a:\n- b\n- c:\n  - d\n  e: [f, {g: h},\n    i]\nj: 'k: l'\n",
        '- - a\n  - b\n-\n  c: d # e: f\n- "g\n  h"\n',
        '{a: 1, b: [c, \'d\', "e,f"], "g": }\n',
        "---\na: b#c\n",
    ],
)
def test_outline_of_other_yaml_is_its_tree(text: str) -> None:
    document = source.read(text.encode(), "x").document
    assert document is not None
    assert shape(outline(text)) == shape(from_document(document))


def keys(node: Node) -> object:
    """Keys and texts of an outline."""
    if node.kind == "list":
        return [keys(entry.node) for entry in node.entries]
    return {entry.key: keys(entry.node) for entry in node.entries} if node.kind == "map" else node.value


def test_outline_recovers_from_what_is_not_closed() -> None:
    text = "layers:\n  - {name: a, op: conv, kernel: [3\n  - name: 'b\n    op: relu\n    from: [a\noutputs: [b]\n"
    assert keys(outline(text)) == {
        "layers": [{"name": "a", "op": "conv", "kernel": ["3"]}, {"name": "b", "op": "relu", "from": ["a"]}],
        "outputs": ["b"],
    }
    assert keys(outline("layers:\n  - op: conv\n   kernel: 3\n  - op: relu\n     from: a\nout")) == {
        "layers": [{"op": "conv", "kernel": "3"}, {"op": "relu", "from": "a"}],
        "out": None,
    }


@settings(max_examples=200)
@given(st.text("ab:-[]{}#,'\"|>&!* \n\t\r\x85"), st.integers(0, 40))
def test_any_text_at_any_place_is_answered(tail: str, where: int) -> None:
    text = NET[: len(NET) * where // 40] + tail
    found = snapshot(text)
    offset = len(text) - len(tail) // 2
    marks(found)
    hover(found, offset)
    definition(found, offset)
    references(found, offset, declaration=True)
    symbols(found)
    hints(found, 0, len(text))
    quick_fixes(found, 0, len(text))
    complete(text, offset, "net.yaml", BUILTIN, found)


@pytest.mark.parametrize("text", ["", "\ud800", "version: 3\nservices: {}\n", "\ufeff", "[" * 5_000])
def test_what_is_no_spec_is_left_alone(text: str) -> None:
    found = snapshot(text)
    assert (marks(found), hover(found, 1), definition(found, 0), symbols(found)) == ([], None, None, ())


@pytest.mark.parametrize("text", ["rflint: 1\nname: \ud800\n", "rflint: [" * 99])
def test_what_cannot_be_read_is_one_finding(text: str) -> None:
    assert [mark.diagnostic.code for mark in marks(snapshot(text))] == ["RF001"]


# Hovers and hints

HEADS = "axes | receptive field | stride | padding | centre | look-ahead | size | channels | params |"
ROW = "|---|---:|---:|---:|---:|---:|---:|---:|---:|"


def test_hover_on_an_op_tells_of_the_op_and_of_the_layer() -> None:
    text, offset = at(NET.replace("stem, op: c", "stem, op: ¦c"))
    found = hover(snapshot(text), offset)
    assert found is not None
    assert text[found.start : found.end] == "conv"
    about, network = found.markdown.split("\n\n---\n\n")
    assert about.startswith(
        "**`conv`**: Convolution.\n\n- `kernel` (required): Kernel size in samples of the layer's input.\n- `stride` (default: 1): Step"
    )
    assert network == (f"**`stem`**\n\n| {HEADS}\n{ROW}\n| y, x | 3 | 2 | 1 | 0 | 1 | 16 | 8 | 224 |")


def test_hover_on_a_layer_of_a_block_tells_of_its_instances() -> None:
    text, offset = at(NET.replace("{name: a,", "{na¦me: a,"))
    found = hover(snapshot(text), offset)
    assert found is not None
    assert found.markdown.partition("\n\n---\n\n")[2] == (
        f"**`units/0/a`** and 1 more: rf 7…15 /2\n\n| layer | {HEADS}\n"
        f"|---{ROW}\n| `units/0/a` | y, x | 7 | 2 | 3 | 0 | 3 | 16 | 8 | 584 |\n"
        "| `units/1/a` | y, x | 15 | 2 | 7 | 0 | 7 | 16 | 8 | 4.62k |"
    )


@pytest.mark.parametrize(
    ("text", "begins", "tells_of"),
    [
        (NET.replace("padding: 1, channels: 8", "¦padding: 1, channels: 8"), "**`padding`** (default: valid)\n\nSamples added", "stem"),
        (NET.replace("use: unit", "use: u¦nit"), "**`unit`**, a block\n\n- params: `mid`, `out` = `64`\n- outputs: `b`, `a`", "units/0"),
        (NET.replace("  unit:", "  un¦it:"), "**`unit`**, a block", ""),
        (NET.replace("[units/0/a, units]", "[units/¦0/a, units]"), "**`from`**\n\nWhat it reads", "units/0/a"),
        (NET.replace("join, split,", "join, s¦plit,"), "**`outputs`**", "split"),
        (NET.replace("  stem: {", "  st¦em: {"), "**`stem`**\n\n| axes", ""),
        (NET.replace("stride: 2}", "str¦ide: 2}"), "**`stride`**\n\nEffective stride", ""),
        (NET.replace("layers:\n  -", "la¦yers:\n  -"), "**`layers`**\n\nThe layers", ""),
        (NET.replace("{op: relu}", "{op: relu, ignore: [RF3¦01]}"), "**RF301 off-center-even-kernel**", "relu_2"),
        (NET.replace("  - {op: relu}", "  # rflint: ignore[RF102, dr¦ift] so\n  - {op: relu}"), "**RF104 drift** (info)", ""),
        (NET + "rules: {drift: off, RF3¦02: off}", "**RF302 off-center-padding**", ""),
        (NET.replace("op: add, from: [u", "op: add, from: [im¦age, u"), "**`from`**", "image"),
    ],
)
def test_hover(text: str, begins: str, tells_of: str) -> None:
    found = hover(snapshot(at(text)[0]), at(text)[1])
    assert found is not None
    assert found.markdown.startswith(begins)
    assert f"**`{tells_of}`**" in found.markdown.partition("\n\n---\n\n")[2] if tells_of else "\n---\n" not in found.markdown


def test_hover_gives_axes_of_one_receptive_field_one_row() -> None:
    text = "rflint: 1\ninputs: {image: {size: [80, 134]}}\nlayers:\n  - {name: a, op: conv, kernel: %s}\n"
    found = [hover(snapshot(text % kernel), text.index("- {name") + 2) for kernel in ("3", "[3, 1]")]
    rows = [[line for line in each.markdown.splitlines() if line.startswith(("| y", "| x"))] for each in found if each]
    assert rows == [["| y, x | 3 | 1 | 0 | 1 | 0 | 78x132 |"], ["| y | 3 | 1 | 0 | 1 | 0 | 78 |", "| x | 1 | 1 | 0 | 0 | 0 | 134 |"]]


def test_hover_has_pictures_where_they_are_shown() -> None:
    head = "rflint: 1\ninputs: {a: {size: [9, 9]}, b: {size: [9, 9]}}\n"
    text = f"{head}layers:\n  - {{name: c, op: conv, kernel: 3, from: a}}\n  - {{name: d, op: add, from: [c, b]}}\n"
    offset = text.index("- {name: d") + 2
    plain, pictured = (hover(snapshot(text), offset, pictures=shown) for shown in (False, True))
    assert plain is not None
    assert pictured is not None
    assert pictured.markdown.startswith(plain.markdown)
    images = re.findall(r"!\[([^]]+)\]\(data:image/svg\+xml;base64,([^)]+)\)", pictured.markdown)
    assert [words for words, _ in images] == ["what d sees of a", "what d sees of b"]
    drawn = [b64decode(image).decode() for _, image in images]
    assert "d (3, 3) looking at a" in drawn[0]
    assert "y: 3 … 5, centre 4" in drawn[0]
    assert "y: 3, centre 3" in drawn[1]


def test_hover_has_no_picture_of_what_nobody_knows() -> None:
    text = "rflint: 1\nlayers:\n  - {name: a, op: global_avg_pool}\n"
    found = hover(snapshot(text), text.index("- {name") + 2, pictures=True)
    assert found is not None
    assert "![" not in found.markdown


def test_hover_on_a_block_writes_defaults_as_yaml_does() -> None:
    text = "rflint: 1\nblocks:\n  unit:\n    params: {a: null, b: false, c: [1, 2], d: ~}\n    layers: [{op: relu}]\n"
    found = hover(snapshot(text), text.index("unit"))
    assert found is not None
    assert found.markdown.endswith("- params: `a`, `b` = `false`, `c` = `[…]`, `d`")


def test_a_hint_of_ranges_is_one_range() -> None:
    text = (
        "rflint: 1\ninputs: {image: {size: 64}}\nblocks:\n  b: {layers: [{name: c, op: conv, kernel: 2}]}\n"
        "layers:\n  - {name: x, use: b}\n  - {op: resize, scale: 2}\n  - {name: y, use: b, repeat: 3}\n"
    )
    assert [hint.label for hint in hints(snapshot(text), 0, len(text))] == [
        "rf 2…4 /1…0.5",
        "rf 2×2 /1",
        "rf 2×2 /0.5",
        "rf 2…4 /0.5",
    ]


def test_hover_shows_hostile_names_as_they_are() -> None:
    name = "`|` [x](command:evil) <img src=x>"
    text = f'rflint: 1\nlayers: [{{name: "{name}", op: conv, kernel: 1}}, {{op: relu}}]\n'
    found = hover(snapshot(text), text.index("op:"))
    assert found is not None
    assert "**`` `|` [x](command:evil) <img src=x> ``**" in found.markdown


def test_hints_stand_at_the_ends_of_lines() -> None:
    found = [(NET[NET.rfind("\n", 0, hint.offset) + 1 : hint.offset].strip(), hint.label) for hint in hints(snapshot(NET), 0, len(NET))]
    assert found == [
        ('- {name: a, op: conv, kernel: 3, padding: 1, channels: "${mid}"}', "rf 7…15 /2"),
        ('- {name: b, op: conv, kernel: 3, padding: 1, channels: "${out}"}', "rf 11…19 /2"),
        ("- {name: stem, op: conv, kernel: 3, stride: 2, padding: 1, channels: 8}", "rf 3×3 /2"),
        ("- {op: relu}", "rf 3×3 /2"),
        ("- name: units", "rf 11…19 /2"),
        ("- name: split", "rf 19×19 /2"),
        ("x: [{op: identity}]", "rf 19×19 /2"),
        ("- {name: join, op: add, from: [units/0/a, units]}", "rf 19×19 /2"),
    ]


@pytest.mark.parametrize(
    ("layers", "labels"),
    [
        ("[{op: conv, kernel: [3, 5]}, {op: global_avg_pool}]", ["rf 3×5 /1", "rf all"]),
        ("[{op: conv_transpose, kernel: 4, stride: 2}, {op: identity}]", ["rf 2×2 /0.5"] * 2),
        ("[{op: conv_transpose, kernel: 6, stride: 3}, {op: identity}]", ["rf 2×2 /(1/3)"] * 2),
        ("[{op: identity}, {op: squeeze_excite}]", ["rf 1×1 /1", "rf 1* /1"]),
        ("[{op: relu}, {op: unknown, original: X}, {op: relu, from: relu_1}]", ["rf 1×1 /1", "rf 1×1 /1"]),
    ],
)
def test_hint_labels(layers: str, labels: list[str]) -> None:
    text = f"rflint: 1\nlayers: {layers}\n"
    found = hints(snapshot(text), 0, len(text))
    assert [hint.label for hint in found] == labels
    # Items that share a line: behind each of them.
    assert all(text[hint.offset - 1] == "}" for hint in found)


# Names


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        (NET.replace("from: [units/0/a, units]", "from: [units/0/¦a, units]"), 7, "a"),
        (NET.replace("from: [units/0/a, units]", "from: [units/0/a, un¦its]"), 12, "units"),
        (NET.replace("outputs: [join", "outputs: [¦join"), 21, "join"),
        (NET.replace("units/a]", "units/¦a]"), 7, "a"),
        (NET.replace("outputs: [b,", "outputs: [¦b,"), 8, "b"),
        (NET.replace("layer: join", "layer: jo¦in"), 21, "join"),
        (NET.replace("  stem: {", "  st¦em: {"), 10, "stem"),
        (NET.replace("use: unit", "use: ¦unit"), 3, "unit"),
        (NET.replace("with: {mid", "with: {m¦id"), 4, "mid"),
        (NET.replace("{op: relu}", "{op: relu, from: im¦age}"), 1, "image"),
        (NET.replace("{op: identity}", "{op: identity, from: rel¦u_2}"), 11, "relu"),
        (NET.replace("- {name: join", "- {name: j¦oin"), 21, "join"),
        # A text that is not YAML at the moment.
        (NET.replace("from: [units/0/a, units]}", "from: [st¦em, units"), 10, "stem"),
    ],
)
def test_definition(text: str, line: int, word: str) -> None:
    text, offset = at(text)
    found = snapshot(text)
    spot = definition(found, offset)
    assert spot is not None
    assert (text.count("\n", 0, spot.start), cut(found, spot)) == (line, word)


@pytest.mark.parametrize(
    "text",
    [
        NET.replace("op: relu", "op: r¦elu"),
        NET.replace("from: [units/0/a", "from: [no¦where"),
        NET.replace("channels: 8", "channels: ¦8"),
        NET.replace('"${mid}"', '"${m¦id}"'),
    ],
)
def test_what_is_no_name_leads_nowhere(text: str) -> None:
    assert definition(snapshot(at(text)[0]), at(text)[1]) is None


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (NET.replace("name: stem", "name: st¦em"), [10, 11, 25]),
        (NET.replace("- {op: relu}", "- {¦op: relu}"), [11, 12]),
        (NET.replace("name: a,", "name: ¦a,"), [5, 7, 8, 21, 22]),
        (NET.replace("  unit:", "  un¦it:"), [3, 13]),
        (NET.replace("{image", "{¦image"), [1, 10]),
        (NET.replace("units]}", "un¦its]}"), [12, 16, 21]),
    ],
)
def test_references(text: str, lines: list[int]) -> None:
    text, offset = at(text)
    found = references(snapshot(text), offset, declaration=True)
    assert [text.count("\n", 0, spot.start) for spot in found] == lines


LIBRARY = "rflint: 1\nblocks:\n  far:\n    params: {k: 3}\n    layers: [{name: inner, op: conv, kernel: '${k}', padding: 9}]\n"
IMPORTING = """\
rflint: 1
import: [lib.yaml]
inputs: {image: {size: 32}}
layers:
  - {name: here, use: far, with: {k: 5}}
expect:
  here/inner: {stride: 1}
"""


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (IMPORTING.replace("use: far", "use: f¦ar"), "far"),
        (IMPORTING.replace("{k: 5", "{¦k: 5"), "k"),
        (IMPORTING.replace("here/inner", "here/in¦ner"), "inner"),
        (IMPORTING.replace("[lib", "[l¦ib"), ""),
    ],
)
def test_definition_in_an_import(text: str, word: str) -> None:
    text, offset = at(text)
    found = snapshot(text, {"lib.yaml": LIBRARY})
    spot = definition(found, offset)
    assert spot is not None
    assert (spot.path, cut(found, spot)) == ("lib.yaml", word)


def test_symbols() -> None:
    def plain(symbol: Symbol) -> tuple[object, ...]:
        name = NET[symbol.name_start : symbol.name_end]
        assert symbol.start <= symbol.name_start <= symbol.name_end <= symbol.end
        return symbol.name, symbol.kind, name, [plain(each) for each in symbol.inner]

    assert [plain(symbol) for symbol in symbols(snapshot(NET))] == [
        ("inputs", "section", "inputs", [("image", "input", "image", [])]),
        ("blocks", "section", "blocks", [("unit", "block", "unit", [("a", "layer", "a", []), ("b", "layer", "b", [])])]),
        (
            "layers",
            "section",
            "layers",
            [
                ("stem", "layer", "stem", []),
                ("relu_2", "layer", "relu", []),
                ("units", "use", "units", []),
                (
                    "split",
                    "branches",
                    "split",
                    [("x", "branch", "x", [("identity_1", "layer", "identity", [])]), ("y", "branch", "y", [])],
                ),
                ("join", "layer", "join", []),
            ],
        ),
    ]


# Findings


def test_a_finding_in_a_library_stands_at_the_import() -> None:
    found = snapshot(IMPORTING, {"lib.yaml": LIBRARY})
    (mark,) = [mark for mark in marks(found) if mark.diagnostic.code == "RF304"]
    assert IMPORTING[mark.start : mark.end] == "lib.yaml"
    assert mark.message.startswith("lib.yaml, line 5: ")
    assert [(related.message, related.spot.path, cut(found, related.spot)) for related in mark.related] == [
        ("the finding is about this", "lib.yaml", "9"),
        ("block `far` is used here", "net.yaml", "{name: here, use: far, with: {k: 5}}"),
    ]


def test_what_is_not_needed_is_marked_so() -> None:
    text = "rflint: 1\nlayers:\n  - {name: a, op: relu}\n  # rflint: ignore[RF301] why\n  - {op: relu, from: a}\n  - {op: relu, from: a}\n"
    found = marks(snapshot(text))
    assert [(mark.diagnostic.code, mark.unnecessary) for mark in found] == [("RF901", True), ("RF006", True)]


def test_a_finding_tells_how_to_mend_it_and_who_shares_it() -> None:
    text = NET.replace('kernel: 3, padding: 1, channels: "${mid}"', 'kernel: 4, padding: same, channels: "${mid}"')
    (mark,) = [mark for mark in marks(snapshot(text)) if mark.diagnostic.code == "RF301"]
    assert text[mark.start : mark.end] == "4"
    shared = "2 layers share this: `units/0/a` and `units/1/a`"
    assert mark.message == f"{mark.diagnostic.message}\n{shared}\nhelp: {mark.diagnostic.help}"


EVEN = """\
rflint: 1
inputs: {image: {size: 32}}
layers:
  - name: a
    op: conv
    kernel: 4
    padding: same
"""


def applied(found: Snapshot, title: str) -> str:
    (action,) = [each for each in quick_fixes(found, 0, len(found.text)) if each.title == title]
    text = found.text
    for change in sorted(action.changes, key=lambda change: change.spot.start, reverse=True):
        text = text[: change.spot.start] + change.text + text[change.spot.end :]
    return text


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_ignore_action_covers_the_finding_and_joins_what_is_there(newline: str) -> None:
    text = EVEN.replace("\n", newline)
    codes = [mark.diagnostic.code for mark in marks(snapshot(text))]
    assert codes == ["RF104", "RF301"]
    once = applied(snapshot(text), "Ignore RF301 here")
    assert once == text.replace("    kernel", f"    # rflint: ignore[RF301] why{newline}    kernel")
    assert [mark.diagnostic.code for mark in marks(snapshot(once))] == ["RF104"]
    twice = applied(snapshot(once.replace("op: conv", "op: conv # rflint: ignore[RF402] x")), "Ignore RF104 here")
    assert "RF104" not in [mark.diagnostic.code for mark in marks(snapshot(twice))]


def test_ignore_action_adds_to_the_comment_of_the_line() -> None:
    text = EVEN.replace("kernel: 4", "kernel: 4 # rflint: ignore[RF402] because")
    assert applied(snapshot(text), "Ignore RF301 here") == text.replace("[RF402]", "[RF402, RF301]")


@pytest.mark.parametrize("comment", ["  # rflint: ignore[RF104] drift is meant\n  - name: a\n", "  - name: a # rflint: ignore[RF104]\n"])
def test_ignore_action_adds_to_the_comment_of_the_layer(comment: str) -> None:
    text = EVEN.replace("  - name: a\n", comment)
    ignored = applied(snapshot(text), "Ignore RF301 here")
    assert ignored == text.replace("[RF104]", "[RF104, RF301]")
    assert marks(snapshot(ignored)) == []


def test_ignore_action_does_not_write_into_a_text_of_several_lines() -> None:
    flow = (
        'rflint: 1\ninputs: {image: {size: 33}}\nlayers:\n  - {name: a, op: conv, description: "so\n      far", kernel: 4, padding: same}\n'
    )
    ignored = applied(snapshot(flow), "Ignore RF301 here")
    assert ignored == flow.replace("  - {", "  # rflint: ignore[RF301] why\n  - {")
    assert "RF301" not in [mark.diagnostic.code for mark in marks(snapshot(ignored))]


def test_what_cannot_be_ignored_is_not_offered_to_be() -> None:
    text = "rflint: 1\nlayers: [{op: cnov, kernel: 3}]\n"
    assert [action.title for action in quick_fixes(snapshot(text), 0, len(text))] == ["RF003: `op: cnov` becomes `op: conv`"]


def test_fixes_say_what_they_do_and_mend() -> None:
    text = "rflint: 1\nlayers:\n  - {op: relu} # rflint: ignore[RF301] why\n  - {op: cnov, kernel: 3}\n"
    found = snapshot(text)
    offered = [(action.title, action.kind, action.preferred) for action in quick_fixes(found, 0, len(text))]
    assert ("RF003: `op: cnov` becomes `op: conv`", "quickfix", True) in offered
    mended = applied(found, "RF003: `op: cnov` becomes `op: conv`")
    assert [mark.diagnostic.code for mark in marks(snapshot(mended))] == ["RF901"]
    every = fix_all(found)
    assert every is not None
    (change,) = every.changes
    assert (
        text[: change.spot.start] + change.text + text[change.spot.end :]
        == "rflint: 1\nlayers:\n  - {op: relu}\n  - {op: conv, kernel: 3}\n"
    )
    assert (every.title, every.kind) == ("Apply 2 safe fixes of rflint", "source.fixAll.rflint")
    assert fix_all(snapshot(NET)) is None


def test_unsafe_fixes_are_told_by_what_they_change() -> None:
    text = "rflint: 1\nlayers:\n  - {name: a, op: conv, kernel: 3}\nexpect:\n  a: {receptive_field: 5}\n"
    (offered, _) = quick_fixes(snapshot(text), 0, len(text))
    assert offered.title == "RF601: `receptive_field: 5` becomes `receptive_field: 3` (unsafe: changes what the spec says)"
    assert not offered.preferred


def test_only_what_the_selection_touches_is_offered() -> None:
    text = "rflint: 1\nlayers:\n  - {op: cnov, kernel: 3}\n  - {op: rellu}\n"
    assert [action.title for action in quick_fixes(snapshot(text), text.index("rellu"), text.index("rellu"))] == [
        "RF003: `op: rellu` becomes `op: relu`"
    ]


# Completion

HEAD = "rflint: 1\n"
CONV = ["stride: ", "dilation: ", "padding: ", "ceil_mode: ", "channels: ", "groups: ", "bias: ", "weights: "]
COMMON = ["from: ", "repeat: ", "when: ", "ignore: ", "description: "]
SECTIONS = [
    "name: ",
    "description: ",
    "axes: ",
    "causal: ",
    "defaults: ",
    "blocks: ",
    "outputs: ",
    "targets: ",
    "expect: ",
    "rules: ",
    "extends: ",
    "ignore: ",
    "import: ",
    "source: ",
    "metadata: ",
]
KINDS = ["name: ", "op: ", "use: ", "branches: ", *COMMON]


@pytest.mark.parametrize(
    ("text", "suggested"),
    [
        ("¦", ["rflint: 1"]),
        ("version: 3\n¦", []),
        (HEAD + "inputs: {}\nlay¦\nlayers: []\n", SECTIONS),
        (HEAD + "layers:\n  - ¦\n", KINDS),
        (HEAD + "layers:\n  -¦\n", [f" {each}" for each in KINDS]),
        (HEAD + "layers:\n  - op: conv\n    ¦\n    kernel: 3\n  - op: relu\n", ["name: ", *CONV, *COMMON]),
        (HEAD + "layers:\n  - {op: conv, kernel: 3, ¦", ["name: ", *CONV, *COMMON]),
        (HEAD + "layers:\n  - {op: conv, ker¦: 3}", [each[:-2] for each in ["name: ", "kernel: ", *CONV, *COMMON]]),
        (HEAD + "layers:\n  - {op: conv, padding: [same, ¦", ["valid", "same", "same_lower", "causal"]),
        (HEAD + "layers:\n  - op: resize\n    mode: li¦\n", ["nearest", "linear", "cubic", "area"]),
        (HEAD + "layers:\n  - branches: {}\n    join: ¦\n", ["add", "sub", "mul", "div", "max", "min", "mean", "concat", "stack"]),
        (NET.replace("[units/0/a, units]}", "¦"), ["split", "units", "units/b", "units/a", "relu_2", "stem", "image"]),
        (NET.replace("[units/0/a, units]}", "[stem, ¦"), ["split", "units", "units/b", "units/a", "relu_2", "stem", "image"]),
        (NET.replace("{op: identity}", "{op: relu}, {from: ¦"), ["relu_1", "units", "units/b", "units/a", "relu_2", "stem", "image"]),
        (NET.replace("op: conv, kernel: 3, padding: 1, channels: \"${out}\"", "from: ¦"), ["a", "input"]),
        (NET.replace("outputs: [b, a]", "outputs: [¦"), ["b", "a", "input"]),
        (NET.replace("use: unit", "use: ¦"), ["unit"]),
        (NET.replace("with: {mid: 8}", "with: {mid: 8, ¦"), ["out: "]),
        (NET.replace("with: {mid: 8}", "with:\n      ¦"), ["mid: ", "out: "]),
        (NET.replace("${mid}", "${m¦"), ["mid", "out", "min", "max", "len"]),
        (NET.replace("mid: 8", 'mid: "${¦}"'), ["index", "count", "min", "max", "len"]),
        (NET.replace("layer: join", "layer: ¦"), ["join", "split", "units", "units/b", "units/a", "relu_2", "stem", "image"]),
        (NET.replace("image:", "image: {¦}, other:"), ["description: ", "size: ", "multiple_of: ", "channels: "]),
        (HEAD + "rules:\n  RF301: ¦", ["off", "info", "warning", "error"]),
        (HEAD + "layers:\n  - {op: relu, when: ¦", ["true", "false"]),
        (HEAD + "layers:\n  - {name: 'a: b', op: relu}\n  - {op: relu, from: ¦", ["'a: b'", "input"]),
        (HEAD + "layers:\n  - {name: 'a: b', op: relu}\n  - {op: relu, from: '¦", ["a: b", "input"]),
        (HEAD + "name: ¦\n", []),
        (HEAD + "# layers: ¦\n", []),
    ],
)  # fmt: skip
def test_completion(text: str, suggested: list[str]) -> None:
    text, offset = at(text)
    assert [each.text for each in complete(text, offset, "net.yaml", BUILTIN).items] == suggested


def test_completion_of_ops_tells_what_they_are() -> None:
    text, offset = at(HEAD + "foo: [\nlayers:\n  - {op: co¦nv")
    found = complete(text, offset, "net.yaml", BUILTIN)
    assert (found.start, found.incomplete, len(found.items)) == (offset - 2, False, len(BUILTIN.ops))
    assert found.items[0] == ("conv", "op", "conv", "windows", "Convolution.")


def test_completion_of_rules_in_comments_leaves_out_what_cannot_be_ignored() -> None:
    text, offset = at(NET + "# rflint: ignore[RF102, RF3¦")
    found = complete(text, offset, "net.yaml", BUILTIN)
    assert found.start == offset - 3
    assert [each.label for each in found.items][:3] == ["RF101", "RF102", "RF103"]
    assert "RF901" not in [each.label for each in found.items]


def test_completion_remembers_the_imports_of_a_text_that_was_sound() -> None:
    known = snapshot(IMPORTING, {"lib.yaml": LIBRARY})
    assert known.report.findings
    text, offset = at(IMPORTING.replace("use: far, with: {k: 5}}", "use: ¦"))
    assert [each[:4] for each in complete(text, offset, "net.yaml", BUILTIN, known).items] == [("far", "block", "far", "lib.yaml")]
    text, offset = at(IMPORTING.replace("here/inner: {stride: 1}", "¦"))
    assert [each.label for each in complete(text, offset, "net.yaml", BUILTIN, known).items] == ["here", "image", "here/inner"]


def test_completion_of_very_much_goes_by_what_is_typed() -> None:
    layers = "".join(f"  - {{name: layer{number}, op: relu}}\n" for number in range(1_000))
    text, offset = at(f"{HEAD}layers:\n{layers}  - {{op: add, from: [layer99¦")
    found = complete(text, offset, "net.yaml", BUILTIN)
    assert [each.label for each in found.items] == [f"layer{number}" for number in (*range(999, 989, -1), 99)]
    assert found.incomplete
