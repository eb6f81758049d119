"""PyTorch: the real module runs, on zeros and ones that say what depends on what."""

from rflint.verifying.torch.modules import ModuleMeasurer

__all__ = ["ModuleMeasurer"]
