"""rflint from Python: load a spec, lint it, analyse it, ask it; plain values, no global state (docs/api.md).

>>> import rflint
>>> spec = rflint.load(\'\'\'
... rflint: 1
... name: tiny
... layers:
...   - {name: a, op: conv, kernel: 3, padding: 1}
...   - {name: b, op: conv, kernel: 3, stride: 2, padding: 1}
... \'\'\')
>>> network = spec.analyze(size=224)
>>> network["b"].receptive_field["input"].size
(5, 5)
>>> network["b"].size
(112, 112)
>>> [finding.code for finding in spec.lint(size=224).findings]
['RF104', 'RF305']
>>> rflint.locate(spec, "b", at=(0, 3)).region
((-2, 2), (4, 8))
"""

from rflint.api.answers import Location, Sizes, Tiles
from rflint.api.arguments import Extent, Size
from rflint.api.errors import ArgumentError, UnknownLayerError
from rflint.api.modules import from_torch
from rflint.api.results import Network, Report, SpecError
from rflint.api.specs import Spec, analyze, lint, load, locate, sizes, tiles
from rflint.model import UsageError

__all__ = [
    "ArgumentError",
    "Extent",
    "Location",
    "Network",
    "Report",
    "Size",
    "Sizes",
    "Spec",
    "SpecError",
    "Tiles",
    "UnknownLayerError",
    "UsageError",
    "analyze",
    "from_torch",
    "lint",
    "load",
    "locate",
    "sizes",
    "tiles",
]
