"""Words: numbers, lists, names and axes as sentences have them."""

from rflint.words.axes import axis_by_axis, by_axis, either, per_axis
from rflint.words.congruence import in_words
from rflint.words.globs import covers
from rflint.words.numbers import amount, axes_text, measured, readable, samples, show
from rflint.words.spelling import certain, did_you_mean, fold, misspelt, suggest
from rflint.words.terminal import MIN_WIDTH, PIPE_WIDTH, Choice, Style, safe
from rflint.words.wording import LISTED, clip, counted, error_text, listing, quoted, shown, stem

__all__ = [
    "LISTED",
    "MIN_WIDTH",
    "PIPE_WIDTH",
    "Choice",
    "Style",
    "amount",
    "axes_text",
    "axis_by_axis",
    "by_axis",
    "certain",
    "clip",
    "counted",
    "covers",
    "did_you_mean",
    "either",
    "error_text",
    "fold",
    "in_words",
    "listing",
    "measured",
    "misspelt",
    "per_axis",
    "quoted",
    "readable",
    "safe",
    "samples",
    "show",
    "shown",
    "stem",
    "suggest",
]
