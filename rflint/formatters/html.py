"""`html`: a page of its own, with pictures: what every cell of every layer sees, drawn from the report with geometry.

Everything is in the one file: the report, packed, and the script that draws it.  It opens no connection, which a
Content-Security-Policy holds it to, and whatever names say, they are text.
"""

from __future__ import annotations

import gzip
from base64 import b64encode
from hashlib import sha256
from html import escape
from typing import TYPE_CHECKING, Any, Final

from rflint.drawing import variables
from rflint.formatters import json
from rflint.formatters.exact import dumps
from rflint.formatters.levels import drawing
from rflint.model import Report, SpecReport
from rflint.resources import asset
from rflint.words import Style, counted, safe

if TYPE_CHECKING:
    from collections.abc import Iterable

#: In this order they are one script.
_SCRIPTS: Final = (
    "dom.js",
    "model.js",
    "regions.js",
    "paint.js",
    "cone.js",
    "figure.js",
    "graph.js",
    "panels.js",
    "feature.js",
    "main.js",
    "events.js",
)


def render(report: Report, style: Style) -> str:
    """Write the page; specs without geometry (`--with-geometry`, which `--format html` implies) have findings only."""
    script = f'(() => {{\n"use strict";\n{"".join(f"{asset(name)}" for name in _SCRIPTS)}}})();\n'
    look = asset("style.css").replace("/*light*/", variables(0)).replace("/*dark*/", variables(1))
    blobs = [_blob("index", dumps([_entry(spec) for spec in report.specs]))]
    blobs += [_blob(f"spec-{number}", _document(spec, style)) for number, spec in enumerate(report.specs)]
    title = report.specs[0].name if len(report.specs) == 1 else f"rflint: {counted(len(report.specs), 'spec')}"
    parts = {
        "{script-hash}": _hash(script),
        "{style-hash}": _hash(look),
        "{version}": escape(report.version),
        "{title}": escape(safe(title)),
        "{style}": look,
        "{data}": "\n".join(blobs),
        "{script}": script,
    }
    return "".join(parts.get(piece, piece) for piece in _pieces(asset("page.html"), parts))


def _pieces(page: str, marks: Iterable[str]) -> list[str]:
    """Cut a page at its marks, once: what is put in for one may hold another."""
    pieces = [page]
    for mark in marks:
        pieces = [part for piece in pieces for part in _parted(piece, mark)]
    return pieces


def _parted(piece: str, mark: str) -> list[str]:
    first, *others = piece.split(mark)
    return [first, *(part for other in others for part in (mark, other))]


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _blob(name: str, text: str) -> str:
    packed = b64encode(gzip.compress(text.encode(), compresslevel=9, mtime=0)).decode()
    return f'<script type="text/plain" id="{name}">{packed}</script>'


def _document(spec: SpecReport, style: Style) -> str:
    """The report on a spec as JSON has it, and where its boxes stand."""
    if spec.geometry is None:
        spec = spec._replace(layers=())
    written = json.spec_text(spec, style._replace(layers=True))
    return f'{written[:-1]},\n  "drawing": {dumps(drawing(spec))}}}'


def _entry(spec: SpecReport) -> dict[str, Any]:
    """A row of the table of all specs."""
    told = [finding.severity for finding in spec.findings if not finding.suppressed]
    fields = [field for layer in spec.layers for field in layer.receptive_field.values() if None not in field.size]
    largest = max(fields, key=lambda field: [size or 0 for size in field.size], default=None)
    failed = sum(target.verdict != "guaranteed" for target in spec.targets)
    return {
        "path": spec.path,
        "name": spec.name,
        "layers": len(spec.layers),
        "field": largest
        and {
            "size": largest.size,
            "size_min": largest.size_min,
            "global": largest.is_global,
            "exact": largest.exact,
        },
        "errors": told.count("error"),
        "warnings": told.count("warning"),
        "infos": told.count("info"),
        "targets": f"{len(spec.targets) - failed} of {len(spec.targets)}" if spec.targets else "–",
    }
