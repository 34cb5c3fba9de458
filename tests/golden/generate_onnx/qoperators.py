"""Cases of QLinearConv and QLinearMatMul."""

import numpy as np

from graph import MICROSOFT, Graph, Quantized
from layer import bias_values, weight


def finish(graph, code, inputs, real, last=(), **attributes):
    """Adds a node of `inputs`, the output's parameters and `last`; real() makes the same result in float."""
    y = graph.quantized("", *graph.scratch(real))
    first = [] if code == "QLinearConcat" else inputs
    operands = [*first, *y.parameters, *(inputs if not first else ()), *last]
    domain = "" if code in ("QLinearConv", "QLinearMatMul") else MICROSOFT
    return Quantized(graph.node(code, operands, domain=domain, **attributes), y.scale, y.zero_point, *y.parameters)


def convolution_node(graph, x, weights, kind, values=None, **attributes):
    """values: of the bias."""
    w = weight(graph, weights, 0, kind)
    biases = [] if values is None else [values]

    def real():
        operands = [graph.dequantize(x), real_weight(graph, w, len(weights))]
        return graph.node("Conv", operands + [np.float32(each * x.scale * w.scale) for each in biases], **attributes)

    return finish(graph, "QLinearConv", [*x.triple, *w.triple], real, biases, **attributes)


def real_weight(graph, w, rank, axis=0):
    """What DequantizeLinear makes per channel in opset 13 and later."""
    zero_point, scale = (np.float32(array) for array in (w.zero_point, w.scale))
    if scale.ndim:
        shape = [-1 if i == axis else 1 for i in range(rank)]
        zero_point, scale = zero_point.reshape(shape), scale.reshape(shape)
    return graph.node("Mul", [graph.node("Sub", [graph.node("Cast", [w.name], to=1), zero_point]), scale])


def convolution(name, shape, weights, kind="int8", with_bias=True, dtype=None, **attributes):
    graph = Graph("qlinear_conv_" + name, (10, 21), dtype)
    values = bias_values(graph, weights[0]) if with_bias else None
    return graph.output(convolution_node(graph, graph.input(shape), weights, kind, values, **attributes))


def convolutions():
    return [
        convolution("1x1", (2, 5, 3, 4), (8, 5, 1, 1), dtype="uint8"),
        convolution("3x3_channels", (1, 3, 6, 5), (8, 3, 3, 3), "int8_channels", pads=[1, 1, 1, 1]),
        convolution("offset", (1, 5, 4, 5), (3, 5, 3, 3), "uint8_offset", dtype="uint8"),
        convolution("no_bias", (1, 8, 5, 4), (5, 8, 2, 2), "int8_channels", False, strides=[2, 1]),
        convolution("uint8_channels", (1, 3, 5, 4), (5, 3, 3, 3), "uint8_channels", dtype="uint8"),
        convolution("int8_offset", (1, 3, 4, 6), (5, 3, 3, 2), "int8_offset", pads=[0, 1, 2, 0]),
        convolution("depthwise", (1, 8, 6, 5), (8, 1, 3, 3), "int8_channels", group=8, pads=[1, 1, 1, 1],
                    strides=[2, 2]),
        convolution("depthwise_offset", (2, 5, 4, 3), (10, 1, 3, 2), "uint8_offset", False, "uint8", group=5),
        convolution("groups", (1, 6, 4, 5), (4, 3, 3, 3), "int8", group=2),
        convolution("same_upper", (1, 3, 5, 6), (8, 3, 3, 3), "int8_channels", dtype="int8", auto_pad="SAME_UPPER",
                    strides=[2, 2]),
        convolution("dilation", (1, 3, 8, 7), (5, 3, 3, 3), "uint8", dtype="uint8", dilations=[2, 2]),
        convolution("1d", (1, 5, 12), (8, 5, 3), "int8", dtype="int8", pads=[1, 1]),
    ]


def product(name, shape, columns, kind="int8", dtype=None):
    graph = Graph("qlinear_matmul_" + name, (10, 21), dtype)
    x, w = graph.input(shape), weight(graph, (shape[-1], columns), 1, kind)

    def real():
        return graph.node("MatMul", [graph.dequantize(x), real_weight(graph, w, 2, 1)])

    return graph.output(finish(graph, "QLinearMatMul", [*x.triple, *w.triple], real))


def products():
    return [
        product("2d", (2, 12), 5, dtype="uint8"), product("channels", (1, 16), 8, "int8_channels"),
        product("3d", (2, 3, 8), 5, "uint8_offset", "uint8"),
        product("3d_channels", (1, 5, 9), 4, "int8_channels", "int8"),
        product("uint8_channels", (3, 8), 6, "uint8_channels_offsets", "uint8"),
    ]


def cases():
    return convolutions() + products()
