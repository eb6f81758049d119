"""What pictures of a network need beside its report: what every layer reads of every map, and both paths of a misalignment.

Apart from `rflint.model.report`, as few reports have it.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Final, NamedTuple

from rflint.model.diagnostic import Diagnostic

#: Rules that are about two paths -> what of the paths differs.
_KINDS: Final = {"RF101": "stride", "RF102": "center"}


class AxisTaps(NamedTuple):
    """What a layer reads of one map on one axis: output `p + m * period` reads `t + m * advance` for `t` in `taps[p]`."""

    period: int = 1
    advance: int = 1
    #: Ascending ranges, an empty one for outputs that read nothing; None where there are none, and `why` says why.
    taps: tuple[range, ...] | None = (range(1),)
    #: A reason of the JSON contract.
    why: str = ""
    #: The outputs that read this map, first and last, where maps are joined along this axis.
    span: tuple[int, int] | None = None


class Reading(NamedTuple):
    """What a layer reads of one of its inputs."""

    #: Name of the layer or input that is read; behind slices that fold a map, that of the map.
    source: str
    #: One entry per axis.
    axes: tuple[AxisTaps, ...]
    #: Taps past a border read the sample at the border, rather than padding.
    clamps: bool = False


class LayerGeometry(NamedTuple):
    """A layer in pictures."""

    #: The file that has its line.
    path: str
    reads: tuple[Reading, ...]


class PathGeometry(NamedTuple):
    """One path from a fork to a merge."""

    #: Last layer; the fork where the path is a shortcut.
    end: str
    #: Layers behind the fork, in order.
    layers: tuple[str, ...]
    stride: Fraction
    center: Fraction


class ForkGeometry(NamedTuple):
    """Both paths of a misaligned merge."""

    #: `stride` (RF101) or `center` (RF102).
    kind: str
    layer: str
    input: str
    axes: tuple[str, ...]
    fork: str
    #: The path that represents the merge, and the one that is off.
    reference: PathGeometry
    branch: PathGeometry


class Geometry(NamedTuple):
    """All of it, of one spec."""

    #: By name.
    layers: Mapping[str, LayerGeometry]
    forks: tuple[ForkGeometry, ...]
    #: Path of a file -> number of a line that the report names -> its text.
    lines: Mapping[str, Mapping[int, str]]

    def fork(self, finding: Diagnostic) -> ForkGeometry | None:
        """The paths that a finding is about, if it is about paths."""
        if (kind := _KINDS.get(finding.code)) is None:
            return None
        data = finding.data
        about = kind, finding.layer, finding.input, data.get("fork")
        ends = tuple(path.get("from") if isinstance(path := data.get(name), Mapping) else None for name in ("reference", "branch"))
        return next(
            (
                fork
                for fork in self.forks
                if (fork.kind, fork.layer, fork.input, fork.fork) == about and (fork.reference.end, fork.branch.end) == ends
            ),
            None,
        )
