"""What makes the documentation, for its tests: the modules of `docs/generator`."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

sys.path.append(str(ROOT / "docs"))

from generator import figures, marks, pages, shell  # noqa: E402 - found there

__all__ = ["FENCED", "ROOT", "anchors", "figures", "marks", "pages", "read", "shell"]

FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def anchors(page: str) -> set[str]:
    """Anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", FENCED.sub("", read(page)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
