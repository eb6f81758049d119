"""The GitHub Action: its manifest, and its steps run as a runner runs them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
SETUP, INSTALL, DIFF, LINT, VERDICT = ACTION["runs"]["steps"]

GOOD = """\
rflint: 1
name: good
inputs: {image: {size: [33, 33], channels: 3}}
layers:
  - {name: conv1, op: conv, kernel: 3, padding: 1, channels: 8}
"""
BAD = """\
rflint: 1
name: bad
inputs: {image: {size: [33, 33], channels: 3}}
layers:
  - {name: stem, op: conv, kernel: 3, padding: 1, channels: 8}
  - {name: off, op: conv, kernel: 3, padding: [[0, 2], [0, 2]], channels: 8}
  - {name: add, op: add, from: [stem, off]}
"""

bash = pytest.mark.skipif(shutil.which("bash") is None, reason="runs scripts of bash")
network = pytest.mark.skipif(os.environ.get("RFLINT_NETWORK") != "1", reason="installs with pip: RFLINT_NETWORK=1")


class Runner:
    """What a runner of GitHub gives a step: a workspace, a folder for temporary files, and a file for outputs."""

    def __init__(self, folder: Path, action: Path = ROOT) -> None:
        self.action = action
        self.workspace = folder / "workspace"
        self.temp = folder / "a temporary folder"
        self.outputs = folder / "outputs"
        self.summary = folder / "summary"
        self.event = folder / "event.json"
        self.calls = folder / "calls"
        self.script = folder / "script.sh"
        self.workspace.mkdir()
        self.temp.mkdir()
        self.outputs.touch()
        self.summary.touch()
        self.event.write_text("{}", encoding="utf-8")

    def write(self, name: str, text: str) -> None:
        path = self.workspace / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def run(self, step: dict[str, Any], **inputs: str) -> subprocess.CompletedProcess[str]:
        """Run the script of a step, with the inputs that a workflow gives and the defaults of the others."""
        values = {name: each["default"] for name, each in ACTION["inputs"].items()} | inputs
        env = {
            name: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda match: values[match[1]], text)
            for name, text in step.get("env", {}).items()
        }
        assert "${{" not in "".join(step.get("env", {}).values()).replace("${{ inputs.", "")
        self.script.write_text(step["run"], encoding="utf-8")
        given = {
            "RUNNER_TEMP": str(self.temp),
            "GITHUB_ACTION_PATH": str(self.action),
            "GITHUB_OUTPUT": str(self.outputs),
            "GITHUB_ACTIONS": "true",
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "GITHUB_EVENT_PATH": str(self.event),
            "GITHUB_REPOSITORY": "ada/specs",
            "PYTHONIOENCODING": "utf-8",
            "PATH": f"{self.script.parent / 'programs'}{os.pathsep}{os.environ['PATH']}",
        }
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(self.script)],
            cwd=self.workspace,
            env={**os.environ, **given, **env},
            capture_output=True,
            encoding="utf-8",
            check=False,
            stdin=subprocess.DEVNULL,
        )


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """A runner on which the step that installs has done its work: the rflint of this environment stands where it puts it."""
    made = Runner(tmp_path)
    scripts = made.temp / "rflint" / "bin"
    scripts.mkdir(parents=True)
    for name, words in (("rflint", " -m rflint"), ("python", "")):
        program = scripts / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}"{words} "$@"\n', encoding="utf-8")
        program.chmod(0o755)
    return made


# The manifest


@pytest.mark.skipif(find_spec("check_jsonschema") is None, reason="needs check-jsonschema")
def test_manifest_follows_its_schema() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-actions", str(ROOT / "action.yml")]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_input_becomes_a_piece_of_a_script() -> None:
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step.get("run", "")


def test_every_input_is_used_and_has_a_default() -> None:
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    assert set(re.findall(r"inputs\.([\w-]+)", text)) == set(ACTION["inputs"])
    assert all({"description", "default"} == set(each) for each in ACTION["inputs"].values())
    assert (SETUP["if"], SETUP["with"]) == ("inputs.python-version != ''", {"python-version": "${{ inputs.python-version }}"})


# The steps


@bash
@pytest.mark.parametrize("step", [INSTALL, DIFF, LINT, VERDICT], ids=["install", "diff", "lint", "verdict"])
def test_scripts_parse(step: dict[str, Any]) -> None:
    done = subprocess.run(["bash", "-n"], input=step["run"], capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert step["shell"] == "bash"


@bash
def test_findings_annotate_and_fail(runner: Runner) -> None:
    runner.write("specs/net.yaml", BAD)
    done = runner.run(LINT)
    assert done.returncode == 1, done.stderr
    assert re.search(r"^::error .*file=specs/net\.yaml,line=7,.*RF102", done.stdout, re.MULTILINE), done.stdout
    assert runner.outputs.read_text(encoding="utf-8") == "exit-code=1\n"


@bash
def test_nothing_found(runner: Runner) -> None:
    runner.write("specs/net.yaml", GOOD)
    done = runner.run(LINT, paths="specs", format="concise")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert runner.outputs.read_text(encoding="utf-8") == "exit-code=0\n"


@bash
def test_paths_are_lines_and_args_are_words(runner: Runner) -> None:
    runner.write("one net.yaml", BAD)
    runner.write("two.yaml", BAD)
    runner.write("three.yaml", BAD)
    done = runner.run(LINT, paths="one net.yaml\n\n  two.yaml\n", args="--select RF102  --no-ignores", format="concise")
    assert done.returncode == 1, done.stderr
    assert [line.partition(" ")[0] for line in done.stdout.replace("one net", "one-net").splitlines()] == [
        "one-net.yaml:7:21:",
        "two.yaml:7:21:",
    ]


@bash
def test_output_goes_to_a_file(runner: Runner) -> None:
    runner.write("specs/net.yaml", BAD)
    done = runner.run(LINT, format="sarif", output="the report.sarif")
    assert (done.returncode, done.stdout) == (1, "")
    assert '"RF102"' in (runner.workspace / "the report.sarif").read_text(encoding="utf-8")


@bash
def test_wrong_usage_is_told(runner: Runner) -> None:
    runner.write("specs/net.yaml", GOOD)
    done = runner.run(LINT, args="--formt github")
    assert (done.returncode, done.stdout) == (2, "")
    assert "did you mean `--format`?" in done.stderr
    assert runner.outputs.read_text(encoding="utf-8") == "exit-code=2\n"


@bash
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("paths", "specs; touch pwned"),
        ("paths", "$(touch pwned)"),
        ("paths", "`touch pwned`"),
        ("paths", '"; touch pwned; "'),
        ("paths", "--output=pwned"),
        ("format", "github; touch pwned"),
        ("format", "$(touch pwned)"),
        ("output", "specs/net.yaml/$(touch pwned)"),
        ("args", "; touch pwned"),
        ("args", "$(touch pwned) && touch pwned"),
    ],
)
def test_inputs_are_only_data(runner: Runner, name: str, value: str) -> None:
    runner.write("specs/net.yaml", GOOD)
    done = runner.run(LINT, **{name: value})
    assert done.returncode == 2, done.stdout + done.stderr
    assert not (runner.workspace / "pwned").exists()
    assert runner.outputs.read_text(encoding="utf-8") == "exit-code=2\n"


@bash
def test_no_file_name_becomes_an_option(runner: Runner) -> None:
    runner.write("--format=json", GOOD)
    done = runner.run(LINT, args="*")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


# The comment

GH = """\
#!{python}
import json, os, sys
from pathlib import Path

calls = Path({calls!r})
fields = dict(word.partition("=")[::2] for word in sys.argv[1:] if word.startswith("body="))
body = Path(fields["body"][1:]).read_text(encoding="utf-8") if fields else None
with calls.open("a", encoding="utf-8") as stream:
    stream.write(json.dumps([sys.argv[1:], body, os.environ["GH_TOKEN"]]) + "\\n")
answers = Path({answers!r})
if not answers.exists():
    sys.exit("HTTP 403: Resource not accessible by integration")
if "--method" not in sys.argv:
    print(answers.read_text(encoding="utf-8"), end="")
"""


class Review:
    """A pull request in a repository, and a `gh` that writes down what it is asked."""

    def __init__(self, runner: Runner) -> None:
        self.runner = runner
        self.answers = runner.script.parent / "answers"
        programs = runner.script.parent / "programs"
        programs.mkdir()
        text = GH.format(python=sys.executable, calls=str(runner.calls), answers=str(self.answers))
        (programs / "gh").write_text(text, encoding="utf-8")
        (programs / "gh").chmod(0o755)
        runner.event.write_text('{"pull_request": {"number": 7}}', encoding="utf-8")
        self.git("init", "--quiet")
        runner.write("specs/net.yaml", GOOD)
        self.git("add", ".")
        self.git("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "commit", "--quiet", "-m", "first")

    def git(self, *argv: str) -> None:
        subprocess.run(["git", *argv], cwd=self.runner.workspace, check=True, capture_output=True)

    def runs(self, *, comments: str | None = "", **inputs: str) -> tuple[subprocess.CompletedProcess[str], list[Any]]:
        """Run the step, with the numbers of the comments that are there (None: it may not comment), and return what `gh` was asked."""
        if comments is not None:
            self.answers.write_text(comments, encoding="utf-8")
        self.runner.calls.write_text("", encoding="utf-8")
        done = self.runner.run(DIFF, **{"diff": "HEAD", "paths": "specs", "token": "secret", **inputs})
        return done, [json.loads(line) for line in self.runner.calls.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def review(runner: Runner) -> Review:
    if shutil.which("git") is None:
        pytest.skip("needs git")
    return Review(runner)


LIST = ["api", "--paginate", "repos/ada/specs/issues/7/comments", "--jq"]


@bash
def test_a_comment_is_made(review: Review) -> None:
    review.runner.write("specs/net.yaml", BAD)
    done, calls = review.runs()
    assert (done.returncode, done.stderr) == (0, "")
    (asked, _, token), (posted, body, _) = calls
    assert (asked[:4], token) == (LIST, "secret")
    assert posted[:5] == ["api", "--silent", "--method", "POST", "repos/ada/specs/issues/7/comments"]
    assert body.startswith("<!-- rflint diff -->\n**rflint:** ")
    assert "RF102" in body
    assert review.runner.summary.read_text(encoding="utf-8") == body
    assert review.runner.outputs.read_text(encoding="utf-8") == "exit-code=1\n"


@bash
def test_one_comment_is_kept_up_to_date(review: Review) -> None:
    review.runner.write("specs/net.yaml", BAD)
    _, calls = review.runs(comments="41\n42\n")
    assert [call[0][2:5] for call in calls[1:]] == [["--method", "PATCH", "repos/ada/specs/issues/comments/41"]]
    review.runner.write("specs/net.yaml", GOOD)
    done, calls = review.runs(comments="41\n")
    assert (done.returncode, calls[1][1]) == (0, "<!-- rflint diff -->\n**rflint:** No changes in 1 spec.\n")


@bash
def test_nothing_is_said_of_nothing(review: Review) -> None:
    done, calls = review.runs()
    assert (done.returncode, [call[0][:4] for call in calls]) == (0, [LIST])
    assert review.runner.outputs.read_text(encoding="utf-8") == "exit-code=0\n"


@bash
def test_a_side_that_cannot_be_opened_is_told(review: Review) -> None:
    done, calls = review.runs(diff="nowhere")
    assert done.returncode == 0
    assert "nor a revision of git: `nowhere`" in done.stderr
    assert "nothing was compared:\n\n    rflint: " in calls[1][1]
    assert review.runner.outputs.read_text(encoding="utf-8") == "exit-code=2\n"


@bash
def test_a_token_that_may_not_comment_is_a_warning(review: Review) -> None:
    review.runner.write("specs/net.yaml", BAD)
    done, calls = review.runs(comments=None)
    assert (done.returncode, len(calls)) == (0, 1)
    assert "::warning::rflint could not comment" in done.stdout
    assert "RF102" in review.runner.summary.read_text(encoding="utf-8")


@bash
def test_without_a_pull_request_there_is_a_summary(review: Review) -> None:
    review.runner.event.write_text('{"ref": "refs/heads/main"}', encoding="utf-8")
    review.runner.write("specs/net.yaml", BAD)
    done, calls = review.runs()
    assert (done.returncode, calls) == (0, [])
    assert "RF102" in review.runner.summary.read_text(encoding="utf-8")


@bash
@pytest.mark.parametrize("value", ["--output=pwned", "$(touch pwned)", "HEAD; touch pwned", "`touch pwned`"])
@pytest.mark.parametrize("name", ["diff", "paths", "diff-args"])
def test_inputs_of_the_comparison_are_only_data(review: Review, name: str, value: str) -> None:
    done, _ = review.runs(**{name: value})
    assert done.returncode == 0
    if (name, value) != ("diff-args", "--output=pwned"):  # an option of whoever writes the workflow
        assert review.runner.outputs.read_text(encoding="utf-8") == "exit-code=2\n"
        assert not (review.runner.workspace / "pwned").exists()


@bash
@pytest.mark.parametrize(("status", "code"), [("0", 0), ("1", 1), ("2", 2), ("", 3)])
def test_the_verdict_comes_last(runner: Runner, status: str, code: int) -> None:
    step = {**VERDICT, "env": {"ACTION_STATUS": status}}
    assert (VERDICT["if"], DIFF["if"]) == ("always() && inputs.diff != ''", "inputs.diff != ''")
    assert VERDICT["env"] == {"ACTION_STATUS": "${{ steps.diff.outputs.exit-code }}"}
    assert runner.run(step).returncode == code


@bash
@network
def test_installed_for_real(tmp_path: Path) -> None:
    # A copy: the build leaves files behind.
    copy = shutil.copytree(ROOT, tmp_path / "action", ignore=shutil.ignore_patterns(".*", "build", "*.egg-info", "__pycache__"))
    runner = Runner(tmp_path, copy)
    installed = runner.run(INSTALL)
    assert installed.returncode == 0, installed.stdout + installed.stderr
    runner.write("specs/net.yaml", BAD)
    done = runner.run(LINT)
    assert done.returncode == 1, done.stderr
    assert "RF102" in done.stdout
