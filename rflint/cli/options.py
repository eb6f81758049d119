"""The values of options that several commands share: sizes, and settings."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from rflint.cli.commands import Arguments
from rflint.model import SEVERITIES, UsageError
from rflint.project import Settings, config, files, plugins
from rflint.verdict import SizeOverride
from rflint.words import did_you_mean


def parse_sizes(texts: Sequence[str]) -> tuple[SizeOverride, ...]:
    """Read the values of `--size`: `321`, `321x224`, `image=321x224`, `none`, `?x224`; raises UsageError."""
    if not texts:
        return ()
    from rflint.verdict.sizes import read_size  # noqa: PLC0415 - start-up

    return tuple(read_size(text, "--size") for text in texts)


def settings_of(arguments: Arguments, *, linting: bool = True) -> Settings:
    """Return the settings of a run; raises UsageError for what no rule or plug-in answers to."""
    if arguments.typed("config") and arguments.flag("isolated"):
        raise UsageError("--config names a configuration and --isolated uses none: use one of them")
    # A question about one spec knows nothing of rules and severities.
    own = _asked(arguments) if linting else None
    return Settings(own, config=arguments.optional("config"), isolated=arguments.flag("isolated"))


def stdin_name(arguments: Arguments, paths: Sequence[str]) -> str | None:
    """Return the stated name of standard input; raises UsageError where that is not among the paths."""
    name = arguments.optional("stdin_filename")
    if name is not None and files.STDIN not in paths:
        raise UsageError("--stdin-filename names what standard input holds: add - to read that")
    return name


def _asked(arguments: Arguments) -> config.Config:
    """Return what the command line, or the environment in its place, asks for."""
    rules = plugins.load().rule_names
    here = files.working_folder()
    baseline = arguments.optional("baseline")
    return config.Config(
        select=_selectors(arguments, "select", rules) if arguments.texts("select") else None,
        extend_select=_selectors(arguments, "extend_select", rules),
        ignore=_selectors(arguments, "ignore", rules),
        severity=_severities(arguments, rules),
        exclude=tuple(config.read_glob(_slashed(each), here, arguments.source("exclude")) for each in arguments.texts("exclude")),
        fail_on=arguments.optional("fail_on"),
        show=arguments.optional("show"),
        baseline=None if baseline is None else files.absolute(baseline),
    )


def _selectors(arguments: Arguments, key: str, rules: Mapping[str, str]) -> tuple[str, ...]:
    words = _split(arguments, key)
    return config.read_selectors(words, arguments.source(key), rules)


def _severities(arguments: Arguments, rules: Mapping[str, str]) -> Mapping[str, str]:
    """Read `RF301=off,drift=error`; of several about one rule the last counts."""
    source = arguments.source("severity")
    severities: dict[str, str] = {}
    for text in _split(arguments, "severity"):
        rule, equals, severity = (part.strip() for part in text.rpartition("="))
        if not (equals and rule):
            raise UsageError(f"{source}: `{text}` is not RULE=SEVERITY, like RF301=off")
        code = config.code_of(rule, source, rules)
        if severity not in SEVERITIES:
            raise UsageError(f"{source}: `{text}` must end in one of {', '.join(SEVERITIES)}{did_you_mean(severity, SEVERITIES)}")
        severities[code] = severity
    return severities


def _split(arguments: Arguments, key: str) -> list[str]:
    """Words between commas; raises UsageError where there are commas only."""
    words = [word.strip() for text in arguments.texts(key) for word in text.split(",") if word.strip()]
    if arguments.texts(key) and not words:
        raise UsageError(f"{arguments.source(key)}: `{','.join(arguments.texts(key))}` names no rule")
    return words


def _slashed(glob: str) -> str:
    """Write a glob as configurations do: on Windows, shells complete paths with backslashes."""
    return glob.replace(os.sep, "/")
