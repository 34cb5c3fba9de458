"""Cases of operators of one tensor, element by element: what becomes a table of 256 values."""

import math

import numpy as np

from answers import LIMITS
from forms import clip, unsqueeze
from graph import Graph

SHAPES = ((2, 3, 5, 7), (1, 8, 4, 5), (1, 5, 37), (2, 101))


def unary(name, build, opset=10, positive=False, scale=None, output=None, dtype=None):
    """build(graph, x) makes a float of a float. positive: no input is below 0. output: scale and zero point."""
    graph = Graph(name, opset if isinstance(opset, tuple) else (opset, 21), dtype)
    zero_point = LIMITS[graph.dtype][0] if positive else None
    x = graph.input(SHAPES[graph.rng.integers(len(SHAPES))], scale, zero_point)
    y = build(graph, graph.dequantize(x))
    return graph.output(graph.quantize(y, *output) if output else graph.quantize(y))


def operator(name, code, opset=10, positive=False, scale=None, **attributes):
    return unary(name, lambda graph, x: graph.node(code, [x], **attributes), opset, positive, scale)


def rectifiers():
    return [
        operator("relu", "Relu"),
        unary("relu_same_scale", lambda graph, x: graph.node("Relu", [x]), scale=0.04, output=(0.04, 7), dtype="int8"),
        unary("clip_attributes", lambda graph, x: clip(graph, x, -0.7, 1.9), (10, 10)),
        unary("clip_0_6", lambda graph, x: clip(graph, x, 0.0, 6.0), scale=0.06),
        unary("clip_low", lambda graph, x: clip(graph, x, -1.0, None)),
        unary("clip_high", lambda graph, x: clip(graph, x, None, 0.8), 11),
        unary("clip_opset10", lambda graph, x: clip(graph, x, 0.0, 1.0), (10, 10)),
        operator("leaky_relu", "LeakyRelu", alpha=0.1),
        operator("leaky_relu_default", "LeakyRelu"),
        operator("leaky_relu_negative", "LeakyRelu", alpha=-0.3),
        operator("leaky_relu_above_one", "LeakyRelu", alpha=1.5),
        operator("elu", "Elu"),
        operator("elu_alpha", "Elu", alpha=0.4),
        operator("selu", "Selu"),
        operator("celu", "Celu", 12, alpha=0.7),
        operator("hard_sigmoid", "HardSigmoid"),
        operator("hard_sigmoid_sixth", "HardSigmoid", alpha=1 / 6, beta=0.5),
        operator("hard_swish", "HardSwish", 14),
        operator("optional_thresholded_relu", "ThresholdedRelu", alpha=0.5),
    ]


def functions():
    return [
        operator("sigmoid", "Sigmoid", scale=0.06),
        unary("sigmoid_256", lambda graph, x: graph.node("Sigmoid", [x]), scale=0.06, output=(1 / 256, -128),
              dtype="int8"),
        operator("tanh", "Tanh"),
        unary("tanh_128", lambda graph, x: graph.node("Tanh", [x]), output=(1 / 128, 128), dtype="uint8"),
        operator("softplus", "Softplus"),
        operator("softsign", "Softsign"),
        operator("erf", "Erf"),
        operator("exp", "Exp", scale=0.02),
        operator("log", "Log", positive=True),
        operator("sqrt", "Sqrt", positive=True),
        operator("abs", "Abs"),
        operator("neg", "Neg"),
        operator("reciprocal", "Reciprocal", positive=True),
        operator("floor", "Floor"),
        operator("ceil", "Ceil"),
        operator("round", "Round", 11),
        operator("sign", "Sign"),
        operator("sin", "Sin"),
        operator("cos", "Cos"),
        operator("gelu", "Gelu", 20),
        operator("gelu_tanh", "Gelu", 20, approximate="tanh"),
        operator("mish", "Mish", 18),
    ]


def scaled(name, code, constant, first=False, **options):
    """An operator whose other operand is a scalar."""
    def build(graph, x):
        return graph.node(code, [np.float32(constant), x] if first else [x, np.float32(constant)])
    return unary(name, build, **options)


def scalars():
    return [
        scaled("pow_2", "Pow", 2), scaled("pow_half", "Pow", 0.5, positive=True), scaled("pow_3", "Pow", 3),
        scaled("mul_scalar", "Mul", 1.7), scaled("mul_negative", "Mul", -0.6, first=True),
        scaled("mul_array_of_one", "Mul", [0.3]),
        scaled("add_scalar", "Add", 0.9), scaled("add_first", "Add", -1.3, first=True),
        scaled("sub_scalar", "Sub", 0.4),
        scaled("sub_first", "Sub", 1.1, first=True), scaled("div_scalar", "Div", 2.5),
        scaled("div_first", "Div", 1.5, first=True, positive=True),
        scaled("min_scalar", "Min", 0.6), scaled("max_scalar", "Max", -0.2, first=True),
    ]


def gelu(graph, x):
    """As PyTorch exports it."""
    erf = graph.node("Erf", [graph.node("Div", [x, np.float32(math.sqrt(2))])])
    return graph.node("Mul", [graph.node("Mul", [x, graph.node("Add", [erf, np.float32(1)])]), np.float32(0.5)])


def hard_swish(graph, x):
    shifted = clip(graph, graph.node("Add", [x, np.float32(3)]), 0.0, 6.0)
    return graph.node("Div", [graph.node("Mul", [x, shifted]), np.float32(6)])


def hard_swish_of_sigmoid(graph, x):
    return graph.node("Mul", [x, graph.node("HardSigmoid", [x], alpha=1 / 6, beta=0.5)])


def silu(graph, x):
    return graph.node("Mul", [x, graph.node("Sigmoid", [x])])


def mish(graph, x):
    return graph.node("Mul", [x, graph.node("Tanh", [graph.node("Softplus", [x])])])


def prelu(name, slopes, quantized, shape=(2, 3, 4, 5)):
    """Slopes as floats or as dequantized int8."""
    graph = Graph("prelu_" + name)
    x = graph.input(shape)
    values = np.float32(graph.rng.uniform(-0.3, 0.6, slopes))
    if quantized:
        name = graph.constant(np.int8(np.rint(values * 127)), "slopes")
        values = graph.dequantize(graph.quantized(name, np.float32(1 / 127), 0, "int8"))
    return graph.output(graph.quantize(graph.node("PRelu", [graph.dequantize(x), values])))


def expanded(graph, x):
    """A function and movements without quantization between them."""
    return unsqueeze(graph, graph.node("Tanh", [graph.node("Relu", [x])]), [0])


def cases():
    return rectifiers() + functions() + scalars() + [
        unary("gelu_decomposed", gelu), unary("hard_swish_decomposed", hard_swish),
        unary("hard_swish_of_hard_sigmoid", hard_swish_of_sigmoid), unary("silu", silu), unary("mish_decomposed", mish),
        prelu("scalar", (1,), False), prelu("channels", (3, 1, 1), False), prelu("channels_int8", (3, 1, 1), True),
        prelu("channels_batch", (1, 8, 1, 1), False, (1, 8, 3, 5)), prelu("one_channel", (1, 1, 1), True, (2, 1, 6, 5)),
        unary("relu_tanh_unsqueeze", expanded),
    ]
