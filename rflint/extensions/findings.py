"""Findings of plug-ins, taken apart and put together anew: plain values, of bounded size, about things that exist."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from math import isfinite
from typing import Any, Final

from rflint.model import SEVERITY_ORDER, FieldEdit, Finding, Graph, Note, Remedy, Site, SiteEdit
from rflint.words import clip

#: Characters of a message, a help or an edit; more are cut off.
_LONGEST: Final = 2_000
#: Places, instances or edits of one finding; more are left out.
_MOST: Final = 1_000
#: Nesting and entries of `data`.
_DEEPEST: Final = 8
_MOST_DATA: Final = 10_000


class _Unusable(Exception):  # noqa: N818 - a verdict, not an error
    """What is wrong with a finding, in words."""


class Cleaner:
    """Cleans the findings of one rule about one graph."""

    def __init__(self, code: str, graph: Graph, files: Collection[str]) -> None:
        self._code = code
        self._graph = graph
        self._files = files
        self._layers: frozenset[str] | None = None
        self._complaints: list[str] = []

    def complaint(self) -> str | None:
        """Say what kept findings from being used; None: nothing."""
        if not self._complaints:
            return None
        count = len(self._complaints)
        many = "a finding that cannot be used" if count == 1 else f"{count:,} findings that cannot be used, the first"
        return f"gave {many}: {self._complaints[0]}"

    def clean(self, finding: Any) -> Finding | None:
        """Return a finding in plain values; None where it cannot be used, and the complaint says why."""
        try:
            return self._clean(finding)
        except _Unusable as unusable:
            self._complaints.append(str(unusable))
            return None

    def _clean(self, finding: Any) -> Finding:
        if not isinstance(finding, Finding):
            raise _Unusable(f"it is of type `{type(finding).__name__}`, not `Finding`")
        if finding.code != self._code:
            raise _Unusable(f"its `code` must be {self._code}, the code of the rule")
        severity = finding.severity
        if severity is not None and (not isinstance(severity, str) or severity not in SEVERITY_ORDER):
            raise _Unusable(f"its `severity` must be None or one of {', '.join(SEVERITY_ORDER)}")
        if not isinstance(finding.message, str) or not finding.message:
            raise _Unusable("its `message` must be text")
        return Finding(
            self._code,
            clip(str(finding.message), _LONGEST),
            self._site(finding.where, "where"),
            severity,
            None if finding.help is None else clip(_text(finding.help, "help"), _LONGEST),
            None if finding.layer is None else self._layer(finding.layer, "layer"),
            None if finding.input is None else self._input(finding.input),
            None if finding.axes is None else self._axes(finding.axes),
            tuple(self._note(note) for note in _tuple(finding.related, "related")),
            tuple(self._layer(name, "instances") for name in _tuple(finding.instances, "instances")),
            _plain_mapping(finding.data),
            None if finding.remedy is None else self._remedy(finding.remedy),
        )

    def _site(self, site: object, what: str) -> Site:
        if not isinstance(site, Site):
            raise _Unusable(f"its `{what}` must be a Site")
        if not isinstance(site.file, str) or site.file not in self._files:
            raise _Unusable(f"its `{what}` is in a file that is no part of the spec; take the `site` of a layer")
        if not isinstance(site.path, tuple) or not all(type(key) in (str, int) for key in site.path):
            raise _Unusable(f"the path of its `{what}` must be a tuple of keys and indexes")
        return Site(str(site.file), site.path, bool(site.key))

    def _layer(self, name: object, what: str) -> str:
        if self._layers is None:
            self._layers = frozenset(layer.name for layer in self._graph.layers)
        if not isinstance(name, str) or name not in self._layers:
            raise _Unusable(f"its `{what}` must be the name of a layer")
        return str(name)

    def _input(self, name: object) -> str:
        if not isinstance(name, str) or all(item.name != name for item in self._graph.inputs):
            raise _Unusable("its `input` must be the name of an input")
        return str(name)

    def _axes(self, axes: object) -> tuple[str, ...]:
        names = _tuple(axes, "axes")
        if not all(isinstance(name, str) and name in self._graph.axes for name in names):
            raise _Unusable(f"its `axes` must be names of axes: {', '.join(self._graph.axes)}")
        return tuple(map(str, names))

    def _note(self, note: object) -> Note:
        if not isinstance(note, Note):
            raise _Unusable("its `related` must be a tuple of Notes")
        return Note(clip(_text(note.message, "related"), _LONGEST), self._site(note.site, "related"))

    def _remedy(self, remedy: object) -> Remedy:
        if not isinstance(remedy, Remedy) or not (edits := _tuple(remedy.edits, "remedy")):
            raise _Unusable("its `remedy` must be a Remedy with edits")
        layers = tuple(self._layer(name, "remedy") for name in _tuple(remedy.layers, "remedy"))
        return Remedy(tuple(map(self._edit, edits)), safe=remedy.safe is True, layers=layers)

    def _edit(self, edit: object) -> SiteEdit | FieldEdit:
        if not isinstance(edit, (SiteEdit, FieldEdit)) or not isinstance(edit.text, str) or len(edit.text) > _LONGEST:
            raise _Unusable(f"its `remedy` must consist of SiteEdits and FieldEdits, each of at most {_LONGEST:,} characters")
        site = self._site(edit.site, "remedy")
        if isinstance(edit, SiteEdit):
            return SiteEdit(site, str(edit.text))
        names = (edit.name, *_tuple(edit.after, "remedy"))
        if not all(isinstance(name, str) and name.isidentifier() for name in names):
            raise _Unusable("its `remedy` must name fields")
        return FieldEdit(site, str(edit.name), str(edit.text), tuple(map(str, names[1:])))


def _text(value: object, what: str) -> str:
    if not isinstance(value, str):
        raise _Unusable(f"its `{what}` must be text")
    return str(value)


def _tuple(value: object, what: str) -> tuple[Any, ...]:
    if not isinstance(value, tuple):
        raise _Unusable(f"its `{what}` must be a tuple, not a `{type(value).__name__}`")
    return value[:_MOST]


def _plain_mapping(data: object) -> Mapping[str, object]:
    if not isinstance(data, dict) or not _is_plain(data):
        raise _Unusable("its `data` must be a dict of what JSON can hold: text, numbers, truth values, None, lists and dicts")
    return data


def _is_plain(data: object) -> bool:
    """Whether data can be written as JSON, and is not endless."""
    left = _MOST_DATA
    waiting = [(data, 0)]
    while waiting and left:
        left -= 1
        value, depth = waiting.pop()
        if isinstance(value, (dict, list, tuple)) and type(value) in (dict, list, tuple):
            if depth == _DEEPEST or len(value) > left:
                return False
            if isinstance(value, dict) and not all(type(key) is str for key in value):
                return False
            waiting += [(each, depth + 1) for each in (value.values() if isinstance(value, dict) else value)]
        elif type(value) is float:
            if not isfinite(value):
                return False
        elif type(value) is str:
            if len(value) > _LONGEST:
                return False
        elif type(value) is int:
            if value.bit_length() > _DEEPEST * 32:
                return False
        elif value is not None and type(value) is not bool:
            return False
    return not waiting
