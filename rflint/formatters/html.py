"""`html`: a page of its own, with pictures: what every cell of every layer sees, drawn from the report with geometry.

Everything is in the one file: the report, packed, and the script that draws it.  It opens no connection, which a
Content-Security-Policy holds it to, and whatever names say, they are text.
"""

from __future__ import annotations

import gzip
import re
from base64 import b64encode
from hashlib import sha256
from html import escape
from typing import Any, Final

from rflint.drawing import variables
from rflint.formatters import json, overview
from rflint.formatters.exact import dumps
from rflint.formatters.levels import drawing
from rflint.model import Report, SpecReport
from rflint.resources import asset
from rflint.words import Style, counted, safe

#: Of what is put into `page.html`.
_MARK: Final = re.compile(r"\{[a-z-]+\}")
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
    script = f'(() => {{\n"use strict";\n{"".join(map(asset, _SCRIPTS))}}})();\n'
    look = asset("style.css").replace("/*light*/", variables(0)).replace("/*dark*/", variables(1))
    blobs = [_blob("index", dumps(_index(report)))]
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
    # In one pass: what is put in for one mark may look like another.
    return _MARK.sub(lambda mark: parts[mark[0]], asset("page.html"))


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


def _index(report: Report) -> dict[str, Any]:
    """The table of all specs, as `text` and `markdown` have it, and what became of them since an older report."""
    places = ((spec.path, spec.name) for spec in report.specs)
    specs = [
        {"path": path, "name": name, "cells": row[1:], "new": row[0].endswith("(new)")}
        for (path, name), row in zip(places, overview.rows(report), strict=True)
    ]
    return {"head": overview.HEAD[1:], "specs": specs, "since": overview.since(report)}
