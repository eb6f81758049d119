"""Entry point of the `rflint` command and of `python -m rflint`."""

from __future__ import annotations

import sys
from typing import NoReturn

from rflint import __version__


def main() -> NoReturn:
    """Run the command line of this process, and end the process with its exit code."""
    if sys.argv[1:] in (["--version"], ["-V"]) and _said_version():
        sys.exit(0)
    import gc  # noqa: PLC0415 - start-up

    # What a run makes lives until it ends: looking for garbage in it all the time is a tenth of a large run.
    gc.set_threshold(50_000, 20, 50)
    from rflint.cli import run  # noqa: PLC0415 - start-up

    _leave(run(sys.argv[1:]))


def _said_version() -> bool:
    """Give the one answer that needs nothing; where standard output takes none, what to say of that is left to others."""
    try:
        if sys.stdout is not None:  # the caller may have closed it
            sys.stdout.write(f"rflint {__version__}\n")
            sys.stdout.flush()
    except OSError:
        return False
    return True


def _leave(code: int) -> NoReturn:
    """End the process at once: the system frees memory faster than the interpreter takes itself apart, an eighth of a small run."""
    import os  # noqa: PLC0415 - start-up
    from contextlib import suppress  # noqa: PLC0415 - start-up

    with suppress(OSError):
        if sys.stdout is not None:  # as above
            sys.stdout.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
