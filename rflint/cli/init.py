"""`rflint init`: what a repository starts with; asks nothing, overwrites nothing."""

from __future__ import annotations

from typing import Final

from rflint.cli.commands import DEBUG, Arguments, Command
from rflint.cli.streams import Streams

_HOOKED: Final = ("pre-commit install", "switches the hook on")


def run(arguments: Arguments, streams: Streams) -> int:  # noqa: ARG001 - every command takes them
    """Write the files that are not there yet, and say what was done and what comes next."""
    from rflint.project import Settings, files, recognition, scaffold, writing  # noqa: PLC0415 - start-up
    from rflint.words import safe  # noqa: PLC0415 - start-up

    folder = files.working_folder()
    settings = Settings()
    found = files.find((".",), excluded=settings.excludes, force_exclude=False, stdin_name=None)
    specs = [each.absolute for each in found if recognition.holds_spec(each.path)]
    lines = []
    for part in tuple(scaffold.parts(folder, settings.of(folder).source, specs)):
        shown = safe(files.display_path(part.path))
        if part.instead is None:
            writing.make_folder(files.folder_of(part.path))
            writing.write(part.path, part.text)
            lines.append(f"wrote {shown}")
        else:
            lines.append(f"kept {safe(files.display_path(part.instead))}")
            if shown.endswith(".pre-commit-config.yaml") and not scaffold.has_hook(part.instead):
                lines += ["  rflint is not in it yet; this belongs under its `repos`:", "", scaffold.HOOK]
    first = safe(files.display_path(next(iter(specs), "specs/first.yaml")))
    steps = (("rflint check", "lints all specs"), (f"rflint report {first}", "prints what each layer sees"), _HOOKED)
    width = max(len(command) for command, _ in steps)
    lines += ["", "next:", *(f"  {command:{width}}  {what}" for command, what in steps)]
    streams.put("".join(f"{line}\n" for line in lines))
    return 0


COMMAND = Command(
    name="init",
    help="Write a configuration, a pre-commit hook, the schemas for editors and a first spec into this folder, but for what is there.",
    run=run,
    options=(DEBUG,),
)
