"""Words: numbers, lists, names and axes as sentences have them."""

from rflint.words.axes import axis_by_axis, by_axis, either
from rflint.words.congruence import in_words
from rflint.words.numbers import axes_text, measured, read, samples, show
from rflint.words.spelling import certain, did_you_mean, fold, misspelt, suggest
from rflint.words.terminal import MIN_WIDTH, PIPE_WIDTH, Style, safe
from rflint.words.wording import LISTED, clip, counted, listing, quoted, shown

__all__ = [
    "LISTED",
    "MIN_WIDTH",
    "PIPE_WIDTH",
    "Style",
    "axes_text",
    "axis_by_axis",
    "by_axis",
    "certain",
    "clip",
    "counted",
    "did_you_mean",
    "either",
    "fold",
    "in_words",
    "listing",
    "measured",
    "misspelt",
    "quoted",
    "read",
    "safe",
    "samples",
    "show",
    "shown",
    "suggest",
]
