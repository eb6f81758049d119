"""What a spec can be exported to, and the module that writes each."""

from __future__ import annotations

from importlib import import_module
from typing import Final, NamedTuple, Protocol, cast

from rflint.exporting.settled import Network
from rflint.model import UsageError


class _Exporter(Protocol):
    def write(self, network: Network) -> bytes:
        """Write a network; raises ExportFailure."""


class Target(NamedTuple):
    """One form of a network that runs."""

    #: As people call it.
    title: str
    #: Module with a `write`.
    module: str
    #: Whether it is a text that people read.
    is_text: bool
    #: Extra of rflint that installs what the module needs, and the packages that are missed without it.
    extra: str | None = None
    packages: tuple[str, ...] = ()


TARGETS: Final = {
    "torch": Target("PyTorch", "rflint.exporting.torch", is_text=True),
    "onnx": Target("ONNX", "rflint.exporting.onnx", is_text=False, extra="onnx", packages=("onnx", "numpy", "google")),
}


def write(target: Target, network: Network) -> bytes:
    """Write a network; the same one gives the same bytes.

    Raises ExportFailure, and UsageError with the command that installs what is missing.
    """
    try:
        exporter = cast("_Exporter", import_module(target.module))
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in target.packages:
            raise
        raise UsageError(f"{target.title} models need `{error.name}`: pip install 'rflint[{target.extra}]'") from None
    return exporter.write(network)
