"""How long a case that must end soon may take in a test.

What is promised is two seconds on an idle machine, and what each hostile case takes is printed by `benchmarks/run.py
hostile`.  A test stops at a multiple that no machine's mood reaches, and that work of the wrong order still does.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: CPU seconds.
SECONDS = 10.0


@contextmanager
def soon() -> Iterator[None]:
    """Fail if what is done inside took more CPU time than that."""
    started = time.process_time()
    yield
    assert time.process_time() - started < SECONDS
