"""The formats that models come in: how each is known, and the module that reads it."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import import_module
from typing import BinaryIO, Final, NamedTuple, Protocol, cast

from rflint.importing.draft import Draft, ImportFailure, Wishes
from rflint.model import UsageError

#: Bytes of a file from which its format is told.
HEAD: Final = 4096

_NNUNET: Final = re.compile(rb'"(?:plans_name|image_reader_writer|configurations|foreground_intensity_properties_per_channel)"\s*:')
_KERAS: Final = re.compile(rb'"class_name"\s*:\s*"(?:Functional|Model|Sequential)"|"keras_version"|"module"\s*:\s*"keras')


class Importer(Protocol):
    """What the module of a format holds."""

    def read(self, stream: BinaryIO, name: str, wishes: Wishes) -> Draft:
        """Read a model from an open file, or from the text behind a prefix; `name`: what to call the network.

        Raises ImportFailure where that is not possible.
        """


class Format(NamedTuple):
    """A format."""

    name: str
    #: As people call it.
    title: str
    #: Module with a `read`, as `Importer` has it.
    module: str
    #: Whether these first bytes of a file are those of such a model; the file's name is in lower case.
    matches: Callable[[bytes, str], bool]
    #: Extra of rflint that installs what the module needs, and the packages that are missed without it.
    extra: str | None = None
    packages: tuple[str, ...] = ()
    #: How arguments begin that name such a model and no file.
    prefix: str | None = None
    #: Of the wishes that not every format knows, those that this one does.
    wishes: tuple[str, ...] = ()


def _is_onnx(head: bytes, name: str) -> bool:
    # `ir_version` comes first, then the producer or what it stands for.
    return name.endswith(".onnx") or (len(head) > 3 and head[0] == 0x08 and head[1] < 0x40 and head[2] in (0x12, 0x1A, 0x3A, 0x42))


def _is_keras(head: bytes, name: str) -> bool:
    if head.startswith(b"PK\x03\x04"):
        return name.endswith(".keras") or b"config.json" in head
    return head.startswith(b"\x89HDF\r\n\x1a\n") or (_is_json(head) and _KERAS.search(head) is not None)


def _is_json(head: bytes) -> bool:
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def _is_darknet(head: bytes, _: str) -> bool:
    return re.search(rb"(?m)^[ \t]*\[net(?:work)?\]", head) is not None and not _is_json(head)


def _is_ultralytics(head: bytes, name: str) -> bool:
    return name.endswith((".yaml", ".yml")) and re.search(rb"(?m)^(?:backbone|head)[ \t]*:", head) is not None


def _is_nnunet(head: bytes, _: str) -> bool:
    return _is_json(head) and _NNUNET.search(head) is not None


def _never(head: bytes, name: str) -> bool:
    del head, name
    return False


FORMATS: Final = (
    Format("onnx", "ONNX", "rflint.importing.onnx", _is_onnx, "onnx", ("onnx", "numpy", "google"), wishes=("outputs",)),
    Format("keras", "Keras", "rflint.importing.keras", _is_keras),
    Format("darknet", "darknet", "rflint.importing.darknet", _is_darknet),
    Format("ultralytics", "Ultralytics", "rflint.importing.ultralytics", _is_ultralytics, wishes=("scale",)),
    Format("nnunet", "nnU-Net plans", "rflint.importing.nnunet", _is_nnunet, wishes=("submodule",)),
    Format(
        *("torch", "PyTorch", "rflint.importing.torch", _never, "torch", ("torch", "onnx", "numpy", "google")),
        prefix="torch:",
        wishes=("submodule", "outputs"),
    ),
)


def format_of(head: bytes, name: str) -> Format | None:
    """Tell the format of a file by its first bytes and its name; None: none that is known."""
    return next((each for each in FORMATS if each.matches(head, name.lower())), None)


def format_of_text(argument: str) -> Format | None:
    """Tell the format of an argument that names a model and no file: `torch:package.module:factory`."""
    return next((each for each in FORMATS if each.prefix is not None and argument.startswith(each.prefix)), None)


def read(found: Format, stream: BinaryIO, name: str, wishes: Wishes) -> Draft:
    """Read a model; raises ImportFailure, and UsageError with the command that installs what is missing."""
    for each in ("outputs", "submodule", "scale"):
        if getattr(wishes, each) and each not in found.wishes:
            raise ImportFailure(f"is read without --{each}: that is nothing for models of {found.title}")
    try:
        return cast("Importer", import_module(found.module)).read(stream, name, wishes)
    except ModuleNotFoundError as error:
        raise missing(found, error) from None


def missing(found: Format, error: ModuleNotFoundError) -> Exception:
    """Return what to raise where a package is missing: the command that installs it, or the error itself."""
    if (error.name or "").partition(".")[0] not in found.packages:
        return error
    return UsageError(f"{found.title} models need `{error.name}`: pip install 'rflint[{found.extra}]'")


#: Packages that run models.
_RUNNERS: Final = frozenset(("torch", "keras", "h5py", "onnxruntime", "onnx", "numpy", "google"))


def missing_to_run(found: Format, error: ModuleNotFoundError) -> Exception:
    """Return what to raise where a package is missing that runs a model: the command that installs it, or the error itself."""
    name = (error.name or "").partition(".")[0]
    if name not in _RUNNERS:
        return error
    extra = "torch" if found.name == "torch" else f"verify-{found.name}"
    return UsageError(f"running {found.title} models needs `{name}`: pip install 'rflint[{extra}]'")
