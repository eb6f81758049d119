"""What would be linted, and under which settings: `--show-files`, `--show-settings`."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence

from rflint.model import DEFAULT_FAIL_ON
from rflint.project import Place, Settings, files, recognition
from rflint.verdict import Options
from rflint.words import safe


def files_to_lint(found: Sequence[files.SpecFile], settings: Settings) -> str:
    """List the files that would be linted, one a line: those named, and of folders those with an `rflint:` key."""
    return "".join(f"{safe(file.display)}\n" for file in found if _is_linted(file, settings))


def _is_linted(file: files.SpecFile, settings: Settings) -> bool:
    if file.named:
        return True
    limit = settings.of(file.folder).options(file, Options()).limits.file_size
    try:
        return recognition.is_spec(files.read(file, io.BytesIO(), limit))
    except OSError:
        return True


def settings(found: Sequence[files.SpecFile], settings: Settings) -> str:
    """Write the settings as TOML, once for each configuration that plays a part, and which files it governs."""
    governed: dict[tuple[str | None, str], tuple[Place, list[str]]] = {}
    for file in found:
        if _is_linted(file, settings):
            place = settings.of(file.folder)
            governed.setdefault((place.source, place.root), (place, []))[1].append(file.display)
    parts = list(governed.values()) or [(settings.of(files.working_folder()), [])]
    return "\n".join("".join(f"{line}\n" for line in _settings(place, names)) for place, names in parts)


def _settings(place: Place, names: Sequence[str]) -> Iterator[str]:
    sources = [place.source, *place.config.extended] if place.source else []
    source = ", over ".join(map(files.display_path, sources)) or "none; these are the defaults and the command line"
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    yield f"# configuration: {safe(source)}"
    yield f"# files: {safe(shown) or 'none'}"
    yield f"# imports stay inside: {safe(place.root)}"
    held = place.config
    yield f"select = {_toml(held.selected() or ('ALL',) if held.select is None or held.selected() else [])}"
    yield f"ignore = {_toml(held.ignore)}"
    yield f"exclude = {_toml([glob.pattern for glob in held.exclude])}"
    yield f"fail-on = {_toml(held.fail_on or DEFAULT_FAIL_ON)}"
    yield f"show = {_toml(held.shown())}"
    if held.baseline:
        yield f"baseline = {_toml(files.display_path(held.baseline))}"
    tables = {
        "severity": held.severity,
        "per-file-ignores": {glob.pattern: codes for glob, codes in held.per_file_ignores},
        "limits": held.limits,
        **{f"ops.{name}": {"like": op.like, **op.preset} for name, op in held.ops.items()},
    }
    for name, table in tables.items():
        if table:
            yield f"\n[{name}]"
            yield from (f"{_toml(key)} = {_toml(value)}" for key, value in table.items())


def _toml(value: object) -> str:
    """Write a text, number or list of them: JSON is TOML there."""
    return json.dumps(value, ensure_ascii=True)
