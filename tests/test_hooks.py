"""The pre-commit hooks: what the manifest promises, and what commits in real repositories meet.

The scenarios run twice: with a stand-in that picks files and calls the hook's `entry` as pre-commit does, and, with
RFLINT_NETWORK=1, with pre-commit itself, which also shows that the stand-in is true to it.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

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
LIBRARY = """\
rflint: 1
blocks:
  unit:
    params: {channels: null}
    layers:
      - {op: conv, kernel: 3, padding: 1, channels: "${channels}"}
      - {op: relu}
"""
RENAMED_BLOCK = LIBRARY.replace("unit", "cell")
IMPORTING = """\
rflint: 1
name: importing
import: [common/blocks.yaml]
inputs: {image: {size: [33, 33], channels: 3}}
layers:
  - {name: block, use: unit, with: {channels: 8}}
"""


def bad(path: str) -> list[str]:
    """What there is to find in BAD."""
    return [f"{path}:6:47 RF302", f"{path}:7:21 RF102"]


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
    assert [hook["id"] for hook in HOOKS] == ["rflint", "rflint-report", "rflint-import-check"]


@hooks
def test_entry_is_a_command_line(hook: dict[str, Any]) -> None:
    program, command, *options = shlex.split(hook["entry"])
    assert program == "rflint"
    # UsageError for an option or argument that the command does not have.
    parse(load(command), [*options, "specs/a.yaml", "specs/b.yaml"], {})


@hooks
def test_one_process_for_all_files(hook: dict[str, Any]) -> None:
    """Else pre-commit splits the files among the processors: several summaries, and dependents linted several times."""
    assert hook["require_serial"] is True
    assert hook.get("pass_filenames", True) is True


def test_dependents_are_linted_but_no_tables_of_them_printed() -> None:
    assert ["--with-dependents" in shlex.split(hook["entry"]) for hook in HOOKS] == [True, False, False]


@hooks
def test_files(hook: dict[str, Any]) -> None:
    matches = re.compile(hook["files"]).search
    assert all(map(matches, ["specs/a.yaml", "x/specs/a.yml", "specs/x/a.yaml", "a.rflint.yaml", "x/b.rflint.yml"]))
    assert not any(map(matches, ["config.yaml", "myspecs/a.yaml", "specs/a.json", "specs.yaml", "specs/a.yaml.txt", "rflint.yaml"]))


@hooks
@pytest.mark.parametrize(("text", "codes"), [(GOOD, (0, 0, 0)), (BAD, (1, 1, 0))], ids=["good", "bad"])
def test_entry_runs(hook: dict[str, Any], text: str, codes: tuple[int, ...], tmp_path: Path) -> None:
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "net.yaml").write_text(text, encoding="utf-8")
    done = run([sys.executable, "-m", *shlex.split(hook["entry"]), "specs/net.yaml"], tmp_path)
    assert done.returncode == codes[HOOKS.index(hook)], done.stdout + done.stderr
    assert done.stderr == ""
    assert ("RF102" in done.stdout) == (text is BAD and "import" not in hook["entry"])


@hooks
def test_entry_accepts_no_specs_among_the_files(hook: dict[str, Any], tmp_path: Path) -> None:
    """Files that the configuration excludes leave nothing to lint, which is no failure of a commit."""
    (tmp_path / "rflint.toml").write_text('exclude = ["specs/old/**"]\n', encoding="utf-8")
    (tmp_path / "specs" / "old").mkdir(parents=True)
    (tmp_path / "specs" / "old" / "net.yaml").write_text(BAD, encoding="utf-8")
    done = run([sys.executable, "-m", *shlex.split(hook["entry"]), "specs/old/net.yaml"], tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


# --- Repositories ----------------------------------------------------------------------------------------------------

git_only = pytest.mark.skipif(shutil.which("git") is None, reason="git")
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
        self.git("init", "--quiet", "--initial-branch", "main")

    def git(self, *argv: str) -> str:
        done = self.run("git", *argv)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def run(self, *argv: str) -> subprocess.CompletedProcess[str]:
        return run([*argv], self.folder, **self.env)

    def put(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def stage(self, name: str, text: str) -> Path:
        path = self.put(name, text)
        self.git("add", "--", name)
        return path

    def commit(self) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--no-verify", "--message", "all")
        return self.git("rev-parse", "HEAD").strip()


class Outcome(NamedTuple):
    code: int
    out: str

    @property
    def specs(self) -> int:
        """How many specs the one summary counts."""
        (count,) = re.findall(r"\bin (?:\d+ of )?(\d+) specs?\.$", self.out, re.MULTILINE)
        return int(count)

    def findings(self) -> list[str]:
        """Place and rule of each: `specs/net.yaml:7:5 RF102`."""
        frames = re.findall(r"^(?:error|warning|info)\[(RF\d+)\].*\n(?:.*\n)*? *--> (\S.*:\d+:\d+)$", self.out, re.MULTILINE)
        return [f"{place} {code}" for code, place in frames]


class StandIn:
    """What pre-commit does with the hook `rflint`, without pre-commit."""

    def __call__(self, user: Repository, *, all_files: bool = False) -> Outcome:
        patch = user.git("diff", "--binary", "--no-color", "--no-ext-diff")
        if all_files:
            listed = user.git("ls-files", "-z")
        else:
            listed = user.git("diff", "--staged", "--name-only", "--no-ext-diff", "-z", "--diff-filter=ACMRTUXB")
        if patch:
            user.git("checkout", "--quiet", "--", ".")
        try:
            names = [name for name in listed.split("\0") if self._wanted(user.folder, name)]
            if not names and not HOOKS[0].get("always_run"):
                return Outcome(0, "no files to check")
            done = user.run(sys.executable, "-m", *shlex.split(HOOKS[0]["entry"]), *names)
        finally:
            if patch:
                (user.folder / ".git" / "patch").write_bytes(patch.encode())
                user.git("apply", "--whitespace=nowarn", ".git/patch")
        return Outcome(done.returncode, done.stdout + done.stderr)

    def _wanted(self, folder: Path, name: str) -> bool:
        path = folder / name
        is_yaml = name.endswith((".yaml", ".yml")) and path.is_file() and not path.is_symlink()
        return is_yaml and re.search(HOOKS[0]["files"], name) is not None


class PreCommit:
    """pre-commit itself, with the hooks of this working tree."""

    def __init__(self, repo: Path, rev: str, home: Path) -> None:
        self.config = f"repos:\n  - repo: {repo.as_posix()}\n    rev: {rev}\n    hooks:\n      - id: rflint\n        verbose: true\n"
        self.home = home

    def __call__(self, user: Repository, *, all_files: bool = False) -> Outcome:
        done = user.run(sys.executable, "-m", "pre_commit", "run", "--color", "never", *(["--all-files"] if all_files else []))
        return Outcome(done.returncode, done.stdout + done.stderr)


@pytest.fixture(scope="module")
def pre_commit(tmp_path_factory: pytest.TempPathFactory) -> PreCommit:
    """This working tree, changes and all, as a repository of hooks; its environment is built once."""
    folder = tmp_path_factory.mktemp("hooks")
    hook = Repository(folder / "rflint", folder / "home")
    listed = run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], ROOT)
    if listed.returncode:
        pytest.skip("not a git checkout")
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (hook.folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, hook.folder / name)
    return PreCommit(hook.folder, hook.commit(), folder / "home")


Hook = StandIn | PreCommit


@pytest.fixture(params=[pytest.param("stand-in", marks=git_only), pytest.param("pre-commit", marks=network)])
def hook(request: pytest.FixtureRequest) -> Hook:
    return StandIn() if request.param == "stand-in" else request.getfixturevalue("pre_commit")


@pytest.fixture
def user(tmp_path: Path, hook: Hook) -> Repository:
    """A repository of 203 specs: one network after another, a library, two that import it."""
    user = Repository(tmp_path / "user", hook.home if isinstance(hook, PreCommit) else tmp_path)
    if isinstance(hook, PreCommit):
        user.put(".pre-commit-config.yaml", hook.config)
    for number in range(200):
        user.put(f"specs/{number // 50}/net{number:03}.yaml", GOOD.replace("channels: 8", f"channels: {number + 1}"))
    user.put("specs/common/blocks.yaml", LIBRARY)
    user.put("specs/first.yaml", IMPORTING)
    user.put("specs/second.yaml", IMPORTING)
    user.put("config.yaml", "not: a spec\n")
    user.put("README.md", "# nets\n")
    user.commit()
    return user


def test_all_files(hook: Hook, user: Repository) -> None:
    done = hook(user, all_files=True)
    assert (done.code, done.specs, done.findings()) == (0, 203, [])
    user.stage("specs/2/net110.yaml", BAD)
    done = hook(user, all_files=True)
    assert (done.code, done.specs, done.findings()) == (1, 203, bad("specs/2/net110.yaml"))


def test_staged_files_alone(hook: Hook, user: Repository) -> None:
    user.put("specs/0/net000.yaml", BAD)
    user.stage("specs/0/net001.yaml", GOOD)
    user.stage("specs/new/net.yaml", GOOD)
    user.stage("config.yaml", "still: no spec\n")
    done = hook(user)
    assert (done.code, done.specs) == (0, 2), done.out
    user.stage("specs/0/net000.yaml", BAD)
    done = hook(user)
    assert (done.code, done.specs, done.findings()) == (1, 3, bad("specs/0/net000.yaml"))


def test_what_is_staged_is_linted_and_not_what_is_written(hook: Hook, user: Repository) -> None:
    net = user.stage("specs/0/net000.yaml", BAD)
    net.write_text(MENDED, encoding="utf-8")
    done = hook(user)
    assert (done.code, done.findings()) == (1, bad("specs/0/net000.yaml"))
    assert net.read_text(encoding="utf-8") == MENDED

    user.stage("specs/0/net000.yaml", MENDED)
    net.write_text(BAD, encoding="utf-8")
    assert hook(user).code == 0
    assert net.read_text(encoding="utf-8") == BAD


def test_no_spec_among_the_files(hook: Hook, user: Repository) -> None:
    user.stage("README.md", "# more\n")
    user.stage("config.yaml", "still: no spec\n")
    assert hook(user).code == 0


def test_a_changed_library_lints_what_imports_it(hook: Hook, user: Repository) -> None:
    user.stage("specs/common/blocks.yaml", LIBRARY.replace("relu", "gelu"))
    done = hook(user)
    assert (done.code, done.specs) == (0, 3), done.out
    user.stage("specs/common/blocks.yaml", RENAMED_BLOCK)
    done = hook(user)
    assert (done.code, done.specs) == (1, 3), done.out
    assert done.findings() == ["specs/first.yaml:6:24 RF004", "specs/second.yaml:6:24 RF004"]


def test_drafts_are_no_dependents(hook: Hook, user: Repository) -> None:
    user.put("specs/draft.yaml", IMPORTING.replace("unit", "cell"))
    user.stage("specs/common/blocks.yaml", LIBRARY.replace("relu", "gelu"))
    done = hook(user)
    assert (done.code, done.specs) == (0, 3), done.out


def test_a_renamed_library(hook: Hook, user: Repository) -> None:
    user.git("mv", "specs/common/blocks.yaml", "specs/common/units.yaml")
    done = hook(user)
    assert (done.code, done.specs) == (1, 3), done.out
    assert done.findings()[0] == "specs/first.yaml:3:10 RF004"
    assert "`common/blocks.yaml` does not exist" in done.out
    for name in ("first", "second"):
        user.stage(f"specs/{name}.yaml", IMPORTING.replace("blocks", "units"))
    done = hook(user)
    assert (done.code, done.specs) == (0, 3), done.out


def test_a_deleted_library(hook: Hook, user: Repository) -> None:
    user.git("rm", "--quiet", "specs/common/blocks.yaml")
    done = hook(user)
    assert (done.code, done.specs) == (1, 2), done.out
    assert "`common/blocks.yaml` does not exist" in done.out
    user.git("rm", "--quiet", "specs/first.yaml", "specs/second.yaml")
    assert hook(user).code == 0


def test_a_deleted_spec(hook: Hook, user: Repository) -> None:
    user.git("rm", "--quiet", "specs/0/net000.yaml")
    assert hook(user).code == 0
    user.stage("specs/0/net001.yaml", GOOD)
    done = hook(user)
    assert (done.code, done.specs) == (0, 1), done.out


@pytest.mark.skipif(os.name == "nt", reason="links of POSIX")
def test_a_link_is_not_linted_in_place_of_what_it_leads_to(hook: Hook, user: Repository) -> None:
    user.stage("specs/0/net000.yaml", BAD)
    (user.folder / "specs" / "link.yaml").symlink_to("0/net000.yaml")
    (user.folder / "specs" / "nowhere.yaml").symlink_to("nothing.yaml")
    user.git("add", "--all")
    done = hook(user)
    assert (done.code, done.specs, done.findings()) == (1, 1, bad("specs/0/net000.yaml"))
    done = hook(user, all_files=True)
    assert (done.code, done.specs, done.findings()) == (1, 203, bad("specs/0/net000.yaml"))


@pytest.mark.parametrize("name", ["two words.yaml", "naïve — 畳み込み.yaml", "it's $HOME;#.yml", "-dash.yaml"])
def test_names(hook: Hook, user: Repository, name: str) -> None:
    user.stage(f"specs/{name}", BAD)
    user.stage("specs/common/blocks.yaml", LIBRARY.replace("relu", "gelu"))
    done = hook(user)
    assert (done.code, done.specs, done.findings()) == (1, 4, bad(f"specs/{name}"))


def test_excluded_specs(hook: Hook, user: Repository) -> None:
    user.stage("rflint.toml", 'exclude = ["specs/old/**", "second.yaml", "specs/common"]\n')
    user.stage("specs/old/net.yaml", BAD)
    assert hook(user).code == 0
    # Neither as a dependent; a library that is excluded itself has dependents all the same.
    user.stage("specs/common/blocks.yaml", RENAMED_BLOCK)
    done = hook(user)
    assert (done.code, done.specs, done.findings()) == (1, 1, ["specs/first.yaml:6:24 RF004"])


def test_a_merge_conflict(hook: Hook, user: Repository) -> None:
    user.git("checkout", "--quiet", "-b", "topic")
    user.put("specs/first.yaml", IMPORTING.replace("channels: 8", "channels: 16"))
    user.commit()
    user.git("checkout", "--quiet", "main")
    user.put("specs/first.yaml", IMPORTING.replace("channels: 8", "channels: 32"))
    user.commit()
    merge = user.run("git", "-c", "merge.conflictStyle=diff3", "merge", "topic")
    assert merge.returncode == 1, merge.stdout
    user.git("add", "--all")
    done = hook(user)
    assert (done.code, done.findings()) == (1, ["specs/first.yaml:6:1 RF001"])
    assert "the file holds merge-conflict markers, in lines 6, 8, 10 and 12" in done.out
    assert "Traceback" not in done.out


def test_a_merge_conflict_in_a_library(hook: Hook, user: Repository) -> None:
    conflict = "<<<<<<< HEAD\n      - {op: relu}\n=======\n      - {op: gelu}\n>>>>>>> topic\n"
    user.stage("specs/common/blocks.yaml", LIBRARY.replace("      - {op: relu}\n", conflict))
    done = hook(user)
    assert done.code == 1
    assert "specs/common/blocks.yaml:7:1 RF001" in done.findings()
    assert done.specs == 3


@network
def test_a_commit(pre_commit: PreCommit, tmp_path: Path) -> None:
    """As a person makes it: `git commit`, with parts of one file staged."""
    user = Repository(tmp_path / "user", pre_commit.home)
    user.put(".pre-commit-config.yaml", pre_commit.config)
    net = user.put("specs/net.yaml", GOOD)
    user.commit()
    installed = user.run(sys.executable, "-m", "pre_commit", "install")
    assert installed.returncode == 0, installed.stderr

    user.stage("specs/net.yaml", BAD)
    net.write_text(MENDED, encoding="utf-8")
    refused = user.run("git", "commit", "--message", "bad")
    assert refused.returncode == 1
    assert "RF102" in refused.stderr + refused.stdout
    assert net.read_text(encoding="utf-8") == MENDED

    user.stage("specs/net.yaml", MENDED)
    net.write_text(BAD, encoding="utf-8")
    made = user.run("git", "commit", "--message", "good")
    assert made.returncode == 0, made.stdout + made.stderr
    assert user.git("show", "HEAD:specs/net.yaml") == MENDED
    assert net.read_text(encoding="utf-8") == BAD


@network
def test_a_commit_in_a_worktree(pre_commit: PreCommit, tmp_path: Path) -> None:
    """Where git tells its hooks, by the environment, of a repository that lies elsewhere."""
    user = Repository(tmp_path / "user", pre_commit.home)
    user.put(".pre-commit-config.yaml", pre_commit.config)
    user.put("specs/common/blocks.yaml", LIBRARY)
    user.put("specs/net.yaml", IMPORTING)
    user.commit()
    user.run(sys.executable, "-m", "pre_commit", "install")
    user.git("worktree", "add", "--quiet", "../tree")
    user.folder = tmp_path / "tree"
    user.stage("specs/common/blocks.yaml", RENAMED_BLOCK)
    refused = user.run("git", "commit", "--message", "bad")
    assert refused.returncode == 1
    assert "specs/net.yaml:6:24" in refused.stdout + refused.stderr
