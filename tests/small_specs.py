"""Specs of a few layers on one axis, and their analysis."""

from __future__ import annotations

from rflint.engine.analysis import Analysis, analyze
from rflint.pipeline import load
from rflint.verdict import Options


def spec(layers: str, size: int | str = 64, head: str = "") -> str:
    """One input named `image`; one layer a line, without its braces."""
    lines = "".join(f"  - {{{line.strip()}}}\n" for line in layers.strip().splitlines())
    return f"rflint: 1\naxes: [x]\ninputs: {{image: {{size: {size}}}}}\n{head}layers:\n{lines}"


def analysed(text: str) -> Analysis:
    """A text without a finding of its own."""
    loaded = load(text.encode(), "net.yaml", Options())
    assert not loaded.findings, loaded.findings
    assert loaded.graph is not None
    return analyze(loaded.graph)
