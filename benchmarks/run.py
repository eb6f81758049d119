"""Whole-process and in-process timings against public yardsticks, as ratios measured in one run.

    python benchmarks/run.py [--runs 9] [NAME …]

Needs yamllint, and check-jsonschema for its row, in the environment (`pip install -e .[dev]`).  Nothing here is a test:
machines differ, ratios in one run are what counts.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from rflint.pipeline import lint_bytes, load
from rflint.verdict import Options

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
#: Compiled modules may be kept, as they are in any installation.
ENVIRONMENT = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}

SMALL = """\
rflint: 1
name: tiny-net
inputs:
  image: {size: [224, 224], channels: 3}
layers:
  - {name: conv1, op: conv, kernel: 7, stride: 2, padding: 3, channels: 64}
  - {name: pool1, op: max_pool, kernel: 3, stride: 2, padding: 1}
  - {name: conv2, op: conv, kernel: 3, padding: 1, channels: 64}
  - {name: conv3, op: conv, kernel: 3, padding: 1, channels: 64}
  - {name: add1, op: add, from: [conv3, pool1]}
"""


def pair(name: str, one: list[str], other: list[str], runs: int, goal: str) -> None:
    """Median wall times of two commands run in turn, and their ratio."""
    times: tuple[list[float], list[float]] = ([], [])
    for turn in range(runs + 1):
        for place, command in enumerate((one, other)):
            start = time.perf_counter()
            subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
            if turn:
                times[place].append(time.perf_counter() - start)
    show(name, statistics.median(times[0]), statistics.median(times[1]), goal)


def show(name: str, one: float, other: float, goal: str) -> None:
    """One row."""
    print(f"{name:<58} {one * 1000:9.1f} ms  {other * 1000:9.1f} ms  {one / other:6.2f} x   {goal}", flush=True)


def timed(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def flat(layers: int) -> str:
    """A spec of many plain layers."""
    rows = (f"- {{name: conv_{index}, op: conv, kernel: 3, padding: 1, channels: 64}}" for index in range(layers))
    return "rflint: 1\nname: flat\ninputs: {image: {size: 224, channels: 64}}\nlayers:\n" + "\n".join(rows) + "\n"


def flattened(path: Path) -> str:
    """An expanded spec written out layer by layer."""

    graph = load(path.read_bytes(), path.name, Options()).graph
    assert graph is not None
    document = {
        "rflint": 1,
        "name": "flat",
        "inputs": {item.name: {"size": list(item.size), "channels": item.channels} for item in graph.inputs},
        "layers": [
            {"name": layer.name, "op": layer.op, "from": [graph.node_name(source) for source in layer.sources], **layer.fields}
            for layer in graph.layers
        ],
    }
    return yaml.safe_dump(document, sort_keys=False)


def start_up(runs: int, folder: Path) -> None:
    """Whole processes on small work."""
    small = folder / "small.yaml"
    small.write_text(SMALL)
    rflint, yamllint = str(BIN / "rflint"), str(BIN / "yamllint")
    pair("rflint --version / yamllint --version", [rflint, "--version"], [yamllint, "--version"], runs, "<= 1.0")
    pair("rflint check small / yamllint small", [rflint, "check", str(small)], [yamllint, str(small)], runs, "<= 1.5")
    peer = shutil.which("check-jsonschema", path=str(BIN))
    if peer:
        schema = str(ROOT / "schemas" / "rflint-spec.v1.schema.json")
        pair(
            "rflint check small / check-jsonschema small",
            [rflint, "check", str(small)],
            [peer, "--schemafile", schema, str(small)],
            runs,
            "<= 0.6",
        )
    many = folder / "many"
    many.mkdir()
    for index in range(200):
        (many / f"net_{index}.yaml").write_text(SMALL)
    pair("rflint check 200 small / yamllint 200 small", [rflint, "check", str(many)], [yamllint, str(many)], runs, "<= 1.5")
    pair("rflint check specs / rflint check small", [rflint, "check", str(ROOT / "specs")], [rflint, "check", str(small)], runs, "<= 8")


def large(runs: int, _folder: Path) -> None:
    """100,000 flat layers: read, analysed and linted, against parsing alone."""
    for layers in (25_000, 50_000, 100_000):
        text = flat(layers)
        ours = timed(partial(lint_bytes, text.encode(), "flat.yaml"))
        theirs = timed(partial(yaml.compose, text, yaml.CSafeLoader))
        show(f"lint of {layers:,} flat layers / C compose", ours, theirs, "<= 3")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of this process: {peak:.0f} MiB; runs: {runs}")


def analysis(runs: int, _folder: Path) -> None:
    """Analysing ResNet-200, and all sizes of a U-Net."""
    from rflint.engine.analysis import analyze

    path = ROOT / "specs" / "resnet_v1_200.yaml"
    text = flattened(path)
    graph = load(path.read_bytes(), path.name, Options()).graph
    assert graph is not None
    ours = statistics.median(timed(lambda: analyze(graph)) for _ in range(runs))
    theirs = statistics.median(timed(lambda: yaml.compose(text, yaml.CSafeLoader)) for _ in range(runs))
    show(f"analysis of ResNet-200 ({len(graph.layers)} layers) / C compose", ours, theirs, "<= 1")


UNET = """\
rflint: 1
name: unet
blocks:
  double:
    params: {width: null}
    layers:
      - {name: conv1, op: conv, kernel: 3, padding: same, channels: "${width}"}
      - {name: conv2, op: conv, kernel: 3, padding: same, channels: "${width}"}
layers:
"""


def unet(depth: int) -> str:
    """A U-Net with `depth` poolings, size open."""
    rows = [UNET]
    for level in range(depth):
        rows.append(f"  - {{name: enc{level}, use: double, with: {{width: {32 << level}}}}}\n")
        rows.append(f"  - {{name: pool{level}, op: max_pool, kernel: 2}}\n")
    rows.append(f"  - {{name: bottom, use: double, with: {{width: {32 << depth}}}}}\n")
    for level in reversed(range(depth)):
        rows.append(f"  - {{name: up{level}, op: conv_transpose, kernel: 2, stride: 2, channels: {32 << level}}}\n")
        rows.append(f"  - {{name: cat{level}, op: concat, from: [up{level}, enc{level}]}}\n")
        rows.append(f"  - {{name: dec{level}, use: double, with: {{width: {32 << level}}}}}\n")
    return "".join(rows)


def every_size(runs: int, folder: Path) -> None:
    """`rflint sizes` against `rflint check`, up to a total stride of 1024."""
    rflint = str(BIN / "rflint")
    for depth in (5, 10):
        path = folder / f"unet_{depth}.yaml"
        path.write_text(unet(depth))
        name = f"rflint sizes / rflint check, U-Net of depth {depth}"
        pair(name, [rflint, "sizes", str(path)], [rflint, "check", "--size", str(1 << 12), str(path)], runs, "<= 3" if depth == 5 else "")


def pictures(runs: int, _folder: Path) -> None:
    """Laying out a residual network of 1,244 boxes, as one level and in its blocks, CPU time against what a picture may take."""
    from rflint.drawing import Group, Node, grouped, lay_out

    names = [f"stem/{place}" for place in range(9)]
    edges = [(place, place + 1) for place in range(8)]
    for unit in range(65):
        start = len(names) - 1
        names += [f"stage{unit // 22}/{unit}/{place}" for place in range(19)]
        edges += [(place, place + 1) for place in range(start, len(names) - 1)]
        edges.append((start, len(names) - 1))

    def draw(*, blocks: bool) -> float:
        start = time.process_time()
        tree = grouped(names if blocks else [name.replace("/", "_") for name in names], edges)
        nodes = [Node(name, 90, 50, group) for name, group in zip(names, tree.group_of, strict=True)]
        lay_out(nodes, edges, [Group(*each) for each in zip(tree.names, tree.parents, strict=True)])
        return time.process_time() - start

    for blocks in (False, True):
        taken = statistics.median(draw(blocks=blocks) for _ in range(runs))
        show(f"layout of {len(names):,} boxes{' in blocks' if blocks else ''} / 0.2 s of CPU", taken, 0.2, "<= 1")


def hostile(_runs: int, _folder: Path) -> None:
    """The costliest of the tests' hostile cases, CPU time against the two seconds that are promised."""
    listing = subprocess.run(
        [sys.executable, "-c", "import hostile; print(*hostile.CASES)"], cwd=ROOT / "tests", check=True, capture_output=True, text=True
    )
    names = listing.stdout.split()
    worker = subprocess.run(
        [sys.executable, ROOT / "tests" / "hostile_worker.py"], input="\n".join(names), check=True, capture_output=True, text=True
    )
    answers = [json.loads(line)["seconds"] for line in worker.stdout.splitlines()]
    for seconds, name in sorted(zip(answers, names, strict=True), reverse=True)[:10]:
        show(f"hostile: {name} / 2 s of CPU", seconds, 2.0, "<= 1")


GROUPS = {"hostile": hostile, "sizes": every_size, "start-up": start_up, "large": large, "analysis": analysis, "pictures": pictures}


def main() -> None:
    """Run the groups that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"groups: {', '.join(GROUPS)}; default: all")
    parser.add_argument("--runs", type=int, default=9)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for name, group in GROUPS.items():
            if not arguments.names or name in arguments.names:
                group(arguments.runs, Path(folder))


if __name__ == "__main__":
    main()
