"""What is fuzzed: each target is a function of bytes that returns nothing and raises only where rflint has a bug.

Beyond "no exception", the targets state what must hold whatever the input: places lie within the text, findings are
sorted, exit codes are 0, 1 or 2, nothing that a terminal would obey is printed, machine formats can be parsed.
Time and memory are the driver's business (`run.py`).
"""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
from contextlib import redirect_stdout
from itertools import islice
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from fuzzing import editor

from rflint import __version__, formatters, pipeline, verdict
from rflint.cli.dispatch import run
from rflint.cli.streams import Streams
from rflint.fixing import mending as fixing
from rflint.language.expression import compile_scalar
from rflint.language.operators import LARGEST_INTEGER, UNKNOWN, ExpressionError
from rflint.model import LANGUAGE_ERRORS, LIMITS, DataPath, Limits, Report, Span, SpecReport, UsageError, summarize
from rflint.project import config, dependents
from rflint.reading import source
from rflint.rules import ENTRIES, RULES
from rflint.verdict import baseline, directives, suppress
from rflint.verdict.options import BUILTIN
from rflint.words.terminal import Style, safe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path


#: Nobody learns more from the ten-thousandth copy of a layer.
SMALL = Limits(layers=400, steps=100_000, imports=20, import_bytes=1 << 20)
RULE_NAMES = {rule.code: rule.name for rule in RULES}
CODES = {key: rule.code for rule in RULES for key in (rule.code, rule.name)}
PATH = "fuzz.yaml"
#: What a terminal would obey; colours are off.
OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
#: Nodes of one document that are looked at.
LOOKED_AT = 200


def reader(data: bytes) -> None:
    """Bytes to a document: places of findings, of all values and of all comments."""
    assert all(isinstance(name, str) for name in dependents.imports_of(data))
    reading = source.read(data, PATH)
    assert reading.document is not None or reading.findings, "nothing was read, and nobody says why"
    lines = _Text(reading.text)
    for finding in reading.findings:
        assert finding.code == "RF001"
        assert finding.message
        lines.check(finding.where)
    document = reading.document
    if document is None:
        return
    for path in islice(_paths(document.data), LOOKED_AT):
        lines.check(document.span(path))
        lines.check(document.span(path, key=True))
        first, last = document.extent(path)
        assert 1 <= first <= last <= lines.count
        document.trap(path)
        place = document.value_span(path)
        if place is not None:
            lines.check(place)
            if place.line != place.end_line:
                continue
            written = lines.cut(place)
            value = _follow(document.data, path)
            if isinstance(value, str) and re.fullmatch(r"\w+", written):
                assert value == written, f"{path}: the place of {value!r} holds {written!r}"
    for comment in islice(document.comments(), LOOKED_AT):
        assert comment.text.startswith("#")
        assert document.line(comment.line)[comment.column - 1 :] == comment.text


def expander(data: bytes) -> None:
    """Bytes to a graph, with imports from a table: numbering, order, places of findings."""
    options = verdict.Options(open_import=_Table(data), limits=SMALL)
    loaded = pipeline.load(data, PATH, options)
    if loaded.graph is None:
        assert loaded.findings or "blocks" in loaded.text
    else:
        graph = loaded.graph
        inputs = len(graph.inputs)
        for index, layer in enumerate(graph.layers):
            assert all(-1 <= node < inputs + index for node in layer.sources), f"`{layer.name}` reads what comes after it"
            assert layer.like is None or -1 <= layer.like < inputs + index
            assert layer.site.file in loaded.documents
        assert all(0 <= node < inputs + len(graph.layers) for node in (*graph.outputs, *graph.aliases.values()))
        assert len(graph.layers) <= SMALL.layers
    texts = {name: _Text(document.text) for name, document in loaded.documents.items()}
    texts.setdefault(PATH, _Text(loaded.text))
    diagnostics = verdict.settle(loaded.findings, loaded, verdict.severities(loaded.graph, options), options)
    for each in diagnostics:
        texts[each.path].check(each.span)
        for note in each.related:
            texts[note.path].check(note.span)
    assert list(diagnostics) == sorted(diagnostics, key=lambda each: each.sort_key())


def expressions(data: bytes) -> None:
    """A scalar with `${…}`, evaluated with values, with unknown values, and with none."""
    text = data.decode("utf-8", "replace")
    if "${" not in text:
        text = f"${{{text}}}"
    try:
        template = compile_scalar(text)
    except ExpressionError as error:
        _check_refusal(error, text)
        return
    assert template is not None
    for names in _NAMES:
        spent = [0]

        def spend(steps: int, spent: list[int] = spent) -> None:
            assert steps >= 0
            spent[0] += steps

        try:
            value = template.evaluate(names, spend)
        except ExpressionError as error:
            _check_refusal(error, text)
        else:
            _check_value(value)


def linter(data: bytes) -> None:
    """Bytes to a report in every format, at the declared size, at a small one, and at none."""
    sizes: tuple[verdict.SizeOverride, ...] = (((), ((None, (17,)),), ((None, (None,)),)))[sum(data[:64]) % 3]
    spec = pipeline.lint_bytes(data, PATH, verdict.Options(sizes=sizes, layers=True, open_import=_Table(data), limits=SMALL))
    check_report(spec, data)


def fixes(data: bytes) -> None:
    """A spec mended by all fixes, or by the safe ones: never worse, and mended for good."""
    unsafe = sum(data[:64]) % 2 == 0
    options = verdict.Options(open_import=_Table(data), limits=SMALL)
    mended = fixing.mend(data, PATH, options, unsafe=unsafe)
    assert bool(mended.fixed) == (mended.data != data)
    if mended.fixed:
        before, after = pipeline.lint_bytes(data, PATH, options), pipeline.lint_bytes(mended.data, PATH, options)
        assert _errors(after) <= _errors(before), "the fixes made errors"
        check_report(after, mended.data)
        fixing.unified_diff(data, mended.data, PATH, Style())
        again = fixing.mend(mended.data, PATH, options, unsafe=unsafe)
        assert again.data == mended.data, "a second run mends more"


def editors(data: bytes) -> None:
    """What the language server answers about a text, and about its first half, as if the rest were still to be written."""
    text = data.decode("utf-8", "replace").removeprefix("\ufeff")
    options = verdict.Options(open_import=_Table(data), limits=SMALL)
    editor.ask(text, PATH, options)
    editor.ask(text[: len(text) // 2], PATH, options)


def baselines(data: bytes) -> None:
    """A baseline file: what is read can be written, and says the same."""
    try:
        known = baseline.load(data, "baseline.json")
    except UsageError as error:
        _check_one_line(error, "baseline.json")
        return
    assert baseline.load(baseline.dump(known).encode(), "baseline.json") == known
    marked = baseline.apply(_FLAWED, known, str)
    assert sum(each.baselined for each in marked.findings) <= sum(known.values())
    assert baseline.without(known, baseline.stale(known, [_FLAWED], str, bool, set)).keys() <= known.keys()


def cli(data: bytes) -> None:
    """A command line (first line; `RFLINT_X=y` are variables) and standard input (the rest), in the working folder."""
    first, _, rest = data.partition(b"\n")
    environ = {}
    argv = []
    for word in _harmless(first.decode("utf-8", "surrogateescape")):
        name, equals, value = word.partition("=")
        if equals and re.fullmatch(r"RFLINT_(?!JOBS)[A-Z_]+|NO_COLOR|FORCE_COLOR|COLUMNS|TERM", name):
            environ[name] = value
        else:
            argv.append(word)
    streams = Streams(io.BytesIO(rest), io.StringIO(), io.StringIO(), environ)
    with redirect_stdout(io.StringIO()):  # typer prints help by itself
        code = run(argv, streams)
    error = streams.stderr.getvalue()  # type: ignore[attr-defined]
    assert code in (0, 1, 2), f"exit code {code}: {error[:500]}"
    assert "Traceback" not in error
    assert "internal error" not in error
    assert code != 2 or error, "wrong usage, and nobody says what"
    assert not OBEYED.search(error), "standard error would be obeyed"
    if not re.search(rb"(?i)color|always|--he|-h", first):
        assert not OBEYED.search(streams.stdout.getvalue()), "standard output would be obeyed"  # type: ignore[attr-defined]


def configuration(data: bytes) -> None:
    """A configuration file, and what is asked of it."""
    for name in ("rflint.toml", "sub/pyproject.toml"):
        try:
            read = config.load(data, name, "/base", RULE_NAMES)
        except UsageError as error:
            _check_one_line(error, name)
            continue
        if read is not None:
            both = read.over(config.Config(select=("RF1",), ignore=("RF102",))).over(read)
            both.selected()
            for path in ("/base/a.yaml", "/base/b/c/d.yaml", "/elsewhere/x.yaml"):
                both.ignored(path)
                both.excludes(path)
            if both.ops:
                layers = "".join(f"- {{op: {json.dumps(name)}, name: {json.dumps(name)}}}\n" for name in both.ops)
                options = verdict.Options(vocabulary=BUILTIN.with_ops(both.ops.values()), limits=SMALL)
                text = f"rflint: 1\ninputs: {{i: {{size: [33, 31], channels: 4}}}}\nlayers:\n{layers}".encode()
                check_report(pipeline.lint_bytes(text, PATH, options), text)


def suppressions(data: bytes) -> None:
    """A spec's comments and `ignore` fields: places, and that each is judged once."""
    text = data if b"rflint: 1" in data else b"rflint: 1\nlayers:\n- {op: relu, name: a}\n" + data
    document = source.read(text, PATH).document
    if document is None:
        return
    lines = _Text(document.text)
    found, flaws = directives.read(document, CODES)
    for directive in found:
        lines.check(directive.span)
        assert directive.codes or directive.line
        for code in directive.codes:
            lines.check(code.span)
    for flaw in flaws:
        assert flaw.code == "RF901"
        lines.check(flaw.where)
    marked, unused = suppress.apply((), found, {})
    assert marked == ()
    assert len(unused) == sum(bool(directive.codes) for directive in found)


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "reader": reader,
    "expander": expander,
    "expressions": expressions,
    "linter": linter,
    "fixes": fixes,
    "editors": editors,
    "baselines": baselines,
    "cli": cli,
    "config": configuration,
    "suppressions": suppressions,
}

#: Parsers of the machine formats.
PARSERS: Mapping[str, Callable[[str], Any]] = {
    **dict.fromkeys(("json", "sarif", "gitlab", "rdjson"), json.loads),
    "junit": ET.fromstring,
    "csv": lambda text: list(csv.reader(io.StringIO(text), strict=True)),
}


def check_report(spec: SpecReport, data: bytes) -> None:
    """Hold a report to what is true of every report, and write it in every format."""
    assert spec.internal_error is None, spec.internal_error
    assert not any(finding.code == "RF902" for finding in spec.findings), [each.message for each in spec.findings if each.code == "RF902"]
    keys = [finding.sort_key() for finding in spec.findings]
    assert keys == sorted(keys), "findings are not sorted"
    texts = {name: _Text(text) for name, text in spec.sources.items()}
    for finding in spec.findings:
        assert finding.message
        texts[finding.path].check(finding.span)
        for note in finding.related:
            texts[note.path].check(note.span)
        for edit in finding.fix.edits if finding.fix else ():
            texts[finding.path].check(edit.span)
    report = Report(__version__, (spec,), summarize((spec,)), ENTRIES)
    for name in formatters.FORMATS:
        text = formatters.render(name, report, Style(width=60 + len(data) % 60))
        text.encode()  # a lone surrogate could not be written
        if name in PARSERS:
            PARSERS[name](text)
        elif name == "github":
            commands = [line for line in text.splitlines() if line.startswith("::")]
            assert len(commands) == len(text.splitlines()) == sum(not finding.suppressed for finding in spec.findings)
        elif name != "html":
            obeyed = OBEYED.search(text)
            assert obeyed is None, f"{name} prints {obeyed[0]!r}"


def scratch(folder: Path) -> None:
    """Fill an empty folder with what the `cli` target may come upon."""
    (folder / ".git").mkdir()
    (folder / "sub").mkdir()
    for name, text in _TABLE.items():
        if "/" not in name:
            (folder / name).write_bytes(text)
    (folder / "sub" / "bad.yaml").write_bytes(b"rflint: 1\nlayers:\n  - {op: convv, kernel: [}\n")
    (folder / "sub" / "rflint.toml").write_bytes(b'ignore = ["RF3"]\n[per-file-ignores]\n"b*" = ["drift"]\n')
    (folder / "other.toml").write_bytes(b"select = 3\n")


class _Text:
    """The lines of a text as an editor counts them, to hold spans against."""

    def __init__(self, text: str) -> None:
        self.lines = re.split("\r\n|[\n\r\x85\u2028\u2029]", text)
        self.count = len(self.lines)

    def check(self, span: object) -> None:
        """Raise for a span that leaves the text."""
        assert isinstance(span, tuple), span
        assert len(span) == 4, span
        line, column, end_line, end_column = span
        assert 1 <= line <= end_line <= self.count, f"{span} of {self.count} lines"
        assert 1 <= column <= len(self.lines[line - 1]) + 1, f"{span} in a line of {len(self.lines[line - 1])}"
        # A span may take the line break with it.
        assert 1 <= end_column <= len(self.lines[end_line - 1]) + 2, f"{span} ends in a line of {len(self.lines[end_line - 1])}"
        assert (line, column) <= (end_line, end_column), span

    def cut(self, span: Span) -> str:
        """The text of a span of one line."""
        return self.lines[span.line - 1][span.column - 1 : span.end_column - 1]


class _Table:
    """Imports from a table; `self.yaml` is the input itself."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def __call__(self, importing: str, name: str) -> tuple[str, bytes] | str:
        if name == "self.yaml":
            return name, self.data
        if name == PATH:
            return PATH, self.data
        return (name, _TABLE[name]) if name in _TABLE else "does not exist"


_TABLE: Mapping[str, bytes] = {
    "lib.yaml": b"rflint: 1\nblocks:\n  b:\n    params: {k: 3, s: 1}\n    layers:\n"
    b"      - {op: conv, kernel: '${k}', stride: '${s}', padding: same, channels: 4}\n",
    "more.yaml": b"rflint: 1\nimport: [lib.yaml, self.yaml]\nblocks:\n  c: {inputs: [a, b], layers: [{op: add, from: [a, b]}]}\n",
    "bad.yaml": b"rflint: 1\nimport: [more.yaml]\nblocks:\n  d: {layers: [{op: convv}, {use: d}]}\n  d: 3\n",
    "broken.yaml": b"rflint: 1\n blocks: [\n",
    "clean.yaml": b"rflint: 1\nname: c\ninputs: {i: {size: [33, 33], channels: 3}}\nlayers:\n"
    b"  - {name: a, op: conv, kernel: 3, channels: 8}\n",
}

_NAMES: tuple[Mapping[str, Any], ...] = (
    {
        "index": 2,
        "count": 5,
        "k": 3,
        "stride": [2, 1],
        "mode": "same",
        "flag": True,
        "x": -1,
        "ratio": 0.5,
        "big": 2**900,
        "a": [[1], ["b"]],
    },
    dict.fromkeys(("index", "count", "k", "stride", "mode", "flag", "x", "ratio", "big", "a"), UNKNOWN),
    {"k": UNKNOWN, "index": 0, "count": 1, "x": 0, "flag": False, "a": [], "mode": "", "stride": 1, "ratio": -0.0, "big": -(2**1000)},
    {},
)


#: A report with findings of several kinds.
_FLAWED = pipeline.lint_bytes(
    b"rflint: 1\ninputs: {i: {size: [32, 32], channels: 3}}\nlayers:\n"
    b"  - {name: a, op: conv, kernel: 4, stride: 2, padding: same, channels: 8}\n"
    b"  - {name: b, op: conv, kernel: 3, stride: 4, padding: 1, channels: 8, from: i}\n"
    b"  - {name: add, op: add, from: [a, b]}\n",
    PATH,
)


def _errors(spec: SpecReport) -> int:
    """What keeps a spec from being understood; once it is, there may be more to say about it."""
    return sum(finding.code in LANGUAGE_ERRORS and finding.severity == "error" for finding in spec.findings)


def _check_one_line(error: UsageError, name: str) -> None:
    assert str(error).startswith(name)
    assert "\n" not in safe(str(error))


def _check_refusal(error: ExpressionError, text: str) -> None:
    assert error.message
    assert 0 <= error.offset <= len(text), f"offset {error.offset} in a text of {len(text)}"


def _check_value(value: object, depth: int = 0) -> None:
    assert depth < 20
    assert value is UNKNOWN or value is None or isinstance(value, (bool, int, float, str, list)), type(value)
    if isinstance(value, (str, list)):
        assert len(value) <= LIMITS["result"].default
    if isinstance(value, int):
        assert value.bit_length() <= LARGEST_INTEGER
    for entry in value if isinstance(value, list) else ():
        _check_value(entry, depth + 1)


def _paths(data: object) -> Iterator[DataPath]:
    waiting: list[tuple[DataPath, object]] = [((), data)]
    while waiting:
        path, value = waiting.pop()
        yield path
        children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        waiting.extend(((*path, key), child) for key, child in children)


def _follow(data: Any, path: DataPath) -> Any:
    for key in path:
        data = data[key]
    return data


#: Options that write files, that never end, or that start processes; and what would leave the scratch folder.
_HARMFUL = re.compile(r"-[^-]*[oj].*|--(?:o|fix|unsafe|write|prune|watch|jobs|install|show-c).*|lsp|completion")


def _harmless(line: str) -> list[str]:
    line = line.replace("\0", " ")
    try:
        words = shlex.split(line)
    except ValueError:
        words = line.split()
    words = [re.sub(r"(^|[=,:])[/~]+|\.\.+", r"\1", word) for word in words]
    return [word for word in words if not _HARMFUL.fullmatch(word)]
