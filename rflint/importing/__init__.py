"""Models in: a format's importer makes a draft, the draft is written as a spec, the spec is read like any other."""

from rflint.importing.conversion import Spec, layers_of, signed, spec_of
from rflint.importing.draft import TOKENS, Draft, DraftInput, ImportFailure, Item, Layer, Part, Value, Wishes
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
    "Layer",
    "Part",
    "Spec",
    "Value",
    "Wishes",
    "format_of",
    "format_of_text",
    "layers_of",
    "missing",
    "missing_to_run",
    "of_model",
    "read",
    "signed",
    "spec_of",
]
