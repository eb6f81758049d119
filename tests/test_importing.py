"""From drafts to specs: names, folding, blocks, text; no format plays a part."""

from __future__ import annotations

import re
from typing import Any

import pytest
from soon import soon

import rflint
from rflint.importing import FORMATS, Draft, DraftInput, ImportFailure, Item, Wishes, spec_of
from rflint.importing.folding import settled


class Drafting:
    """A draft in the making."""

    def __init__(self) -> None:
        self.items: list[Item] = []

    def add(self, op: str, sources: list[str], path: str = "", label: str = "", **fields: Any) -> str:
        key = f"#{len(self.items)}"
        modules = tuple(filter(None, path.split("/")))
        self.items.append(Item(key, op, tuple(sources), fields, modules, label or op, f"{op} of the model"))
        return key

    def draft(self, *outputs: str, size: tuple[int | None, ...] = (64, 64), names: tuple[str, ...] = ()) -> Draft:
        ends = tuple((key, names[place] if names else "") for place, key in enumerate(outputs))
        return Draft("net", ("y", "x"), (DraftInput("image", size, 3),), tuple(self.items), ends, len(self.items))


def written(draft: Draft, wishes: Wishes | None = None) -> str:
    return spec_of(draft, wishes or Wishes(), (), {}).text


def layers(text: str) -> list[str]:
    """Lines of layers and uses of blocks."""
    return [line.strip() for line in text.splitlines() if line.lstrip().startswith("- ")]


def resnet(units: tuple[int, ...] = (3, 4, 6, 3)) -> Draft:
    """The bottleneck network of He et al., CVPR 2016, as torchvision names it."""
    net = Drafting()
    at = net.add("conv", ["image"], "conv1", kernel=7, stride=2, padding=3, channels=64, bias=False)
    at = net.add("relu", [at], "relu")
    at = net.add("max_pool", [at], "maxpool", kernel=3, stride=2, padding=1)
    for stage, count in enumerate(units):
        for unit in range(count):
            path, width = f"layer{stage + 1}/{unit}", 64 * 2**stage
            step = {"stride": 2} if unit == 0 and stage else {}
            first = at
            at = net.add("relu", [net.add("conv", [at], f"{path}/conv1", kernel=1, channels=width, bias=False)], f"{path}/relu")
            at = net.add("conv", [at], f"{path}/conv2", kernel=3, padding=1, channels=width, bias=False, **step)
            at = net.add("conv", [at], f"{path}/conv3", kernel=1, channels=4 * width, bias=False)
            if unit == 0:
                first = net.add("conv", [first], f"{path}/downsample/0", kernel=1, channels=4 * width, bias=False, **step)
            at = net.add("relu", [net.add("add", [first, at], path)], f"{path}/relu")
    at = net.add("global_avg_pool", [at], "avgpool")
    return net.draft(net.add("dense", [at], "fc", channels=1000))


def test_a_residual_network_reads_like_the_paper() -> None:
    text = written(resnet())
    assert len(layers(text)) == 13  # 5 of the block, 8 of the network
    assert '{name: layer3, use: bottleneck, repeat: 6, with: {channels: 256, stride: "${2 if index == 0 else 1}"' in text
    assert "params: {channels: null, stride: 1, downsample: false}" in text
    assert text.count('"${4 * channels}"') == 2
    report = rflint.load(text).analyze()
    assert report["layer4/2/add"].receptive_field["image"].size == (427, 427)


def test_flat_says_the_same() -> None:
    compact, flat = written(resnet()), written(resnet(), Wishes(flat=True))
    assert "blocks:" not in flat
    assert "- {name: layer3/4/conv2, op: conv, kernel: 3, padding: 1, channels: 256}" in flat
    one, other = rflint.load(compact).analyze(), rflint.load(flat).analyze()
    assert [each.receptive_field for each in one.layers] == [each.receptive_field for each in other.layers]
    assert [each.name for each in one.layers] == [each.name for each in other.layers]


def test_the_same_draft_gives_the_same_text() -> None:
    assert written(resnet()) == written(resnet())


def test_what_moves_nothing_is_folded_or_kept() -> None:
    net = Drafting()
    conv = net.add("conv", ["image"], "stem/conv", kernel=3, channels=8)
    gate = net.add("sigmoid", [conv], "stem/act")
    product = net.add("mul", [conv, gate], "stem/act", "product")
    net.add("relu", [product], "unread")
    draft = net.draft(product)
    assert layers(written(draft)) == ["- {name: stem/conv, op: conv, kernel: 3, channels: 8}"]
    kept = written(draft, Wishes(keep_pointwise=True))
    assert [re.search(r"op: (\w+)", line)[1] for line in layers(kept)] == ["conv", "sigmoid", "mul"]  # type: ignore[index]


def test_a_gate_that_is_written_out_is_one_again() -> None:
    net = Drafting()
    conv = net.add("conv", ["image"], "conv", kernel=3, channels=32)
    at = net.add("global_avg_pool", [conv], "se/avgpool")
    at = net.add("relu", [net.add("conv", [at], "se/fc1", kernel=1, channels=8)], "se/relu")
    at = net.add("sigmoid", [net.add("conv", [at], "se/fc2", kernel=1, channels=32)], "se/sigmoid")
    out = net.add("mul", [at, conv], "se", broadcast=True)
    text = written(net.draft(out))
    assert layers(text)[1] == "- {name: se, op: squeeze_excite, channels: 8}"
    assert rflint.load(text).analyze()["se"].params == 32 * 8 * 2 + 8 + 32


def test_names() -> None:
    net = Drafting()
    a = net.add("conv", ["image"], "a", kernel=1, channels=4)  # alone in its module
    b = net.add("pad", [a], "b", padding=1)  # two in one module
    c = net.add("conv", [b], "b", kernel=3, channels=4)
    d = net.add("conv", [c], "", "what*ever ", kernel=1, channels=4)
    e = net.add("conv", [d], "a", kernel=1, channels=4)
    f = net.add("conv", [e], "", kernel=1, channels=4)
    g = net.add("conv", [f], "", kernel=1, channels=4)
    text = written(net.draft(d, g, names=("", "logits")))
    assert re.findall(r"- \{name: ([^,]+),", text) == ["a/conv", "b/pad", "b/conv", "what_ever", "a/conv_1", "conv", "logits"]
    assert "outputs: [what_ever, logits]" in text


def test_layers_that_some_leave_out() -> None:
    """A left-out layer is its first input; equal ones but for that are one block."""
    net, at = Drafting(), "image"
    for place in range(4):
        first = at
        at = net.add("conv", [at], f"unit{place}/conv1", kernel=3, padding=1, channels=3)
        at = net.add("conv", [at], f"unit{place}/conv2", kernel=3, padding=1, channels=3)
        if place % 2:
            at = net.add("add", [first, at], f"unit{place}")
    text = written(net.draft(at))
    assert '- {name: add, op: add, from: [conv2, input], when: "${add}"}' in text
    assert len(layers(text)) == 3 + 4


def test_dense_blocks() -> None:
    """What each unit concatenates is what the one before it did, and one more: each adds to what it reads."""
    net = Drafting()
    features = [net.add("conv", ["image"], "stem", kernel=3, padding=1, channels=8)]
    for place in range(6):
        at = features[0] if len(features) == 1 else net.add("concat", list(features), f"block/layer{place + 1}")
        features.append(net.add("conv", [at], f"block/layer{place + 1}/conv", kernel=3, padding=1, channels=4))
    text = written(net.draft(net.add("concat", features, "block")))
    assert "repeat: 6" in text
    assert "# layer1 to layer6" in text
    assert "from: [input, conv]" in text
    assert rflint.load(text).analyze().layers[-1].channels == 8 + 6 * 4


def test_chains_of_several_wires() -> None:
    """Units that hand two maps on, as those of reversible networks do."""
    net = Drafting()
    one = net.add("conv", ["image"], "stem/0", kernel=3, padding=1, channels=8)
    two = net.add("conv", ["image"], "stem/1", kernel=3, padding=1, channels=8)
    for place in range(6):
        path = f"block/layer{place + 1}"
        one = net.add("add", [net.add("conv", [one], f"{path}/f", kernel=3, padding=1, channels=8), two], path, "sum")
        two = net.add("conv", [one], f"{path}/g", kernel=5, padding=2, channels=8)
    text = written(net.draft(net.add("concat", [one, two], "")))
    assert "use: layer, repeat: 6, from: [stem/0, stem/1]" in text
    assert "# layer1 to layer6" in text
    assert "from: [block/layer, block/layer/g]" in text


def test_a_pool_keeps_its_stride() -> None:
    """By default a pool steps by its kernel, and a convolution by 1."""
    net = Drafting()
    at = net.add("max_pool", ["image"], "pool", kernel=3, stride=1, padding=1)
    text = written(net.draft(net.add("conv", [at], "conv", kernel=3, stride=1, channels=1)))
    assert layers(text) == [
        "- {name: pool, op: max_pool, kernel: 3, stride: 1, padding: 1}",
        "- {name: conv, op: conv, kernel: 3, channels: 1}",
    ]


def test_unknown_names_its_operator() -> None:
    net = Drafting()
    at = net.add("unknown", ["image"], "odd", original="com.example.Odd")
    text = written(net.draft(net.add("conv", [at], "conv", kernel=3, channels=1)))
    assert "- {name: odd, op: unknown, original: com.example.Odd}   # unknown of the model" in text
    spec = spec_of(net.draft("#1"), Wishes(), (), {})
    assert spec.summary == "2 operators read: 2 layers, 0 folded, 1 unknown"


def test_words_of_yaml_stay_names() -> None:
    net, at = Drafting(), "image"
    names = ["on", "1", "null", "a: b", "x # y", "'", '"', "é", "- z", "?"]
    for name in names:
        at = net.add("conv", [at], name, kernel=1, channels=1)
    assert [each.name for each in rflint.load(written(net.draft(at))).analyze().layers] == names


def test_nothing_that_is_a_map() -> None:
    net = Drafting()
    net.add("relu", ["image"], "relu")
    with pytest.raises(ImportFailure, match="has no layers"):
        written(net.draft("#0"))


def test_deep_modules_and_long_chains_are_linear_work() -> None:
    net, at = Drafting(), "image"
    for place in range(3000):
        at = net.add("conv", [at], "/".join(f"m{depth}" for depth in range(place % 40)) + f"/c{place}", kernel=1, channels=1)
    assert len(rflint.load(written(net.draft(at))).analyze().layers) == 3000


def squared(times: int) -> Draft:
    """A gate, behind a map that is multiplied with itself again and again."""
    net = Drafting()
    at = net.add("conv", ["image"], "stem", kernel=3, padding=1, channels=8)
    for place in range(times):
        at = net.add("mul", [at, at], f"square{place}")
    gate = net.add("conv", [net.add("conv", [net.add("global_avg_pool", [at])], kernel=1, channels=2)], kernel=1, channels=8)
    return net.draft(net.add("mul", [at, gate], "gated", broadcast=True))


def nameless(count: int) -> Draft:
    net, at = Drafting(), "image"
    for place in range(count):
        at = net.add("conv", [at], kernel=1, channels=1 + place % 3)
    return net.draft(at)


@pytest.mark.parametrize(("draft", "layers"), [(squared(200), 202), (nameless(5000), 5000)])
def test_names_and_gates_are_linear_work(draft: Draft, layers: int) -> None:
    with soon():
        assert len(settled(draft, keep_pointwise=True).layers) == layers


def test_formats_are_told_apart() -> None:
    assert len({each.name for each in FORMATS}) == len(FORMATS)
    for each in FORMATS:
        assert not each.matches(b"rflint: 1\n", "net.yaml"), each.name
        assert not each.matches(b"", "net"), each.name
        assert (each.extra is None) == (not each.packages)


def test_outputs_are_called_like_their_tensors() -> None:
    net = Drafting()
    stem = net.add("conv", ["image"], "stem", kernel=3, channels=8)
    deep = net.add("conv", [stem], "neck/p3/lateral", kernel=1, channels=8)
    head = net.add("conv", [net.add("relu", [deep], "relu")], "head", kernel=1, channels=8)
    more = net.add("conv", [stem], "more", kernel=1, channels=8)
    # The path of an operator is no name, and a number that an exporter counted neither.
    text = written(net.draft(deep, head, head, stem, more, names=("p3", "boxes:0", "scores", "/stem/Conv_output_0", "495")))
    assert [re.sub(r", kernel.*", "", line) for line in layers(text)] == [
        "- {name: stem, op: conv",
        "- {name: neck/p3/lateral, op: conv",
        "- {name: boxes, op: conv",
        "- {name: more, op: conv",
        "- {name: p3, op: identity, from: neck/p3/lateral}",
        "- {name: scores, op: identity, from: boxes}",
    ]
    assert "outputs: [p3, boxes, scores, stem, more]" in text


def test_repetition_without_modules() -> None:
    """Darknet-53: layers are numbered, and nothing says which belong together."""
    net = Drafting()

    def conv(source: str, kernel: int, channels: int, **fields: Any) -> str:
        return net.add("conv", [source], "", str(len(net.items)), kernel=kernel, padding=kernel // 2, channels=channels, **fields)

    at = conv("image", 3, 32)
    for units, channels in ((1, 64), (2, 128), (8, 256), (8, 512), (4, 1024)):
        at = conv(at, 3, channels, stride=2)
        for _ in range(units):
            at = net.add("add", [conv(conv(at, 1, channels // 2), 3, channels), at], "", str(len(net.items)))
    draft = net.draft(at)
    text = written(draft)
    assert len(layers(text)) == 3 + 14  # the last unit is the output, and keeps its names
    assert "- {name: unit3, use: unit, repeat: 8, with: {channels: 128}}   # 13 to 36" in text
    one, other = rflint.load(text).analyze(), rflint.load(written(draft, Wishes(flat=True))).analyze()
    assert [each.receptive_field for each in one.layers] == [each.receptive_field for each in other.layers]
    assert [each.name for each in other.layers] == [str(number) for number in range(len(net.items))]


def test_names_that_say_something_are_kept() -> None:
    """Repetition is no reason to call a stage a unit."""
    net, at = Drafting(), "image"
    for place in range(8):
        for part in ("reduce", "expand"):
            at = net.add("conv", [at], "", f"{part}-{'abcdefgh'[place]}", kernel=1, channels=3)
    assert len(layers(written(net.draft(at)))) == 16
