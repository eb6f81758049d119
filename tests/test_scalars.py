"""Plain scalars: their values, and words for those that other readers take for something else."""

from __future__ import annotations

import pytest

from rflint.reading.scalars import resolve, trap


def test_scalars_of_yaml_1_2() -> None:
    values: dict[str, object] = dict.fromkeys(("true", "True", "TRUE"), True)
    values |= dict.fromkeys(("false", "False", "FALSE"), False)
    values |= dict.fromkeys(("", "~", "null", "Null", "NULL"), None)
    values |= {"0": 0, "-0": 0, "+3": 3, "-17": -17, "0o17": 15, "0x1F": 31, "0xfF": 255}
    values |= {"1.": 1.0, ".5": 0.5, "-1.5": -1.5, "1e3": 1000.0, "1.5E-3": 0.0015, "+.5e+1": 5.0, "007.5": 7.5}
    for text in ("yes", "No", "on", "OFF", "y", "tRUE", "nULL", "none", "NaN", "inf", ".", "-", "+", "1.2.3", "0o8", "0O7", "-0x1"):
        values[text] = text
    for text in ("010", "00", "-08", "0b11", "1_000", "1:30", "190:20:30", "1:30.5", "2024-01-13", "e3", "1e", ".e3", "3x3", "\uff11"):
        values[text] = text
    resolved = {text: resolve(text) for text in values}
    assert resolved == values
    assert {text: type(each) for text, each in resolved.items()} == {text: type(each) for text, each in values.items()}


TRAPS = {
    "no": "`no` is text here, as in YAML 1.2; for a boolean write `false`",
    "On": "`On` is text here, as in YAML 1.2; for a boolean write `true`",
    "None": "`None` is text in YAML; write `null`",
    "3:3": "`3:3` is text here, and 183 to a YAML 1.1 reader; for a list write `[3, 3]`",
    "190:20:30": "`190:20:30` is text here, and 685230 to a YAML 1.1 reader; for a list write `[190, 20, 30]`",
    "1:30.5": "`1:30.5` is text here, and 90.5 to a YAML 1.1 reader; for a list write `[1, 30]`",
    "010": "`010` is text here: YAML 1.1 reads 8, YAML 1.2 10; write `10` or `8`",
    "-08": "`-08` is text here; write `-8`",
    "007": "`007` is text here; write `7`",
    "0b11": "`0b11` is text here, as in YAML 1.2; write `3`",
    "1_000": "`1_000` is text here, as in YAML 1.2; write `1000`",
    "2024-01-13": "`2024-01-13` is text here, not a date",
    "1e3": "`1e3` is a float here, and text to a YAML 1.1 reader; write `1000`",
    "0o10": None,
    "conv": None,
    "'010'": None,
    "3": None,
    "1.5e+3": None,
    "1e999": None,
    "0" * 200: None,
}


@pytest.mark.parametrize("text", TRAPS)
def test_traps(text: str) -> None:
    assert trap(text) == TRAPS[text]
