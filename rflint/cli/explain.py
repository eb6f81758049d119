"""`rflint explain`: the manual page of a rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from rflint import __version__
from rflint.cli.commands import COLOR, DEBUG, Argument, Arguments, Command
from rflint.cli.streams import ColorChoice, Streams
from rflint.formatters import page, render
from rflint.model import Report, summarize
from rflint.words import MIN_WIDTH, Style

if TYPE_CHECKING:
    from rflint.engine import Analysis
    from rflint.model import Rule
    from rflint.validation.vocabulary import Vocabulary

#: Size of an input that an example leaves open.
_SMALL: Final = 16
#: Widest input of which features are drawn, in samples, and how many are.
_WIDEST: Final = 300
_FEATURES: Final = 4
#: Rules about geometry, which can be seen.
_DRAWN: Final = ("RF1", "RF2", "RF3", "RF4")


def run(arguments: Arguments, streams: Streams) -> int:
    """Print the page of one rule."""
    from rflint.model import UsageError  # noqa: PLC0415 - start-up
    from rflint.project import config, plugins  # noqa: PLC0415 - start-up

    asked, vocabulary = arguments.text("rule"), plugins.load()
    key = config.in_its_case(asked, vocabulary.rule_names) or asked
    if key not in vocabulary.entry_by:
        if several := [code for code in vocabulary.entry_by if code.startswith(asked.upper()) and code.isupper()]:
            raise UsageError(f"`{asked}` is several rules, and one is explained at a time: {', '.join(several)}")
        raise UsageError(f"no rule is called `{key}`{config.rule_hint(key, vocabulary.rule_names)} (`rflint rules` lists them)")
    style = streams.style(cast("ColorChoice", arguments.text("color")))
    rule = vocabulary.entry_by[key].load()
    failing, layer = _run(rule, rule.example.failing, style, vocabulary)
    passing, _ = _run(rule, rule.example.passing, style, vocabulary, layer)
    streams.put(page.rule_page(rule, style, failing, passing))
    return 0


def _run(rule: Rule, text: str, style: Style, vocabulary: Vocabulary, layer: str | None = None) -> tuple[page.Shown, str | None]:
    """Run an example: what is found in it, and what features of the layer see that the finding is about (or `layer`)."""
    from rflint.pipeline import lint_loaded, load  # noqa: PLC0415 - start-up
    from rflint.verdict import Options  # noqa: PLC0415 - start-up

    options = Options(vocabulary=vocabulary)
    loaded = load(text.encode(), "net.yaml", options)
    report, analysis = lint_loaded(loaded, options)
    if analysis is not None and any(None in item.size for item in analysis.graph.inputs):
        options = options._replace(sizes=((None, (_SMALL,)),))
        analysis = lint_loaded(load(text.encode(), "net.yaml", options), options)[1]
    found = next((each for each in report.findings if each.code == rule.code), None)
    narrow = style._replace(width=max(style.width - 2, MIN_WIDTH), quiet=True)
    told = report._replace(findings=() if found is None else (found,))
    lines = render("full", Report(__version__, (told,), summarize((told,)), ()), narrow).splitlines()
    layer = layer or (found.layer if found is not None else None)
    features = [] if analysis is None or layer is None or not rule.code.startswith(_DRAWN) else _features(analysis, layer)
    return page.Shown(lines, features), layer


def _features(analysis: Analysis, name: str) -> list[tuple[str, page.Extent]]:
    """What features see along the first axis: of a merge, the same feature of each branch; else a few of the layer itself.

    The layer may be called otherwise in the example that passes: there it is the last one.
    """
    from rflint.questions import location  # noqa: PLC0415 - start-up

    graph, axis = analysis.graph, analysis.axes[0]
    inputs = len(graph.inputs)
    node = next((place for place, layer in enumerate(graph.layers, inputs) if layer.name == name), inputs + len(graph.layers) - 1)
    size = axis.size(0)
    if size is None or size > _WIDEST or not (count := axis.size(node)):
        return []
    branches = [source for source in graph.layer(node).sources if source >= inputs]
    of_layer = [(node, index) for index in range(min(count, _FEATURES))]
    asked = [(branch, count // 2) for branch in branches] if len(branches) > 1 else of_layer
    drawn = []
    for at, index in asked:
        seen = location.feature(analysis, 0, at, (index,) * len(graph.axes))[0]
        bits = location.seen_sets(analysis, 0, at, (index,) * len(graph.axes))[0]
        if seen.region is not None and seen.center is not None:
            drawn.append((f"{graph.node_name(at)} {index}", page.Extent(axis.name, size, seen.region, float(seen.center), bits)))
    return drawn


COMMAND = Command(
    name="explain",
    help="Print what a rule finds, why it matters, and how to mend it.",
    run=run,
    arguments=(Argument("RULE", "Code or name of a rule: RF102, center-mismatch.", required=True, words="rules"),),
    options=(COLOR, DEBUG),
)
