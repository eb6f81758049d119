"""Where imported specs come from: the `source` of a spec, as a model and what was asked of its import."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from rflint.importing import ImportFailure, Wishes, format_of_text, signed
from rflint.model import UsageError
from rflint.project import models
from rflint.project.files import SpecFile, display_path, exists, import_root, inside, surroundings
from rflint.reading import source as reading

# os.path throughout, as in `rflint.project.files`.
# ruff: noqa: PTH117, PTH118


class Source(NamedTuple):
    """What a spec says of its model."""

    file: SpecFile
    wishes: Wishes
    #: Its text is what an importer wrote.
    untouched: bool


def source_of(spec: SpecFile, data: bytes) -> Source | None:
    """Return the source that a spec names, None where it names none; raises UsageError for one that cannot be."""
    document = reading.read(data, spec.display).document
    found = document.data.get("source") if document is not None and isinstance(document.data, dict) else None
    if not isinstance(found, dict) or not isinstance(found.get("model"), str):
        return None
    text = data.decode("utf-8", "replace")
    return Source(_model(spec, found["model"]), _wishes(spec, found), signed(text) == text)


def convert(spec: SpecFile, source: Source, *, runs_code: bool) -> str:
    """Import the model of a spec anew; raises ImportFailure and UsageError, for a model that is code unless that may run."""
    refuse_code(spec, source, runs_code=runs_code)
    if models.code_of(source.file) is None and not exists(source.file.path):
        raise ImportFailure("does not exist")
    asked = models.source_of(source.file, source.wishes, spec.path)
    return models.convert_named(source.file, source.wishes, asked).text


def refuse_code(spec: SpecFile, source: Source, *, runs_code: bool) -> None:
    """Raise UsageError for a model that is code, unless that may run: who writes a spec is not who runs rflint."""
    if models.code_of(source.file) is not None and not runs_code:
        raise UsageError(f"{spec.display}: its source `{source.file.display}` is code: --run-source runs it")


def _model(spec: SpecFile, written: str) -> SpecFile:
    """Return the model that is written in a spec: code, or a file of the same repository, relative to the spec."""
    if format_of_text(written) is not None:
        return SpecFile(written, written, named=True)
    if os.path.isabs(written) or "\0" in written:
        raise UsageError(f"{spec.display}: its source `{written}` is no path relative to it")
    path = os.path.normpath(os.path.join(spec.folder, written))
    root = import_root(spec.folder, surroundings(spec.folder, {}).repository, None)
    if not inside(os.path.realpath(path), os.path.realpath(root)):
        raise UsageError(f"{spec.display}: its source `{written}` leads outside of the repository")
    return SpecFile(display_path(path), path, named=True)


#: The options that `rflint.project.models.source_of` writes, and what they are.
_OPTIONS: Final = {"sizes": dict, "channels": int, "keep": str, "flat": bool, "name": str, "outputs": list, "submodule": str, "scale": str}


def _wishes(spec: SpecFile, found: Mapping[str, Any]) -> Wishes:
    options = found.get("options") or {}
    known = isinstance(options, dict) and all(type(value) is _OPTIONS.get(name) for name, value in options.items())
    named = options.get("sizes", {}) if known else {}
    outputs = options.get("outputs", []) if known else []
    if not known or not all(map(_is_size, named.values())) or not all(type(each) is str for each in outputs):
        raise UsageError(f"{spec.display}: the `options` of its source are none of `rflint import`")
    size = found.get("size")
    if size is not None and not _is_size(size):
        raise UsageError(f"{spec.display}: the `size` of its source is no size")
    sizes = {**({} if size is None else {None: size}), **named}
    return Wishes(
        sizes=tuple((name, tuple(each if isinstance(each, list) else [each])) for name, each in sizes.items()),
        channels=options.get("channels"),
        keep_pointwise=options.get("keep") == "pointwise",
        flat=options.get("flat", False),
        name=options.get("name"),
        outputs=tuple(outputs),
        submodule=options.get("submodule"),
        scale=options.get("scale"),
    )


def _is_size(value: Any) -> bool:
    each = value if isinstance(value, list) else [value]
    return bool(each) and all(one is None or (type(one) is int and one > 0) for one in each)
