"""What layers see, in the words of the reports: a table for a hover, few characters for a hint."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from rflint.formatters import cells, markdown
from rflint.lsp.snapshot import Seen
from rflint.words import amount, safe

if TYPE_CHECKING:
    from rflint.model.layers import ReceptiveField

#: Instances that a table lists.
_LISTED: Final = 4
#: Inputs that a hint speaks of.
_HINTED: Final = 2
_HEAD: Final = ("layer", "input", "axes", "RF", "stride", "padding", "centre", "look-ahead", "size", "channels", "params")


def describe(seen: Sequence[Seen], total: int, axes: Sequence[str]) -> str:
    """Write what the instances of one item see as markdown.

    `total`: how many there are; `seen` are all of them or, of very many, the first and the last ones.
    """
    listed = seen[:_LISTED]
    more = total - len(listed)
    title = f"**{markdown.code(seen[0].name)}**"
    if total > 1:
        range_ = hint(seen)
        title += f" and {total - 1:,} more" + (f": {markdown.prose(range_)}" if range_ else "")
    left_out = {"layer"} if total == 1 else set()
    if all(len(each.fields) < 2 for each in seen):
        left_out.add("input")
    rows = [row for each in listed for row in _rows(each, axes)]
    # What is known of no layer needs no column.
    left_out |= {name for place, name in enumerate(_HEAD) if name in {"channels", "params"} and not any(row[place] for row in rows)}
    kept = [place for place, name in enumerate(_HEAD) if name not in left_out]
    lines = [title, "", *markdown.table([_HEAD[place] for place in kept], [[row[place] for place in kept] for row in rows])]
    if more:
        lines += [f"… and {more:,} more", ""]
    if legend := cells.legend(field for each in listed for field in each.fields.values()):
        lines.append(f"{markdown.prose('; '.join(legend))}.")
    return "\n".join(lines).rstrip()


def _rows(seen: Seen, axes: Sequence[str]) -> Iterator[list[str]]:
    """One row per input and, where they differ, per axis."""
    cost = ["" if seen.channels is None else str(seen.channels), amount(seen.params)]
    if not seen.fields:
        yield [seen.name, "", ", ".join(axes), "-", "-", "-", "-", "-", cells.extent(seen.size), *cost]
    for name, field in seen.fields.items():
        alike: dict[tuple[str, ...], list[int]] = {}
        for place in range(len(axes)):
            one = _on_axis(field, place)
            told = (cells.receptive_field(one), cells.stride(one), cells.padding(one), cells.center(one), cells.lookahead(one))
            alike.setdefault(told, []).append(place)
        for shown, on in alike.items():
            size = cells.extent([seen.size[place] for place in on])
            yield [seen.name, name, ", ".join(axes[place] for place in on), *shown, size, *cost]


def _on_axis(field: ReceptiveField, place: int) -> ReceptiveField:
    """Return what is shown of a field, on one axis."""
    one = slice(place, place + 1)
    return replace(
        field,
        size=field.size[one],
        size_min=field.size_min[one],
        grid_stride=field.grid_stride[one],
        padding=field.padding[one],
        center=field.center[one],
        lookahead=field.lookahead[one],
    )


def hint(seen: Sequence[Seen]) -> str:
    """Write the receptive field and stride of an item with these instances: `rf 27×27 /8`, `rf 27…91 /8`; empty if it sees nothing."""
    # Of an op that nobody knows there is nothing to say.
    known = [(name, field) for each in seen for name, field in each.fields.items() if field.why.get("size") != "unknown-op"]
    names = list(dict.fromkeys(name for name, _ in known))
    shown = [
        (f"{safe(name)[:40]} " if len(names) > 1 else "") + _short([field for other, field in known if other == name])
        for name in names[:_HINTED]
    ]
    return f"rf {', '.join(shown)}{', …' if len(names) > _HINTED else ''}" if shown else ""


def _short(known: Sequence[ReceptiveField]) -> str:
    sizes = list(dict.fromkeys(map(_size, known)))
    if len(sizes) > 1:
        # A range is shorter: one number where all axes have the same.
        sizes = list(dict.fromkeys(cells.receptive_field(field).replace("x", "×") for field in known))
    text = _range(sizes)
    if any(stride is None for field in known for stride in field.grid_stride):
        return text
    strides = list(dict.fromkeys(cells.stride(field).replace("x", "×") for field in known))
    stride = _range(strides)
    return f"{text} /({stride})" if "/" in stride else f"{text} /{stride}"


def _size(field: ReceptiveField) -> str:
    """Receptive field with a number for each axis."""
    text = cells.receptive_field(field)
    return "×".join([text] * len(field.size)) if text.isdigit() else text.replace("x", "×")


def _range(texts: Sequence[str]) -> str:
    """`27…91` of numbers and of ranges over phases, `27..35`; of others the first and the last."""
    if len(texts) == 1:
        return texts[0]
    ends = [end for text in texts for end in text.split("..")]
    return f"{min(map(int, ends))}…{max(map(int, ends))}" if all(end.isdigit() for end in ends) else f"{texts[0]}…{texts[-1]}"
