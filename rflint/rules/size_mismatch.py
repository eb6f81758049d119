"""RF008: maps of different size at a merge, and maps that shrink to nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from rflint.algebra.axis import Window
from rflint.engine.analysis import LARGE, layer_of
from rflint.model.finding import Finding
from rflint.model.graph import field_site
from rflint.model.rule import Example, Rule
from rflint.model.site import Note
from rflint.questions.borders import nearest_sizes
from rflint.rules._paths import node_site
from rflint.words.axes import by_axis, either, quoted
from rflint.words.numbers import axes_text, samples

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rflint.engine.analysis import Analysis, AxisAnalysis
    from rflint.engine.program import Program
    from rflint.engine.sizing import SizeProblem, Sizing

#: From this size on, a size of an unknown input stands for a class of sizes.
_STAND_IN = LARGE // 8
#: Changes of size that a note lists, the last ones of a path; and sizes that a message lists.
_LISTED = 4
#: Layers that are gone back over, in all, to say where paths part.
_STEPS = 100_000
#: Nodes up to which input sizes that fit are looked for: hundreds of sizes are tried where none does.
_SEARCHED = 1_000


class _Case(NamedTuple):
    """What is wrong with one node on one axis."""

    problem: SizeProblem
    #: Branches of a merge that differ -> their sizes.
    branches: dict[int, int]


_ByAxis = dict[int, _Case]


def _check(analysis: Analysis) -> Iterator[Finding]:
    found: dict[tuple[int, str], _ByAxis] = {}
    for axis, part in enumerate(analysis.axes):
        problems = _lasting(part)
        explained = _explained(part) if problems else {}
        for problem in problems:
            branches = _differing(part, problem, explained) if problem.kind == "mismatch" else {}
            if branches or problem.kind != "mismatch":
                found.setdefault((problem.node, problem.kind), {})[axis] = _Case(problem, branches)
    fitting = _fitting_sizes(analysis, {axis for cases in found.values() for axis in cases})
    steps = _STEPS
    for (node, kind), cases in sorted(found.items()):
        notes: list[Note] = []
        if kind == "mismatch":
            notes, steps = _parting(analysis, cases, steps)
        yield _finding(analysis, node, kind, cases, {axis: fitting[axis] for axis in cases}, notes)


def _fitting_sizes(analysis: Analysis, axes: set[int]) -> dict[int, tuple[int, ...]]:
    """Axis -> the input sizes nearest to the declared one that suit every layer."""
    found: dict[int, tuple[int, ...]] = {}
    for axis in axes:
        part = analysis.axes[axis]
        twin = next((other for other in found if analysis.axes[other].cases is part.cases), None)
        if twin is not None:
            found[axis] = found[twin]
        else:
            found[axis] = nearest_sizes(analysis, axis, lambda _node, _sizes: True) if len(part.program.kinds) <= _SEARCHED else ()
    return found


def _lasting(part: AxisAnalysis) -> Sequence[SizeProblem]:
    """Problems at the declared sizes; where a size is unknown, those that no size of the input avoids."""
    sizings = part.sizings
    if any(not sizing.problems for sizing in sizings):
        return ()
    least = min(sizings, key=lambda sizing: len(sizing.problems)).problems
    everywhere = set.intersection(*({problem.node for problem in sizing.problems} for sizing in sizings))
    # Layers that each work at some size, but not at the same one: then any of them is to blame.
    return [problem for problem in least if problem.node in everywhere] or least


def _explained(part: AxisAnalysis) -> dict[int, set[int]]:
    """Merge -> branches whose stride is another one: RF101 tells of them."""
    found: dict[int, set[int]] = {}
    for trace in part.valid_cases()[0].traces.values():
        for violation in trace.violations:
            origins = part.program.sources[violation.node]
            one, other = trace.fields[origins[violation.chosen]], trace.fields[origins[violation.position]]
            if one is None or other is None or one.grid is None or other.grid is None or one.sized or other.sized:
                continue
            if one.grid.stride != other.grid.stride:
                found.setdefault(violation.node, set()).add(origins[violation.position])
    return found


def _differing(part: AxisAnalysis, problem: SizeProblem, explained: dict[int, set[int]]) -> dict[int, int]:
    """Branches of a merge -> their size, where they differ and no difference of strides explains it."""
    spreads = part.program.broadcasts(problem.node)
    told = explained.get(problem.node, ())
    known = {
        origin: size
        for origin, size in zip(part.program.sources[problem.node], problem.sizes, strict=True)
        if size is not None and not (spreads and size == 1) and origin not in told
    }
    if part.sizings[0].virtual:
        # Sizes that scale with the input and sizes that do not cannot be compared.
        scaling = {origin: size for origin, size in known.items() if size >= _STAND_IN}
        known = scaling if len(set(scaling.values())) > 1 else {origin: size for origin, size in known.items() if origin not in scaling}
    return known if len(set(known.values())) > 1 else {}


def _finding(
    analysis: Analysis, node: int, kind: str, cases: _ByAxis, fitting: dict[int, tuple[int, ...]], notes: Sequence[Note]
) -> Finding:
    layer, names = layer_of(analysis, node), analysis.graph.axes
    lead, fields, say, way_out = _KINDS[kind]
    said = by_axis({names[axis]: say(analysis, axis, case) for axis, case in cases.items()})
    if all(fitting.values()):
        sizes = by_axis({names[axis]: either(nearest) for axis, nearest in fitting.items()})
        way_out = f"`{analysis.graph.inputs[0].name}` fits every layer with {sizes}"
    return Finding(
        "RF008",
        f"`{layer.name}` {lead}{said}",
        field_site(layer, *fields),
        help=way_out,
        layer=layer.name,
        axes=tuple(names[axis] for axis in cases),
        related=tuple(notes),
        data={"kind": kind, "sizes": {names[axis]: _reported(analysis.axes[axis], case) for axis, case in cases.items()}},
    )


def _reported(part: AxisAnalysis, case: _Case) -> list[int | None]:
    return [_shown(part.sizings[0], size) for size in case.problem.sizes]


def _shown(sizing: Sizing, size: int | None) -> int | None:
    """Give a size that is one: not a stand-in for a class of unknown sizes."""
    return None if size is None or (sizing.virtual and size >= _STAND_IN) else size


def _differing_words(analysis: Analysis, axis: int, case: _Case) -> str:
    part, names, branches = analysis.axes[axis], analysis.graph.node_name, case.branches
    if all(_shown(part.sizings[0], size) is not None for size in branches.values()):
        by_size: dict[int, list[str]] = {}
        for origin, size in branches.items():
            by_size.setdefault(size, []).append(names(origin))
        said = [f"{size} from {quoted(origins)}" for size, origins in by_size.items()]
        more = [f"{len(said) - _LISTED} more sizes"] if len(said) > _LISTED else []
        return axes_text([*said[:_LISTED], *more])
    one, other = _extremes(branches)
    apart = sorted(
        large - small for sizing in part.sizings if (large := sizing.sizes[one]) is not None and (small := sizing.sizes[other]) is not None
    )
    if apart[0] > 0:
        surplus = samples(apart[0]) if apart[0] == apart[-1] else f"{apart[0]} to {samples(apart[-1])}"
        return f"`{names(one)}` has {surplus} more than `{names(other)}`, whatever the input size,"
    return f"`{names(one)}` and `{names(other)}` agree at no input size that suits all other layers,"


def _extremes(branches: dict[int, int]) -> tuple[int, int]:
    """Pick the largest branch and the smallest one, the first of each."""
    return max(branches, key=branches.__getitem__), min(branches, key=branches.__getitem__)


def _parting(analysis: Analysis, cases: _ByAxis, steps: int) -> tuple[list[Note], int]:
    """Say where the largest and the smallest branch part, and how the size of each goes on from there; and what steps are left."""
    axis = min(cases)
    program, sizing = analysis.axes[axis].program, analysis.axes[axis].sizings[0]
    one, other = _extremes(cases[axis].branches)
    paths: dict[int, list[int]] = {one: [], other: []}
    ends = [one, other]
    # Node numbers are topological: the larger of the two is never an ancestor of the other.
    while ends[0] != ends[1]:
        later = 0 if ends[0] > ends[1] else 1
        sources = program.sources[ends[later]]
        steps -= 1
        if steps < 0:
            return [], steps
        if not sources:
            break
        paths[one if later == 0 else other].append(ends[later])
        ends[later] = sources[0]
    name, notes = analysis.graph.node_name, []
    if ends[0] == ends[1]:
        size = _shown(sizing, sizing.sizes[ends[0]])
        notes.append(
            Note(f"the paths part after `{name(ends[0])}`" + (f", at {samples(size)}" if size else ""), node_site(analysis, ends[0]))
        )
    for end, nodes in paths.items():
        changes = [f"{change} at `{name(node)}`" for node in reversed(nodes) if (change := _change(program, sizing, node))]
        if changes:
            more = "…, " if len(changes) > _LISTED else ""
            notes.append(Note(f"the path to `{name(end)}`: {more}{', '.join(changes[-_LISTED:])}", node_site(analysis, end)))
    return notes, steps


def _change(program: Program, sizing: Sizing, node: int) -> str:
    """`57 → 28`; where the size is unknown `−2`; nothing where it stays, or changes by an unknown amount."""
    before, after = sizing.sizes[program.sources[node][0]], sizing.sizes[node]
    if before is None or after is None or before == after:
        return ""
    if _shown(sizing, max(before, after)) is not None:
        return f"{before} → {after}"
    return f"{after - before:+}".replace("-", "−") if abs(after - before) < _STAND_IN // 2 else ""


def _too_few_words(analysis: Analysis, axis: int, case: _Case) -> str:
    op, size = analysis.axes[axis].program.ops[case.problem.node], case.problem.sizes[0]
    if not isinstance(op, Window) or size is None:
        return f"nothing is left of {samples(size or 0)}"
    low, high = op.padding(size) or (0, 0)
    padded = f" with {low + high} of padding" if low + high else ""
    return f"{samples(size)}{padded} for an effective kernel of {op.effective_kernel}"


def _refused_words(_analysis: Analysis, _axis: int, case: _Case) -> str:
    return case.problem.text


#: Kind of problem -> beginning of the message, fields to point at, the words of one axis, what to do.
_KINDS: Final[dict[str, tuple[str, tuple[str, ...], Callable[[Analysis, int, _Case], str], str]]] = {
    "mismatch": (
        "merges maps of different size: ",
        ("from",),
        _differing_words,
        "pad the layers that shrink the smaller map, or cut the larger one with `crop_like`",
    ),
    "empty": (
        "shrinks its map to nothing: ",
        ("kernel", "crop", "padding", "start", "stop"),
        _too_few_words,
        "pad this layer, drop it, or feed a larger input",
    ),
    "refused": (
        "",
        ("block", "start", "from"),
        _refused_words,
        "give it a map of a size that it takes: pad or crop, or choose another input size",
    ),
}


RULE = Rule(
    code="RF008",
    name="size-mismatch",
    severity="error",
    summary="maps of different size at a merge; a map that shrinks to nothing",
    docs="""
Two maps of different size meet in a merge; a map is smaller than the window that is to read it; or an op cannot take
the size it is given (`space_to_depth` of an odd map, `crop_like` to a larger one). Where the input size is unknown,
only what is wrong at every size is an error; which sizes work is RF010's to say.

## Why it matters

Elementwise merges need equal sizes: no framework runs this network at this input. In an encoder-decoder, halving
`n → ⌊n/2⌋` forgets the odd sample and doubling brings back `2⌊n/2⌋`, so a skip of 45 samples meets an upsampled map of
44: after `k` halvings only multiples of `2ᵏ` come through. Convolutions without padding lose `k - 1` samples each.
Where the sizes differ because the strides do, the finding is RF101.

## How to mend it

The finding names both sizes, the layer where the paths part, what each path does to the size, and the nearest input
sizes that fit. Use one of those; pad the layer that shrinks; resize `like` the other map instead of by a factor; or cut
the larger map with `crop_like`, as the original U-Net does. Mind `ceil_mode` and the padding of pooling layers, which
differ between frameworks: they decide the odd sample.

## When it is fine

Never: this cannot be suppressed or switched off. Declare the size that the network is used at.

## References

Ronneberger, Fischer, Brox: U-Net, MICCAI 2015, section 2 (input sizes for which all halvings divide).
""",
    example=Example(
        failing="""\
rflint: 1
name: toy
inputs:
  image: {size: 90}
layers:
  - {name: enc1, op: conv, kernel: 3, padding: 1}
  - {name: pool1, op: max_pool, kernel: 2}
  - {name: enc2, op: conv, kernel: 3, padding: 1}
  - {name: pool2, op: max_pool, kernel: 2}
  - {name: up2, op: resize, scale: 2}
  - {name: skip2, op: concat, from: [up2, enc2]}
""",
        passing="""\
rflint: 1
name: toy
inputs:
  image: {size: 92}
layers:
  - {name: enc1, op: conv, kernel: 3, padding: 1}
  - {name: pool1, op: max_pool, kernel: 2}
  - {name: enc2, op: conv, kernel: 3, padding: 1}
  - {name: pool2, op: max_pool, kernel: 2}
  - {name: up2, op: resize, scale: 2}
  - {name: skip2, op: concat, from: [up2, enc2]}
""",
    ),
    check=_check,
)
