"""Colours: what is read or told apart has the contrast that WCAG 2.2 asks for, on light and on dark ground."""

from __future__ import annotations

from itertools import pairwise

import pytest

from rflint.drawing import COLORS, STEPS, contrast, painted, variables

#: Grounds that text stands on.
GROUNDS = ("paper", "cell", "unknown", "global", *STEPS)


def test_the_ratio_is_that_of_the_guidelines() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert contrast("#ffffff", "#777777") == contrast("#777777", "#ffffff")


@pytest.mark.parametrize("shade", [0, 1], ids=["light", "dark"])
def test_text_can_be_read(shade: int) -> None:
    for ground in GROUNDS:
        assert contrast(COLORS["ink"][shade], COLORS[ground][shade]) >= 4.5, ground
    for text in ("dim", "one", "two", "bad", "good"):
        assert contrast(COLORS[text][shade], COLORS["paper"][shade]) >= 4.5, text
        assert contrast(COLORS[text][shade], COLORS["cell"][shade]) >= 4.5, text


@pytest.mark.parametrize("shade", [0, 1], ids=["light", "dark"])
def test_lines_and_marks_can_be_seen(shade: int) -> None:
    for ground in ("paper", "cell"):
        assert contrast(COLORS["edge"][shade], COLORS[ground][shade]) >= 3, ground
    for ground in GROUNDS:
        assert contrast(COLORS["bad"][shade], COLORS[ground][shade]) >= 3, ground


@pytest.mark.parametrize("shade", [0, 1], ids=["light", "dark"])
def test_steps_go_one_way(shade: int) -> None:
    """Further from the paper with each: to be told apart without colours."""
    away = [contrast(COLORS[step][shade], COLORS["paper"][shade]) for step in STEPS]
    assert all(later > 1.09 * earlier for earlier, later in pairwise(away)), away


def test_style_sheets() -> None:
    text = painted("a{fill:$ink;stroke:$step1}\n")
    assert text == (
        f"a{{fill:{COLORS['ink'][0]};stroke:{COLORS['step1'][0]}}}\n"
        f"@media(prefers-color-scheme:dark){{\na{{fill:{COLORS['ink'][1]};stroke:{COLORS['step1'][1]}}}\n}}\n"
    )
    assert variables(1).startswith("--paper:#0d1117;--ink:#e6edf3;")
