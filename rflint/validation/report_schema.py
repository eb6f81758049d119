"""The published schema of the JSON report, `rflint-report.v1`.

Every property is always there unless its description says otherwise, so that a reader needs no special cases; lists called "per axis"
have one entry per axis of the spec, in its order.
"""

from __future__ import annotations

from typing import Final

from rflint.validation.shapes import (
    BOOLEAN,
    COUNT,
    INTEGER,
    NUMBER,
    PLACE,
    PLACE_OR_NONE,
    RATIONAL,
    REASONS,
    STRIDE,
    TEXT,
    WHOLE,
    about,
    by_name,
    listed,
    per_axis,
    published,
    record,
    ref,
)
from rflint.validation.values import JsonSchema

_VERDICTS: Final = ("guaranteed", "not-guaranteed", "too-large", "unknown")


def _receptive_field() -> JsonSchema:
    phase: JsonSchema = {
        "description": "`[low, high]`, inclusive; null for a phase that sees nothing.",
        "type": ["array", "null"],
        "items": WHOLE,
        "minItems": 2,
        "maxItems": 2,
    }
    spread: JsonSchema = {"type": ["array", "null"], "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
    phases: JsonSchema = {"type": ["array", "null"], "items": phase}
    return record(
        "What a layer sees of one input. A value that does not exist is null, and `why` says why.",
        {
            "size": per_axis("Size in input samples, the largest over the phases.", INTEGER),
            "size_min": per_axis("Size in input samples, the smallest over the phases.", INTEGER),
            "stride": per_axis("Effective stride in input samples.", STRIDE),
            "padding": per_axis("Effective padding in input samples.", INTEGER),
            "center": per_axis("Centre of the first feature in input coordinates; the mean where paths disagree.", NUMBER),
            "center_range": per_axis("Earliest and latest centre of the first feature over all paths.", spread),
            "grid": record(
                "Effective stride and centre as exact rationals, `31/2`; those of one path where paths disagree.",
                {
                    "stride": per_axis("Effective stride.", RATIONAL),
                    "center": per_axis("Centre of the first feature.", RATIONAL),
                },
            ),
            "aligned": per_axis("Whether all paths from the input have one grid.", {"type": ["boolean", "null"]}),
            "global": about("Whether some path reaches the whole input.", BOOLEAN),
            "period": per_axis("Smallest number of features after which the intervals repeat.", INTEGER),
            "advance": per_axis("Input samples that one period advances.", INTEGER),
            "phases": per_axis("Interval seen by each feature of a period; null above 64 phases.", phases),
            "density": per_axis("Share of the interval's samples that are seen.", NUMBER),
            "effective": per_axis("Expected effective receptive field in input samples (4 sigma).", NUMBER),
            "drift": per_axis("Centre of the map minus centre of the input, in input samples.", NUMBER),
            "lookahead": per_axis("How much of the future a feature reads, in input samples; 0: causal, negative: delayed.", INTEGER),
            "exact": about("False where the intervals are a sound outer bound only.", BOOLEAN),
            "why": by_name("Name of a null value -> why it does not exist.", {"enum": list(REASONS)}),
        },
        optional=("center_range", "lookahead"),
    )


def _layer() -> JsonSchema:
    origin = record("Where the layer was brought in.", {"path": TEXT, "line": PLACE})
    return record(
        "One expanded layer.",
        {
            "name": about("Expanded name, unique in the spec: `block1/0/conv3`.", TEXT),
            "op": TEXT,
            "from": listed("Names of the layers and inputs that it reads.", TEXT),
            "line": about("Line of the item that wrote it; null of a model.", PLACE_OR_NONE),
            "origin": listed("The items (uses of blocks, branches) that brought it in, outermost first.", origin),
            "size": per_axis("Output size in samples; null where unknown.", INTEGER),
            "channels": INTEGER,
            "params": about("Number of learnt parameters.", INTEGER),
            "macs": about("Number of multiply-adds.", INTEGER),
            "receptive_field": by_name("By input; there for every input that the layer depends on.", ref("receptive_field")),
            "path": about("The file that has its line; only with geometry.", TEXT),
            "reads": listed("What it reads, input by input; of maps that only give a size, nothing; only with geometry.", _reading()),
        },
        optional=("path", "reads"),
    )


def _reading() -> JsonSchema:
    pair: JsonSchema = {"type": "array", "items": WHOLE, "minItems": 2, "maxItems": 2}
    phase: JsonSchema = {
        "description": "`[first, last, step]`, `last` inclusive; null for outputs that read nothing.",
        "type": ["array", "null"],
        "items": WHOLE,
        "minItems": 3,
        "maxItems": 3,
    }
    taps: JsonSchema = {
        "description": "By phase; null where there are none, and `why` says why, or where they would be too many to list.",
        "type": ["array", "null"],
        "items": phase,
    }
    axis = record(
        "Output `p + m * period` reads the samples `t + m * advance` of the map for `t` in `taps[p]`, on a map without borders.",
        {
            "period": COUNT,
            "advance": WHOLE,
            "taps": taps,
            "why": about("Why there are no taps; only where there are none.", {"enum": list(REASONS)}),
            "span": about("First and last output that read this map; only where maps are joined along the axis.", pair),
        },
        optional=("why", "span"),
    )
    return record(
        "What a layer reads of one of its inputs.",
        {
            "from": about("Name of the map; behind slices that fold a map, that of the map.", TEXT),
            "clamps": about("Whether taps past a border read the sample at the border, rather than padding, which holds nothing.", BOOLEAN),
            "axes": {**listed("One entry per axis.", axis), "minItems": 1, "maxItems": 3},
        },
    )


def finding_schema() -> JsonSchema:
    """The schema of one finding, as all JSON of rflint has it."""
    span = dict.fromkeys(("line", "column", "end_line", "end_column"), PLACE_OR_NONE)
    return record(
        "One finding. Lines and columns are 1-based code points, ends are exclusive; null of a model, where `layer` is the place.",
        {
            "code": about("Rule code, `RF102`.", TEXT),
            "name": about("Rule name, `center-mismatch`.", TEXT),
            "severity": {"enum": ["info", "warning", "error"]},
            "message": TEXT,
            "help": about("How to mend it.", {"type": ["string", "null"]}),
            "path": about("The file that holds the line.", TEXT),
            **span,
            "layer": about("Expanded name of the layer.", {"type": ["string", "null"]}),
            "input": {"type": ["string", "null"]},
            "axes": {"description": "Null where axes play no part.", "type": ["array", "null"], "items": TEXT},
            "related": listed(
                "Other places that belong to the finding.",
                record("A place and what is there.", {"message": TEXT, "path": TEXT, **span}),
            ),
            "instances": listed("Names of all layers that share the mistake.", TEXT),
            "data": {"description": "Figures of the finding, by name.", "type": "object"},
            "fix": {
                **record(
                    "Edits of the file that mend it; null where rflint knows none.",
                    {
                        "safe": about("Whether nothing else about the network changes.", BOOLEAN),
                        "edits": listed(
                            "Replacements of text, none overlapping.",
                            record("The text of the span becomes `text`.", {**span, "text": TEXT}),
                        ),
                    },
                ),
                "type": ["object", "null"],
            },
            "advice": listed(
                "The ways out that `help` names, each by itself; only where there are some.",
                record(
                    "Changes to be made together; layers go by their expanded names, values are YAML.",
                    {
                        "fields": by_name("Layer -> the fields that it gets; null: the field goes.", {"type": "object"}),
                        "inserted": listed(
                            "New layers, each between a merge and one of its inputs.",
                            record(
                                "A layer that brings one input of a merge to the size of another one.",
                                {
                                    "merge": TEXT,
                                    "branch": about("The input that it is put behind.", TEXT),
                                    "reference": about("The input that has the size.", TEXT),
                                    "op": TEXT,
                                    "fields": by_name("Its fields.", TEXT),
                                },
                            ),
                        ),
                        "sizes": by_name("Input -> its size by axis.", by_name("In samples.", {"type": "integer"})),
                    },
                ),
            ),
            "suppressed": BOOLEAN,
            "reason": about("Stated reason of the suppression; only where there is one.", {"type": ["string", "null"]}),
            "baselined": about("Whether it is the baseline that suppresses it; only where it is suppressed.", BOOLEAN),
            "fingerprint": about("Stable under edits elsewhere in the file.", TEXT),
            "paths": record(
                "Both paths of a misalignment (RF101, RF102), from the fork to the merge; only with geometry.",
                {
                    "fork": about("The last layer that both have in common.", TEXT),
                    "reference": _path("The path that represents the merge."),
                    "branch": _path("The path that is off."),
                },
            ),
        },
        optional=("advice", "reason", "baselined", "paths"),
    )


def _path(description: str) -> JsonSchema:
    return record(
        description,
        {
            "from": about("Its last layer; the fork where it is a shortcut.", TEXT),
            "layers": listed("Its layers behind the fork, in order.", TEXT),
            "grid": record("Effective stride and centre at the merge, as exact rationals.", {"stride": RATIONAL, "center": RATIONAL}),
        },
    )


def report_schema() -> JsonSchema:
    """Build the schema of the JSON that `check --format json` and `report --format json` print."""
    sized = {"size": per_axis("Size in samples; null where unknown.", INTEGER), "channels": INTEGER}
    spec = record(
        "One spec.",
        {
            "path": TEXT,
            "name": TEXT,
            "axes": {**listed("Names of the axes.", TEXT), "maxItems": 3},
            "inputs": by_name("Inputs as analysed, by name.", record("An input.", sized)),
            "outputs": listed("Names of the output layers.", TEXT),
            "layers": listed("All layers; left out by `check` unless asked for; empty where the spec cannot be read.", ref("layer")),
            "targets": listed("What must be seen, and whether it is.", ref("target")),
            "findings": listed("Sorted by path, line, column, code; the suppressed ones among them.", ref("finding")),
            "internal_error": about("What went wrong inside rflint; only where something did.", {"type": ["string", "null"]}),
            "lines": by_name(
                "File -> number of a line that is named in this entry -> its text, the beginning of a long one; only with geometry.",
                by_name("By number.", TEXT),
            ),
        },
        optional=("layers", "internal_error", "lines"),
    )
    nullable: JsonSchema = {"type": ["string", "null"]}
    target = record(
        "A target and whether it is seen.",
        {
            "name": TEXT,
            "layer": TEXT,
            "input": about("The input that shows it.", TEXT),
            "size": per_axis("Size of the object in input samples.", WHOLE),
            "guaranteed": per_axis("Size that is seen whole wherever it stands.", INTEGER),
            "verdict": {"enum": list(_VERDICTS)},
            "first": about(
                "The first layers that see it wherever it stands, and at best; only where layers are listed.",
                record("Names of layers; null where there is none.", dict.fromkeys(("guaranteed", "at_best"), nullable)),
            ),
            "needed": per_axis("How much of the object must be seen; only with geometry.", WHOLE),
        },
        optional=("first", "needed"),
    )
    summary = dict.fromkeys(("specs", "errors", "warnings", "infos", "suppressed"), COUNT)
    root = record(
        "What a run of rflint found out. Whole numbers beyond 2^53 are texts: no reader rounds them.",
        {
            "schema": about("Name and version of this format.", {"const": "rflint-report.v1"}),
            "version": about("Version of rflint.", TEXT),
            "specs": listed("One entry per file.", ref("spec")),
            "summary": record("Counts over all specs; suppressed findings are counted apart.", summary),
        },
    )
    return published("report", root, spec=spec, layer=_layer(), receptive_field=_receptive_field(), target=target, finding=finding_schema())
