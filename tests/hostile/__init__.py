"""The hostile corpus: specs, folders and configurations made to hurt a reader, each small to write down and large or odd once made."""

from __future__ import annotations

from hostile import graphs, quantities, structures, surroundings, yaml_text
from hostile.case import CASES, Case, build

__all__ = ["CASES", "Case", "build", "graphs", "quantities", "structures", "surroundings", "yaml_text"]
