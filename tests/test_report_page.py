"""`report --format html`: one file that is sound by itself, and says nothing but what the report says."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from command_line import MISALIGNED, rflint
from pages import blobs, linted, page_of
from sample_report import HOSTILE, SAMPLE, hostile

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parent.parent
VOID = {"meta", "input", "link", "br"}

BLOCKS = """\
rflint: 1
name: blocks
inputs: {image: {size: 64}}
blocks:
  unit:
    layers:
      - {name: conv1, op: conv, kernel: 3, padding: 1}
      - {name: conv2, op: conv, kernel: 3, padding: 1}
      - {name: add, op: add, from: [conv2, input]}
layers:
  - {name: stem, op: conv, kernel: 3, stride: 2, padding: 1}
  - {name: stage, use: unit, repeat: 3}
  - {name: head, op: conv, kernel: 1}
"""


class Reader(HTMLParser):
    """Holds a page to what every browser reads alike: all elements closed in order, attributes once, ids once."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), (tag, names)
        self.tags.append(tag)
        self.ids += [value for name, value in attrs if name == "id" and value]
        assert not [name for name in names if name.startswith("on") or name == "style"], "the policy forbids these"
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert not reader.open
    assert len(reader.ids) == len(set(reader.ids))
    return reader


@pytest.fixture(scope="module")
def page() -> str:
    return page_of(linted(MISALIGNED), linted(BLOCKS, "blocks.yaml"))


def test_it_is_well_formed_and_always_the_same(page: str) -> None:
    read(page)
    assert page == page_of(linted(MISALIGNED), linted(BLOCKS, "blocks.yaml"))


def test_every_id_that_the_script_asks_for_is_there(page: str) -> None:
    asked = set(re.findall(r'byId\("([a-z-]+)"\)', page))
    assert len(asked) > 20
    assert asked <= set(read(page).ids)


def test_it_loads_nothing(page: str) -> None:
    """No address in it but the name of the language that pictures are written in."""
    assert set(re.findall(r"[a-z]+://[^\s\"'`<>)]*", page)) == {"http://www.w3.org/2000/svg"}
    assert not re.findall(r"\b(?:src|href)=\"(?!#)", page.partition("<script>")[0])
    assert not re.findall(r"\b(?:fetch|XMLHttpRequest|WebSocket|EventSource|sendBeacon|importScripts|eval|innerHTML|outerHTML)\b", page)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'; ")
    assert "img-src blob: data:" in policy[1]
    assert "unsafe" not in policy[1]


def test_the_policy_names_the_one_script_and_style(page: str) -> None:
    for tag, rule in (("script", "script-src"), ("style", "style-src")):
        (text,) = re.findall(rf"(?s)<{tag}>(.*?)</{tag}>", page)
        digest = b64encode(sha256(text.encode()).digest()).decode()
        assert f"{rule} 'sha256-{digest}'" in page


def test_names_of_strangers_are_text_in_what_is_packed() -> None:
    name = '</script><img src=x onerror="alert(1)">\x00\u202e'
    spec = linted(BLOCKS)._replace(name=name)
    page = page_of(spec)
    assert read(page).tags == read(page_of(linted(BLOCKS))).tags
    assert "<img" not in page
    assert "\x00" not in page
    assert "\u202e" not in page
    assert blobs(page)["spec-0"]["name"] == name
    assert blobs(page_of(hostile()))["index"][0]["name"] == HOSTILE


def test_boxes_stand_in_blocks_and_lines_between_them(page: str) -> None:
    drawing = blobs(page)["spec-1"]["drawing"]
    assert [(group["name"], group["parent"], group["times"]) for group in drawing["groups"]] == [
        ("stage", -1, 3),
        *((f"stage/{number}", 0, 1) for number in range(3)),
    ]
    outermost, stage, unit = drawing["levels"][:3]
    # image, stem, the stage, head; in the stage a place to come in, three copies, one to leave.
    assert [item[:2] for item in outermost["items"]] == [[0, 0], [0, 1], [1, 0], [0, 11]]
    assert [route[:2] for route in outermost["routes"]] == [[0, 1], [1, 2], [2, 3]]
    assert sorted(item[0] for item in stage["items"]) == [1, 1, 1, 2, 3]
    assert len(stage["routes"]) == 4
    # Into the copy comes a map that is read twice, and leaves one.
    assert sorted(item[0] for item in unit["items"]) == [0, 0, 0, 2, 3]
    assert len(unit["routes"]) == 5
    for level in drawing["levels"]:
        for _, _, left, top, width, height in level["items"]:
            assert left >= 0
            assert top >= 0
            assert left + width <= level["width"] + 0.2
            assert top + height <= level["height"] + 0.2


def test_a_spec_that_could_not_be_analysed_has_its_findings() -> None:
    page = page_of(linted("rflint: 1\nlayers: 3\n"))
    read(page)
    packed = blobs(page)
    assert packed["spec-0"]["layers"] == []
    assert packed["spec-0"]["findings"]
    read(page_of(*SAMPLE.specs))


def test_the_command_writes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(MISALIGNED)
    (tmp_path / "blocks.yaml").write_text(BLOCKS)
    outcome = rflint("report", ".", "--format", "html", "-o", "page.html")
    assert (outcome.code, outcome.out) == (1, "")
    packed = blobs((tmp_path / "page.html").read_text("utf-8"))
    assert [entry["name"] for entry in packed["index"]] == ["blocks", "misaligned"]
    assert packed["index"][1]["errors"] == 1
    refused = rflint("report", "net.yaml", "--format", "html", "--only", "add")
    assert refused.code == 2
    assert "--only" in refused.err


def test_every_part_is_shipped() -> None:
    folder = ROOT / "rflint" / "formatters" / "assets"
    assert {path.suffix for path in folder.iterdir() if path.is_file()} == {".py", ".js", ".css", ".html"}
    page = page_of()
    for path in folder.glob("*.js"):
        text = path.read_text("utf-8")
        assert text in page, f"{path.name} is in no page: name it in rflint/formatters/html.py"
        assert len(text.splitlines()) <= 350, path.name
