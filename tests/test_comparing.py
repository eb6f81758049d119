"""What changed between two versions of a network: which layer is which, and what a change means, on random nets and on small ones."""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from random_nets import random_net, to_yaml
from small_specs import spec

from rflint.comparing import KINDS, Change, Diff, Side, SpecDiff, compare, verdict
from rflint.model import SpecReport
from rflint.pipeline import lint_loaded, load
from rflint.validation import diff_schema
from rflint.verdict import Options, severities
from rflint.words import per_axis

if TYPE_CHECKING:
    from random_nets import Net

CASES = range(60)


def side(text: str, path: str = "net.yaml") -> Side:
    options = Options(layers=True)
    loaded = load(text.encode(), path, options)
    report, analysis = lint_loaded(loaded, options)
    rules = severities(loaded.graph, options)
    return Side(report, analysis, {entry.code: rules.of(entry.code) or "off" for entry in options.vocabulary.entries})


def compared(old: str, new: str) -> Diff:
    return compare("old", {"net.yaml": side(old)}, "new", {"net.yaml": side(new)})


def only(old: str, new: str) -> SpecDiff:
    (found,) = compared(old, new).specs
    return found


def told(old: str, new: str) -> list[tuple[str, str, str, str]]:
    return [(change.severity, change.effect, change.kind, change.message) for change in only(old, new).changes]


def net_of(seed: int) -> Net:
    return random_net(9 * 10**6 + seed, classic=seed % 2 == 0, axes=[1, 2])


def renamed(net: Net, called: dict[str, str]) -> Net:
    def name(value: Any) -> Any:
        return [called.get(each, each) for each in value] if isinstance(value, list) else called.get(value, value)

    layers = [{key: name(value) if key in {"name", "from", "like"} else value for key, value in layer.items()} for layer in net["layers"]]
    return {**net, "layers": layers, "outputs": name(net["outputs"])}


def shuffled(net: Net, generator: random.Random) -> Net:
    layers = list(net["layers"])
    generator.shuffle(layers)
    return {**net, "layers": layers}


# Random nets


@pytest.mark.parametrize("seed", CASES)
def test_nothing_changes_by_itself(seed: int) -> None:
    text = to_yaml(net_of(seed))
    assert only(text, text) == SpecDiff("net.yaml", None, "net", "same")


@pytest.mark.parametrize("seed", CASES)
def test_names_and_order_are_no_change(seed: int) -> None:
    net, generator = net_of(seed), random.Random(seed)
    called = {layer["name"]: f"layer_{place}{generator.choice(['', '/x', '.weight', '_1'])}" for place, layer in enumerate(net["layers"])}
    for other in (renamed(net, called), shuffled(net, generator), shuffled(renamed(net, called), generator)):
        found = only(to_yaml(net), to_yaml(other))
        assert not found.changes, [change.message for change in found.changes]
    assert found.moved == len(net["layers"])
    assert verdict(compared(to_yaml(net), to_yaml(renamed(net, called)))).startswith("No changes in 1 spec; ")


def edited(net: Net, generator: random.Random) -> tuple[Net, str] | None:
    """A net with another kernel somewhere, and the name of the layer."""
    places = [place for place, layer in enumerate(net["layers"]) if "kernel" in layer]
    if not places:
        return None
    place = generator.choice(places)
    layer = net["layers"][place]
    kernel = layer["kernel"]
    other = {**layer, "kernel": [each + 2 for each in kernel] if isinstance(kernel, list) else kernel + 2}
    return {**net, "layers": [*net["layers"][:place], other, *net["layers"][place + 1 :]]}, layer["name"]


@pytest.mark.parametrize("seed", CASES)
def test_another_window_is_found(seed: int) -> None:
    net = net_of(seed)
    if (found := edited(net, random.Random(seed))) is None:
        pytest.skip("has no window")
    other, name = found
    old, new = side(to_yaml(net)), side(to_yaml(other))
    (spec,) = compare("old", {"a": old}, "new", {"a": new}).specs
    rows = {change.message for change in spec.changes}
    was, now = (next(layer["kernel"] for layer in each["layers"] if layer["name"] == name) for each in (net, other))
    was, now = (per_axis(each, str, ", ") if isinstance(each, list) else each for each in (was, now))
    assert f"`kernel` of `{name}`: {now} instead of {was}" in rows
    # Whatever the reports say otherwise of a receptive field is in some row.
    differ = {
        layer.name
        for was, layer in zip(old.report.layers, new.report.layers, strict=True)
        if any(field.size != was.receptive_field[source].size for source, field in layer.receptive_field.items())
    }
    assert differ == {name for change in spec.changes if change.kind == "receptive_field" for name in change.layers}


@pytest.mark.parametrize("seed", CASES)
def test_an_edited_layer_is_known_under_another_name(seed: int) -> None:
    net, generator = net_of(seed), random.Random(seed)
    if (found := edited(net, generator)) is None:
        pytest.skip("has no window")
    other, _ = found
    called = {layer["name"]: f"other_{layer['name']}" for layer in net["layers"]}
    plain = only(to_yaml(net), to_yaml(other))
    moved = only(to_yaml(net), to_yaml(renamed(other, called)))
    if not any(change.kind == "layers" for change in moved.changes):
        assert Counter(change.kind for change in moved.changes) == Counter(change.kind for change in plain.changes)


def turned(change: Change) -> tuple[object, ...]:
    effect = {"loss": "gain", "gain": "loss", "neutral": "neutral"}[change.effect]
    return (change.kind, effect, change.new, change.old, change.axes, change.input, frozenset(change.layers))


@pytest.mark.parametrize("seed", CASES)
def test_gains_are_losses_the_other_way_round(seed: int) -> None:
    net = net_of(seed)
    if (found := edited(net, random.Random(seed))) is None:
        pytest.skip("has no window")
    old, new = side(to_yaml(net)), side(to_yaml(found[0]))
    if any(finding.hides_others for each in (old, new) for finding in each.report.findings):
        pytest.skip("what an error hides is not mended")
    (forth,) = compare("old", {"a": old}, "new", {"a": new}).specs
    (back,) = compare("new", {"a": new}, "old", {"a": old}).specs
    kinds = {"finding", "suppression", "op", "field", "layers", "wiring"}
    numbers = [[turned(change) for change in forth.changes if change.kind not in kinds]]
    numbers.append([(c.kind, c.effect, c.old, c.new, c.axes, c.input, frozenset(c.layers)) for c in back.changes if c.kind not in kinds])
    assert Counter(numbers[0]) == Counter(numbers[1])
    findings = [
        Counter((change.effect, change.finding.code) for change in spec.changes if change.finding and change.kind == "finding")
        for spec in (forth, back)
    ]
    for effect, other in (("loss", "gain"), ("gain", "loss")):
        assert sum(count for (kind, _), count in findings[0].items() if kind == effect) == sum(
            count for (kind, _), count in findings[1].items() if kind == other
        )


# Which layer is which

TWIN_BRANCHES = """\
rflint: 1
name: twins
inputs: {image: {size: [64, 64], channels: 8}}
layers:
  - {name: %(a)s1, op: conv, kernel: 1, channels: 8, from: image}
  - {name: %(a)s2, op: conv, kernel: 3, padding: 1, channels: 8}
  - {name: %(b)s1, op: conv, kernel: 1, channels: 8, from: image}
  - {name: %(b)s2, op: conv, kernel: 5, padding: 2, channels: 8}
  - {name: sum, op: add, from: [%(a)s2, %(b)s2]}
"""


def test_branches_that_begin_alike_are_told_apart_by_what_follows() -> None:
    swapped = (
        TWIN_BRANCHES.replace("kernel: 3, padding: 1", "X")
        .replace("kernel: 5, padding: 2", "kernel: 3, padding: 1")
        .replace("X", "kernel: 5, padding: 2")
    )
    found = only(TWIN_BRANCHES % {"a": "left", "b": "right"}, swapped % {"a": "one", "b": "other"})
    assert found.changes == ()
    assert {(move.old, move.new) for move in found.moves} == {
        ("left1", "other1"),
        ("left2", "other2"),
        ("right1", "one1"),
        ("right2", "one2"),
    }


BLOCKS = """\
rflint: 1
name: blocks
inputs: {image: {size: [64, 64], channels: 8}}
blocks:
  unit:
    layers:
      - {name: a, op: conv, kernel: 3, padding: 1, channels: 8}
      - {op: relu}
      - {name: b, op: conv, kernel: 3, padding: 1, channels: 8}
layers:
  - {name: stem, op: conv, kernel: 3, padding: 1, channels: 8}
  - {name: %s, use: unit, repeat: 3}
  - {name: last, op: conv, kernel: 1, channels: 8}
"""


def test_a_renamed_stage_is_one_move() -> None:
    found = only(BLOCKS % "encoder", BLOCKS % "backbone")
    assert (found.status, found.changes) == ("same", ())
    assert [(move.old, move.new, move.layers) for move in found.moves] == [("encoder", "backbone", 9)]


def test_a_layer_put_between_leaves_the_counted_names_behind_it_as_they_were() -> None:
    chain = "op: conv, kernel: 3, padding: 1\nop: relu\nop: conv, kernel: 5, padding: 2\nop: relu\nop: max_pool, kernel: 2"
    longer = chain.replace(
        "op: relu\nop: conv, kernel: 5", "op: relu\nop: blur_pool, kernel: 3, stride: 1, padding: 1\nop: conv, kernel: 5"
    )
    found = only(spec(chain), spec(longer))
    assert [change.message for change in found.changes if change.kind in {"layers", "op", "field", "wiring"}] == [
        "1 layer is new: `blur_pool_3` (blur_pool)"
    ]
    assert {(move.old_name, move.new_name) for move in found.moves} == {
        ("conv_3", "conv_4"),
        ("relu_4", "relu_5"),
        ("max_pool_5", "max_pool_6"),
    }


def test_a_layer_of_the_same_name_is_the_same_though_it_is_another_op() -> None:
    old = spec("name: down, op: max_pool, kernel: 2\nname: last, op: conv, kernel: 3")
    new = spec("name: down, op: conv, kernel: 2, stride: 2\nname: last, op: conv, kernel: 3")
    assert [change.message for change in only(old, new).changes if change.kind in {"op", "layers"}] == [
        "op of `down`: conv instead of max_pool"
    ]


def test_what_is_written_otherwise_and_means_the_same_is_no_change() -> None:
    old = spec("name: a, op: conv, kernel: 3, padding: 1")
    assert only(old, spec("name: a, op: conv, kernel: [3], stride: 1, dilation: [1], padding: [[1, 1]]")).unchanged


def test_axes_are_known_by_name() -> None:
    old = "rflint: 1\naxes: [y, x]\ninputs: {image: {size: [64, 32]}}\nlayers: [{name: a, op: conv, kernel: [3, 5]}]\n"
    new = "rflint: 1\naxes: [x, y]\ninputs: {image: {size: [32, 64]}}\nlayers: [{name: a, op: conv, kernel: [5, 3]}]\n"
    assert [change.message for change in only(old, new).changes] == [
        "axes: x, y instead of y, x",
    ]
    assert [change.message for change in only(old, new.replace("[32, 64]", "[48, 64]")).changes if change.kind == "input"] == [
        "input `image`: 48x64 instead of 32x64"
    ]
    cube = "rflint: 1\naxes: [z, y, x]\ninputs: {image: {size: SIZE}}\nlayers: [{name: a, op: conv, kernel: 3}]\n"
    flat = cube.replace("z, ", "")
    assert [
        change.message for change in only(flat.replace("SIZE", "null"), cube.replace("SIZE", "null")).changes if change.kind == "input"
    ] == []
    assert [change.message for change in only(flat.replace("SIZE", "8"), cube.replace("SIZE", "9")).changes if change.kind == "input"] == [
        "input `image`: 9 instead of 8"
    ]


@pytest.mark.parametrize("axes", ["[x, y]", "[h, w]"])
def test_findings_are_known_on_axes_of_other_names_and_in_another_order(axes: str) -> None:
    old = "rflint: 1\naxes: [y, x]\ninputs: {image: {size: 64}}\nlayers: [{name: a, op: conv, kernel: 4, padding: same}]\n"
    assert any(each.axes for each in side(old).report.findings)
    assert [change.kind for change in only(old, old.replace("[y, x]", axes)).changes] == ["axes"]


@pytest.mark.parametrize("count", [1_000, 4_000])
def test_work_grows_with_the_layers(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from rflint.comparing import matching

    steps = 0
    own = matching._Ids.of

    def counted(self: Any, thing: object) -> int:
        nonlocal steps
        steps += 1
        return own(self, thing)

    monkeypatch.setattr(matching._Ids, "of", counted)
    layers = "\n".join(f"name: %s{place}, op: conv, kernel: 3, padding: 1" for place in range(count))
    found = only(spec(layers % (("a",) * count), 4096), spec(layers % (("b",) * count), 4096))
    assert (found.changes, found.moved) == ((), count)
    assert steps <= 12 * count


# Targets and expectations

SEEN = """\
rflint: 1
name: detector
inputs: {image: {size: [256, 256], channels: 3}}
layers:
  - {name: stem, op: conv, kernel: 7, padding: 3, channels: 8}
  - {name: head, op: conv, kernel: KERNEL, padding: 3, channels: 8}
targets:
  - {name: car, size: SIZE, layer: head}
"""


def seen(kernel: int = 7, size: int = 9, **more: str) -> str:
    text = SEEN.replace("KERNEL", str(kernel)).replace("SIZE", str(size))
    for old, new in more.items():
        text = text.replace(old, new)
    return text


def grave(old: str, new: str) -> list[tuple[str, str, str]]:
    return [(severity, effect, message) for severity, effect, kind, message in told(old, new) if kind in {"target", "expectation"}]


def test_a_target_is_lost() -> None:
    found = grave(seen(), seen(kernel=1))
    assert found == [("error", "loss", "`head` sees 7 px instead of 13: target `car` is no longer guaranteed: no feature can see it")]
    lost, *others = only(seen(), seen(kernel=1)).changes
    assert lost.finding is not None
    assert (lost.finding.code, lost.old, lost.new) == ("RF201", (13, 13), (7, 7))
    assert not [change for change in others if change.finding is not None and change.finding.code == "RF201"]


def test_a_target_is_won() -> None:
    assert grave(seen(kernel=1), seen()) == [("info", "gain", "`head` sees 13 px instead of 7: target `car` is guaranteed now")]


def test_a_target_that_asks_for_less_is_judged_as_it_was() -> None:
    assert grave(seen(), seen(kernel=1, size=7)) == [
        ("error", "loss", "`head` sees 7 px instead of 13: target `car` is no longer guaranteed: no feature can see it"),
        ("warning", "loss", "target `car` asks for less: 7 instead of 9"),
    ]
    assert grave(seen(size=9), seen().replace("size: 9", "size: [7, 11]")) == [
        ("warning", "neutral", "target `car` asks for something else: 7x11 instead of 9")
    ]
    assert grave(seen(), seen(size=11)) == [("info", "gain", "target `car` asks for more: 11 instead of 9")]


def test_a_target_that_asks_for_too_much_is_an_error() -> None:
    rows = told(seen(), seen(size=20))
    assert rows[0][:3] == ("error", "loss", "finding")
    assert rows[0][3].startswith("RF201: no feature of `head` can see target `car`")


def test_expectations_of_an_instance_are_told_once() -> None:
    old = (BLOCKS % "x") + "expect: {x: {receptive_field: 15, stride: 1}}\n"
    rows = told(old, old.replace("name: b, op: conv, kernel: 3, padding: 1", "name: b, op: conv, kernel: 5, padding: 2"))
    assert rows[0] == ("error", "loss", "expectation", "expectation `receptive_field: 15` of `x` does not hold any more")
    assert not [row for row in rows if row[2] == "finding"]


def test_a_target_is_deleted() -> None:
    bare = seen().partition("targets:")[0]
    assert grave(seen(), bare) == [("error", "loss", "target `car` (9) at `head` is not stated any more; `head` would still guarantee it")]
    assert grave(seen(), seen(kernel=1).partition("targets:")[0]) == [
        ("error", "loss", "target `car` (9) at `head` is not stated any more; `head` would not guarantee it any more")
    ]
    assert grave(bare, seen()) == [("info", "gain", "target `car` (9) at `head` is stated now, guaranteed")]


def test_a_target_is_known_under_another_name_and_at_a_layer_of_another_name() -> None:
    assert grave(seen(), seen(**{"name: car": "name: bus"})) == [("info", "neutral", "target `car` is called `bus` now")]
    assert grave(seen(), seen().replace("head", "mouth")) == []


def test_a_target_loses_its_layer() -> None:
    without = seen(**{"  - {name: head, op: conv, kernel: 7, padding: 3, channels: 8}\n": "", "layer: head": "layer: stem", "SIZE": "7"})
    assert grave(seen(size=7), without.replace("size: 9", "size: 7")) == [
        ("error", "loss", "target `car` (7) at `head` has lost its layer: it is stated at `stem` now")
    ]


def test_a_size_that_was_open_is_no_other_size() -> None:
    old = "rflint: 1\ninputs: {image: {size: SIZE}}\nlayers: [{name: a, op: conv, kernel: 3}]\n"
    for before, after, severity in (("null", "8", "info"), ("8", "null", "warning"), ("8", "9", "warning")):
        rows = told(old.replace("SIZE", before), old.replace("SIZE", after))
        assert [row[0] for row in rows if row[2] == "size"] == [severity]


def test_a_target_is_judged_on_axes_of_the_same_name() -> None:
    old = "rflint: 1\naxes: [y, x]\ninputs: {image: {size: [64, 32]}}\nlayers: [{name: a, op: conv, kernel: [3, 7]}]\n"
    new = "rflint: 1\naxes: [x, y]\ninputs: {image: {size: [32, 64]}}\nlayers: [{name: a, op: conv, kernel: [7, 3]}]\n"
    before, after = (f"targets: [{{name: car, size: {size}, layer: a}}]\n" for size in ("[2, 5]", "[5, 2]"))
    assert grave(old + before, new + after) == []
    assert grave(old + before, new.replace("[7, 3]", "[5, 3]") + after) == [
        ("warning", "loss", "`a` guarantees 5 instead of 7 on x: target `car` (5x2) still fits")
    ]


def test_a_target_of_an_input_that_is_no_longer_read_is_lost() -> None:
    old = """\
rflint: 1
inputs: {ct: {size: 64, channels: 1}, pet: {size: 64, channels: 1}}
layers:
  - {name: a, op: conv, kernel: 3, padding: 1, from: ct}
  - {name: b, op: conv, kernel: 3, padding: 1, from: pet}
  - {name: both, op: add, from: [a, b]}
targets: [{name: lesion, size: 3, layer: both}]
outputs: [both, b]
"""
    new = old.replace("[a, b]", "[a, a]")
    assert grave(old, new) == [("error", "loss", "`both` does not depend on `pet` any more: target `lesion` of `pet` is not seen")]
    assert grave(new, old) == []
    assert grave(old.replace("size: 3", "size: 4"), new.replace("size: 3", "size: 4")) == []


def test_less_to_spare_is_a_warning() -> None:
    strided = seen(
        **{"kernel: 7, padding: 3, channels: 8}\n  - {name: head": "kernel: 7, padding: 3, stride: 2, channels: 8}\n  - {name: head"}
    )
    # It sees more than it loses to the stride.
    assert grave(seen(), strided) == [("info", "gain", "`head` guarantees 18 instead of 13: target `car` (9) still fits")]
    found = grave(seen(), seen(kernel=5))
    assert found == [("warning", "loss", "`head` guarantees 11 instead of 13: target `car` (9) still fits")]
    assert ("warning", "loss", "receptive_field", "`head` sees 11 px instead of 13") in told(seen(), seen(kernel=5))


def expecting(*facts: str, kernel: int = 7) -> str:
    return f"{seen(kernel).partition('targets:')[0]}expect:\n  head: {{{', '.join(facts)}}}\n"


def test_expectations() -> None:
    old = expecting("receptive_field: 13", "stride: 1")
    assert grave(old, expecting("receptive_field: 13", "stride: 1", kernel=5)) == [
        ("error", "loss", "expectation `receptive_field: 13` of `head` does not hold any more")
    ]
    assert grave(old, expecting("stride: 1")) == [("error", "loss", "expectation `receptive_field: 13` of `head` is not stated any more")]
    assert grave(expecting("stride: 1"), old) == [("info", "gain", "expectation `receptive_field: 13` of `head` is stated now")]
    assert grave(old, old.partition("expect:")[0]) == [
        ("error", "loss", "expectations `receptive_field: 13` and `stride: 1` of `head` are not stated any more")
    ]
    wrong = expecting("receptive_field: 15", "stride: 1")
    assert grave(old, wrong) == [("error", "loss", "expected `receptive_field` of `head`: 15 instead of 13, which does not hold")]
    assert grave(
        wrong, expecting("receptive_field: 15", "stride: 1", kernel=9).replace("kernel: 9, padding: 3", "kernel: 9, padding: 4")
    ) == [("info", "gain", "expectation `receptive_field: 15` of `head` holds now")]
    assert not [each for each in told(old, wrong) if each[2] == "finding"]
    assert grave(old, expecting("receptive_field: 11", "stride: 1", kernel=5)) == [
        ("warning", "loss", "expected `receptive_field` of `head`: 11 instead of 13, which asks for less")
    ]
    assert grave(old, expecting("receptive_field: [13, 13]", "stride: [1, 1]")) == []
    assert not [each for each in told(old, expecting("stride: 1", kernel=5)) if each[2] == "finding"]


# Alignment, rules, findings

MERGE = """\
rflint: 1
name: merge
inputs: {image: {size: [64, 64], channels: 3}}
RULESlayers:
  - {name: fine, op: conv, kernel: 3, padding: 1, channels: 8}
  - {name: coarse, op: conv, kernel: 5, padding: PADDING, channels: 8, from: image}
  - {name: sum, op: add, from: [fine, coarse]}IGNORE
  - {name: last, op: conv, kernel: 1, channels: 8}
"""


def merge(padding: str = "2", rules: str = "", ignore: str = "") -> str:
    return MERGE.replace("PADDING", padding).replace("RULES", rules).replace("IGNORE", ignore)


def test_alignment_is_lost() -> None:
    rows = only(merge(), merge("[[4, 0], [4, 0]]")).changes
    first = rows[0]
    assert (first.severity, first.effect, first.finding and first.finding.code, first.layers) == ("error", "loss", "RF102", ("sum",))
    assert not [change for change in rows if change.kind == "alignment"]
    assert [
        change.kind for change in only(merge("[[4, 0], [4, 0]]"), merge()).changes if change.finding and change.finding.code == "RF102"
    ] == ["finding"]


def test_alignment_is_lost_though_nobody_says_so() -> None:
    rules = "rules: {RF102: off}\n"
    rows = told(merge(rules=rules), merge("[[4, 0], [4, 0]]", rules))
    assert rows[0] == ("error", "loss", "alignment", "`sum` is no longer aligned, nor is 1 layer behind")


def test_a_rule_is_switched_off() -> None:
    broken = "[[4, 0], [4, 0]]"
    rows = told(merge(broken), merge(broken, "rules: {RF102: off, RF301: info}\n"))
    assert rows == [
        ("error", "loss", "rule", "rule `RF102` is switched off"),
        ("warning", "loss", "rule", "rule `RF301` is set to info instead of warning"),
        ("info", "gain", "finding", "RF102 center-mismatch at `sum` is mended"),
    ]


def test_a_rule_that_many_specs_are_without_does_not_hide_what_else_is_as_grave() -> None:
    quiet = {name: side(seen(), name)._replace(rules={"RF201": "error"}) for name in "abcd"}
    loud = {name: side(seen(kernel=1 if name == "c" else 7), name)._replace(rules={"RF201": "off"}) for name in "abcd"}
    rows = [(spec.path, change.kind) for spec, change in compare("old", quiet, "new", loud).changes if change.severity == "error"]
    assert rows == [("c", "target"), ("a", "rule"), ("b", "rule"), ("c", "rule"), ("d", "rule")]
    # What is said of one spec only is told before what was said already.
    loud["d"] = side(seen() + "expect: {head: {receptive_field: 14}}\n", "d")._replace(rules={"RF203": "off"})
    rest = {**quiet, "d": quiet["d"]._replace(rules={"RF203": "error"})}
    rows = [(spec.path, change.kind) for spec, change in compare("old", rest, "new", loud).changes if change.severity == "error"]
    assert rows == [("c", "target"), ("d", "finding"), ("a", "rule"), ("d", "rule"), ("b", "rule"), ("c", "rule")]


def test_a_suppression_is_added() -> None:
    broken = "[[4, 0], [4, 0]]"
    hidden = merge(broken, ignore="  # rflint: ignore[RF102] as published")
    assert [row for row in told(merge(broken), hidden) if row[2] != "rule"] == [
        ("warning", "loss", "suppression", "RF102 center-mismatch at `sum` is suppressed now: as published")
    ]
    assert [row[1:3] for row in told(hidden, merge(broken))] == [("gain", "suppression")]


def test_one_finding_of_many_layers_is_one_row() -> None:
    even = (BLOCKS % "x").replace("name: b, op: conv, kernel: 3, padding: 1", "name: b, op: conv, kernel: 4, padding: same")
    rows = only(BLOCKS % "x", even).changes
    (row,) = [change for change in rows if change.kind == "finding" and change.finding and change.finding.code == "RF301"]
    assert row.layers == ("x/0/b", "x/1/b", "x/2/b")


# Specs that come, go, or break

GOOD, BROKEN = seen(), "rflint: 1\nlayers: [{name: a, op: conv, kernel: 3\n"


def test_no_longer_a_spec() -> None:
    found = only(GOOD, BROKEN)
    assert (found.status, found.changes[0].kind, found.changes[0].severity) == ("unsound", "unsound", "error")
    assert [change for change in found.changes if change.effect == "gain"] == []
    assert found.not_compared


def test_a_spec_again() -> None:
    found = only(BROKEN, GOOD)
    assert (found.status, [change.effect for change in found.changes if change.kind == "unsound"]) == ("unsound", ["gain"])


def test_broken_before_and_after_is_not_unchanged() -> None:
    diff = compared(BROKEN, BROKEN)
    assert diff.specs[0].not_compared
    assert verdict(diff) == "Nothing to tell of 1 spec, but 1 spec could not be compared."


def test_deleted_and_added() -> None:
    both = compare("old", {"a.yaml": side(GOOD, "a.yaml")}, "new", {"b.yaml": side(merge(), "b.yaml")})
    assert [(spec.path, spec.status, spec.changes[0].severity) for spec in both.specs] == [
        ("a.yaml", "deleted", "error"),
        ("b.yaml", "added", "info"),
    ]


@pytest.mark.parametrize("kernel", [7, 5])
def test_a_renamed_file_is_the_same_spec(kernel: int) -> None:
    diff = compare(
        "old", {"a.yaml": side(seen(), "a.yaml")}, "new", {"b.yaml": side(seen(kernel), "b.yaml"), "c.yaml": side(merge(), "c.yaml")}
    )
    (first, second) = diff.specs
    assert (first.path, first.old_path, second.status) == ("b.yaml", "a.yaml", "added")
    assert bool(first.changes) == (kernel == 5)


def test_kinds_are_those_of_the_schema() -> None:
    assert list(KINDS) == list(diff_schema.KINDS)


def test_costs_alone() -> None:
    assert compared(merge(), merge().replace("channels: 8}\n", "channels: 8, groups: 1}\n")).specs[0].unchanged
    more = merge().replace("name: last, op: conv, kernel: 1, channels: 8", "name: last, op: conv, kernel: 1, channels: 16, bias: false")
    assert verdict(compared(merge(), more)) == (
        "Only costs change. Parameters in all: 960 instead of 904 (+56, +6 %). Also 3 other changes."
    )


def test_reports_without_layers_of_an_unreadable_spec_are_broken() -> None:
    nothing = SpecReport("a", "a", (), (), (), (), (), ())
    assert not Side(nothing, None).broken
    assert Side(nothing._replace(internal_error="bug"), None).broken
