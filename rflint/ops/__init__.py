"""The ops table: the only place that knows what `conv` means.

A new op is one `Op` value in one of these modules (or in a module of its own with one line here) and its test cases.
"""

from __future__ import annotations

from typing import Final

from rflint.model import Op
from rflint.ops import borders, global_, merging, pointwise, resampling, windows

OPS: Final[dict[str, Op]] = {op.name: op for family in (windows, resampling, borders, merging, pointwise, global_) for op in family.OPS}
