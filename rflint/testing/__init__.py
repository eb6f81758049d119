"""Tests about specs: assertions, and a plug-in for pytest (docs/api.md#tests).

Nothing is imported before it is needed: pytest loads its plug-ins in every run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os

    from rflint.api import Extent, Size, Spec
    from rflint.model import FailOn
    from rflint.questions.targets import AxisVerdict

__all__ = ["assert_clean", "assert_sees"]


def assert_clean(spec: str | os.PathLike[str] | Spec, *, size: Size | None = None, fail_on: FailOn | None = None) -> None:
    """Assert that `rflint check` passes a spec: a path, a text, or a loaded one.

    `fail_on`: the least severity that fails; None: that of the configuration.  The message is what `rflint check` prints.
    Raises as `rflint.lint` does.
    """
    __tracebackhide__ = True
    from rflint import api  # noqa: PLC0415 - start-up

    report = api.lint(spec, size)
    if fail_on is not None:
        report = api.Report(report.spec._replace(fail_on=fail_on, show="info" if fail_on == "info" else report.spec.show))
    if not report.ok:
        raise AssertionError(f"\n{report}")


def assert_sees(
    spec: str | os.PathLike[str] | Spec, layer: str, size: Extent | str, *, on: str | None = None, input_size: Size | None = None
) -> None:
    """Assert that a layer sees an object of a size, in input samples, whole wherever it lies, as a target of the spec would.

    `layer`: a layer or an instance of a block.  `on`: the input; None: every input that the layer depends on.  `input_size`: as
    `size` of `rflint.lint`.  Raises as `rflint.analyze` does, and rflint.ArgumentError for what is not in the network.
    """
    __tracebackhide__ = True
    from rflint import api  # noqa: PLC0415 - start-up
    from rflint.words import listing  # noqa: PLC0415 - start-up

    for seen in api.load(spec).judge(layer, size, on=on, input_size=input_size):
        wrong: dict[str, list[str]] = {}
        for axis in seen.axes:
            if axis.verdict != "guaranteed":
                wrong.setdefault(_told(axis), []).append(axis.axis)
        if wrong:
            extent = "x".join(map(str, seen.target.size))
            told = "; ".join(f"on {listing(axes)}, {text}" for text, axes in wrong.items())
            raise AssertionError(f"`{layer}` does not see {extent} samples of `{seen.input}` whole wherever they lie: {told}")


def _told(axis: AxisVerdict) -> str:
    if axis.guaranteed is None or axis.receptive_field is None:
        return f"that is not known ({axis.why})"
    return f"{axis.guaranteed} are guaranteed, and {axis.receptive_field} seen at best"
