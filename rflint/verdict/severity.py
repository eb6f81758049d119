"""Which rules speak, and how loudly: the spec's `rules`, the configuration, the command line."""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple, cast

from rflint.model import EMPTY, Finding, Graph, Remedy, RuleEntry, Severity, Site, SiteEdit
from rflint.reading.document import Document
from rflint.verdict.options import Options
from rflint.words import certain, misspelt, suggest

#: Unknown rules of one file after which nobody guesses any more which ones were meant.
MOST_GUESSES: Final = 200


def selects(selector: str, code: str, name: str) -> bool:
    """Whether a word of `select` or `ignore` means a rule: by ALL, its name, its code, or the beginning of it (`RF1`, `RF`)."""
    if selector in ("ALL", name, code):
        return True
    # The letters of a code are one prefix: `R` is not the beginning of RF102, nor TEA that of TEAM001.
    return code.startswith(selector) and code[len(selector) :].isdigit()


class Severities(NamedTuple):
    """What the settings make of the rules in one spec."""

    entry_by: Mapping[str, RuleEntry]
    #: Code -> the severity that is set, `off` for a rule that is not selected; no entry: that of the finding or its rule.
    settings: Mapping[str, str]
    #: Rules that are not off.
    speaking: tuple[RuleEntry, ...] = ()

    def of(self, code: str, own: Severity | None = None) -> Severity | None:
        """Severity of a finding of this rule that asks for `own`, or for the rule's default; None: it is not reported."""
        asked = own or self._default(code)
        # Findings about an unreadable or invalid spec cannot be switched off: the gate would pass what nobody checked.
        if code.startswith("RF0") and asked == "error":
            return asked
        severity = self.settings.get(code, asked)
        return None if severity == "off" else cast("Severity", severity)

    def _default(self, code: str) -> Severity:
        default = self.entry_by[code].load().severity
        return "error" if default == "graded" else default


def severities(graph: Graph | None, options: Options) -> Severities:
    """Lay the options over the `rules` of a spec."""
    settings = {}
    entries = options.vocabulary.entries
    for rule in entries:
        for layer in (EMPTY if graph is None else graph.rules, options.severities):
            for key in (rule.name, rule.code):
                if key in layer:
                    settings[rule.code] = layer[key]
        if not _is_selected(rule, options):
            settings[rule.code] = "off"
    made = Severities(options.vocabulary.entry_by, settings)
    return made._replace(speaking=tuple([rule for rule in entries if settings.get(rule.code) != "off" or made.of(rule.code) is not None]))


def _is_selected(rule: RuleEntry, options: Options) -> bool:
    def matches(patterns: tuple[str, ...]) -> bool:
        return any(selects(pattern, rule.code, rule.name) for pattern in patterns)

    # What a selected rule would have found is not known where it crashed: that is told unless it is itself ignored.
    return (not options.select or rule.code == "RF902" or matches(options.select)) and not matches(options.ignore)


def unknown_rules(graph: Graph, documents: Mapping[str, Document], known: Mapping[str, RuleEntry]) -> Iterator[Finding]:
    """Keys of the spec's `rules`, or of those of what it extends, that name no rule: a severity that nobody obeys."""
    for number, key in enumerate(graph.rules):
        if key not in known:
            guesses = known if number < MOST_GUESSES else ()
            meant = suggest(key, guesses)
            more = f"; did you mean `{meant}`?" if meant else ""
            # Refused `rules`, a number or a text, are no rules: the key is that of another file.
            written = ((path, document.data.get("rules")) for path, document in documents.items())
            path = next(path for path, rules in written if isinstance(rules, dict) and key in rules)
            where = Site(path, ("rules", key), key=True)
            name = certain(key, guesses)
            remedy = Remedy((SiteEdit(where, name),), safe=name == misspelt(key, known)) if name else None
            yield Finding(
                "RF002", f"`{key}` is not a rule that rflint knows{more}", where, None, "`rflint rules` lists them", remedy=remedy
            )
