"""What can go wrong for who calls rflint from Python."""

from __future__ import annotations

from rflint.model import UsageError


class ArgumentError(UsageError, ValueError):
    """An argument that cannot be, or does not fit the spec; the message begins with the name of the parameter."""


class UnknownLayerError(KeyError):
    """A network has no layer of this name; the message names what was probably meant."""

    def __str__(self) -> str:
        return str(self.args[0])
