"""How much an expansion may do: a spec of a few lines can ask for more layers than any machine holds."""

from __future__ import annotations

from rflint.model import Finding, Limits


class OverLimitError(Exception):
    """A limit is exceeded, in words for the user; expansion stops."""


class StopExpansionError(Exception):
    """Carries the finding that ends the expansion."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


class Budget:
    """What is left of the limits."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._steps = limits.steps

    def spend(self, steps: int) -> None:
        """Account for work that is about to be done; raise OverLimitError when there has been too much."""
        self._steps -= steps
        if self._steps < 0:
            raise OverLimitError(f"expanding this spec takes more than {self.limits.steps:,} steps")

    def check_layers(self, layers: int) -> None:
        """Raise OverLimitError where a spec would have this many layers."""
        if layers > self.limits.layers:
            raise OverLimitError(f"this would make more than {self.limits.layers:,} layers in all, which is the limit")

    def check_copies(self, layers: int, copies: int) -> None:
        """Ask before `copies` copies are made where there are `layers` layers; raise OverLimitError for too many."""
        if layers + copies > self.limits.layers:
            many = "1 copy" if copies == 1 else f"{copies:,} copies"
            raise OverLimitError(f"{many} would make more than {self.limits.layers:,} layers in all, which is the limit")
