"""From findings to diagnostics: severities, suppressions, baselines, places in the text."""

from rflint.verdict.loading import Loaded, OptionError, Options, SizeOverride, load_bytes
from rflint.verdict.settling import is_enabled, settle
from rflint.verdict.vocabulary import BUILTIN, Vocabulary

__all__ = ["BUILTIN", "Loaded", "OptionError", "Options", "SizeOverride", "Vocabulary", "is_enabled", "load_bytes", "settle", "suppress"]
