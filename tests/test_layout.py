"""Where boxes and lines stand: nothing overlaps, lines run down and pass no box, trunks are straight, small edits move little."""

from __future__ import annotations

import random
from itertools import combinations, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_nets import random_net, to_yaml
from soon import soon

from rflint.drawing import Group, Layout, Node, Rect, grouped, lay_out
from rflint.pipeline import load
from rflint.resources import folder
from rflint.verdict import Options

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SOME = ("unet", "fpn_resnet50", "inception_v4", "hrnet_w32", "wavenet", "unet3d", "densenet-121", "yolov8n", "resnet_v2_50")


class Net(NamedTuple):
    """Boxes by name, and what each reads."""

    names: tuple[str, ...]
    edges: tuple[tuple[int, int], ...]

    def laid_out(self, folded: Callable[[str], bool] = lambda _: False) -> Layout:
        return lay_out(*self.parts(folded))

    def parts(self, folded: Callable[[str], bool] = lambda _: False) -> tuple[list[Node], Sequence[tuple[int, int]], list[Group]]:
        tree = grouped(self.names, self.edges)
        nodes = [Node(name, 40 + 8 * len(name), 34, group) for name, group in zip(self.names, tree.group_of, strict=True)]
        groups = [Group(name, parent, 60, 40, folded(name)) for name, parent in zip(tree.names, tree.parents, strict=True)]
        return nodes, self.edges, groups

    def shuffled(self, seed: int) -> Net:
        """The same network, its boxes and its edges in another order; each box reads in the order it did."""
        generator = random.Random(seed)
        order = list(range(len(self.names)))
        generator.shuffle(order)
        place = {old: new for new, old in enumerate(order)}
        into: dict[int, list[int]] = {}
        for source, target in self.edges:
            into.setdefault(target, []).append(source)
        targets = list(into)
        generator.shuffle(targets)
        edges = [(place[source], place[target]) for target in targets for source in into[target]]
        return Net(tuple(self.names[old] for old in order), tuple(edges))


def net_of(text: str) -> Net:
    graph = load(text.encode(), "net.yaml", Options()).graph
    assert graph is not None
    count = len(graph.inputs)
    names = tuple(graph.node_name(node) for node in range(count + len(graph.layers)))
    edges = ((source, count + place) for place, layer in enumerate(graph.layers) for source in dict.fromkeys(layer.sources) if source >= 0)
    return Net(names, tuple(edges))


def zoo(name: str) -> Net:
    return net_of((Path(folder("specs")) / f"{name}.yaml").read_text(encoding="utf-8"))


def chain(*names: str, more: Sequence[tuple[str, str]] = ()) -> Net:
    """Boxes that read each the one before, and more edges by name."""
    edges = [(place, place + 1) for place in range(len(names) - 1)] + [(names.index(one), names.index(other)) for one, other in more]
    return Net(names, tuple(edges))


@st.composite
def drawn_nets(draw: st.DrawFn) -> Net:
    """Any graph without circles, in any blocks, such that paths may leave a block and come back."""
    count = draw(st.integers(1, 16))
    blocks = st.lists(st.sampled_from("abc"), max_size=3)
    names = tuple("/".join([*draw(blocks), f"n{number}"]) for number in range(count))
    edges = [
        (source, target)
        for target in range(1, count)
        for source in draw(st.lists(st.integers(max(0, target - 6), target - 1), max_size=3, unique=True))
    ]
    return Net(names, tuple(edges))


def overlap(one: Rect, other: Rect) -> bool:
    across = min(one.left + one.width, other.left + other.width) - max(one.left, other.left)
    down = min(one.top + one.height, other.top + other.height) - max(one.top, other.top)
    return across > 0.01 and down > 0.01


def inside(one: Rect, other: Rect) -> bool:
    return (
        one.left >= other.left
        and one.top >= other.top
        and one.left + one.width <= other.left + other.width + 0.01
        and one.top + one.height <= other.top + other.height + 0.01
    )


def passes(start: tuple[float, float], end: tuple[float, float], box: Rect) -> bool:
    """Whether a straight piece of a line runs through the inside of a box."""
    low, high = max(min(start[1], end[1]), box.top + 0.01), min(max(start[1], end[1]), box.top + box.height - 0.01)
    if low > high or (start[1] == end[1] and not box.top < start[1] < box.top + box.height):
        return False
    slope = (end[0] - start[0]) / (end[1] - start[1]) if end[1] != start[1] else 0
    ends = sorted(start[0] + slope * (y - start[1]) for y in (low, high)) if slope else sorted((start[0], end[0]))
    return ends[0] < box.left + box.width - 0.01 and ends[1] > box.left + 0.01


def hold_to_laws(net: Net, folded: Callable[[str], bool] = lambda _: False) -> Layout:
    nodes, edges, groups = net.parts(folded)
    picture = lay_out(nodes, edges, groups)
    boxes = [*picture.nodes, *picture.groups]
    all_parts = [*nodes, *groups]
    parents = [node.group for node in nodes] + [group.parent for group in groups]
    is_box = [True] * len(nodes) + [group.folded for group in groups]
    whole = Rect(0, 0, picture.width, picture.height)
    levels: dict[int, list[int]] = {}
    for item, box in enumerate(boxes):
        hidden, parent = False, parents[item]
        while parent >= 0:
            hidden, parent = hidden or groups[parent].folded, groups[parent].parent
        assert (box is None) == hidden, all_parts[item].name
        if box is not None:
            levels.setdefault(parents[item], []).append(item)
            around = picture.groups[parents[item]] if parents[item] >= 0 else whole
            assert around is not None
            assert inside(box, around), all_parts[item].name
            if is_box[item]:
                assert (box.width, box.height) == (all_parts[item].width, all_parts[item].height)
    for level in levels.values():
        for one, other in combinations(level, 2):
            assert not overlap(boxes[one], boxes[other]), (all_parts[one].name, all_parts[other].name)  # type: ignore[arg-type]
    solid = [(item, box) for item, box in enumerate(boxes) if box is not None and is_box[item]]
    for route in picture.routes:
        source, target = boxes[route.source], boxes[route.target]
        assert source is not None
        assert target is not None
        assert route.points[0] == (source.left + source.width / 2, source.top + source.height)
        assert route.points[-1] == (target.left + target.width / 2, target.top)
        for start, end in pairwise(route.points):
            assert start[1] <= end[1], "a line runs up"
            for item, box in solid:
                assert not passes(start, end, box), f"a line passes {all_parts[item].name}"
    return picture


@given(drawn_nets(), st.sampled_from(["", "a", "a/b", "abc"]))
@settings(max_examples=150, deadline=None)
def test_laws(net: Net, folded: str) -> None:
    hold_to_laws(net, lambda name: name in (folded, *folded))


@given(drawn_nets(), st.integers(0, 5))
@settings(max_examples=100, deadline=None)
def test_the_order_of_writing_does_not_matter(net: Net, seed: int) -> None:
    shuffled = net.shuffled(seed)
    one, other = net.laid_out(), shuffled.laid_out()
    assert dict(zip(net.names, one.nodes, strict=True)) == dict(zip(shuffled.names, other.nodes, strict=True))
    assert sorted(route.points for route in one.routes) == sorted(route.points for route in other.routes)


@pytest.mark.parametrize("seed", range(12))
def test_random_nets(seed: int) -> None:
    net = net_of(to_yaml(random_net(seed, classic=seed % 2 == 0)))
    hold_to_laws(net)
    shuffled = net.shuffled(seed)
    assert dict(zip(net.names, net.laid_out().nodes, strict=True)) == dict(zip(shuffled.names, shuffled.laid_out().nodes, strict=True))


@pytest.mark.parametrize("name", SOME)
def test_zoo(name: str) -> None:
    net = zoo(name)
    hold_to_laws(net)
    hold_to_laws(net, lambda _: True)
    hold_to_laws(net, lambda path: "/" in path)


def centers(net: Net) -> dict[str, float]:
    return {name: box.left + box.width / 2 for name, box in zip(net.names, net.laid_out().nodes, strict=True) if box is not None}


def test_a_chain_is_one_vertical_line() -> None:
    net = chain("image", "conv1", "a/conv", "a/a very long name", "b/0/x", "b/1/y", "c")
    assert len(set(centers(net).values())) == 1
    assert all(len(route.points) == 2 for route in net.laid_out().routes)


def test_trunks_are_straight() -> None:
    """Whatever a residual network has beside its trunk, and on whichever side its merges read it."""
    names, more = ["image"], []
    for number in range(30):
        before = names[-1]
        names += [f"{number}/conv1", f"{number}/conv2", f"{number}/add"]
        more.append((before, names[-1]))
    for net in (chain(*names, more=more), Net(tuple(name.replace("/", "_") for name in names), chain(*names, more=more).edges)):
        assert len(set(centers(net).values())) == 1
    found = centers(zoo("resnet_v2_200"))
    trunk = {found[name] for name in found if name.split("/")[-1] in ("image", "conv1", "conv2", "conv3", "add")}
    assert len(trunk) == 1


def test_a_new_layer_moves_nothing_sideways() -> None:
    """Nor anything above it; what stands below moves down by one layer."""
    more = [("a/0/x", "a/0/add"), ("stem", "b/add"), ("a/0/add", "b/add"), ("side", "head")]
    names = ["image", "stem", "a/0/x", "a/0/y", "a/0/add", "a/1", "b/x", "b/add", "side", "end", "head"]
    before = chain(*names, more=more)
    for place in range(1, len(names)):
        block = names[place].rpartition("/")[0]
        # As wide as another, which a block has room for.
        new = f"{block}/0".strip("/").ljust(3, "_")
        after = chain(*names[:place], new, *names[place:], more=more)
        one, other = (dict(zip(net.names, net.laid_out().nodes, strict=True)) for net in (before, after))
        for name in names:
            was, now = one[name], other[name]
            assert was is not None
            assert now is not None
            assert was.left == now.left, (new, name)
        above = names[: place - 1]
        assert all(one[name] == other[name] for name in above), new


def test_skips_of_a_decoder_nest_without_crossing() -> None:
    down, up = [f"d{number}" for number in range(6)], [f"u{number}" for number in reversed(range(6))]
    net = chain(*down, "bottom", *up, more=[(f"d{number}", f"u{number}") for number in range(6)])
    picture = net.laid_out()
    assert len({center for name, center in centers(net).items()}) == 1
    lanes = [
        max(abs(x - centers(net)["bottom"]) for x, _ in route.points)
        for route in picture.routes
        if net.names[route.source][0] == "d" and net.names[route.target][0] == "u"
    ]
    by_span = sorted(lanes)
    assert len(set(lanes)) == 6
    assert sorted(by_span, reverse=True) == [
        max(abs(x - centers(net)["bottom"]) for x, _ in route.points)
        for number in range(6)
        for route in picture.routes
        if (net.names[route.source], net.names[route.target]) == (f"d{number}", f"u{number}")
    ]


def test_blocks_that_paths_leave_and_enter_again_are_no_boxes() -> None:
    net = chain("convs/0", "norms/0", "convs/1", "norms/1", "head/x", "head/y")
    assert grouped(net.names, net.edges).names == ("head",)
    inner = chain("convs/0/a", "convs/0/b", "norms/0", "convs/1/a")
    assert grouped(inner.names, inner.edges).names == ("convs/0", "norms", "convs/1")


def test_what_stands_in_a_folded_block_is_nowhere() -> None:
    net = chain("image", "a/x", "a/y", "b")
    picture = net.laid_out(lambda name: name == "a")
    assert [box is None for box in picture.nodes] == [False, True, True, False]
    assert [(route.source, route.target) for route in picture.routes] == [(0, 4), (4, 3)]


def test_circles_are_refused() -> None:
    nodes = [Node("a", 10, 10), Node("b", 10, 10), Node("c", 10, 10)]
    for edges in ([(0, 1), (1, 0)], [(0, 1), (1, 2), (2, 1)]):
        with pytest.raises(ValueError, match="circle"):
            lay_out(nodes, edges)


def test_nothing_to_draw() -> None:
    assert lay_out([], []) == Layout(0, 0, (), (), ())


def test_long_lines_do_not_take_the_square_of_the_size() -> None:
    count = 3000
    names = tuple(f"n{number}" for number in range(count))
    nested = Net(
        names, tuple((number, number + 1) for number in range(count - 1)) + tuple((n, count - 1 - n) for n in range(count // 2 - 1))
    )
    with soon():
        picture = nested.laid_out()
    assert sum(len(route.points) for route in picture.routes) < 40 * count


def test_lines_that_pass_at_the_side_of_everything_pass_no_box() -> None:
    """Every layer is read by the next, by the last, and some by one in between: too many lines to pass between the layers."""
    count = 110
    names = tuple(f"n{number}" for number in range(count))
    more = [(number, count - 1) for number in range(count - 2)] + [(number, number + 40) for number in range(0, count - 42, 7)]
    picture = hold_to_laws(Net(names, (*pairwise(range(count)), *more)))
    assert picture.width < 20 * count, "lines from one box share their lane"
