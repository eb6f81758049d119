"""What the ops table says of one op."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, NamedTuple

from rflint.algebra import AxisOp
from rflint.model.site import EMPTY

Group = Literal["windows", "resampling", "borders", "merging", "pointwise", "gated", "global", "honest"]

#: What an op may be called, in a configuration and in plug-ins.
NAME: Final = re.compile(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*")
LONGEST_NAME: Final = 60

#: Evaluated fields of a layer: name -> scalar or list.
Fields = Mapping[str, Any]


class FieldSpec(NamedTuple):
    """One field of an op."""

    name: str
    #: JSON Schema (draft 2020-12) of the value; for `per_axis` fields, of the value of *one* axis.
    schema: Schema
    #: One or two sentences, shown on hover.
    doc: str
    #: Words for the default, shown after the doc; None: no default.
    default: str | None = None
    #: One value for all axes, or a list with one value per axis.
    per_axis: bool = False
    examples: tuple[object, ...] = ()


#: Keys of an item of layers beside the fields of its op: of which one says what it is, those of some kinds, those of all.
ITEM_KINDS = ("op", "use", "branches")


KIND_KEYS = ("op", "use", "with", "branches", "join")


COMMON_KEYS = ("name", "from", "repeat", "when", "ignore", "description")


ITEM_KEYS = frozenset((*KIND_KEYS, *COMMON_KEYS))


Schema = Mapping[str, Any]


class Cost(NamedTuple):
    """Channels, learnt parameters and multiply-adds of one layer; None where they cannot be known."""

    channels: int | None
    params: int | None = 0
    macs: int | None = 0


class CostQuestion(NamedTuple):
    """What an op needs to know to count: all sizes are products over the axes."""

    fields: Fields
    #: Channels of each input, None where unknown.
    channels: tuple[int | None, ...]
    #: Number of kernel taps over all axes.
    taps: int
    #: Number of axes.
    axes: int
    #: Number of samples of the input and of the output map; None where unknown.
    samples_in: int | None
    samples_out: int | None


class Op(NamedTuple):
    """One row of the ops table.

    `lower(fields, axis, axes)` gives the op's meaning on axis number `axis` of the axes named `axes`.
    `cost` raises `ChannelError` where channels do not fit.
    """

    name: str
    #: Its heading in the docs and in the editor, nothing else.
    group: Group
    #: One sentence for the language reference and the editor.
    doc: str
    fields: tuple[FieldSpec, ...]
    lower: Callable[[Fields, int, tuple[str, ...]], AxisOp]
    cost: Callable[[CostQuestion], Cost]
    #: Fields that must be given, checked after `defaults` are laid under.
    required: tuple[str, ...] = ()
    #: Exactly one of these must be given.
    one_of: tuple[str, ...] = ()
    #: Least and largest number of inputs that carry signal; None: no limit.
    inputs: tuple[int, int | None] = (1, 1)
    #: A last, additional input gives a size only (`crop_like`, `pad_like`, `resize_like`).
    sized_by_input: bool = False
    #: The op that this one is a variant of; empty for one in its own right.
    like: str = ""
    #: Values of fields that a layer, or the `defaults` of its file, leave open.
    preset: Fields = EMPTY

    @property
    def merges(self) -> bool:
        """Whether it makes one map of several: whatever takes several has to, but for what is not known."""
        return self.inputs[0] > 1

    @property
    def learns(self) -> bool:
        """Whether it learns filters: a window that makes channels of its own."""
        return {"kernel", "channels"} <= {field.name for field in self.fields}

    @property
    def pools(self) -> bool:
        """Whether it sums up a window, channel by channel, and learns nothing."""
        names = {field.name for field in self.fields}
        return "kernel" in names and "channels" not in names


class ChannelError(Exception):
    """Channels that an op cannot take; the message says why, in words for the user."""


class OpCrash(Exception):  # noqa: N818 - not the user's error: that of a plug-in
    """An op of a plug-in failed, or said what cannot be; the message tells which and how."""


def derive(op: Op, name: str, preset: Fields, doc: str = "") -> Op:
    """Make a variant of an op under a name of its own: some fields preset, which a layer may still set otherwise."""
    chosen = any(field in preset for field in op.one_of)
    preset = {**{field: value for field, value in op.preset.items() if not (chosen and field in op.one_of)}, **preset}
    values = ", ".join(f"`{field}: {_written(value)}`" for field, value in preset.items())
    about = f"`{op.name}`" + (f" with {values} unless the layer says otherwise" if values else "")
    return op._replace(name=name, doc=f"{doc} ({about})" if doc else f"{about}.", like=op.like or op.name, preset=preset)


def _written(value: object) -> str:
    """Write a value as YAML has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"[{', '.join(map(_written, value))}]" if isinstance(value, (list, tuple)) else str(value)
