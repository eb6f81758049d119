"""What is compared, and what comes of it: plain frozen values."""

from collections.abc import Iterator, Mapping
from typing import Final, Literal, NamedTuple, get_args

from rflint.engine import Analysis
from rflint.model import EMPTY, SEVERITY_ORDER, Diagnostic, FailOn, Severity, SpecReport

#: What a change does to the network, or to what is known and promised of it.
Effect = Literal["loss", "neutral", "gain"]
_EFFECT_ORDER: Final[Mapping[Effect, int]] = {"loss": 0, "neutral": 1, "gain": 2}

Kind = Literal[
    "unsound",
    "spec",
    "target",
    "alignment",
    "finding",
    "expectation",
    "rule",
    "suppression",
    "causal",
    "receptive_field",
    "receptive_field_min",
    "lookahead",
    "size",
    "outputs",
    "input",
    "axes",
    "op",
    "field",
    "wiring",
    "layers",
    "stride",
    "center",
    "padding",
    "global",
    "density",
    "effective",
    "drift",
    "exact",
    "channels",
    "params",
    "macs",
]
#: All kinds, in the order in which equally grave changes are told.
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
_KIND_ORDER: Final = {kind: place for place, kind in enumerate(KINDS)}
#: What somebody edited: told before what came of it.
_EDITED: Final = frozenset(("input", "axes", "op", "field", "wiring", "layers"))

#: What a side is called that is no revision.
WORKING_TREE: Final = "the working tree"

#: A value as JSON has it, or several, one per axis.
Value = bool | int | float | str | None


class Side(NamedTuple):
    """One spec of one side: what was found out about it."""

    #: With its layers.
    report: SpecReport
    #: None where there is nothing to analyse.
    analysis: Analysis | None
    #: Code of each rule -> the severity that it has in this spec; off.
    rules: Mapping[str, str] = EMPTY

    @property
    def broken(self) -> bool:
        """Whether it is no spec that can be analysed, though it should be one."""
        errors = any(each.severity == "error" for each in self.report.findings)
        return self.analysis is None and (errors or self.report.internal_error is not None)


class Change(NamedTuple):
    """One change, perhaps of many layers at once."""

    kind: Kind
    severity: Severity
    effect: Effect
    #: What changed, as a phrase: ``receptive field of `head` ``.
    what: str
    #: The same with its values, as a sentence without its full stop.
    message: str
    #: Values as people read them; empty where there is none.
    before: str = ""
    after: str = ""
    #: By how much: `-32`; empty where that is no number.
    difference: str = ""
    #: The values of what speaks for all, one per axis of `axes` or a single one; None where there are none.
    old: tuple[Value, ...] | None = None
    new: tuple[Value, ...] | None = None
    axes: tuple[str, ...] | None = None
    input: str | None = None
    #: Names of all layers that it is about, what speaks for all first: in the new spec, or in the old one what is gone.
    layers: tuple[str, ...] = ()
    #: The finding that was introduced or mended, or that says why.
    finding: Diagnostic | None = None

    def sort_key(self) -> tuple[int, int, int]:
        """Order of print: the gravest first, gains behind losses; of what is not grave, what was edited first."""
        effect = -1 if self.kind in _EDITED and self.severity == "info" else _EFFECT_ORDER[self.effect]
        return (-SEVERITY_ORDER[self.severity], effect, _KIND_ORDER[self.kind])


class Move(NamedTuple):
    """Layers that go by another name, and are the same."""

    #: What of their names differs: `encoder` is `backbone` now.
    old: str
    new: str
    #: Of one of them.
    old_name: str
    new_name: str
    layers: int


#: What became of a spec; `unsound`: one side cannot be analysed.
Status = Literal["same", "changed", "unsound", "added", "deleted"]


class SpecDiff(NamedTuple):
    """One spec, then and now."""

    #: Where it is; of a deleted one, where it was.
    path: str
    #: Where it was, if that is another place; None.
    old_path: str | None
    name: str
    status: Status
    #: The gravest first.
    changes: tuple[Change, ...] = ()
    moves: tuple[Move, ...] = ()
    #: Why its layers were not compared; empty where they were.
    not_compared: str = ""

    @property
    def moved(self) -> int:
        """How many layers go by another name."""
        return sum(move.layers for move in self.moves)

    @property
    def unchanged(self) -> bool:
        """Whether there is nothing to tell but names."""
        return self.status == "same"


class Diff(NamedTuple):
    """Two sides, spec by spec."""

    #: As the sides are called: `main`, `the working tree`.
    old: str
    new: str
    #: Sorted by path.
    specs: tuple[SpecDiff, ...]

    @property
    def changes(self) -> Iterator[tuple[SpecDiff, Change]]:
        """All changes, the gravest first; of a rule that is switched off for many specs, one is told before what else is as grave."""
        pairs = sorted(((spec, change) for spec in self.specs for change in spec.changes), key=lambda pair: pair[1].sort_key())
        said: set[str] = set()
        order: list[tuple[int, bool]] = []
        for _, change in pairs:
            order.append((change.sort_key()[0], change.kind == "rule" and change.message in said))
            said.add(change.message)
        return (pairs[place] for place in sorted(range(len(pairs)), key=order.__getitem__))

    def worse(self, fail_on: FailOn) -> bool:
        """Whether a change is as grave as that."""
        return fail_on != "never" and any(
            SEVERITY_ORDER[change.severity] >= SEVERITY_ORDER[fail_on] for _, change in self.changes if change.effect != "gain"
        )
