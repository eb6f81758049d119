"""What builds the documentation, for its tests: `docs/build.py` and its modules."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent

# At the end: `build` must not hide the package of that name.
sys.path.append(str(ROOT / "docs"))

from generator import figures, marks, shell  # noqa: E402 - found there

__all__ = ["ROOT", "build", "figures", "marks", "shell"]


def _load_build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_build", ROOT / "docs" / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


build = _load_build()
