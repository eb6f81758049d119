"""Changes to specs that a plain byte fuzzer would take long to find: of lines, words, numbers, nesting, anchors, and of the tree."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

import yaml

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence

_TOKEN: Final = re.compile(r"[\w.$]+|[^\w\s]|\s+")
_NUMBER: Final = re.compile(r"-?\d+")
_WORD: Final = re.compile(r"[A-Za-z_]{3,}")
_LONGEST: Final = 20_000

NUMBERS: Final = (
    *"""
    0 -1 1 2 3 7 16 63 64 65 255 1000 1024 65536 200000 2147483647 2147483648 -2147483648 1000000007 9223372036854775808 0.5 1.0 1e3
    -0.0 .inf .nan 1e400 0x7fffffff 010 1_0 1:30 3/2 2/3 1/0 0/1 7/11 97/89 1000001/1000003 null ~ true [3,1] [[0,1],[1,0]] same ''
    """.split(),  # noqa: SIM905 - a hundred words read better as words
    "1" + "0" * 30,
    "9" * 99,
    "9" * 101,
)
ODD: Final = (
    "\u00e9", "\u4e2d", "\U0001f600", "\u202e", "\u2028", "\x85", "\ufeff", "\ufffd", "\x1b[31m", "\\e[31m", "\x00", "\x7f", "\t", "\r",
    "\r\n", "\u00a0", "e\u0301", "\\ud800", "\\x07", "::error::", "]]>", "<b>", "|", "`", "%0A", "\U000e0041", "\u200b",
    "%YAML 1.2\n---\n", "---\n", "...\n", "\n? ", "!!int ", "!x ", "<<: ", "*", "&a ",
)  # fmt: skip
WORDS: Final = (
    *"""
    rflint name axes inputs defaults blocks layers outputs targets expect rules import op use branches join repeat with when from params
    kernel stride dilation padding output_padding ceil_mode channels groups size scale mode coordinates rounding like crop start stop
    step block axis window shift heads broadcast training ignore coverage layer input multiple_of receptive_field aligned center same
    same_lower valid causal nearest linear cubic area half_pixel align_corners asymmetric round_prefer_floor ceil conv depthwise_conv
    deformable_conv max_pool avg_pool conv_transpose max_unpool unfold blur_pool resize space_to_depth depth_to_space adaptive_avg_pool
    pad crop_like pad_like align end resize_like slice add mul concat stack relu batch_norm lrn identity squeeze_excite global_avg_pool
    dense flatten
    attention rnn fft unknown window direction index count ${index} ${k} x y t image a/b * stack/*/skip self.yaml lib.yaml more.yaml
    bad.yaml b c off error RF102 drift
    """.split(),  # noqa: SIM905 - a hundred words read better as words
    "${count - index}",
)
_OPENERS: Final = ("[", "{a: ", "- ", "(", "[[", "${", "'", '"', "1 if ", "not ", "-", "a[")


class Mutator:
    """Draws mutants of a corpus; the same seed draws the same ones."""

    def __init__(self, corpus: Sequence[bytes], generator: random.Random, *, trees: bool) -> None:
        self.corpus = list(corpus)
        self._random = generator
        self._trees = [tree for tree in map(_tree, corpus) if isinstance(tree, dict)] if trees else []
        self._nodes = [node for tree in self._trees for node in _nodes(tree)]
        self._changes: tuple[Callable[[str], str], ...] = (
            self._swap_lines, self._cut_lines, self._repeat_lines, self._splice, self._token, self._token, self._number, self._number,
            self._typo, self._odd, self._deepen, self._anchor, self._indent, self._cut, self._breaks, self._word,
        )  # fmt: skip

    def draw(self) -> bytes:
        """One mutant."""
        if self._trees and self._random.random() < 0.5:
            return self._draw_tree()
        # Small seeds first: most of what can go wrong goes wrong in a few lines.
        index = int(len(self.corpus) * self._random.random() ** 2)
        return self.change(self.corpus[index])

    def change(self, data: bytes) -> bytes:
        """Change an input in one to six places."""
        text = data.decode("utf-8", "surrogateescape")
        for _ in range(self._random.choice((1, 1, 2, 2, 3, 6))):
            text = self._random.choice(self._changes)(text)[:_LONGEST]
        changed = text.encode("utf-8", "surrogatepass" if _has_surrogates(text) else "strict")
        if self._random.random() < 0.03:
            changed = self._bytes(changed)
        return changed

    # Lines and words

    def _lines(self, text: str) -> tuple[list[str], int, int]:
        lines = text.splitlines(keepends=True) or [""]
        first = self._random.randrange(len(lines))
        return lines, first, min(len(lines), first + self._random.choice((1, 1, 2, 5)))

    def _swap_lines(self, text: str) -> str:
        lines, first, _ = self._lines(text)
        second = self._random.randrange(len(lines))
        lines[first], lines[second] = lines[second], lines[first]
        return "".join(lines)

    def _cut_lines(self, text: str) -> str:
        lines, first, last = self._lines(text)
        return "".join(lines[:first] + lines[last:])

    def _repeat_lines(self, text: str) -> str:
        lines, first, last = self._lines(text)
        return "".join(lines[:first] + lines[first:last] * self._random.choice((2, 2, 3, 20)) + lines[last:])

    def _splice(self, text: str) -> str:
        other = self._random.choice(self.corpus).decode("utf-8", "surrogateescape")
        lines, first, last = self._lines(text)
        others, other_first, other_last = self._lines(other)
        return "".join(lines[:first] + others[other_first:other_last] + lines[last:])

    def _indent(self, text: str) -> str:
        lines, first, last = self._lines(text)
        by = self._random.choice(("  ", " ", "\t", "- ", ""))
        lines[first:last] = [by + line if by else line.lstrip(" -") for line in lines[first:last]]
        return "".join(lines)

    def _replace(self, pattern: re.Pattern[str], text: str, by: Callable[[str], str]) -> str:
        """Replace one match; looked for near a random place, so that long texts cost no more than short ones."""
        at = self._random.randrange(len(text) + 1)
        match = pattern.search(text, at) or pattern.search(text)
        return text if match is None else text[: match.start()] + by(match[0]) + text[match.end() :]

    def _token(self, text: str) -> str:
        other = self._random.choice(self.corpus).decode("utf-8", "surrogateescape")
        match = _TOKEN.search(other, self._random.randrange(len(other) + 1))
        return self._replace(_TOKEN, text, lambda token: self._random.choice((match[0] if match else "", "", token + token)))

    def _word(self, text: str) -> str:
        return self._replace(_WORD, text, lambda _: self._random.choice(WORDS))

    def _number(self, text: str) -> str:
        return self._replace(_NUMBER, text, lambda _: self._random.choice(NUMBERS))

    def _typo(self, text: str) -> str:
        def misspell(word: str) -> str:
            at = self._random.randrange(len(word))
            return self._random.choice((word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:], word.upper(), word + "s"))

        return self._replace(_WORD, text, misspell)

    def _odd(self, text: str) -> str:
        at = self._random.randrange(len(text) + 1)
        return text[:at] + self._random.choice(ODD) + text[at:]

    def _cut(self, text: str) -> str:
        at, end = sorted((self._random.randrange(len(text) + 1), self._random.randrange(len(text) + 1)))
        return text[:at] + text[end:] if self._random.random() < 0.3 else text[:at]

    def _breaks(self, text: str) -> str:
        return text.replace("\n", self._random.choice(("\r\n", "\r", "\n\n", "\u2028", "\x85", " #c\n")))

    def _deepen(self, text: str) -> str:
        at = self._random.randrange(len(text) + 1)
        return text[:at] + self._random.choice(_OPENERS) * self._random.choice((2, 10, 63, 64, 65, 200, 1000)) + text[at:]

    def _anchor(self, text: str) -> str:
        name = self._random.choice("ab")
        new = self._random.choice((f"&{name} ", f"*{name}", f"*{name} ", f"[*{name}, *{name}]", f"&{name} [*{name}]"))
        match = re.compile(r"(?<=: )|(?<=- )|(?<=, )|(?<=\[)").search(text, self._random.randrange(len(text) + 1))
        if match is None:
            return text + new
        rest = text[match.end() :]
        return text[: match.start()] + new + (rest if new.endswith(" ") and "*" not in new else re.sub(r"^[\w.]+", "", rest))

    def _bytes(self, data: bytes) -> bytes:
        changed = bytearray(data or b"\0")
        for _ in range(self._random.choice((1, 2, 8))):
            changed[self._random.randrange(len(changed))] = self._random.randrange(256)
        return bytes(changed)

    # Trees

    def _draw_tree(self) -> bytes:
        tree = json.loads(json.dumps(self._trees[int(len(self._trees) * self._random.random() ** 2)]))
        for _ in range(self._random.choice((1, 1, 2, 3, 5))):
            self._change_tree(tree)
        text = json.dumps(tree, ensure_ascii=self._random.random() < 0.2)
        if self._random.random() < 0.2:
            text = text.replace("}, ", "},\n ")
        return text[: 2 * _LONGEST].encode("utf-8", "replace")

    def _change_tree(self, tree: Any) -> None:
        containers = [node for node in _nodes(tree) if isinstance(node, (dict, list)) and node]
        if not containers:
            return
        node = self._random.choice(containers)
        key = self._random.choice(list(node) if isinstance(node, dict) else range(len(node)))
        kind = self._random.randrange(9)
        if kind == 0:
            del node[key]
        elif kind <= 2:
            node[key] = _copy(self._random.choice(self._nodes))
        elif kind <= 4:
            node[key] = self._scalar()
        elif kind == 5 and isinstance(node, dict):
            node[self._random.choice(WORDS)] = node.pop(key) if self._random.random() < 0.5 else _copy(self._random.choice(self._nodes))
        elif kind == 6 and isinstance(node, list):
            node.insert(key, _copy(self._random.choice(self._nodes)))
        elif kind == 7 and isinstance(node, list):
            node.extend(_copy(node[key]) for _ in range(self._random.choice((1, 2, 10))))
        else:
            node[key] = self._random.choice(([node[key]], [node[key], node[key]], {self._random.choice(WORDS): node[key]}))

    def _scalar(self) -> Any:
        kind = self._random.randrange(4)
        if kind == 0:
            return self._random.choice((0, -1, 1, 2, 3, 5, 8, 63, 64, 65, 224, 1000, 65536, 2**31 - 1, 2**31, -(2**40), 10**18, 10**40))
        if kind == 1:
            return self._random.choice((None, True, False, 0.5, 1.0, -1.5, 1e300, [], {}, "", [None], [[0, 1]], [1, 2, 3, 4]))
        if kind == 2:
            return self._random.choice(WORDS)
        return self._random.choice(ODD + NUMBERS)


def _tree(data: bytes) -> Any:
    try:
        tree = yaml.load(data, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        return json.loads(json.dumps(tree))
    except (yaml.YAMLError, ValueError, TypeError, RecursionError, AttributeError):
        return None


def _nodes(tree: Any) -> list[Any]:
    nodes = [tree]
    for node in nodes:
        nodes.extend(node.values() if isinstance(node, dict) else node if isinstance(node, list) else ())
        if len(nodes) > 2_000:
            break
    return nodes


def _copy(node: Any) -> Any:
    return json.loads(json.dumps(node))


def _has_surrogates(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)
