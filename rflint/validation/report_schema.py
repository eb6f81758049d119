"""The published schema of the JSON report, `rflint-report.v1`.

Every property is always there unless its description says otherwise, so that a reader needs no special cases; lists called "per axis"
have one entry per axis of the spec, in its order.
"""

from __future__ import annotations

from typing import Final

from rflint.validation.values import BASE, DRAFT, JsonSchema

_REASONS: Final = ("global", "position-dependent", "size-dependent", "unknown-op", "empty-phase", "misaligned")
_VERDICTS: Final = ("guaranteed", "not-guaranteed", "too-large", "unknown")

_TEXT: Final[JsonSchema] = {"type": "string"}
_INTEGER: Final[JsonSchema] = {"type": ["integer", "null"]}
_NUMBER: Final[JsonSchema] = {"type": ["number", "null"]}
_BOOLEAN: Final[JsonSchema] = {"type": "boolean"}
_COUNT: Final[JsonSchema] = {"type": "integer", "minimum": 0}
_PLACE: Final[JsonSchema] = {"type": "integer", "minimum": 1}
_RATIONAL: Final[JsonSchema] = {"type": ["string", "null"], "pattern": "^-?[0-9]+(?:/[1-9][0-9]*)?$"}


def _about(description: str, schema: JsonSchema) -> JsonSchema:
    return {"description": description, **schema}


def _list(description: str, items: JsonSchema) -> JsonSchema:
    return {"description": description, "type": "array", "items": items}


def _per_axis(description: str, items: JsonSchema) -> JsonSchema:
    return {**_list(f"{description} Per axis.", items), "minItems": 1, "maxItems": 3}


def _map(description: str, values: JsonSchema) -> JsonSchema:
    return {"description": description, "type": "object", "additionalProperties": values}


def _ref(name: str) -> JsonSchema:
    return {"$ref": f"#/$defs/{name}"}


def _object(description: str, properties: JsonSchema, optional: tuple[str, ...] = ()) -> JsonSchema:
    return {
        "description": description,
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def _receptive_field() -> JsonSchema:
    phase: JsonSchema = {
        "description": "`[low, high]`, inclusive; null for a phase that sees nothing.",
        "type": ["array", "null"],
        "items": {"type": "integer"},
        "minItems": 2,
        "maxItems": 2,
    }
    phases: JsonSchema = {"type": ["array", "null"], "items": phase}
    return _object(
        "What a layer sees of one input. A value that does not exist is null, and `why` says why.",
        {
            "size": _per_axis("Size in input samples, the largest over the phases.", _INTEGER),
            "size_min": _per_axis("Size in input samples, the smallest over the phases.", _INTEGER),
            "stride": _per_axis("Effective stride in input samples.", _NUMBER),
            "padding": _per_axis("Effective padding in input samples.", _INTEGER),
            "center": _per_axis("Centre of the first feature in input coordinates.", _NUMBER),
            "grid": _object(
                "Effective stride and centre as exact rationals, `31/2`.",
                {
                    "stride": _per_axis("Effective stride.", _RATIONAL),
                    "center": _per_axis("Centre of the first feature.", _RATIONAL),
                },
            ),
            "aligned": _per_axis("Whether all paths from the input have one grid.", {"type": ["boolean", "null"]}),
            "global": _about("Whether some path reaches the whole input.", _BOOLEAN),
            "period": _per_axis("Smallest number of features after which the intervals repeat.", _INTEGER),
            "advance": _per_axis("Input samples that one period advances.", _INTEGER),
            "phases": _per_axis("Interval seen by each feature of a period; null above 64 phases.", phases),
            "density": _per_axis("Share of the interval's samples that are seen.", _NUMBER),
            "effective": _per_axis("Expected effective receptive field in input samples (4 sigma).", _NUMBER),
            "drift": _per_axis("Centre of the map minus centre of the input, in input samples.", _NUMBER),
            "exact": _about("False where the intervals are a sound outer bound only.", _BOOLEAN),
            "why": _map("Name of a null value -> why it does not exist.", {"enum": list(_REASONS)}),
        },
    )


def _layer() -> JsonSchema:
    origin = _object("Where the layer was brought in.", {"path": _TEXT, "line": _PLACE})
    return _object(
        "One expanded layer.",
        {
            "name": _about("Expanded name, unique in the spec: `block1/0/conv3`.", _TEXT),
            "op": _TEXT,
            "from": _list("Names of the layers and inputs that it reads.", _TEXT),
            "line": _about("Line of the item that wrote it.", _PLACE),
            "origin": _list("The items (uses of blocks, branches) that brought it in, outermost first.", origin),
            "size": _per_axis("Output size in samples; null where unknown.", _INTEGER),
            "channels": _INTEGER,
            "params": _about("Number of learnt parameters.", _INTEGER),
            "macs": _about("Number of multiply-adds.", _INTEGER),
            "receptive_field": _map("By input; there for every input that the layer depends on.", _ref("receptive_field")),
        },
    )


def _finding() -> JsonSchema:
    span = {"line": _PLACE, "column": _PLACE, "end_line": _PLACE, "end_column": _PLACE}
    return _object(
        "One finding. Lines and columns are 1-based code points, ends are exclusive.",
        {
            "code": _about("Rule code, `RF102`.", _TEXT),
            "name": _about("Rule name, `center-mismatch`.", _TEXT),
            "severity": {"enum": ["info", "warning", "error"]},
            "message": _TEXT,
            "help": _about("How to mend it.", {"type": ["string", "null"]}),
            "path": _about("The file that holds the line.", _TEXT),
            **span,
            "layer": _about("Expanded name of the layer.", {"type": ["string", "null"]}),
            "input": {"type": ["string", "null"]},
            "axes": {"description": "Null where axes play no part.", "type": ["array", "null"], "items": _TEXT},
            "related": _list(
                "Other places that belong to the finding.",
                _object("A place and what is there.", {"message": _TEXT, "path": _TEXT, **span}),
            ),
            "instances": _list("Names of all layers that share the mistake.", _TEXT),
            "data": {"description": "Figures of the finding, by name.", "type": "object"},
            "fix": {
                **_object(
                    "Edits of the file that mend it; null where rflint knows none.",
                    {
                        "safe": _about("Whether nothing else about the network changes.", _BOOLEAN),
                        "edits": _list(
                            "Replacements of text, none overlapping.",
                            _object("The text of the span becomes `text`.", {**span, "text": _TEXT}),
                        ),
                    },
                ),
                "type": ["object", "null"],
            },
            "suppressed": _BOOLEAN,
            "reason": _about("Stated reason of the suppression; only where there is one.", {"type": ["string", "null"]}),
            "baselined": _about("Whether it is the baseline that suppresses it; only where it is suppressed.", _BOOLEAN),
            "fingerprint": _about("Stable under edits elsewhere in the file.", _TEXT),
        },
        optional=("reason", "baselined"),
    )


def report_schema() -> JsonSchema:
    """Build the schema of the JSON that `check --format json` and `report --format json` print."""
    sized = {"size": _per_axis("Size in samples; null where unknown.", _INTEGER), "channels": _INTEGER}
    spec = _object(
        "One spec.",
        {
            "path": _TEXT,
            "name": _TEXT,
            "axes": {**_list("Names of the axes.", _TEXT), "maxItems": 3},
            "inputs": _map("Inputs as analysed, by name.", _object("An input.", sized)),
            "outputs": _list("Names of the output layers.", _TEXT),
            "layers": _list("All layers; left out by `check` unless asked for; empty where the spec cannot be read.", _ref("layer")),
            "targets": _list("What must be seen, and whether it is.", _ref("target")),
            "findings": _list("Sorted by path, line, column, code; the suppressed ones among them.", _ref("finding")),
            "internal_error": _about("What went wrong inside rflint; only where something did.", {"type": ["string", "null"]}),
        },
        optional=("layers", "internal_error"),
    )
    target = _object(
        "A target and whether it is seen.",
        {
            "name": _TEXT,
            "layer": _TEXT,
            "input": _about("The input that shows it.", _TEXT),
            "size": _per_axis("Size of the object in input samples.", {"type": "integer"}),
            "guaranteed": _per_axis("Size that is seen whole wherever it stands.", _INTEGER),
            "verdict": {"enum": list(_VERDICTS)},
        },
    )
    summary = dict.fromkeys(("specs", "errors", "warnings", "infos", "suppressed"), _COUNT)
    root = _object(
        "What a run of rflint found out.",
        {
            "schema": _about("Name and version of this format.", {"const": "rflint-report.v1"}),
            "version": _about("Version of rflint.", _TEXT),
            "specs": _list("One entry per file.", _ref("spec")),
            "summary": _object("Counts over all specs; suppressed findings are counted apart.", summary),
        },
    )
    definitions = {"spec": spec, "layer": _layer(), "receptive_field": _receptive_field(), "target": target, "finding": _finding()}
    return {"$schema": DRAFT, "$id": f"{BASE}rflint-report.v1.schema.json", "title": "rflint report", **root, "$defs": definitions}
