"""The published schema of `rflint.toml` and of `[tool.rflint]`."""

from __future__ import annotations

from typing import Final

from rflint.model import LIMITS, LONGEST_NAME, NAME, SEVERITIES
from rflint.validation.values import BASE, DRAFT, END, JsonSchema, Value

_THRESHOLDS: Final = ("info", "warning", "error", "never")
_SHOWN: Final = _THRESHOLDS[:3]

#: As `config.read_glob` takes it.
_GLOB: Final = {
    "pattern": f"^[^!\\\\][^\\\\]*{END}",
    "errorMessage": "a glob is not empty, has `/` between folders, and does not begin with `!`",
}


def _selectors(description: str, default: list[str], examples: list[list[str]]) -> JsonSchema:
    return {
        "description": f"{description} Codes (`RF301`), prefixes of codes (`RF3`), names (`off-center-even-kernel`), or `ALL`.",
        "type": "array",
        "items": {"type": "string", "minLength": 1},
        "default": default,
        "examples": examples,
    }


def config_schema() -> JsonSchema:
    """Build the schema of the configuration."""
    severities = ", ".join(f"`{word}`" for word in SEVERITIES)
    limits = {
        key: {"description": f"{about} Default: {default:,}.", **Value(integer=(1, largest)).schema(f"`{key}`"), "default": default}
        for key, (default, largest, about) in LIMITS.items()
    }
    return {
        "$schema": DRAFT,
        "$id": f"{BASE}rflint-config.v1.schema.json",
        "title": "rflint configuration",
        "description": "`rflint.toml`, or the table `[tool.rflint]` of `pyproject.toml`.",
        "type": "object",
        "properties": {
            "extend": {
                "description": "Configuration file that this one adds to and overrides, relative to this file.",
                "type": "string",
                "minLength": 1,
                "examples": ["../rflint.toml"],
            },
            "select": _selectors("Rules to report.", ["ALL"], [["RF1", "RF2"]]),
            "extend-select": _selectors("Rules to report beside the selected ones.", [], [["RF305"]]),
            "ignore": _selectors("Rules not to report.", [], [["RF404"]]),
            "severity": {
                "description": "Severities by rule code or name; they beat those of the specs.",
                "type": "object",
                "additionalProperties": {"enum": list(SEVERITIES), "errorMessage": f"a severity must be one of {severities}"},
                "default": {},
                "examples": [{"RF301": "error", "drift": "off"}],
            },
            "per-file-ignores": {
                "description": "Rules not to report for some files, by glob.",
                "type": "object",
                "propertyNames": _GLOB,
                "additionalProperties": _selectors("Rules not to report for these files.", [], [["RF404"]]),
                "default": {},
                "examples": [{"legacy/*.yaml": ["RF3"]}],
            },
            "exclude": {
                "description": "Globs of files and folders that a folder search leaves out.",
                "type": "array",
                "items": {"type": "string", **_GLOB},
                "default": [],
                "examples": [["third_party/**"]],
            },
            "fail-on": {
                "description": "The least severity that makes the exit code 1.",
                "enum": list(_THRESHOLDS),
                "default": "warning",
                "errorMessage": f"`fail-on` must be one of {', '.join(f'`{word}`' for word in _THRESHOLDS)}",
            },
            "show": {
                "description": "The least severity that is shown finding by finding; what is below is summed up, a line for each rule.",
                "enum": list(_SHOWN),
                "default": "warning",
                "errorMessage": f"`show` must be one of {', '.join(f'`{word}`' for word in _SHOWN)}",
            },
            "baseline": {
                "description": "File of the findings that are known and not reported, relative to this file; `--write-baseline` writes it.",
                "type": "string",
                "minLength": 1,
                "examples": ["rflint-baseline.json"],
            },
            "limits": {
                "description": "Bounds on what one spec may cost.",
                "type": "object",
                "properties": limits,
                "additionalProperties": False,
                "default": {},
            },
            "ops": {
                "description": "Ops of your own by name: like another op, with fields of it preset, which a layer may still set otherwise.",
                "type": "object",
                "propertyNames": {
                    "pattern": f"^{NAME.pattern}{END}",
                    "maxLength": LONGEST_NAME,
                    "errorMessage": "the name of an op takes lower-case words with `_` or `-` between them",
                },
                "additionalProperties": {
                    "type": "object",
                    "properties": {
                        "like": {"description": "The op that this one is a variant of.", "type": "string", "minLength": 1},
                        "doc": {"description": "One sentence for whoever reads a spec.", "type": "string"},
                    },
                    # Values of fields of that op.
                    "additionalProperties": {"type": ["integer", "number", "boolean", "string", "array"]},
                    "required": ["like"],
                    "errorMessage": 'an op must be a table, like `{like = "conv", kernel = 3}`',
                },
                "default": {},
                "examples": [{"my_blur": {"like": "conv", "kernel": 3}}],
            },
        },
        "additionalProperties": False,
    }
