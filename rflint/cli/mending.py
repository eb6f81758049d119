"""Fixes on disk: writing what was mended, or showing what would be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rflint.cli.commands import FINDINGS, INTERNAL_ERROR
from rflint.cli.printing import deliver
from rflint.cli.streams import Streams
from rflint.cli.working import Outcome, Worker
from rflint.model import UsageError
from rflint.project import files, writing
from rflint.words import Style, counted, listing


def show(done: Sequence[Outcome], streams: Streams, style: Style, output: str | None) -> int:
    """Print what would change, as one patch, and return the exit code: FINDINGS where something would."""
    from rflint.fixing.mending import unified_diff  # noqa: PLC0415 - start-up

    changed = [each for each in done if each.mended is not None]
    base, names = files.patch_names([each.file for each in changed])
    patch = "".join(unified_diff(each.before, each.mended or b"", name, style) for each, name in zip(changed, names, strict=True))
    # What programs read holds the newlines of the files, and no others.
    deliver(patch if style.color else patch.encode(), output, streams)
    if not files.same(base, files.working_folder()):
        streams.say(f"the paths of this patch begin in `{base}`, which holds all of the files: apply it there")
    streams.say(_summary(changed, "would fix") if changed else "nothing to fix")
    if any(each.spec is not None and each.spec.internal_error is not None for each in done):
        return INTERNAL_ERROR
    return FINDINGS if changed else 0


def write(done: Sequence[Outcome], worker: Worker, streams: Streams) -> list[Outcome]:
    """Write the mended files, and report anew on specs that import one of them.

    A file that changed since it was read is left alone.  Raises UsageError after all others are written where one
    cannot be.
    """
    changed: list[Outcome] = []
    failures: list[str] = []
    for each in done:
        if each.file.path == files.STDIN:
            # What is too large to be linted was not read to its end.
            streams.put((each.before if each.mended is None else each.mended) + streams.stdin.read())
        elif each.mended is not None:
            if files.leads_out(each.file.path):
                failures.append(f"`{each.file.display}` leads out of the repository; what it leads to is left as it is")
                continue
            try:
                if files.read_bytes(each.file.path) != each.before:
                    failures.append(f"`{each.file.display}` changed while it was mended; it is left as it is")
                    continue
                writing.write_bytes(each.file.path, each.mended)
            except UsageError as error:
                failures.append(str(error))
                continue
            except OSError as error:
                failures.append(f"`{each.file.display}` {files.why_unreadable(error)}")
                continue
            changed.append(each)
    if changed:
        streams.say(_summary(changed, "fixed"))
    if failures:
        raise UsageError("; ".join(failures))
    mended = {each.file.display for each in changed}
    return [_again(each, mended, worker) for each in done]


def _again(each: Outcome, mended: set[str], worker: Worker) -> Outcome:
    """Report anew on a spec one of whose imports was mended."""
    assert each.spec is not None
    if each.file.path == files.STDIN or mended.isdisjoint(path for path in each.spec.files if path != each.spec.path):
        return each
    return worker.outcome(each.file)


def _summary(changed: Sequence[Outcome], verb: str) -> str:
    fixed: Counter[str] = Counter()
    for each in changed:
        fixed.update(each.fixed)
    by_rule = listing([f"{number} {code}" for code, number in sorted(fixed.items())])
    return f"{verb} {counted(sum(fixed.values()), 'finding')} ({by_rule}) in {counted(len(changed), 'file')}"
