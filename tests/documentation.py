"""What makes the documentation, for its tests: the modules of `docs/generator`."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

sys.path.append(str(ROOT / "docs"))

from generator import figures, marks, pages, shell  # noqa: E402 - found there

__all__ = ["ROOT", "figures", "marks", "pages", "shell"]
