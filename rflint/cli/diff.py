"""`rflint diff`: what a change does to networks."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from rflint.cli.commands import (
    COLOR,
    DEBUG,
    FINDINGS,
    INTERNAL_ERROR,
    LINTING,
    OUTPUT,
    SURROUNDINGS,
    Argument,
    Arguments,
    Command,
    Conflict,
    Option,
    format_option,
)
from rflint.cli.streams import ColorChoice, Streams
from rflint.model import FailOn, UsageError

if TYPE_CHECKING:
    from rflint.cli.sides import Opened, Wanted
    from rflint.comparing import Diff


def run(arguments: Arguments, streams: Streams) -> int:
    """Compare two sides, print what changed, return the exit code: 1 where something is worse."""
    from rflint.cli import sides  # noqa: PLC0415 - `diff --help` needs none of it
    from rflint.cli.printing import deliver  # noqa: PLC0415 - start-up
    from rflint.comparing import compare  # noqa: PLC0415 - start-up

    old, new = sides.wanted((arguments.text("old"), *arguments.texts("new")))
    # How a change is judged has nothing to do with what `check` shows, and what fails there.
    asked = arguments.with_values(show=None, fail_on=None)
    before, after = sides.opened(old, asked, streams), sides.opened(new, asked, streams)
    _refuse_nothing(old, before, after, allow_empty=arguments.flag("allow_empty"))
    _refuse_unlike(old, new, before, after)
    # What another spec extends is judged through that one, but as long as one side has it by itself, it is compared by itself.
    extended = {
        name for name in before.bases | after.bases if all(name not in side.specs or name in side.bases for side in (before, after))
    }
    specs = [{name: spec for name, spec in side.specs.items() if name not in extended} for side in (before, after)]
    diff = compare(old.name, specs[0], new.name, specs[1])
    if not (arguments.flag("quiet_if_unchanged") and not any(spec.changes or spec.not_compared for spec in diff.specs)):
        deliver(_text(diff, arguments, streams), arguments.optional("output"), streams)
    if before.failed or after.failed:
        return INTERNAL_ERROR
    return FINDINGS if diff.worse(cast("FailOn", arguments.text("fail_on"))) and not arguments.flag("exit_zero") else 0


def _refuse_nothing(old: Wanted, before: Opened, after: Opened, *, allow_empty: bool) -> None:
    """Raise UsageError where a path is on neither side, and where there is nothing to compare."""
    if not old.alone and (missing := [word for word in old.words if word not in before.words | after.words]):
        raise UsageError(f"no such file or folder on either side: {', '.join(f'`{word}`' for word in missing)}")
    if not before.specs and not after.specs and not allow_empty:
        raise UsageError("nothing to compare: neither side has a YAML file with a top-level `rflint:` key that is not excluded")


def _refuse_unlike(old: Wanted, new: Wanted, before: Opened, after: Opened) -> None:
    """Raise UsageError where one side is a file and the other a folder."""
    if old.alone and new.alone and before.single != after.single:
        file, folder = (old, new) if before.single else (new, old)
        raise UsageError(f"`{file.name}` is one file, and `{folder.name}` is none: name the file there")


def _text(diff: Diff, arguments: Arguments, streams: Streams) -> str:
    form, summary_only, output = arguments.text("format"), arguments.flag("summary_only"), arguments.optional("output")
    if form == "markdown":
        from rflint.formatters import diff_markdown  # noqa: PLC0415 - start-up

        return diff_markdown.as_markdown(diff, summary_only=summary_only)
    if form == "html":
        from rflint.formatters import diff_page  # noqa: PLC0415 - start-up

        return diff_page.as_html(diff, summary_only=summary_only)
    from rflint.formatters import diff as formatter  # noqa: PLC0415 - start-up

    if form == "json":
        return formatter.as_json(diff)
    style = streams.style(cast("ColorChoice", arguments.text("color")), to_file=output is not None)
    return formatter.as_text(diff, style, summary_only=summary_only)


_SHARED = {"--size", "--select", "--extend-select", "--ignore", "--severity", "--exclude", "--baseline", "--exit-zero", "--allow-empty"}

COMMAND = Command(
    name="diff",
    help="Tell what a change does to receptive fields, alignment, targets, findings and costs.",
    run=run,
    arguments=(
        Argument(
            "OLD",
            "What was: a file, a folder, a model, REV:PATH of git, or a revision of git. A path wins over a revision of its name.",
            required=True,
        ),
        Argument(
            "NEW",
            "What is: the same; behind a revision also paths: `rflint diff main -- specs/` (default: the working tree, from here on).",
            repeatable=True,
        ),
    ),
    options=(
        format_option("text", "json", "markdown", "html"),
        Option("--summary-only", "Only the verdict, the gravest changes and counts: for hosts that do not fold text.", group="Output"),
        Option("--quiet-if-unchanged", "Print nothing where nothing changed.", group="Output"),
        Option(
            "--fail-on",
            "Least severity of a change for the worse that makes the exit code 1.",
            "SEVERITY",
            choices=("error", "warning", "info", "never"),
            default="error",
            group="Exit code",
        ),
        OUTPUT,
        COLOR,
        *(option for option in LINTING if option.name in _SHARED),
        *(option for option in SURROUNDINGS if option.name != "--stdin-filename"),
        DEBUG,
    ),
    conflicts=(Conflict(("--summary-only",), ("--format json",), "{one} folds what people read, and {other} has all of it"),),
)
