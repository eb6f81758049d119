"""rflint: a declarative linter for convolutional architectures."""

__version__ = "0.1.0"
