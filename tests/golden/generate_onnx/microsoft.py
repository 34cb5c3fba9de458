"""Cases of the quantized operators of com.microsoft, which ONNX Runtime's quantizer writes."""

import numpy as np

from answers import LIMITS
from graph import MICROSOFT, Graph
from layer import bias_values, dequantized, weight
from qoperators import finish


def gemm(name, rows, depth, columns, kind="int8", with_bias=True, trans_b=0, dtype=None, alpha=1.0):
    graph = Graph("qgemm_" + name, (13, 21), dtype)
    x, axis = graph.input((rows, depth)), 0 if trans_b else 1
    w = weight(graph, (columns, depth) if trans_b else (depth, columns), axis, kind)
    values = bias_values(graph, columns) if with_bias else None

    def real():
        y = graph.node("Gemm", [graph.dequantize(x), dequantized(graph, w, axis)], transB=trans_b, alpha=alpha)
        return graph.node("Add", [y, np.float32(values * x.scale * w.scale * alpha)]) if with_bias else y

    inputs = [*x.triple, *w.triple, values if with_bias else ""]
    return graph.output(finish(graph, "QGemm", inputs, real, transB=trans_b, alpha=alpha))


def gemms():
    return [
        gemm("trans_b", 1, 16, 10, "int8_channels", trans_b=1), gemm("plain", 3, 8, 5, "int8", dtype="uint8"),
        gemm("offset", 2, 12, 4, "uint8_offset", trans_b=1, dtype="uint8"), gemm("no_bias", 2, 9, 7, "int8", False, 1),
        gemm("alpha", 1, 10, 6, "int8", False, 1, alpha=0.5),
    ]


def binary_node(graph, code, a, b):
    def real():
        return graph.node(code.removeprefix("QLinear"), [graph.dequantize(a), graph.dequantize(b)])
    return finish(graph, code, [*a.triple, *b.triple], real)


def binary(name, code, shapes):
    graph = Graph(name)
    return graph.output(binary_node(graph, code, graph.input(shapes[0]), graph.input(shapes[1])))


def concat(name, shapes, axis):
    graph = Graph(name, (10, 21))
    inputs = [graph.input(shape) for shape in shapes]
    operands = [entry for x in inputs for entry in x.triple]
    return graph.output(finish(graph, "QLinearConcat", operands,
                               lambda: graph.node("Concat", [graph.dequantize(x) for x in inputs], axis=axis),
                               axis=axis))


def unary(name, operator, shape, output=None, own={}, opset=(10, 21), **attributes):
    """own: attributes that the float operator does not have."""
    graph = Graph(name, opset)
    x = graph.input(shape)
    code = "QLinear" + operator
    if output:
        y = graph.quantized("", output, LIMITS[graph.dtype][0])
        return graph.output(graph.node(code, [*x.triple, *y.parameters], domain=MICROSOFT, **attributes, **own),
                            graph.dtype)
    y = finish(graph, code, x.triple, lambda: graph.node(operator, [graph.dequantize(x)], **attributes), **attributes,
               **own)
    return graph.output(y)


def finer_pool(name, **attributes):
    """As pools.finer()."""
    graph = Graph(name)
    x = graph.input((1, 8, 4, 6), np.float32(0.08))
    y = graph.quantized("", np.float32(0.015), int(x.zero_point) + 9)
    return graph.output(graph.node("QLinearAveragePool", [*x.triple, *y.parameters], domain=MICROSOFT, **attributes),
                        graph.dtype)


def others():
    return [
        binary("qlinear_add", "QLinearAdd", [(2, 3, 4, 5)] * 2),
        binary("qlinear_add_channels", "QLinearAdd", [(1, 8, 3, 4), (8, 1, 1)]),
        binary("qlinear_add_rank2", "QLinearAdd", [(2, 16), (16,)]),
        binary("qlinear_mul", "QLinearMul", [(1, 5, 4, 3)] * 2),
        binary("qlinear_mul_channels", "QLinearMul", [(2, 3, 4, 5), (2, 3, 1, 1)]),
        concat("qlinear_concat", [(1, 3, 4, 5), (1, 5, 4, 5)], 1),
        concat("qlinear_concat_three", [(2, 3, 4), (2, 3, 1), (2, 3, 8)], 2),
        unary("qlinear_average_pool", "AveragePool", (1, 5, 6, 4), kernel_shape=[2, 2], strides=[2, 2]),
        unary("qlinear_average_pool_pads", "AveragePool", (2, 3, 4, 5), kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
        unary("qlinear_average_pool_include_pad", "AveragePool", (1, 8, 4, 5), kernel_shape=[3, 2], pads=[1, 0, 1, 1],
              count_include_pad=1),
        unary("qlinear_global_average_pool", "GlobalAveragePool", (2, 5, 4, 3)),
        unary("qlinear_global_average_pool_first", "GlobalAveragePool", (1, 16, 3, 4), own={"channels_last": 0}),
        unary("qlinear_leaky_relu", "LeakyRelu", (2, 3, 4, 5), alpha=0.1),
        unary("qlinear_leaky_relu_negative", "LeakyRelu", (1, 40), alpha=-0.2),
        unary("qlinear_sigmoid", "Sigmoid", (2, 3, 5, 4)), unary("qlinear_sigmoid_256", "Sigmoid", (1, 64), 1 / 256),
        unary("qlinear_softmax", "Softmax", (2, 10), 1 / 256, {"opset": 13}, (13, 21), axis=-1),
        unary("qlinear_softmax_255", "Softmax", (1, 5, 8), 1 / 255, {"opset": 13}, (13, 21), axis=2),
        unary("qlinear_softmax_coerced", "Softmax", (2, 3, 4), 1 / 256, {"opset": 12}, (10, 12), axis=1),
        unary("qlinear_softmax_channels", "Softmax", (1, 6, 3, 2), 1 / 256, {"opset": 13}, (13, 21), axis=1),
    ]


def cases():
    return gemms() + others() + [
        finer_pool("qlinear_average_pool_finer", kernel_shape=[2, 2], strides=[2, 2]),
        finer_pool("qlinear_average_pool_finer_image", kernel_shape=[4, 6]),
    ]
