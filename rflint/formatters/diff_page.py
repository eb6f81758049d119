"""What `rflint diff` found, as one file of HTML: nothing in it runs, and nothing is fetched."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html import escape
from typing import Final

from rflint.comparing import WORKING_TREE, Change, Diff, SpecDiff, tally, verdict, word
from rflint.formatters.diff import beside_values, moved, place, rest, title
from rflint.words import safe

_CODE: Final = re.compile(r"`([^`]+)`")
#: Read on light and on dark: every colour has a contrast of 4.5 or more with what is behind it.
_STYLE: Final = """
:root { color-scheme: light dark; --text: #1f2328; --page: #ffffff; --line: #d1d9e0; --faint: #59636e; --code: #f0f2f4;
  --error: #b3261e; --warning: #8a4b00; --info: #0550ae; --better: #1a6b33; }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --page: #0d1117; --line: #3d444d; --faint: #9198a1; --code: #21262d;
  --error: #ff8a80; --warning: #e3a94b; --info: #79b8ff; --better: #6fdd8b; } }
body { color: var(--text); background: var(--page); font: 16px/1.5 system-ui, sans-serif;
  max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; line-height: 1.35; } h2 { font-size: 1.15rem; margin-top: 2rem; overflow-wrap: anywhere; }
code { background: var(--code); padding: .1em .3em; border-radius: .25em; font-size: .9em; overflow-wrap: anywhere; }
p { color: var(--faint); } p code { color: var(--text); }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid var(--line); }
th { color: var(--faint); font-weight: 600; } td:first-child { font-weight: 600; white-space: nowrap; }
td:nth-child(n + 3) { font-variant-numeric: tabular-nums; min-width: 6.5rem; } td:last-child { white-space: nowrap; }
.error td:first-child { color: var(--error); } .warning td:first-child { color: var(--warning); }
.info td:first-child { color: var(--info); } .better td:first-child { color: var(--better); }
@media (max-width: 40rem) { thead { position: absolute; clip-path: inset(50%); } tr, td { display: block; border: 0; padding: 0; }
  tr { border-bottom: 1px solid var(--line); padding: .5rem 0; } td:empty { display: none; }
  td[data-label]::before { content: attr(data-label) ": "; color: var(--faint); } }
@media print { body { margin: 0; max-width: none; } tr { break-inside: avoid; } }
"""


def as_html(diff: Diff, *, summary_only: bool = False) -> str:
    """Write a page: the verdict, and a table of changes for each spec; with `summary_only` the counts alone."""
    digest = b64encode(sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    rows = [
        "<!doctype html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>rflint diff: {_plain(diff.old)} and {_plain(diff.new)}</title>",
        f"<style>{_STYLE}</style>",
        "</head>",
        "<body>",
        "<main>",
        f"<h1>{_prose(verdict(diff))}</h1>",
        f"<p>{_said(diff)}</p>",
    ]
    for spec in () if summary_only else diff.specs:
        rows += _section(spec)
    if said := rest(diff):
        rows.append(f"<p>{_prose(said)}</p>")
    return "".join(f"{row}\n" for row in [*rows, "</main>", "</body>", "</html>"])


def _said(diff: Diff) -> str:
    total = tally([change for _, change in diff.changes])
    new = diff.new if diff.new == WORKING_TREE else f"<code>{_plain(diff.new)}</code>"
    compared = f"Compared <code>{_plain(diff.old)}</code> with {new}"
    return f"{compared}: {total}." if total else f"{compared}."


def _section(spec: SpecDiff) -> Iterator[str]:
    if not spec.changes:
        return
    yield f"<h2>{_plain(title(spec))}</h2>"
    yield f'<div class="wide" tabindex="0" role="region" aria-label="Changes of {_plain(spec.path)}">'
    yield "<table>"
    yield "<thead><tr><th>severity</th><th>change</th><th>old</th><th>new</th><th>difference</th></tr></thead>"
    yield "<tbody>"
    yield from map(_row, spec.changes)
    yield from ("</tbody>", "</table>", "</div>")
    if said := moved(spec):
        yield f"<p>{_prose(said)}.</p>"


def _row(change: Change) -> str:
    where = place(change)
    text = _prose(beside_values(change).message) + (f" <code>{_plain(where)}</code>" if where else "")
    named = ((change.before, "old"), (change.after, "new"), (change.difference, "difference"))
    cells = "".join(f'<td data-label="{label}">{_prose(value)}</td>' if value else "<td></td>" for value, label in named)
    return f'<tr class="{word(change)}"><td>{word(change)}</td><td>{text}</td>{cells}</tr>'


def _plain(text: str) -> str:
    return escape(safe(text))


def _prose(text: str) -> str:
    """Write a sentence, its names as code."""
    pieces, at = [], 0
    for match in _CODE.finditer(text):
        pieces += [_plain(text[at : match.start()]), f"<code>{_plain(match[1])}</code>"]
        at = match.end()
    return "".join([*pieces, _plain(text[at:])])
