"""Networks out: a spec as a skeleton that runs, with random weights."""

from rflint.exporting.settled import ExportFailure, Network, settle
from rflint.exporting.targets import TARGETS, write

__all__ = ["TARGETS", "ExportFailure", "Network", "settle", "write"]
