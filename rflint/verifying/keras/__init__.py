"""Keras on PyTorch: the model built from its configuration, and run as modules of PyTorch are."""

from rflint.verifying.keras.running import KerasMeasurer

__all__ = ["KerasMeasurer"]
