"""Rules and ops of plug-ins at work: what they raise, and what they give that cannot be, becomes a finding RF902.

Only KeyboardInterrupt passes: it is the user's.  What plug-ins print goes to standard error, as the output is the report's.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import redirect_stdout
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from rflint.algebra import AXIS_OPS, AxisOp, Join, Merge, Opaque
from rflint.algebra.contract import op_problem
from rflint.engine import Analysis
from rflint.extensions.contract import described
from rflint.extensions.findings import Cleaner
from rflint.extensions.geometry import GuardedGeometry, is_geometry
from rflint.model import ChannelError, Cost, CostQuestion, Fields, Finding, Layer, OpCrash, Rule, Site, Span

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
        who = f"op `{self.op}`, {self.provider},"
        try:
            with redirect_stdout(sys.stderr):
                made = self.function(_proxy(fields), axis, axes)
                own = type(made) not in AXIS_OPS and is_geometry(made)
                problem = None if own else _axis_op_problem(made)
                if problem is None and self.merges and not isinstance(made, (Merge, Join, Opaque)):
                    kind = type(made).__name__
                    problem = f"a {kind} reads one input only, and the op takes several: it must be a Merge, Join or Opaque"
                if problem is None:
                    return GuardedGeometry(who, made) if own else made
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise OpCrash(f"{who} failed: {described(error)}") from None
        raise OpCrash(f"{who} gave what cannot be: {problem}")


def _axis_op_problem(made: AxisOp) -> str | None:
    """Say why something is none of rflint's axis ops with numbers in their ranges; None: it is."""
    if type(made) in AXIS_OPS:
        return op_problem(made)
    names = ", ".join(kind.__name__ for kind in AXIS_OPS)
    return (
        f"a value of type `{type(made).__name__}` is none of {names}, and no geometry of its own: that has `step`, `factor` and `sensitive`"
    )


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
            raise ChannelError(described(error).partition(": ")[2] or "cannot take the channels of what it reads") from None
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise OpCrash(f"op `{self.op}`, {self.provider}, failed to count: {described(error)}") from None
        if not isinstance(cost, Cost) or not all(map(_is_count, cost)):
            raise OpCrash(f"op `{self.op}`, {self.provider}, failed to count: a Cost holds whole numbers of at least 0, or None")
        return cost


def _is_count(value: object) -> bool:
    return value is None or (type(value) is int and value >= 0 and value.bit_length() <= _LARGEST_COUNT)
