"""Cases of ConvInteger and MatMulInteger, and of operators on 8-bit tensors without a scale of their own."""

import numpy as np

from forms import integers, split, squeeze
from graph import Graph
from layer import accumulator_scale, bias_values, weight


def to_real(graph, accumulator, scale, bias):
    y = graph.node("Mul", [graph.node("Cast", [accumulator], to=1), scale])
    return y if bias is None else graph.node("Add", [y, bias])


def convolution(name, shape, weights, kind="uint8", with_bias=True, relu=False, **attributes):
    """ConvInteger -> Cast -> Mul -> Add -> QuantizeLinear."""
    graph = Graph("conv_integer_" + name)
    x, w = graph.input(shape), weight(graph, weights, 0, kind)
    channel = (1, -1, 1, 1)
    scale = accumulator_scale(x, w)
    bias = np.float32(bias_values(graph, weights[0]) * scale).reshape(channel) if with_bias else None
    zero_point = w.zero_point.flat[0].reshape(())  # ONNX Runtime takes one for all channels
    y = graph.node("ConvInteger", [x.name, w.name, x.zero_point_name, zero_point], **attributes)
    y = to_real(graph, y, scale.reshape(channel) if scale.ndim else scale, bias)
    return graph.output(graph.quantize(graph.node("Relu", [y]) if relu else y))


def product(name, shape, columns, kind="uint8", with_bias=True, dtype="uint8"):
    """MatMulInteger -> Cast -> Mul -> Add -> QuantizeLinear."""
    graph = Graph("matmul_integer_" + name, (10, 21), dtype)
    x, w = graph.input(shape), weight(graph, (shape[-1], columns), 1, kind)
    scale = accumulator_scale(x, w)
    bias = np.float32(bias_values(graph, columns) * scale) if with_bias else None
    y = graph.node("MatMulInteger", [x.name, w.name, x.zero_point_name, w.zero_point_name])
    return graph.output(graph.quantize(to_real(graph, y, scale, bias)))


def direct(name, shape, build, opset=12, rescaled=True, dtype=None):
    """build(graph, x) on the integers themselves. rescaled: another scale after it, so that there is one at all."""
    graph = Graph(name, (opset, 21), dtype)
    x = graph.input(shape)
    y = build(graph, x.name)
    if not rescaled:
        return graph.output(y, graph.dtype)
    return graph.output(graph.quantize(graph.node("DequantizeLinear", [y, *x.parameters])))


def directs():
    def max_pool(graph, x):
        return graph.node("MaxPool", [x], kernel_shape=[3, 2], strides=[2, 1], pads=[1, 0, 1, 1])

    def clip(graph, x):
        low, high = np.asarray([20, 101], graph.dtype)
        return graph.node("Clip", [x, low, high])

    def transpose(graph, x):
        return graph.node("Transpose", [x], perm=[0, 3, 1, 2])

    def reshape(graph, x):
        return graph.node("Reshape", [x, integers([0, -1])])

    def concat(graph, x):
        return graph.node("Concat", split(graph, x, 1, 2, [1, 4])[::-1], axis=1)

    def pad(graph, x):
        return graph.node("Pad", [x, integers([0, 0, 1, 0, 0, 0, 0, 2]), np.asarray(17, graph.dtype)])

    def relu(graph, x):
        return graph.node("Max", [x, np.asarray(30, graph.dtype)])

    return [
        direct("direct_max_pool", (2, 3, 6, 5), max_pool),
        direct("direct_max_pool_bare", (1, 5, 5, 4), max_pool, rescaled=False),
        direct("direct_clip", (2, 3, 5), clip),
        direct("direct_clip_bare", (1, 3, 4, 5), clip, rescaled=False),
        direct("direct_transpose", (1, 4, 5, 3), transpose, 10),
        direct("direct_transpose_bare", (2, 3, 4, 5), transpose, 10, False),
        direct("direct_reshape", (2, 3, 4), reshape, 10),
        direct("direct_reshape_bare", (1, 8, 3, 2), reshape, 10, False),
        direct("direct_concat", (1, 5, 3, 4), concat, 13),
        direct("direct_concat_bare", (2, 5, 3), concat, 13, False), direct("direct_pad", (1, 3, 4, 5), pad, 13),
        direct("optional_direct_max", (2, 3, 4), relu),
        direct("direct_squeeze", (2, 8, 1, 1), lambda graph, x: squeeze(graph, x, [2, 3]), 10),
    ]


def cases():
    return [
        convolution("3x3", (1, 3, 5, 6), (5, 3, 3, 3), pads=[1, 1, 1, 1]),
        convolution("offset_relu", (2, 5, 4, 3), (3, 5, 2, 2), "uint8_offset", relu=True),
        convolution("no_bias", (1, 8, 5, 4), (8, 8, 1, 1), "uint8", False),
        convolution("channels", (1, 3, 6, 5), (8, 3, 3, 3), "uint8_channels", strides=[2, 2]),
        convolution("int8", (1, 5, 4, 5), (3, 5, 3, 3), "int8"),
        convolution("depthwise", (1, 5, 5, 4), (5, 1, 3, 3), "uint8_offset", group=5),
        product("2d", (2, 12), 5), product("offset", (1, 3, 8), 6, "uint8_offset"),
        product("channels", (2, 9), 7, "int8_channels", True),
        product("no_bias", (3, 16), 4, "int8", False), product("int8", (2, 10), 8, "int8", True, "int8"),
    ] + directs()
