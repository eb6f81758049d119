"""The pre-commit hooks: what the manifest promises, and a real run of pre-commit (with RFLINT_NETWORK=1)."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from rflint.cli.commands import load
from rflint.cli.parser import parse

ROOT = Path(__file__).parents[1]
HOOKS: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))

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
MENDED = BAD.replace("[[0, 2], [0, 2]]", "1")
CONFLICT = GOOD + "<<<<<<< HEAD\n  - {op: relu}\n=======\n  - {op: gelu}\n>>>>>>> topic\n"

hooks = pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])


def run(argv: list[str], folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        argv,
        cwd=folder,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1", **env},
        capture_output=True,
        encoding="utf-8",
        check=False,
        stdin=subprocess.DEVNULL,
    )


def test_ids() -> None:
    assert [hook["id"] for hook in HOOKS] == ["rflint", "rflint-report"]


@hooks
def test_entry_is_a_command_line(hook: dict[str, Any]) -> None:
    program, command, *options = shlex.split(hook["entry"])
    assert program == "rflint"
    # UsageError for an option or argument that the command does not have.
    parse(load(command), [*options, "specs/a.yaml", "specs/b.yaml"], {})


@hooks
def test_files(hook: dict[str, Any]) -> None:
    matches = re.compile(hook["files"]).search
    assert all(map(matches, ["specs/a.yaml", "x/specs/a.yml", "specs/x/a.yaml", "a.rflint.yaml", "x/b.rflint.yml"]))
    assert not any(map(matches, ["config.yaml", "myspecs/a.yaml", "specs/a.json", "specs.yaml", "specs/a.yaml.txt", "rflint.yaml"]))


@hooks
@pytest.mark.parametrize(("text", "codes"), [(GOOD, (0, 0)), (BAD, (1, 1))], ids=["good", "bad"])
def test_entry_runs(hook: dict[str, Any], text: str, codes: tuple[int, int], tmp_path: Path) -> None:
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "net.yaml").write_text(text, encoding="utf-8")
    done = run([sys.executable, "-m", *shlex.split(hook["entry"]), "specs/net.yaml"], tmp_path)
    assert done.returncode == codes[HOOKS.index(hook)], done.stdout + done.stderr
    assert done.stderr == ""
    assert ("RF102" in done.stdout) == (text is BAD)


@hooks
def test_entry_accepts_no_specs_among_the_files(hook: dict[str, Any], tmp_path: Path) -> None:
    """Files that the configuration excludes leave nothing to lint, which is no failure of a commit."""
    (tmp_path / "rflint.toml").write_text('exclude = ["specs/old/**"]\n', encoding="utf-8")
    (tmp_path / "specs" / "old").mkdir(parents=True)
    (tmp_path / "specs" / "old" / "net.yaml").write_text(BAD, encoding="utf-8")
    done = run([sys.executable, "-m", *shlex.split(hook["entry"]), "specs/old/net.yaml"], tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_conflict_markers_are_a_finding_with_a_place(tmp_path: Path) -> None:
    (tmp_path / "net.rflint.yaml").write_text(CONFLICT, encoding="utf-8")
    done = run([sys.executable, "-m", *shlex.split(HOOKS[0]["entry"]), "--format", "concise", "net.rflint.yaml"], tmp_path)
    assert done.returncode == 1
    assert re.match(r"net\.rflint\.yaml:6:\d+: .*RF001", done.stdout), done.stdout
    assert "Traceback" not in done.stdout + done.stderr


# --- pre-commit itself -----------------------------------------------------------------------------------------------

CONFIG = """\
repos:
  - repo: {repo}
    rev: {rev}
    hooks:
      - id: rflint
"""

network = pytest.mark.skipif(
    os.environ.get("RFLINT_NETWORK") != "1" or find_spec("pre_commit") is None or shutil.which("git") is None,
    reason="builds an environment with pip: RFLINT_NETWORK=1, pre-commit and git",
)


class Repository:
    """A scratch git repository that knows nothing of its user's configuration."""

    def __init__(self, folder: Path, home: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        identity = {f"GIT_{who}_{what}": f"{what.lower()}@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        self.env = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "PRE_COMMIT_HOME": str(home), **identity}
        self.git("init", "--quiet")

    def git(self, *argv: str) -> str:
        done = run(["git", *argv], self.folder, **self.env)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def commit(self) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--no-verify", "--message", "all")
        return self.git("rev-parse", "HEAD")

    def pre_commit(self) -> tuple[int, str]:
        self.git("add", "--all")
        done = run([sys.executable, "-m", "pre_commit", "run", "--color", "never"], self.folder, **self.env)
        return done.returncode, done.stdout + done.stderr


def checkout(target: Repository) -> str:
    """This working tree, changes and all, as a repository of one commit."""
    listed = run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], ROOT)
    if listed.returncode:
        pytest.skip("not a git checkout")
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (target.folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target.folder / name)
    return target.commit()


@network
def test_pre_commit_run(tmp_path: Path) -> None:
    hook = Repository(tmp_path / "rflint", tmp_path / "home")
    rev = checkout(hook)
    user = Repository(tmp_path / "user", tmp_path / "home")
    (user.folder / "specs").mkdir()
    (user.folder / ".pre-commit-config.yaml").write_text(CONFIG.format(repo=hook.folder.as_posix(), rev=rev), encoding="utf-8")
    (user.folder / "config.yaml").write_text("not: a spec\n", encoding="utf-8")
    net = user.folder / "specs" / "net.yaml"

    net.write_text(GOOD, encoding="utf-8")
    code, out = user.pre_commit()
    assert code == 0, out
    assert "Passed" in out

    net.write_text(BAD, encoding="utf-8")
    code, out = user.pre_commit()
    assert code == 1, out
    assert "RF102" in out
    assert "specs/net.yaml:7:" in out

    net.write_text(MENDED, encoding="utf-8")
    code, out = user.pre_commit()
    assert code == 0, out

    net.write_text(CONFLICT, encoding="utf-8")
    code, out = user.pre_commit()
    assert code == 1, out
    assert "specs/net.yaml:6:" in out
    assert "RF001" in out
    assert "Traceback" not in out
