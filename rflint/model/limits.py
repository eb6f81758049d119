"""All limits of what one spec may cost, in one table: a few lines can ask for more than any machine holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple


class Limit(NamedTuple):
    """A limit that a configuration may set, from 1 to `largest`."""

    default: int
    largest: int
    about: str


#: Key of the configuration's `limits` -> the limit; the fields of `Limits` have the same names, with `_`.
LIMITS: Final[Mapping[str, Limit]] = {
    "file-size": Limit(16 * 1024 * 1024, 1024**3, "Size of one file in bytes."),
    "nodes": Limit(2_000_000, 100_000_000, "YAML nodes of one file, aliases expanded."),
    "layers": Limit(200_000, 10_000_000, "Layers of one spec after expansion."),
    "nesting": Limit(64, 64, "Nesting of YAML collections, and of blocks in blocks."),
    "expression": Limit(1_000, 100_000, "Characters of one `${…}` expression."),
    "result": Limit(10_000, 1_000_000, "Characters or entries of the result of an expression."),
}


class Limits(NamedTuple):
    """The limits that hold for one spec; each has its own error."""

    #: Bytes of one file.
    file_size: int = LIMITS["file-size"].default
    #: Scalars and collections of one file, once aliases are expanded.
    nodes: int = LIMITS["nodes"].default
    #: Layers after expansion.
    layers: int = LIMITS["layers"].default
    #: Levels of collections, once aliases are expanded; blocks and branches inside one another; imports of imports.
    nesting: int = LIMITS["nesting"].default
    #: Characters of one `${…}`; characters or entries of what an expression gives.
    expression: int = LIMITS["expression"].default
    result: int = LIMITS["result"].default
    #: Findings about the YAML of one file, after which reading it stops.
    findings: int = 100
    #: All that expansion does, in steps of about half a microsecond: instances, connections, parameters, operators of expressions.
    steps: int = 5_000_000
    #: Entries of `import`, over all files; and their bytes.
    imports: int = 200
    import_bytes: int = 64 * 1024 * 1024

    def configured(self, limits: Mapping[str, int]) -> Limits:
        """Return the limits with those that a configuration sets, by its keys."""
        return self._replace(**{key.replace("-", "_"): limit for key, limit in limits.items()})
