"""Models in: a format's importer makes a draft, the draft is written as a spec, the spec is read like any other."""

from rflint.importing.conversion import Spec, signed, spec_of, values_of
from rflint.importing.draft import TOKENS, Draft, DraftInput, ImportFailure, Item, Part, Value, Wishes
from rflint.importing.formats import FORMATS, HEAD, Format, format_of, format_of_text, missing, missing_to_run, read
from rflint.importing.placing import of_model

__all__ = [
    "FORMATS",
    "HEAD",
    "TOKENS",
    "Draft",
    "DraftInput",
    "Format",
    "ImportFailure",
    "Item",
    "Part",
    "Spec",
    "Value",
    "Wishes",
    "format_of",
    "format_of_text",
    "missing",
    "missing_to_run",
    "of_model",
    "read",
    "signed",
    "spec_of",
    "values_of",
]
