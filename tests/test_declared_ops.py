"""Ops that a configuration declares, and the limits that it sets for expressions."""

from __future__ import annotations

import json
import pickle
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest
from command_line import CLEAN, rflint

import rflint as api
from rflint.model import UsageError
from rflint.pipeline import lint_bytes
from rflint.plugin import derive
from rflint.resources import schema_text
from rflint.verdict import Options
from rflint.verdict.options import BUILTIN

if TYPE_CHECKING:
    from pathlib import Path

needs_toml = pytest.mark.skipif(not any(map(find_spec, ("tomllib", "tomli"))), reason="Python 3.10 without tomli")


def toml(text: str) -> dict[str, Any]:
    return import_module("tomllib" if find_spec("tomllib") else "tomli").loads(text)  # type: ignore[no-any-return]


DECLARED = """\
[ops.my_blur]
like = "conv"
kernel = 3
padding = "same"
doc = "Blurs."

[ops.up]
like = "resize"
scale = 2

[ops.spread]
like = "conv_transpose"
kernel = [3, 3]
stride = 2
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rflint.toml").write_text(DECLARED, encoding="utf-8")
    return tmp_path


def found(*argv: str) -> list[tuple[str, str]]:
    outcome = rflint("check", "--format", "json", *argv)
    assert outcome.err == ""
    return [(each["code"], each["message"]) for spec in json.loads(outcome.out)["specs"] for each in spec["findings"]]


@needs_toml
def test_declared_ops(folder: Path) -> None:
    (folder / "net.yaml").write_text(
        CLEAN
        + "  - {name: a, op: my_blur, channels: 8}\n"
        + '  - {name: b, op: my_blur, kernel: 5, padding: 0, channels: "${8}"}\n'
        + "  - {name: c, op: up}\n"
        + "  - {name: d, op: up, size: 10}\n"
        + "  - {name: e, op: my_blur, repeat: 2, channels: 8}\n",
        encoding="utf-8",
    )
    layers = json.loads(rflint("report", "--format", "json", "net.yaml").out)["specs"][0]["layers"]
    assert [(layer["name"], layer["op"], layer["size"], layer["receptive_field"]["image"]["size"]) for layer in layers[1:4]] == [
        ("a", "my_blur", [31, 31], [5, 5]),
        ("b", "my_blur", [27, 27], [9, 9]),
        ("c", "up", [54, 54], [9, 9]),
    ]
    assert [layer["params"] for layer in layers[1:3]] == [8 * 8 * 9 + 8, 8 * 8 * 25 + 8]
    assert [(layer["name"], layer["size"]) for layer in layers[4:]] == [("d", [10, 10]), ("e/0", [10, 10]), ("e/1", [10, 10])]


@needs_toml
def test_declared_ops_are_checked_like_all(folder: Path) -> None:
    (folder / "net.yaml").write_text(
        "rflint: 1\naxes: [t]\ndefaults: {my_blur: {stride: 2}, up: {scle: 3}}\nlayers:\n"
        "  - {op: my_blur, kernl: 3}\n  - {op: my_blur, stride: two}\n  - {op: my_blr}\n  - {op: spread}\n"
        "  - {op: up, scale: 2, size: 3}\n",
        encoding="utf-8",
    )
    assert found("net.yaml") == [
        ("RF002", "`scle` is not a field of `up`; did you mean `scale`?"),
        ("RF002", "`kernl` is not a field of `my_blur`; did you mean `kernel`?"),
        (
            "RF002",
            '`stride` of `my_blur` must be a whole number of at least 1 or a list with one entry per axis, not the text "two"',
        ),
        ("RF003", "`my_blr` is not an op that rflint knows; did you mean `my_blur`?"),
        ("RF002", "`kernel` has 2 entries, but the spec has 1 axis (t)"),
        ("RF002", "`scale` and `size` exclude each other: `up` takes one of `scale`, `size` or `like`"),
    ]


@needs_toml
def test_rules_treat_a_declared_op_as_what_it_is_like(folder: Path) -> None:
    (folder / "net.yaml").write_text(CLEAN + "  - {name: spread, op: spread, channels: 8}\n", encoding="utf-8")
    assert "RF403" in [code for code, _ in found("net.yaml")]


@needs_toml
def test_each_folder_has_its_own_ops(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "rflint.toml").write_text('[ops.other]\nlike = "relu"\n', encoding="utf-8")
    for name in ("net.yaml", "sub/net.yaml"):
        (folder / name).write_text(CLEAN + "  - {op: my_blur}\n  - {op: other}\n", encoding="utf-8")
    assert found() == [
        ("RF003", "`other` is not an op that rflint knows"),
        ("RF003", "`my_blur` is not an op that rflint knows"),
    ]
    assert len(found("--isolated")) == 4
    out = rflint("check", "--isolated", "net.yaml").out
    assert "an op of your own is declared in the configuration, as" in " ".join(out.split())
    assert '`[tool.rflint.ops.my_blur]` with `like = "conv"`' in " ".join(out.split())


@needs_toml
def test_imports_and_the_api_see_declared_ops(folder: Path) -> None:
    (folder / "lib.yaml").write_text("rflint: 1\nblocks: {b: {layers: [{op: my_blur, channels: 8}]}}\n", encoding="utf-8")
    (folder / "net.yaml").write_text("import: [lib.yaml]\n" + CLEAN + "  - {name: b, use: b}\n", encoding="utf-8")
    assert found("net.yaml", "lib.yaml") == []
    network = api.load(folder / "net.yaml").analyze()
    assert network["b/my_blur_1"].receptive_field["image"].size == (5, 5)
    (folder / "rflint.toml").write_text("[ops.x]\nlike = 'cnv'\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"`ops\.x\.like`: no op is called `cnv`; did you mean `conv`\?"):
        api.load(folder / "net.yaml").lint()


@needs_toml
def test_the_extended_schema(folder: Path) -> None:
    outcome = rflint("schema", "spec", "--extended")
    schema = json.loads(outcome.out)
    published = json.loads(schema_text("spec"))
    assert set(schema["$defs"]["item-op"]["enum"]) - set(published["$defs"]["item-op"]["enum"]) == {"my_blur", "up", "spread"}
    about = dict(zip(schema["$defs"]["item-op"]["enum"], schema["$defs"]["item-op"]["markdownEnumDescriptions"], strict=True))
    assert about["my_blur"] == "Blurs. (`conv` with `kernel: 3`, `padding: same` unless the layer says otherwise)"
    assert schema["$id"] != published["$id"]
    bare = json.loads(rflint("schema", "--extended", "--isolated").out)
    assert {**bare, "$id": published["$id"]} == published
    assert rflint("schema", "config", "--extended").code == 2


@needs_toml
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ops = 3", '`ops` must be a table: ops = {blur = {like = "conv", kernel = 3}}'),
        ("[ops]\nx = 3", '`ops.x` must be a table, like {like = "conv", kernel = 3}'),
        ("[ops.x]", "`ops.x.like` must be the name of the op that this one is a variant of"),
        ("[ops.x]\nlike = 3", "`ops.x.like` must be the name of the op that this one is a variant of"),
        ("[ops.x]\nlike = 'conw'", "`ops.x.like`: no op is called `conw`; did you mean `conv`?"),
        ("[ops.x]\nlike = 'conv'\ndoc = 3", "`ops.x.doc` must be text"),
        ("[ops.x]\nlike = 'conv'\nkernle = 3", "`ops.x.kernle`: `conv` has no such field; did you mean `kernel`?"),
        (
            "[ops.x]\nlike = 'conv'\nqqq = 3",
            (
                "`ops.x.qqq`: `conv` has no such field "
                "(its fields are kernel, stride, dilation, padding, ceil_mode, channels, groups, bias, weights)"
            ),
        ),
        ("[ops.x]\nlike = 'relu'\nkernel = 3", "`ops.x.kernel`: `relu` has no such field"),
        ("[ops.x]\nlike = 'conv'\nkernel = 0", "`ops.x.kernel`: `kernel` of `conv` must be at least 1, not 0"),
        (
            "[ops.x]\nlike = 'conv'\nkernel = '${3}'",
            (
                "`ops.x.kernel`: `kernel` of `conv` must be a whole number of at least 1 or a list with one entry per axis, "
                'not the text "${3}"'
            ),
        ),
        ("[ops.x]\nlike = 'conv'\nkernel = 1979-05-27", None),
        ("[ops.x]\nlike = 'conv'\nkernel = {a = 1}", None),
        ("[ops.x]\nlike = 'conv'\nkernel = [1, 2, 3, 4]", None),
        ("[ops.x]\nlike = 'conv'\nkernel = nan", None),
        ("[ops.x]\nlike = 'resize'\nscale = 2\nsize = 3", "`ops.x`: `scale` and `size` exclude each other"),
        ("[ops.conv]\nlike = 'relu'", "`ops.conv`: there is an op of that name already; choose another one"),
        ("[ops.'My op']\nlike = 'relu'", "`ops.My op` is not a name for an op: it takes lower-case words with `_` or `-` between them"),
        (f"[ops.{'x' * 61}]\nlike = 'relu'", None),
    ],
)
def test_declarations_that_are_refused(folder: Path, text: str, message: str | None) -> None:
    (folder / "rflint.toml").write_text(text, encoding="utf-8")
    (folder / "net.yaml").write_text(CLEAN, encoding="utf-8")
    outcome = rflint("check", "net.yaml")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("rflint: rflint.toml: `ops")
    assert outcome.err.count("\n") == 1
    if message:
        assert outcome.err == f"rflint: rflint.toml: {message}\n"


@needs_toml
def test_show_settings_shows_declared_ops(folder: Path) -> None:
    (folder / "net.yaml").write_text(CLEAN, encoding="utf-8")
    shown = toml(rflint("check", "--show-settings").out)
    assert shown["ops"]["my_blur"] == {"like": "conv", "kernel": 3, "padding": "same"}


def test_vocabularies_can_be_sent_to_other_processes() -> None:
    more = BUILTIN.with_ops([derive(BUILTIN.ops["conv"], "wide", {"kernel": 7})])
    for vocabulary in (more, pickle.loads(pickle.dumps(more))):
        assert lint_bytes(b"rflint: 1\nlayers: [{op: wide}]\n", "n", Options(vocabulary=vocabulary)).findings == ()
    assert pickle.loads(pickle.dumps(BUILTIN)).schema is BUILTIN.schema
    assert BUILTIN.with_ops([]) is BUILTIN
    assert BUILTIN.with_ops([derive(BUILTIN.ops["relu"], "conv", {})]) is BUILTIN


# Limits of expressions

LONG = """\
rflint: 1
blocks:
  b:
    params: {k: [1, 2, 3]}
    layers:
      - {op: conv, kernel: "${k[0] + 0 * len(k * 4)}"}
layers:
  - {use: b}
"""


@needs_toml
@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ("expression = 20", "an expression may have 20 characters; this one has 21"),
        ("expression = 21", None),
        ("result = 11", "a list may have a length of 11"),
        ("result = 12", None),
        ("result = 2", "a list may have a length of 2"),
    ],
)
def test_limits_of_expressions(folder: Path, limits: str, message: str | None) -> None:
    (folder / "rflint.toml").write_text(f"[limits]\n{limits}\n", encoding="utf-8")
    (folder / "net.yaml").write_text(LONG, encoding="utf-8")
    assert found("net.yaml") == ([("RF007", message)] if message else [])


@needs_toml
def test_limits_can_be_raised(folder: Path) -> None:
    (folder / "net.yaml").write_text(LONG.replace("k * 4", f"k * 4000) + 0 * len('{'x' * 1000}'"), encoding="utf-8")
    assert [message for _, message in found("net.yaml")] == ["an expression may have 1,000 characters; this one has 1,038"]
    (folder / "rflint.toml").write_text("[limits]\nexpression = 1038\nresult = 11999\n", encoding="utf-8")
    assert [message for _, message in found("net.yaml")] == ["a list may have a length of 11,999"]
    (folder / "rflint.toml").write_text("[limits]\nexpression = 1038\nresult = 12000\n", encoding="utf-8")
    assert found("net.yaml") == []
