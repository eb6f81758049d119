"""Configuration: what a file, the environment and the command line ask for, checked, and laid over one another.

Pure: the text of a configuration file is the caller's to find and read.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Mapping
from types import MappingProxyType, ModuleType
from typing import Any, Final, NamedTuple

from rflint.model import LIMITS, SEVERITIES, Op, UsageError
from rflint.validation.schema import SpecSchema
from rflint.words import did_you_mean

FAIL_ON: Final = ("error", "warning", "info", "never")
#: Severities of findings that people may be shown one by one, and the rest summed up.
SHOWN: Final = ("error", "warning", "info")
DEFAULT_BASELINE: Final = "rflint-baseline.json"

#: A `tool.rflint` table in a pyproject.toml, however it is spelt: cheaper than parsing every pyproject.toml on the way.
_IN_PYPROJECT: Final = rb"""(?m)^[ \t]*(?:\[[ \t]*)?["']?tool["']?[ \t]*(?:\][ \t]*(?:#.*)?$|\.[ \t]*["']?rflint\b)"""

#: Dots in one line outside of strings and comments: `a.a.a.…` takes Python's reader quadratic time and memory.
_DOTS: Final = 100
_NO_KEYS: Final = r"""\"""[\s\S]*?(?:\"""|\Z)|'''[\s\S]*?(?:'''|\Z)|"(?:[^"\\\n]|\\.)*"?|'[^'\n]*'?|#[^\n]*"""

#: What the beginnings of codes of plug-ins' rules look like, which select some.
_PLUGIN_WORD: Final = r"(?!RF)[A-Z]{2,8}[0-9]{0,3}"

#: The default of settings that are mappings; it cannot be changed.
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class Glob(NamedTuple):
    """A pattern for paths from a folder: `*` within a name, `**` across folders; without `/`, any name on the way down.

    A `/` at the beginning is the folder itself, unless the pattern is an absolute path inside of it; `..` leads out of it.
    """

    base: str
    pattern: str

    def matches(self, path: str) -> bool:
        """Whether the pattern names this absolute path, or a folder that it lies in."""
        from fnmatch import fnmatchcase  # noqa: PLC0415 - only where there are patterns

        base, segments = self._resolved()
        try:
            parts = os.path.relpath(path, base).replace(os.sep, "/").split("/")
        except ValueError:  # different drives
            return False
        if parts[0] == "..":
            return False
        if len(segments) == 1 and "/" not in self.pattern.rstrip("/"):
            return any(fnmatchcase(part, segments[0]) for part in parts)
        # How many parts of the path the pattern may have used up so far.
        used = {0}
        for segment in segments:
            if segment == "**":
                used = set(range(min(used), len(parts) + 1))
            else:
                used = {count + 1 for count in used if count < len(parts) and fnmatchcase(parts[count], segment)}
            if not used:
                return False
        return True

    def _resolved(self) -> tuple[str, list[str]]:
        """Folder that the pattern is about, and the names in it, without `.` and `..`."""
        base = self.base
        segments: list[str] = []
        folder = base.replace(os.sep, "/").rstrip("/") + "/"
        for segment in self.pattern.removeprefix(folder).split("/"):
            if segment == "..":
                base, segments = (base, segments[:-1]) if segments else (os.path.dirname(base), [])  # noqa: PTH120 - start-up
            elif segment not in {"", "."}:
                segments.append(segment)
        return base, segments


class Config(NamedTuple):
    """What one source of settings says; also, layers laid over one another, what holds."""

    #: Rule codes, prefixes, names or ALL; None where nothing is said.
    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    #: Rule code or name -> off, info, warning, error.
    severity: Mapping[str, str] = _NOTHING
    per_file_ignores: tuple[tuple[Glob, tuple[str, ...]], ...] = ()
    exclude: tuple[Glob, ...] = ()
    fail_on: str | None = None
    #: Least severity that people are shown finding by finding; None where nothing is said.
    show: str | None = None
    #: Absolute path of the baseline; None: none.
    baseline: str | None = None
    limits: Mapping[str, int] = _NOTHING
    #: Ops that the configuration declares, by name.
    ops: Mapping[str, Op] = _NOTHING
    #: Absolute path of the configuration file that this one asks to be laid over.
    extend: str | None = None
    #: Absolute paths of the files that it was laid over.
    extended: tuple[str, ...] = ()

    def over(self, below: Config) -> Config:
        """Lay these settings over others: a `select` starts the choice of rules afresh, all else adds or replaces."""
        afresh = self.select is not None
        return Config(
            select=self.select if afresh else below.select,
            extend_select=self.extend_select if afresh else below.extend_select + self.extend_select,
            ignore=self.ignore if afresh else below.ignore + self.ignore,
            severity={**below.severity, **self.severity},
            per_file_ignores=below.per_file_ignores + self.per_file_ignores,
            exclude=below.exclude + self.exclude,
            fail_on=self.fail_on or below.fail_on,
            show=self.show or below.show,
            baseline=self.baseline or below.baseline,
            limits={**below.limits, **self.limits},
            ops={**below.ops, **self.ops},
            extended=self.extended + below.extended,
        )

    def shown(self) -> str:
        """Least severity that is shown finding by finding: warnings, and where infos fail a run, infos."""
        return self.show or ("info" if self.fail_on == "info" else "warning")

    def selected(self) -> tuple[str, ...]:
        """Rules to report; empty: all of them."""
        return (*self.select, *self.extend_select) if self.select is not None else ()

    def ignored(self, path: str) -> tuple[str, ...]:
        """Rules to leave out for the file at this absolute path."""
        return self.ignore + tuple(code for glob, codes in self.per_file_ignores if glob.matches(path) for code in codes)

    def excludes(self, path: str) -> bool:
        """Whether the file or folder at this absolute path is left out."""
        return any(glob.matches(path) for glob in self.exclude)


def mentions_rflint(pyproject: bytes) -> bool:
    """Whether a pyproject.toml may hold a `[tool.rflint]` table; decides whether it is parsed at all."""
    return re.search(_IN_PYPROJECT, pyproject) is not None


def load(data: bytes, where: str, base: str, rules: Mapping[str, str], schema: SpecSchema | None = None) -> Config | None:
    """Read a configuration file; None for a pyproject.toml without a `[tool.rflint]` table.

    `where` names the file in messages; patterns are relative to the folder `base`; `rules` maps codes to names; `schema`
    holds the ops that declared ones may be like (default: those of rflint).
    Raises UsageError, naming file and key, for what cannot be read or understood.
    """
    is_pyproject = where.rpartition("/")[2] == "pyproject.toml"
    if is_pyproject and not mentions_rflint(data):
        return None
    table: Any = _toml(data, where)
    if is_pyproject:
        tools = table.get("tool")
        if not isinstance(tools, dict) or "rflint" not in tools:
            return None
        table, where = tools["rflint"], f"{where}: [tool.rflint]"
    return from_table(table, where, base, rules, schema)


def _toml(data: bytes, where: str) -> dict[str, Any]:
    tomllib = _toml_reader(where)
    try:
        text = data.decode("utf-8-sig")  # as editors on Windows save it
        if any(line.count(".") > _DOTS for line in re.sub(_NO_KEYS, "", text).split("\n")):
            raise UsageError(f"{where}: a key has more than {_DOTS} parts")
        table: dict[str, Any] = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise UsageError(f"{where}: not valid TOML: byte {error.start + 1} is not UTF-8") from None
    except RecursionError:
        raise UsageError(f"{where}: its values are nested too deeply") from None
    except ValueError as error:
        # An error of the reader's own says where; the only other one is Python's, of integers by the thousand digits.
        said = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "a number has too many digits"
        raise UsageError(f"{where}: not valid TOML: {said[:1].lower()}{said[1:]}") from None
    return table


def _toml_reader(where: str) -> ModuleType:
    """Import the standard library's reader, or on Python 3.10 the package that it came from."""
    from importlib import import_module  # noqa: PLC0415 - only where there is a configuration file

    try:
        return import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    except ModuleNotFoundError:
        raise UsageError(f"{where}: reading it with Python 3.10 needs the package `tomli`") from None


def from_table(table: object, where: str, base: str, rules: Mapping[str, str], schema: SpecSchema | None = None) -> Config:
    """Check plain data against what a configuration may hold; raises UsageError, naming file and key."""
    checker = _Checker(where, base, rules, schema)
    given = checker.table(table, "")
    for key in given:
        if key not in _KEYS:
            hint = "; in a file of rflint's own the keys stand without [tool.rflint]" if key == "tool" else did_you_mean(key, _KEYS)
            raise UsageError(f"{where}: unknown key `{key}`{hint}")
    return Config(
        select=checker.rules_of(given, "select") if "select" in given else None,
        extend_select=checker.rules_of(given, "extend-select"),
        ignore=checker.rules_of(given, "ignore"),
        severity=checker.severities(given.get("severity", {})),
        per_file_ignores=checker.per_file_ignores(given.get("per-file-ignores", {})),
        exclude=tuple(
            checker.glob(each, "exclude") for each in checker.texts(given.get("exclude", []), "exclude", 'globs, like "drafts/**"')
        ),
        fail_on=checker.word(given["fail-on"], "fail-on", FAIL_ON) if "fail-on" in given else None,
        show=checker.word(given["show"], "show", SHOWN) if "show" in given else None,
        baseline=checker.path(given["baseline"], "baseline") if "baseline" in given else None,
        limits=checker.limits(given["limits"]) if "limits" in given else {},
        ops=checker.ops(given["ops"]) if "ops" in given else {},
        extend=checker.path(given["extend"], "extend") if "extend" in given else None,
    )


#: What the keys look like that are tables.
_TABLES: Final = {
    "severity": 'severity = {RF301 = "off"}',
    "per-file-ignores": 'per-file-ignores = {"legacy/*.yaml" = ["RF3"]}',
    "limits": "limits = {layers = 1000}",
    "ops": 'ops = {blur = {like = "conv", kernel = 3}}',
}
_KEYS: Final = (
    "extend", "select", "extend-select", "ignore", "severity", "per-file-ignores", "exclude", "fail-on", "show", "baseline", "limits",
    "ops",
)  # fmt: skip


class _Checker(NamedTuple):
    where: str
    base: str
    rules: Mapping[str, str]
    schema: SpecSchema | None

    def table(self, value: object, key: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise UsageError(f"{self.where}: {f'`{key}` must be a table: {_TABLES[key]}' if key else 'the configuration must be a table'}")
        return value

    def texts(self, value: object, key: str, of: str) -> list[str]:
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            raise UsageError(f"{self.where}: `{key}` must be a list of {of}")
        return value

    def glob(self, pattern: str, key: str) -> Glob:
        return read_glob(pattern, self.base, f"{self.where}: `{key}`")

    def path(self, value: object, key: str) -> str:
        if not isinstance(value, str) or not value or "\0" in value:
            raise UsageError(f"{self.where}: `{key}` must be the path of a file")
        return os.path.abspath(os.path.join(self.base, value))  # noqa: PTH100, PTH118 - start-up

    def word(self, value: object, key: str, choices: tuple[str, ...]) -> str:
        if not isinstance(value, str) or value not in choices:
            hint = did_you_mean(value, choices) if isinstance(value, str) else ""
            raise UsageError(f"{self.where}: `{key}` must be one of {', '.join(choices)}{hint}")
        return value

    def rules_of(self, given: Mapping[str, Any], key: str) -> tuple[str, ...]:
        return self.selectors(given.get(key, []), key)

    def selectors(self, value: object, key: str) -> tuple[str, ...]:
        found = self.texts(value, key, 'rules, like "RF1" or "center-mismatch"')
        return read_selectors(found, f"{self.where}: `{key}`", self.rules)

    def severities(self, value: object) -> dict[str, str]:
        severities: dict[str, str] = {}
        for key, level in self.table(value, "severity").items():
            code = code_of(key, f"{self.where}: `severity`", self.rules)
            if code in severities:
                raise UsageError(f"{self.where}: `severity` names one rule twice, as `{code}` and as `{self.rules[code]}`")
            severities[code] = self.word(level, f"severity.{key}", SEVERITIES)
        return severities

    def per_file_ignores(self, value: object) -> tuple[tuple[Glob, tuple[str, ...]], ...]:
        given = self.table(value, "per-file-ignores")
        key = "per-file-ignores"
        return tuple((self.glob(glob, key), self.selectors(codes, f"{key}.{glob}")) for glob, codes in given.items())

    def limits(self, value: object) -> dict[str, int]:
        given = self.table(value, "limits")
        for key, bound in given.items():
            if key not in LIMITS:
                raise UsageError(f"{self.where}: unknown key `limits.{key}`{did_you_mean(key, LIMITS)}")
            largest = LIMITS[key].largest
            if not isinstance(bound, int) or isinstance(bound, bool) or not 1 <= bound <= largest:
                raise UsageError(f"{self.where}: `limits.{key}` must be a whole number from 1 to {largest:,}")
        return given

    def ops(self, value: object) -> dict[str, Op]:
        from rflint.validation.declared_ops import declared_ops  # noqa: PLC0415 - only where ops are declared
        from rflint.validation.schema import PUBLISHED  # noqa: PLC0415 - as above

        return declared_ops(self.table(value, "ops"), self.where, self.schema or PUBLISHED)


def read_selectors(selectors: Iterable[str], where: str, rules: Mapping[str, str]) -> tuple[str, ...]:
    """Read words that select rules, in any case; raises UsageError for one that is not ALL, a code, the beginning of one, or a name."""
    read = []
    for selector in selectors:
        if (known := in_its_case(selector, rules)) is None:
            raise UsageError(f"{where}: no rule is called `{selector}`{rule_hint(selector, rules)}")
        read.append(known)
    return tuple(read)


def in_its_case(selector: str, rules: Mapping[str, str]) -> str | None:
    """Return a word that selects rules as it is written: `rf102` is RF102, `Drift` is drift; None where no case selects any."""
    from rflint.verdict.severity import selects  # noqa: PLC0415 - only where rules are chosen

    cases = (selector, selector.strip().upper(), selector.strip().lower())
    return next((each for each in cases if each == "ALL" or any(selects(each, code, name) for code, name in rules.items())), None)


def code_of(rule: str, where: str, rules: Mapping[str, str]) -> str:
    """Return the code of the rule with this code or name, in any case; raise UsageError where there is none."""
    rule = in_its_case(rule, rules) or rule
    if rule in rules:
        return rule
    if (code := next((code for code, name in rules.items() if name == rule), None)) is None:
        from rflint.verdict.severity import selects  # noqa: PLC0415 - only where rules are chosen

        if rule == "ALL" or any(selects(rule, code, name) for code, name in rules.items()):
            raise UsageError(f"{where}: `{rule}` stands for several rules, and a severity is that of one: write its code or name")
        raise UsageError(f"{where}: no rule is called `{rule}`{rule_hint(rule, rules)}")
    return code


def read_glob(pattern: str, base: str, where: str) -> Glob:
    """Read a pattern for paths from a folder; raises UsageError for one that would match nothing, whatever is there."""
    if not pattern:
        raise UsageError(f"{where}: a glob is empty; write one like `drafts/**`")
    if "\\" in pattern:
        raise UsageError(f"{where}: `{pattern}` has a `\\`; folders are separated by `/` in globs, on Windows too")
    if pattern.startswith("!"):
        raise UsageError(f"{where}: `{pattern}` begins with `!`; globs only leave out, none takes back in")
    return Glob(base, pattern)


def rule_hint(word: str, rules: Mapping[str, str]) -> str:
    """End of a sentence about an unknown rule.  Names are near to one another or not; codes are not."""
    if re.fullmatch(_PLUGIN_WORD, word):
        return "; is the plug-in installed that brings it?"
    return "" if word[:2].upper() == "RF" and word[2:3].isdigit() else did_you_mean(word, rules.values())
