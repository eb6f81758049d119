"""The published schema of what `rflint locate --format json` prints, `rflint-locate.v1`."""

from __future__ import annotations

from rflint.validation.report_schema import finding_schema
from rflint.validation.shapes import INTEGER, NUMBER, TEXT, WHOLE, about, listed, per_axis, published, record, ref
from rflint.validation.values import JsonSchema


def locate_schema() -> JsonSchema:
    """Build the schema; regions, centres and pixels are samples of the source map and count from 0."""
    ends: JsonSchema = {"items": WHOLE, "minItems": 2, "maxItems": 2}
    stretch: JsonSchema = {**ends, "type": ["array", "null"]}
    why = about("Why there is no answer; null where there is one.", {"type": ["string", "null"]})
    feature = record(
        "A feature of the layer.",
        {
            "axis": TEXT,
            "index": about("Its output index.", WHOLE),
            "region": about("First and last sample that it sees, on an unbounded map; null: none.", stretch),
            "clipped": about("The same inside of the map; null: none, or unknown.", stretch),
            "center": about("Of paths that disagree the mean.", NUMBER),
            "center_range": about(
                "Earliest and latest centre over all paths.",
                {"type": ["array", "null"], "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
            ),
            "coverage": about("Share of the region that lies inside of the map.", {**NUMBER, "minimum": 0, "maximum": 1}),
            "why": why,
        },
    )
    pixel = record(
        "A sample of the source map.",
        {
            "axis": TEXT,
            "pixel": WHOLE,
            "features": about("First and last feature that sees it; null: none does.", stretch),
            "nearest": about("The feature whose centre is nearest; the lower of two.", INTEGER),
            "nearest_center": NUMBER,
            "why": why,
        },
    )
    variation = record(
        "How the receptive field varies over the map.",
        {
            "axis": TEXT,
            "sizes": listed("Receptive field size, and the number of positions that have it.", {**ends, "type": "array"}),
            "why": why,
        },
    )
    size = per_axis("Size in samples; null where unknown.", INTEGER)
    answer = record(
        "What was asked, of one source map. Of `feature`, `pixel` and `variation` those are empty that were not asked for.",
        {
            "from": about("Name of the source map: an input, or the layer of --from.", TEXT),
            "layer": about("Expanded name of the layer.", TEXT),
            "from_size": size,
            "size": size,
            "feature": listed("One entry per axis.", feature),
            "pixel": listed("One entry per axis.", pixel),
            "variation": listed("One entry per axis.", variation),
        },
    )
    root = record(
        "Where features look. Whole numbers beyond 2^53 are texts: no reader rounds them.",
        {
            "schema": about("Name and version of this format.", {"const": "rflint-locate.v1"}),
            "version": about("Version of rflint.", TEXT),
            "path": TEXT,
            "name": TEXT,
            "answers": listed("One entry per source map, and feature that was asked for; empty where the spec is broken.", answer),
            "findings": listed("Why the spec is broken.", ref("finding")),
        },
    )
    return published("locate", root, finding=finding_schema())
