"""YAML as such: aliases, depth, keys, scalars, bytes."""

from __future__ import annotations

import random

from hostile.case import HEAD, LAYERS, RELU, spec, texts


@spec(1, "spec.yaml:6:364: RF001")
def billion_laughs() -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 30)]
    return LAYERS + RELU + "description: {" + ", ".join(lines) + "}\n"


@spec(1, "spec.yaml:22:28: RF001")
def billion_laughs_in_layers() -> str:
    lines = ["a0: &a0 [{op: relu}]"] + [f"a{i}: &a{i} {{branches: {{p: *a{i - 1}, q: *a{i - 1}}}, join: add}}" for i in range(1, 30)]
    return LAYERS + "".join(f"- {line}\n" for line in lines)


@spec(1, "spec.yaml:8:12: RF001")
def merge_key_laughs() -> str:
    lines = ["a0: &a0 {x: 1}"] + [f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 10)}]}}" for i in range(1, 30)]
    return LAYERS + RELU + "blocks:\n" + "".join(f"  {line}\n" for line in lines)


@spec(1, "spec.yaml:69:14: RF001")
def alias_chain() -> str:
    """Every anchor holds the one before: a hundred thousand levels without a single nested bracket."""
    return LAYERS + RELU + "blocks:\n  a0: &a0 []\n" + "".join(f"  a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 100_000))


@spec(1, "spec.yaml:5:65: RF001")
def nested_lists() -> str:
    return LAYERS + "- " + "[" * 1_000 + "]" * 1_000


@spec(1, "spec.yaml:5:65: RF001")
def nested_lists_100_000() -> str:
    return LAYERS + "- " + "[" * 100_000


@spec(1, "spec.yaml:5:251: RF001")
def nested_mappings_100_000() -> str:
    return LAYERS + "- " + "{a: " * 100_000


@spec(1, "spec.yaml:5:127: RF001")
def nested_dashes() -> str:
    return LAYERS + "- " * 100_000 + "a\n"


@spec(1, "spec.yaml:1:3: RF001")
def nested_question_marks() -> str:
    return "? " * 100_000 + "a\n"


@spec(1, "spec.yaml:66:65: RF001")
def nested_indentation() -> str:
    return "rflint: 1\n" + "".join(" " * i + "a:\n" for i in range(2_000))


@spec(1, "spec.yaml:5:14: RF002")
def nested_branches_60() -> str:
    return LAYERS + "- " + "{op: relu, branches: {a: [" * 20 + "]}}" * 20


@spec(1, "spec.yaml:5:14: RF001")
def duplicate_keys() -> str:
    return HEAD + "layers:\n- {" + "op: relu, " * 200_000 + "}\n"


@spec(1, "spec.yaml:5:3: RF002")
def distinct_keys() -> str:
    return HEAD + "layers:\n- {" + "".join(f"k{i}: 1, " for i in range(40_000)) + "}\n"


@spec(1, "spec.yaml:5:14: RF002")
def misspelt_keys() -> str:
    return HEAD + "layers:\n" + "".join(f"- {{op: conv, kernl{i}: 3}}\n" for i in range(10_000))


@spec(1, "spec.yaml:5:3: RF001")
def tags() -> str:
    return LAYERS + "- !a {op: relu}\n" * 100_000


@spec(1, "spec.yaml:1:1: RF001")
def tag_directives() -> str:
    return "".join(f"%TAG !a{i}! tag:x,2000:\n" for i in range(100_000)) + "---\nrflint: 1\n"


@spec(1, "spec.yaml:1:1: RF002")
def documents() -> str:
    return HEAD + "---\n" * 100_000


@spec(0, "")
def anchors() -> str:
    return HEAD + "layers:\n" + "".join(f"- &a{i} {{op: relu}}\n" for i in range(10_000))


@spec(1, "spec.yaml:6:3: RF001")
def long_anchor() -> str:
    return LAYERS + f"- &{'a' * 1_000_000} {{op: relu}}\n- *{'a' * 999_999}\n"


@spec(1, "spec.yaml:5:3: RF001")
def undefined_aliases() -> str:
    return LAYERS + "- *nobody\n" * 100_000


# YAML: scalars


@spec(1, "spec.yaml:5:22: RF001")
def integer_of_5_000_digits() -> str:
    return LAYERS + f"- {{op: conv, kernel: {'9' * 5_000}}}\n"


@spec(1, "spec.yaml:5:22: RF001")
def integer_of_a_million_digits() -> str:
    return LAYERS + f"- {{op: conv, kernel: {'9' * 1_000_000}}}\n"


@spec(1, "spec.yaml:5:22: RF001")
def hexadecimal_bomb() -> str:
    return LAYERS + f"- {{op: conv, kernel: 0x{'f' * 1_000_000}}}\n"


@spec(1, "spec.yaml:5:22: RF002")
def sexagesimal_bomb() -> str:
    return LAYERS + f"- {{op: conv, kernel: 1{':59' * 300_000}}}\n"


@spec(0, "")
def line_of_10_megabytes() -> str:
    return LAYERS + f"- {{op: relu, name: {'a' * 10_000_000}}}\n"


@spec(1, "spec.yaml:4:9180027: RF003")
def flow_line_of_10_megabytes() -> str:
    return HEAD + "layers: [" + "{op: relu}, " * 15_000 + "{op: relu}" + " " * 9_000_000 + ", {op: reluu}]\n"


@spec(1, "spec.yaml:5:8: RF003")
def comment_of_10_megabytes() -> str:
    return LAYERS + "- {op: reluu} # " + "rflint: ignore " * 600_000 + "\n"


@spec(1, "spec.yaml:5:8: RF001")
def open_quote() -> str:
    return LAYERS + '- {op: "' + "relu\n\n " * 1_000_000


@spec(0, "")
def escapes() -> str:
    return LAYERS + '- {op: relu, name: "' + "\\u00e9" * 1_000_000 + '"}\n'


@spec(1, "spec.yaml:8000001:1: RF002")
def many_lines() -> str:
    return "\n" * 8_000_000 + "rflint: one\n"


@spec(1, "spec.yaml:6:9: RF002")
def block_scalar_of_many_lines() -> str:
    return LAYERS + "- op: relu\n  name: |\n" + "    a\n" * 1_000_000


@spec(1, "spec.yaml:5:3: RF001")
def colons() -> str:
    return LAYERS + "- " + ": " * 500_000 + "\n"


@spec(1, "spec.yaml:5:3: RF002")
def commas() -> str:
    return LAYERS + "- [" + "a, " * 500_000 + "]\n"


@spec(1, "spec.yaml:1:1: RF001")
def random_bytes() -> bytes:
    return random.Random(1).randbytes(1_000_000)


@spec(1, "spec.yaml:1:1: RF002")
def random_printable() -> str:
    return "".join(random.Random(2).choices(" \n:-[]{}#&*!|>'\"%@`,?ab01", k=1_000_000))


@spec(1, "spec.yaml:6:1: RF001")
def control_characters() -> str:
    return LAYERS + "- {op: relu}\n" + "\x01" * 1_000_000


@spec(1, "spec.yaml:1:1: RF001")
def too_large() -> str:
    return LAYERS + RELU + "# " + "a" * (16 << 20)


texts(
    {
        "empty": ("", 1, "spec.yaml:1:1: RF001"),
        "blank": (" \n\n\t \n", 1, "spec.yaml:3:1: RF001"),
        "comments_only": ("# rflint: 1\n# ...\n", 1, "spec.yaml:1:1: RF001"),
        "null_document": ("~\n", 1, "spec.yaml:1:1: RF001"),
        "scalar_document": ("rflint\n", 1, "spec.yaml:1:1: RF002"),
        "list_document": ("- rflint: 1\n", 1, "spec.yaml:1:1: RF002"),
        "nul": (LAYERS + "- {op: re\0lu}\n", 1, "spec.yaml:5:8: RF003"),
        "only_nul": (b"\0" * 1000, 1, "spec.yaml:1:1: RF001"),
        "latin_1": ((LAYERS + "- {op: relu, name: caf\xe9}\n").encode("latin-1"), 1, "spec.yaml:5:23: RF001"),
        "utf_16": ((LAYERS + RELU).encode("utf-16"), 1, "spec.yaml:1:1: RF001"),
        "utf_16_le": ((LAYERS + RELU).encode("utf-16-le"), 1, "spec.yaml:1:1: RF001"),
        "utf_16_be": ((LAYERS + RELU).encode("utf-16-be"), 1, "spec.yaml:1:1: RF001"),
        "utf_32": ((LAYERS + RELU).encode("utf-32"), 1, "spec.yaml:1:1: RF001"),
        "overlong_utf_8": (LAYERS.encode() + b"- {op: \xc0\xaf}\n", 1, "spec.yaml:5:8: RF001"),
        "surrogate_in_utf_8": (LAYERS.encode() + b"- {op: relu, name: \xed\xa0\x80}\n", 1, "spec.yaml:5:20: RF001"),
        "cut_utf_8": (LAYERS.encode() + b"- {op: relu, name: \xe4\xb8", 1, "spec.yaml:5:20: RF001"),
        "two_byte_order_marks": (b"\xef\xbb\xbf\xef\xbb\xbf" + (LAYERS + RELU).encode(), 1, "spec.yaml:1:1: RF001"),
        "byte_order_mark": (b"\xef\xbb\xbf" + (LAYERS + "- {op: reluu}\n").encode(), 1, "spec.yaml:5:8: RF003"),
        "crlf": ((LAYERS + "- {op: reluu}\n").replace("\n", "\r\n"), 1, "spec.yaml:5:8: RF003"),
        "carriage_returns": ((LAYERS + "- {op: reluu}\n").replace("\n", "\r"), 1, "spec.yaml:5:8: RF003"),
        "next_lines": ((LAYERS + "- {op: reluu}\n").replace("\n", "\x85"), 1, "spec.yaml:5:8: RF003"),
        "line_separators": ((LAYERS + "- {op: reluu}\n").replace("\n", "\u2028"), 1, "spec.yaml:5:8: RF003"),
        "tabs": (HEAD + "layers:\n\t- {op: relu}\n", 1, "spec.yaml:5:1: RF001"),
        "nan": (LAYERS + "- {op: conv, kernel: .nan}\n", 1, "spec.yaml:5:22: RF001"),
        "infinity": (LAYERS + "- {op: conv, kernel: -.inf}\n", 1, "spec.yaml:5:22: RF001"),
        "too_large_a_float": (LAYERS + "- {op: conv, kernel: 1e400}\n", 1, "spec.yaml:5:22: RF001"),
        "yes": (LAYERS + "- {op: conv, kernel: 3, channels: 3, bias: yes}\n", 1, "spec.yaml:5:44: RF002"),
        "no_as_a_key": (LAYERS + "- {op: conv, no: 3}\n", 1, "spec.yaml:5:14: RF002"),
        "octal": (LAYERS + "- {op: conv, kernel: 010, channels: 3}\n", 1, "spec.yaml:5:22: RF002"),
        "date": (LAYERS + "- {op: conv, kernel: 2024-13-01, channels: 3}\n", 1, "spec.yaml:5:22: RF002"),
        "second_document": (LAYERS + RELU + "---\n" + LAYERS, 1, "spec.yaml:6:1: RF001"),
        "python_tag": (LAYERS + "- !!python/object/apply:os.system [id]\n", 1, "spec.yaml:5:3: RF001"),
        "include_tag": (LAYERS + "- !include ../../etc/passwd\n", 1, "spec.yaml:5:3: RF001"),
        "wrong_tag": (LAYERS + "- {op: conv, kernel: !!int x}\n", 1, "spec.yaml:5:22: RF001"),
        "timestamp_tag": (LAYERS + "- {op: conv, kernel: !!timestamp x}\n", 1, "spec.yaml:5:22: RF001"),
        "binary_tag": (LAYERS + "- {op: conv, kernel: !!binary x}\n", 1, "spec.yaml:5:22: RF001"),
        "set_tag": (LAYERS + "- !!set {a, b}\n", 1, "spec.yaml:5:3: RF001"),
        "list_as_a_key": (LAYERS + "- {[1, 2]: x, op: relu}\n", 1, "spec.yaml:5:4: RF001"),
        "mapping_as_a_key": (LAYERS + "- {{a: 1}: x, op: relu}\n", 1, "spec.yaml:5:4: RF001"),
        "null_as_a_key": (LAYERS + "- {~: 1, op: relu}\n", 1, "spec.yaml:5:4: RF001"),
        "number_as_a_key": (LAYERS + "- {3: 1, op: relu}\n", 1, "spec.yaml:5:4: RF001"),
        "boolean_as_a_key": ("true: 1\n" + LAYERS + RELU, 1, "spec.yaml:1:1: RF001"),
        "cycle_of_anchors": (LAYERS + "- &a {op: relu, ignore: [*a]}\n", 1, "spec.yaml:5:26: RF001"),
        "cycle_at_the_top": ("&a\nrflint: 1\nlayers: *a\n", 1, "spec.yaml:3:9: RF001"),
        "undefined_alias": (LAYERS + "- *a\n", 1, "spec.yaml:5:3: RF001"),
        "anchor_used_again": (LAYERS + "- &a {op: relu}\n- &a {op: reluu}\n- *a\n", 1, "spec.yaml:6:11: RF003"),
        "escapes_in_names": (LAYERS + '- {op: reluu, name: "\\e[31m\\n::error::x\\u202e\\x9b"}\n', 1, "spec.yaml:5:8: RF003"),
        "escapes_in_ops": (LAYERS + '- {op: "\\e]0;x\\a", name: a}\n', 1, "spec.yaml:5:8: RF003"),
        "lone_surrogate": (LAYERS + '- {op: relu, name: "\\ud800"}\n', 1, "spec.yaml:5:23: RF001"),
        "unclosed": (LAYERS + "- {op: relu", 1, "spec.yaml:5:3: RF001"),
        "unclosed_quote": (LAYERS + "- {op: 'relu", 1, "spec.yaml:5:8: RF001"),
        "merge_key": (LAYERS + "- &a {op: relu}\n- {<<: *a, name: b}\n", 1, "spec.yaml:6:4: RF001"),
    }
)
