"""Models in: a format's importer makes a draft, the draft is written as a spec, the spec is read like any other."""

from rflint.importing.conversion import Spec, signed, spec_of
from rflint.importing.draft import Draft, DraftInput, ImportFailure, Item, Wishes
from rflint.importing.formats import FORMATS, HEAD, Format, format_of, format_of_text, missing, read
from rflint.importing.placing import of_model

__all__ = [
    "FORMATS",
    "HEAD",
    "Draft",
    "DraftInput",
    "Format",
    "ImportFailure",
    "Item",
    "Spec",
    "Wishes",
    "format_of",
    "format_of_text",
    "missing",
    "of_model",
    "read",
    "signed",
    "spec_of",
]
