"""A page and a figure for each rule, and the index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.figures import figure
from generator.markdown import GENERATED, lines, table, trimmed
from generator.shell import rflint
from rflint.formatters.manual import manual
from rflint.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.figures import Figure
    from rflint.model import Rule


def rule_pages() -> Iterator[tuple[str, str]]:
    """Path and text of every generated file about rules."""
    yield "docs/rules/README.md", lines(_index())
    for rule in RULES:
        drawn = figure(rule)
        yield f"docs/rules/{rule.name}.md", lines(_page(rule, drawn))
        if drawn is not None:
            yield f"docs/rules/figures/{rule.code}.svg", drawn.svg


def _severity(rule: Rule) -> str:
    return "graded, finding by finding" if rule.severity == "graded" else rule.severity


def _index() -> Iterator[str]:
    yield from ("# Rules", "", GENERATED, "")
    yield "Codes and names are accepted everywhere: in `rules` of a spec, in a suppression, in the configuration, in `rflint explain`."
    yield ""
    rows = ([f"[{rule.code}]({rule.name}.md)", rule.name, _severity(rule), rule.summary] for rule in RULES)
    yield from table("Code", "Name", "Default severity", "Finds", rows=rows)


def _page(rule: Rule, drawn: Figure | None) -> Iterator[str]:
    yield from (f"# {rule.code} {rule.name}", "", GENERATED, "", f"Default severity: {_severity(rule)}. Finds: {rule.summary}.", "")
    what, heading, more = manual(rule).partition("\n## ")
    yield from what.rstrip().split("\n")
    if drawn is not None:
        yield from ("", f"![{drawn.words}](figures/{rule.code}.svg)")
    yield from ("", *f"{heading}{more}".strip().split("\n"), "")
    if rule.example.failing:
        yield from ("## Reported", "", "```yaml", *trimmed(rule.example.failing).splitlines(), "```", "")
        command = "check net.yaml"
        printed = rflint({"net.yaml": rule.example.failing}, command.split()).text
        if f"[{rule.code}]" not in printed:  # an info, which is summed up
            command += " --show info"
            printed = rflint({"net.yaml": rule.example.failing}, command.split()).text
        yield from (f"`rflint {command}` prints", "", "```text")
        yield from trimmed(printed).splitlines()
        yield from ("```", "", "## Not reported", "", "```yaml", *trimmed(rule.example.passing).splitlines(), "```", "")
    yield "[All rules](README.md)"
