"""The published schema of what `rflint tiles --format json` prints, `rflint-tiles.v1`."""

from __future__ import annotations

from rflint.validation.shapes import BOOLEAN, REASONS, TEXT, WHOLE, about, by_name, listed, per_axis, published, record
from rflint.validation.values import JsonSchema


def tiles_schema() -> JsonSchema:
    """Build the schema; all lengths are samples of the input."""
    natural: JsonSchema = {**WHOLE, "minimum": 0}
    positive: JsonSchema = {**WHOLE, "minimum": 1}
    sides: JsonSchema = {"type": ["array", "null"], "items": natural, "minItems": 2, "maxItems": 2}
    sizes = record(
        "Sizes that pieces may have, and the whole image: modulo `modulus`.",
        {"residues": listed("Residues.", natural), "text": about("The same in words.", TEXT)},
    )
    price = record(
        "What tiles of one size cost.",
        {
            "tile": per_axis("Size of a tile.", positive),
            "piece": per_axis("Size of the largest piece to read for one, where tiles stand side by side.", positive),
            "repeated": about("Share of a piece's samples that lie outside its tile.", {"type": "number", "minimum": 0, "maximum": 1}),
        },
    )
    answer = record(
        "Tiles for one layer, cut from one input. A value that does not exist is null, and `why` says why.",
        {
            "layer": about("Expanded name of the layer whose outputs a tile gives.", TEXT),
            "input": TEXT,
            "modulus": per_axis("Pieces start on its multiples.", positive),
            "reach": per_axis("How far outputs look beyond a tile with borders on multiples of `modulus`: `[low, high]`.", sides),
            "reach_any": per_axis("How far outputs look beyond any tile: `[low, high]`.", sides),
            "halo": per_axis(
                "What to read beyond a tile with borders on multiples of `modulus` for the values of the whole image: `[low, high]`.", sides
            ),
            "halo_any": per_axis("The same beyond any tile, at most: `[low, high]`.", sides),
            "exact": per_axis("False where halos are upper bounds.", BOOLEAN),
            "sizes": per_axis("Sizes that fit.", {**sizes, "type": ["object", "null"]}),
            "why": by_name("Name of a null value -> why it does not exist.", {"enum": list(REASONS)}),
            "culprit": per_axis("The layer that is the reason why there is no halo.", {"type": ["string", "null"]}),
            "tiles": listed("What tiles cost; empty where an axis has no halo.", price),
        },
    )
    root = record(
        "How tiles of large images must overlap. Whole numbers beyond 2^53 are texts: no reader rounds them.",
        {
            "schema": about("Name and version of this format.", {"const": "rflint-tiles.v1"}),
            "version": about("Version of rflint.", TEXT),
            "path": TEXT,
            "name": TEXT,
            "axes": {**listed("Names of the axes.", TEXT), "maxItems": 3},
            "answers": listed("One entry per layer and input that it depends on.", answer),
        },
    )
    return published("tiles", root)
