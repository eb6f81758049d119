"""A spec against the running model: which samples each layer really depends on, measured."""

from rflint.verifying.comparison import Difference, Verification, verify
from rflint.verifying.findings import by_reason, findings
from rflint.verifying.measuring import Measurer, MeasuringFailure, Run, Seen

__all__ = ["Difference", "Measurer", "MeasuringFailure", "Run", "Seen", "Verification", "by_reason", "findings", "verify"]
