"""Plug-ins: what their entry points lead to, checked when it is loaded (`loading`) and guarded at work (`guard`)."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["EntryPoint", "guard", "loading"]


class EntryPoint(NamedTuple):
    """What a package says it has for rflint."""

    #: Name of the distribution.
    package: str
    group: str
    name: str
    #: `module:attribute`
    target: str

    def __str__(self) -> str:
        """Name it in a sentence."""
        return f"plug-in `{self.name}` of `{self.package}` ({self.group}: {self.target})"
