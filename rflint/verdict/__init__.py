"""From findings to diagnostics: severities, suppressions, baselines, places in the text."""

from rflint.verdict.judging import judge
from rflint.verdict.loaded import Loaded
from rflint.verdict.options import BUILTIN, OptionError, Options, SizeOverride, resized, swapped
from rflint.verdict.reporting import report
from rflint.verdict.settling import settle
from rflint.verdict.severity import severities

__all__ = ["BUILTIN", "Loaded", "OptionError", "Options", "SizeOverride", "judge", "report", "resized", "settle", "severities", "swapped"]
