"""The JSON schema of a spec, built from ops and rules.

The ops table says which fields an op has (`rflint.validation.item_schema`), the rules what they are called; this module adds the
rest of a spec.  The result, published for the ops and rules of rflint (`pytest --update tests/test_docs.py` writes the file), is
the one source of truth of what a spec may look like: editors read it, `rflint.validation.fastcheck` compiles it, jsonschema
referees by it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

from rflint.algebra import LARGEST
from rflint.model import Op, Rule
from rflint.validation.item_schema import item_definitions
from rflint.validation.parts import IDENTIFIER, key_of, listed, mapping, named, one_severity, ref, reference, remark, rule, text
from rflint.validation.values import BASE, DRAFT, END, JsonSchema, Value

_SIZE: Final = Value(integer=(1, LARGEST))
_COUNT: Final = Value(integer=(0, 10**15), null=True)
_FRACTION: Final = (rf"^-?[0-9]{{1,9}}(?:/[1-9][0-9]{{0,8}})?{END}", 'a fraction such as `"31/2"`')

_NOT_BESIDE_EXTENDS: Final[JsonSchema] = {
    "type": "null",
    "errorMessage": "a spec with `extends` has the network of the spec that it extends, and none of its own",
}


def _block() -> JsonSchema:
    names = reference("each entry of `outputs`", "Name of a layer of the block.")
    return mapping(
        "block",
        "A reusable piece of network; it sees its parameters and inputs only.",
        {
            "description": remark(),
            "params": named(
                "`params`",
                "Parameters and their defaults; null for one that must be given.",
                ref("parameter-name"),
                ref("argument"),
                least=0,
            ),
            "inputs": {
                **listed(
                    "`inputs`",
                    "Names of the block's inputs. Default: one, `input`.",
                    {**key_of("input", "the name of an input"), "type": "string"},
                    "names",
                    unique=True,
                ),
                "default": ["input"],
            },
            "output": reference("`output`", "Name of the layer that is the block's output. Default: the last layer."),
            "outputs": listed(
                "`outputs`",
                "Names of the layers that are the block's outputs; the first is the one that the bare name means.",
                names,
                "layer names",
                unique=True,
            ),
            "layers": listed("`layers`", "The layers of the block.", ref("item"), "layers"),
        },
        ["layers"],
    ) | {
        "if": {"type": "object", "required": ["output"]},
        "then": {"properties": {"outputs": {"type": "null", "errorMessage": "a block has `output` or `outputs`, not both"}}},
    }


def _input() -> JsonSchema:
    size = Value(integer=(1, LARGEST), null=True).per_axis_schema("`size`")
    return mapping(
        "input",
        "An input of the network.",
        {
            "description": remark(),
            "size": {"description": "Samples along the axes; null where unknown. Default: unknown.", **size, "examples": [224, [224, 224]]},
            "multiple_of": {
                "description": "The size is unknown but a multiple of this.",
                **_SIZE.per_axis_schema("`multiple_of`"),
                "examples": [32],
            },
            "channels": {"description": "Number of channels.", **Value(integer=(1, LARGEST)).schema("`channels`"), "examples": [3]},
        },
    ) | {
        "if": {"type": "object", "required": ["multiple_of"]},
        "then": {"properties": {"size": {"type": "null", "errorMessage": "an input has `size` or `multiple_of`, not both"}}},
    }


def _source() -> JsonSchema:
    return mapping(
        "source",
        "The model that an importer made the spec from. Data: it runs only where `--run-source` asks for that.",
        {
            "model": {
                **text("`model`", "The model: a file, or what makes it.", 4_096),
                "examples": ["torch:shop.nets:detector", "nets/detector.onnx"],
            },
            "size": {
                "description": "Samples of its input along the axes, at which it was looked at.",
                **Value(integer=(1, LARGEST), null=True).per_axis_schema("`size`"),
                "examples": [[640, 640]],
            },
            "options": {
                "description": "Options that it was imported with.",
                "type": "object",
                "errorMessage": "`options` must be a mapping",
            },
            "digest": text("`digest`", "Digest of the text that the importer wrote, which tells whether people changed it.", 1_000),
        },
        ["model"],
    )


def _target() -> JsonSchema:
    return mapping(
        "target",
        "An object that a layer must see.",
        {
            "name": text("`name`", "What it is; used in messages. Default: `target` and its place in the list.", 1_000),
            "description": remark(),
            "size": {
                "description": "Size of the object in input samples along the axes.",
                **_SIZE.per_axis_schema("`size`"),
                "examples": [[96, 40]],
            },
            "layer": reference("`layer`", "The layer that must see it. Default: the first output."),
            "coverage": {
                "description": "Share of the object that must be seen. Default: `1.0`.",
                **Value(number=(0, 1)).schema("`coverage`"),
                "default": 1.0,
            },
            "input": reference("`input`", "The input that shows it; needed where there are several."),
        },
        ["size"],
    )


def _facts() -> JsonSchema:
    samples = Value(integer=(0, 10**9), null=True)

    def fact(name: str, description: str, value: Value, *, per_axis: bool = True) -> JsonSchema:
        subject = f"`{name}`"
        return {"description": description, **(value.per_axis_schema(subject) if per_axis else value.schema(subject))}

    return mapping(
        "expectation",
        "Facts that must stay true at the declared input size, one value or a list with one per axis; null: there is no such value.",
        {
            "receptive_field": fact(
                "receptive_field", "Size of the receptive field in input samples, the largest over the phases.", samples
            ),
            "receptive_field_min": fact(
                "receptive_field_min", "Size of the receptive field in input samples, the smallest over the phases.", samples
            ),
            "stride": fact("stride", "Effective stride in input samples.", Value(number=(0, 10**9), pattern=_FRACTION, null=True)),
            "padding": fact("padding", "Effective padding in input samples.", Value(integer=(-(10**9), 10**9), null=True)),
            "aligned": fact("aligned", "Whether all paths agree on the grid.", Value(boolean=True, null=True)),
            "center": fact(
                "center",
                "Centre of the first feature in input coordinates.",
                Value(number=(-LARGEST, LARGEST), pattern=_FRACTION, null=True),
            ),
            "lookahead": fact(
                "lookahead",
                "How much of the future a feature reads, in input samples; 0: causal, negative: delayed.",
                Value(integer=(-(10**9), 10**9), null=True),
            ),
            "size": fact("size", "Output size in samples.", samples),
            "channels": fact("channels", "Number of channels.", _COUNT, per_axis=False),
            "params": fact("params", "Number of learnt parameters.", _COUNT, per_axis=False),
            "macs": fact("macs", "Number of multiply-adds.", _COUNT, per_axis=False),
            "input": reference("`input`", "The input that the facts are about; needed where there are several."),
        },
    ) | {"minProperties": 1}


def _severities(rules: Iterable[Rule]) -> JsonSchema:
    about = {
        key: {"title": f"{each.code} {each.name}", "description": f"Finds {each.summary}.", **ref("severity")}
        for each in rules
        # Errors about an unreadable or invalid spec stay errors.
        if not (each.code.startswith("RF0") and each.severity == "error")
        for key in (each.code, each.name)
    }
    schema = named("`rules`", "Severities of rules for this spec, by code or name.", rule("a key of `rules`"), ref("severity"), least=0)
    return {**schema, "properties": dict(sorted(about.items()))}


def spec_schema(ops: Iterable[Op], rules: Iterable[Rule]) -> JsonSchema:
    """Build the schema of a spec, for the ops and rules given."""
    names = reference("each entry of `outputs`", "Name of a layer.")
    root = mapping(
        "spec",
        "A convolutional architecture, as rflint reads it.",
        {
            "rflint": {
                "description": "Version of the spec language; always 1.",
                "type": "integer",
                "const": 1,
                "errorMessage": "`rflint` must be 1, the version of the spec language",
            },
            "name": text("`name`", "Name of the network. Default: the name of the file.", 1_000),
            "description": remark(),
            "axes": {
                **listed(
                    "`axes`",
                    "Names of the axes, the slowest first. Default: `[y, x]`.",
                    {
                        "type": "string",
                        "pattern": f"^(?!channels{END}){IDENTIFIER}{END}",
                        "errorMessage": "each entry of `axes` must be an identifier such as `y`, other than `channels`",
                    },
                    "1 to 3 axis names",
                    unique=True,
                ),
                "maxItems": 3,
                "default": ["y", "x"],
                "examples": [["t"], ["y", "x"], ["z", "y", "x"]],
            },
            "causal": listed(
                "`causal`",
                "Axes on which nothing may look ahead: a layer that does is an error.",
                reference("each entry of `causal`", "Name of an axis."),
                "axis names",
                unique=True,
            )
            | {"examples": [["t"]]},
            "inputs": named(
                "`inputs`",
                "Inputs of the network by name. Default: one, `input`, of unknown size.",
                key_of("input", "the name of an input"),
                ref("input"),
            ),
            "defaults": ref("defaults"),
            "blocks": named("`blocks`", "Reusable pieces of network by name.", key_of("block", "the name of a block"), ref("block")),
            "layers": listed("`layers`", "The layers, each fed by the one before unless `from` says otherwise.", ref("item"), "layers"),
            "outputs": listed("`outputs`", "Names of the output layers. Default: the last layer.", names, "layer names", unique=True),
            "targets": listed("`targets`", "Objects that must be seen.", ref("target"), "targets", least=0),
            "expect": named(
                "`expect`",
                "Design facts that must stay true, by layer.",
                reference("the name of a layer", "Name of a layer."),
                ref("facts"),
            ),
            "rules": _severities(rules),
            "extends": text("`extends`", "Path of a spec whose network this one is about, relative to it.", 4_096),
            "ignore": named(
                "`ignore`",
                "Beside `extends`: rules that are not reported, by names of layers; `*` stands for any text.",
                text("a key of `ignore`", "Name of a layer or an instance; `*` stands for any text.", 1_000),
                listed(
                    "each value of `ignore`",
                    "Rules, by code or name.",
                    rule("each entry of `ignore`"),
                    "rules, such as `[RF301]`",
                    unique=True,
                ),
            ),
            "import": listed(
                "`import`",
                "Files whose blocks this spec uses, relative to it.",
                text("each entry of `import`", "Path of a spec.", 4_096),
                "paths",
                unique=True,
            ),
            "source": ref("source"),
            "metadata": {
                "description": "Anything else worth keeping with the network, such as its published accuracy; no analysis reads it.",
                "type": "object",
                "errorMessage": "`metadata` must be a mapping",
            },
        },
        ["rflint"],
    ) | {
        "if": {"type": "object", "required": ["extends"]},
        "then": {"properties": dict.fromkeys(("axes", "defaults", "blocks", "layers", "import", "source"), _NOT_BESIDE_EXTENDS)},
        "else": {
            "if": {"type": "object", "required": ["ignore"]},
            "then": {
                "properties": {"ignore": {"type": "null", "errorMessage": "`ignore` stands in the layers; beside `extends` it names them"}}
            },
            "else": {
                "if": {"type": "object", "required": ["layers"]},
                "else": {"required": ["blocks"], "errorMessage": "a spec needs `layers`, `extends`, or `blocks` alone for a library"},
            },
        },
    }
    return {
        "$schema": DRAFT,
        "$id": f"{BASE}rflint-spec.v1.schema.json",
        **root,
        "$defs": {
            "input": _input(),
            "block": _block(),
            "target": _target(),
            "facts": _facts(),
            "source": _source(),
            "severity": one_severity("the severity of a rule"),
            **item_definitions(ops),
        },
    }


def render(schema: JsonSchema) -> str:
    """Write a schema as the text of its file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
