"""`package.module:factory(arguments)`: the module that a text names.  This runs the code of that package."""

from __future__ import annotations

import ast
import sys
import warnings
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from rflint.importing.draft import ImportFailure
from rflint.importing.torch.silence import silence

if TYPE_CHECKING:
    import torch

_FORM = "is not written as package.module:factory, or package.module:factory(arguments)"


class Call(NamedTuple):
    """What is called."""

    module: str
    #: Attributes, one inside the other.
    names: tuple[str, ...]
    positional: Sequence[Any] = ()
    named: Mapping[str, Any] = {}


def parse(text: str) -> Call:
    """Read what a text calls: arguments are literals, nothing is evaluated; raises ImportFailure."""
    module, _, written = text.strip().partition(":")
    if not module or not all(part.isidentifier() for part in module.split(".")):
        raise ImportFailure(_FORM)
    try:
        node = ast.parse(written, mode="eval").body
        call = node if isinstance(node, ast.Call) else None
        names: list[str] = []
        function = call.func if call else node
        while isinstance(function, ast.Attribute):
            names.append(function.attr)
            function = function.value
        if not isinstance(function, ast.Name):
            raise ImportFailure(_FORM)
        names.append(function.id)
        positional = [ast.literal_eval(each) for each in call.args] if call else []
        named = {each.arg: ast.literal_eval(each.value) for each in call.keywords if each.arg} if call else {}
        if call and len(named) != len(call.keywords):
            raise ImportFailure(_FORM)
    except (SyntaxError, MemoryError, RecursionError):
        raise ImportFailure(_FORM) from None
    except (ValueError, TypeError):
        raise ImportFailure("has arguments that are no literals: numbers, texts, lists, True, False and None are") from None
    return Call(module, tuple(reversed(names)), positional, named)


def build(text: str, submodule: str | None = None) -> torch.nn.Module:
    """Call what a text names, and return the module that it gives, or a part of it, in evaluation mode; raises ImportFailure."""
    import torch  # noqa: PLC0415 - the user's, and slow to load

    call = parse(text)
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        with silence(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found: Any = import_module(call.module)
            for name in call.names:
                found = getattr(found, name)
            made = found if isinstance(found, torch.nn.Module) else found(*call.positional, **call.named)
    except (Exception, SystemExit) as error:
        lines = str(error).splitlines() or [""]
        raise ImportFailure(f"cannot be built: {type(error).__name__}: {lines[0][:200]}") from error
    if not isinstance(made, torch.nn.Module):
        raise ImportFailure(f"gives a {type(made).__name__}, and no torch.nn.Module")
    return part(made, submodule)


def part(module: torch.nn.Module, submodule: str | None) -> torch.nn.Module:
    """Return a module, or a part of it by its path, in evaluation mode, on the CPU, in single precision; raises ImportFailure."""
    if submodule is not None:
        try:
            module = module.get_submodule(submodule.replace("/", "."))
        except AttributeError:
            parts = ", ".join(name for name, _ in module.named_children())
            raise ImportFailure(f"has no part `{submodule}` (parts: {parts})") from None
    return module.cpu().float().eval()
