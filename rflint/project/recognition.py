"""Which YAML files are specs, by their bytes: nothing is parsed, since a search comes upon files of any kind and size."""

from __future__ import annotations

import re
from typing import Final

from rflint.model import LIMITS
from rflint.project import files

#: A top-level `rflint:` key, quoted or not, at the start of a line or of a flow mapping.
_RECOGNISED: Final = re.compile(rb"""(?m)^(?:\xef\xbb\xbf)?(?:\{[ \t\r\n]*)?(?:rflint|"rflint"|'rflint')[ \t]*:""")
#: Layers at the top of a file, an item of layers, and the key as it is misspelt.
_LAYERS: Final = rb"(?m)^(?:layers|blocks)[ \t]*:"
_ITEM: Final = rb"(?m)(?:^[ \t]+|[-{,][ \t]+|\{)(?:op|use)[ \t]*:[ \t]+\S"
_MISSPELT: Final = rb"""(?mi)^(?:\xef\xbb\xbf)?["']?r[_-]?f[_-]?lin?t["']?[ \t]*:[ \t]*1"""


def is_spec(data: bytes) -> bool:
    """Whether bytes look like a spec: a top-level `rflint` key, without parsing anything."""
    return _RECOGNISED.search(data) is not None


def holds_spec(path: str) -> bool:
    """Whether a file looks like a spec; not if it cannot be read."""
    try:
        return is_spec(files.read_regular(path, LIMITS["file-size"].default))
    except OSError:
        return False


def is_nearly_spec(data: bytes) -> bool:
    """Whether bytes that are no spec were probably meant as one: layers with ops, or a version key that is misspelt."""
    return re.search(_LAYERS, data) is not None and any(re.search(pattern, data) for pattern in (_ITEM, _MISSPELT))
