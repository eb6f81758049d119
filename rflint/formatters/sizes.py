"""Answers of `rflint sizes`, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from rflint import __version__
from rflint.formatters.exact import dumps
from rflint.formatters.json import finding
from rflint.formatters.prose import wrap
from rflint.formatters.table import table
from rflint.model import Diagnostic
from rflint.questions.every_size import SMALL
from rflint.questions.size_survey import InputSurvey, OutputClass, OutputSurvey
from rflint.words import Style, in_words, listing, safe

#: Classes of one output that the text lists.
LISTED = 16


def _number(value: Fraction | None) -> str:
    if value is None:
        return "-"
    return str(value.numerator) if value.denominator == 1 else f"{float(value):.4f}".rstrip("0")


def as_text(name: str, found: Sequence[InputSurvey], style: Style) -> str:
    """For a terminal."""
    if not found:
        return f"{safe(name)}: every input size is fixed; leave one open to ask for its sizes.\n"
    lines: list[str] = []
    for each in found:
        axes = " and ".join(each.axes)
        lines += [style.paint("strong", f"{safe(name)}: sizes n of {safe(each.input)} on {axes}"), ""]
        lines.extend(_input(each, style))
        lines.append("")
    return "\n".join(lines[:-1]) + "\n"


def _input(each: InputSurvey, style: Style) -> Iterator[str]:
    if (classes := each.classes) is None:
        yield from wrap("The sizes fall into too many classes to try them all; `rflint check --size N` checks one.", style.width)
        return
    start = f", from {each.smallest} on" if each.smallest is not None and each.smallest > 1 and classes.valid else ""
    if each.small.valid:
        yield f"  valid    {_single(each.small.valid)}"
        yield f"  aligned  {_single(each.small.aligned)}"
        return
    yield f"  valid    {in_words(classes.valid, classes.modulus)}{start}"
    yield f"  aligned  {in_words(classes.aligned, classes.modulus) if classes.aligned or not each.undecided else 'not decided by classes'}"
    if len(each.outputs) == 1:
        centred = [residue for group in each.outputs[0].classes if group.behaviour.drift == 0 for residue in group.residues]
        yield f"  centred  {in_words(centred, classes.modulus)}"
    if each.undecided:
        listed = ", ".join(f"`{safe(layer)}`" for layer in each.undecided[:4])
        more = f" and {len(each.undecided) - 4} more" if len(each.undecided) > 4 else ""
        yield ""
        yield from wrap(
            f"Not decided by classes: {listed}{more}; what they do depends on the size itself. Check the sizes you use with --size.",
            style.width,
        )
    for output in each.outputs:
        yield ""
        yield from _output(output, classes.modulus, style)


def _single(sizes: Sequence[int]) -> str:
    """`n = 32 and 33 only`: of single sizes, as far as they were looked for."""
    listed = [*map(str, sizes[:LISTED]), *([f"{len(sizes) - LISTED} more"] if len(sizes) > LISTED else [])]
    return f"n = {listing(listed)} only, of those up to {SMALL}" if sizes else "no n"


def _output(output: OutputSurvey, modulus: int, style: Style) -> Iterator[str]:
    rows = [
        (
            in_words(group.residues, modulus),
            "-" if does.receptive_field is None else str(does.receptive_field),
            _number(does.stride),
            "-" if does.padding is None else str(does.padding),
            _number(does.drift),
            "?" if does.aligned is None else "yes" if does.aligned else "no",
        )
        for group in output.classes
        for does in (group.behaviour,)
    ]
    yield f"  output {safe(output.layer)}:"
    for line in table(("sizes", "RF", "stride", "padding", "drift", "aligned"), rows[:LISTED], {"RF", "stride", "padding", "drift"}, style):
        yield f"    {line}"
    if len(rows) > LISTED:
        yield f"    … and {len(rows) - LISTED} more classes (--format json lists all)"


def as_json(path: str, name: str, found: Sequence[InputSurvey], errors: Sequence[Diagnostic]) -> str:
    """Machine-readable: residues and their modulus; and what is wrong with the spec."""

    def group(sizes: OutputClass, modulus: int) -> dict[str, object]:
        behaviour = sizes.behaviour
        return {
            "residues": sizes.residues,
            "text": in_words(sizes.residues, modulus),
            "receptive_field": behaviour.receptive_field,
            "stride": None if behaviour.stride is None else str(behaviour.stride),
            "padding": behaviour.padding,
            "drift": None if behaviour.drift is None else float(behaviour.drift),
            "aligned": behaviour.aligned,
        }

    document = {
        "schema": "rflint-sizes.v1",
        "version": __version__,
        "path": path,
        "name": name,
        "inputs": [
            {
                "input": each.input,
                "axes": each.axes,
                "decided": each.classes is not None,
                "modulus": None if each.classes is None else each.classes.modulus,
                "valid": None
                if each.classes is None
                else {
                    "residues": each.classes.valid,
                    "text": in_words(each.classes.valid, each.classes.modulus),
                    "smallest": each.smallest,
                    "sizes": each.small.valid,
                },
                "aligned": None
                if each.classes is None
                else {
                    "residues": each.classes.aligned,
                    "text": in_words(each.classes.aligned, each.classes.modulus),
                    "sizes": each.small.aligned,
                },
                "undecided": each.undecided,
                "outputs": [
                    {"layer": output.layer, "classes": [group(one, each.classes.modulus if each.classes else 1) for one in output.classes]}
                    for output in each.outputs
                ],
            }
            for each in found
        ],
        "findings": [finding(error) for error in errors],
    }
    return dumps(document, indent=2) + "\n"
