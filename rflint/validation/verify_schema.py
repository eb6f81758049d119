"""The published schema of what `rflint verify --format json` prints, `rflint-verify.v1`."""

from __future__ import annotations

from rflint.validation.shapes import TEXT, WHOLE, about, listed, per_axis, published, record
from rflint.validation.values import JsonSchema


def verify_schema() -> JsonSchema:
    """Build the schema; all regions are samples of the input."""
    natural: JsonSchema = {**WHOLE, "minimum": 0}
    region: JsonSchema = {"type": ["array", "null"], "items": natural, "minItems": 2, "maxItems": 2}
    flag: JsonSchema = {"type": "boolean"}
    layer = record(
        "One layer that was asked for.",
        {
            "name": about("Expanded name.", TEXT),
            "verdict": about("What came of it.", {"enum": ["agrees", "differs", "not-measured"]}),
            "why": about("Why it was not compared; null where it was.", {"type": ["string", "null"]}),
        },
    )
    difference = record(
        "A layer that is another one in the model, on one axis.",
        {
            "layer": TEXT,
            "input": TEXT,
            "axis": TEXT,
            "sizes": per_axis("Size of the input at which it was measured.", natural),
            "features": record("Features of the layer along the axis.", {"spec": natural, "model": natural}),
            "feature": about("First feature whose region differs; null where their number does.", {**WHOLE, "type": ["integer", "null"]}),
            "spec": about("Its region by the spec, first and last sample; null: none.", region),
            "model": about("Its region in the model, first and last sample; null: none.", region),
            "settled": about("Whether there was time to measure that region.", flag),
            "sample": about(
                "With --exact: a sample that the feature sees in one of them only; null where its number or the hull tells all.",
                {**WHOLE, "type": ["integer", "null"]},
            ),
            "whole": about(
                "Whether the layer sees the whole map through a global branch, where that is the difference; else null.",
                {**record("By the spec, and in the model.", {"spec": flag, "model": flag}), "type": ["object", "null"]},
            ),
            "behind": listed("Layers before it that differ, too, and explain it; empty: it differs by itself.", TEXT),
        },
    )
    root = record(
        "A spec compared with a running model. Whole numbers beyond 2^53 are texts: no reader rounds them.",
        {
            "schema": about("Name and version of this format.", {"const": "rflint-verify.v1"}),
            "version": about("Version of rflint.", TEXT),
            "path": TEXT,
            "name": TEXT,
            "model": about("What was run.", TEXT),
            "axes": {**listed("Names of the axes.", TEXT), "maxItems": 3},
            "sizes": listed("Sizes of the first input at which the model ran.", per_axis("Samples.", natural)),
            "clipped": about("The model has one size only: regions were compared as its borders clip them.", flag),
            "layers": listed("In the order of the spec.", layer),
            "differences": listed("Empty where spec and model agree in all that was measured.", difference),
            "notes": listed("What else is to be known.", TEXT),
        },
    )
    return published("verify", root)
