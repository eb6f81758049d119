"""The published schema of what `rflint sizes --format json` prints, `rflint-sizes.v1`."""

from __future__ import annotations

from rflint.validation.report_schema import finding_schema
from rflint.validation.shapes import INTEGER, NUMBER, RATIONAL, TEXT, WHOLE, about, listed, published, record, ref
from rflint.validation.values import JsonSchema


def sizes_schema() -> JsonSchema:
    """Build the schema; sizes are samples of the input, and classes of them residues modulo `modulus`."""
    residues = listed("Residues.", {**WHOLE, "minimum": 0})
    words = about("The same in words.", TEXT)
    single = listed("Where no class is valid: single sizes that are, as far as they were looked for.", WHOLE)
    valid = record(
        "Sizes with which the network runs.",
        {
            "residues": residues,
            "text": words,
            "smallest": about("The smallest of them; null where none was found.", INTEGER),
            "sizes": single,
        },
    )
    aligned = record("Sizes with which no merge is misaligned.", {"residues": residues, "text": words, "sizes": single})
    group = record(
        "Sizes that an output treats alike. What does not exist is null.",
        {
            "residues": residues,
            "text": words,
            "receptive_field": about("Size in samples.", INTEGER),
            "stride": about("Effective stride, exactly.", RATIONAL),
            "padding": about("Effective padding in samples.", INTEGER),
            "drift": about("How far the centre of the map lies from that of the input, in samples.", NUMBER),
            "aligned": {"type": ["boolean", "null"]},
        },
    )
    output = record("One output.", {"layer": TEXT, "classes": listed("None where several sizes are open.", group)})
    survey = record(
        "One input with open sizes.",
        {
            "input": TEXT,
            "axes": listed("The axes of which this holds.", TEXT),
            "decided": about("False where there are too many classes to try them all.", {"type": "boolean"}),
            "modulus": about("Null where not decided.", INTEGER),
            "valid": {**valid, "type": ["object", "null"]},
            "aligned": {**aligned, "type": ["object", "null"]},
            "undecided": listed("Layers that depend on the size itself, not on its class.", TEXT),
            "outputs": listed("The outputs, where one size only is open.", output),
        },
    )
    root = record(
        "Which input sizes are valid and aligned. Whole numbers beyond 2^53 are texts: no reader rounds them.",
        {
            "schema": about("Name and version of this format.", {"const": "rflint-sizes.v1"}),
            "version": about("Version of rflint.", TEXT),
            "path": TEXT,
            "name": TEXT,
            "inputs": listed("One entry per input and its axes that are alike; empty where no size is open.", survey),
            "findings": listed("Why the spec is broken.", ref("finding")),
        },
    )
    return published("sizes", root, finding=finding_schema())
