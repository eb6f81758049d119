"""ONNX: the graph rewritten so that its values say what depends on what, and run in onnxruntime."""

from rflint.verifying.onnx.running import OnnxMeasurer

__all__ = ["OnnxMeasurer"]
