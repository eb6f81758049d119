"""Where the published schemas, the bundled specs and the parts of the HTML report are.

The first two are installed as packages, or stand beside this one in a checkout.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import Final, Literal

from rflint.model import UsageError

#: The published schemas: `schemas/rflint-<kind>.v1.schema.json`.
Kind = Literal["spec", "report", "config", "locate", "sizes", "tiles", "diff", "verify"]
KINDS: Final[tuple[Kind, ...]] = ("spec", "report", "config", "locate", "sizes", "tiles", "diff", "verify")


def folder(name: str) -> str:
    """Folder of `schemas` or `specs`; raises UsageError where rflint was put into an archive."""
    try:
        # The build maps the top-level folders to packages, in wheels and editable installs alike.
        path: str = import_module(f"rflint.{name}").__path__[0]
    except ModuleNotFoundError:
        # A checkout that shadows its installation: `python -m rflint` in its root.
        return os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), name)  # noqa: PTH100, PTH118, PTH120 - start-up
    if not os.path.isdir(path):  # noqa: PTH112 - start-up
        raise UsageError("rflint does not run from inside a zip file: install it, or unpack the file")
    return path


def schema_text(kind: Kind) -> str:
    """Return a published schema, as the text of its file."""
    with open(os.path.join(folder("schemas"), f"rflint-{kind}.v1.schema.json"), encoding="utf-8") as file:  # noqa: PTH118, PTH123 - start-up
        return file.read()


def asset(name: str) -> str:
    """Return a part of the HTML report, as the text of its file."""
    with open(os.path.join(folder("formatters.assets"), name), encoding="utf-8") as file:  # noqa: PTH118, PTH123 - as above
        return file.read()
