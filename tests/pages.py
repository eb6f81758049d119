"""The HTML report as tests see it: what is packed in it, and in a real browser where there is one."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from base64 import b64decode
from typing import TYPE_CHECKING, Any

import pytest

from rflint.formatters import render
from rflint.model import Report, summarize
from rflint.pipeline import lint_bytes
from rflint.rules import ENTRIES
from rflint.verdict import Options
from rflint.words import Style

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rflint.model import SpecReport

_BLOB = re.compile(r'<script type="text/plain" id="([a-z0-9-]+)">([A-Za-z0-9+/=]*)</script>')
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def linted(text: str, path: str = "net.yaml") -> SpecReport:
    return lint_bytes(text.encode(), path, Options(layers=True, geometry=True))


def page_of(*specs: SpecReport) -> str:
    return render("html", Report("0.1.0", specs, summarize(specs), ENTRIES), Style())


def blobs(page: str) -> dict[str, Any]:
    """What is packed in a page, by name."""
    return {name: json.loads(gzip.decompress(b64decode(packed))) for name, packed in _BLOB.findall(page)}


def readable(page: str) -> str:
    """A page without script and style, what is packed in it unpacked."""
    plain = _BLOB.sub(lambda found: f"{found[1]}: {gzip.decompress(b64decode(found[2])).decode()}", page)
    plain = re.sub(r"(?s)<(script|style)>.*?</\1>", r"<\1></\1>", plain)
    return re.sub(r"'sha256-[^']*'", "'sha256-…'", plain)


def chromium() -> Iterator[Any]:
    """A browser; the test is skipped where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="the page in a browser: pip install playwright")
    path = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if path is None:
        pytest.skip("the page in a browser: no Chromium is installed")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()
