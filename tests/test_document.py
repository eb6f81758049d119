"""Positions: where keys, values, lines and comments stand."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from rflint.model import Span
from rflint.reading.scalars import resolve
from rflint.reading.source import Document, read

SPECS = sorted((Path(__file__).parent.parent / "specs").glob("*.yaml"))


def document(text: str) -> Document:
    reading = read(text.encode(), "net.yaml")
    assert reading.findings == ()
    assert reading.document is not None
    return reading.document


def there(text: str, path: tuple[str | int, ...], key: bool = False) -> str:
    """What stands at the span of a path: `line:column text`."""
    found = document(text)
    span = found.span(path, key=key)
    assert span.line == span.end_line
    return f"{span.line}:{span.column} {found.line(span.line)[span.column - 1 : span.end_column - 1]}"


SPEC = """\
# rflint: none
rflint: 1
layers:
  - {name: conv1, op: conv, kernel: [3, 5]}  # comment
  - name: "a # b"
    op: conv      # why
    kernel:
      - 3
      - 5
    padding: [1,
      2]
    text: |
      several

      lines

  - op: relu
  -
    - x
    - y
  - {name: long,
     op: conv}
empty:
last: plain
  text
"""


@pytest.mark.parametrize(
    ("path", "key", "expected"),
    [
        ((), False, "2:1 rflint: 1"),
        (("rflint",), False, "2:9 1"),
        (("rflint",), True, "2:1 rflint"),
        (("layers",), False, "3:1 layers"),
        (("layers", 0), False, "4:5 {name: conv1, op: conv, kernel: [3, 5]}"),
        (("layers", 0), True, "4:5 {name: conv1, op: conv, kernel: [3, 5]}"),
        (("layers", 0, "kernel"), False, "4:37 [3, 5]"),
        (("layers", 0, "kernel"), True, "4:29 kernel"),
        (("layers", 0, "kernel", 1), False, "4:41 5"),
        (("layers", 0, "stride"), False, "4:5 {name: conv1, op: conv, kernel: [3, 5]}"),
        (("layers", 1), False, '5:5 name: "a # b"'),
        (("layers", 1, "name"), False, '5:11 "a # b"'),
        (("layers", 1, "kernel"), False, "7:5 kernel"),
        (("layers", 1, "kernel", 1), False, "9:9 5"),
        (("layers", 1, "kernel", 2), False, "7:5 kernel"),
        (("layers", 1, "kernel", "low"), False, "7:5 kernel"),
        (("layers", 1, "padding"), False, "10:5 padding"),
        (("layers", 1, "padding", 1), False, "11:7 2"),
        (("layers", 1, "text"), False, "12:11 |"),
        (("layers", 2), False, "17:5 op: relu"),
        (("layers", 3), False, "19:5 - x"),
        (("layers", 4), False, "21:5 {name: long"),
        (("layers", 9), False, "3:1 layers"),
        (("empty",), False, "23:1 empty"),
        (("empty", "deeper", 3), False, "23:1 empty"),
        (("last",), False, "24:7 plain"),
        (("nowhere", 0), False, "2:1 rflint: 1"),
    ],
)
def test_span(path: tuple[str | int, ...], key: bool, expected: str) -> None:
    assert there(SPEC, path, key) == expected


def test_extents() -> None:
    found = document(SPEC)
    assert list(found.extents(("layers",))) == [(4, 4), (5, 15), (17, 17), (19, 20), (21, 22)]
    assert [found.extent(("layers", index)) for index in range(5)] == list(found.extents(("layers",)))
    assert list(found.extents(("layers", 1))) == [(5, 5), (6, 6), (8, 9), (10, 11), (12, 15)]
    assert list(found.extents(("last",))) == list(found.extents(("nowhere",))) == []
    assert found.extent(("layers", 1, "kernel")) == (8, 9)
    assert found.extent(("layers", 1, "missing")) == (5, 15)


def test_value_spans_can_be_replaced() -> None:
    found = document(SPEC)
    assert found.value_span(("layers", 1, "name")) == Span(5, 11, 5, 18)
    assert found.value_span(("layers", 1, "name"), key=True) == Span(5, 5, 5, 9)
    assert found.value_span(("layers", 1, "padding")) == Span(10, 14, 11, 9)
    assert found.value_span(("layers", 1, "kernel")) == Span(8, 7, 9, 10)
    assert found.value_span(("last",)) == Span(24, 7, 25, 7)
    for path in (("layers", 1, "text"), ("empty",), ("nowhere",), ("layers", 9)):
        assert found.value_span(path) is None
    assert found.value_span(("layers", 0), key=True) is None


def test_aliases_point_at_where_they_stand() -> None:
    text = "a: &a {k: &k [1, 2]}\nb: *a\nc: [*a, *k]\nd: !!str x\n"
    found = document(text)
    assert found.data["b"] is found.data["a"]
    assert there(text, ("a", "k", 1)) == "1:18 2"
    assert there(text, ("b",)) == there(text, ("b", "k", 1)) == there(text, ("b", "k"), key=True) == "2:4 *a"
    assert there(text, ("b",), key=True) == "2:1 b"
    assert there(text, ("b", "nowhere")) == "2:4 *a"
    assert there(text, ("c", 0, "k")) == "3:5 *a"
    assert there(text, ("c", 1, 0)) == "3:9 *k"
    assert found.extent(("c", 1, 0)) == (3, 3)
    assert found.value_span(("b",)) is not None
    for path in (("a",), ("a", "k"), ("b", "k"), ("d",)):
        assert found.value_span(path) in (None, Span(2, 4, 2, 6))
    assert found.value_span(("b", "k")) is None


@pytest.mark.parametrize(
    "text", ["é: 😀\nb: [日本, x]\n", "é: 😀\r\nb: [日本, x]\r\n", "é: 😀\rb: [日本, x]\r", "\ufeffé: 😀\nb: [日本, x]\n"]
)
def test_columns_are_code_points_whatever_ends_the_lines(text: str) -> None:
    assert there(text, ("é",)) == "1:4 😀"
    assert there(text, ("b", 1)) == "2:9 x"
    assert document(text).line(2) == "b: [日本, x]"


def test_line_ends_that_only_yaml_1_1_knows() -> None:
    text = "a: 1\x85b: 2\u2028c: 3\u2029d: 4"
    assert document(text).data == {"a": 1, "b": 2, "c": 3, "d": 4}
    assert there(text, ("d",)) == "4:4 4"


def test_lines() -> None:
    found = document("a: 1\r\n\r\n" + "# " + "x" * 5000 + "\n" + "\n" * 3000 + "b: 2")
    assert [found.line(number) for number in (1, 2, 3004, 3005, 9999)] == ["a: 1", "", "b: 2", "", ""]
    assert len(found.line(3)) == 5002
    assert found.span(("b",)) == Span(3004, 4, 3004, 5)


def test_every_scalar_of_a_flow_and_a_block_spec_is_found_where_it_stands() -> None:
    for file in SPECS:
        found = document(file.read_text("utf-8"))
        pending = [((), found.data)]
        while pending:
            path, each = pending.pop()
            if isinstance(each, dict):
                pending.extend(((*path, key), inner) for key, inner in each.items())
            elif isinstance(each, list):
                pending.extend(((*path, index), inner) for index, inner in enumerate(each))
            else:
                span = found.value_span(path)
                if span is not None and span.line == span.end_line:
                    written = found.line(span.line)[span.column - 1 : span.end_column - 1]
                    assert resolve(written) == each or yaml.safe_load(written) == each


# Comments.


def test_comments_are_told_from_text() -> None:
    text = (
        "# one\nname: 'a # b' # two\ntext: |  # three\n  # not\n  x # not\n\n# four\nplain: a#b # five\n"
        'more: "x\n  # not" # six\nflow: [a,#seven\n  b # eight\n] # nine\nlast: c d\n  e # ten'
    )
    assert [f"{each.line}:{each.column} {each.text}" for each in document(text).comments()] == [
        "1:1 # one",
        "2:15 # two",
        "3:10 # three",
        "7:1 # four",
        "8:12 # five",
        "10:10 # six",
        "11:10 #seven",
        "12:5 # eight",
        "13:3 # nine",
        "15:5 # ten",
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_comments_end_with_their_line(end: str) -> None:
    found = document(f"\ufeff# é one{end}a: 1 # two{end}")
    assert [tuple(each) for each in found.comments()] == [(1, 1, "# é one"), (2, 6, "# two")]


def test_traps_are_plain_scalars_that_stand_there() -> None:
    found = document(f'on: [010]\na: &a 010\nb: *a\nc: "010"\nd: {"0" * 200}')
    assert found.trap(("on", 0)) == "`010` is text here: YAML 1.1 reads 8, YAML 1.2 10; write `10` or `8`"
    assert [found.trap(path) for path in (("a",), ("b",), ("c",), ("d",), ("on",), ("on", 1), ("nowhere",))] == [None] * 7
