"""The published schema of what `rflint diff --format json` prints, `rflint-diff.v1`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rflint.validation.report_schema import finding_schema
from rflint.validation.shapes import COUNT, TEXT, about, listed, published, record, ref
from rflint.validation.values import JsonSchema

#: Every kind of change -> what it is about.
KINDS: Final[Mapping[str, str]] = {
    "unsound": "whether it is a spec that can be analysed at all",
    "spec": "a spec that came or went",
    "target": "a target: whether it is seen, stated, or asks for something else",
    "alignment": "whether all paths to a layer agree",
    "finding": "a finding that was introduced or mended, or has another severity",
    "expectation": "a fact that is expected",
    "rule": "a rule that was switched off or on, or speaks in another voice",
    "suppression": "a finding that is suppressed now, or no longer",
    "causal": "axes on which nothing may look ahead",
    "receptive_field": "size of the receptive field",
    "receptive_field_min": "size of the smallest receptive field over the phases",
    "lookahead": "how much of the future is read",
    "size": "size of a map",
    "outputs": "layers that are outputs",
    "input": "an input: name, size, channels",
    "axes": "names of the axes",
    "op": "what a layer is",
    "field": "a field of a layer",
    "wiring": "what a layer reads",
    "layers": "layers that came or went",
    "stride": "effective stride",
    "center": "centre of the first feature",
    "padding": "effective padding",
    "global": "whether the whole input is seen besides",
    "density": "share of the receptive field that is seen",
    "effective": "expected effective receptive field",
    "drift": "how far the middle of a map lies off that of the input",
    "exact": "whether numbers are exact or bounds",
    "channels": "channels of a map",
    "params": "parameters in all",
    "macs": "multiply-adds in all",
}


def diff_schema() -> JsonSchema:
    """Build the schema."""
    text_or_none: JsonSchema = {"type": ["string", "null"]}
    values: JsonSchema = {"type": ["array", "null"], "items": {"type": ["number", "string", "boolean", "null"]}}
    change = record(
        "One change, perhaps of many layers at once.",
        {
            "kind": {"description": "What it is about.", "anyOf": [{"const": kind, "description": said} for kind, said in KINDS.items()]},
            "severity": {"enum": ["info", "warning", "error"]},
            "effect": about("Whether something is the worse for it, or the better.", {"enum": ["loss", "neutral", "gain"]}),
            "what": about("What changed, as a phrase.", TEXT),
            "message": about("The same with its values, as a sentence without its full stop.", TEXT),
            "before": about("Value for people; empty where there is none.", TEXT),
            "after": about("Value for people; empty where there is none.", TEXT),
            "difference": about("By how much, for people; empty where that is no number.", TEXT),
            "old": about("One value per axis of `axes`, or a single one; null where there are no values.", values),
            "new": about("The same of the new side.", values),
            "axes": {"description": "Null where axes play no part.", "type": ["array", "null"], "items": TEXT},
            "input": text_or_none,
            "layers": listed("All layers that it is about, first the one whose values are told; of the old side what is gone.", TEXT),
            "finding": {
                "description": "The finding that was introduced or mended, or that says why.",
                "anyOf": [ref("finding"), {"type": "null"}],
            },
        },
    )
    move = record(
        "Layers that go by another name, and are the same.",
        {
            "old": about("What of their names differs.", TEXT),
            "new": about("What stands there now.", TEXT),
            "old_name": about("Name of one of them.", TEXT),
            "new_name": about("Its name now.", TEXT),
            "layers": about("How many there are.", COUNT),
        },
    )
    spec = record(
        "One spec, then and now.",
        {
            "path": about("Where it is; of a deleted one, where it was.", TEXT),
            "old_path": about("Where it was, if that is another place.", text_or_none),
            "name": TEXT,
            "status": about("`unsound`: one side cannot be analysed.", {"enum": ["same", "changed", "unsound", "added", "deleted"]}),
            "not_compared": about("Why its layers were not compared; null where they were.", text_or_none),
            "changes": listed("The gravest first, gains behind losses.", ref("change")),
            "moves": listed("Names that changed; no changes by themselves.", move),
        },
    )
    counts = ("specs", "changed", "not_compared", "errors", "warnings", "infos", "improvements")
    root = record(
        "What a change does to networks. Whole numbers beyond 2^53 are texts: no reader rounds them.",
        {
            "schema": about("Name and version of this format.", {"const": "rflint-diff.v1"}),
            "version": about("Version of rflint.", TEXT),
            "old": about("The old side, as it was named.", TEXT),
            "new": about("The new side, as it was named.", TEXT),
            "verdict": about("What is worst, and how much more there is.", TEXT),
            "specs": listed("One entry per spec, sorted by path.", ref("spec")),
            "summary": record("Counts over all specs.", dict.fromkeys(counts, COUNT)),
        },
    )
    return published("diff", root, spec=spec, change=change, finding=finding_schema())
