"""Fuzz one target: `python tests/fuzzing/run.py --target linter --engine mutate --seconds 60`.

Two engines draw the cases: `mutate`, which knows what specs look like (`mutator.py`), and `atheris`, which is guided by
coverage (`pip install atheris`; it may use the mutator, too).  Each case has a limit of CPU seconds and of memory.  What fails
is made smaller, saved once per kind of failure, and the run goes on.  Every few seconds, and at the end, one JSON line
tells the totals of this run so far.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import mmap
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: CPU seconds of one case, past which it is a finding; and past which it is stopped.
SLOW: Final = 2.0
STOPPED: Final = 6.0
#: Targets that do the work of several cases in one.
PATIENCE: Final = {"fixes": 10.0}
#: MiB by which one case may raise the peak of the process.
MEMORY: Final = 200
#: Seconds between two lines of totals.
PAUSE: Final = 15.0
#: CPU seconds spent on making one failing input smaller.
SHRINKING: Final = 20.0


class TooSlow(BaseException):
    """The case was stopped; no `except Exception` on the way may swallow that."""


class Heavy(Exception):
    """The case took more memory than it may."""


class Slow(Exception):
    """The case took longer than it may."""


def main() -> None:
    """Read the command line and fuzz."""
    options = _arguments()
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    options.crashes.mkdir(parents=True, exist_ok=True)
    options.crashes = options.crashes.resolve()
    if options.corpus:
        options.corpus.mkdir(parents=True, exist_ok=True)
        options.corpus = options.corpus.resolve()
    sys.setrecursionlimit(1_000)
    if options.engine == "atheris":
        import atheris

        with atheris.instrument_imports(include=["rflint"]):
            from fuzzing import targets

            import_everything()
    else:
        from fuzzing import targets
    from fuzzing.mutator import Mutator
    from fuzzing.seeds import seeds

    start = seeds(options.target)
    mutator = Mutator(start, random.Random(options.seed), trees=options.target in {"expander", "linter", "fixes", "editors", "baselines"})
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        targets.scratch(Path(folder))
        _limit_memory()
        session = Session(options, targets.TARGETS[options.target])
        with session:
            if options.engine == "atheris":
                _run_atheris(options, session, mutator, start)
            else:
                _run_mutations(options, session, mutator, start)


def import_everything() -> None:
    """Import what rflint imports late, so that it is instrumented, too."""
    import importlib
    import pkgutil

    import rflint

    for module in pkgutil.walk_packages(rflint.__path__, "rflint."):
        if module.name != "rflint.__main__" and "specs" not in module.name:
            with contextlib.suppress(ImportError):
                importlib.import_module(module.name)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", choices=("atheris", "mutate"), default="mutate")
    parser.add_argument("--target", required=True)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--corpus", type=Path, help="folder of inputs that atheris found interesting; kept and used again")
    parser.add_argument("--crashes", type=Path, default=Path(tempfile.gettempdir()) / "rflint-fuzz", help="folder for inputs that fail")
    parser.add_argument("files", nargs="*", type=Path, help="run the target on these inputs only")
    options = parser.parse_args()
    options.files = [path.resolve() for path in options.files]
    return options


def _limit_memory() -> None:
    """Let the process have two GiB more than it has: a memory bomb then raises MemoryError instead of taking the machine."""
    pages = int(Path("/proc/self/statm").read_text().split()[0]) if Path("/proc/self/statm").exists() else 0
    limit = pages * mmap.PAGESIZE + (2 << 30)
    resource.setrlimit(resource.RLIMIT_AS, (limit, resource.getrlimit(resource.RLIMIT_AS)[1]))


class Session:
    """Runs cases, keeps count, and saves what fails."""

    def __init__(self, options: argparse.Namespace, target: Callable[[bytes], None]) -> None:
        self._options = options
        self._target = target
        self._patience = PATIENCE.get(options.target, 1.0)
        self.cases = 0
        self._failures: dict[str, str] = {}
        self._slowest = 0.0
        self._began = self._told = time.monotonic()
        self._peak = _peak()
        # A case that kills the process stands in this file afterwards.
        self._file = options.crashes / f"current-{options.engine}-{options.target}"
        self._shared: mmap.mmap | None = None

    def __enter__(self) -> Session:
        signal.signal(signal.SIGPROF, _stop)
        self._file.write_bytes(bytes(1 << 17))
        with self._file.open("r+b") as stream:
            self._shared = mmap.mmap(stream.fileno(), 0)
        return self

    def __exit__(self, *_: object) -> None:
        self._file.unlink(missing_ok=True)
        self._tell(done=True)

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return time.monotonic() - self._began

    def run(self, data: bytes) -> None:
        """Run one case."""
        assert self._shared is not None
        self._shared[:8] = len(data).to_bytes(8, "big")
        self._shared[8 : 8 + len(data[:100_000])] = data[:100_000]
        self.cases += 1
        failure = self._attempt(data)
        if failure is not None:
            self._keep(data, failure)
        if self.cases % 64 == 0 and time.monotonic() - self._told > PAUSE:
            self._tell()

    def _attempt(self, data: bytes) -> BaseException | None:
        """Run the target; return what is wrong."""
        began = time.thread_time()
        signal.setitimer(signal.ITIMER_PROF, STOPPED * self._patience)
        try:
            self._target(data)
        except (Exception, TooSlow) as error:
            return error
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            taken = time.thread_time() - began
            self._slowest = max(self._slowest, taken)
        if taken > SLOW * self._patience:
            return Slow(f"{taken:.1f} s")
        peak = _peak()
        if peak > self._peak:
            grown, self._peak = peak - self._peak, peak
            if grown > MEMORY:
                return Heavy(f"{grown} MiB")
        return None

    def _keep(self, data: bytes, failure: BaseException) -> None:
        """Save an input that fails in a new way, as small as it can quickly be made."""
        kind = _kind(failure)
        if kind in self._failures:
            return
        name = f"{self._options.target}-{hashlib.sha256(kind.encode()).hexdigest()[:10]}"
        self._failures[kind] = name
        path = self._options.crashes / f"{name}.input"
        known = path.exists()
        trace = "".join(traceback.format_exception(failure))
        if not known:
            path.write_bytes(data)
            path.with_suffix(".txt").write_text(f"{kind}\n\n{trace}", encoding="utf-8", errors="backslashreplace")
        self._say({"event": "failure", "kind": kind, "file": path.name, "known": known})
        if not known and not isinstance(failure, Heavy):
            path.write_bytes(shrink(data, lambda smaller: _same(self._attempt(smaller), kind), SHRINKING))

    def _tell(self, *, done: bool = False) -> None:
        self._told = time.monotonic()
        seconds = self.seconds
        self._say(
            {
                "event": "done" if done else "running",
                "cases": self.cases,
                "seconds": round(seconds, 1),
                "cases_per_second": round(self.cases / seconds),
                "failures": len(self._failures),
                "slowest": round(self._slowest, 2),
                "peak_mib": _peak(),
            }
        )

    def _say(self, what: dict[str, Any]) -> None:
        about = {"engine": self._options.engine, "target": self._options.target, "seed": self._options.seed, "process": os.getpid()}
        print(json.dumps({**about, **what}), flush=True)


def shrink(data: bytes, fails: Callable[[bytes], bool], seconds: float) -> bytes:
    """A smaller input that still fails: without lines, then without stretches of bytes."""
    end = time.monotonic() + seconds
    for pieces in (data.splitlines(keepends=True), [data[at : at + 1] for at in range(len(data))]):
        kept = [piece for piece in pieces if piece] if b"".join(pieces) == data else [data]
        size = max(1, len(kept) // 2)
        while size and time.monotonic() < end:
            at = 0
            while at < len(kept) and time.monotonic() < end:
                shorter = kept[:at] + kept[at + size :]
                if fails(b"".join(shorter)):
                    kept = shorter
                else:
                    at += size
            size //= 2
        data = b"".join(kept)
    return data


def _stop(*_: object) -> None:
    raise TooSlow


def _peak() -> int:
    """Peak memory of this process in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _kind(failure: BaseException) -> str:
    """What failures have in common that are one bug: the exception and the innermost place in rflint."""
    frames = [frame for frame in traceback.extract_tb(failure.__traceback__) if "rflint" in Path(frame.filename).parts]
    if isinstance(failure, (Slow, Heavy)):
        return type(failure).__name__
    if isinstance(failure, AssertionError) or not frames:
        last = traceback.extract_tb(failure.__traceback__)[-1]
        return f"{type(failure).__name__} {Path(last.filename).name}:{last.name}:{last.line}"
    where = frames[0] if isinstance(failure, (TooSlow, RecursionError)) else frames[-1]
    return f"{type(failure).__name__} {Path(where.filename).name}:{where.name}"


def _same(failure: BaseException | None, kind: str) -> bool:
    return failure is not None and _kind(failure) == kind


def _run_mutations(options: argparse.Namespace, session: Session, mutator: Any, start: list[bytes]) -> None:
    for data in _inputs(options, start):
        session.run(data)
    while not options.files and session.seconds < options.seconds:
        session.run(mutator.draw())


def _inputs(options: argparse.Namespace, start: list[bytes]) -> Iterator[bytes]:
    yield from (path.read_bytes() for path in options.files) if options.files else start


def _run_atheris(options: argparse.Namespace, session: Session, mutator: Any, start: list[bytes]) -> None:
    import atheris

    corpus = options.corpus or Path("corpus")
    corpus.mkdir(exist_ok=True)
    for data in start:
        (corpus / hashlib.sha1(data, usedforsecurity=False).hexdigest()).write_bytes(data)
    generator = random.Random(options.seed)

    def run(data: bytes) -> None:
        session.run(data)
        if session.seconds > options.seconds:
            session.__exit__()
            shutil.rmtree(Path.cwd())  # libFuzzer never returns
            os._exit(0)

    def mutate(data: bytes, max_size: int, seed: int) -> bytes:
        if generator.random() < 0.5:
            return atheris.Mutate(data, max_size)
        return mutator.change(data)[:max_size]

    arguments = [
        sys.argv[0],
        f"-seed={options.seed + 1}",
        "-rss_limit_mb=0",
        "-timeout=300",
        "-max_len=4096",
        "-len_control=0",
        "-verbosity=0",
    ]
    atheris.Setup([*arguments, str(corpus)], run, custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
