"""`${…}`: as in Python on the safe subset, bounded, and never anything but an ExpressionError."""

from __future__ import annotations

import string
import warnings
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rflint.language.expression import compile_scalar, evaluate
from rflint.language.expression_compiler import DEEPEST
from rflint.language.operators import UNKNOWN, ExpressionError

NAMES: dict[str, Any] = {"mid": 64, "out": 256, "project": True, "mode": "linear", "sizes": [1, 2, 3], "ratio": 0.5, "index": 2, "count": 3}

VALUES = [
    # A scalar that is one expression keeps its type.
    ("${mid}", 64),
    ("${project}", True),
    ("${mode}", "linear"),
    ("${sizes}", [1, 2, 3]),
    ("${ratio}", 0.5),
    ("${true}", True),
    ("${false}", False),
    ("${True}", True),
    ("${-3}", -3),
    ("${+3}", 3),
    ("${'a' 'b'}", "ab"),
    ('${"it\'s"}', "it's"),
    ("${[mid, [1, 'a'], []]}", [64, [1, "a"], []]),
    # Operators.
    ("${mid * 4 + 1}", 257),
    ("${out // 3 % 7 - 1}", 0),
    ("${-7 // 2}", -4),
    ("${2 ** index}", 4),
    ("${0 ** 0}", 1),
    # The largest powers that 1,024 bits hold.
    ("${2 ** 1023 // 2 ** 1020}", 8),
    ("${3 ** 646 % 10}", 9),
    ("${(-1) ** 1000}", 1),
    ("${'ab' * 2 + 'c'}", "ababc"),
    ("${2 * [1]}", [1, 1]),
    ("${[1] + [2]}", [1, 2]),
    ("${sizes[0] + sizes[-1]}", 4),
    ("${'abc'[1]}", "b"),
    ("${[1, 2][project]}", 2),
    ("${index == 2}", True),
    ("${index != 2}", False),
    ("${0 <= index < count}", True),
    ("${1 < 2 > 3}", False),
    ("${ratio < 1}", True),
    ("${'a' < 'b'}", True),
    ("${[1, 2] < [1, 3]}", True),
    ("${2 in sizes}", True),
    ("${4 not in sizes}", True),
    ("${'lin' in mode}", True),
    ("${project and mid}", 64),
    ("${not project or mode}", "linear"),
    ("${false and 1 // 0}", False),
    ("${true or 1 // 0}", True),
    ("${mid if project else 1 // 0}", 64),
    ("${min(3, 1, 2)}", 1),
    ("${max(sizes)}", 3),
    ("${min('ba')}", "a"),
    ("${len(sizes) + len(mode)}", 9),
    # Inside text.
    ("conv${index}", "conv2"),
    ("${mid}x${out}", "64x256"),
    ("a ${project} b ${not project}", "a true b false"),
    ("${mode}", "linear"),
    ("stack/${index - 1}/skip", "stack/1/skip"),
    ("${ratio}!", "0.5!"),
    ("${'}'}", "}"),
    ("${'${'}", "${"),
    ("$$ ${1}", "$$ 1"),
    # Layout.
    ("${  mid  }", 64),
    ("${\n  mid +\n  1\n}", 65),
    ("no expression", "no expression"),
    ("{mid} $mid }", "{mid} $mid }"),
]

# The offset is None where Python's parser finds the place: its versions differ.
ERRORS: list[tuple[str, int | None, str]] = [
    ("${", 0, "`${` is not closed: a `}` is missing"),
    ("a ${mid", 2, "`${` is not closed: a `}` is missing"),
    ("${'}", 0, "`${` is not closed: a `}` is missing after the quoted text"),
    ("${}", 2, "`${}` is empty"),
    ("${  }", 4, "`${}` is empty"),
    ("${mid +}", None, "`mid +` is not an expression"),
    ("${1 2}", None, "`1 2` is not an expression"),
    ("${mid = 3}", None, "`mid = 3` is not an expression"),
    ("${import os}", None, "`import os` is not an expression"),
    ("a ${1} ${mdi}", 9, "`mdi` is not known here; did you mean `mid`?"),
    ("${1 if true else zzz}", 17, "`zzz` is not known here; known: `mid`, `out`, `project`, `mode`, `sizes`, `ratio`, `index`, `count`"),
    ("${len}", 2, "`len` is a function: write `len(…)`"),
    (
        "${ratio * 2}",
        2,
        "`*` takes two integers, or a string or list and how often it is repeated, not a number with a fraction and an integer",
    ),
    ("${mid / 2}", 2, "`/` would leave the whole numbers: write `//`"),
    ("${mid * 0.75}", 8, "numbers in an expression are whole; write a fraction such as `x * 3 // 4`"),
    ("${mid // 0}", 2, "`//` divides by zero"),
    ("${1 + mid % 0}", 6, "`%` divides by zero"),
    ("${2 ** -1}", 2, "`**` takes an exponent of 0 or more: numbers in an expression are whole"),
    ("${2 ** 10 ** 10}", 2, "an integer may have 1,024 bits"),
    ("${2 ** 1024}", 2, "an integer may have 1,024 bits"),
    ("${3 ** 647}", 2, "an integer may have 1,024 bits"),
    ("${10 ** 308 * 10}", 2, "an integer may have 1,024 bits"),
    ("${1" + "0" * 400 + "}", 2, "an integer may have 1,024 bits"),
    ("${'a' * 10 ** 9}", 2, "a string may have a length of 10,000"),
    ("${[[1] * 5000] * 5000}", 2, "a list may have a length of 10,000"),
    ("${'a' * 10000}${'b' * 10000}", 14, "a string may have a length of 10,000"),
    ("${[[[[[[[[[1]]]]]]]]]}", 2, "lists may be nested 8 deep"),
    ("${mode + 1}", 2, "`+` takes two integers, two strings or two lists, not a string and an integer"),
    ("${'%d' % 1}", 2, "`%` takes two integers, not a string and an integer"),
    ("${-mode}", 2, "`-` takes an integer, not a string"),
    ("${+sizes}", 2, "`+` takes an integer, not a list"),
    ("${mode < 1}", 2, "`<` cannot compare a string and an integer"),
    ("${1 in 'a1'}", 2, "`in` looks in a list, or for a string in a string, not for an integer in a string"),
    ("${sizes[3]}", 2, "`[3]` is past the end of a list of 3"),
    ("${[][0]}", 2, "`[0]` picks from an empty list"),
    ("${mid[0]}", 2, "`[i]` picks from a list or a string, not from an integer"),
    ("${sizes['a']}", 2, "`[i]` takes an integer, not a string"),
    ("${sizes[0:1]}", 2, "`[i]` takes one index; slices are not part of the expression language"),
    ("${min(mid)}", 2, "`min` takes a list or several values, not an integer"),
    ("${max([])}", 2, "`max` of nothing"),
    ("${max(1, 'a')}", 2, "`max` takes values of one kind"),
    ("${len(3)}", 2, "`len` takes one list or string"),
    ("${min(*sizes)}", 2, "`min` takes plain values only, no `name=` and no `*`"),
    ("${max(sizes, key=len)}", 2, "`max` takes plain values only, no `name=` and no `*`"),
    ("${mni(1, 2)}", 2, "only `min`, `max` and `len` can be called, not `mni`; did you mean `min`?"),
    ("${__import__('os').system('true')}", 2, "only `min`, `max` and `len` can be called, not `__import__('os').system`"),
    ("${mode.upper}", 2, "`.upper` is not part of the expression language: values have no attributes"),
    ("${mid is 64}", 2, "`is` is not part of the expression language: write `==` or `!=`"),
    ("${(1, 2)}", 2, "`(…, …)` is not part of the expression language: write a list, `[…, …]`"),
    ("${{'a': 1}}", None, "`{'a': 1` is not an expression"),
    ("${[x for x in sizes]}", 2, "`[x for x in sizes]` is not part of the expression language"),
    ("${lambda: 1}", 2, "`lambda: 1` is not part of the expression language"),
    ("${(x := 1)}", 3, "`x := 1` is not part of the expression language"),
    ("${~mid}", 2, "`~mid` is not part of the expression language"),
    ("${mid & 1}", 2, "`mid & 1` is not part of the expression language"),
    ("${None}", 2, "`None` is neither an integer nor `true`, `false`, a string or a list"),
    ("${b'a'}", 2, "`b'a'` is neither an integer nor `true`, `false`, a string or a list"),
    ("${...}", 2, "`...` is neither an integer nor `true`, `false`, a string or a list"),
    ("x${sizes}", 1, "a list cannot stand inside text; pick an entry with `[i]`"),
    ("${" + "1+" * 600 + "1}", 2, "an expression may have 1,000 characters; this one has 1,201"),
    ("${" + "-" * 900 + "1}", 2 + DEEPEST, "an expression may be nested 64 deep"),
    ("x" * 10_000 + "${1}", 10_000, "a text with `${…}` in it may have 10,000 characters; this one has 10,004"),
    ("${'é' + é}", 8, "`é` is not known here; known: `mid`, `out`, `project`, `mode`, `sizes`, `ratio`, `index`, `count`"),
]


@pytest.mark.parametrize(("text", "value"), VALUES)
def test_values(text: str, value: object) -> None:
    found = evaluate(text, NAMES)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(("text", "offset", "message"), ERRORS, ids=[str(number) for number in range(len(ERRORS))])
def test_errors(text: str, offset: int | None, message: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        evaluate(text, NAMES)
    assert (caught.value.message, caught.value.offset if offset is not None else None) == (message, offset)
    assert 0 <= caught.value.offset <= len(text)


def test_names_that_nothing_gives() -> None:
    with pytest.raises(ExpressionError) as caught:
        evaluate("${mid}", {})
    assert (
        str(caught.value)
        == "`mid` is not known here: names are a block's parameters, in the block, and `index` and `count`, in an item that repeats"
    )
    with pytest.raises(ExpressionError) as caught:
        evaluate("${index}", {"mid": 3})
    assert str(caught.value) == "`index` is known only in the fields of an item that repeats"


def test_what_depends_on_an_unknown_value_is_unknown() -> None:
    names = {"mid": UNKNOWN, "out": 3}
    assert evaluate("${mid * 2}", names) is UNKNOWN
    assert evaluate("conv${mid}", names) is UNKNOWN
    assert evaluate("${1 if mid else 2}", names) is UNKNOWN
    assert evaluate("${out or mid}", names) == 3
    with pytest.raises(ExpressionError, match="did you mean `out`"):
        evaluate("${mid + oout}", names)


def test_a_compiled_scalar_tells_its_names_and_its_cost() -> None:
    template = compile_scalar("${a + b * a}/${c[0]}")
    assert template is not None
    assert template.names == {"a": 2, "b": 6, "c": 15}
    spent: list[int] = []
    assert template.evaluate({"a": 1, "b": 2, "c": ["x"]}, spent.append) == "3/x"
    assert spent[0] == 1 + 2 * 8
    assert compile_scalar("plain") is None
    assert compile_scalar("${a + b * a}/${c[0]}") is template


def test_work_can_be_stopped() -> None:
    class TooMuchError(Exception):
        pass

    def spend(steps: int) -> None:
        if steps > 100:
            raise TooMuchError

    template = compile_scalar("${len('a' * 9999)}")
    assert template is not None
    with pytest.raises(TooMuchError):
        template.evaluate({}, spend)


def test_a_huge_parameter_is_refused() -> None:
    for value in ("a" * 10_001, [0] * 10_001, [["a" * 6_000], ["b" * 6_000]]):
        with pytest.raises(ExpressionError, match="may have a length of 10,000"):
            evaluate("${x == x}", {"x": value})
    with pytest.raises(ExpressionError, match="may have 1,024 bits"):
        evaluate("x${x}", {"x": 10**5000})


def test_shared_lists_are_weighed_as_if_they_were_not() -> None:
    value: Any = [0] * 100
    for _ in range(6):
        value = [value, value]
    with pytest.raises(ExpressionError, match="may have a length of 10,000"):
        evaluate("${x}", {"x": [value, value]})


# Hypothesis

integers = st.integers(-50, 50)
safe_names = {"a": 3, "b": -2, "c": True, "d": "text", "e": [1, 2, "x"], "f": []}


def _binary(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operators = st.sampled_from(["+", "-", "*", "//", "%", "==", "!=", "<", "<=", ">", ">=", "and", "or", "in", "not in"])
    return st.builds("({} {} {})".format, children, operators, children)


expressions = st.recursive(
    st.one_of(integers.map(str), st.sampled_from([*safe_names, "True", "False", "'s'", "''", "[]"])),
    lambda children: st.one_of(
        _binary(children),
        st.builds("({} if {} else {})".format, children, children, children),
        st.builds("(-{})".format, children),
        st.builds("(not {})".format, children),
        st.builds("{}[{}]".format, children, children),
        st.builds("({} ** {})".format, children, st.integers(0, 5).map(str)),
        st.lists(children, max_size=3).map(lambda parts: f"[{', '.join(parts)}]"),
        st.builds("{}({})".format, st.sampled_from(["min", "max", "len"]), children),
        st.builds("{}({}, {})".format, st.sampled_from(["min", "max"]), children, children),
    ),
    max_leaves=12,
)


def in_python(source: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # `0[0]` is worth a warning to its compiler
        code = compile(source, "", "eval")
    return eval(code, {"__builtins__": {"min": min, "max": max, "len": len}}, dict(safe_names))


@settings(max_examples=400)
@given(expressions)
def test_agrees_with_python(source: str) -> None:
    try:
        found = evaluate("${" + source + "}", safe_names)
    except ExpressionError:
        return
    expected = in_python(source)
    assert (found, type(found)) == (expected, type(expected))


def outcome(text: str) -> Any:
    """The value of a scalar, or the error."""
    try:
        return evaluate(text, safe_names)
    except ExpressionError as error:
        return error


@settings(max_examples=300)
@given(expressions)
def test_what_it_refuses_python_refuses_too_or_is_too_large(source: str) -> None:
    found = outcome("${" + source + "}")
    try:
        expected = in_python(source)
    except (TypeError, ValueError, IndexError, ZeroDivisionError):
        assert isinstance(found, ExpressionError)
        return
    if isinstance(found, ExpressionError):
        # Sizes are bounded, `%` does not format.
        assert any(word in found.message for word in ("may have", "may be nested", "`%` takes"))
    else:
        assert found == expected


@settings(max_examples=400)
@given(
    st.text(alphabet=string.printable + "é∑\u2028\ud800", max_size=60),
    st.text(alphabet="${}[]()'\"\\+-*/%<>=!,.:abc0123 \n\t#", max_size=60),
)
def test_any_text_is_a_value_or_an_expression_error(anything: str, syntax: str) -> None:
    for text in (anything, syntax, "${" + anything + "}", "${" + syntax + "}", f"x${{{syntax}}}${{{anything}}}"):
        found = outcome(text)
        assert isinstance(found, (bool, int, str, list, ExpressionError))
        if isinstance(found, ExpressionError):
            assert 0 <= found.offset <= len(text)
            assert found.message


@pytest.mark.parametrize(
    "opening", ["(", "[", "-", "not ", "f(", "min(", "[[1][", "x if ", "lambda: ", "{1: ", "'a' if not ", "1 < ", "f'{"]
)
def test_hostile_nesting_is_refused(opening: str) -> None:
    for count in (100, 199, 201, 999 // len(opening)):
        with pytest.raises(ExpressionError):
            evaluate("${" + opening * count, NAMES)
        with pytest.raises(ExpressionError):
            evaluate("${" + opening * count + "}", NAMES)
        with pytest.raises(ExpressionError):
            evaluate("${" + opening * count + "y}", NAMES)
