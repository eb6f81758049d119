"""For notebooks and scripts: load a spec, analyse it, lint it; plain frozen values, no global state.

>>> import rflint
>>> spec = rflint.load(\'\'\'
... rflint: 1
... name: tiny
... layers:
...   - {name: a, op: conv, kernel: 3, padding: 1}
...   - {name: b, op: conv, kernel: 3, stride: 2, padding: 1}
... \'\'\')
>>> network = spec.analyze(size=224)
>>> network["b"].receptive_field["input"].size
(5, 5)
>>> network["b"].size
(112, 112)
>>> [finding.code for finding in spec.lint(size=224).findings]
['RF104', 'RF305']
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from rflint.model import InputReport, SpecReport
from rflint.pipeline import lint_bytes
from rflint.verdict import Options, SizeOverride

if TYPE_CHECKING:
    from rflint.model.layers import LayerReport

#: Input size in samples: one number for all axes, one per axis (None: unknown), or by input name; "unknown" for all.
Size = int | Sequence[int | None] | Mapping[str, "int | Sequence[int | None]"] | Literal["unknown"]


class SpecError(ValueError):
    """A spec that cannot be analysed; `report` holds the findings that say why."""

    def __init__(self, report: SpecReport) -> None:
        self.report = report
        errors = [each for each in report.findings if each.severity == "error"]
        super().__init__("; ".join(f"{each.path}:{each.span.line}: {each.message}" for each in errors[:3]) or "it has no layers")

    def __reduce__(self) -> tuple[type[SpecError], tuple[SpecReport]]:
        """Pickle by the report: the message follows from it."""
        return SpecError, (self.report,)


@dataclass(frozen=True, slots=True)
class Network:
    """All layers of a spec at certain input sizes."""

    name: str
    axes: tuple[str, ...]
    inputs: tuple[InputReport, ...]
    outputs: tuple[str, ...]
    layers: tuple[LayerReport, ...]

    def __getitem__(self, name: str) -> LayerReport:
        """Return the layer of this expanded name; raises KeyError."""
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Spec:
    """One spec as text; everything else follows from it when asked."""

    path: str
    data: bytes

    def lint(self, size: Size | None = None, *, layers: bool = False) -> SpecReport:
        """Findings, targets and, on request, layers; `size` None: as declared.  Never raises for a flaw of the spec.

        Raises rflint.verdict.OptionError where `size` does not fit the spec's inputs and axes, and rflint.model.errors.UsageError
        for a broken configuration, which is read for the ops that it declares.
        """
        return lint_bytes(self.data, self.path, _options(self.path)._replace(sizes=_overrides(size), layers=layers))

    def analyze(self, size: Size | None = None) -> Network:
        """All layers; raises SpecError where the spec has errors that leave nothing to analyse."""
        report = self.lint(size, layers=True)
        if not report.layers:
            raise SpecError(report)
        return Network(report.name, report.axes, report.inputs, report.outputs, report.layers)


def load(source: str | os.PathLike[str]) -> Spec:
    """Load a spec from a path, or from its text (anything with a line break).

    Raises OSError where the file cannot be read.
    """
    if isinstance(source, str) and "\n" in source:
        return Spec("<text>", source.encode("utf-8"))
    from rflint.project import files  # noqa: PLC0415 - start-up

    path = os.fspath(source)
    return Spec(path, files.contents(path))


def _options(path: str) -> Options:
    """Imports of a file are read from its folder and below, its ops from the nearest configuration too; a text has neither."""
    from rflint.project import Settings, files, imports, plugins  # noqa: PLC0415 - start-up

    if path == "<text>":
        return Options(vocabulary=plugins.load())
    place = Settings().of(files.folder_of(os.path.realpath(path)))
    return Options(open_import=imports.ImportOpener(place.root, Options().limits.file_size), vocabulary=place.vocabulary)


def _overrides(size: Size | None) -> tuple[SizeOverride, ...]:
    if size is None:
        return ()
    if isinstance(size, str):
        return ((None, (None,)),)
    if isinstance(size, Mapping):
        return tuple((name, _per_axis(each)) for name, each in size.items())
    return ((None, _per_axis(size)),)


def _per_axis(size: int | Sequence[int | None]) -> tuple[int | None, ...]:
    return (size,) if isinstance(size, int) else tuple(size)
