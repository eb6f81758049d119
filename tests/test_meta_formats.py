"""A format is one module and one line in FORMATS; what else belongs to it follows from that, or is told here."""

from __future__ import annotations

import ast
from pathlib import Path

import format_checks
import pytest
from command_line import MISALIGNED, rflint
from pages import readable
from test_formatters import hostile_golden

from rflint import formatters
from rflint.formatters import FORMATS

ROOT = Path(__file__).resolve().parent.parent
TABLE = "FORMATS in rflint/formatters/__init__.py"


def renders(path: Path) -> bool:
    return any(isinstance(node, ast.FunctionDef) and node.name == "render" for node in ast.parse(path.read_text("utf-8")).body)


def test_every_renderer_is_in_the_table_and_the_table_has_no_others() -> None:
    folder = Path(formatters.__file__).parent
    modules = {path.stem for path in folder.glob("*.py") if path.stem != "__init__" and renders(path)}
    for name in sorted(modules - FORMATS.keys()):
        pytest.fail(f"rflint/formatters/{name}.py has a `render` and is no format: add a line for `{name}` to {TABLE}")
    for name in sorted(FORMATS.keys() - modules):
        pytest.fail(f"{TABLE} names `{name}`: write `render(report, style) -> str` in rflint/formatters/{name}.py, or remove the line")


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_reachable(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(MISALIGNED)
    assert FORMATS[name].commands, f"`{name}` belongs to no command: give it `commands` in {TABLE}"
    for command in FORMATS[name].commands:
        outcome = rflint(command, "--format", name, "net.yaml")
        assert (outcome.code, outcome.err) == (1, ""), (
            f"`rflint {command} --format {name}` does not work: mend rflint/formatters/{name}.py, or `commands` in {TABLE}"
        )
        assert not FORMATS[name].severities or "RF101" in readable(outcome.out), (
            f"`rflint {command} --format {name}` tells no finding: mend rflint/formatters/{name}.py, or leave `severities` empty in {TABLE}"
        )


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_has_a_golden_on_hostile_names(name: str) -> None:
    path = hostile_golden(name)
    assert path.is_file(), f"{path.relative_to(ROOT)} is missing: read what `pytest --update tests/test_formatters.py` writes"


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_documented(name: str) -> None:
    assert f"\n| `{name}` | " in (ROOT / "docs" / "formats.md").read_text("utf-8"), (
        f"docs/formats.md has no row for `{name}`: `pytest --update tests/test_docs.py` writes it from {TABLE}"
    )


@pytest.mark.parametrize("name", [name for name, form in FORMATS.items() if form.for_machines])
def test_every_format_for_machines_is_held_to_its_rules(name: str) -> None:
    assert callable(getattr(format_checks, name, None)), (
        f"`{name}` is for machines: write `{name}(text)` in tests/format_checks.py, which asserts what its readers demand, "
        f"and run `pytest tests/test_machine_formats.py`; or leave `for_machines` out in {TABLE}"
    )


def test_no_golden_is_left_behind() -> None:
    left = sorted(path.name for path in hostile_golden("x").parent.glob("hostile-*") if path.stem.removeprefix("hostile-") not in FORMATS)
    assert not left, f"remove tests/data/format/{left[0]}: {TABLE} names no such format"
