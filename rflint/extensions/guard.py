"""Rules and ops of plug-ins at work: what they raise, and what they give that cannot be, becomes a finding RF902.

Only KeyboardInterrupt passes: it is the user's.  What plug-ins print goes to standard error, as the output is the report's.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import redirect_stdout
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, get_args

from rflint.algebra.axis import Global, Join, Merge, Opaque, PaddingWord, Pointwise, Transposed, Window
from rflint.algebra.resampling import (
    Adaptive,
    Coordinates,
    CropLike,
    DepthToSpace,
    Mode,
    Pad,
    Resize,
    Rounding,
    Slice,
    SpaceToDepth,
    WindowAttention,
)
from rflint.extensions.contract import described
from rflint.extensions.findings import Cleaner
from rflint.model.finding import Finding
from rflint.model.op import LARGEST, ChannelError, Cost, OpCrash

if TYPE_CHECKING:
    from rflint.algebra.axis import AxisOp
    from rflint.engine.analysis import Analysis
    from rflint.model.graph import Layer
    from rflint.model.op import CostQuestion, Fields
    from rflint.model.rule import Rule
    from rflint.model.site import Site, Span

#: Findings of one rule about one spec; a rule that gives more never ends, for all anybody knows.
MOST_FINDINGS: Final = 10_000
#: Bits of a count of parameters or multiply-adds.
_LARGEST_COUNT: Final = 256


def findings_of(rule: Rule, provider: str, analysis: Analysis, files: Collection[str], head: Site | Span) -> list[Finding]:
    """Run a rule of a plug-in: its findings as far as they can be used, and at `head` what is wrong with the others.

    `files` are those that a finding may point into.
    """
    assert rule.check is not None
    who = f"rule {rule.code} ({rule.name}), {provider},"
    cleaner = Cleaner(rule.code, analysis.graph, files)
    found = []
    failure = None
    try:
        with redirect_stdout(sys.stderr):
            given = rule.check(analysis)
            if isinstance(given, Finding) or not isinstance(given, Iterable):
                what = "None" if given is None else f"a value of type `{type(given).__name__}`"
                failure = f"gave {what} instead of a list of findings"
                given = ()
            for count, each in enumerate(given, 1):
                if count > MOST_FINDINGS:
                    failure = f"gave more than {MOST_FINDINGS:,} findings; the rest are left out"
                    break
                if (finding := cleaner.clean(each)) is not None:
                    found.append(finding)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        failure = f"failed: {described(error)}"
    wrong = [text for text in (failure, cleaner.complaint()) if text]
    return found + [_crash(f"{who} {text}", head, kind=rule.code, rule=rule.code) for text in wrong]


def crashed_ops(analysis: Analysis) -> Iterator[Finding]:
    """One finding for each op of a plug-in that failed, at the first layer that it befell."""
    by_op: dict[str, list[tuple[Layer, str]]] = {}
    for node in sorted(analysis.crashes):
        layer = analysis.graph.layer(node)
        by_op.setdefault(layer.op, []).append((layer, analysis.crashes[node]))
    for op, befallen in by_op.items():
        first, text = befallen[0]
        names = tuple(layer.name for layer, _ in befallen)
        found = _crash(f"{text}; what depends on `{first.name}` is unknown", first.field_site("op"), kind=op)
        yield found._replace(layer=first.name, instances=names if len(names) > 1 else ())


def _crash(text: str, where: Site | Span, **data: object) -> Finding:
    return Finding("RF902", text, where, help="this is a bug of the plug-in: tell its author; the other rules ran", data=data)


def read_only(analysis: Analysis) -> Analysis:
    """Copy what a rule could change of a graph: the fields of its layers, and severities, which silence other rules."""
    graph = analysis.graph
    layers = tuple(layer._replace(fields=_proxy(layer.fields)) for layer in graph.layers)
    expectations = tuple(each._replace(facts=_proxy(each.facts)) for each in graph.expectations)
    ops, rules, aliases = map(_proxy, (graph.ops, graph.rules, graph.aliases))
    return analysis._replace(graph=graph._replace(layers=layers, expectations=expectations, ops=ops, rules=rules, aliases=aliases))


def _proxy(mapping: Mapping[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType({key: _copied(value) for key, value in mapping.items()})


def _copied(value: object) -> object:
    return list(map(_copied, value)) if isinstance(value, list) else value


class GuardedLower(NamedTuple):
    """`Op.lower` of a plug-in, which can do no more than raise OpCrash."""

    op: str
    provider: str
    #: The op takes several inputs.
    merges: bool
    function: Callable[[Fields, int, tuple[str, ...]], AxisOp]

    def __call__(self, fields: Fields, axis: int, axes: tuple[str, ...]) -> AxisOp:
        """Ask what the op does on an axis."""
        try:
            with redirect_stdout(sys.stderr):
                made = self.function(_proxy(fields), axis, axes)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise OpCrash(f"op `{self.op}`, {self.provider}, failed: {described(error)}") from None
        problem = axis_op_problem(made)
        if problem is None and self.merges and not isinstance(made, (Merge, Join, Opaque)):
            problem = f"a {type(made).__name__} reads one input only, and the op takes several: it must be a Merge, Join or Opaque"
        if problem:
            raise OpCrash(f"op `{self.op}`, {self.provider}, gave what cannot be: {problem}")
        return made


class GuardedCost(NamedTuple):
    """`Op.cost` of a plug-in, which can do no more than raise OpCrash or ChannelError."""

    op: str
    provider: str
    function: Callable[[CostQuestion], Cost]

    def __call__(self, question: CostQuestion) -> Cost:
        """Ask what the op costs."""
        try:
            with redirect_stdout(sys.stderr):
                cost = self.function(question._replace(fields=_proxy(question.fields)))
        except ChannelError as error:
            raise ChannelError(described(error).partition(": ")[2]) from None
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise OpCrash(f"op `{self.op}`, {self.provider}, failed to count: {described(error)}") from None
        if not isinstance(cost, Cost) or not all(map(_is_count, cost)):
            raise OpCrash(f"op `{self.op}`, {self.provider}, failed to count: a Cost holds whole numbers of at least 0, or None")
        return cost


def _is_count(value: object) -> bool:
    return value is None or (type(value) is int and value >= 0 and value.bit_length() <= _LARGEST_COUNT)


class _Range(NamedTuple):
    """Whole numbers; None too where that is allowed."""

    low: int
    high: int = LARGEST
    optional: bool = False

    def holds(self, value: object) -> bool:
        if value is None:
            return self.optional
        return type(value) is int and self.low <= value <= self.high

    def __str__(self) -> str:
        return f"a whole number from {self.low:,} to {self.high:,}{' or None' if self.optional else ''}"


class _OneOf(NamedTuple):
    words: tuple[Any, ...]

    def holds(self, value: object) -> bool:
        return any(type(value) is type(word) and value == word for word in self.words)

    def __str__(self) -> str:
        return f"one of {', '.join(map(repr, self.words))}"


class _Scale(NamedTuple):
    def holds(self, value: object) -> bool:
        if value is None:
            return True
        return type(value) is Fraction and 0 < value.numerator <= LARGEST and value.denominator <= LARGEST

    def __str__(self) -> str:
        return "a positive Fraction or None"


_SAMPLES: Final = _Range(-LARGEST)
_COUNT: Final = _Range(1)
_FLAG: Final = _OneOf((False, True))
_WORD: Final = _OneOf(get_args(PaddingWord))
_PADDED: Final[Mapping[str, Any]] = {
    "kernel": _COUNT,
    "stride": _COUNT,
    "dilation": _COUNT,
    "word": _WORD,
    "low": _SAMPLES,
    "high": _SAMPLES,
}

#: What the numbers of an axis op may be.
_KINDS: Final[Mapping[type, Mapping[str, Any]]] = {
    Window: {**_PADDED, "ceil_mode": _FLAG},
    Transposed: {**_PADDED, "word": _OneOf(("", "same", "same_lower")), "output_padding": _Range(0)},
    Pointwise: {"gated": _FLAG},
    Merge: {"broadcast": _FLAG},
    Join: {},
    Global: {"keeps": _FLAG},
    Opaque: {},
    Resize: {
        "mode": _OneOf(get_args(Mode)),
        "coordinates": _OneOf(get_args(Coordinates)),
        "rounding": _OneOf(get_args(Rounding)),
        "scale": _Scale(),
        "size": _COUNT._replace(optional=True),
    },
    Adaptive: {"size": _COUNT},
    SpaceToDepth: {"block": _COUNT},
    DepthToSpace: {"block": _COUNT},
    Pad: {"low": _SAMPLES, "high": _SAMPLES},
    Slice: {"start": _SAMPLES, "stop": _SAMPLES._replace(optional=True), "step_size": _COUNT},
    CropLike: {"start": _Range(0, optional=True)},
    WindowAttention: {"window": _COUNT, "shift": _Range(0)},
}


def axis_op_problem(made: object) -> str | None:
    """Say why something is not an axis op that the engine can work with; None: it is."""
    numbers = _KINDS.get(type(made))
    if numbers is None:
        return f"a value of type `{type(made).__name__}` is none of {', '.join(kind.__name__ for kind in _KINDS)}"
    for name, allowed in numbers.items():
        if not allowed.holds(getattr(made, name)):
            return f"`{name}` of a {type(made).__name__} must be {allowed}"
    return None
