"""Running the command line in this process, for its tests: a few specs, and what a run answers."""

from __future__ import annotations

import io
import signal
from typing import NamedTuple

import pytest

from rflint.cli.dispatch import run
from rflint.cli.streams import Streams

CLEAN = """\
rflint: 1
name: clean
inputs: {image: {size: [33, 33], channels: 3}}
layers:
  - {name: conv1, op: conv, kernel: 3, channels: 8}
"""
MISALIGNED = """\
rflint: 1
name: misaligned
inputs: {image: {size: [33, 33], channels: 3}}
layers:
  - {name: a, op: conv, kernel: 5, stride: 2, padding: 2, channels: 8, from: image}
  - {name: b, op: conv, kernel: 3, stride: 4, padding: 1, channels: 8, from: image}
  - {name: add, op: add, from: [a, b]}
"""
#: One info, no warning: the shift of `same` at stride 2 on an even size.
INFO = """\
rflint: 1
name: info
inputs: {image: {size: [32, 32], channels: 3}}
layers:
  - {name: conv1, op: conv, kernel: 3, stride: 2, padding: 1, channels: 8}
"""


class Outcome(NamedTuple):
    code: int
    out: str
    err: str


def rflint(*argv: str, stdin: bytes = b"", env: dict[str, str] | None = None) -> Outcome:
    streams = Streams(io.BytesIO(stdin), io.StringIO(), io.StringIO(), env or {})
    code = run(argv, streams)
    return Outcome(code, streams.stdout.getvalue(), streams.stderr.getvalue())  # type: ignore[attr-defined]


#: A suite that was started with `nohup … &`, or by a shell script with `&`, hands an ignored SIGINT on to all that it starts.
takes_interrupts = pytest.mark.skipif(signal.getsignal(signal.SIGINT) is signal.SIG_IGN, reason="this suite was started to ignore SIGINT")
