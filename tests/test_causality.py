"""Causal axes: all spellings of a causal window are one, and nothing that rflint proposes reads further ahead."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest
from documentation import ROOT
from random_nets import random_net, to_yaml
from test_brute import check, lint

import rflint
from rflint.engine import frame_center, newest_samples
from rflint.fixing.mending import apply, edits_of
from rflint.pipeline import lint_bytes
from rflint.questions import location
from rflint.verdict.options import Options

if TYPE_CHECKING:
    from random_nets import Net

    from rflint.model import Diagnostic, SpecReport
    from rflint.model.layers import ReceptiveField

CASES = int(os.environ.get("RFLINT_CASES", "400"))
CHUNKS = 4


def judged(layers: str, *, head: str = "", size: int = 400) -> SpecReport:
    text = f"rflint: 1\naxes: [t]\n{head}inputs: {{x: {{size: {size}, channels: 8}}}}\nlayers:\n{layers}"
    return lint_bytes(text.encode(), "net.yaml", Options(layers=True))


def field(report: SpecReport, layer: str) -> ReceptiveField:
    return next(each for each in report.layers if each.name == layer).receptive_field["x"]


def codes(report: SpecReport) -> set[str]:
    return {each.code for each in report.findings}


SPELLINGS = {
    "word": "  - {name: w, op: conv, kernel: K, stride: S, dilation: D, padding: causal}\n",
    "pair": "  - {name: w, op: conv, kernel: K, stride: S, dilation: D, padding: [[R, 0]]}\n",
    "pad": "  - {name: p, op: pad, padding: [[R, 0]]}\n  - {name: w, op: conv, kernel: K, stride: S, dilation: D}\n",
}
#: Behind a window of stride 1 what is too much can be taken off again.
CHOMPS = {
    "crop": "  - {name: c, op: conv, kernel: K, dilation: D, padding: R}\n  - {name: w, op: crop, crop: [[0, R]]}\n",
    "slice": "  - {name: c, op: conv, kernel: K, dilation: D, padding: R}\n  - {name: w, op: slice, stop: -R}\n",
    "crop_like": "  - {name: c, op: conv, kernel: K, dilation: D, padding: R}\n  - {name: w, op: crop_like, start: 0, from: [c, x]}\n",
    "pad_like": "  - {name: c, op: conv, kernel: K, dilation: D, padding: R}\n  - {name: w, op: pad_like, align: start, from: [c, x]}\n",
}


@pytest.mark.parametrize(("kernel", "stride", "dilation"), [(2, 1, 1), (3, 1, 4), (5, 1, 1), (4, 2, 1), (8, 4, 1), (3, 2, 2)])
@pytest.mark.parametrize("way", [*SPELLINGS, *CHOMPS])
def test_all_spellings_are_one(way: str, kernel: int, stride: int, dilation: int) -> None:
    if way in CHOMPS and stride > 1:
        return
    values = {"K": kernel, "S": stride, "D": dilation, "R": dilation * (kernel - 1)}
    layers = re.sub(r"\b[KSDR]\b", lambda name: str(values[name[0]]), {**SPELLINGS, **CHOMPS}[way])
    report = judged(
        layers + f"  - {{name: every, op: conv, kernel: 1, stride: {stride}, from: x}}\n  - {{name: sum, op: add, from: [w, every]}}\n"
    )
    assert field(report, "sum").lookahead == (0,)
    assert field(report, "sum").aligned == (True,)
    assert field(report, "w").center == (0.0,)
    assert not codes(report) & {"RF102", "RF301", "RF302", "RF305", "RF306", "RF104"}


@pytest.mark.parametrize("size", [399, 400, 401])
@pytest.mark.parametrize("padding", ["causal", "[[0, 4]]"])
def test_a_decoder_that_is_trimmed_at_the_end_is_causal(padding: str, size: int) -> None:
    report = judged(
        "  - {name: enc, op: conv, kernel: 8, stride: 4, padding: causal}\n"
        f"  - {{name: dec, op: conv_transpose, kernel: 8, stride: 4, padding: {padding}}}\n",
        size=size,
    )
    assert field(report, "dec").lookahead == (0,)
    assert "RF306" not in codes(report)


def test_a_crop_behind_a_decoder_is_its_trimming() -> None:
    report = judged(
        "  - {name: enc, op: conv, kernel: 8, stride: 4, padding: causal}\n"
        "  - {name: dec, op: conv_transpose, kernel: 8, stride: 4}\n"
        "  - {name: late, op: crop, crop: [[4, 0]]}\n"
    )
    (found,) = [each for each in report.findings if each.code == "RF306"]
    assert (found.layer, found.data["shift"], found.data["padding"]) == ("dec", 4.0, [4, 0])
    assert field(report, "late").lookahead == (4,)


@pytest.mark.parametrize(
    ("layers", "lookahead"),
    [
        ("  - {name: out, op: conv, kernel: 5, padding: 2}\n", 2),
        ("  - {name: out, op: conv, kernel: 5}\n", 0),
        ("  - {name: out, op: conv, kernel: 5, stride: 5}\n", 4),
        ("  - {name: out, op: slice, start: 3}\n", 0),
        ("  - {name: out, op: pad, padding: [[3, 0]]}\n", -3),
        ("  - {name: out, op: rnn, direction: forward}\n", 0),
        ("  - {name: out, op: rnn}\n", None),
        ("  - {name: out, op: attention}\n", None),
        ("  - {name: out, op: attention, causal: true}\n", 0),
        ("  - {name: out, op: attention, window: 4}\n", 3),
        ("  - {name: out, op: attention, window: 4, causal: true}\n", 0),
        ("  - {name: first, op: conv, kernel: 3, padding: 1}\n  - {name: out, op: rnn, direction: forward}\n", 1),
        ("  - {name: down, op: max_pool, kernel: 4}\n  - {name: out, op: resize, scale: 4}\n", 3),
        ("  - {name: gate, op: squeeze_excite}\n  - {name: out, op: conv, kernel: 3}\n", None),
    ],
)
def test_how_far_ahead(layers: str, lookahead: int | None) -> None:
    report = judged(layers)
    assert field(report, "out").lookahead == (lookahead,)
    if lookahead is None:
        assert field(report, "out").why["lookahead"] == "global"


def test_a_look_ahead_is_expected() -> None:
    layers = "  - {name: out, op: conv, kernel: 5, padding: 2}\n"
    assert "RF601" not in codes(judged(layers + "expect: {out: {lookahead: 2}}\n"))
    (found,) = [each for each in judged(layers + "expect: {out: {lookahead: 0}}\n").findings if each.code == "RF601"]
    assert "2" in found.message


def test_what_a_spec_declares_is_an_error() -> None:
    layers = "  - {name: out, op: conv, kernel: 5, padding: 2}\n"
    assert "RF306" not in codes(judged(layers))
    (found,) = judged(layers, head="causal: [t]\n").findings
    assert (found.code, found.severity, found.data["shift"]) == ("RF306", "error", 2.0)
    (unknown,) = judged("  - {name: out, op: conv, kernel: 5}\n", head="causal: [q]\n").findings
    assert (unknown.code, unknown.message) == ("RF004", "no axis is named `q`; axes: `t`")


def test_one_causal_window_among_others_proves_nothing() -> None:
    report = judged("  - {name: even, op: conv, kernel: 5, padding: 2}\n  - {name: odd, op: conv, kernel: 3, padding: [[2, 0]]}\n")
    (found,) = [each for each in report.findings if each.code == "RF302"]
    assert found.help is not None
    assert "`padding: causal`" in found.help
    assert found.fix is None


def test_what_has_come_is_what_is_located() -> None:
    report = rflint.load(
        "rflint: 1\naxes: [t]\ninputs: {x: {size: 100}}\nlayers:\n"
        "  - {name: past, op: rnn, direction: forward}\n  - {name: next, op: conv, kernel: 3, stride: 2, padding: 1}\n"
    )
    assert report.analyze()["next"].receptive_field["x"].lookahead == (1,)
    from test_brute import analysis

    net: Net = {
        "axes": ["t"],
        "inputs": {"x": {"size": [100]}},
        "layers": [
            {"name": "past", "op": "rnn", "direction": "forward", "axis": "t", "from": "x"},
            {"name": "next", "op": "conv", "kernel": 3, "stride": 2, "padding": 1, "from": "past"},
        ],
    }
    analysed = analysis(net)
    for index in (0, 1, 49):
        (past,) = location.feature(analysed, 0, 1, (index,))
        assert past.region == past.clipped == (0, index)
        (following,) = location.feature(analysed, 0, 2, (index,))
        assert following.clipped == (0, min(2 * index + 1, 99))
    (pixel,) = location.pixel(analysed, 0, 1, (40,))
    assert pixel.features == (40, 99)


def test_a_recurrence_that_runs_forward_is_no_summary() -> None:
    layers = "  - {name: past, op: rnn, direction: forward}\n  - {name: sum, op: add, from: [past, x]}\n"
    assert "RF501" not in codes(judged(layers))
    assert "RF501" in codes(judged(layers.replace("forward", "both")))


def furthest(report: SpecReport) -> dict[tuple[str, str], tuple[int | None, ...]]:
    by_name = {layer.name: layer for layer in report.layers}
    return {(name, source): seen.lookahead for name in report.outputs for source, seen in by_name[name].receptive_field.items()}


def worse(before: SpecReport, after: SpecReport, causal: set[int]) -> bool:
    """Whether an output reads further ahead on one of these axes."""
    old, new = furthest(before), furthest(after)
    return any(
        own is None or own > known
        for at in old.keys() & new.keys()
        for axis, (known, own) in enumerate(zip(old[at], new[at], strict=True))
        if axis in causal and known is not None
    )


def advice(net: Net) -> list[str]:
    """Fixes, and what helps say to give to layers, by which an output of a causal network reads further ahead."""
    from test_brute import analysis

    text = to_yaml(net)
    report = lint(net, select=("RF",))
    if any(each.code == "RF008" for each in report.findings):
        report = report._replace(findings=tuple(each for each in report.findings if each.code == "RF008"))
    causal = {axis for axis, part in enumerate(analysis(net).axes) if part.program.causal}
    found = []
    for each in report.findings:
        changed = [apply(text, edits_of([each]))] if each.fix is not None else []
        # What cannot run is mended in its sizes first.
        changed += _followed(text, each)
        for after in changed:
            again = lint_bytes(after.encode(), "net.yaml", Options(layers=True))
            if again.layers and worse(report, again, causal):
                found.append(f"{each.code} at {each.layer}: {each.help}\n{after}")
    return found


def _followed(text: str, finding: Diagnostic) -> list[str]:
    """The text with each `give `layer` `padding: …`` of a help done as it says."""
    changed = []
    for name, key, value in re.findall(r"give `(\w+)` `(padding|output_padding|start|kernel|crop): ([^`]*)`", finding.help or ""):
        lines = text.splitlines()
        place = next(number for number, line in enumerate(lines) if line.startswith(f"  - {{name: {name},"))
        rest = re.sub(rf", {key}: (\[\[.*?\]\]|\[.*?\]|[^,}}]*)", "", lines[place])
        lines[place] = rest[:-1] + f", {key}: {value}}}"
        changed.append("\n".join(lines) + "\n")
    return changed


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_no_advice_reads_further_ahead(chunk: int) -> None:
    for seed in range(chunk, CASES // 4, CHUNKS):
        check(random_net(6 * 10**6 + seed, classic=seed % 2 == 0, axes=[1, 1, 1, 2], past=True), advice)


def test_the_codec_of_the_zoo_waits_for_a_frame() -> None:
    network = rflint.load(ROOT / "specs" / "encodec_24khz.yaml").analyze()
    (source,) = network[network.outputs[0]].receptive_field
    assert {network[name].receptive_field[source].lookahead for name in network.outputs} == {(319,)}


@pytest.mark.parametrize("stride", [1, 2, 3, 8])
def test_newest_samples_of_a_frame_are_those_that_it_is_placed_by(stride: int) -> None:
    every = range(-20, 40)
    for center in range(-12, 24):
        assert list(newest_samples(center, stride)) == [sample for sample in every if frame_center(sample, stride) == center]
