"""Marks in hand-written pages, and what stands after them.

<!-- example: NAME -->            a YAML block follows: a spec called NAME
<!-- config: NAME -->             a TOML block follows: a configuration called NAME
<!-- file: NAME -->               a block follows: another file, called NAME
<!-- output: NAME [ARGUMENTS] --> a block follows: what `rflint ARGUMENTS` (default: `check net.yaml`) prints in a
                                  folder with the page's examples, where example NAME is stored as the YAML file that
                                  the arguments name; a `console` block starts with the command line
<!-- session: NAME [PATH=OF …] --> a `console` block follows: commands after `$ `, run in order in the folder NAME,
                                  and what each prints; sessions of one name on a page go on where the last one ended;
                                  first, what the page calls OF (an example, config or file) is stored as PATH
<!-- generated: NAME -->          a table from the code follows, up to `<!-- end -->`
"""

from __future__ import annotations

import re
import tempfile
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

from generator.markdown import lines, trimmed
from generator.shell import Scratch, rflint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


def _block(mark: str, kind: str) -> re.Pattern[str]:
    pattern = rf"<!-- {mark}: (?P<name>\S+) -->\n```(?:{kind})\n(?P<text>.*?)^```$"
    return re.compile(pattern, re.MULTILINE | re.DOTALL)


EXAMPLE: Final = _block("example", "yaml")
CONFIG: Final = _block("config", "toml")
FILE: Final = _block("file", r"\w+")
OUTPUT: Final = re.compile(
    r"(?P<mark><!-- output: (?P<name>\S+)(?: (?P<arguments>[^\n]+?))? -->\n```(?P<kind>text|console)\n).*?^```$", re.MULTILINE | re.DOTALL
)
SESSION: Final = re.compile(
    r"(?P<mark><!-- session: (?P<name>\S+)(?P<files>(?: \S+=\S+)*) -->\n```console\n)(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
TABLE: Final = re.compile(r"(?P<mark><!-- generated: (?P<name>\S+) -->\n).*?^<!-- end -->$", re.MULTILINE | re.DOTALL)


def examples(page: str) -> dict[str, str]:
    """Specs of a page by name."""
    return {match["name"]: match["text"] for match in EXAMPLE.finditer(page)}


def configs(page: str) -> dict[str, str]:
    """Configurations of a page by name."""
    return {match["name"]: match["text"] for match in CONFIG.finditer(page)}


def files(page: str) -> dict[str, str]:
    """Other files of a page by name."""
    return {match["name"]: match["text"] for match in FILE.finditer(page)}


def filled(page: str, tables: Mapping[str, Callable[[], Iterable[str]]]) -> str:
    """Return a page with its outputs and tables as they are now."""
    specs = examples(page)
    stored = {**specs, **configs(page), **files(page)}
    with ExitStack() as folders:
        sessions: dict[str, Scratch] = {}

        def output(match: re.Match[str]) -> str:
            arguments = (match["arguments"] or "check net.yaml").split()
            path = next((word for word in arguments if word.endswith(".yaml")), "net.yaml")
            text = rflint({**specs, path: specs[match["name"]]}, arguments).text
            prompt = f"$ rflint {' '.join(arguments)}\n" if match["kind"] == "console" else ""
            return f"{match['mark']}{prompt}{trimmed(text)}```"

        def session(match: re.Match[str]) -> str:
            name = match["name"]
            if name not in sessions:
                sessions[name] = Scratch(folders.enter_context(tempfile.TemporaryDirectory()))
            pairs = (pair.partition("=") for pair in match["files"].split())
            sessions[name].write({path: stored[of] for path, _, of in pairs})
            commands = [line.removeprefix("$ ") for line in match["text"].splitlines() if line.startswith("$ ")]
            printed = ((f"$ {command}", sessions[name].command(command)) for command in commands)
            return match["mark"] + "".join(f"{line}\n{trimmed(text) if text else ''}" for line, text in printed) + "```"

        def table(match: re.Match[str]) -> str:
            return f"{match['mark']}\n{lines(tables[match['name']]())}\n<!-- end -->"

        return TABLE.sub(table, SESSION.sub(session, OUTPUT.sub(output, page)))
