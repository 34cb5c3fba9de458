"""Cases of Add, Sub, Mul and their like on two tensors, and of BatchNormalization alone."""

import numpy as np

from convolutions import affine, batch_normalization, batch_normalization_relu
from graph import Graph

SHAPE = (2, 3, 4, 5)


def binary(name, code, shapes, relu=False, same_scale=False, **options):
    graph = Graph(name, **options)
    a = graph.input(shapes[0])
    b = graph.input(shapes[1], a.scale, int(a.zero_point)) if same_scale else graph.input(shapes[1])
    y = graph.node(code, [graph.dequantize(a), graph.dequantize(b)])
    return graph.output(graph.quantize(graph.node("Relu", [y]) if relu else y))


def broadcasts():
    """Each operator with other shapes, by numpy's rules."""
    shapes = {
        "same": (SHAPE, SHAPE), "channels": (SHAPE, (3, 1, 1)), "channels_batch": ((1, 8, 3, 4), (1, 8, 1, 1)),
        "row": ((1, 5, 3, 4), (4,)), "one": (SHAPE, (1,)), "rank2": ((2, 16), (2, 16)),
        "first_smaller": ((3, 1, 1), SHAPE),
        "both": ((2, 1, 4, 1), (1, 5, 1, 3)), "image": (SHAPE, (2, 1, 4, 5)), "3d": ((2, 5, 7), (5, 1)),
    }
    chosen = {
        "Add": ("same", "channels", "row", "one", "both", "3d"),
        "Sub": ("same", "first_smaller", "channels_batch", "both", "rank2"),
        "Mul": ("same", "channels_batch", "image", "first_smaller", "rank2", "3d"),
    }
    return [binary(f"{code.lower()}_{key}", code, shapes[key]) for code, keys in chosen.items() for key in keys]


def with_constant(name, code, shape, constant_shape, first=False):
    """One operand is a dequantized constant."""
    graph = Graph(name)
    x = graph.input(shape)
    values = graph.rng.integers(-100, 100, constant_shape).astype(np.int8)
    constant = graph.quantized(graph.constant(values), np.float32(0.021), int(graph.rng.integers(-20, 20)), "int8")
    operands = [graph.dequantize(x), graph.dequantize(constant)]
    return graph.output(graph.quantize(graph.node(code, operands[::-1] if first else operands)))


def with_itself(name, code):
    graph = Graph(name)
    x = graph.input(SHAPE)
    return graph.output(graph.quantize(graph.node(code, [graph.dequantize(x), graph.dequantize(x)])))


def mixed_types():
    """int8 and uint8 in, uint8 out."""
    graph = Graph("add_mixed_types", dtype="uint8")
    a, b = graph.input(SHAPE, dtype="int8"), graph.input(SHAPE)
    return graph.output(graph.quantize(graph.node("Add", [graph.dequantize(a), graph.dequantize(b)])))


def per_channel(name, build, shape):
    """Floats per channel on an activation, no convolution before."""
    graph = Graph(name)
    y = build(graph, graph.dequantize(graph.input(shape)), shape[1])
    return graph.output(graph.quantize(y))


def cases():
    return broadcasts() + [
        binary("add_same_scale", "Add", (SHAPE, SHAPE), same_scale=True),
        binary("add_relu", "Add", (SHAPE, SHAPE), relu=True),
        binary("sub_relu", "Sub", (SHAPE, SHAPE), relu=True),
        binary("mul_relu", "Mul", ((1, 8, 3, 4), (1, 8, 1, 1)), relu=True),
        binary("optional_min", "Min", (SHAPE, SHAPE)), binary("optional_max", "Max", (SHAPE, SHAPE)),
        with_constant("add_constant", "Add", SHAPE, SHAPE[1:]),
        with_constant("add_constant_channels", "Add", SHAPE, (3, 1, 1)),
        with_constant("sub_constant_first", "Sub", (1, 5, 4, 3), (1, 5, 1, 1), True),
        with_constant("mul_constant", "Mul", (2, 3, 8), (3, 8)),
        with_itself("add_itself", "Add"), with_itself("mul_itself", "Mul"), mixed_types(),
        per_channel("batch_norm_alone", batch_normalization, (2, 3, 5, 4)),
        per_channel("batch_norm_alone_2d", batch_normalization, (2, 8)),
        per_channel("batch_norm_alone_1d", batch_normalization, (1, 5, 9)),
        per_channel("batch_norm_alone_relu", batch_normalization_relu, (1, 8, 3, 4)),
        per_channel("optional_mul_add_channels", affine, (2, 5, 3, 4)),
    ]
