"""`rflint init` and `rflint zoo -o`: what they write works where it lands, and nothing is overwritten."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest
import yaml
from command_line import rflint
from documentation import read

from rflint.resources import schema_text

if TYPE_CHECKING:
    from pathlib import Path

WRITTEN = [
    "rflint.toml",
    ".pre-commit-config.yaml",
    "schemas/rflint-spec.v1.schema.json",
    "schemas/rflint-config.v1.schema.json",
    "specs/first.yaml",
]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def contents(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file()}


def schema_of(spec: Path) -> Path | None:
    """File that the first line of a spec leads to."""
    found = re.match(r"# yaml-language-server: \$schema=(\S+)\n", spec.read_text(encoding="utf-8"))
    return (spec.parent / found[1]).resolve() if found else None


def test_all_there_is_to_write(repository: Path) -> None:
    outcome = rflint("init")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.splitlines()[:5] == [f"wrote {name}" for name in WRITTEN]
    assert sorted(contents(repository)) == sorted(WRITTEN)
    checked = rflint("check")
    assert (checked.code, checked.out, checked.err) == (0, "No findings in 1 spec.\n", "")
    assert schema_of(repository / "specs/first.yaml") == repository / "schemas/rflint-spec.v1.schema.json"
    assert (repository / "schemas/rflint-spec.v1.schema.json").read_text(encoding="utf-8") == schema_text("spec")
    named = re.match(r"#:schema (\S+)\n", (repository / "rflint.toml").read_text(encoding="utf-8"))
    assert named is not None
    assert (repository / named[1]).read_text(encoding="utf-8") == schema_text("config")
    assert "# configuration: rflint.toml\n" in rflint("check", "--show-settings").out


def test_the_hook_is_the_published_one_run_from_here(repository: Path) -> None:
    rflint("init")
    (repo,) = yaml.safe_load((repository / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    (hook,) = repo["hooks"]
    published = next(hook for hook in yaml.safe_load(read(".pre-commit-hooks.yaml")) if hook["id"] == "rflint")
    different = {"description", "language", "minimum_pre_commit_version"}
    assert {key: value for key, value in published.items() if key not in different} == {
        key: value for key, value in hook.items() if key != "language"
    }
    assert (repo["repo"], hook["language"]) == ("local", "system")


@pytest.mark.skipif(find_spec("pre_commit") is None, reason="needs pre-commit")
def test_pre_commit_takes_the_hook(repository: Path) -> None:
    rflint("init")
    command = [sys.executable, "-m", "pre_commit", "validate-config", ".pre-commit-config.yaml"]
    done = subprocess.run(command, cwd=repository, capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_a_second_time_nothing_is_written(repository: Path) -> None:
    rflint("init")
    (repository / "specs/first.yaml").write_text("rflint: 1\nlayers: [{op: relu}]\n", encoding="utf-8")
    before = contents(repository)
    outcome = rflint("init")
    assert outcome.out.splitlines()[:5] == [f"kept {name}" for name in WRITTEN]
    assert contents(repository) == before


@pytest.mark.parametrize(
    ("name", "text", "instead"),
    [
        ("rflint.toml", "", "rflint.toml"),
        (".rflint.toml", "", "rflint.toml"),
        ("pyproject.toml", "[tool.rflint]\n", "rflint.toml"),
        (".pre-commit-config.yaml", "repos: []\n", ".pre-commit-config.yaml"),
        ("schemas/rflint-spec.v1.schema.json", "{}", "schemas/rflint-spec.v1.schema.json"),
        ("nets/own.yaml", "rflint: 1\nlayers: [{op: relu}]\n", "specs/first.yaml"),
    ],
)
def test_what_is_there_stays_and_counts(name: str, text: str, instead: str, repository: Path) -> None:
    (repository / name).parent.mkdir(exist_ok=True)
    (repository / name).write_text(text, encoding="utf-8")
    outcome = rflint("init")
    assert (repository / name).read_text(encoding="utf-8") == text
    assert f"kept {name}\n" in outcome.out
    assert set(contents(repository)) == ({*WRITTEN} - {instead}) | {name}
    assert ("    hooks:\n      - id: rflint\n" in outcome.out) == (name == ".pre-commit-config.yaml")


def test_other_tables_of_a_pyproject_are_no_configuration(repository: Path) -> None:
    (repository / "pyproject.toml").write_text("[tool.other]\n", encoding="utf-8")
    assert "wrote rflint.toml\n" in rflint("init").out


def test_a_folder_has_the_hook_and_the_settings_of_its_repository(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rflint("init")
    (repository / "models").mkdir()
    monkeypatch.chdir(repository / "models")
    assert [line.partition(" ")[0] for line in rflint("init").out.splitlines()[:5]] == ["kept"] * 4 + ["wrote"]
    assert schema_of(repository / "models/specs/first.yaml") == repository / "schemas/rflint-spec.v1.schema.json"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes of POSIX")
def test_what_cannot_be_read_is_no_spec(repository: Path) -> None:
    (repository / "locked.yaml").write_text("rflint: 1\n", encoding="utf-8")
    (repository / "locked.yaml").chmod(0)
    (repository / "gone.yaml").symlink_to("nowhere.yaml")
    os.mkfifo(repository / "pipe.yaml")
    outcome = rflint("init")
    assert (outcome.code, outcome.err) == (0, "")
    # Who may read everything reads that one, too.
    assert ("wrote specs/first.yaml\n" in outcome.out) == (not os.access(repository / "locked.yaml", os.R_OK))


def test_what_cannot_be_written_is_told(repository: Path) -> None:
    (repository / "schemas").write_text("", encoding="utf-8")
    outcome = rflint("init")
    assert outcome.code == 2
    assert outcome.err.startswith("rflint: cannot make the folder `")


# zoo


@pytest.mark.parametrize("place", ["specs/vgg_16.yaml", "specs/", "a/b/c/net.yaml", "net.yaml"])
def test_a_copy_names_the_schema_that_there_is(place: str, repository: Path) -> None:
    rflint("init")
    outcome = rflint("zoo", "vgg_16", "-o", place)
    assert (outcome.code, outcome.err) == (0, "")
    copy = repository / (f"{place}vgg_16.yaml" if place.endswith("/") else place)
    assert schema_of(copy) == repository / "schemas/rflint-spec.v1.schema.json"
    assert copy.read_text(encoding="utf-8").partition("\n")[2] == read("specs/vgg_16.yaml").partition("\n")[2]
    assert rflint("check", os.fspath(copy.relative_to(repository))).code == 0


def test_a_copy_names_no_schema_where_there_is_none(repository: Path) -> None:
    (repository / "inner" / ".git").mkdir(parents=True)
    (repository / "schemas").mkdir()
    (repository / "schemas/rflint-spec.v1.schema.json").write_text("{}", encoding="utf-8")
    outcome = rflint("zoo", "unet", "-o", "inner/specs/")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    assert schema_of(repository / "inner/specs/unet.yaml") is None
    assert rflint("check", "inner").code == 0
    # Nobody knows where what is printed will be.
    assert "$schema" not in rflint("zoo", "unet").out
