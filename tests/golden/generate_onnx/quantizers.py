"""Cases of QuantizeLinear and DequantizeLinear themselves: requantization, images, weights trained with quantization,
and shapes that are computed."""

import numpy as np

from forms import integers, unsqueeze
from graph import MICROSOFT, Graph, short
from layer import bias


def requantize(name, source, target, scale, zero_point, input_scale=0.05, input_zero_point=None):
    graph = Graph("requantize_" + name, dtype=target)
    x = graph.input((2, 3, 5, 7), np.float32(input_scale), input_zero_point, source)
    return graph.output(graph.quantize(graph.dequantize(x), short(scale), zero_point))


def default_zero_points():
    """No zero point is 0, and the type uint8."""
    graph = Graph("requantize_default_zero_points", dtype="uint8")
    x = graph.input((1, 8, 4, 5), zero_point=0)
    y = graph.node("QuantizeLinear", [graph.node("DequantizeLinear", x.triple[:2]), np.float32(0.05)])
    return graph.output(y, "uint8")


def default_zero_point_of_int8():
    """The type as an attribute."""
    graph = Graph("requantize_output_type", 21, "int8")
    x = graph.input((1, 3, 5, 8))
    return graph.output(graph.node("QuantizeLinear", [graph.dequantize(x), np.float32(0.06)], output_dtype=3), "int8")


def microsofts():
    """The same operators of com.microsoft, as ONNX Runtime's quantizer writes them on demand."""
    graph = Graph("requantize_microsoft")
    x = graph.input((2, 3, 4, 5))
    real = graph.node("Neg", [graph.node("DequantizeLinear", x.triple, domain=MICROSOFT)])
    y = graph.quantized("", *graph.fitted(real))
    return graph.output(graph.node("QuantizeLinear", [real, *y.parameters], domain=MICROSOFT), graph.dtype)


def scales_of_one_element():
    """Scale and zero point in arrays of one element, as some exporters write them."""
    graph = Graph("requantize_scales_of_one_element", (13, 21), "uint8")
    x = graph.input((2, 5, 3), np.float32([0.04]), [120])
    return graph.output(graph.quantize(graph.dequantize(x), np.float32([0.03]), [99]))


def requantizations():
    return [
        requantize("finer", "int8", "int8", 0.021, -13), requantize("coarser", "uint8", "uint8", 0.11, 140),
        requantize("to_uint8", "int8", "uint8", 0.05, 140, input_zero_point=12),
        requantize("to_int8", "uint8", "int8", 0.037, 5),
        requantize("same", "int8", "int8", 0.05, 7, input_zero_point=7),
        requantize("ties", "int8", "int8", 0.1, 3, input_zero_point=-1),
        default_zero_points(), default_zero_point_of_int8(), scales_of_one_element(), microsofts(),
    ]


def image(name, normalized, shape, quantize_first=False):
    """uint8 pixels, cast to float and scaled: (x / 255 - mean) / deviation."""
    graph = Graph(name)
    graph.inputs.append(("input_0", "uint8", shape))
    y = graph.node("Cast", ["input_0"], to=1)
    y = graph.node("Div", [y, np.float32(255)]) if normalized else graph.node("Mul", [y, np.float32(1 / 255)])
    if normalized:
        y = graph.node("Sub", [y, np.float32([0.485, 0.456, 0.406]).reshape(1, 3, 1, 1)])
        y = graph.node("Div", [y, np.float32([0.229, 0.224, 0.225]).reshape(1, 3, 1, 1)])
    y = graph.quantize(y)
    if quantize_first:
        y = graph.quantize(graph.node("MaxPool", [graph.dequantize(y)], kernel_shape=[2, 2]), like=y)
    return graph.output(y)


def trained(name, narrow, shape, weights, per_channel=True, dtype="int8"):
    """Float weights behind QuantizeLinear and DequantizeLinear; narrow: clamped to -127..127 between the two."""
    graph = Graph("trained_" + name, (13, 21))
    x = graph.input(shape)
    values = np.float32(graph.rng.normal(0, 0.15, weights))
    axes = tuple(range(1, values.ndim))
    limits = np.abs(values).max(axis=axes) if per_channel else np.abs(values).max()
    # Tighter than the values in some channels, so that these saturate.
    scale = np.float32(limits * graph.rng.uniform(0.6, 1.1, limits.shape) / 127)
    middle = 0 if dtype == "int8" else 128
    attributes = {"axis": 0} if per_channel else {}
    quantized = graph.quantized("", scale, np.full(scale.shape, middle), dtype)
    integers_of = graph.node("QuantizeLinear", [values, *quantized.parameters], **attributes)
    if narrow:
        integers_of = graph.node("Clip", [integers_of, np.int8(-127), np.int8(127)])
    w = graph.node("DequantizeLinear", [integers_of, *quantized.parameters], **attributes)
    operands = [graph.dequantize(x), w, *bias(graph, x, quantized, weights[0], "float")]
    y = graph.node("Conv", operands) if len(weights) > 2 else graph.node("Gemm", operands, transB=1)
    return graph.output(graph.quantize(graph.node("Relu", [y])))


def narrow_activation():
    """An int8 activation clamped between QuantizeLinear and DequantizeLinear."""
    graph = Graph("requantize_narrow", (13, 21), "int8")
    y = graph.quantize(graph.node("Tanh", [graph.dequantize(graph.input((2, 3, 5, 4)))]), short(0.006), 0)
    return graph.output(graph.node("Clip", [y.name, np.int8(-127), np.int8(127)]), "int8")


def batch_size(graph, x):
    """Shape -> Gather -> Unsqueeze, as PyTorch exports x.shape[0]."""
    return unsqueeze(graph, graph.node("Gather", [graph.node("Shape", [x]), np.int64(0)], axis=0), [0])


def view(name, shape, rest):
    """x.view(x.shape[0], *rest)"""
    graph = Graph("shape_" + name)
    x = graph.input(shape)
    real = graph.dequantize(x)
    target = graph.node("Concat", [batch_size(graph, real), integers(rest)], axis=0)
    return graph.output(graph.quantize(graph.node("Reshape", [real, target]), like=x))


def halved():
    """x[:, :x.shape[1] // 2]"""
    graph = Graph("shape_halved", (11, 21))
    x = graph.input((2, 6, 3, 5))
    real = graph.dequantize(x)
    channels = graph.node("Gather", [graph.node("Shape", [x.name]), integers([1])], axis=0)
    half = graph.node("Div", [channels, integers([2])])
    return graph.output(graph.quantize(graph.node("Slice", [real, integers([0]), half, integers([1])]), like=x))


def cases():
    return requantizations() + [
        image("image_scaled", False, (1, 3, 5, 6)), image("optional_image_normalized", True, (2, 3, 4, 5)),
        image("image_pooled", False, (1, 1, 7, 6), True),
        trained("conv", False, (1, 3, 5, 4), (5, 3, 3, 3)),
        trained("conv_uint8", False, (1, 5, 4, 3), (8, 5, 2, 2), False, "uint8"),
        trained("gemm", False, (2, 12), (5, 12)), trained("conv_narrow", True, (2, 3, 4, 5), (8, 3, 3, 2)),
        trained("gemm_narrow", True, (3, 16), (4, 16), False), narrow_activation(),
        view("flatten", (2, 5, 3, 4), [-1]), view("split", (1, 8, 3, 2), [2, 4, 6]), halved(),
    ]
