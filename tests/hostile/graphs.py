"""Graphs that are wide, deep, cyclic, or that say a thing a thousand times."""

from __future__ import annotations

from hostile.case import HEAD, LAYERS, RELU, spec


@spec(0, "")
def wide_concat() -> str:
    names = [f"a{i}" for i in range(10_000)]
    layers = "".join(f"- {{name: {name}, op: relu, from: image}}\n" for name in names)
    return LAYERS + layers + f"- {{op: concat, from: [{', '.join(names)}]}}\n"


@spec(0, "")
def concat_of_one() -> str:
    return LAYERS + "- {name: a, op: relu}\n- {op: concat, from: [" + "a, " * 200_000 + "]}\n"


@spec(0, "")
def diamonds() -> str:
    """2**60 paths."""
    return (
        LAYERS
        + "- {name: x0, op: relu}\n"
        + "".join(
            f"- {{name: a{i}, op: conv, kernel: 3, padding: 1, channels: 3, from: x{i}}}\n"
            f"- {{name: x{i + 1}, op: add, from: [a{i}, x{i}]}}\n"
            for i in range(60)
        )
    )


@spec(1, "spec.yaml:6:32: RF301")
def misaligned_diamonds() -> str:
    return (
        LAYERS
        + "- {name: x0, op: relu}\n"
        + "".join(
            f"- {{name: a{i}, op: conv, kernel: 2, padding: same, channels: 3, from: x{i}}}\n"
            f"- {{name: x{i + 1}, op: add, from: [a{i}, x{i}]}}\n"
            for i in range(300)
        )
    )


@spec(0, "")
def dense_graph() -> str:
    """Every layer reads all before it."""
    return (
        LAYERS
        + "- {name: x0, op: relu}\n- {name: x1, op: relu}\n"
        + "".join(f"- {{name: x{i}, op: add, from: [{', '.join(f'x{j}' for j in range(i))}]}}\n" for i in range(2, 400))
    )


@spec(1, "spec.yaml:5:30: RF005")
def long_cycle() -> str:
    return LAYERS + "".join(f"- {{name: a{i}, op: relu, from: a{(i + 1) % 10_000}}}\n" for i in range(10_000))


@spec(1, "spec.yaml:5:30: RF005")
def cycles_by_the_thousand() -> str:
    return LAYERS + "".join(f"- {{name: a{i}, op: relu, from: b{i}}}\n- {{name: b{i}, op: relu, from: a{i}}}\n" for i in range(3_000))


@spec(1, "spec.yaml:5:34: RF004")
def unknown_names() -> str:
    return LAYERS + "".join(f"- {{name: layer{i}, op: relu, from: layr{i}}}\n" for i in range(5_000))


@spec(1, "spec.yaml:5:8: RF003")
def unknown_ops() -> str:
    return LAYERS + "".join(f"- {{op: conv{i}}}\n" for i in range(10_000))


@spec(1, "spec.yaml:6:10: RF011")
def one_name_for_all() -> str:
    return LAYERS + "- {name: a, op: relu}\n" * 5_000


@spec(1, "spec.yaml:5:1000028: RF002")
def name_of_a_megabyte() -> str:
    return LAYERS + f"- {{name: {'a' * 1_000_000}, op: relu, from: {'a' * 999_999}}}\n"


@spec(1, "spec.yaml:60:23: RF001")
def names_that_grow() -> str:
    """Names of blocks in blocks are long; of sixty of them, each a kilobyte, thousands of layers bear all."""
    long = "n" * 1_000
    blocks = "".join(f"  b{i}: {{layers: [{{use: b{i + 1}, name: {long}{i}}}]}}\n" for i in range(55))
    return HEAD + "blocks:\n" + blocks + f"  b55: {{layers: [{{op: relu, repeat: 3000, name: {long}}}]}}\nlayers: [{{use: b0}}]\n"


@spec(1, "spec.yaml:5:8: RF003")
def op_of_a_megabyte() -> str:
    return LAYERS + f"- {{op: {'conv' * 250_000}}}\n"


@spec(1, "spec.yaml:5:16: RF002")
def field_of_a_megabyte() -> str:
    return LAYERS + f"- {{op: relu, ? {'kernel' * 170_000} : 3}}\n"


@spec(0, "spec.yaml:37:3: RF204")
def inputs() -> str:
    names = [f"i{i}" for i in range(1_000)]
    inputs = ", ".join(f"{name}: {{size: [32, 32], channels: 1}}" for name in names)
    return (
        f"rflint: 1\nname: n\ninputs: {{{inputs}}}\nlayers:\n- {{op: concat, from: [{', '.join(names)}]}}\n"
        + "- {op: conv, kernel: 3, padding: 1, channels: 3}\n" * 50
    )


@spec(0, "")
def inputs_of_unknown_size() -> str:
    names = [f"i{i}" for i in range(1_000)]
    inputs = ", ".join(f"{name}: {{channels: 1}}" for name in names)
    return (
        f"rflint: 1\nname: n\ninputs: {{{inputs}}}\nlayers:\n- {{op: concat, from: [{', '.join(names)}]}}\n- {{op: max_pool, kernel: 2}}\n"
    )


@spec(1, "spec.yaml:7:20: RF201")
def targets() -> str:
    return (
        LAYERS
        + "- {name: a, op: conv, kernel: 3, padding: 1, channels: 3}\ntargets:\n"
        + "".join(f"- {{name: t{i}, size: 5, layer: a}}\n" for i in range(1_000))
    )


@spec(1, "spec.yaml:1006:25: RF601")
def expectations() -> str:
    layers = "".join(f"- {{name: a{i}, op: relu}}\n" for i in range(1_000))
    return LAYERS + layers + "expect:\n" + "".join(f"  a{i}: {{receptive_field: 2, stride: 2, padding: 1}}\n" for i in range(1_000))


@spec(1, "spec.yaml:7:3: RF004")
def expectations_of_nobody() -> str:
    return LAYERS + RELU + "expect:\n" + "".join(f"  a{i}: {{receptive_field: 2}}\n" for i in range(8_000))


@spec(1, "spec.yaml:6:10: RF002")
def outputs() -> str:
    return LAYERS + "- {name: a, op: relu}\noutputs: [" + "a, " * 100_000 + "]\n"


@spec(1, "spec.yaml:7:3: RF002")
def rules() -> str:
    return LAYERS + RELU + "rules:\n" + "".join(f"  RF{i:06}: off\n" for i in range(8_000))


@spec(1, "spec.yaml:5:14: RF901")
def suppressions() -> str:
    return LAYERS + "- {op: relu} # rflint: ignore[RF301] why\n" * 8_000


@spec(1, "spec.yaml:5:31: RF901")
def suppressions_of_unknown_rules() -> str:
    return LAYERS + "".join(f"- {{op: relu}} # rflint: ignore[center-mismach{i}]\n" for i in range(4_000))


@spec(1, "spec.yaml:5:14: RF901")
def codes_in_one_suppression() -> str:
    return LAYERS + f"- {{op: relu}} # rflint: ignore[{'RF301,' * 100_000}]\n"


@spec(1, "spec.yaml:5:22: RF002")
def ignore_field() -> str:
    return LAYERS + f"- {{op: relu, ignore: [{'RF301, ' * 20_000}]}}\n"
