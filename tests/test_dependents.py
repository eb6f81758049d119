"""Specs that import what changed: import lists, the graph, and what counts as a project's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rflint.project import files, imports
from rflint.project import git as asking
from rflint.project.dependents import importers, imports_of, with_dependents
from rflint.project.files import SpecFile, find

LIBRARY = """\
rflint: 1
blocks:
  unit: {layers: [{op: conv, kernel: 3, channels: 8}]}
"""

posix_only = pytest.mark.skipif(os.name == "nt", reason="links of POSIX")
git_only = pytest.mark.skipif(shutil.which("git") is None, reason="git")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


def put(path: str, text: str = LIBRARY) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text, encoding="utf-8")


def importing(*targets: str) -> str:
    return f"rflint: 1\nimport: [{', '.join(targets)}]\nblocks:\n  own: {{layers: [{{op: relu}}]}}\n"


def dependent(*named: str, excluded: set[str] | None = None, root: Path | None = None, force: bool = True) -> list[str]:
    names = excluded or set()

    def excludes(path: str) -> bool:
        return bool(names & set(Path(path).parts))

    found = find(named, excluded=excludes, force_exclude=force, stdin_name=None)
    return [each.display for each in with_dependents(found, excludes, lambda _: str(root or Path.cwd()), named)]


def git(*argv: str, folder: str = ".") -> None:
    identity = ("-c", "user.name=someone", "-c", "user.email=someone@example.org")
    subprocess.run(["git", *identity, *argv], cwd=folder, check=True, capture_output=True)


# The graph


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ("a", ""),
        ("b", "ac"),
        ("c", "ab"),
        ("d", "abc"),
        ("e", ""),
        ("z", ""),
        ("be", "abc"),
    ],
)
def test_importers(changed: str, expected: str) -> None:
    # b and c import each other: whatever changed is not added to itself unless somebody it depends on imports it.
    graph = {"a": ["b"], "b": ["c"], "c": ["b", "d"], "e": ["x"]}
    assert importers(changed, graph) - set(changed) == set(expected) - set(changed)


def test_long_chains_and_many_edges_end() -> None:
    chain = {str(number): [str(number + 1)] for number in range(50_000)}
    assert len(importers(["50000"], chain)) == 50_000
    complete = {str(number): [str(other) for other in range(300)] for number in range(300)}
    assert len(importers(["0"], complete)) == 300


# Import lists


@pytest.mark.parametrize(
    "text",
    [
        "rflint: 1\nimport: [a.yaml, b.yaml]\nlayers: []\n",
        "rflint: 1\nlayers: []\nimport: [a.yaml, b.yaml]",
        "rflint: 1\nimport:\n  - a.yaml # why\n  - 'b.yaml'\nlayers: []\n",
        "rflint: 1\nimport:\n- a.yaml\n# a remark\n\n- b.yaml\nlayers: []\n",
        "rflint: 1\nimport: [\n  a.yaml,\n  b.yaml\n]\nlayers: []\n",
        "rflint: 1\nimport: [\na.yaml,\nb.yaml\n]\nlayers: []\n",
        "rflint: 1\nimport : [a.yaml, b.yaml]\n",
        'rflint: 1\n"import": [a.yaml, b.yaml]\nlayers: []\n',
        "rflint: 1\r\nimport:\r\n  - a.yaml\r\n  - b.yaml\r\nlayers: []\r\n",
        "rflint: 1\rimport: [a.yaml, b.yaml]\rlayers: []\r",
        "{rflint: 1, layers: [], import: [a.yaml, b.yaml]}",
        "rflint: 1\nname: &name a.yaml\nimport: [*name, b.yaml]\nlayers: []\n",
        "rflint: 1\ndescription: 'as\nimport: [c.yaml]\n  says'\nimport: [a.yaml, b.yaml]\n",
        "\ufeffimport: [a.yaml, b.yaml]\nrflint: 1\n",
        # Broken elsewhere, and in parts of the list.
        "rflint: 1\nimport: [a.yaml, b.yaml]\nlayers: [{op: relu]\n",
        "rflint: 1\nimport: [a.yaml, b.yaml]\nlayers:\n<<<<<<< HEAD\n  - {op: relu}\n=======\n  - {op: gelu}\n>>>>>>> topic\n",
        "rflint: 1\nimport: [a.yaml, 7, [x], null, b.yaml]\nlayers: []\n",
    ],
)
def test_import_lists(text: str) -> None:
    assert imports_of(text.encode()) == ["a.yaml", "b.yaml"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rflint: 1\nlayers: []\n",
        "rflint: 1\n# import: [a.yaml]\nlayers: []\n",
        "rflint: 1\ndescription: |\n  import: [a.yaml]\n",
        "rflint: 1\nblocks: {import: [a.yaml]}\n",
        "rflint: 1\nimport: a.yaml\n",
        "rflint: 1\nimport:\n",
        "rflint: 1\nimport: [a.yaml\n",
        "- import: [a.yaml]\n",
        "import: [a.yaml",
        "\x00import: [a.yaml]",
    ],
)
def test_no_import_lists(text: str) -> None:
    assert imports_of(text.encode()) == []


def test_of_many_imports_as_many_are_followed_as_would_be_opened() -> None:
    text = f"import: [{', '.join(f'{number}.yaml' for number in range(5_000))}]\n"
    assert len(imports_of(text.encode())) == 200


# Files


def test_importers_are_found_through_files_and_folders() -> None:
    put("common/blocks.yaml")
    put("specs/stage.yaml", importing("../common/blocks.yaml"))
    put("specs/net.yaml", importing("stage.yaml"))
    put("specs/deep/other.yaml", importing("../../common/../common/./blocks.yaml"))
    put("specs/alone.yaml")
    put("specs/no_spec.yaml", "import: [../common/blocks.yaml]\n")
    assert dependent("common/blocks.yaml") == ["common/blocks.yaml", "specs/deep/other.yaml", "specs/net.yaml", "specs/stage.yaml"]
    assert dependent("specs/stage.yaml") == ["specs/net.yaml", "specs/stage.yaml"]
    assert dependent("specs/net.yaml") == ["specs/net.yaml"]
    assert dependent("specs/alone.yaml", "specs/stage.yaml") == ["specs/alone.yaml", "specs/net.yaml", "specs/stage.yaml"]


def test_what_is_named_stays_named() -> None:
    put("a.yaml")
    put("b.yaml", importing("a.yaml"))
    found = find(["a.yaml"], excluded=lambda _: False, force_exclude=False, stdin_name=None)
    here = str(Path.cwd())
    assert with_dependents(found, lambda _: False, lambda _: here) == [
        SpecFile("a.yaml", "a.yaml", named=True),
        SpecFile("b.yaml", str(Path("b.yaml").absolute()), named=False),
    ]


@git_only
@pytest.mark.parametrize("between", [False, True])
def test_of_a_library_whose_deletion_is_all_there_is(between: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    def git(*argv: str) -> None:
        identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
        subprocess.run(["git", *identity, *argv], check=True, capture_output=True)

    put("lib/blocks.yaml")
    put("net.yaml", "rflint: 1\nimport: [lib/blocks.yaml]\nlayers: [{use: unit}]\n")
    put("other.yaml", "rflint: 1\nlayers: [{op: relu}]\n")
    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "-m", "first")

    def touched() -> list[str]:
        here = str(Path.cwd())
        return [file.display for file in with_dependents([], lambda _: False, lambda _: here, (), here)]

    assert touched() == []
    git("rm", "--quiet", "lib/blocks.yaml")
    assert touched() == ["net.yaml"]
    if between:
        git("commit", "--quiet", "-m", "second")
        assert touched() == []
        monkeypatch.setenv("PRE_COMMIT_FROM_REF", "HEAD~1")
        monkeypatch.setenv("PRE_COMMIT_TO_REF", "HEAD")
        assert touched() == ["net.yaml"]


def test_nothing_named_nothing_found() -> None:
    put("a.yaml")
    assert with_dependents([], lambda _: False, lambda _: pytest.fail("no folder to ask for")) == []


def test_standard_input_has_no_importers() -> None:
    put("a.yaml")
    put("b.yaml", importing("a.yaml"))
    found = find(["-"], excluded=lambda _: False, force_exclude=False, stdin_name="a.yaml")
    assert with_dependents(found, lambda _: False, lambda _: str(Path.cwd()), ("-",)) == found


def test_cycles_end() -> None:
    put("a.yaml", importing("b.yaml"))
    put("b.yaml", importing("c.yaml", "b.yaml"))
    put("c.yaml", importing("a.yaml"))
    put("d.yaml", importing("c.yaml"))
    assert dependent("a.yaml") == ["a.yaml", "b.yaml", "c.yaml", "d.yaml"]


def test_excluded_specs_are_left_out_but_import_all_the_same() -> None:
    put("a.yaml")
    put("shared/b.yaml", importing("../a.yaml"))
    put("drafts/c.yaml", importing("../a.yaml"))
    put("net.yaml", importing("shared/b.yaml"))
    assert dependent("a.yaml", excluded={"shared", "drafts"}) == ["a.yaml", "net.yaml"]
    # Excluded itself, and named by a hook.
    assert dependent("shared/b.yaml", excluded={"shared"}) == ["net.yaml"]


def test_libraries_may_lie_where_no_search_goes() -> None:
    put(".shared/blocks.txt", importing("base.yaml"))
    put(".shared/base.yaml")
    put("net.yaml", importing(".shared/blocks.txt"))
    assert dependent(".shared/base.yaml") == [".shared/base.yaml", "net.yaml"]


def test_broken_importers_count_as_far_as_their_list_can_be_read() -> None:
    put("a.yaml")
    put("broken.yaml", importing("a.yaml") + "layers: [\n")
    put("hopeless.yaml", "rflint: 1\nimport: [a.yaml\n")
    Path("bytes.yaml").write_bytes(b"rflint: 1\nimport: [a.yaml]\n\xff\xfe")
    assert dependent("a.yaml") == ["a.yaml", "broken.yaml", "bytes.yaml"]


@pytest.mark.parametrize("target", ["../a.yaml", "missing.yaml", "/a.yaml", '"a\\0b"', '""', "x" * 5_000, "..", "folder", "https://a.yaml"])
def test_imports_that_lead_nowhere(target: str) -> None:
    put("../a.yaml")
    put("folder/lib.yaml")
    put("a.yaml")
    put("net.yaml", importing(target))
    assert dependent("a.yaml") == ["a.yaml"]


@posix_only
def test_links_and_what_they_lead_to_are_one_file() -> None:
    put("real/a.yaml")
    Path("link.yaml").symlink_to("real/a.yaml")
    Path("folder").symlink_to("real", target_is_directory=True)
    put("b.yaml", importing("link.yaml"))
    put("c.yaml", importing("folder/a.yaml"))
    expected = ["b.yaml", "c.yaml"]
    assert dependent("real/a.yaml") == [*expected, "real/a.yaml"]
    assert dependent("link.yaml") == [*expected, "link.yaml"]
    assert dependent("folder/a.yaml") == [*expected, "folder/a.yaml"]


@posix_only
def test_links_do_not_lead_outside(tmp_path: Path) -> None:
    put("outside.yaml", importing("repo/a.yaml"))
    put("repo/a.yaml")
    Path("repo/link.yaml").symlink_to(tmp_path / "outside.yaml")
    put("repo/net.yaml", importing("link.yaml"))
    # `net` imports nothing that may be read; the link itself is a spec of the folder.
    assert dependent("repo/a.yaml", root=tmp_path / "repo") == ["repo/a.yaml"]


def test_each_library_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    put("a.yaml")
    put(".lib/b.yaml", importing("../a.yaml"))
    for number in range(20):
        put(f"net{number}.yaml", importing(".lib/b.yaml", "./.lib/../.lib/b.yaml"))
    opened: list[str] = []
    original = imports.ImportOpener.__call__

    def spy(self: imports.ImportOpener, importing: str, name: str) -> object:
        opened.append(name)
        return original(self, importing, name)

    monkeypatch.setattr(imports.ImportOpener, "__call__", spy)
    assert len(dependent("a.yaml")) == 21
    assert opened == [".lib/b.yaml"]


# In a repository


@git_only
def test_in_a_repository_what_git_tracks_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    put("a.yaml")
    put("specs/net.yaml", importing("../a.yaml"))
    put("specs/naïve net.yml", importing("../a.yaml"))
    put(".hidden/net.yaml", importing("../a.yaml"))
    put("drafts/net.yaml", importing("../a.yaml"))
    put("specs/gone.yaml", importing("../a.yaml"))
    git("init")
    git("add", "--all")
    put("untracked.yaml", importing("a.yaml"))
    Path("specs/gone.yaml").unlink()
    monkeypatch.setattr(files, "find", lambda *_, **__: pytest.fail("searched"))
    found = [SpecFile("a.yaml", "a.yaml", named=True)]
    with_them = with_dependents(found, lambda path: path.endswith("drafts"), lambda _: str(Path.cwd()))
    assert [each.display for each in with_them] == [".hidden/net.yaml", "a.yaml", "specs/naïve net.yml", "specs/net.yaml"]


@git_only
def test_importers_of_what_was_renamed_or_deleted() -> None:
    put("old.yaml")
    put("gone.yaml", LIBRARY.replace("unit", "other"))
    put("one.yaml", importing("old.yaml"))
    put("two.yaml", importing("gone.yaml"))
    put("three.yaml", importing("never.yaml"))
    put("four.yaml", LIBRARY.replace("unit", "more"))
    git("init")
    git("add", "--all")
    git("commit", "--message", "all")
    git("mv", "old.yaml", "new.yaml")
    assert dependent("new.yaml") == ["new.yaml", "one.yaml"]
    git("rm", "gone.yaml")
    assert dependent("four.yaml") == ["four.yaml", "one.yaml", "two.yaml"]
    git("commit", "--message", "done")
    assert dependent("four.yaml") == ["four.yaml"]


@git_only
def test_a_repository_inside_another_has_its_own_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put("inner/a.yaml")
    put("inner/net.yaml", importing("a.yaml"))
    put("inner/drafts.yaml", importing("a.yaml"))
    git("init")
    git("init", folder="inner")
    git("add", "a.yaml", "net.yaml", folder="inner")
    # As a hook of the outer repository would have it.
    monkeypatch.setenv("GIT_DIR", str(tmp_path / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / ".git" / "index"))
    assert dependent("inner/a.yaml", root=tmp_path / "inner") == ["inner/a.yaml", "inner/net.yaml"]


@pytest.mark.parametrize("broken", ["no git", "git fails"])
def test_without_an_answer_of_git_the_folder_is_searched(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    put("a.yaml")
    put("net.yaml", importing("a.yaml"))
    Path(".git").mkdir()  # no repository, as git sees it
    if broken == "no git":
        monkeypatch.setenv("PATH", "")
    assert dependent("a.yaml") == ["a.yaml", "net.yaml"]


@pytest.mark.skipif(sys.platform == "win32", reason="a script as a program")
def test_a_program_of_the_working_directory_is_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    put("git", "#!/bin/sh\ntouch run\n")
    Path("git").chmod(0o755)
    Path(".git").mkdir()
    put("a.yaml")
    monkeypatch.setenv("PATH", f".{os.pathsep}")
    assert asking._program("git") is None
    assert dependent("a.yaml") == ["a.yaml"]
    assert not Path("run").exists()
