"""`rflint diff`: the sides that it takes, what it prints, how it ends; the scenario of a pull request, in a real repository."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from command_line import CLEAN, MISALIGNED, rflint

from rflint.formatters.diff_markdown import MARKER, ROOM
from rflint.resources import schema_text

if TYPE_CHECKING:
    from command_line import Outcome
    from conftest import Golden

DATA = Path(__file__).parent / "data" / "diff"

git_there = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


def git(*argv: str) -> str:
    environ = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    command = ("git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "init.defaultBranch=main", *argv)
    done = subprocess.run(command, env=environ, capture_output=True, encoding="utf-8", check=True, stdin=subprocess.DEVNULL)
    return done.stdout.strip()


def put(name: str, text: str) -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text, encoding="utf-8")


def commit(message: str) -> str:
    git("add", "--all")
    git("commit", "--quiet", "--allow-empty", "--message", message)
    return git("rev-parse", "HEAD")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "project"
    home.mkdir()
    monkeypatch.chdir(home)
    return home


@pytest.fixture
def repository(folder: Path) -> Path:
    """A repository with one commit on `main`: a clean spec in `specs`."""
    git("init", "--quiet")
    put("specs/net.yaml", CLEAN)
    commit("first")
    return folder


WIDE = CLEAN.replace("kernel: 3", "kernel: 5")
SEEN = f"{CLEAN}targets: [{{name: dot, size: 3, layer: conv1}}]\n"
BLIND = SEEN.replace("kernel: 3", "kernel: 1")
NOTHING = "No changes in 1 spec.\n"


def quiet(outcome: Outcome) -> str:
    assert outcome.err == ""
    return outcome.out


# The scenario: two branches; a U-Net that lost a level, a stage renamed, a detector whose head lost a stage, one spec untouched, one broken


@pytest.fixture
def scenario(folder: Path) -> Path:
    git("init", "--quiet")
    shutil.copytree(DATA / "old" / "specs", "specs")
    commit("as it was")
    git("checkout", "--quiet", "-b", "candidate")
    shutil.rmtree("specs")
    shutil.copytree(DATA / "new" / "specs", "specs")
    return folder


SHOWN = {
    "text.txt": ("--format", "text"),
    "summary.txt": ("--format", "text", "--summary-only"),
    "comment.md": ("--format", "markdown"),
    "summary.md": ("--format", "markdown", "--summary-only"),
    "page.html": ("--format", "html"),
    "diff.json": ("--format", "json"),
}


@git_there
@pytest.mark.parametrize("name", SHOWN)
@pytest.mark.parametrize("committed", [False, True])
def test_scenario(name: str, committed: bool, scenario: Path, golden: Golden) -> None:
    if committed:
        commit("as it is")
        argv = ["main", "candidate", "--", "specs"]
    else:
        argv = ["main", "--", "specs"]
    outcome = rflint("diff", *SHOWN[name], *argv)
    assert (outcome.code, outcome.err) == (1, "")
    text = outcome.out
    if committed:
        for now, here in (
            ("`candidate`", "the working tree"),
            ("<code>candidate</code>", "the working tree"),
            ("and candidate<", "and the working tree<"),
            ('"candidate"', '"the working tree"'),
        ):
            text = text.replace(now, here)
    golden(DATA / name, text)


@git_there
def test_scenario_is_worth_reading(scenario: Path) -> None:
    document = json.loads(rflint("diff", "main", "--format", "json").out)
    jsonschema.validate(document, json.loads(schema_text("diff")))
    status = {spec["path"].partition("/")[2]: spec["status"] for spec in document["specs"]}
    assert status == {
        "blocks.yaml": "same",
        "classifier.yaml": "same",
        "depth.yaml": "unsound",
        "detector.yaml": "changed",
        "edges.yaml": "same",
        "unet.yaml": "changed",
    }
    by_name = {spec["name"]: spec for spec in document["specs"]}
    assert [move["old"] for move in by_name["classifier"]["moves"]] == ["stage1", "stage2"]
    assert by_name["detector"]["changes"][0]["kind"] == "target"
    text = rflint("diff", "main", "--color", "never").out
    assert all(len(line) <= 80 for line in text.splitlines())


# Sides


def test_files() -> None:
    put("old.yaml", CLEAN)
    put("new.yaml", WIDE)
    outcome = rflint("diff", "old.yaml", "new.yaml")
    assert (outcome.code, outcome.err) == (0, "")
    assert "`conv1` sees 5 px instead of 3" in outcome.out
    assert quiet(rflint("diff", "old.yaml", "old.yaml")) == NOTHING


def test_folders() -> None:
    put("old/net.yaml", CLEAN)
    put("new/net.yaml", WIDE)
    put("old/deep/other.yaml", MISALIGNED)
    put("new/deep/other.yaml", MISALIGNED)
    outcome = rflint("diff", "old", "new")
    assert "`conv1` sees 5 px instead of 3" in outcome.out
    assert "new/net.yaml\n" in outcome.out
    assert "1 other spec: 1 unchanged." in outcome.out


def test_a_model() -> None:
    put("tiny.cfg", "[net]\nheight=32\nwidth=32\nchannels=3\n\n[convolutional]\nfilters=8\nsize=3\nstride=1\npad=1\n")
    put("tiny.yaml", rflint("import", "tiny.cfg").out)
    outcome = rflint("diff", "tiny.yaml", "tiny.cfg")
    assert (outcome.code, outcome.out) == (0, NOTHING)
    assert outcome.err.startswith("rflint: tiny.cfg: ")


@git_there
def test_a_revision_and_the_working_tree(repository: Path) -> None:
    assert quiet(rflint("diff", "main")) == NOTHING
    put("specs/net.yaml", WIDE)
    for argv in (
        ["main"],
        ["HEAD", "--", "specs"],
        ["main", "specs/net.yaml"],
        ["HEAD:specs/net.yaml", "specs/net.yaml"],
        ["HEAD:specs", "specs"],
    ):
        outcome = rflint("diff", *argv)
        assert (outcome.code, outcome.err) == (0, "")
        assert "`conv1` sees 5 px instead of 3" in outcome.out, argv
        assert "\nspecs/net.yaml\n" in outcome.out


@git_there
def test_two_revisions(repository: Path) -> None:
    first = git("rev-parse", "HEAD")
    put("specs/net.yaml", WIDE)
    commit("second")
    for argv in (["HEAD~1", "HEAD"], [first, "main", "--", "specs"], [f"{first[:12]}:specs/net.yaml", "main:specs/net.yaml"]):
        assert "`conv1` sees 5 px instead of 3" in quiet(rflint("diff", *argv)), argv
    assert "`conv1` sees 3 px instead of 5" in quiet(rflint("diff", "HEAD", "HEAD~1"))
    assert "`conv1` sees 3 px instead of 5" in quiet(rflint("diff", "specs", first))


@git_there
def test_from_a_folder_below(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put("other/net.yaml", CLEAN)
    commit("other")
    put("other/net.yaml", WIDE)
    put("specs/net.yaml", WIDE)
    monkeypatch.chdir(repository / "specs")
    outcome = rflint("diff", "HEAD")
    assert outcome.out.count("sees 5 px instead of 3") == 1
    assert "\nnet.yaml\n" in outcome.out
    assert "sees 5 px" in rflint("diff", "HEAD", "--", "../other").out
    assert "sees 5 px" in rflint("diff", "HEAD:./net.yaml", "net.yaml").out
    assert "sees 5 px" in rflint("diff", "HEAD:other/net.yaml", "net.yaml").out
    put("../.hidden/net.yaml", CLEAN)
    commit("hidden")
    assert "sees 5 px" in rflint("diff", "HEAD:.hidden/net.yaml", "net.yaml").out
    assert "sees 5 px" in rflint("diff", "HEAD:./../.hidden/net.yaml", "HEAD:../other/net.yaml").out


@git_there
def test_a_path_wins_over_a_revision(repository: Path) -> None:
    put("main", WIDE)
    assert "`conv1` sees 3 px instead of 5" in quiet(rflint("diff", "main", "specs/net.yaml"))


@git_there
def test_what_a_revision_imports_is_read_from_it(repository: Path) -> None:
    put("common/blocks.txt", "rflint: 1\nblocks: {unit: {layers: [{name: a, op: conv, kernel: 3, channels: 4}]}}\n")
    put("specs/net.yaml", "rflint: 1\nname: net\nimport: [../common/blocks.txt]\nlayers: [{name: body, use: unit}]\n")
    put("specs/more.yaml", "rflint: 1\nextends: net.yaml\ninputs: {input: {size: [32, 32]}}\n")
    commit("with a library")
    put("common/blocks.txt", "rflint: 1\nblocks: {unit: {layers: [{name: a, op: conv, kernel: 7, channels: 4}]}}\n")
    outcome = rflint("diff", "HEAD", "--", "specs")
    assert (outcome.code, outcome.err) == (0, "")
    assert "`body/a` sees 7 px instead of 3" in outcome.out
    assert "specs/net.yaml" not in outcome.out  # judged through what extends it
    shutil.rmtree("common")
    outcome = rflint("diff", "HEAD", "--", "specs")
    assert outcome.code == 1
    assert "RF004: `../common/blocks.txt` does not exist" in outcome.out


@git_there
def test_settings_of_a_revision_are_its_own(repository: Path) -> None:
    put("specs/net.yaml", MISALIGNED)
    commit("misaligned")
    put("rflint.toml", 'ignore = ["RF101"]\n')
    outcome = rflint("diff", "HEAD")
    assert outcome.code == 1
    assert "rule `RF101` is switched off" in outcome.out
    commit("switched off")
    assert quiet(rflint("diff", "HEAD")) == NOTHING
    assert "rule `RF101` is switched on, as error" in rflint("diff", "HEAD", "HEAD~1").out
    put("other.toml", "")
    assert quiet(rflint("diff", "HEAD", "HEAD~1", "--config", "other.toml")) == NOTHING


@git_there
def test_a_baseline_is_a_suppression(repository: Path) -> None:
    put("specs/net.yaml", MISALIGNED)
    commit("misaligned")
    rflint("check", "specs", "--write-baseline")
    put("rflint.toml", 'baseline = "rflint-baseline.json"\n')
    outcome = rflint("diff", "HEAD")
    assert (outcome.code, "RF101 stride-mismatch at `add` is in the baseline now" in outcome.out) == (0, True)
    commit("known")
    assert quiet(rflint("diff", "HEAD")) == NOTHING


@git_there
def test_renamed_added_and_deleted_files(repository: Path) -> None:
    put("specs/gone.yaml", SEEN.replace("clean", "gone").replace("conv1", "one"))
    put("specs/other.yaml", MISALIGNED)
    commit("three")
    Path("specs/net.yaml").rename("specs/renamed.yaml")
    Path("specs/gone.yaml").unlink()
    put("specs/new.yaml", MISALIGNED.replace("misaligned", "new").replace("add", "sum"))
    put("models/other.yaml", MISALIGNED)
    Path("specs/other.yaml").unlink()
    outcome = rflint("diff", "HEAD", "--format", "json")
    found = {spec["path"]: (spec["status"], spec["old_path"]) for spec in json.loads(outcome.out)["specs"]}
    assert found == {
        "specs/renamed.yaml": ("same", "specs/net.yaml"),
        "models/other.yaml": ("same", "specs/other.yaml"),
        "specs/gone.yaml": ("deleted", None),
        "specs/new.yaml": ("added", None),
    }
    assert outcome.code == 1
    text = rflint("diff", "HEAD").out
    assert "`specs/gone.yaml` is deleted, and with it 1 target" in text


# What cannot be opened


def test_a_side_that_is_not_there_is_named() -> None:
    put("net.yaml", CLEAN)
    for argv in (["net.yaml", "gone.yaml"], ["gone.yaml", "net.yaml"], ["gone.yaml"], ["main", "--", "net.yaml"]):
        outcome = rflint("diff", *argv)
        assert (outcome.code, outcome.out) == (2, ""), argv
        assert f"`{next(word for word in argv if word in {'gone.yaml', 'main'})}`" in outcome.err


@git_there
@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["nowhere"], "no such file or folder, nor a revision of git: `nowhere`"),
        (["nowhere:specs/net.yaml", "specs"], "git knows no revision `nowhere` here"),
        (["main:gone.yaml", "specs/net.yaml"], "`main:gone.yaml` cannot be compared: there is no such file or folder"),
        (["main", "--", "gone", "specs"], "no such file or folder on either side: `gone`"),
        (["main:specs/net.yaml", "specs"], "`main:specs/net.yaml` is one file, and `specs` is none"),
        (["specs", "specs", "specs"], "OLD and NEW are two"),
        (["specs"], "`specs` is no revision: name what to compare it with"),
        (["main", "--", "../elsewhere"], "`../elsewhere` is outside of the repository"),
        (["main", "--", "empty"], "nothing to compare"),
        (["main:broken.onnx", "broken.onnx"], "`main:broken.onnx` cannot be compared"),
        (["main", "--summary-only", "--format", "json"], "--summary-only folds what people read"),
        (["main", "--fail-on", "fatal"], "--fail-on: `fatal` is not one of"),
    ],
)
def test_what_cannot_be_compared_is_told(argv: list[str], said: str, repository: Path) -> None:
    put("empty/readme.txt", "")
    put("broken.onnx", "\x08\x07")
    commit("more")
    outcome = rflint("diff", *argv)
    assert (outcome.code, outcome.out) == (2, "")
    assert said in outcome.err


@git_there
@pytest.mark.parametrize(
    "name", ["--upload-pack=touch pwned", "--output=pwned", "-c", "--help", "@{-1}; touch pwned", "$(touch pwned)", "main..main", ":/x"]
)
def test_no_revision_becomes_an_option(name: str, repository: Path) -> None:
    for argv in (["--", name], ["--", f"{name}:specs", "specs"], ["main", "--", name]):
        outcome = rflint("diff", *argv)
        assert (outcome.code, outcome.out) == (2, "")
    assert sorted(path.name for path in repository.iterdir()) == [".git", "specs"]


@git_there
def test_a_missing_git_is_told(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    outcome = rflint("diff", "main")
    assert (outcome.code, outcome.out) == (2, "")
    assert "there is no program `git` to ask" in outcome.err


@git_there
def test_a_shallow_clone_is_told(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit("second")
    git("clone", "--quiet", "--depth", "1", repository.as_uri(), str(tmp_path / "clone"))
    monkeypatch.chdir(tmp_path / "clone")
    assert quiet(rflint("diff", "HEAD")) == NOTHING
    outcome = rflint("diff", "HEAD~1")
    assert (outcome.code, outcome.out) == (2, "")
    assert "the clone is shallow" in outcome.err


@git_there
def test_a_hostile_tree_is_not_written_elsewhere(repository: Path, tmp_path: Path) -> None:
    blob = git("hash-object", "-w", "specs/net.yaml")
    link = (
        subprocess.run(["git", "hash-object", "-w", "--stdin"], input=b"../../secret.yaml", capture_output=True, check=True)
        .stdout.decode()
        .strip()
    )
    inside = (
        subprocess.run(["git", "hash-object", "-w", "--stdin"], input=b"real.yaml", capture_output=True, check=True).stdout.decode().strip()
    )
    listing = f"100644 blob {blob}\treal.yaml\x00120000 blob {link}\tout.yaml\x00120000 blob {inside}\tlinked.yaml\x00"
    tree = subprocess.run(["git", "mktree", "-z"], input=listing.encode(), capture_output=True, check=True).stdout.decode().strip()
    (tmp_path / "secret.yaml").write_text(CLEAN.replace("clean", "secret"), encoding="utf-8")
    made = git("commit-tree", tree, "-m", "links")
    document = json.loads(rflint("diff", f"{made}:", "specs", "--format", "json").out)
    # One file at two paths is one spec, by the first of them.
    assert [spec["old_path"] or spec["path"] for spec in document["specs"]] == ["linked.yaml"]
    assert "secret" not in json.dumps(document)


@git_there
@pytest.mark.skipif(os.name == "nt", reason="links need a privilege")
def test_a_link_is_the_same_on_both_sides(repository: Path) -> None:
    put("specs/net.yaml", SEEN)
    Path("alias.yaml").symlink_to("specs/net.yaml")
    Path("again.yaml").symlink_to("alias.yaml")
    commit("linked")
    for argv in (["HEAD"], ["HEAD", "--", "specs"], ["HEAD", "--", "alias.yaml"], ["HEAD:again.yaml", "alias.yaml"]):
        assert quiet(rflint("diff", *argv)) == NOTHING, argv
    put("specs/net.yaml", BLIND)
    outcome = rflint("diff", "HEAD")
    assert outcome.code == 1
    assert "is deleted" not in outcome.out


@git_there
def test_a_broken_file_hides_no_other(repository: Path) -> None:
    put("specs/seen.yaml", SEEN.replace("clean", "seen"))
    commit("two")
    put("specs/net.yaml", "rflint: 1\nlayers: [{name: a\n")
    put("specs/seen.yaml", BLIND.replace("clean", "seen"))
    outcome = rflint("diff", "main")
    assert outcome.code == 1
    assert "`specs/net.yaml` is no longer a spec that can be analysed: RF001" in outcome.out
    assert "target `dot` is no longer guaranteed" in outcome.out
    git("stash", "--quiet")
    put("specs/net.yaml", "rflint: 1\nlayers: [{name: a\n")
    commit("broken")
    assert "could not be compared" in quiet(rflint("diff", "HEAD"))
    assert quiet(rflint("diff", "HEAD", "--quiet-if-unchanged")) != ""


# Options and exit codes


def test_exit_codes() -> None:
    put("old.yaml", SEEN)
    put("new.yaml", BLIND)
    put("wide.yaml", SEEN.replace("kernel: 3", "kernel: 5"))
    assert rflint("diff", "old.yaml", "new.yaml").code == 1
    assert rflint("diff", "new.yaml", "old.yaml").code == 0
    assert rflint("diff", "old.yaml", "new.yaml", "--fail-on", "never").code == 0
    assert rflint("diff", "old.yaml", "new.yaml", "--exit-zero").code == 0
    assert rflint("diff", "old.yaml", "wide.yaml").code == 0
    assert rflint("diff", "old.yaml", "wide.yaml", "--fail-on", "info").code == 1
    assert rflint("diff", "old.yaml", "wide.yaml", "--fail-on", "warning").code == 1  # the map of an output has another size
    assert rflint("diff", "old.yaml", "new.yaml", env={"RFLINT_FAIL_ON": "never"}).code == 1


def test_an_internal_error_is_no_unchanged_spec(monkeypatch: pytest.MonkeyPatch) -> None:
    put("old.yaml", SEEN)
    put("new.yaml", SEEN)

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("rflint.cli.working.lint_loaded", fail)
    outcome = rflint("diff", "old.yaml", "new.yaml")
    assert outcome.code == 3
    assert "internal error" in outcome.err
    assert "could not be compared" in outcome.out


def test_output_and_quiet() -> None:
    put("old.yaml", SEEN)
    put("new.yaml", BLIND)
    outcome = rflint("diff", "old.yaml", "new.yaml", "--format", "markdown", "-o", "comment.md")
    assert (outcome.code, outcome.out) == (1, "")
    assert Path("comment.md").read_text(encoding="utf-8").startswith(MARKER)
    assert rflint("diff", "old.yaml", "old.yaml", "--quiet-if-unchanged") == (0, "", "")
    assert rflint("diff", "old.yaml", "new.yaml", "--quiet-if-unchanged").out


def test_sizes_are_those_of_both_sides() -> None:
    put("old.yaml", SEEN)
    put("new.yaml", SEEN.replace("33, 33", "65, 65"))
    assert "input `image`: 65x65, 3 channels instead of 33x33, 3 channels" not in quiet(
        rflint("diff", "old.yaml", "new.yaml", "--size", "64")
    )
    assert quiet(rflint("diff", "old.yaml", "new.yaml", "--size", "64")) == NOTHING


@pytest.mark.parametrize("form", ["text", "markdown", "json", "html"])
def test_zero_change_is_one_line(form: str) -> None:
    put("old.yaml", SEEN)
    put("moved.yaml", SEEN.replace("conv1", "other"))
    out = quiet(rflint("diff", "old.yaml", "moved.yaml", "--format", form))
    said = "No changes in 1 spec; 1 layer moved or renamed, nothing else."
    if form == "text":
        assert out == f"{said}\n"
    elif form == "markdown":
        assert out == f"{MARKER}\n**rflint:** {said}\n"
    elif form == "json":
        assert json.loads(out)["verdict"] == said
    else:
        assert f"<h1>{said}</h1>" in out


# Formats


def many(count: int, kernel: int) -> str:
    layers = "".join(
        f"  - {{name: head_{'x' * 60}_{place}, op: conv, kernel: {kernel + 2 * (place % 50)}, from: image}}\n" for place in range(count)
    )
    names = ", ".join(f"head_{'x' * 60}_{place}" for place in range(count))
    return f"rflint: 1\nname: many\ninputs: {{image: {{size: [333, 333]}}}}\nlayers:\n{layers}outputs: [{names}]\n"


def test_a_comment_has_room_for_so_much() -> None:
    put("old.yaml", many(900, 3))
    put("new.yaml", many(900, 5))
    full = quiet(rflint("diff", "old.yaml", "new.yaml", "--format", "markdown"))
    assert len(full) <= ROOM
    for place in range(120):
        put(f"old/{place:03}.yaml", many(12, 3).replace("many", f"many{place}"))
        put(f"new/{place:03}.yaml", many(12, 9).replace("many", f"many{place}"))
    full = quiet(rflint("diff", "old", "new", "--format", "markdown"))
    assert ROOM // 2 < len(full) <= ROOM
    (left_out,) = re.findall(r"([\d,]+) more changes would not fit here", full)
    document = json.loads(rflint("diff", "old", "new", "--format", "json").out)
    total = sum(len(spec["changes"]) for spec in document["specs"])
    assert len(re.findall(r"^\| (?:error|warning|info|better) ", full, re.MULTILINE)) + int(left_out.replace(",", "")) == total
    assert full.count("<details>") == full.count("</details>") == 1


def test_a_comment_has_room_for_so_many_names() -> None:
    for place in range(30):
        unit = f"rflint: 1\nname: n{place}\nlayers: [{{name: a, op: conv, kernel: 3}}, {{name: b, op: conv, kernel: KERNEL}}]\n"
        put(f"old/{place:03}.yaml", unit.replace("KERNEL", "3"))
        put(f"new/{place:03}.yaml", unit.replace("name: a", "name: c").replace("KERNEL", "3" if place else "5"))
    for more in ([], ["--summary-only"]):
        full = quiet(rflint("diff", "old", "new", "--format", "markdown", *more))
        assert len(full) <= ROOM
        assert full.count("1 layer moved or renamed, nothing changed: `a` → `c`.\n") == 10
        assert "\n20 more specs: 20 layers moved or renamed, nothing changed.\n" in full


def test_a_comment_has_room_for_names_of_any_length() -> None:
    put("old.yaml", SEEN.replace("conv1", "x" * 9_000))
    put("new.yaml", SEEN.replace("conv1", "y" * 9_000).replace("dot", "z" * 9_000))
    for old, new in (("old.yaml", "new.yaml"), ("new.yaml", "old.yaml")):
        assert len(rflint("diff", old, new, "--format", "markdown").out) <= ROOM


def test_a_whole_block_is_one_row() -> None:
    chain = "".join(f"  - {{name: c{place}, op: conv, kernel: 3, padding: 1}}\n" for place in range(200))
    for name, kernel in (("old", 3), ("new", 5)):
        stem = f"  - {{name: stem, op: conv, kernel: {kernel}, padding: {kernel // 2}}}\n"
        head = f"rflint: 1\nname: deep\ninputs: {{image: {{size: [999, 999]}}}}\nlayers:\n{stem}"
        put(f"{name}.yaml", head + chain)
    out = quiet(rflint("diff", "old.yaml", "new.yaml"))
    assert "200 layers see more: `stem` 5 px instead of 3" in out
    assert len(out.splitlines()) < 15


HOSTILE = """\
rflint: 1
name: "<script>alert(1)</script>"
inputs: {image: {size: [33, 33]}}
layers:
  - {name: "a|b`c](http://evil) @team <img src=x onerror=alert(1)>", op: conv, kernel: KERNEL}
"""


@pytest.mark.parametrize("form", ["text", "markdown", "json", "html"])
def test_hostile_names(form: str, golden: Golden) -> None:
    put("old.yaml", HOSTILE.replace("KERNEL", "3"))
    put("new.yaml", HOSTILE.replace("KERNEL", "5"))
    out = quiet(rflint("diff", "old.yaml", "new.yaml", "--format", form))
    assert "\x1b" not in out
    assert "\u202e" not in out
    golden(DATA / f"hostile.{form}", out)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in {"meta"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("kernel", ["5", "3"])
def test_the_page_fetches_and_runs_nothing(kernel: str) -> None:
    put("old.yaml", HOSTILE.replace("KERNEL", "3"))
    put("new.yaml", HOSTILE.replace("KERNEL", kernel))
    out = quiet(rflint("diff", "old.yaml", "new.yaml", "--format", "html"))
    page = _Page()
    page.feed(out)
    assert page.open == []
    assert not {"script", "img", "link", "iframe", "form", "a"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on") or name in {"src", "href", "style"}]
    policy = next(value for name, value in page.attributes if name == "content" and value and "default-src" in value)
    assert policy.startswith("default-src 'none'; style-src 'sha256-")


def luminance(color: str) -> float:
    """Relative luminance of `#rrggbb` (WCAG 2.2)."""
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_every_colour_can_be_read(scheme: int) -> None:
    page = (DATA / "page.html").read_text(encoding="utf-8")
    colors = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", re.findall(r":root \{(.*?)\}", page, re.DOTALL)[scheme]))
    assert set(colors) == {"text", "page", "line", "faint", "code", "error", "warning", "info", "better"}
    for front, back in [(name, "page") for name in ("text", "faint", "error", "warning", "info", "better")] + [("text", "code")]:
        light, dark = sorted((luminance(colors[front]), luminance(colors[back])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (front, back)


def test_markdown_is_one_table_row_a_change() -> None:
    put("old.yaml", HOSTILE.replace("KERNEL", "3"))
    put("new.yaml", HOSTILE.replace("KERNEL", "5"))
    rows: list[Any] = [
        row for row in rflint("diff", "old.yaml", "new.yaml", "--format", "markdown").out.splitlines() if row.startswith("|")
    ]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {6}
