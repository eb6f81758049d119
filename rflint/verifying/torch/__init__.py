"""PyTorch: the real module runs, on zeros and ones that say what depends on what."""

from rflint.verifying.torch.marks import is_lit, quietly, unwatched, why_unknown
from rflint.verifying.torch.marks import lit as mark_lit
from rflint.verifying.torch.modules import AT_ONCE, ModuleMeasurer
from rflint.verifying.torch.propagation import Propagation

__all__ = ["AT_ONCE", "ModuleMeasurer", "Propagation", "is_lit", "mark_lit", "quietly", "unwatched", "why_unknown"]
