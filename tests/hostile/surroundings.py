"""Folders, links, devices, imports, and configurations, which come with the pull request as well."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hostile.case import CASES, HEAD, LAYERS, RELU, Case, folder

if TYPE_CHECKING:
    from collections.abc import Callable


@folder(1, "spec.yaml:1:1: RF001")
def link_to_a_device(where: Path) -> None:
    (where / "spec.yaml").symlink_to("/dev/zero")


@folder(2, "rflint: no such file or folder: `spec.yaml`")
def link_to_itself(where: Path) -> None:
    (where / "spec.yaml").symlink_to("spec.yaml")


@folder(1, "a/again.yaml:5:8: RF003", "check", ".", "--format", "concise")
def loop_of_links(where: Path) -> None:
    (where / "a").mkdir()
    (where / "a" / "spec.yaml").write_text(LAYERS + "- {op: reluu}\n")
    (where / "a" / "up").symlink_to("..")
    (where / "a" / "here").symlink_to(".")
    (where / "a" / "again.yaml").symlink_to("spec.yaml")
    (where / "a" / "broken.yaml").symlink_to("nowhere.yaml")


@folder(2, "rflint: nothing to lint in `.`: no YAML file with a top-level `rflint:` key", "check", ".")
def pipe_in_a_folder(where: Path) -> None:
    os.mkfifo(where / "a.yaml")


@folder(2, "rflint: nothing to lint in `spec.yaml`: no YAML file with a top-level `rflint:`", "check", "spec.yaml")
def folder_called_spec(where: Path) -> None:
    (where / "spec.yaml").mkdir()


#: Folders in one another: more than Python has frames.
DEEP: Final = 1_100


@folder(
    1,
    "d/" * DEEP + "spec.yaml:5:8: RF003",
    "check",
    ".",
    "--format",
    "concise",
)
def deep_folders(where: Path) -> None:
    os.chdir(where)
    for _ in range(DEEP):
        Path("d").mkdir()
        os.chdir("d")
    Path("spec.yaml").write_text(LAYERS + "- {op: reluu}\n")


@folder(1, "\\x1b[31m.yaml:5:8: RF003", "check", ".", "--format", "concise")
def names_of_files(where: Path) -> None:
    for name in (b"\x1b[31m.yaml", b"a\n::error::b.yaml", b"\xff\xfe.yaml", b"x" * 250 + b".yaml", "\u202eabc.yaml".encode()):
        (where / os.fsdecode(name)).write_text(LAYERS + "- {op: reluu}\n")


@folder(1, "<stdin>:1:1: RF001", "check", "-", "--format", "concise", stdin="/dev/zero")
def endless_standard_input(where: Path) -> None:
    pass


@folder(1, "a" * 3_000 + ":1:1: RF001", "check", "-", "--format", "concise", "--stdin-filename", "a" * 3_000, stdin="/dev/null")
def empty_standard_input(where: Path) -> None:
    pass


# Imports


def importing(name: str, answer: str, target: str, fill: Callable[[Path], object] = lambda where: None) -> None:
    """Register a spec that imports something, beside which `fill` puts files."""

    def make(where: Path) -> None:
        (where / "spec.yaml").write_text(HEAD + f"import: [{target}]\nlayers: [{{use: b}}]\n")
        fill(where)

    CASES[name] = Case(make, 1, answer, fills=True)


def _outside(where: Path) -> Path:
    """Put a file outside of the repository."""
    path = where.parent / "outside.yaml"
    path.write_text(LIBRARY)
    return path


LIBRARY: Final = "rflint: 1\nblocks: {b: {layers: [{op: relu}]}}\n"
importing("import_of_a_pipe", "spec.yaml:4:10: RF004", "lib.yaml", lambda where: os.mkfifo(where / "lib.yaml"))
importing("import_of_a_device", "spec.yaml:4:10: RF004", "lib.yaml", lambda where: (where / "lib.yaml").symlink_to("/dev/zero"))
importing("import_of_a_folder", "spec.yaml:4:10: RF004", "lib", lambda where: (where / "lib").mkdir())
importing("import_of_a_loop", "spec.yaml:4:10: RF004", "lib.yaml", lambda where: (where / "lib.yaml").symlink_to("lib.yaml"))
importing("import_from_outside", "spec.yaml:4:10: RF004", "../outside.yaml", _outside)
importing("import_through_a_link", "spec.yaml:4:10: RF004", "lib.yaml", lambda where: (where / "lib.yaml").symlink_to(_outside(where)))
importing("import_through_a_linked_folder", "spec.yaml:4:10: RF004", "lib/passwd", lambda where: (where / "lib").symlink_to("/etc"))
importing("import_of_an_absolute_path", "spec.yaml:4:10: RF004", "/etc/passwd")
importing("import_of_a_drive", "spec.yaml:4:10: RF004", "'C:\\lib.yaml'")
importing("import_of_a_drive_with_slashes", "spec.yaml:4:10: RF004", "'C:/lib.yaml'")
importing("import_of_a_share", "spec.yaml:4:10: RF004", "'\\\\server\\lib.yaml'")
importing("import_of_a_windows_path", "spec.yaml:4:10: RF004", "'common\\lib.yaml'")
importing("import_of_a_url", "spec.yaml:4:10: RF004", "https://example.org/lib.yaml")
importing("import_of_nul", "spec.yaml:4:10: RF004", '"lib\\0.yaml"')
importing("import_of_a_long_name", "spec.yaml:4:10: RF002", "a" * 5_000)
importing("import_of_escapes", "spec.yaml:4:10: RF004", '"\\e[31m.yaml"')
importing("import_of_itself", "spec.yaml:4:10: RF005", "spec.yaml")
importing("import_of_binary", "spec.yaml:4:10: RF001", "lib.yaml", lambda where: (where / "lib.yaml").write_bytes(bytes(range(256))))
importing("import_of_nothing", "spec.yaml:4:10: RF001", "lib.yaml", lambda where: (where / "lib.yaml").write_bytes(b""))
importing(
    "import_of_a_large_file", "spec.yaml:4:10: RF001", "lib.yaml", lambda where: (where / "lib.yaml").write_text("# " + "a" * (17 << 20))
)


@folder(1, "b.yaml:3:10: RF005")
def import_cycle(where: Path) -> None:
    (where / "spec.yaml").write_text(HEAD + "import: [a.yaml]\nlayers: [{use: b}]\n")
    (where / "a.yaml").write_text(LIBRARY + "import: [b.yaml]\n")
    (where / "b.yaml").write_text("rflint: 1\nblocks: {c: {layers: [{op: relu}]}}\nimport: [spec.yaml]\n")


@folder(1, "l63.yaml:3:10: RF001")
def import_chain(where: Path) -> None:
    (where / "spec.yaml").write_text(HEAD + "import: [l0.yaml]\nlayers: [{op: relu}]\n")
    for index in range(1_000):
        (where / f"l{index}.yaml").write_text(f"rflint: 1\nblocks: {{b{index}: {{layers: [{{op: relu}}]}}}}\nimport: [l{index + 1}.yaml]\n")


@folder(1, "spec.yaml:4:2100: RF001")
def imports_by_the_thousand(where: Path) -> None:
    (where / "spec.yaml").write_text(HEAD + f"import: [{', '.join(f'l{i}.yaml' for i in range(1_000))}]\nlayers: [{{op: relu}}]\n")
    for index in range(1_000):
        (where / f"l{index}.yaml").write_text(f"rflint: 1\nblocks: {{b{index}: {{layers: [{{op: relu}}]}}}}\n")


@folder(1, "l1.yaml:2:10: RF005")
def imports_in_all_ways(where: Path) -> None:
    """Twenty files that each import all others: 20! ways to go."""
    names = [f"l{i}.yaml" for i in range(20)]
    (where / "spec.yaml").write_text(HEAD + f"import: [{', '.join(names)}]\nlayers: [{{use: b0}}]\n")
    for index, name in enumerate(names):
        others = ", ".join(other for other in names if other != name)
        (where / name).write_text(f"rflint: 1\nimport: [{others}]\nblocks: {{b{index}: {{layers: [{{op: relu}}]}}}}\n")


@folder(1, "spec.yaml:4:46: RF001")
def imports_of_many_bytes(where: Path) -> None:
    (where / "spec.yaml").write_text(HEAD + f"import: [{', '.join(f'l{i}.yaml' for i in range(5))}]\nlayers: [{{op: relu}}]\n")
    for index in range(5):
        (where / f"l{index}.yaml").write_text(f"rflint: 1\nblocks: {{b{index}: {{layers: [{{op: relu}}]}}}}\n# " + "a" * (15 << 20))


# Configurations: they come with the pull request as well

#: The file is named; what else is said may be said better one day.
TOML: Final = "rflint: rflint.toml"


def configured(name: str, code: int, answer: str, text: Callable[[], str | bytes], file: str = "rflint.toml") -> None:
    """Register a configuration beside a spec without flaws."""

    def make(where: Path) -> None:
        made = text()
        (where / file).write_bytes(made.encode() if isinstance(made, str) else made)
        (where / "spec.yaml").write_text(LAYERS + RELU)

    CASES[f"config_{name}"] = Case(make, code, answer, fills=True)


configured("nested_lists", 2, TOML, lambda: "ignore = " + "[" * 100_000)
configured("nested_tables", 2, TOML, lambda: "ignore = " + "{a = " * 100_000)
configured("long_dotted_key", 2, TOML, lambda: "a." * 20_000 + "a = 1\n")
configured("many_dotted_keys", 2, TOML, lambda: "".join(f"a.b{i} = 1\n" for i in range(20_000)))
configured("many_tables", 2, TOML, lambda: "".join(f"[a{i}]\n" for i in range(20_000)))
configured(
    "deep_tables",
    2,
    TOML,
    lambda: "".join("[" + ".".join("a" * i) + "]\n" for i in range(1, 500)),
)
configured("huge_number", 2, TOML, lambda: "fail-on = " + "9" * 100_000 + "\n")
configured(
    "huge_string",
    2,
    TOML,
    lambda: 'fail-on = "' + "a" * 900_000 + '"\n',
)
configured(
    "larger_than_a_mebibyte",
    2,
    TOML,
    lambda: "# " + "a" * 2_000_000,
)
configured("binary", 2, TOML, lambda: bytes(range(256)))
configured("nul", 2, TOML, lambda: "\0")
configured("utf_16", 2, TOML, lambda: 'fail-on = "info"'.encode("utf-16"))
configured("escapes", 2, TOML, lambda: '"\\u001b[31m" = 1\n')
configured(
    "unknown_rules",
    2,
    TOML,
    lambda: f"ignore = [{', '.join(f'{chr(34)}drift{i}{chr(34)}' for i in range(20_000))}]\n",
)
configured("many_rules", 0, "", lambda: "ignore = [" + '"RF1", ' * 50_000 + "]\n")
configured("many_globs", 0, "", lambda: "exclude = [" + '"**/a/**/b/**", ' * 10_000 + "]\n")
configured("backtracking_glob", 0, "", lambda: f'exclude = ["{"*s" * 2_000}"]\n')
configured("backtracking_path", 0, "", lambda: f'exclude = ["{"**/" * 20_000}x"]\n')
configured(
    "limits",
    2,
    TOML,
    lambda: "[limits]\nlayers = 1000000000000\n",
)
configured("pyproject", 0, "", lambda: "[tool.x]\n" + "a = [" + "[" * 100_000, "pyproject.toml")
configured("many_ops", 0, "", lambda: "".join(f'[ops.op{i}]\nlike = "conv"\nkernel = 3\n' for i in range(1_000)))
configured(
    "op_of_a_billion",
    2,
    TOML,
    lambda: '[ops.a]\nlike = "conv"\nkernel = 10000000000\n',
)
configured("op_like_itself", 2, TOML, lambda: '[ops.a]\nlike = "a"\n')


# Baselines: the configuration names them


def known(name: str, code: int, answer: str, fill: Callable[[Path], object], note: str = "") -> None:
    """Register a spec without flaws whose configuration names a baseline."""

    def make(where: Path) -> None:
        (where / "rflint.toml").write_text('baseline = "known.json"\n')
        (where / "spec.yaml").write_text(LAYERS + RELU)
        fill(where / "known.json")

    CASES[f"baseline_{name}"] = Case(make, code, answer, fills=True, note=note)


JSON: Final = "rflint: known.json"
BASELINE: Final = '{"schema": "rflint-baseline.v1", "findings": ['
known("device", 2, JSON, lambda path: path.symlink_to("/dev/zero"))
known("folder", 2, JSON, lambda path: path.mkdir())
known("loop", 2, JSON, lambda path: path.symlink_to(path.name))
known("nested", 2, JSON, lambda path: path.write_text(BASELINE + "[" * 100_000))
known(
    "huge_number",
    2,
    JSON,
    lambda path: path.write_text(BASELINE + "9" * 100_000 + "]}"),
)
known("binary", 2, JSON, lambda path: path.write_bytes(bytes(range(256))))
ENTRIES: Final = ", ".join(f'{{"path": "a{i}", "code": "RF301", "subject": "s", "count": 1}}' for i in range(20_000))
known("many_entries", 0, "", lambda path: path.write_text(f"{BASELINE}{ENTRIES}]}}"), "rflint: ")
