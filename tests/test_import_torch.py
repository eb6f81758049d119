"""Modules of PyTorch: what the exporters do not keep, and what they refuse."""

from __future__ import annotations

import logging
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="reading modules needs the extra `torch`")
pytest.importorskip("onnx", reason="reading modules needs the extra `torch`")

import rflint  # noqa: E402 - it needs them not, the tests do


def layers(module: Any, size: int, **more: Any) -> list[tuple[str, str]]:
    return [(each.name, each.op) for each in rflint.from_torch(module, size, **more).analyze().layers]


def test_adaptive_pooling_is_itself_at_any_size() -> None:
    # 48 is no multiple of 5, and 8 is the size that the map has.
    net = torch.nn.Sequential(
        *(torch.nn.Conv2d(3, 8, 3), torch.nn.AdaptiveAvgPool2d((5, 7)), torch.nn.AdaptiveMaxPool2d((None, 8))),
        *(torch.nn.AdaptiveAvgPool2d(8), torch.nn.AdaptiveMaxPool2d(1), torch.nn.Flatten(), torch.nn.Linear(8, 4)),
    )
    found = rflint.from_torch(net, 50).analyze().layers
    assert [(each.op, each.size) for each in found] == [
        ("conv", (48, 48)),
        ("adaptive_avg_pool", (5, 7)),
        ("adaptive_max_pool", (5, 8)),
        ("adaptive_avg_pool", (8, 8)),
        ("global_max_pool", (1, 1)),
        ("dense", (1, 1)),
    ]


def test_operators_that_onnx_does_not_have_are_unknown(capfd: pytest.CaptureFixture[str]) -> None:
    before = logging.root.manager.disable

    class Strange(torch.nn.Module):
        def forward(self, image: Any) -> Any:
            print("noise")
            logging.getLogger("strange").error("noise")
            return torch.special.bessel_j0(image)

    assert layers(torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3), Strange()), 16) == [("0", "conv"), ("1", "unknown")]
    assert capfd.readouterr() == ("", "")
    assert logging.root.manager.disable == before


def test_what_is_no_module_is_refused() -> None:
    with pytest.raises(TypeError, match=r"module: int is no torch\.nn\.Module"):
        rflint.from_torch(3)
    with pytest.raises(TypeError, match="module: type is no"):
        rflint.from_torch(torch.nn.Conv2d)


def test_layers_that_take_any_channels_do_not_say_them() -> None:
    with pytest.raises(rflint.ArgumentError, match="does not say the channels of its input"):
        rflint.from_torch(torch.nn.LazyConv2d(8, 3), 16)
    assert layers(torch.nn.Sequential(torch.nn.LazyConv2d(8, 3)), 16, channels=3) == [("0", "conv")]
