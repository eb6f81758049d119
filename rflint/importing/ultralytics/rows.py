"""From rows to modules: scales, references, arguments."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import ceil, isfinite
from typing import Any, BinaryIO, Final

from rflint.importing.draft import Draft, DraftInput, ImportFailure, Wishes
from rflint.importing.names import legal
from rflint.importing.ultralytics.blocks import MODULES, REPEATING
from rflint.importing.ultralytics.heads import HEADS, OTHERS, Settings
from rflint.importing.ultralytics.net import Map, Net, NotExpressible
from rflint.model import Limits
from rflint.reading.source import read as read_yaml

#: Bytes of a file, and nodes of it; a hundredth would do.
_LIMITS: Final = Limits(file_size=1_000_000, nodes=100_000)
_MOST_ROWS: Final = 2_000
_MOST_REPEATS: Final = 1_000
_LARGEST: Final = 2**31 - 1
#: Size of images where nothing is said.
_SIZE: Final = 640
#: The scale at the end of a model's name: `yolov8n-seg`, `yolo11x`.
_LETTER: Final = re.compile(r"[0-9]([nstbmlxce])(?:[-_.].*)?$")
#: Modules whose presence says that heads have depthwise convolutions.
_LIGHT: Final = frozenset(("C3k2", "C2fCIB", "A2C2f"))
_BINS: Final = 16
_WORDS: Final[Mapping[str, Any]] = {"None": None, "True": True, "False": False}


def parsed(stream: BinaryIO) -> Mapping[str, Any]:
    """Read a file; raises ImportFailure."""
    reading = read_yaml(stream.read(_LIMITS.file_size + 1), "model", _LIMITS)
    if reading.document is None or reading.findings:
        raise ImportFailure(f"is no YAML that can be read: {reading.findings[0].message}" if reading.findings else "is empty")
    data = reading.document.data
    if not isinstance(data, dict) or not all(isinstance(data.get(key), list) for key in ("backbone", "head")):
        raise ImportFailure("has no lists `backbone` and `head`")
    return data


class Reader:
    """The maps of the rows so far."""

    def __init__(self, data: Mapping[str, Any], name: str, wishes: Wishes) -> None:
        self._data = data
        self._name = name
        self._net = Net()
        self._notes: list[str] = []
        self.depth, self.width, self.most = self._scale(wishes.scale)
        size = wishes.size_of("image", 2) or (_SIZE, _SIZE)
        given = data.get("ch", data.get("channels"))
        self._input = DraftInput("image", size, given if type(given) is int and given > 0 else wishes.channels or 3)
        bins = data.get("reg_max", _BINS)
        light = any(row[2] in _LIGHT for row in self._rows())
        #: Numbers at the top of the file that arguments name: `kpt_shape`.
        self._named = {key: value for key, value in data.items() if isinstance(value, (int, list)) and key not in {"backbone", "head"}}
        self._settings = Settings(_count(data.get("nc", 80), "nc"), _count(bins, "reg_max"), light=light)

    def _rows(self) -> list[list[Any]]:
        rows = [*self._data["backbone"], *self._data["head"]]
        if len(rows) > _MOST_ROWS:
            raise ImportFailure(f"has more than {_MOST_ROWS:,} rows")
        for number, row in enumerate(rows):
            if not (isinstance(row, list) and [*map(type, row[1:])] == [int, str, list]):
                raise ImportFailure(f"has a row {number} that is not `[from, repeats, module, [arguments]]`")
        return rows

    def _scale(self, wanted: str | None) -> tuple[float, float, float]:
        """Return the factors of depth and width, and the most channels before the width."""
        scales = self._data.get("scales")
        if not isinstance(scales, dict) or not scales:
            if wanted is not None:
                raise ImportFailure("comes in one scale only (--scale)")
            factors = [self._data.get("depth_multiple", 1), self._data.get("width_multiple", 1), _LARGEST]
        else:
            letter = _LETTER.search(self._name)
            own = self._data.get("scale") or (letter[1] if letter else None)
            chosen = wanted or (own if isinstance(own, str) and own in scales else None)
            if chosen is None:
                chosen = str(next(iter(scales)))
                self._notes.append(f"read at scale {chosen}, the first of {', '.join(legal(str(each)) for each in scales)} (--scale)")
            if chosen not in scales:
                raise ImportFailure(f"has no scale `{legal(chosen)}`, but {', '.join(legal(str(each)) for each in scales)} (--scale)")
            self.letter = chosen
            factors = scales[chosen]
        usable = isinstance(factors, list) and len(factors) in (2, 3)
        if not usable or not all(type(each) in (int, float) and isfinite(each) and 0 < each <= _LARGEST for each in factors):
            raise ImportFailure("has a scale that is not `[depth, width, most channels]`")
        depth, width, *most = factors
        return depth, width, most[0] if most else _LARGEST

    letter: str = ""

    def read(self) -> Draft:
        """Read all rows."""
        assert self._input.channels is not None
        image = Map("image", self._input.channels, self._input.size)
        maps: list[list[Map]] = []
        rows = self._rows()
        read: set[int] = set()
        for number, (sources, repeats, module, arguments) in enumerate(rows):
            own = []
            for place in sources if isinstance(sources, list) else [sources]:
                at = number + place if type(place) is int and place < 0 else place
                if type(at) is not int or not -1 <= at < number:
                    raise ImportFailure(f"has a row {number} ({legal(module)}) that reads row {_shown(place)}, which is not before it")
                if at >= 0:
                    read.add(at)
                own.append(image if at == -1 else maps[at][0])
            if not own:
                raise ImportFailure(f"has a row {number} ({legal(module)}) that reads nothing")
            self._net.origin = f"{module} {number}"
            values = [self._argument(each) for each in arguments]
            maps.append(self._row(str(number), module, own, max(round(repeats * self.depth), 1) if repeats > 1 else repeats, values))
        outputs = tuple((each.key, "") for number, made in enumerate(maps) if number not in read for each in made)
        return Draft(self._name, ("y", "x"), (self._input,), tuple(self._net.items), outputs, len(rows), tuple(self._notes))

    def _argument(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._argument(each) for each in value]
        if value == "nc":
            return self._settings.classes
        if isinstance(value, str) and value in self._named:
            return self._named[value]
        return _WORDS.get(value, value) if isinstance(value, str) else value

    def _row(self, name: str, module: str, maps: Sequence[Map], repeats: int, arguments: list[Any]) -> list[Map]:
        start = len(self._net.items)
        if repeats > _MOST_REPEATS:
            raise ImportFailure(f"has a row {name} ({legal(module)}) with {repeats:,} repeats")
        try:
            with self._net.within(name):
                return self._module(module, maps, repeats, arguments)
        except (NotExpressible, TypeError, ValueError, IndexError, KeyError, OverflowError, ZeroDivisionError):
            # Arguments come from a file, and may be anything.
            del self._net.items[start:]
        channels = self._wide(arguments[0]) if arguments and type(arguments[0]) is int and 0 < arguments[0] < _LARGEST else maps[0].channels
        fields = {"original": module[:200], "channels": channels}
        with self._net.within(name):
            return [self._net.add("unknown", list(dict.fromkeys(maps)), fields, channels=channels, sizes=(None, None))]

    def _module(self, module: str, maps: Sequence[Map], repeats: int, arguments: list[Any]) -> list[Map]:
        if (head := HEADS.get(module)) is not None:
            if module == "Segment" and len(arguments) > 2:
                arguments[2] = _divisible(min(arguments[2], self.most) * self.width)
            return head(self._net, maps, self._settings, *arguments)
        if (build := MODULES.get(module)) is not None:
            (x,) = maps
            channels, *rest = arguments
            if module != "Classify":
                channels = self._wide(channels)
            rest = self._adjusted(module, rest)
            if module in REPEATING:
                return [build(self._net, x, channels, max(repeats, 1), *rest)]
            return [self._again(lambda each: build(self._net, each, channels, *rest), x, repeats)]
        other = OTHERS.get(module)
        if other is None:
            raise NotExpressible
        if module in {"HGBlock", "ResNetLayer"}:
            if module == "HGBlock":
                arguments.insert(3, max(repeats, 1))
            return [other(self._net, maps, *arguments)]
        if repeats > 1:
            (x,) = maps
            return [self._again(lambda each: other(self._net, [each], *arguments), x, repeats)]
        return [other(self._net, maps, *arguments)]

    def _adjusted(self, module: str, rest: list[Any]) -> list[Any]:
        """Larger scales have deeper units, and a residual around attention (YOLO11, YOLOv12)."""
        if module == "C3k2" and self.letter and self.letter in "mlx":
            return [True, *rest[1:]]
        if module == "A2C2f" and self.letter and self.letter in "lx":
            return [*rest, True, 1.2]
        return rest

    def _again(self, build: Any, x: Map, repeats: int) -> Map:
        if repeats <= 1:
            made: Map = build(x)
            return made
        for place in range(repeats):
            with self._net.within(str(place)):
                x = build(x)
        return x

    def _wide(self, channels: int) -> int:
        # Channels that are the classes are as many as these.
        if channels == self._settings.classes:
            return channels
        return _divisible(min(channels, self.most) * self.width)


def _shown(value: Any) -> str:
    return str(value) if type(value) is int and abs(value) <= _LARGEST else "of another kind"


def _divisible(channels: float) -> int:
    return ceil(channels / 8) * 8


def _count(value: Any, name: str) -> int:
    if type(value) is not int or not 0 < value < _LARGEST:
        raise ImportFailure(f"has `{name}` that is no number of them")
    return value
