"""Cases of Gemm and MatMul with a constant."""

import numpy as np

from graph import Graph
from layer import accumulator_scale, bias_values, dequantized, since, weight


def gemm(name, rows, depth, columns, kind="int8", bias_kind="int32", bias_shape=None, relu=False, **attributes):
    """bias_shape: [columns] by default. beta != 1 goes with a bias of floats or of its own scale."""
    graph = Graph("gemm_" + name, since(kind))
    transposed = attributes.get("transB", 0)
    x = graph.input((rows, depth))
    w = weight(graph, (columns, depth) if transposed else (depth, columns), 0 if transposed else 1, kind)
    inputs = [graph.dequantize(x), dequantized(graph, w, 0 if transposed else 1)]
    values = bias_values(graph, columns)
    scale = np.float32(accumulator_scale(x, w) * attributes.get("alpha", 1) / attributes.get("beta", 1))
    if bias_kind == "float":
        shape = (columns,) if bias_shape is None else bias_shape
        inputs.append(np.float32((values * scale)[:int(np.prod(shape))]).reshape(shape))
    elif bias_kind:
        tensor = graph.quantized(graph.constant(values, "bias"), scale, np.zeros(scale.shape), "int32")
        inputs.append(dequantized(graph, tensor, 0))
    y = graph.node("Gemm", inputs, **attributes)
    return graph.output(graph.quantize(graph.node("Relu", [y]) if relu else y))


def gemms():
    return [
        gemm("plain", 1, 16, 10),
        gemm("trans_b", 1, 20, 7, "int8_channels", transB=1),
        gemm("trans_b_offset", 3, 12, 5, "uint8_offset", "float", transB=1),
        gemm("channels", 2, 9, 8, "int8_channels", "float"),
        gemm("channels_offsets", 2, 11, 6, "uint8_channels_offsets"),
        gemm("no_bias", 4, 8, 3, "uint8", None, transB=1),
        gemm("alpha", 1, 10, 8, "int8", "float", transB=1, alpha=0.5),
        gemm("alpha_beta", 2, 13, 4, "int8_channels", "float", transB=1, alpha=1.75, beta=0.25),
        gemm("beta_int32", 1, 8, 16, "int8", "int32", transB=1, beta=2.0),
        gemm("bias_row", 3, 8, 5, "int8_channels", "float", (1, 5)),
        gemm("bias_scalar", 2, 8, 5, "int8_offset", "float", ()),
        gemm("bias_one", 2, 6, 7, "uint8", "float", (1,), transB=1),
        gemm("relu", 2, 24, 8, "int8_channels", relu=True, transB=1),
        gemm("one_output", 5, 16, 1, "int8", transB=1),
    ]


def matmul(name, shape, columns, kind="int8", bias_shape=None, bias_first=False, relu=False):
    """bias_shape: of a float that is added."""
    graph = Graph("matmul_" + name, since(kind))
    x = graph.input(shape)
    w = weight(graph, (shape[-1], columns), 1, kind)
    y = graph.node("MatMul", [graph.dequantize(x), dequantized(graph, w, 1)])
    if bias_shape is not None:
        values = bias_values(graph, columns) * accumulator_scale(x, w)
        bias = np.float32(values[:int(np.prod(bias_shape))]).reshape(bias_shape)
        y = graph.node("Add", [bias, y] if bias_first else [y, bias])
    return graph.output(graph.quantize(graph.node("Relu", [y]) if relu else y))


def matmuls():
    return [
        matmul("2d", (2, 12), 5),
        matmul("2d_channels", (1, 16), 8, "int8_channels", (8,)),
        matmul("2d_bias_first", (3, 8), 5, "uint8_offset", (5,), bias_first=True),
        matmul("3d", (1, 5, 8), 3, "uint8"),
        matmul("3d_channels_bias", (2, 3, 16), 8, "int8_channels", (8,)),
        matmul("3d_bias_row_relu", (2, 4, 5), 6, "int8_offset", (1, 6), relu=True),
        matmul("4d", (2, 3, 2, 8), 5, "int8_channels", (1, 1, 5)),
        matmul("bias_scalar", (2, 9), 4, "int8", ()),
        matmul("offsets", (1, 4, 10), 5, "uint8_channels_offsets", (5,)),
    ]


def cases():
    return gemms() + matmuls()
