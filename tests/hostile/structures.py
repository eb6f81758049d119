"""Repeats, blocks and expressions."""

from __future__ import annotations

from hostile.case import HEAD, LAYERS, spec


@spec(1, "spec.yaml:5:8: RF001")
def repeat_bomb() -> str:
    return LAYERS + "- {op: conv, kernel: 1, channels: 3, repeat: 1000000000}\n"


@spec(1, "spec.yaml:5:22: RF002")
def repeat_of_huge_number() -> str:
    return LAYERS + f"- {{op: relu, repeat: {'9' * 99}}}\n"


@spec(1, "spec.yaml:14:23: RF001")
def nested_repeats() -> str:
    blocks = "".join(f"  b{i}: {{layers: [{{use: b{i + 1}, repeat: 1000}}]}}\n" for i in range(10)) + "  b10: {layers: [{op: relu}]}\n"
    return HEAD + "blocks:\n" + blocks + "layers: [{use: b0}]\n"


@spec(1, "spec.yaml:15:23: RF001")
def repeats_of_nothing() -> str:
    """No layer is ever made."""
    blocks = "".join(f"  b{i}: {{layers: [{{use: b{i + 1}, repeat: 1000}}]}}\n" for i in range(10))
    return HEAD + "blocks:\n" + blocks + "  b10: {layers: [{op: relu, when: false}]}\nlayers: [{use: b0}, {op: relu}]\n"


@spec(1, "spec.yaml:5:112: RF001")
def repeats_of_empty_branches() -> str:
    inner = "{branches: {a: [], b: []}, join: add, repeat: 100000}"
    return LAYERS + f"- {{branches: {{a: [{inner}], b: [{inner}]}}, join: add, repeat: 100000}}\n"


@spec(1, "spec.yaml:63:36: RF001")
def exponential_blocks() -> str:
    blocks = "".join(f"  b{i}: {{layers: [{{use: b{i + 1}}}, {{use: b{i + 1}}}]}}\n" for i in range(60)) + "  b60: {layers: [{op: relu}]}\n"
    return HEAD + "blocks:\n" + blocks + "layers: [{use: b0}]\n"


@spec(1, "spec.yaml:59:24: RF001")
def exponential_blocks_of_nothing() -> str:
    blocks = "".join(f"  b{i}: {{layers: [{{use: b{i + 1}}}, {{use: b{i + 1}}}]}}\n" for i in range(60))
    return HEAD + "blocks:\n" + blocks + "  b60: {layers: [{op: relu, when: false}]}\nlayers: [{use: b0}, {op: relu}]\n"


@spec(1, "spec.yaml:4:57: RF001")
def recursive_block() -> str:
    return (
        HEAD
        + "blocks: {b: {params: {n: 0}, layers: [{op: relu}, {use: b, with: {n: '${n + 1}'}, when: '${n >= 0}'}]}}\nlayers: [{use: b}]\n"
    )


@spec(1, "spec.yaml:4:97: RF001")
def recursive_block_twice() -> str:
    block = (
        "{params: {n: 0}, layers: [{use: b, with: {n: '${n + 1}'}, when: '${n < 40}'}, {use: b, with: {n: '${n + 1}'}, when: '${n < 40}'}]}"
    )
    return HEAD + f"blocks: {{b: {block}}}\nlayers: [{{use: b}}, {{op: relu}}]\n"


@spec(1, "spec.yaml:4:23: RF006")
def rows_of_aliases() -> str:
    return (
        HEAD
        + f"blocks: {{b: {{params: {{n: 0}}, layers: [{{op: relu}}]}}}}\nlayers:\n- {{use: b, with: &r [{'{n: 1}, ' * 1_000}]}}\n"
        + "- {use: b, with: *r}\n" * 15
    )


@spec(1, "spec.yaml:5:3: RF006")
def unused_blocks() -> str:
    return (
        HEAD
        + "blocks:\n"
        + "".join(f"  b{i}: {{params: {{k: 1}}, layers: [{{op: relu}}]}}\n" for i in range(4_000))
        + "layers: [{op: relu}]\n"
    )


@spec(1, "spec.yaml:4:23: RF006")
def block_of_many_parameters() -> str:
    params = ", ".join(f"p{i}: {i}" for i in range(3_000))
    return HEAD + f"blocks: {{b: {{params: {{{params}}}, layers: [{{op: relu}}]}}}}\nlayers: [{{use: b, repeat: 100}}]\n"


@spec(1, "spec.yaml:5:35: RF007")
def power_tower() -> str:
    return LAYERS + "- {op: conv, channels: 3, kernel: '${2**2**2**2**2**2}'}\n"


@spec(1, "spec.yaml:5:20: RF007")
def huge_string() -> str:
    return LAYERS + "- {op: relu, name: \"${'a' * 10**9}\"}\n"


@spec(1, "spec.yaml:5:35: RF007")
def huge_list() -> str:
    return LAYERS + "- {op: conv, channels: 3, kernel: '${[[[0] * 9999] * 9999] * 9999}'}\n"


@spec(1, "spec.yaml:5:35: RF007")
def deep_expression() -> str:
    return LAYERS + f"- {{op: conv, channels: 3, kernel: '${{{'(' * 490}3{')' * 490}}}'}}\n"


@spec(1, "spec.yaml:5:35: RF007")
def unary_tower() -> str:
    return LAYERS + f"- {{op: conv, channels: 3, kernel: '${{{'-' * 990}3}}'}}\n"


@spec(1, "spec.yaml:5:35: RF007")
def long_expression() -> str:
    return LAYERS + f"- {{op: conv, channels: 3, kernel: '${{{'1+' * 2_000_000}3}}'}}\n"


@spec(0, "")
def many_expressions_in_a_scalar() -> str:
    return LAYERS + f"- {{op: relu, name: '{'${1}' * 2_400}'}}\n"


@spec(0, "")
def expressions_by_the_thousand() -> str:
    return LAYERS + "".join(f"- {{op: conv, channels: 3, kernel: '${{{i} * 0 + 1}}'}}\n" for i in range(5_000))


@spec(1, "spec.yaml:5:35: RF007")
def expressions_that_fail() -> str:
    return LAYERS + "".join(f"- {{op: conv, channels: 3, kernel: '${{a{i}}}'}}\n" for i in range(4_000))


@spec(1, "spec.yaml:5:8: RF001")
def expensive_expressions() -> str:
    """Each evaluation is allowed; a hundred thousand of them are not."""
    return LAYERS + "- {op: relu, when: \"${len('a' * 9999 + 'b') > 0 and len('a' * 9999) > 0 and len('a' * 9999) > 0}\", repeat: 199999}\n"


@spec(1, "spec.yaml:5:20: RF007")
def attribute_access() -> str:
    return LAYERS + '- {op: relu, name: "${().__class__.__bases__[0].__subclasses__()}"}\n'


@spec(1, "spec.yaml:5:20: RF007")
def calls() -> str:
    return LAYERS + "- {op: relu, name: \"${__import__('os').system('id')}\"}\n"
