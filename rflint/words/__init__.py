"""Words: numbers, lists, names and axes as sentences have them."""

from rflint.words.numbers import axes_text, measured, samples, show
from rflint.words.wording import LISTED, clip, counted, listing, quoted, shown

__all__ = ["LISTED", "axes_text", "clip", "counted", "listing", "measured", "quoted", "samples", "show", "shown"]
