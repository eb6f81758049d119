"""What a repository starts with: configuration, hook, schemas, a first spec; and which schema the specs of a folder have."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from rflint.project import files
from rflint.resources import Kind, schema_text

# os.path throughout, as in `rflint.project.files`.
# ruff: noqa: PTH118

SPEC_SCHEMA: Final = "schemas/rflint-spec.v1.schema.json"
CONFIG_SCHEMA: Final = "schemas/rflint-config.v1.schema.json"
_SCHEMAS: Final[Mapping[Kind, str]] = {"spec": SPEC_SCHEMA, "config": CONFIG_SCHEMA}
#: How the line begins that tells editors of a schema.
_MARK: Final = "# yaml-language-server: $schema="

_CONFIG: Final = f"""\
#:schema ./{CONFIG_SCHEMA}
fail-on = "warning"  # the least severity that makes the exit code 1: info, warning, error, never
exclude = []         # files and folders that a search leaves out, like "drafts/**"
ignore = []          # rules not to report, like "RF305"
"""

#: As `.pre-commit-hooks.yaml` has it, but for the rflint that is installed here, wherever it came from.
HOOK: Final = """\
  # Runs the rflint of the environment that git is called from; with its address as `repo`, pre-commit installs one of its own.
  - repo: local
    hooks:
      - id: rflint
        name: rflint
        entry: rflint check --force-exclude --allow-empty --with-dependents
        language: system
        types: [yaml]
        # Where specs are, and the libraries that they import: name each folder, or a change there is not looked at.
        files: (^|/)specs/.*\\.ya?ml$|\\.rflint\\.ya?ml$
        require_serial: true
        always_run: true
"""

_SPEC: Final = """\
rflint: 1
name: first
description: A small detector, to be replaced by a network of yours.
inputs:
  image: {size: [257, 257], channels: 3}
layers: # each reads the one before it, unless `from` says otherwise
  - {name: stem, op: conv, kernel: 7, stride: 2, padding: 3, channels: 32}
  - {name: down, op: conv, kernel: 3, stride: 2, padding: 1, channels: 64}
  - {name: wide, op: conv, kernel: 5, padding: 2, channels: 64}
  - {name: sum, op: add, from: [down, wide]}
  - {name: head, op: conv, kernel: 3, padding: 1, channels: 64}
targets: # what has to be seen whole, wherever it lies; sizes in pixels
  - {name: face, size: 20, layer: head}
expect: # what has to stay as it is
  head: {receptive_field: 35, stride: 4}
"""


class Part(NamedTuple):
    """One file that a repository starts with."""

    #: Absolute path.
    path: str
    text: str
    #: The file that stands for it already; None: it is to be written.
    instead: str | None = None


def parts(folder: str, config: str | None, specs: Sequence[str]) -> Iterator[Part]:
    """Yield the files that rflint starts with in a folder by its absolute path; `config` and `specs` are those that there are."""
    yield Part(os.path.join(folder, "rflint.toml"), _CONFIG, config)
    hook = os.path.join(files.surroundings(folder, {}).repository or folder, ".pre-commit-config.yaml")
    yield Part(hook, f"repos:\n{HOOK}", hook if files.exists(hook) else None)
    for kind, name in _SCHEMAS.items():
        path = os.path.join(folder, name)
        yield Part(path, schema_text(kind), above(folder, name))
    first = os.path.join(folder, "specs", "first.yaml")
    schema = above(folder, SPEC_SCHEMA) or os.path.join(folder, SPEC_SCHEMA)
    yield Part(first, f"{_MARK}{files.relative(schema, files.folder_of(first))}\n{_SPEC}", next(iter(specs), None))


def has_hook(path: str) -> bool:
    """Whether a configuration of pre-commit runs rflint."""
    return b"id: rflint" in files.read_bytes(path)


def with_schema(text: str, folder: str | None) -> str:
    """Let the first line of a bundled spec name the schema that there is for a folder by its absolute path.

    Without that line where there is none, or the folder is not known (None).
    """
    rest = text.partition("\n")[2] if text.startswith(_MARK) else text
    if folder is None or (schema := above(folder, SPEC_SCHEMA)) is None:
        return rest
    return f"{_MARK}{files.relative(schema, folder)}\n{rest}"


def above(folder: str, name: str) -> str | None:
    """Absolute path of a file by its name from a folder, absolute, or one around it, inside of the repository; None: there is none."""
    repository = files.surroundings(folder, {}).repository
    place = folder
    while not files.exists(path := os.path.join(place, name)):
        if place in (repository, files.folder_of(place)):
            return None
        place = files.folder_of(place)
    return path
