"""Topics: rules that are not asked of a network would have found nothing in it, and a clean check imports no more than it needs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rflint.engine import analyze
from rflint.model import RuleEntry
from rflint.pipeline import load
from rflint.questions.topics import topics
from rflint.rules import ENTRIES
from rflint.verdict import Options

ROOT = Path(__file__).resolve().parents[1]
SPECS = sorted([*(ROOT / "tests/cases").glob("*/*.yaml"), *(ROOT / "specs").glob("*.yaml")])
ASKED = [entry for entry in ENTRIES if entry.topics]

#: Specs of one layer, with findings and without.
CLEAN = """\
rflint: 1
name: n
inputs: {image: {size: 224, channels: 3}}
layers:
  - {name: c, op: conv, kernel: 3, padding: 1, channels: 4}
"""
STRIDED = CLEAN.replace("padding: 1", "stride: 2, padding: 1")


def silent(entry: RuleEntry, there: frozenset[str]) -> bool:
    return there.isdisjoint(entry.topics)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_rules_that_are_not_asked_have_nothing_to_say(path: Path) -> None:
    graph = load(path.read_bytes(), path.name, Options()).graph
    if graph is not None:
        analysis = analyze(graph)
        there = topics(analysis)
        told = {entry.code for entry in ASKED if silent(entry, there) and list(entry.load().check(analysis))}  # type: ignore[misc]
        assert told == set()


def test_every_rule_is_left_out_somewhere_but_those_about_any_network() -> None:
    left_out: set[str] = set()
    for path in SPECS[::5]:
        if (graph := load(path.read_bytes(), path.name, Options()).graph) is not None:
            there = topics(analyze(graph))
            left_out |= {entry.code for entry in ASKED if silent(entry, there)}
    assert {entry.code for entry in ASKED} - left_out == {entry.code for entry in ASKED if "network" in entry.topics}


@pytest.mark.parametrize(
    ("fields", "there"),
    [
        ("kernel: 3, padding: 1", set()),
        ("kernel: 3, padding: same", set()),
        ("kernel: 3, padding: 2", set()),
        ("kernel: 3, padding: 3", {"shifts"}),
        ("kernel: 3, dilation: 2, padding: 4", {"dilations"}),
        ("kernel: 3, dilation: 2, padding: 5", {"dilations", "shifts"}),
        ("kernel: 3, padding: [[1, 0]]", {"shifts"}),
        ("kernel: 3, padding: [[0, 1]]", {"shifts"}),
        ("kernel: 3, padding: [[-1, 1]]", {"gaps", "shifts"}),
        ("kernel: 3, padding: -1", {"gaps"}),
        ("kernel: 3, stride: 2, padding: 1", {"gaps", "shifts"}),
        ("kernel: 3, stride: 2, padding: same", {"gaps", "shifts"}),
        ("kernel: 4", {"even kernels"}),
        ("kernel: 125, padding: 62", set()),
        ("kernel: 127, padding: 63", {"whole views"}),
    ],
)
def test_topics_of_a_window(fields: str, there: set[str]) -> None:
    spec = f"rflint: 1\naxes: [x]\ninputs: {{image: {{size: 64}}}}\nlayers:\n  - {{name: c, op: conv, {fields}}}\n"
    graph = load(spec.encode(), "net.yaml", Options()).graph
    assert graph is not None
    assert topics(analyze(graph)) - {"off-center windows"} == {"network", *there}


#: Modules of rflint that a check of one file loads, and changes of module within one lint of it: counts, which no load on the
#: machine moves.  A line of code more may cost some; much more means that something is loaded, or asked, that need not be.
MOST_MODULES = {CLEAN: 120, STRIDED: 150}
MOST_CHANGES = {CLEAN: 120, STRIDED: 220}


@pytest.mark.parametrize("text", [CLEAN, STRIDED], ids=["clean", "strided"])
def test_modules_that_a_check_loads(text: str, tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(text, encoding="utf-8")
    script = (
        "import sys; from rflint.cli.dispatch import run; run(['check', '--isolated', '-q', 'net.yaml'])"
        "\nprint(*sorted(name for name in sys.modules if name.startswith('rflint')), file=sys.stderr)"
    )
    # A variable that rflint does not know is told, which loads what finds the nearest one.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("RFLINT_")}
    command = [sys.executable, "-I", "-c", script]
    outcome = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=True)
    loaded = outcome.stderr.split()
    assert 50 < len(loaded) <= MOST_MODULES[text], loaded


@pytest.mark.parametrize("text", [CLEAN, STRIDED], ids=["clean", "strided"])
def test_changes_of_module_in_one_lint(text: str) -> None:
    script = f"""
import sys
from rflint.pipeline import lint_bytes
text = {text.encode()!r}
lint_bytes(text, "net.yaml")
changes, last = 0, ""
def count(frame, event, _):
    global changes, last
    module = frame.f_globals.get("__name__", "")
    if event == "call" and module.startswith("rflint") and module != last:
        changes, last = changes + 1, module
sys.setprofile(count)
lint_bytes(text, "net.yaml")
sys.setprofile(None)
print(changes)
"""
    outcome = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True)
    assert 50 < int(outcome.stdout) <= MOST_CHANGES[text]
