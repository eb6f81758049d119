"""The published schemas, the fast check compiled from them, and the words for what they refuse.

`data/schema/good` and `bad` are specs that jsonschema (on the published schema) and rflint must judge alike; beside each
bad one stand its findings.  `pytest --update tests/test_schema.py` writes those anew: read the
difference.
"""

from __future__ import annotations

import copy
import json
import math
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from jsonschema.validators import extend

from rflint.model import Finding, Site
from rflint.ops import OPS
from rflint.reading import source
from rflint.resources import schema_text
from rflint.validation import schema
from rflint.validation.fastcheck import Compiled
from rflint.validation.values import field_schema
from rflint.words import spelling

if TYPE_CHECKING:
    from conftest import Golden

SCHEMAS = Path(__file__).parent.parent / "schemas"
DATA = Path(__file__).parent / "data" / "schema"
GOOD = sorted((DATA / "good").glob("*.yaml"))
BAD = sorted((DATA / "bad").glob("*.yaml"))

SPEC = json.loads((SCHEMAS / "rflint-spec.v1.schema.json").read_text("utf-8"))
FAST = Compiled(SPEC)
PLAIN = Draft202012Validator(SPEC)
_TYPES = Draft202012Validator.TYPE_CHECKER.redefine_many(
    {
        "integer": lambda _, value: type(value) is int,
        "number": lambda _, value: type(value) in {int, float} and (type(value) is int or math.isfinite(value)),
    }
)
#: As PLAIN, but 1.0 is no integer, NaN no number: the one place where rflint asks for more than JSON Schema can say.
STRICT = extend(Draft202012Validator, type_checker=_TYPES)({key: part for key, part in SPEC.items() if key != "$schema"})


def read(text: str | bytes) -> source.Document:
    document = source.read(text.encode() if isinstance(text, str) else text, "spec.yaml").document
    assert document is not None
    return document


def told(document: source.Document) -> str:
    lines = []
    for finding in schema.check(document).findings:
        assert isinstance(finding.where, Site)
        span = document.span(finding.where.path, key=finding.where.key)
        lines.append(f"{span.line}:{span.column}-{span.end_line}:{span.end_column} {finding.code} {finding.message}")
        if finding.help:
            lines.append(f"    help: {finding.help}")
        if finding.remedy:
            (edit,) = finding.remedy.edits
            lines.append(f"    {'fix' if finding.remedy.safe else 'unsafe fix'}: {edit.text}")
    return "".join(f"{line}\n" for line in lines)


def messages(text: str) -> list[str]:
    return [finding.message for finding in schema.check(read(text)).findings]


def in_layer(fields: str) -> list[str]:
    return messages(f"rflint: 1\nlayers:\n  - {{{fields}}}\n")


# The published files


@pytest.mark.parametrize("path", sorted(SCHEMAS.glob("*.json")), ids=lambda path: path.name)
def test_published_schemas_are_valid(path: Path) -> None:
    published = json.loads(path.read_text("utf-8"))
    Draft202012Validator.check_schema(published)
    assert published["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert published["$id"].endswith(path.name)


def parts(node: Any, within: tuple[str, ...] = ()) -> Any:
    """All mappings of a schema, with the keys that lead there."""
    if isinstance(node, dict):
        yield within, node
        for key, value in node.items():
            yield from parts(value, (*within, key))
    elif isinstance(node, list):
        for place, value in enumerate(node):
            yield from parts(value, (*within, str(place)))


@pytest.mark.parametrize("path", sorted(SCHEMAS.glob("*.json")), ids=lambda path: path.name)
def test_every_reference_leads_somewhere_and_every_definition_is_used(path: Path) -> None:
    published = json.loads(path.read_text("utf-8"))
    targets = {node["$ref"] for _, node in parts(published) if isinstance(node.get("$ref"), str)}
    assert targets == {f"#/$defs/{name}" for name in published.get("$defs", ())}


def test_every_field_of_a_spec_is_explained_on_hover() -> None:
    bare = []
    for within, node in parts(SPEC):
        if within[-1:] != ("properties",) or "if" in within or "then" in within:
            continue
        for name, part in node.items():
            if part is True:
                continue
            field = {**SPEC["$defs"][part["$ref"].removeprefix("#/$defs/")], **part} if "$ref" in part else part
            if not {"title", "description"} <= field.keys():
                bare.append((*within, name))
    assert bare == []


def test_nothing_can_fail_under_all_of_the_given_schemas() -> None:
    assert [within for within, node in parts(SPEC) if {"anyOf", "oneOf"} & node.keys()] == []


def test_every_op_has_its_fields_and_no_others() -> None:
    common = {"op", "name", "from", "repeat", "when", "ignore", "description"}
    for name, op in OPS.items():
        (branch,) = (part["then"] for part in SPEC["$defs"]["layer"]["allOf"] if name in part["if"]["properties"]["op"]["enum"])
        definition = SPEC["$defs"][branch["$ref"].removeprefix("#/$defs/")]
        assert definition["properties"].keys() == common | {field.name for field in op.fields}
        assert definition["additionalProperties"] is False


def test_a_field_that_cannot_be_told_apart_by_type_is_refused_at_build_time() -> None:
    field = next(iter(OPS["conv"].fields))
    ambiguous = type(field)("x", {"anyOf": [{"type": "object"}, {"type": "integer"}]}, "doc")
    with pytest.raises(ValueError, match="cannot say flatly"):
        field_schema(ambiguous)


@pytest.mark.parametrize(
    ("config", "good"),
    [
        ({}, True),
        ({"select": ["ALL"], "extend-select": ["RF3"], "ignore": ["drift"], "exclude": ["old/**"], "fail-on": "never"}, True),
        ({"severity": {"RF301": "off"}, "per-file-ignores": {"a/*.yaml": ["RF404"]}, "limits": {"file-size": 1000, "nesting": 10}}, True),
        ({"selct": ["ALL"]}, False),
        ({"select": "ALL"}, False),
        ({"severity": {"RF301": False}}, False),
        ({"limits": {"file_size": 1000}}, False),
        ({"limits": {"nesting": 1_000}}, False),
        ({"fail-on": "errors"}, False),
    ],
)
def test_configurations(config: dict[str, Any], good: bool) -> None:
    assert Draft202012Validator(json.loads(schema_text("config"))).is_valid(config) == good


# Good and bad specs


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_good_specs_are_accepted_by_all(path: Path) -> None:
    document = read(path.read_bytes())
    assert [error.message for error in PLAIN.iter_errors(document.data)] == []
    assert FAST.accepts(document.data)
    assert schema.check(document) == schema.SchemaResult((), frozenset())


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_bad_specs_are_refused_by_all(path: Path, golden: Golden) -> None:
    document = read(path.read_bytes())
    assert not PLAIN.is_valid(document.data)
    assert not FAST.accepts(document.data)
    golden(path.with_suffix(".out"), told(document))


@pytest.mark.parametrize("op", OPS)
def test_examples_and_expressions_of_every_field_are_accepted(op: str) -> None:
    for field in OPS[op].fields:
        for value in (*field.examples, "${x}", "a ${x} b", *((["${x}"], ["${x}", "${y}", "${z}"]) if field.per_axis else ())):
            item = {"op": op, field.name: copy.deepcopy(list(value) if isinstance(value, tuple) else value)}
            document = {"rflint": 1, "layers": [item], "defaults": {op: {field.name: item[field.name]}}}
            assert PLAIN.is_valid(document), (field.name, value)
            assert FAST.accepts(document), (field.name, value)
        for value in (None, {}, [], "", [[[]]], 2**31, [1, 1, 1, 1]):
            document = {"rflint": 1, "layers": [{"op": op, field.name: value}]}
            assert not PLAIN.is_valid(document), (field.name, value)
            assert not FAST.accepts(document), (field.name, value)


# The two verdicts

GOOD_DATA = [read(path.read_bytes()).data for path in GOOD]


@st.composite
def mutants(draw: st.DrawFn) -> Any:
    """A good spec with a few things changed, at random places."""
    data = copy.deepcopy(draw(st.sampled_from(GOOD_DATA)))
    for _ in range(draw(st.integers(1, 3))):
        holders = [node for _, node in containers(data)]
        holder = draw(st.sampled_from(holders))
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        act = draw(st.sampled_from(["put", "put", "drop", "rename", "add"]))
        if act == "add" or not keys:
            value = draw(VALUES)
            if isinstance(holder, dict):
                holder[draw(KEYS)] = value
            else:
                holder.append(value)
            continue
        key = draw(st.sampled_from(keys))
        if act == "put":
            holder[key] = draw(VALUES)
        elif act == "drop" or isinstance(holder, list):
            del holder[key]
        else:
            holder[draw(KEYS)] = holder.pop(key)
    return data


def containers(node: Any) -> Any:
    if isinstance(node, (dict, list)):
        yield None, node
        for value in list(node.values() if isinstance(node, dict) else node):
            yield from containers(value)


VALUES = st.sampled_from(
    (
        *(None, True, False, 0, 1, -1, 3, 2.5, 1.0, float("nan"), float("inf"), 10**6, 10**7, 10**400),
        *("", "x", "1", "3/2", "same", "valid\n", "off", "conv", "${x}", "a*b", " x", "x\n", "RF301", "image"),
        *([], [1], ["x"], ["x", "x"], [1, 2, 3, 4], [[0, 1], [1, 0]], [["${a}", "same"]], [{"op": "relu"}]),
        *({}, {"a": 1}, {"op": "relu"}, {"op": "conv", "kernel": 3}, {"use": "b"}, {"branches": {"a": []}, "join": "add"}),
    )
).map(copy.deepcopy)
KEYS = st.sampled_from(
    ["op", "use", "branches", "join", "with", "name", "from", "kernel", "padding", "axis", "size", "x", "a b", "if", "", "RF301", "y\n"]
)


@settings(max_examples=800, suppress_health_check=list(HealthCheck))
@given(mutants())
def test_fast_verdict_is_that_of_jsonschema(data: Any) -> None:
    referee = STRICT if has_odd_float(data) else PLAIN
    assert FAST.accepts(data) == referee.is_valid(data)


def has_odd_float(node: Any) -> bool:
    """Whether there is a number that JSON Schema and rflint see differently (1.0, infinity, NaN)."""
    if isinstance(node, (dict, list)):
        return any(map(has_odd_float, node.values() if isinstance(node, dict) else node))
    return isinstance(node, float) and (not math.isfinite(node) or node.is_integer())


@settings(max_examples=300, suppress_health_check=list(HealthCheck))
@given(mutants())
def test_every_refusal_is_told_in_words(data: Any) -> None:
    document = Plain(data)
    result = schema.check(document)  # type: ignore[arg-type] # as much of a document as it needs
    assert bool(result.findings) == (not FAST.accepts(data)) == bool(result.bad)
    assert len({(finding.message, finding.where) for finding in result.findings}) == len(result.findings)
    for error in STRICT.iter_errors(data):
        place = tuple(error.absolute_path)
        assert any(bad[: len(place)] == place or place[: len(bad)] == bad for bad in result.bad), place
    for finding in result.findings:
        assert finding.code in {"RF002", "RF003"}
        assert "is not valid under any" not in finding.message
        assert all(character.isprintable() for character in finding.message)
        assert len(finding.message) < 400
        assert isinstance(finding.where, Site)


class Plain:
    """Data without a text."""

    path = "spec.yaml"
    dropped: frozenset[int] = frozenset()
    holes: frozenset[tuple[str | int, ...]] = frozenset()

    def __init__(self, data: Any) -> None:
        self.data = data

    def trap(self, path: tuple[str | int, ...]) -> None:
        return None

    def offsets(self, path: tuple[str | int, ...], key: bool = False) -> None:
        return None

    def value(self, path: tuple[str | int, ...]) -> Any:
        value = self.data
        for step in path:
            value = value[step]
        return value


def test_verdict_of_jsonschema_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema.PUBLISHED.compiled, "accepts", lambda _: False)
    assert schema.check(read("rflint: 1\nlayers: [{op: relu}]\n")) == schema.SchemaResult((), frozenset())


def test_clean_path_brings_in_neither_jsonschema_nor_difflib() -> None:
    code = (
        "import sys; from rflint.reading import source; from rflint.validation import schema\n"
        "document = source.read(b'rflint: 1\\nlayers: [{op: conv, kernel: 3}]\\n', 'x').document\n"
        "assert schema.check(document).findings == () and schema.PUBLISHED.check_field('conv', 'kernel', [3, 3], ('y', 'x')) is None\n"
        "print(sorted({'jsonschema', 'difflib', 'referencing', 'networkx', 'typer'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


# What the fast check does not know


@pytest.mark.parametrize(
    "part",
    [
        {"anyOf": [{"type": "integer"}]},
        {"type": "array", "items": {"type": "integer"}, "uniqueItems": True},
        {"allOf": [{"if": {"required": ["a"], "properties": {"a": {"enum": ["x"]}, "b": {}}}, "then": {"$ref": "#/$defs/x"}}]},
        {"type": "object", "patternProperties": {"x": {}}},
    ],
)
def test_schema_beyond_the_fast_check_is_an_error_not_a_guess(part: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"fast check|choose between"):
        Compiled({"$defs": {"x": {}}, **part})


def test_fast_check_tells_types_apart() -> None:
    values: list[Any] = [None, True, False, 0, 1, 1.0, 1.5, "1", [], {}]
    for kind in ("null", "boolean", "integer", "number", "string", "array", "object"):
        strict = extend(Draft202012Validator, type_checker=_TYPES)({"type": kind})
        assert [Compiled({"type": kind}).accepts(value) for value in values] == [strict.is_valid(value) for value in values]
    assert [Compiled({"enum": ["1", False]}).accepts(value) for value in values] == [
        False,
        False,
        True,
        False,
        False,
        False,
        False,
        True,
        False,
        False,
    ]


# Details of findings


def test_all_mistakes_of_a_file_are_told_once_up_to_a_hundred() -> None:
    text = "rflint: 1\nlayers:\n" + "  - {op: conv, kernal: 3}\n" * 150
    result = schema.check(read(text))
    assert len(result.findings) == 101
    assert [finding.where.path[1] for finding in result.findings[:100] if isinstance(finding.where, Site)] == list(range(100))
    assert result.findings[100] == Finding(
        "RF002", "… and 50 more mistakes like these: mend these first", Site("spec.yaml", ("layers", 100, "kernal"))
    )
    assert len(result.bad) == 150


def test_more_mistakes_than_are_looked_at_make_all_unusable() -> None:
    text = "rflint: 1\nlayers:\n" + "  - {op: conv, kernal: 3}\n" * 3_000
    result = schema.check(read(text))
    assert len(result.findings) == 101
    assert result.findings[100].message == "… and more than 1,399 more mistakes like these: mend these first"
    assert {("rflint",), ("layers",)} <= result.bad


def test_mistake_deep_inside_branches_is_found() -> None:
    item = "{op: conv, kernal: 3}"
    for _ in range(19):
        item = f"{{branches: {{a: [{item}]}}, join: add}}"
    result = schema.check(read(f"rflint: 1\nlayers: [{item}]\n"))
    assert [finding.message for finding in result.findings] == ["`kernal` is not a field of `conv`; did you mean `kernel`?"]
    assert result.bad == {("layers", 0, *(("branches", "a", 0) * 19), "kernal")}


def test_values_that_could_not_be_read_are_not_told_twice() -> None:
    reading = source.read(b"rflint: 1\nlayers: [{op: conv, kernel: .nan}, {op: conv, kernel: 0}]\n", "spec.yaml")
    assert reading.document is not None
    assert len(reading.findings) == 1
    result = schema.check(reading.document)
    assert [finding.message for finding in result.findings] == ["`kernel` of `conv` must be at least 1, not 0"]
    assert result.bad == {("layers", 0, "kernel"), ("layers", 1, "kernel")}


def test_key_that_is_there_already_is_not_proposed() -> None:
    assert in_layer("op: conv, kernel: 3, kernal: 5") == ["`kernal` is not a field of `conv`"]


def test_a_list_with_one_bad_number_is_lost_as_a_whole_and_a_list_of_names_is_not() -> None:
    text = "rflint: 1\nlayers: [{op: add, from: [a, 3]}, {op: conv, kernel: [3, x], padding: [[0, x], 1]}]\n"
    assert schema.check(read(text)).bad == {("layers", 0, "from", 1), ("layers", 1, "kernel"), ("layers", 1, "padding")}


def test_misspelt_key_of_a_target_is_one_finding() -> None:
    assert messages("rflint: 1\nlayers: [{op: relu}]\ntargets: [{siz: 3}]\n") == ["`siz` is not a field of a target; did you mean `size`?"]


# Evaluated fields


@pytest.mark.parametrize(
    ("op", "field", "value", "message"),
    [
        ("conv", "kernel", 3, None),
        ("conv", "kernel", [1, 3], None),
        ("conv", "kernel", [3], "`kernel` has 1 entry, but the spec has 2 axes (y, x)"),
        ("conv", "kernel", [3, 3, 3], "`kernel` has 3 entries, but the spec has 2 axes (y, x)"),
        ("conv", "kernel", 0, "`kernel` of `conv` must be at least 1, not 0"),
        ("conv", "kernel", [1, 0], "each entry of `kernel` of `conv` must be at least 1, not 0"),
        ("conv", "kernel", 3.0, "`kernel` of `conv` must be a whole number of at least 1 or a list with one entry per axis, not 3.0"),
        ("conv", "kernel", True, "`kernel` of `conv` must be a whole number of at least 1 or a list with one entry per axis, not `true`"),
        (
            "conv",
            "kernel",
            "${k}",
            '`kernel` of `conv` must be a whole number of at least 1 or a list with one entry per axis, not the text "${k}"',
        ),
        ("conv", "padding", "same", None),
        ("conv", "padding", [[0, 1], "same"], None),
        ("conv", "padding", [[0, 1]], "`padding` has 1 entry, but the spec has 2 axes (y, x)"),
        ("conv", "bias", 1, "`bias` of `conv` must be `true` or `false`, not 1"),
        ("conv", "channels", [1, 2], "`channels` of `conv` must be a whole number of at least 1, not a list with 2 entries"),
        ("resize", "scale", "3/2", None),
        ("resize", "scale", ["3/2", 2.5], None),
        ("resize", "like", "a ${b", None),
        ("relu", "name", "x", None),
    ],
)
def test_evaluated_fields(op: str, field: str, value: object, message: str | None) -> None:
    assert schema.PUBLISHED.check_field(op, field, value, ("y", "x")) == message


def test_length_of_a_list_on_one_axis() -> None:
    assert schema.PUBLISHED.check_field("conv", "stride", [1, 2], ("t",)) == "`stride` has 2 entries, but the spec has 1 axis (t)"


# Did you mean


@pytest.mark.parametrize(
    ("word", "meant", "sure"),
    [
        ("cnov", "conv", True),
        ("MaxPool", "max_pool", True),
        ("max-pol", "max_pool", True),
        ("pool", "lp_pool", False),
        ("norm", "batch_norm", False),
        ("xyzzy", None, False),
        ("", None, False),
        ("conv" * 100, None, False),
    ],
)
def test_nearest_op(word: str, meant: str | None, sure: bool) -> None:
    assert spelling.suggest(word, OPS) == meant
    assert spelling.certain(word, OPS) == (meant if sure else None)


def test_two_equally_near_words_are_no_certainty() -> None:
    assert spelling.suggest("layer_", ["layer1", "layer2"]) == "layer1"
    assert spelling.certain("layer_", ["layer1", "layer2"]) is None


def test_of_very_many_words_those_of_like_length_and_beginning_are_compared() -> None:
    names = [f"layer{number}" for number in range(20_000)]
    assert spelling.suggest("layr19999", names) in names
    assert spelling.suggest("ayer19999", names) is None
