"""What a verification comes to as findings: RF701 for each layer that is another one in the model, RF702 for all that is not known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rflint.model import Finding, Graph
from rflint.questions.positions import Region
from rflint.verifying.comparison import Difference, Verification, roots
from rflint.words import counted, listing

#: Layers that a message names.
_NAMED: Final = 3


def findings(graph: Graph, verification: Verification) -> Iterator[Finding]:
    """Tell of a verification."""
    sites = {layer.name: layer.site for layer in graph.layers}
    for differences, behind in roots(verification):
        first = differences[0]
        alike = [each for each in differences if _facts(each) == _facts(first)]
        for group in (alike, [each for each in differences if each not in alike]):
            if group:
                yield _differs(graph, group, behind if group is alike else ())
    if verification.unmeasured:
        yield Finding(
            "RF702",
            f"{counted(len(verification.unmeasured), 'layer')} of {len(verification.layers)} "
            f"{'was' if len(verification.unmeasured) == 1 else 'were'} not compared with the model: {'; '.join(_reasons(verification))}",
            sites[next(iter(verification.unmeasured))],
            severity="warning" if not verification.measured else None,
            instances=tuple(verification.unmeasured) if len(verification.unmeasured) > 1 else (),
            data={"reasons": dict(verification.unmeasured), "measured": len(verification.measured)},
        )


def by_reason(verification: Verification) -> dict[str, list[str]]:
    """Why layers were not compared, and which."""
    found: dict[str, list[str]] = {}
    for name, why in verification.unmeasured.items():
        found.setdefault(why, []).append(name)
    return found


def _reasons(verification: Verification) -> Iterator[str]:
    for why, names in by_reason(verification).items():
        shown = [f"`{name}`" for name in names[:_NAMED]]
        more = [f"{len(names) - _NAMED} more"] if len(names) > _NAMED else []
        yield f"{listing([*shown, *more])} {why if len(names) == 1 else _plural(why)}"


def _plural(why: str) -> str:
    verbs = {"is": "are", "sees": "see", "depends": "depend", "does": "do", "has": "have", "was": "were"}
    verb, _, rest = why.partition(" ")
    return f"{verbs[verb]} {rest}" if verb in verbs else why


def _facts(difference: Difference) -> object:
    return difference[4:]


def _differs(graph: Graph, differences: Sequence[Difference], behind: Sequence[str]) -> Finding:
    first = differences[0]
    layer = next(each for each in graph.layers if each.name == first.layer)
    axes = tuple(each.axis for each in differences)
    where = f"on {listing(list(axes))}, at an input of {'x'.join(map(str, first.sizes))}"
    if first.whole is not None:
        by_spec = first.whole[0]
        what = (
            f"sees the whole map of `{first.input}` through a global branch "
            f"{'by the spec, and not in the model' if by_spec else 'in the model, and not by the spec'}, {where}"
        )
    elif first.feature is None:
        what = f"has {counted(first.features[1], 'feature')} in the model and {first.features[0]} in the spec, {where}"
    elif not first.settled:
        what = (
            f"sees other samples of `{first.input}` in the model than in the spec: its feature {first.feature} does not see "
            f"{_region(first.spec)}, {where} (the time limit ended it before it was known which)"
        )
    elif first.sample is not None and first.spec == first.model:
        what = (
            f"has other holes in its region in the model than in the spec: its feature {first.feature} sees sample {first.sample} of "
            f"`{first.input}` in one of them only, {where}"
        )
    else:
        what = (
            f"sees other samples of `{first.input}` in the model than in the spec: its feature {first.feature} sees "
            f"{_region(first.model)}, not {_region(first.spec)}, {where}"
        )
    more = f"; so {'does' if len(behind) == 1 else 'do'} {counted(len(behind), 'layer')} behind it" if behind else ""
    return Finding(
        "RF701",
        f"`{first.layer}` {what}{more}",
        layer.site,
        help="mend the layer, or import the model anew (`rflint import --update`)",
        layer=first.layer,
        input=first.input,
        axes=axes,
        data={
            "sizes": list(first.sizes),
            "features": list(first.features),
            "feature": first.feature,
            "spec": first.spec,
            "model": first.model,
            **({} if first.sample is None else {"sample": first.sample}),
            **({} if first.whole is None else {"whole": list(first.whole)}),
            "behind": list(behind),
        },
    )


def _region(region: Region) -> str:
    return "none" if region is None else f"{region[0]} to {region[1]}" if region[0] != region[1] else f"{region[0]}"
