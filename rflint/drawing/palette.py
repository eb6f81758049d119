"""Colours, by what they mean, on light and on dark ground.

They keep apart for colour-blind readers (after Okabe and Ito, darkened or lightened for contrast), and no meaning rests on
colour alone.  Steps of the receptive field go from pale to strong.
"""

from collections.abc import Mapping
from typing import Final

#: Role -> colour on light, on dark ground.
COLORS: Final[Mapping[str, tuple[str, str]]] = {
    "paper": ("#ffffff", "#0d1117"),
    "ink": ("#1f2328", "#e6edf3"),
    "dim": ("#59636e", "#9aa4ae"),
    "cell": ("#f3f5f7", "#1c232c"),
    "edge": ("#848d97", "#6e7681"),
    # Things that are compared, and what is bad or good about them.
    "one": ("#0072b2", "#56b4e9"),
    "two": ("#b05600", "#f0a83c"),
    "bad": ("#b3125d", "#ff7ab8"),
    "good": ("#00755a", "#3ccf9e"),
    # How much a layer sees, from little to much; nothing that can be said; the whole input at once.
    "step0": ("#fbf3d0", "#302d1a"),
    "step1": ("#d7edc4", "#24401f"),
    "step2": ("#a9dcc9", "#124d43"),
    "step3": ("#8fc9e6", "#10507a"),
    "step4": ("#a9b4f2", "#4a48a8"),
    "unknown": ("#eceff2", "#262d36"),
    "global": ("#ead3f3", "#56306b"),
}
#: Roles of the steps, from little to much.
STEPS: Final = ("step0", "step1", "step2", "step3", "step4")


def painted(rules: str) -> str:
    """Write a style sheet for light ground and for readers who prefer dark; `$ink` and other roles stand for their colours."""
    light, dark = (_colored(rules, shade) for shade in (0, 1))
    return f"{light}@media(prefers-color-scheme:dark){{\n{dark}}}\n"


def _colored(rules: str, shade: int) -> str:
    # Long names first: `$one` begins no other, but might.
    for role in sorted(COLORS, key=len, reverse=True):
        rules = rules.replace(f"${role}", COLORS[role][shade])
    return rules


def variables(shade: int) -> str:
    """All colours of one ground (0: light, 1: dark) as CSS custom properties: `--ink:#1f2328;…`."""
    return "".join(f"--{role}:{colors[shade]};" for role, colors in COLORS.items())


def contrast(one: str, other: str) -> float:
    """How well two colours (`#rrggbb`) keep apart, from 1 to 21: the contrast ratio of WCAG 2.2."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    parts = (int(color[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
