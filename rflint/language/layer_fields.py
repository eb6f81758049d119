"""Whether the fields of a layer are complete and of the right shape, which only shows after `defaults` and `${}`."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from rflint.algebra import LARGEST
from rflint.language.phrases import listed
from rflint.model import Op
from rflint.validation.schema import SpecSchema
from rflint.words import counted, shown


class FieldProblem(NamedTuple):
    """What is wrong, in words; of which field (None: one that is not there)."""

    field: str | None
    message: str
    code: str = "RF002"

    @property
    def aspect(self) -> str:
        """Tells apart problems of one place: those of fields that are not there."""
        return "" if self.field else self.message


class CheckedFields(NamedTuple):
    """Fields that can be used, and what is wrong with the others."""

    fields: Mapping[str, Any]
    problems: tuple[FieldProblem, ...]


class FieldChecker:
    """Checks fields once per distinct set of them, and lets equal sets be one object."""

    def __init__(self, schema: SpecSchema, axes: tuple[str, ...]) -> None:
        self.schema: Final = schema
        self._axes: Final = axes
        self._known: dict[object, CheckedFields] = {}

    def check(
        self, op: str, fields: dict[str, Any], evaluated: frozenset[str] = frozenset(), given: frozenset[str] = frozenset()
    ) -> CheckedFields:
        """Check the fields of an op of the table.

        `evaluated`: those that came from `${}`; the schema has not seen their values.  `given`: fields that are
        written but have no usable value.
        """
        values = fields.values()
        # The types take part: 1, 1.0 and true are equal, and not the same in a spec.
        key: object = (op, given, *fields, *map(type, values), *values)
        try:
            known = self._known.get(key)
        except TypeError:  # a list among the values
            key = (op, given, repr(fields))
            known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._check(self.schema.ops[op], fields, evaluated, given)
        return known

    def _check(self, op: Op, fields: dict[str, Any], evaluated: frozenset[str], given: frozenset[str]) -> CheckedFields:
        problems = [
            FieldProblem(name, message, "RF013" if name in evaluated and _beyond(value) else "RF002")
            for name, value in fields.items()
            if (name in evaluated or (isinstance(value, list) and len(value) != len(self._axes)))
            and (message := self.schema.check_field(op.name, name, value, self._axes)) is not None
        ]
        # The schema cannot know the names of the axes.
        along = fields.get("axis")
        known = (*(("channels",) if op.merges else ()), *self._axes)
        if isinstance(along, str) and along not in known:
            problems.append(FieldProblem("axis", f"`axis` of `{op.name}` must be {listed(known, 'or')}, not {shown(along)}"))
        wrong = {problem.field for problem in problems}
        present = given | fields.keys()
        problems += [FieldProblem(None, f"`{name}` is missing: `{op.name}` needs it") for name in op.required if name not in present]
        chosen = [name for name in op.one_of if name in present]
        if op.one_of and len(chosen) != 1:
            options = listed(op.one_of, "or")
            message = (
                f"{listed(chosen, 'and')} exclude each other: `{op.name}` takes one of {options}"
                if chosen
                else f"`{op.name}` needs {options}"
            )
            problems.append(FieldProblem(None, message))
        usable = {name: value for name, value in fields.items() if name not in wrong} if wrong else fields
        return CheckedFields(usable, tuple(problems))


def _beyond(value: object) -> bool:
    """Whether there is a number among an evaluated value that is larger than any that may be written."""
    if isinstance(value, list):
        return any(map(_beyond, value))
    return isinstance(value, int) and abs(value) > LARGEST


def arity_problem(op: Op, count: int) -> str | None:
    """Why an op cannot take `count` inputs; None if it can."""
    least, most = op.inputs
    sized = int(op.sized_by_input)
    if least + sized <= count and (most is None or count <= most + sized):
        return None
    if most is None:
        takes = f"{least + sized} or more inputs"
    elif least == most:
        takes = counted(least + sized, "input")
    else:
        takes = f"{least + sized} to {most + sized} inputs"
    if sized:
        takes += ", the last of which gives the size"
    return f"`{op.name}` takes {takes}; here it has {count}"
