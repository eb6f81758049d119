"""The HTML report in a real Chromium: its script sees what the engine sees, and it can be used by keyboard and by ear.

Needs `pip install playwright axe-playwright-python` and an installed Chromium; skipped where they are missing.
"""

from __future__ import annotations

import re
from math import isclose, sqrt
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from command_line import CLEAN, MISALIGNED
from pages import chromium, linted, page_of
from random_nets import JOINED, random_net, to_yaml
from sample_report import hostile
from test_report_page import BLOCKS

from rflint.algebra.support import SupportSet
from rflint.engine import analyze
from rflint.formatters import render
from rflint.model import Report, summarize
from rflint.model.figures import Earlier, Figures
from rflint.pipeline import load
from rflint.questions.inside import spreads, support_sets
from rflint.questions.positions import UndefinedError, regions
from rflint.questions.targets import guaranteed_size
from rflint.verdict import Options
from rflint.words import Style

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

READY = "() => document.documentElement.dataset.ready !== undefined"

#: By layer and axis of a spec, what some cells see of each input: runs nominal and clipped, mean and deviation of the weight.
ASK = """async ([number, cells]) => {
  const spec = await rflint.specAt(number);
  return cells.map(([id, axis, index]) => {
    const nominal = rflint.look(spec, id, axis, index);
    const clipped = rflint.look(spec, id, axis, index, { clipped: true });
    return spec.nodes.slice(0, spec.inputCount).map((_, input) => {
      const weights = rflint.weigh(spec, id, axis, index, input, nominal);
      return [nominal[input] ?? [], clipped[input] ?? [], weights && rflint.momentsOf(weights)];
    });
  });
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    yield from chromium()


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    contexts = []

    def opened(page: str, fragment: str = "", **options: Any) -> Any:
        file = tmp_path / "page.html"
        file.write_text(page, "utf-8")
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce", **options})
        contexts.append(context)
        tab = context.new_page()
        tab.asked, tab.wrong = [], []
        tab.on("request", lambda request: tab.asked.append(request.url))
        tab.on("pageerror", lambda error: tab.wrong.append(str(error)))
        tab.on("console", lambda message: tab.wrong.append(message.text))
        tab.goto(f"{file.as_uri()}{fragment}")
        tab.wait_for_function(READY)
        return tab

    yield opened
    for context in contexts:
        context.close()


def samples_of(found: SupportSet, index: int) -> set[int]:
    turn, phase = divmod(index, found.period)
    seen = found.phases[phase]
    bits = (1 << seen.width) - 1 if seen.bits is None else seen.bits
    return {seen.low + turn * found.advance + bit for bit in range(seen.width) if bits >> bit & 1}


def expanded(runs: list[int]) -> set[int]:
    return {sample for low, high in zip(runs[::2], runs[1::2], strict=True) for sample in range(low, high + 1)}


def test_the_script_sees_what_the_engine_sees(opened: Callable[..., Any]) -> None:
    texts = [to_yaml(net) for net in [*(random_net(seed, classic=False) for seed in range(1000, 1040)), *JOINED]]
    tab = opened(page_of(*map(linted, texts)))
    hulls = sets = weighed = 0
    for number, text in enumerate(texts):
        graph = load(text.encode(), "net.yaml", Options()).graph
        assert graph is not None
        analysis = analyze(graph)
        count = len(graph.inputs)
        cells = []
        for axis, part in enumerate(analysis.axes):
            for node in range(count, count + len(graph.layers)):
                size = part.size(node) or 1
                cells += [[node, axis, index] for index in sorted({0, 1, 4, size // 2, size - 1}) if index < size]
        for (node, axis, index), answers in zip(cells, tab.evaluate(ASK, [number, cells]), strict=True):
            part = analysis.axes[axis]
            sizing = part.valid_cases[0].sizings[0]
            for source, (nominal, clipped, moments) in enumerate(answers):
                where = text, graph.node_name(node), axis, index
                try:
                    told = [regions(part.program, sizing, source, node, index, index, clipped=cut)[0] for cut in (False, True)]
                except UndefinedError:
                    continue
                for runs, region in ((nominal, told[0]), (clipped, told[1])):
                    assert ((runs[0], runs[-1]) if runs else None) == region, where
                    hulls += 1
                exact = support_sets(part.program, sizing, source)[node]
                if exact is not None:
                    assert expanded(nominal) == samples_of(exact, index), where
                    sets += 1
                spread = spreads(part.program, sizing, source)[node]
                # A path that sees nothing takes no weight away in the engine; in the page its share is lost before it is normed.
                if spread is not None and moments is not None and None not in (each for each in spread.phases):
                    turn, phase = divmod(index, spread.period)
                    mean, variance = spread.phases[phase] or (0.0, 0.0)
                    if not _reads_nothing(part, sizing):
                        assert isclose(moments["mean"], mean + turn * spread.advance, abs_tol=1e-6), where
                        assert isclose(moments["deviation"], sqrt(variance), abs_tol=1e-5), where
                        weighed += 1
    assert min(hulls, sets, weighed) > 500, (hulls, sets, weighed)
    assert not tab.wrong


def _reads_nothing(part: Any, sizing: Any) -> bool:
    """Whether some output of some layer reads nothing at all."""
    return any(step is not None and any(not len(taps) for taps in step.taps) for step in sizing.steps)


def test_guaranteed_sizes(opened: Callable[..., Any]) -> None:
    """The largest object that is seen whole wherever it lies, against the engine's verdicts on targets."""
    layers = "\n".join(
        f"  - {layer}"
        for layer in (
            "{name: a, op: conv, kernel: 5, stride: 2, padding: 2}",
            "{name: b, op: conv, kernel: 3, stride: 3, dilation: 2}",
            "{name: c, op: resize, scale: 4, mode: linear}",
            "{name: d, op: conv, kernel: 3, padding: 1}",
            "{name: e, op: attention, window: 6, shift: 2}",
        )
    )
    targets = "".join(f"  - {{name: {name}, size: 9, layer: {name}}}\n" for name in "abcde")
    spec = linted(f"rflint: 1\naxes: [t]\ninputs: {{i: {{size: 400}}}}\nlayers:\n{layers}\ntargets:\n{targets}")
    tab = opened(page_of(spec))
    told = tab.evaluate("""async () => {
      const spec = await rflint.specAt(0);
      return spec.targets.map((target) => rflint.guaranteedSize(spec.nodes[spec.byName.get(target.layer)].seen.get("i"), 0));
    }""")
    assert told == [target.guaranteed[0] for target in spec.targets]


def test_guaranteed_sizes_of_any_phases(opened: Callable[..., Any]) -> None:
    """Phases that see far apart, some of them nothing: as behind a transposed convolution with a shortcut of its own."""
    random = Random(7)
    families = [(2, [(-50, 50), (-15, 15)]), (4, [(0, 9), None, (50, 59)]), (3, [None]), (0, [(0, 6), (0, 6)])]
    for _ in range(300):
        lows = [random.randint(-40, 40) for _ in range(random.randint(1, 5))]
        regions = [None if random.random() < 0.2 else (low, low + random.randint(0, 30)) for low in lows]
        families.append((random.randint(1, 9), regions))
    tab = opened(page_of(linted(MISALIGNED)))
    ask = "families => families.map(([advance, phases]) => rflint.guaranteedSize({ phases: [phases], advance: [advance] }, 0))"
    assert tab.evaluate(ask, families) == [guaranteed_size(*family) for family in families]


def test_a_block_shows_the_numbers_of_its_output(opened: Callable[..., Any]) -> None:
    text = BLOCKS.replace("  unit:\n", "  unit:\n    output: conv1\n")
    tab = opened(page_of(linted(text)), "#layer=stage")
    assert tab.locator("#layer-name").inner_text() == "stage/2/conv1"
    tab.get_by_role("button", name="Fold all", exact=True).click()
    assert "RF 15" in tab.locator('[data-key="g0"]').text_content()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("rflint: 1\nlayers: 3\n", "could not be analysed"),
        ("rflint: 1\nblocks: {unit: {layers: [{name: c, op: conv, kernel: 3}]}}\n", "library of blocks"),
    ],
)
def test_a_spec_without_layers_says_why(text: str, told: str, opened: Callable[..., Any]) -> None:
    tab = opened(page_of(linted(text)))
    assert told in tab.locator("main").inner_text()
    assert not tab.wrong


def test_slashes_at_the_ends_of_names_leave_a_title(opened: Callable[..., Any]) -> None:
    tab = opened(page_of(linted('rflint: 1\nlayers:\n  - {name: "//", op: conv, kernel: 3}\n  - {name: a/, op: conv, kernel: 3}\n')))
    tab.get_by_role("button", name="Unfold all").click()
    assert {"//", "a/"} <= set(tab.locator("#graph .layer .title").all_text_contents())


def test_only_what_is_now_makes_a_row_bad(opened: Callable[..., Any]) -> None:
    before = Figures(((33, 33),), 1, (3, 3), (("error", 1),), 0, 0, None, None)
    report = Report("0", (linted(CLEAN, "clean.yaml"),), summarize(()), (), against=Earlier("old.json", {"clean.yaml": before}))
    tab = opened(render("html", report, Style(layers=True)))
    assert "none (▼ was 1 error)" in tab.locator("#index-table").inner_text()
    assert tab.locator("#index-table .bad").count() == 0


def test_nothing_goes_to_the_network(opened: Callable[..., Any]) -> None:
    tab = opened(page_of(linted(MISALIGNED), linted(BLOCKS, "blocks.yaml")), "#spec=net.yaml")
    tab.get_by_role("button", name="All specs").click()
    tab.get_by_role("button", name="blocks").click()
    tab.get_by_role("button", name="Unfold all").click()
    with tab.expect_download() as saved:
        tab.get_by_role("button", name="Save SVG").click()
    text = Path(saved.value.path()).read_text("utf-8")
    assert saved.value.suggested_filename == "blocks.svg"
    assert "var(--" not in text
    assert text.count("conv1") >= 3
    assert [url for url in tab.asked if not url.startswith(("file:", "blob:", "data:"))] == []
    assert not tab.wrong


def test_the_policy_holds(opened: Callable[..., Any]) -> None:
    """What the page must never do fails even if it is tried."""
    tab = opened(page_of(linted(MISALIGNED)))
    assert tab.evaluate("() => fetch('https://example.org/').then(() => 'sent', () => 'held back')") == "held back"
    added = "const each = document.createElement('script'); each.textContent = 'window.ran = 1'; document.body.append(each)"
    assert tab.evaluate(f"() => {{ {added}; return window.ran ?? 0; }}") == 0


def test_names_of_strangers_are_shown(opened: Callable[..., Any]) -> None:
    text = BLOCKS.replace("name: blocks", 'name: "</script><b>x\\u202e"').replace("name: stem", 'name: "<img src=x onerror=alert(1)>"')
    tab = opened(page_of(linted(text), hostile()), "#spec=net.yaml")
    assert tab.locator("#spec-name").inner_text() == r"</script><b>x\u202e"
    assert tab.locator("main img").count() == 0
    assert "<img src=x onerror=alert(1)>" in tab.locator("#table").inner_text()
    assert not tab.wrong


def test_by_keyboard_alone(opened: Callable[..., Any]) -> None:
    tab = opened(page_of(linted(BLOCKS)))
    assert tab.locator("#layer-name").inner_text() == "head"
    tab.locator(".box.chosen").focus()
    tab.keyboard.press("ArrowUp")
    focused = "() => document.activeElement.dataset.key"
    assert tab.evaluate(focused) == "g0"
    assert tab.locator('[data-key="g0"]').get_attribute("aria-expanded") == "false"
    tab.keyboard.press("Enter")
    assert tab.locator('[data-key="g0"]').get_attribute("aria-expanded") == "true"
    assert tab.evaluate(focused) == "g0"
    tab.keyboard.press("ArrowDown")
    assert tab.evaluate(focused) == "g1"
    tab.keyboard.press("Enter")
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("Enter")
    assert tab.locator("#layer-name").inner_text() == "stage/0/conv1"
    assert tab.locator("#live").inner_text().startswith("stage/0/conv1, cell 16, 16: Map 32 × 32")
    canvas = tab.locator("#map canvas")
    canvas.focus()
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("Shift+ArrowUp")
    assert tab.evaluate("() => rflint.state.cell") == [6, 17]
    assert tab.url.endswith("#layer=stage%2F0%2Fconv1&cell=6%2C17")
    tab.locator("body").press("/")
    tab.keyboard.type("stage/2/ad")
    tab.keyboard.press("Enter")
    assert tab.locator("#layer-name").inner_text() == "stage/2/add"
    assert tab.locator('.box.chosen[data-key="n10"]').count() == 1


def test_it_opens_where_it_is_told_to(opened: Callable[..., Any]) -> None:
    page = page_of(linted(MISALIGNED), linted(BLOCKS, "blocks.yaml"))
    tab = opened(page, "#spec=blocks.yaml&layer=stage/1/conv2&cell=3,4")
    assert tab.locator("#layer-name").inner_text() == "stage/1/conv2"
    assert tab.evaluate("() => rflint.state.cell") == [3, 4]
    assert opened(page_of(linted(BLOCKS)), "#layer=stage").locator("#layer-name").inner_text() == "stage/2/add"
    assert opened(page).locator("h1").inner_text() == "All specs"


def test_hover_shows_and_leaving_goes_back(opened: Callable[..., Any]) -> None:
    tab = opened(page_of(linted(BLOCKS)))
    tab.locator('[data-key="n1"]').hover()
    assert tab.locator("#layer-name").inner_text() == "stem"
    assert tab.evaluate("() => rflint.state.node.name") == "head"
    tab.mouse.move(2, 2)
    assert tab.locator("#layer-name").inner_text() == "head"
    tab.locator("#map canvas").hover(position={"x": 3, "y": 3})
    assert "y -13 … 13" in tab.locator("#numbers").inner_text()


def test_both_paths_of_a_misalignment(opened: Callable[..., Any]) -> None:
    tab = opened(page_of(linted(MISALIGNED)))
    assert tab.locator("#layer-name").inner_text() == "add"
    sides = tab.locator("#pairs .side")
    assert sides.count() == 2
    assert "stride 2, centre of cell 8 along y: 16" in sides.nth(0).inner_text()
    assert "stride 4, centre of cell 8 along y: 32" in sides.nth(1).inner_text()
    assert sides.nth(0).locator("canvas").get_attribute("aria-label").endswith("y 14 … 18, x 14 … 18")
    assert sides.nth(1).locator("canvas").get_attribute("aria-label").endswith("y 31 … 33, x 31 … 33")
    tab.get_by_label("y", exact=True).fill("0")
    assert "centre of cell 0 along y: 0" in tab.locator("#pairs .side").nth(0).inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing(opened: Callable[..., Any], scheme: str, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="accessibility: pip install axe-playwright-python")
    page = page_of(linted(MISALIGNED), linted(BLOCKS, "blocks.yaml"))
    for fragment in ("#spec=net.yaml", "#spec=blocks.yaml", ""):
        tab = opened(page, fragment, bypass_csp=True, color_scheme=scheme, viewport={"width": width, "height": 900})
        found = axe.Axe().run(tab).response["violations"]
        assert not found, [(each["id"], [node["html"] for node in each["nodes"]][:3]) for each in found]
        assert tab.evaluate("() => document.documentElement.scrollWidth") <= width


def test_an_image_of_the_user(opened: Callable[..., Any]) -> None:
    tab = opened(page_of(linted(BLOCKS)), "#layer=stem")
    colour = "() => [...document.querySelector('#region canvas').getContext('2d').getImageData(60, 60, 1, 1).data]"
    before = tab.evaluate(colour)
    red = b'<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="8" fill="#ff0000"/></svg>'
    tab.get_by_role("button", name="Whole input").click()
    tab.locator("#image").set_input_files({"name": "red.svg", "mimeType": "image/svg+xml", "buffer": red})
    tab.wait_for_function("() => rflint.state.image !== null")
    after = tab.evaluate(colour)
    assert before != after
    assert after[:3] == [255, 0, 0]
    assert not [url for url in tab.asked if re.match("https?:", url)]


PAPER = Path(__file__).parent / "data" / "paper"
#: Of the maps of a figure that are marked, by row from the top: how many cells, those of padding apart.
MARKED = """() => {
  const rows = new Map();
  for (const each of document.querySelectorAll('.figure .cell.seen')) {
    const key = each.getAttribute('y');
    const row = rows.get(key) ?? [0, 0];
    row[each.classList.contains('outside') ? 1 : 0] += 1;
    rows.set(key, row);
  }
  return [...rows].sort((one, other) => one[0] - other[0]).map((each) => each[1]);
}"""


def test_the_figures_of_the_paper(opened: Callable[..., Any]) -> None:
    """What its text says of them: the regions of f2 in f1 and f0, and how many samples features of the misaligned network use."""
    tab = opened(page_of(linted((PAPER / "single_path.yaml").read_text("utf-8"))), "#cell=0&layer=f2")
    assert tab.evaluate(MARKED) == [[1, 0], [2, 0], [5, 1]]
    assert "x -1 … 4" in tab.locator("#numbers").inner_text()

    tab = opened(page_of(linted((PAPER / "misaligned.yaml").read_text("utf-8"))), "#layer=sum&cell=1")
    # sum; right2; left and right1 side by side; the signal, of which the second feature uses 6 samples.
    assert tab.evaluate(MARKED) == [[1, 0], [1, 0], [4, 0], [6, 0]]
    tab.locator(".figure .cell.top").nth(2).hover()
    assert tab.evaluate(MARKED) == [[1, 0], [1, 0], [4, 0], [5, 0]]
    assert tab.locator(".figure .flow.lit").count() == 2 + 3 + 5 + 3 * 3
    tab.mouse.move(2, 2)
    assert tab.evaluate(MARKED)[-1] == [6, 0]
    tab.locator(".figure .cell.top").nth(3).click()
    assert tab.evaluate("() => rflint.state.cell") == [3]

    tab = opened(page_of(linted((PAPER / "aligned.yaml").read_text("utf-8"))), "#layer=sum&cell=0")
    assert tab.evaluate(MARKED) == [[1, 0], [1, 0], [2, 0], [2, 1]]


def test_every_case_of_the_rules_opens(opened: Callable[..., Any]) -> None:
    """Broken specs, unknown ops, open sizes, one axis to three: whatever rules have cases for can be looked at, one after the other."""
    cases = sorted((Path(__file__).parent / "cases").glob("RF*/*.yaml"))[::4]
    specs = [linted(path.read_text("utf-8"), path.name) for path in cases]
    tab = opened(page_of(*specs), "#spec=none")
    for number, spec in enumerate(specs):
        tab.evaluate(
            """async (number) => {
              await rflint.open(number);
              const { spec } = rflint.state;
              for (const node of spec.layers.length ? [spec.nodes[0], ...spec.nodes.slice(-2)] : []) {
                rflint.choose(node.id, { cell: spec.axes.map(() => 0) });
              }
            }""",
            number,
        )
        assert not tab.wrong, spec.path


def test_what_is_not_known_is_not_called_nothing(opened: Callable[..., Any]) -> None:
    layers = "  - {name: c, op: conv, kernel: 3, stride: 2, padding: same}\n  - {name: odd, op: deform}\n"
    tab = opened(page_of(linted(f"rflint: 1\ninputs: {{image: {{size: null}}}}\nlayers:\n{layers}")), "#layer=c")
    assert "nothing" not in tab.locator("#numbers").inner_text()
    assert tab.locator("#region-note").inner_text() == "No region to draw: depends on the input size; rflint report --size 640 fixes one."
    tab.get_by_role("row", name="odd").get_by_role("button").click()
    assert tab.locator("#region-note").inner_text() == "No region to draw: depends on an operation that is not known."
    # A transposed convolution with fewer taps than its stride does leave cells that see nothing.
    sparse = "rflint: 1\naxes: [t]\ninputs: {i: {size: 9}}\nlayers:\n  - {name: up, op: conv_transpose, kernel: 2, stride: 3}\n"
    tab = opened(page_of(linted(sparse)), "#layer=up&cell=2")
    assert tab.locator("#region-note").inner_text() == "This cell sees nothing: all that it reads is padding or empty."
    assert "t nothing" in tab.locator("#numbers").inner_text()
