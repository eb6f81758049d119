"""Products of matrices, and attention, which is made of them: what they make of dependence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import torch

from rflint.verifying.torch.marks import either, lit, present, ruled_out

#: Added to the scores of attention, numbers below rule a pair out.
_RULED_OUT: Final = -50.0


class Products:
    """Operators of a propagation, by their names."""

    def _is_lit(self, tensor: torch.Tensor) -> bool:
        raise NotImplementedError

    def _held(self, result: torch.Tensor, before: Sequence[torch.Tensor]) -> torch.Tensor:
        raise NotImplementedError

    def _on_bmm(self, one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        return self._product(one, other)

    _on_mm = _on_bmm

    def _on_addmm(self, bias: torch.Tensor, one: torch.Tensor, other: torch.Tensor, **rest: Any) -> torch.Tensor:
        del bias, rest
        return self._product(one, other)

    _on_baddbmm = _on_addmm

    def _on_linear(self, value: torch.Tensor, weight: torch.Tensor, bias: Any = None) -> torch.Tensor:
        del bias
        return self._product(value, weight.t())

    def _product(self, one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        """Sums over one dimension: each depends on the lit factors whose partner is not zero."""
        factors, found = (one, other), []
        for number, each in enumerate(factors):
            if self._is_lit(each):
                partner = factors[1 - number]
                counted = present(partner)
                if counted is None:
                    counted = torch.ones_like(partner) if self._is_lit(partner) or not partner.any() else (partner != 0)
                pair = (each, counted.float()) if number == 0 else (counted.float(), each)
                found.append(torch.matmul(*(part.float() for part in pair)))
        return self._held((sum(found[1:], found[0]) > 0).float(), [each for each in factors if self._is_lit(each)])

    def _attention(self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, *_: Any, **more: Any) -> Any:
        mask = more.get("attn_mask")
        read = [each if self._is_lit(each) else torch.zeros_like(each) for each in (query, key, value)]
        seen = torch.maximum(read[1].amax(-1, keepdim=True), read[2].amax(-1, keepdim=True))
        allowed = torch.ones(query.shape[-2], key.shape[-2])
        if mask is not None:
            allowed = (mask if mask.dtype == torch.bool else mask > _RULED_OUT).float()
        result = torch.maximum((allowed @ seen > 0).float(), read[0].amax(-1, keepdim=True))
        result = self._held(result.expand(*query.shape[:-1], value.shape[-1]).clone(), (query, key, value))
        return (result, *([query.new_ones(())] * 8))

    def _on_scaled_dot_product_flash_attention_for_cpu(self, *args: Any, **more: Any) -> Any:
        return self._attention(*args, **more)[:2]

    def _on_add(self, one: Any, other: Any, **rest: Any) -> torch.Tensor:
        del rest
        shown = [each for each in (one, other) if isinstance(each, torch.Tensor)]
        fixed = [each for each in shown if not self._is_lit(each)]
        found = either(shown, [each for each in shown if self._is_lit(each)])
        # A mask that is added to scores of attention rules pairs out.
        masks = [each for each in fixed if each.ndim > 2 and each.is_floating_point() and each.numel() and float(each.min()) < _RULED_OUT]
        if not masks:
            return found
        pattern = (masks[0] >= _RULED_OUT).float().expand(found.shape).contiguous()
        return ruled_out(lit(found * pattern), pattern)
