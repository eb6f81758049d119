"""For notebooks and scripts: load, analyse, lint; values that travel between processes."""

from __future__ import annotations

import csv
import dataclasses
import doctest
import io
import json
import multiprocessing
import pickle
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

import pytest
from command_line import rflint as command_line
from documentation import ROOT, marks, read

import rflint
from rflint import api
from rflint.testing import assert_clean, assert_sees

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TWO = """\
rflint: 1
name: two
axes: [y, x]
inputs:
  left: {size: [64, 48]}
  right: {size: [64, 48]}
layers:
  - {name: a, op: conv, kernel: 3, padding: 1, from: left}
  - {name: b, op: conv, kernel: 5, stride: 2, padding: 2, from: right}
outputs: [a, b]
expect:
  b: {size: [32, 24]}
"""


def test_the_module_documentation_is_true() -> None:
    result = doctest.testmod(api)
    assert result.attempted > 4
    assert result.failed == 0


def test_the_package_has_nothing_else() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = rflint.nothing


def test_load_text_and_path(tmp_path: Path) -> None:
    path = tmp_path / "two.yaml"
    path.write_text(TWO, encoding="utf-8")
    from_text, from_path, from_name = rflint.load(TWO), rflint.load(path), rflint.load(str(path))
    assert from_path == from_name
    assert from_path.path == str(path)
    assert from_text.data == from_path.data
    assert from_text.analyze() == from_path.analyze()


def test_load_of_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        rflint.load(tmp_path / "nothing.yaml")


@pytest.mark.parametrize(
    ("size", "a", "b"),
    [
        (None, (64, 48), (32, 24)),
        (20, (20, 20), (10, 10)),
        ((20, 30), (20, 30), (10, 15)),
        ([20, None], (20, None), (10, None)),
        ({"left": 20}, (20, 20), (32, 24)),
        ({"left": (20, 30), "right": (None, 8)}, (20, 30), (None, 4)),
        ("unknown", (None, None), (None, None)),
    ],
)
def test_analyze_sizes(size: api.Size | None, a: tuple[int | None, ...], b: tuple[int | None, ...]) -> None:
    network = rflint.load(TWO).analyze(size)
    assert (network["a"].size, network["b"].size) == (a, b)
    # What the window sees is the same at every size.
    assert network["b"].receptive_field["right"].size == (5, 5)
    assert (network.name, network.axes, network.outputs) == ("two", ("y", "x"), ("a", "b"))


def test_expectations_hold_at_declared_sizes_only() -> None:
    spec = rflint.load(TWO.replace("[32, 24]", "[31, 24]"))
    assert "RF601" in [finding.code for finding in spec.lint().findings]
    assert "RF601" not in [finding.code for finding in spec.lint(size=62).findings]


@pytest.mark.parametrize("size", [{"middle": 20}, (1, 2, 3), {"left": (1, 2, 3)}])
def test_sizes_that_do_not_fit(size: api.Size) -> None:
    with pytest.raises(rflint.ArgumentError, match=r"^size: "):
        rflint.load(TWO).analyze(size)


def test_an_unknown_layer_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="c"):
        rflint.load(TWO).analyze()["c"]


def test_a_spec_error_names_places() -> None:
    spec = rflint.load("rflint: 1\nlayers: [\n")
    with pytest.raises(rflint.SpecError, match=r"<text>:\d+: ") as caught:
        spec.analyze()
    assert [finding.code for finding in caught.value.report.findings] == ["RF001"]
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.report) == (str(caught.value), caught.value.report)
    # Linting never raises for a flaw of the spec.
    assert spec.lint() == caught.value.report


def test_a_library_has_no_layers() -> None:
    library = rflint.load("rflint: 1\nblocks:\n  unit:\n    layers:\n      - {op: relu, from: input}\n")
    with pytest.raises(rflint.SpecError, match="it has no layers"):
        library.analyze()


def test_results_are_frozen_dataclasses() -> None:
    network = rflint.load(TWO).analyze()
    layer = network["b"]
    for value, field in ((network, "name"), (layer, "size"), (layer.receptive_field["right"], "size")):
        assert dataclasses.is_dataclass(value)
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(value, field, None)


def test_results_are_pickled_whole() -> None:
    spec = rflint.load(TWO)
    for value in (spec, spec.analyze(), spec.lint(layers=True)):
        assert pickle.loads(pickle.dumps(value)) == value


def _seen(spec: api.Spec) -> tuple[api.Network, int]:
    return spec.analyze(), len(spec.lint().findings)


def test_fifty_specs_in_a_process_pool() -> None:
    """Spawned, so that nothing of this process is inherited: what travels is all there is."""
    specs = [rflint.load(TWO.replace("kernel: 5", f"kernel: {2 * index + 3}")) for index in range(50)]
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert list(pool.map(_seen, specs, chunksize=25)) == [_seen(spec) for spec in specs]


def test_imports_are_relative_to_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nets" / "common").mkdir(parents=True)
    block = "rflint: 1\nblocks:\n  unit:\n    layers:\n      - {name: conv, op: conv, kernel: 7, from: input}\n"
    (tmp_path / "nets" / "common" / "blocks.yaml").write_text(block, encoding="utf-8")
    net = "rflint: 1\nimport: [common/blocks.yaml]\nlayers:\n  - {name: net, use: unit}\n"
    (tmp_path / "nets" / "net.yaml").write_text(net, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert rflint.load("nets/net.yaml").analyze()["net/conv"].receptive_field["input"].size == (7, 7)
    monkeypatch.chdir(tmp_path / "nets")
    assert rflint.load("net.yaml").analyze()["net/conv"].receptive_field["input"].size == (7, 7)
    # A text has no folder, so it imports nothing.
    assert [finding.code for finding in rflint.load(net).lint().findings][:1] == ["RF004"]


# docs/api.md


API_PAGE = read("docs/api.md")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files of the page."""
    for name, text in {**marks.examples(API_PAGE), **marks.files(API_PAGE)}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("project")
def test_every_example_of_the_page_is_true() -> None:
    blocks = re.findall(r"^```python\n(>>> .*?)^```$", API_PAGE, re.MULTILINE | re.DOTALL)
    assert "".join(blocks).count(">>> ") == API_PAGE.count(">>> ") > 40
    runner = doctest.DocTestRunner()
    told: list[str] = []
    runner.run(doctest.DocTestParser().get_doctest("\n".join(blocks), {}, "api.md", "docs/api.md", 0), out=told.append)
    assert not told, "".join(told)


def test_what_is_shown_is_documented() -> None:
    for function in (rflint.lint, rflint.analyze, rflint.locate, rflint.sizes, rflint.tiles):
        assert len(function.__doc__ or "") > 100, function
    for name in set(rflint.__all__) - {"__version__"}:
        assert re.search(rf"`(?:rflint\.)?{name}\b", API_PAGE), name


def _pytest(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # The entry point may be that of another installation: it is blocked, and the plug-in named.
    plugin = ("-p", "no:rflint", "-p", "rflint.testing.pytest_plugin", "-p", "no:cacheprovider")
    command = [sys.executable, "-m", "pytest", *plugin, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=False)


def test_the_tests_of_the_page_pass(project: Path) -> None:
    done = _pytest(project, "-q", "test_detector.py", "net.yaml")
    assert (done.returncode, done.stdout.splitlines()[-1][:8]) == (0, "4 passed"), done.stdout + done.stderr


def test_each_spec_of_a_folder_is_a_test(tmp_path: Path) -> None:
    specs = tmp_path / "specs"
    (specs / "drafts").mkdir(parents=True)
    good = "rflint: 1\nlayers: [{name: a, op: conv, kernel: 3, padding: 1}]\n"
    bad = good.replace("kernel: 3", "kernal: 3")
    for name, text in {"good.yaml": good, "bad.yml": bad, "other.yaml": "a: 1\n", "drafts/bad.yaml": bad}.items():
        (specs / name).write_text(text, encoding="utf-8")
    (tmp_path / "rflint.toml").write_text('exclude = ["drafts"]\n', encoding="utf-8")
    done = _pytest(tmp_path, "--rflint", "-v")
    assert done.returncode == 1
    assert re.findall(r"^(\S+)::rflint (\w+)", done.stdout, re.MULTILINE) == [("specs/bad.yml", "FAILED"), ("specs/good.yaml", "PASSED")]
    assert "error[RF002]: " in done.stdout
    assert "did you mean `kernel`?" in done.stdout
    assert "Traceback" not in done.stdout
    assert _pytest(tmp_path).returncode == 5, "without the switch nothing is collected"
    (tmp_path / "rflint.toml").write_text("exclud = []\n", encoding="utf-8")
    broken = _pytest(tmp_path, "--rflint")
    assert broken.returncode == 1
    assert "rflint.toml: unknown key `exclud`; did you mean `exclude`?" in broken.stdout


def test_pytest_finds_the_plugin() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert '[project.entry-points.pytest11]\nrflint = "rflint.testing.pytest_plugin"\n' in text
    program = "import sys, rflint.testing.pytest_plugin; print(*sorted(name for name in sys.modules if name.startswith('rflint')))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", check=True).stdout
    assert loaded.split() == ["rflint", "rflint.testing", "rflint.testing.pytest_plugin"], "pytest loads it in every run"


# Values


def test_only_the_api_is_shown_and_nothing_of_it_is_imported_before_it_is_used() -> None:
    program = "import sys, rflint; print(*dir(rflint)); print(*sorted(name for name in sys.modules if name.startswith('rflint.')))"
    shown, loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", check=True).stdout.splitlines()
    assert shown.split() == sorted(rflint.__all__)
    assert loaded == ""
    assert {name: getattr(rflint, name) for name in rflint.__all__ if name != "__version__"} == {
        name: getattr(api, name) for name in rflint.__all__ if name != "__version__"
    }


@pytest.mark.parametrize(
    ("size", "told"),
    [
        ("ab", "size: `ab` is not a size; write 321, 321x224, image=321x224, or none for unknown"),
        (0, "size: `0` is out of range; sizes are at least 1 and at most 2,147,483,647"),
        ((20, -5), "size: `(20, -5)` is out of range; sizes are at least 1 and at most 2,147,483,647"),
        (True, 'size: `True` is not a size; write 321, (321, 224), "321x224", {"image": 321}, or "none" for unknown'),
        (2.0, 'size: `2.0` is not a size; write 321, (321, 224), "321x224", {"image": 321}, or "none" for unknown'),
        ((), 'size: `()` is not a size; write 321, (321, 224), "321x224", {"image": 321}, or "none" for unknown'),
        (("20", "30"), 'size: `(\'20\', \'30\')` is not a size; write 321, (321, 224), "321x224", {"image": 321}, or "none" for unknown'),
        ({"middle": 20}, "size: no input is named `middle` (inputs: left, right)"),
        ({"left": "right=20"}, "size: `right=20` names an input, and so does its key `left`"),
        ((1, 2, 3), "size: 3 sizes for 2 axes (y, x)"),
    ],
)
def test_sizes_are_refused_by_the_name_of_the_parameter(size: api.Size, told: str) -> None:
    for ask in (rflint.lint, rflint.analyze, rflint.sizes):
        with pytest.raises(rflint.ArgumentError) as caught:
            ask(TWO, size)
        assert str(caught.value) == told


class Whole:
    """A whole number of some library."""

    def __init__(self, value: int) -> None:
        self.value = value

    def __index__(self) -> int:
        return self.value


class Array:
    """An array of some library: it is no sequence, and a whole number only if it has one entry."""

    def __init__(self, *values: int) -> None:
        self.values = values

    def __iter__(self) -> Iterator[Whole]:
        return map(Whole, self.values)

    def __index__(self) -> int:
        if len(self.values) > 1:
            raise TypeError("only integer scalar arrays can be converted to a scalar index")
        return self.values[0]


def test_whole_numbers_of_other_libraries() -> None:
    for size in (Whole(20), Array(20), Array(20, 20), [Whole(20), 20]):
        assert rflint.analyze(TWO, size)["a"].size == (20, 20)  # type: ignore[arg-type] # no sequence, and it works
        assert rflint.locate(TWO, "a", at=size).region == ((19, 21), (19, 21))  # type: ignore[arg-type] # as above


@pytest.mark.parametrize("text", ["20", "20x30", "left=20", "none", "?x8"])
def test_texts_are_sizes_as_on_the_command_line(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "two.yaml").write_text(TWO, encoding="utf-8")
    told = json.loads(command_line("report", "--format", "json", "--size", text, "two.yaml").out)
    assert rflint.analyze("two.yaml", text).to_dict() == told
    refused = command_line("check", "--size", "3 x 3", "two.yaml").err.removeprefix("rflint: --")
    with pytest.raises(rflint.ArgumentError) as caught:
        rflint.lint("two.yaml", "3 x 3")
    assert f"{caught.value}\n" == refused


def test_plain_data_is_what_the_commands_print(project: Path) -> None:
    spec = rflint.load("net.yaml")
    asked: dict[tuple[str, ...], dict[str, object]] = {
        ("check", "net.yaml"): spec.lint().to_dict(),
        ("report", "net.yaml"): spec.analyze().to_dict(),
        ("locate", "net.yaml", "head", "--at", "3,4", "--pixel", "7"): spec.locate("head", (3, 4), pixel=7).to_dict(),
        ("locate", "net.yaml", "head", "--from", "stages/0"): spec.locate("head", on="stages/0").to_dict(),
        ("sizes", "net.yaml"): spec.sizes().to_dict(),
        ("tiles", "net.yaml", "head", "--tile", "512x256"): spec.tiles("head", tile=(512, 256)).to_dict(),
    }
    for (command, *arguments), found in asked.items():
        assert json.loads(command_line(command, *arguments, "--format", "json").out) == found, command
    text = {
        ("check", "net.yaml"): spec.lint(),
        ("report", "net.yaml"): spec.analyze(),
        ("locate", "net.yaml", "head"): spec.locate("head"),
        ("sizes", "net.yaml"): spec.sizes(),
        ("tiles", "net.yaml"): spec.tiles(),
    }
    for (command, *arguments), value in text.items():
        assert command_line(command, *arguments).out.rstrip("\n") == str(value), command


def _cell(value: object) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def test_rows_are_those_of_the_csv_format(project: Path) -> None:
    rows = rflint.analyze("net.yaml").to_rows()
    printed = list(csv.DictReader(io.StringIO(command_line("report", "--format", "csv", "net.yaml").out)))
    assert [{key: _cell(value) for key, value in row.items()} for row in rows] == printed
    assert {type(row["stride"]) for row in rows} == {int}


def test_rows_of_sizes() -> None:
    one = "rflint: 1\nlayers:\n  - {name: a, op: conv, kernel: 2, stride: 2}\n"
    assert [(row["layer"], row["sizes"], row["drift"]) for row in rflint.sizes(one).to_rows()] == [
        ("a", "n a multiple of 2", 0),
        ("a", "n ≡ 1 (mod 2)", -0.5),
    ]
    # Of several open inputs, each for itself.
    assert rflint.sizes(TWO).to_rows() == [{"input": name, "axes": "y x", "sizes": "any n"} for name in ("left", "right")]
    # Whatever is declared: what is not fixed is open.
    assert {row["input"] for row in rflint.sizes(TWO, "left=64").to_rows()} == {"right"}
    assert rflint.sizes(TWO, 64).to_rows() == []


def test_findings_follow_configuration_and_baseline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text("rflint: 1\ninputs: {i: {size: 64}}\nlayers: [{name: a, op: conv, kernel: 4, padding: same}]\n")
    assert not rflint.lint("net.yaml")
    assert [finding.code for finding in rflint.lint("net.yaml").failing] == ["RF301"]
    (tmp_path / "rflint.toml").write_text('fail-on = "error"\n')
    assert rflint.lint("net.yaml").ok
    (tmp_path / "rflint.toml").write_text('ignore = ["RF301"]\n')
    assert "RF301" not in [finding.code for finding in rflint.lint("net.yaml").findings]
    (tmp_path / "rflint.toml").write_text('baseline = "known.json"\n')
    with pytest.raises(rflint.UsageError, match=r"there is no baseline `known.json`"):
        rflint.lint("net.yaml")
    command_line("check", "--write-baseline", "net.yaml")
    assert rflint.lint("net.yaml").ok
    assert [finding.baselined for finding in rflint.lint("net.yaml").findings if finding.code == "RF301"] == [True]
    # A text is nobody's.
    assert not rflint.lint((tmp_path / "net.yaml").read_text())


def test_instances_inputs_and_misspelt_names() -> None:
    block = "blocks: {unit: {layers: [{name: conv, op: conv, kernel: 3}]}}\n"
    network = rflint.analyze(
        f"rflint: 1\nname: net\n{block}layers:\n  - {{name: none, use: unit, repeat: 0}}\n  - {{name: two, use: unit, repeat: 2}}\n"
    )
    assert [layer.name for layer in network] == ["two/0/conv", "two/1/conv"]
    assert network["two"] is network["two/1"] is network["two/1/conv"] is network.layers[-1]
    assert network.layers[0] in network
    assert ("two" in network, "none" in network, "input" in network, 3 in network) == (True, False, False, False)
    assert set(network._ipython_key_completions_()) >= {"two", "two/0", "two/0/conv"}
    for name, told in {
        "none": "`none` stands for the input `input` of `net`, and no layer: `inputs` has what is known of it",
        "input": "`input` is an input of `net`, and no layer: `inputs` has what is known of it",
        "twoo": "`net` has no layer `twoo`; did you mean `two`?",
        0: "`net` has no layer `0`: by number they are in `layers`",
    }.items():
        with pytest.raises(KeyError) as caught:
            network[name]
        assert str(caught.value) == told


def test_a_location_names_what_it_refuses() -> None:
    merged = f"{TWO.partition('outputs:')[0]}  - {{name: c, op: concat, from: [a, a2]}}\n"
    merged = merged.replace("  - {name: c", "  - {name: a2, op: conv, kernel: 1, from: right}\n  - {name: c")
    assert rflint.locate(merged, "a", at=1).source == "left"
    for arguments, told in (
        ({"layer": "c", "at": 1}, "on: `c` depends on `left` and `right`; name one of them"),
        ({"layer": "a", "at": (64, 0)}, "at: feature 64 lies outside of `a`, which has features 0 to 63 on y"),
        ({"layer": "a", "at": (0, -1)}, "at: feature -1 lies outside of `a`, which has features 0 to 47 on x"),
        ({"layer": "a", "at": (1, 2, 3)}, "at: 3 numbers for 2 axes (y, x)"),
        ({"layer": "a", "pixel": 1.5}, "pixel: `1.5` is not a position; write one whole number per axis (y, x)"),
        ({"layer": "a", "at": 1, "on": "c"}, "on: `c` does not come before `a`"),
        ({"layer": "aa", "at": 1}, "layer: `two` has no layer `aa`; did you mean `a` or `a2`?"),
    ):
        with pytest.raises(rflint.ArgumentError) as caught:
            rflint.locate(merged, **arguments)  # type: ignore[arg-type] # each is right but for what it is refused for
        assert str(caught.value).startswith(told.partition(";")[0])


def test_texts_are_told_from_paths(tmp_path: Path) -> None:
    for text in ("rflint: 1", '{"rflint": 1, "layers": []}', "rflint: 1\n"):
        assert rflint.load(text).text == text
    assert rflint.load(spec := rflint.load(TWO)) is spec
    with pytest.raises(FileNotFoundError):
        rflint.load("net.yaml")


def test_reprs_are_short(project: Path) -> None:
    spec = rflint.load("net.yaml")
    network, report = spec.analyze(), spec.lint(size=224)
    values = (spec, rflint.load(TWO), report, network, network.layers[0], report.findings[0], report.spec, spec.tiles())
    values = (*values, spec.locate("head"), spec.locate("head", 1), spec.locate("head", pixel=1), spec.sizes())
    for value in values:
        assert len(repr(value)) < 220, value
        assert repr(value).startswith("<")


def test_tables_show_what_strangers_wrote_as_text() -> None:
    text = 'rflint: 1\nname: "<b>"\nlayers:\n  - {name: "<script>", op: conv, kernel: 4, padding: same}\n'
    spec = rflint.load(text)
    answers = (spec.lint(size=8), spec.analyze(8), spec.locate("<script>", 1, size=8), spec.locate("<script>", size=8))
    for value in (*answers, spec.sizes(), spec.tiles()):
        shown = value._repr_html_()
        assert "&lt;" in shown
        assert "<script>" not in shown
        assert "<b>" not in shown
        assert [element.tag for element in ET.fromstring(shown)][:1] == ["caption"]
    many = rflint.analyze("rflint: 1\nlayers:\n  - {name: r, op: relu, repeat: 100}\n")._repr_html_()
    assert many.count("<tr>") == 62
    assert "… 40 more rows …" in many
    assert "nothing" in rflint.lint("rflint: 1\nlayers: [{op: relu}]")._repr_html_()


def test_a_spec_without_a_name_is_called_by_its_file(tmp_path: Path) -> None:
    text = "rflint: 1\nlayers: [{op: conv, kernel: 3}]\n"
    for file, name in [("net.yaml", "net"), ("deep.rflint.yaml", "deep")]:
        (tmp_path / file).write_text(text)
        assert rflint.analyze(tmp_path / file).name == rflint.lint(tmp_path / file).name == name
    assert rflint.analyze(text).name == "text"


def test_infos_are_summed_up_where_they_do_not_fail() -> None:
    layers = "[{op: conv, kernel: 3, stride: 2, padding: 1}, {op: conv, kernel: 4, padding: same}]"
    spec = rflint.load(f"rflint: 1\nname: net\ninputs: {{image: {{size: 64}}}}\nlayers: {layers}\n")
    report = spec.lint()
    assert str(report).startswith("warning[RF301]")
    assert "1 info  RF305 uneven-border" in str(report)
    with pytest.raises(AssertionError, match=r"^\nwarning\[RF301\]"):
        assert_clean(spec)


def test_assertions_name_what_is_not_seen() -> None:
    spec = rflint.load(TWO)
    assert_sees(spec, "b", 4)
    with pytest.raises(
        AssertionError, match=r"^`b` does not see 5x9 samples of `right` .*: on y and x, 4 are guaranteed, and 5 seen at best$"
    ):
        assert_sees(spec, "b", (5, 9))
    assert_sees(spec, "b", 4, on="right", input_size="none")
    with pytest.raises(rflint.ArgumentError, match="size: 3 sizes for 2 axes"):
        assert_sees(spec, "b", "1x2x3")
    with pytest.raises(rflint.ArgumentError, match="on: `two` has no input `rihgt`; did you mean `right`"):
        assert_sees(spec, "b", 3, on="rihgt")
    with pytest.raises(AssertionError, match="that is not known"):
        assert_sees(spec, "b", 3, on="left")
    with pytest.raises(AssertionError, match=r"info\[RF305\]"):
        assert_clean(spec, fail_on="info")
    assert_clean(spec)
