"""Where fuzzing begins: the zoo, the test cases, and for each target inputs of its own kind."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

TESTS: Final = Path(__file__).resolve().parent.parent
_LARGEST: Final = 6_000

_EXPRESSIONS: Final = (
    "${k}", "${k * 2 + 1}", "${stride[0] // k}", "a${index}b${count - 1}", "${'x' if flag else mode}", "${[1, k, -3][index]}",
    "${min(k, 3, *a)}", "${len(stride) ** 2 % 7}", "${not flag and x < k <= 3 or 'a' in mode}", "${'}' + \"{\"}", "${2 ** 900 * big}",
    "${[[1]] * 3 == a}", "${max([1, 2])}", "${-(~k)}", "${1 if (k, 2) else 3}", "${f'{k}'}", "${k.real}", "${(lambda: 1)()}",
    "${1_000 + 0x10 + 1e3}", "${ratio / 3}", "${mode[0:2]}", "${a[-1][0] * 40}", "${'é' * 3}", "${True is None}",
    "${k if index == 0 else stride}", "${count - index}",
)  # fmt: skip
_CONFIGS: Final = (
    'select = ["ALL"]\nignore = ["RF3", "drift"]\nfail-on = "info"\n',
    '[severity]\nRF102 = "off"\ntarget-too-large = "warning"\n',
    '[per-file-ignores]\n"**/x/*.yaml" = ["RF1"]\n"a*" = []\n',
    'exclude = ["drafts/**", "b", "./*/c"]\n[limits]\nfile-size = 100\nnesting = 8\n',
    '[tool.rflint]\nextend-select = ["RF9"]\n[tool.rflint.limits]\nlayers = 5\n[tool.other]\na = 1\n',
    '[project]\nname = "x"\n[tool]\nrflint = {select = []}\n',
    'tool.rflint.ignore = ["RF404"]\n',
    '[ops.my_blur]\nlike = "conv"\nkernel = 3\n',
    '[ops.my_pool]\nlike = "max_pool"\nkernel = [2, 3]\nstride = 2\npadding = "same"\n[ops.up]\nlike = "resize"\nscale = "3/2"\n',
    '[ops.join]\nlike = "concat"\naxis = "channels"\n[ops.border]\nlike = "pad"\npadding = [[1, 0], [0, 1]]\n',
    '[ops.see]\nlike = "attention"\nwindow = 8\nshift = 4\n[ops.away]\nlike = "space_to_depth"\nblock = 2\n[ops.x]\nlike = "identity"\n',
)
_SUPPRESSIONS: Final = (
    "# rflint: ignore[RF301] why\n", "# rflint: ignore-file[drift, RF1] because\n",
    "- {op: relu, ignore: [RF301, nope]} # rflint: ignore[]\n", "# rflint: ignore\n# rflint: disable[RF301]\n",
    "#rflint:ignore[RF301,RF302] a # rflint: ignore[RF303] b\n", "- op: conv # rflint: ignore[RF001\n",
    "- name: 'a # rflint: ignore[RF301]'\n  op: |\n    # rflint: ignore[RF301]\n", "\t# rflint: ignore[center-mismatch]\r\n",
)  # fmt: skip
_BASELINES: Final = (
    '{"schema": "rflint-baseline.v1", "findings": []}\n',
    '{"schema": "rflint-baseline.v1", "findings": [{"path": "fuzz.yaml", "code": "RF301", "subject": "a", "count": 1}]}\n',
    '{"schema": "rflint-baseline.v1", "findings": [{"path": "a/b.yaml", "code": "RF999", "subject": "", "count": 1e3}, {"path": null}]}\n',
    '{"schema": "rflint-baseline.v2", "findings": {}}\n',
)
_COMMANDS: Final = (
    "check clean.yaml", "check . sub --format json --layers", "check - --format concise --stdin-filename sub/x.yaml",
    "report clean.yaml --format csv", "report - --format markdown --size 33x40", "locate clean.yaml a --index 3,4",
    "locate clean.yaml a 5 5", "sizes clean.yaml", "sizes - --size none", "explain RF102", "explain center-mismach", "rules",
    "rules --format json", "schema report", "zoo", "zoo vgg_16", "check --help", "--version", "",
    "check sub --select RF1,drift --ignore RF3 --severity RF101=info --fail-on never", "check clean.yaml --config other.toml",
    "check --isolated *.yaml", "check - --exclude b* --force-exclude --allow-empty RFLINT_IGNORE=RF1 COLUMNS=50",
    "check clean.yaml --show-settings", "check . --statistics", "diff clean.yaml lib.yaml", "graph clean.yaml --format dot",
    "check . --baseline other.toml", "check --diff clean.yaml", "report - --format html", "check - --format sarif",
    "check - --format github", "check . --format gitlab", "check - --format junit", "check - --format rdjson",
)  # fmt: skip


def specs() -> list[bytes]:
    """All specs of the repository that are short enough to be changed in interesting places."""
    files = sorted([*TESTS.glob("cases/**/*.yaml"), *TESTS.glob("data/**/*.yaml"), *TESTS.parent.glob("specs/*.yaml")])
    texts = [path.read_bytes() for path in files]
    return sorted((text for text in texts if len(text) <= _LARGEST), key=len)


def seeds(target: str) -> list[bytes]:
    """Inputs to begin with, smallest first."""
    if target == "expressions":
        return [*map(str.encode, _EXPRESSIONS), *_scalars()]
    if target == "config":
        return [text.encode() for text in _CONFIGS]
    if target == "baselines":
        return [text.encode() for text in _BASELINES]
    found = specs()
    if target == "suppressions":
        return [*map(str.encode, _SUPPRESSIONS), *(text for text in found if b"rflint: ignore" in text)]
    if target == "cli":
        small = found[: len(_COMMANDS) * 2]
        return [command.encode() + b"\n" + text for command, text in zip([*_COMMANDS, *_COMMANDS], small, strict=True)]
    return found


def _scalars() -> Iterator[bytes]:
    """The `${…}` of the specs."""
    for text in specs():
        yield from re.findall(rb'"([^"\n]*\$\{[^"\n]*)"', text)
