"""Plug-ins at work: whatever their rules and ops do, a run goes on, and tells."""

from __future__ import annotations

import pickle
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from command_line import CLEAN
from plugin_parts import load, op, rule

from rflint.fixing.mending import mend
from rflint.pipeline import lint_bytes
from rflint.plugin import (
    KERNEL,
    PADDING,
    Analysis,
    ChannelError,
    Cost,
    Facts,
    FieldEdit,
    Finding,
    Merge,
    Note,
    Remedy,
    Resize,
    Site,
    SiteEdit,
    Step,
    Window,
    derive,
    grid,
    layers,
    pointwise,
)
from rflint.verdict import Options
from rflint.verdict.options import BUILTIN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rflint.model import Diagnostic, SpecReport
    from rflint.validation.vocabulary import Vocabulary


def lint(text: str, vocabulary: Vocabulary, **options: Any) -> list[tuple[str, int, str]]:
    found = lint_bytes(text.encode(), "net.yaml", Options(vocabulary=vocabulary, **options)).findings
    return [(each.code, each.span.line, each.message) for each in found]


R = "rule TEAM001 (some-rule), plug-in `r` of `pkg` (rflint.rules: team:RULES),"
O = "op `team_op`, plug-in `o` of `pkg` (rflint.ops: team:OPS),"  # noqa: E741 - beside R


def test_failed_plugins_are_told_at_every_spec() -> None:
    broken = load(rules=[3], ops=[4])
    told = [
        ("RF902", 1, "plug-in `o` of `pkg` (rflint.ops: team:OPS): `int` is not an Op"),
        ("RF902", 1, "plug-in `r` of `pkg` (rflint.rules: team:RULES): `int` is not a Rule"),
    ]
    assert lint(CLEAN, broken) == told
    assert lint(CLEAN, broken, select=("RF1",)) == told
    assert lint(CLEAN, broken, ignore=("RF902",)) == []
    assert lint("# a library\nrflint: 1\nblocks: {b: {layers: [{op: relu}]}}\n", broken) == [(code, 2, text) for code, _, text in told]
    assert [code for code, *_ in lint("", broken)] == ["RF001", "RF902", "RF902"]
    assert [code for code, *_ in lint("[", broken)] == ["RF001", "RF902", "RF902"]
    assert [code for code, *_ in lint("[1]", broken)] == ["RF002", "RF902", "RF902"]


def misplaced(analysis: Analysis, **more: Any) -> Finding:
    return Finding("TEAM001", "text", analysis.graph.layers[0].site)._replace(**more)


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        (lambda a: None, "gave None instead of a list of findings"),
        (misplaced, "gave a value of type `Finding` instead of a list of findings"),
        (lambda a: [3], "gave a finding that cannot be used: it is of type `int`, not `Finding`"),
        (lambda a: "ab", "gave 2 findings that cannot be used, the first: it is of type `str`, not `Finding`"),
        (lambda a: [misplaced(a, code="RF102")], "its `code` must be TEAM001, the code of the rule"),
        (lambda a: [misplaced(a, code=["x"])], "its `code` must be TEAM001, the code of the rule"),
        (lambda a: [misplaced(a, severity="fatal")], "its `severity` must be None or one of info, warning, error"),
        (lambda a: [misplaced(a, severity=["info"])], "its `severity` must be None or one of info, warning, error"),
        (lambda a: [misplaced(a, message=b"x")], "its `message` must be text"),
        (lambda a: [misplaced(a, message="")], "its `message` must be text"),
        (lambda a: [misplaced(a, where=("layers", 0))], "its `where` must be a Site"),
        (
            lambda a: [misplaced(a, where=Site("other.yaml"))],
            "its `where` is in a file that is no part of the spec; take the `site` of a layer",
        ),
        (lambda a: [misplaced(a, where=Site(["x"]))], "its `where` is in a file that is no part of the spec; take the `site` of a layer"),  # type: ignore[arg-type]
        (lambda a: [misplaced(a, where=Site("net.yaml", ["x"]))], "the path of its `where` must be a tuple of keys and indexes"),  # type: ignore[arg-type]
        (lambda a: [misplaced(a, where=Site("net.yaml", (None,)))], "the path of its `where` must be a tuple of keys and indexes"),  # type: ignore[arg-type]
        (lambda a: [misplaced(a, help=3)], "its `help` must be text"),
        (lambda a: [misplaced(a, layer="absent")], "its `layer` must be the name of a layer"),
        (lambda a: [misplaced(a, layer=["conv1"])], "its `layer` must be the name of a layer"),
        (lambda a: [misplaced(a, input="absent")], "its `input` must be the name of an input"),
        (lambda a: [misplaced(a, axes=["y"])], "its `axes` must be a tuple, not a `list`"),
        (lambda a: [misplaced(a, axes=("z",))], "its `axes` must be names of axes: y, x"),
        (lambda a: [misplaced(a, axes=([],))], "its `axes` must be names of axes: y, x"),
        (lambda a: [misplaced(a, related=("x",))], "its `related` must be a tuple of Notes"),
        (
            lambda a: [misplaced(a, related=(Note("x", Site("no")),))],
            "its `related` is in a file that is no part of the spec; take the `site` of a layer",
        ),
        (lambda a: [misplaced(a, related=(Note(3, a.graph.layers[0].site),))], "its `related` must be text"),
        (lambda a: [misplaced(a, instances=("absent",))], "its `instances` must be the name of a layer"),
        (
            lambda a: [misplaced(a, data={"x": {1}})],
            "its `data` must be a dict of what JSON can hold: text, numbers, truth values, None, lists and dicts",
        ),
        (
            lambda a: [misplaced(a, data={"x": float("nan")})],
            "its `data` must be a dict of what JSON can hold: text, numbers, truth values, None, lists and dicts",
        ),
        (
            lambda a: [misplaced(a, data={3: "x"})],
            "its `data` must be a dict of what JSON can hold: text, numbers, truth values, None, lists and dicts",
        ),
        (
            lambda a: [misplaced(a, data={"x": 1 << 9_999})],
            "its `data` must be a dict of what JSON can hold: text, numbers, truth values, None, lists and dicts",
        ),
        (
            lambda a: [misplaced(a, data={"x": "x" * 9_999})],
            "its `data` must be a dict of what JSON can hold: text, numbers, truth values, None, lists and dicts",
        ),
        (
            lambda a: [misplaced(a, data={"x": list(range(99_999))})],
            "its `data` must be a dict of what JSON can hold: text, numbers, truth values, None, lists and dicts",
        ),
        (
            lambda a: [misplaced(a, data=[])],
            "its `data` must be a dict of what JSON can hold: text, numbers, truth values, None, lists and dicts",
        ),
        (lambda a: [misplaced(a, remedy="x")], "its `remedy` must be a Remedy with edits"),
        (
            lambda a: [misplaced(a, remedy=Remedy((SiteEdit(a.graph.layers[0].site, 3),)))],
            "its `remedy` must consist of SiteEdits and FieldEdits, each of at most 2,000 characters",
        ),  # type: ignore[arg-type]
        (lambda a: [misplaced(a, remedy=Remedy((FieldEdit(a.graph.layers[0].site, "a b", "x"),)))], "its `remedy` must name fields"),
        (
            lambda a: [misplaced(a, remedy=Remedy((SiteEdit(a.graph.layers[0].site, "3"),), layers=("absent",)))],
            "its `remedy` must be the name of a layer",
        ),
        (lambda a: [misplaced(a, remedy=Remedy(()))], "its `remedy` must be a Remedy with edits"),
        (
            lambda a: [misplaced(a, remedy=Remedy((SiteEdit(Site("no"), "x"),)))],
            "its `remedy` is in a file that is no part of the spec; take the `site` of a layer",
        ),
    ],
)
def test_rubbish_for_findings(given: Callable[[Analysis], Any], complaint: str) -> None:
    ((code, line, message),) = lint(CLEAN, load(rules=rule(given)))
    assert (code, line) == ("RF902", 1)
    assert message.startswith(f"{R} gave ")
    assert message.endswith(complaint)


@pytest.mark.parametrize("error", [ValueError("oops"), SystemExit("oops"), GeneratorExit("oops"), RecursionError("oops")], ids=repr)
@pytest.mark.parametrize("late", [False, True])
def test_a_rule_that_raises_hides_nothing(error: BaseException, late: bool) -> None:
    def check(analysis: Analysis) -> Iterable[Finding]:
        if late:
            yield misplaced(analysis, message="before")
        raise error

    def at_once(analysis: Analysis) -> Iterable[Finding]:
        raise error

    known = load(rules=[rule(check if late else at_once), rule(lambda a: [misplaced(a, code="TEAM002")], "TEAM002", "other-rule")])
    expected = [("RF902", 1, f"{R} failed: {type(error).__name__}: oops"), ("TEAM002", 5, "text")]
    assert lint(CLEAN, known) == (expected if not late else [expected[0], ("TEAM001", 5, "before"), expected[1]])
    # A selected rule that crashed is told; one that did not run, and one that is to be left out, did not crash.
    assert [each[0] for each in lint(CLEAN, known, select=("TEAM001",))] == ["RF902", *["TEAM001"] * late]
    assert [each[0] for each in lint(CLEAN, known, select=("TEAM002",))] == ["TEAM002"]
    assert [each[0] for each in lint(CLEAN, known, ignore=("TEAM001",))] == ["TEAM002"]


class Mute(ValueError):
    def __str__(self) -> str:
        raise SystemExit(0)


def test_an_exception_that_cannot_say_what_it_is() -> None:
    def fail(*_: Any) -> Any:
        raise Mute

    # A channel count that is refused without a word is refused all the same.
    def refuse(*_: Any) -> Any:
        raise type("Refusal", (Mute, ChannelError), {})

    assert lint(CLEAN, load(rules=rule(fail))) == [("RF902", 1, f"{R} failed: Mute")]
    for known, told in (
        (load(ops=op(fail)), f"{O} failed: Mute; what depends on `mine` is unknown"),
        (load(ops=op(cost=fail)), f"{O} failed to count: Mute; what depends on `mine` is unknown"),
    ):
        assert [each.message for each in lint_bytes(OPPED.encode(), "net.yaml", Options(vocabulary=known)).findings] == [told]
    known = load(ops=op(cost=refuse))
    assert [each.code for each in lint_bytes(OPPED.encode(), "net.yaml", Options(vocabulary=known)).findings] == ["RF009"]


def test_ctrl_c_in_a_rule_ends_the_run() -> None:
    def check(_: Analysis) -> Iterable[Finding]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        lint(CLEAN, load(rules=rule(check)))


def test_endless_findings_are_cut_off() -> None:
    def check(analysis: Analysis) -> Iterable[Finding]:
        number = 0
        while True:
            number += 1
            yield misplaced(analysis, message=str(number))

    found = lint(CLEAN, load(rules=rule(check)))
    assert found[0] == ("RF902", 1, f"{R} gave more than 10,000 findings; the rest are left out")
    assert len(found) == 10_001


def test_long_texts_are_cut_and_places_that_do_not_exist_are_brought_back() -> None:
    def check(analysis: Analysis) -> Iterable[Finding]:
        yield misplaced(analysis, message="\x1b[31m" + "m" * 10_000_000, help="h" * 9_999)
        yield misplaced(analysis, message="far", where=Site("net.yaml", ("layers", 99, "x", -1)))

    vocabulary = load(rules=rule(check))
    report = lint_bytes(CLEAN.encode(), "net.yaml", Options(vocabulary=vocabulary))
    far, long = report.findings
    assert (len(long.message), long.message[-1], len(long.help or "")) == (2_000, "…", 2_000)
    assert (far.message, far.span.line) == ("far", 4)


def test_a_remedy_of_a_plugin_mends() -> None:
    def check(analysis: Analysis) -> Iterable[Finding]:
        for _, layer in layers(analysis):
            if layer.fields.get("padding", 0) == 0:
                edit = FieldEdit(layer.site, "padding", "1", ("kernel",))
                yield misplaced(analysis, layer=layer.name, remedy=Remedy((edit,), layers=(layer.name,)))

    mended = mend(CLEAN.encode(), "net.yaml", Options(vocabulary=load(rules=rule(check))), unsafe=False)
    assert mended.data.decode() == CLEAN.replace("kernel: 3", "kernel: 3, padding: 1")
    assert mended.report.findings == ()


def test_what_plugins_print_stays_out_of_the_report(capsys: pytest.CaptureFixture[str]) -> None:
    def check(_: Analysis) -> Iterable[Finding]:
        print("rule")
        yield from ()

    def lower(*_: Any) -> Window:
        print("lower")
        return Window(1)

    def cost(_: Any) -> Cost:
        print("cost")
        return Cost(8)

    assert lint(OPPED, load(rules=rule(check), ops=op(lower, cost))) == []
    assert capsys.readouterr() == ("", "lower\nlower\ncost\nrule\n")


def test_a_finding_with_everything() -> None:
    def check(analysis: Analysis) -> Iterable[Finding]:
        for _, layer in layers(analysis):
            here = Site(layer.site.file, (*layer.site.path, "kernel"))
            yield Finding(
                *("TEAM001", "text", here, "info", "help", layer.name, "image", ("y",), (Note("note", here),), ("conv1",)),
                data={"n": [1, 2.5, None, True, {"x": ("y",)}]},
                remedy=Remedy((SiteEdit(here, "5"),)),
            )

    (found,) = lint_bytes(CLEAN.encode(), "net.yaml", Options(vocabulary=load(rules=[rule(check)]))).findings
    assert (found.severity, found.help, found.layer, found.input, found.axes) == ("info", "help", "conv1", "image", ("y",))
    assert (found.related[0].message, found.instances, found.data) == ("note", ("conv1",), {"n": [1, 2.5, None, True, {"x": ("y",)}]})
    assert found.fix is not None
    assert (found.fix.edits[0].text, found.fix.safe) == ("5", True)
    assert pickle.loads(pickle.dumps(found)) == found


OPPED = CLEAN + "  - {name: mine, op: team_op, kernel: 3}\n  - {name: after, op: relu}\n"


def test_an_op_at_work() -> None:
    report = lint_bytes(OPPED.encode(), "net.yaml", Options(vocabulary=load(ops=op()), layers=True))
    assert report.findings == ()
    assert [(layer.name, layer.op, layer.size, layer.channels) for layer in report.layers] == [
        ("conv1", "conv", (31, 31), 8),
        ("mine", "team_op", (29, 29), 8),
        ("after", "relu", (29, 29), 8),
    ]


def raising(error: BaseException) -> Callable[..., Any]:
    def function(*_: Any) -> Any:
        raise error

    return function


@pytest.mark.parametrize(
    ("lower", "told"),
    [
        (raising(KeyError("x")), "failed: KeyError: 'x'"),
        (raising(SystemExit(0)), "failed: SystemExit: 0"),
        (lambda *_: None, "gave what cannot be: a value of type `NoneType` is none of Window, Transposed, "),
        (lambda *_: Window(0), "gave what cannot be: `kernel` of a Window must be a whole number from 1 to 2,147,483,647"),
        (lambda *_: Window(3.0), "gave what cannot be: `kernel` of a Window must be a whole number from 1 to 2,147,483,647"),  # type: ignore[arg-type]
        (lambda *_: Window(True), "gave what cannot be: `kernel` of a Window must be a whole number from 1 to 2,147,483,647"),
        (lambda *_: Window(3, 10**12), "gave what cannot be: `stride` of a Window must be a whole number from 1 to 2,147,483,647"),
        (lambda *_: Window(3, word="full"), "gave what cannot be: `word` of a Window must be one of '', 'same', 'same_lower', 'causal'"),  # type: ignore[arg-type]
        (lambda *_: Window(3, ceil_mode=1), "gave what cannot be: `ceil_mode` of a Window must be one of False, True"),  # type: ignore[arg-type]
        (lambda *_: Resize(scale=0.5), "gave what cannot be: `scale` of a Resize must be a positive Fraction or None"),  # type: ignore[arg-type]
        (lambda *_: Resize(size="x"), "gave what cannot be: `size` of a Resize must be a whole number from 1 to 2,147,483,647 or None"),  # type: ignore[arg-type]
    ],
)
def test_an_op_that_fails_is_unknown(lower: Callable[..., Any], told: str) -> None:
    text = OPPED + "expect: {conv1: {size: 31}, after: {size: 29}}\n"
    report = lint_bytes(text.encode(), "net.yaml", Options(vocabulary=load(ops=op(lower)), layers=True))
    (found,) = report.findings
    assert (found.code, found.span.line, found.layer) == ("RF902", 6, "mine")
    assert found.message.startswith(f"{O} {told}")
    assert found.message.endswith("; what depends on `mine` is unknown")
    assert [layer.size for layer in report.layers] == [(31, 31), (None, None), (None, None)]
    assert dict(report.layers[2].receptive_field["image"].why)["size"] == "unknown-op"


@pytest.mark.parametrize(
    ("cost", "told"),
    [
        (raising(KeyError("x")), "failed to count: KeyError: 'x'"),
        (lambda _: 3, "failed to count: a Cost holds whole numbers of at least 0, or None"),
        (lambda _: Cost("8"), "failed to count: a Cost holds whole numbers of at least 0, or None"),  # type: ignore[arg-type]
        (lambda _: Cost(8, -1), "failed to count: a Cost holds whole numbers of at least 0, or None"),
        (lambda _: Cost(8, 1 << 9_999), "failed to count: a Cost holds whole numbers of at least 0, or None"),
    ],
)
def test_an_op_that_cannot_count(cost: Callable[..., Any], told: str) -> None:
    report = lint_bytes(OPPED.encode(), "net.yaml", Options(vocabulary=load(ops=op(cost=cost)), layers=True))
    assert [each.message for each in report.findings] == [f"{O} {told}; what depends on `mine` is unknown"]
    assert [(layer.size, layer.channels, layer.params) for layer in report.layers][1:] == [((29, 29), None, None), ((29, 29), None, 0)]


def test_channels_that_an_op_refuses() -> None:
    known = load(ops=op(cost=raising(ChannelError("cannot take an even number of channels"))))
    assert lint(OPPED, known) == [("RF009", 6, "`mine` cannot take an even number of channels")]


def test_copies_of_an_op_that_fails_are_one_finding() -> None:
    known = load(ops=op(raising(ValueError("no"))))
    (found,) = lint_bytes((CLEAN + "  - {name: m, op: team_op, kernel: 3, repeat: 3}\n").encode(), "n", Options(vocabulary=known)).findings
    assert found.instances == ("m/0", "m/1", "m/2")


def test_an_op_of_several_inputs_must_merge_them() -> None:
    text = CLEAN + "  - {name: mine, op: team_op, from: [conv1, conv1]}\n"
    several = op(fields=(), inputs=(2, None))
    ((_, _, message),) = lint(text, load(ops=several._replace(lower=pointwise)))
    assert "a Pointwise reads one input only, and the op takes several: it must be a Merge, Join or Opaque" in message
    assert lint(text, load(ops=several._replace(lower=lambda *_: Merge()))) == []
    assert lint(text, load(ops=several)) != []


def lopsided(*, padding: bool) -> tuple[Diagnostic, ...]:
    """Two paths that a padding would align, of an op that has such a field or not."""
    text = """\
rflint: 1
name: net
inputs: {image: {size: [33, 33], channels: 8}}
layers:
  - {name: even, op: conv, kernel: 3, padding: 1, channels: 8, from: image}
  - {name: mine, op: team_op, from: image}
  - {name: sum, op: add, from: [even, mine]}
"""
    ours = op(lambda *_: Window(3, low=0, high=2), fields=(PADDING,) if padding else ())
    return lint_bytes(text.encode(), "net.yaml", Options(vocabulary=load(ops=ours))).findings


def test_no_edit_of_a_field_that_an_op_does_not_have() -> None:
    with_field, without = lopsided(padding=True), lopsided(padding=False)
    assert [(each.code, each.fix is not None) for each in with_field] == [("RF302", True), ("RF102", True)]
    assert [(each.code, each.fix is not None) for each in without] == [("RF302", False), ("RF102", True)]
    assert "give `mine` `padding: 1`" in (with_field[1].help or "")
    assert without[0].help is None
    # What aligns the two is then up to the other path.
    assert "give `even` `padding:" in (without[1].help or "")


class Every(NamedTuple):
    """Geometry of a plug-in's own: every other sample of a map, looking one to either side; `wrong` fails at odd sizes."""

    wrong: Any = None
    sensitive: Any = False
    ratio: Any = Fraction(1, 2)

    def factor(self, _: Fraction | None) -> Fraction | None:
        if isinstance(self.ratio, Exception):
            raise self.ratio
        return self.ratio  # type: ignore[no-any-return] # what a test is about

    def step(self, facts: Facts) -> Step:
        step = Step(facts.size and (facts.size + 1) // 2, grid(2, 0, 1), advance=2, taps=(range(-1, 2),))
        if self.wrong is not None and facts.size is not None and facts.size % 2:
            return self.wrong(step)  # type: ignore[no-any-return] # what a test is about
        return step


def report_of(made: Any, text: str = OPPED, **options: Any) -> SpecReport:
    known = load(ops=op(lambda *_: made, fields=(KERNEL,)))
    return lint_bytes(text.encode(), "net.yaml", Options(vocabulary=known, layers=True, **options))


def test_geometry_of_its_own_at_work() -> None:
    """As a window of that geometry is: sizes, fields and findings, whether sizes are known or not."""
    for sizes in ((), ((None, (None, None)),)):
        own, ours = (report_of(made, sizes=sizes) for made in (Every(), Window(3, 2, low=1, high=1)))
        assert own.layers[1].receptive_field == ours.layers[1].receptive_field
        assert own.layers[1].size == ours.layers[1].size
        assert own.findings == () or sizes
        assert all(finding.code != "RF902" for finding in own.findings)


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (Every(lambda step: None), "gave what cannot be: `step` must give a Step, not a value of type `NoneType`"),
        (Every(lambda step: step._replace(period=3)), "gave what cannot be: a Step must have as many `taps` as its `period`"),
        (Every(lambda step: step._replace(taps=(range(3, 0, -1),))), "gave what cannot be: a Step must have as `taps` a tuple"),
        (Every(lambda step: 1 // 0), "failed: ZeroDivisionError: integer division or modulo by zero"),
        (Every(lambda step: step._replace(taps=(range(9),))), "gave what cannot be: it is not `sensitive`, and at"),
        (Every(ratio=0.5), "gave what cannot be: `factor` must give a positive Fraction or None"),
        (Every(ratio=ValueError("oops")), "failed: ValueError: oops"),
        (Every(sensitive=1), "failed: TypeError: `sensitive` must be True or False"),
        (Every([]), "failed: TypeError: unhashable type: 'list'"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("size", [33, None])
def test_geometry_that_fails_is_unknown(made: Every, told: str, size: int | None) -> None:
    text = OPPED + "expect: {conv1: {size: 31}}\n" * (size is not None)
    report = report_of(made, text, sizes=() if size else ((None, (None, None)),))
    (found,) = [finding for finding in report.findings if finding.code == "RF902"]
    assert (found.span.line, found.layer) == (6, "mine")
    assert found.message.startswith(f"{O} {told}")
    assert report.layers[2].size == (None, None)
    assert dict(report.layers[2].receptive_field["image"].why)["stride"] == "unknown-op"
    assert report.internal_error is None


def test_geometry_of_its_own_reads_one_input() -> None:
    several = op(lambda *_: Every(), fields=(), inputs=(2, None))
    ((_, _, message),) = lint(CLEAN + "  - {name: mine, op: team_op, from: [conv1, conv1]}\n", load(ops=several))
    assert "a Every reads one input only, and the op takes several" in message


def test_ctrl_c_in_geometry_ends_the_run() -> None:
    with pytest.raises(KeyboardInterrupt):
        report_of(Every(raising(KeyboardInterrupt())))


def test_variants_of_ops() -> None:
    wide = derive(BUILTIN.ops["conv"], "wide", {"kernel": [7, 7], "bias": False})
    wider = derive(wide, "wider", {"stride": 2}, "Ours.")
    assert (wide.like, wider.like, wider.preset) == ("conv", "conv", {"kernel": [7, 7], "bias": False, "stride": 2})
    assert wide.doc == "`conv` with `kernel: [7, 7]`, `bias: false` unless the layer says otherwise."
    assert wider.doc == "Ours. (`wide` with `kernel: [7, 7]`, `bias: false`, `stride: 2` unless the layer says otherwise)"
    assert derive(wide, "same", {}).preset == wide.preset
    # A preset takes the place of what it excludes.
    assert derive(BUILTIN.ops["pad_like"], "pad_one", {"start": 1}).preset == {"start": 1}


EVEN = """\
rflint: 1
inputs: {image: {size: [65, 65]}}
layers:
  - {name: even, op: conv, kernel: [4, 4], padding: same}
"""


@pytest.mark.parametrize(
    "change",
    [
        lambda a: a.graph.rules.update({"RF301": "off"}),
        lambda a: a.graph.layers[0].fields.clear(),
        lambda a: a.graph.ops.clear(),
        lambda a: a.graph.aliases.clear(),
    ],
)
def test_rules_can_change_nothing(change: Callable[[Any], None]) -> None:
    codes = [code for code, *_ in lint(EVEN, BUILTIN)]
    assert "RF301" in codes
    assert [code for code, *_ in lint(EVEN, load(rules=[rule(change)]))] == ["RF902", *codes]


def test_what_rules_change_is_their_own() -> None:
    """As in a rule that normalises what it reads, and is run before others."""

    def change(analysis: Analysis) -> Iterable[Finding]:
        analysis.graph.layers[0].fields["kernel"][:] = [1, 1]
        return []

    assert lint(EVEN, load(rules=[rule(change)])) == lint(EVEN, BUILTIN)


def test_ops_cannot_change_what_they_are_asked_about() -> None:
    text = CLEAN.replace("op: conv, kernel: 3, channels: 8", "op: team_op, kernel: 3")
    for broken in (op(lambda fields, *_: fields.clear()), op(cost=lambda question: question.fields.clear())):
        told = lint(text, load(ops=[broken]))
        assert [code for code, *_ in told] == ["RF902"]
        assert "failed" in told[0][2]
