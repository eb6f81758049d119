"""Linting file after file, in this process or in several; either way the outcomes come in the order of the files."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast

from rflint.cli.commands import Arguments
from rflint.cli.options import settings_of
from rflint.cli.printing import bug_report
from rflint.engine import Analysis
from rflint.model import EMPTY, Diagnostic, Span, SpecReport, UsageError
from rflint.pipeline import lint_bytes, lint_loaded, load
from rflint.project import Settings, files, recognition
from rflint.verdict import OptionError, Options, SizeOverride, severities
from rflint.words import error_text, safe

if TYPE_CHECKING:
    from rflint.project import baselines


class Task(NamedTuple):
    """What is to be done with each file."""

    sizes: tuple[SizeOverride, ...] = ()
    layers: bool = False
    geometry: bool = False
    no_ignores: bool = False
    debug: bool = False
    #: Suppress what baselines know.
    baselines: bool = True
    #: Read baselines with a conflict that git left.
    merging: bool = False
    #: Mend the spec; with `unsafe`, also by edits that change the network.
    fix: bool = False
    unsafe: bool = False
    #: Keep what a report rests on.
    keep: bool = False


class Outcome(NamedTuple):
    """What became of one file."""

    file: files.SpecFile
    #: None where a folder search came upon something else than a spec.
    spec: SpecReport | None
    #: Lines for the person, beside the report.
    complaint: str = ""
    #: As it was read, and as it should be; None: unchanged.
    before: bytes = b""
    mended: bytes | None = None
    #: How many findings of each rule were mended.
    fixed: Mapping[str, int] = EMPTY
    #: A folder search came upon what was probably meant as a spec, and cannot be known as one.
    mistaken: bool = False
    #: Whether it could be opened, and a model read.
    opened: bool = True
    #: What the report rests on, and the severities of all rules, by code, where they are to be kept.
    analysis: Analysis | None = None
    rules: Mapping[str, str] = EMPTY


class Worker:
    """Lints files; keeps the settings and baselines that it has met."""

    def __init__(self, task: Task, settings: Settings, stdin: BinaryIO, fetch: Callable[[str], None] | None = None) -> None:
        """`fetch` is told the path of each file beside a spec before that is opened."""
        self._fetch = fetch
        self._settings = settings
        self._task = task
        self._stdin = stdin
        self._baselines: baselines.Baselines | None = None

    def outcome(self, file: files.SpecFile) -> Outcome:
        """Report on one file.

        Raises UsageError where configuration or baseline are broken, or `--size` does not fit.
        """
        task = self._task
        place = self._settings.of(file.folder)
        options = self._fetching(
            place.options(file, Options(sizes=task.sizes, layers=task.layers, geometry=task.geometry, no_ignores=task.no_ignores))
        )
        if file.named and not file.path.endswith(files.SUFFIXES) and (found := self._of_model(file, options)) is not None:
            return found
        try:
            data = files.read(file, self._stdin, options.limits.file_size)
        except OSError as error:
            return Outcome(file, unreadable(file.display, files.why_unreadable(error)), opened=False)
        if not file.named and not recognition.is_spec(data):
            return Outcome(file, None, mistaken=recognition.is_nearly_spec(data))
        if file.named and not recognition.is_spec(data) and (found := self._of_model(file, options)) is not None:
            return found
        try:
            if task.fix:
                return self._mended(file, data, options, place.config.baseline)
            if task.keep:
                return self._kept(file, data, options, place.config.baseline)
            return Outcome(file, self._lint(data, file.display, options, place.config.baseline))
        except OptionError as error:
            raise UsageError(f"{file.display}: --size: {error}") from None
        except UsageError:
            raise
        except Exception as error:
            return self._failed(file, error, data)

    def _of_model(self, file: files.SpecFile, options: Options) -> Outcome | None:
        """Report on a model; None for what is none.  Raises UsageError for `--fix`, and where a package is missing."""
        from rflint.importing import ImportFailure, of_model  # noqa: PLC0415 - start-up
        from rflint.project import models  # noqa: PLC0415 - start-up

        if (found := models.format_at(file)) is None:
            return None
        if self._task.fix:
            raise UsageError(f"`{file.display}` is a model, which --fix and --diff cannot edit: `rflint import` makes a spec of it")
        try:
            spec = models.convert(file, found, models.wishes_of(options.sizes))
            told = "".join(f"rflint: {safe(f'{file.display}: {line}')}\n" for line in (spec.summary, *spec.notes))
            if self._task.keep:
                kept = self._kept(file, spec.text.encode(), options, None)
                return kept._replace(spec=of_model(cast("SpecReport", kept.spec)), complaint=told)
            return Outcome(file, of_model(lint_bytes(spec.text.encode(), file.display, options)), told)
        except OSError as error:
            return Outcome(file, unreadable(file.display, files.why_unreadable(error)), opened=False)
        except ImportFailure as failure:
            return Outcome(file, of_model(unreadable(file.display, str(failure))), opened=False)
        except OptionError as error:
            raise UsageError(f"{file.display}: --size: {error}") from None
        except UsageError:
            raise
        except Exception as error:
            return self._failed(file, error, b"")

    def _failed(self, file: files.SpecFile, error: Exception, data: bytes) -> Outcome:
        """Tell of a bug in rflint."""
        empty = unreadable(file.display, "")
        spec = empty._replace(findings=(), internal_error=f"{type(error).__name__}: {error_text(error)}")
        return Outcome(file, spec, bug_report(error, f"{file.display}: ", debug=self._task.debug), data)

    def _fetching(self, options: Options) -> Options:
        fetch, opener = self._fetch, options.open_import
        if fetch is None:
            return options

        def open_import(importing: str, name: str) -> files.Opened:
            fetch(files.beside(importing, name))
            return opener(importing, name)

        return options._replace(open_import=open_import)

    def _kept(self, file: files.SpecFile, data: bytes, options: Options, baseline: str | None) -> Outcome:
        """Lint a spec, and keep what its report rests on."""
        loaded = load(data, file.display, options)
        spec, analysis = lint_loaded(loaded, options)
        rules = severities(loaded.graph, options)
        by_code = {entry.code: rules.of(entry.code) or "off" for entry in options.vocabulary.entries}
        return Outcome(file, self._marked(spec, baseline), analysis=analysis, rules=by_code)

    def _lint(self, data: bytes, path: str, options: Options, baseline: str | None) -> SpecReport:
        return self._marked(lint_bytes(data, path, options), baseline)

    def _marked(self, spec: SpecReport, baseline: str | None) -> SpecReport:
        """Mark what the baseline knows."""
        if baseline is None or not self._task.baselines:
            return spec
        if self._fetch is not None:
            self._fetch(baseline)
        if self._baselines is None:
            from rflint.project import baselines  # noqa: PLC0415 - start-up

            self._baselines = baselines.Baselines(merging=self._task.merging)
        return self._baselines.mark(spec, baseline)

    def _mended(self, file: files.SpecFile, data: bytes, options: Options, baseline: str | None) -> Outcome:
        from rflint.fixing.mending import mend  # noqa: PLC0415 - start-up

        def lint(data: bytes, path: str, options: Options) -> SpecReport:
            return self._lint(data, path, options, baseline)

        mended = mend(data, file.display, options, unsafe=self._task.unsafe, lint=lint)
        return Outcome(file, mended.report, "", data, mended.data if mended.data != data else None, mended.fixed)


def outcomes(
    found: Sequence[files.SpecFile], arguments: Arguments, task: Task, settings: Settings, stdin: BinaryIO, jobs: int
) -> Iterator[Outcome]:
    """Lint files one after another, or in `jobs` processes.

    Raises UsageError as `Worker.outcome` does, and where the system ends a process (for the memory it takes).
    """
    jobs = min(jobs, len(found))
    if jobs <= 1:
        worker = Worker(task, settings, stdin)
        yield from map(worker.outcome, found)
        return
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 - start-up
    from concurrent.futures.process import BrokenProcessPool  # noqa: PLC0415 - start-up
    from multiprocessing import active_children  # noqa: PLC0415 - start-up

    piped = [file for file in found if file.path == files.STDIN]
    held = stdin.read(settings.of(piped[0].folder).options(piped[0], Options()).limits.file_size + 1) if piped else b""
    others = active_children()
    pool = ProcessPoolExecutor(jobs, initializer=_begin, initargs=(arguments, task, held))
    try:
        yield from pool.map(_in_process, found, chunksize=max(1, min(16, len(found) // (4 * jobs))))
    except BrokenProcessPool:
        raise UsageError("the system ended one of the processes, for want of memory perhaps: use fewer --jobs") from None
    finally:
        # What is under way when a run is given up is of no use: waiting for it would make Ctrl-C slow.
        pool.shutdown(wait=False, cancel_futures=True)
        for process in set(active_children()).difference(others):
            process.terminate()


#: The worker of a process of the pool.
_worker: list[Worker] = []


def _begin(arguments: Arguments, task: Task, stdin: bytes) -> None:
    import signal  # noqa: PLC0415 - start-up
    from threading import Thread  # noqa: PLC0415 - start-up

    # Ctrl-C goes to all processes.  Half a message to the first one would leave it waiting for the rest: it ends them itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    _worker[:] = [Worker(task, settings_of(arguments), io.BytesIO(stdin))]


def _end_with_parent() -> None:
    """End this process when the first one does, however that ended: nobody else would, and it may hold a pipe open."""
    import os  # noqa: PLC0415 - start-up
    from multiprocessing import parent_process  # noqa: PLC0415 - start-up

    if (parent := parent_process()) is not None:
        parent.join()
        os._exit(1)


def _in_process(file: files.SpecFile) -> Outcome:
    return _worker[0].outcome(file)


def unreadable(path: str, why: str) -> SpecReport:
    """Report on a file that could not be opened: RF001, like everything else that keeps a spec from being checked."""
    finding = Diagnostic(
        code="RF001",
        name="yaml-error",
        severity="error",
        message=f"`{path}` {why}",
        path=path,
        span=Span(1, 1, 1, 1),
        fingerprint=f"RF001:{path}",
    )
    name = path.rpartition("/")[2].rpartition(".")[0] or path
    return SpecReport(path, name, (), (), (), (), (), (finding,), files=(path,))
