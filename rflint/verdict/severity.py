"""Which rules speak, and how loudly: the spec's `rules`, the configuration, the command line."""

from __future__ import annotations


def selects(selector: str, code: str, name: str) -> bool:
    """Whether a word of `select` or `ignore` means a rule: by ALL, its name, its code, or the beginning of it (`RF1`, `RF`)."""
    if selector in ("ALL", name, code):
        return True
    # The letters of a code are one prefix: `R` is not the beginning of RF102, nor TEA that of TEAM001.
    return code.startswith(selector) and code[len(selector) :].isdigit()
