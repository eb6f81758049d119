"""rflint: a declarative linter for convolutional architectures.

`load` is the way in for scripts and notebooks; see `rflint.api`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rflint.api import Network, Spec, SpecError, load

__version__ = "0.1.0"
__all__ = ["Network", "Spec", "SpecError", "__version__", "load"]


def __getattr__(name: str) -> object:
    """Import the API when it is first used: the command line starts without it."""
    if name in __all__:
        from rflint import api  # noqa: PLC0415 - start-up

        return getattr(api, name)
    raise AttributeError(f"module 'rflint' has no attribute {name!r}")
