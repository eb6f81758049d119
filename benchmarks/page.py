"""How quick the page of `rflint report --format html` is, in an installed Chromium: python benchmarks/page.py [SPEC]

What is told is the CPU time of the main thread, so that other work on the machine does not count: from the event of the pointer to the
frame that shows the region.  Needs `pip install playwright`.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from rflint import __version__
from rflint.formatters import render
from rflint.formatters.levels import drawing
from rflint.model import Report, summarize
from rflint.pipeline import lint_bytes
from rflint.rules import ENTRIES
from rflint.verdict import Options
from rflint.words import Style

#: 1,000 layers: 199 residual units in four stages.
THOUSAND = """\
rflint: 1
name: thousand
inputs: {image: {size: 512, channels: 3}}
blocks:
  unit:
    params: {stride: 1}
    layers:
      - {name: c1, op: conv, kernel: 1}
      - {name: c2, op: conv, kernel: 3, padding: 1, stride: "${stride}"}
      - {name: c3, op: conv, kernel: 1}
      - {name: short, op: conv, kernel: 1, stride: "${stride}", from: input}
      - {name: add, op: add, from: [c3, short]}
layers:
  - {name: stem, op: conv, kernel: 7, stride: 2, padding: 3}
  - {name: s1, use: unit, repeat: 60}
  - {name: d2, use: unit, with: {stride: 2}}
  - {name: s2, use: unit, repeat: 80}
  - {name: d3, use: unit, with: {stride: 2}}
  - {name: s3, use: unit, repeat: 57}
  - {name: head, op: conv, kernel: 3, padding: 1}
"""
_FRAME = "await new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"
_HOVER = f"""async (number) => {{
  const boxes = [...document.querySelectorAll('.box')].filter((each) => !each.classList.contains('open'));
  boxes[number].querySelector('rect').dispatchEvent(new MouseEvent('mouseover', {{ bubbles: true }}));
  {_FRAME};
}}"""


def main(paths: list[str]) -> None:
    text = Path(paths[0]).read_text("utf-8") if paths else THOUSAND
    spec = lint_bytes(text.encode(), paths[0] if paths else "thousand.yaml", Options(layers=True, geometry=True))
    started = time.process_time()
    drawing(spec)
    print(f"{len(spec.layers)} layers; where boxes stand: {time.process_time() - started:.3f} CPU-s")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as running:
        file = Path(folder) / "page.html"
        file.write_text(render("html", Report(__version__, (spec,), summarize((spec,)), ENTRIES), Style()), "utf-8")
        print(f"the file: {file.stat().st_size / 1000:.0f} kB")
        browser = running.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for unfolded in (False, True):
            _measure(browser, file.as_uri(), unfolded=unfolded)
        browser.close()


def _measure(browser: Any, address: str, *, unfolded: bool) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    tab = context.new_page()
    session = context.new_cdp_session(tab)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def spent() -> float:
        return next(each["value"] for each in session.send("Performance.getMetrics")["metrics"] if each["name"] == "TaskDuration")

    tab.goto(address)
    tab.wait_for_function("() => document.documentElement.dataset.ready !== undefined")
    print(f"opening: {spent():.2f} CPU-s")
    if unfolded:
        tab.evaluate(f"async () => {{ document.getElementById('open-all').click(); {_FRAME}; }}")
    boxes = tab.evaluate("() => [...document.querySelectorAll('.box')].filter((each) => !each.classList.contains('open')).length")
    times = []
    for number in range(0, boxes, max(boxes // 100, 1)):
        before = spent()
        tab.evaluate(_HOVER, number)
        times.append(1000 * (spent() - before))
    times.sort()
    told = f"half within {times[len(times) // 2]:.0f}, 95% within {times[int(len(times) * 0.95)]:.0f} CPU-ms"
    print(f"{boxes} boxes, {'unfolded' if unfolded else 'folded'}; from pointer to picture: {told}")
    context.close()


if __name__ == "__main__":
    main(sys.argv[1:])
