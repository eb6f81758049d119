"""The GitHub Action: its manifest, and its steps run as a runner runs them."""

from __future__ import annotations

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
SETUP, INSTALL, LINT = ACTION["runs"]["steps"]

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
        self.script = folder / "script.sh"
        self.workspace.mkdir()
        self.temp.mkdir()
        self.outputs.touch()

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
            "PYTHONIOENCODING": "utf-8",
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
    program = scripts / "rflint"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m rflint "$@"\n', encoding="utf-8")
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
@pytest.mark.parametrize("step", [INSTALL, LINT], ids=["install", "lint"])
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
        ("output", "$(touch pwned)/x"),
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
