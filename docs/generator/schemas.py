"""The published JSON schemas: what the ops, the rules and the tables of fields say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rflint.ops import OPS
from rflint.rules import RULES
from rflint.validation.build import render, spec_schema
from rflint.validation.config_schema import config_schema
from rflint.validation.diff_schema import diff_schema
from rflint.validation.locate_schema import locate_schema
from rflint.validation.report_schema import report_schema
from rflint.validation.sizes_schema import sizes_schema
from rflint.validation.tiles_schema import tiles_schema
from rflint.validation.verify_schema import verify_schema

if TYPE_CHECKING:
    from collections.abc import Iterator


def schemas() -> Iterator[tuple[str, str]]:
    """Every published schema by its path in the repository."""
    published = {
        "spec": spec_schema(OPS.values(), RULES),
        "report": report_schema(),
        "config": config_schema(),
        "locate": locate_schema(),
        "sizes": sizes_schema(),
        "tiles": tiles_schema(),
        "diff": diff_schema(),
        "verify": verify_schema(),
    }
    for kind, schema in published.items():
        yield f"schemas/rflint-{kind}.v1.schema.json", render(schema)
