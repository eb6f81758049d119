"""`report --with-geometry`: what pictures are drawn from is exact, and enough to draw all that the engine knows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from command_line import MISALIGNED, rflint
from random_nets import JOINED, random_net, to_yaml

from rflint.formatters import render
from rflint.model import Report, summarize
from rflint.pipeline import lint_loaded, load
from rflint.questions import geometry
from rflint.questions.positions import UndefinedError, regions
from rflint.resources import schema_text
from rflint.rules import ENTRIES
from rflint.verdict import Options
from rflint.words import Style

if TYPE_CHECKING:
    from conftest import Golden

    from rflint.engine import Analysis

DATA = Path(__file__).parent / "data" / "geometry"
SCHEMA = jsonschema.Draft202012Validator(json.loads(schema_text("report")))

NETS = {
    "two-paths": MISALIGNED,
    "phases": """\
rflint: 1
name: phases
axes: [t]
inputs: {sound: {size: 24}}
layers:
  - {name: down, op: conv, kernel: 4, stride: 2, dilation: 2, padding: 3}
  - {name: up, op: resize, scale: 3/2, mode: linear}
  - {name: spread, op: conv_transpose, kernel: 3, stride: 4}
  - {name: near, op: attention, window: 4, shift: 1}
  - {name: joined, op: concat, axis: t, from: [near, sound]}
  - {name: all, op: global_avg_pool}
  - {name: gate, op: mul, from: [joined, all], broadcast: true}
  - {name: odd, op: deform}
outputs: [gate, odd]
""",
    "folded": """\
rflint: 1
name: folded
axes: [t]
inputs: {sound: {size: 24}}
layers:
  - {name: even, op: slice, start: 0, step: 2, from: sound}
  - {name: odd, op: slice, start: 1, step: 2, from: sound}
  - {name: focus, op: concat, from: [even, odd]}
""",
    "open-size": """\
rflint: 1
name: open
axes: [t]
inputs: {sound: {size: null}}
layers:
  - {name: half, op: conv, kernel: 3, stride: 2, padding: same}
  - {name: plain, op: conv, kernel: 3, stride: 2, padding: 1, from: sound}
  - {name: fixed, op: adaptive_avg_pool, size: 7, from: plain}
outputs: [half, fixed]
""",
}


def pictured(text: str, name: str = "net.yaml") -> tuple[dict[str, Any], Analysis | None]:
    options = Options(layers=True, geometry=True)
    spec, analysis = lint_loaded(load(text.encode(), name, options), options)
    written = render("json", Report("0", (spec,), summarize((spec,)), ENTRIES), Style(layers=True))
    document = json.loads(written)
    SCHEMA.validate(document)
    return document["specs"][0], analysis


@pytest.mark.parametrize("name", NETS)
def test_golden(name: str, golden: Golden) -> None:
    spec, _ = pictured(NETS[name])
    rows = [f"{layer['name']}: {json.dumps(layer['reads'])}" for layer in spec["layers"]]
    rows += [json.dumps(finding["paths"]) for finding in spec["findings"] if "paths" in finding]
    rows += [f"{path} {number}: {text}" for path, lines in spec["lines"].items() for number, text in lines.items()]
    golden(DATA / f"{name}.txt", "".join(f"{row}\n" for row in rows))


def looked_at(spec: dict[str, Any], axis: int, layer: str, index: int, *, clipped: bool) -> dict[str, set[int]]:
    """By input, the samples that a feature sees: one after the other, from nothing but the document."""
    wanted: dict[str, set[int]] = {layer: {index}}
    for each in reversed(spec["layers"]):
        size = each["size"][axis]
        own = wanted.pop(each["name"], set())
        for read in each["reads"]:
            taps = read["axes"][axis]
            other = next((one["size"][axis] for one in spec["layers"] if one["name"] == read["from"]), None)
            other = other or spec["inputs"].get(read["from"], {}).get("size", [None] * 3)[axis]
            for at in own:
                if taps["taps"] is None or ("span" in taps and not taps["span"][0] <= at <= taps["span"][1]):
                    continue
                if clipped and size is not None and not 0 <= at < size:
                    continue
                turn, phase = divmod(at, taps["period"])
                if (ends := taps["taps"][phase]) is None:
                    continue
                for tap in range(ends[0], ends[1] + 1, ends[2]):
                    sample = tap + turn * taps["advance"]
                    if clipped and other is not None:
                        if read["clamps"]:
                            sample = min(max(sample, 0), other - 1)
                        elif not 0 <= sample < other:
                            continue
                    wanted.setdefault(read["from"], set()).add(sample)
    return {name: wanted[name] for name in spec["inputs"] if wanted.get(name)}


def agree(net: dict[str, Any], *, clipped: bool) -> int:
    """Compare the hulls of some features of every layer; how many were compared."""
    spec, analysis = pictured(to_yaml(net))
    if analysis is None:
        return 0
    compared = 0
    for axis, part in enumerate(analysis.axes):
        sizing = part.valid_cases[0].sizings[0]
        for node, layer in enumerate(spec["layers"], len(analysis.graph.inputs)):
            size = layer["size"][axis]
            for index in sorted({0, 1, 5, (size or 1) - 1, (size or 1) // 2}):
                if size is not None and index >= size:
                    continue
                seen = looked_at(spec, axis, layer["name"], index, clipped=clipped)
                for source, name in enumerate(spec["inputs"]):
                    try:
                        hull = regions(part.program, sizing, source, node, index, index, clipped=clipped)[0]
                    except UndefinedError:
                        continue
                    found = seen.get(name)
                    assert hull == ((min(found), max(found)) if found else None), (layer["name"], index, name, net)
                    compared += 1
    return compared


@pytest.mark.parametrize("clipped", [False, True])
def test_random_nets(clipped: bool) -> None:
    assert sum(agree(random_net(seed, classic=False), clipped=clipped) for seed in range(60)) > 1000
    assert all(agree(net, clipped=clipped) for net in JOINED)


def test_the_command_gives_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(MISALIGNED)
    plain = json.loads(rflint("report", "--format", "json", "net.yaml").out)["specs"][0]
    assert "lines" not in plain
    assert "reads" not in plain["layers"][0]
    assert "reads" in json.loads(rflint("report", "--format", "json", "--with-geometry", "net.yaml").out)["specs"][0]["layers"][0]
    assert rflint("report", "--with-geometry", "net.yaml").code == 2


def test_long_phases_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(geometry, "LISTED", 10)
    layers = "".join("  - {op: conv_transpose, kernel: 9, stride: 9, padding: same}\n  - {op: max_pool, kernel: 9}\n" for _ in range(4))
    spec, _ = pictured(f"rflint: 1\naxes: [t]\ninputs: {{i: {{size: 9}}}}\nlayers:\n{layers}")
    listed = [layer["reads"][0]["axes"][0]["taps"] for layer in spec["layers"]]
    assert [taps is None for taps in listed] == [False, False, True, False, True, False, True, False]
    assert spec["layers"][2]["reads"][0]["axes"][0]["why"] == "beyond-limits"
