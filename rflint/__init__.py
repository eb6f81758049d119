"""rflint: a declarative linter for convolutional architectures.

From Python: `load`, `lint`, `analyze`, `locate`, `sizes`, `tiles`; see docs/api.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rflint.api import (
        ArgumentError,
        Location,
        Network,
        Report,
        Sizes,
        Spec,
        SpecError,
        Tiles,
        UnknownLayerError,
        UsageError,
        analyze,
        from_torch,
        lint,
        load,
        locate,
        sizes,
        tiles,
    )

__version__ = "0.1.0"
__all__ = [
    "ArgumentError",
    "Location",
    "Network",
    "Report",
    "Sizes",
    "Spec",
    "SpecError",
    "Tiles",
    "UnknownLayerError",
    "UsageError",
    "__version__",
    "analyze",
    "from_torch",
    "lint",
    "load",
    "locate",
    "sizes",
    "tiles",
]


def __getattr__(name: str) -> object:
    """Import the API when it is first used: the command line starts without it."""
    if name in __all__:
        from rflint import api  # noqa: PLC0415 - start-up

        return getattr(api, name)
    raise AttributeError(f"module 'rflint' has no attribute {name!r}")


def __dir__() -> list[str]:
    """What is there for users, imported or not."""
    return sorted(__all__)
