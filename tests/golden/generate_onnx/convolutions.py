"""Cases of Conv and ConvTranspose between DequantizeLinear and QuantizeLinear, and of what is folded into them."""

import numpy as np

from forms import clip
from graph import Graph
from layer import bias, dequantized, since, weight


def relu(graph, x, channels):
    return graph.node("Relu", [x])


def relu6(graph, x, channels):
    return clip(graph, x, 0.0, 6.0)


def batch_normalization(graph, x, channels, least=0.3):
    """Of random statistics; the scales are in [least, 1.5]."""
    rng = graph.rng
    statistics = [rng.uniform(least, 1.5, channels), rng.normal(0, 0.5, channels), rng.normal(0, 0.5, channels),
                  rng.uniform(0.2, 1.2, channels)]
    return graph.node("BatchNormalization", [x, *(np.float32(values) for values in statistics)], epsilon=1e-3)


def negative_batch_normalization(graph, x, channels):
    return batch_normalization(graph, x, channels, least=-1.5)


def batch_normalization_relu(graph, x, channels):
    return relu(graph, batch_normalization(graph, x, channels), channels)


def affine(graph, x, channels):
    """Per channel: x * a + b, with operands on either side."""
    a = np.float32(graph.rng.uniform(0.2, 2, (channels, 1, 1)))
    b = np.float32(graph.rng.normal(0, 1, (1, channels, 1, 1)))
    return graph.node("Add", [b, graph.node("Mul", [x, a])])


def convolution(name, shape, weights, kind="int8", bias_kind="int32", after=None, operator="Conv", opset=10, dtype=None,
                constants=None, **attributes):
    """weights: OI and the kernel, of ConvTranspose IO and the kernel."""
    graph = Graph(name, since(kind, opset), dtype, constants)
    axis = 1 if operator == "ConvTranspose" else 0
    channels = weights[axis] * (attributes.get("group", 1) if axis else 1)
    x = graph.input(shape)
    w = weight(graph, weights, axis, kind)
    operands = [graph.dequantize(x), dequantized(graph, w, axis), *bias(graph, x, w, channels, bias_kind)]
    y = graph.node(operator, operands, **attributes)
    return graph.output(graph.quantize(after(graph, y, channels) if after else y))


def convolutions():
    def case(name, *arguments, **options):
        return convolution("conv_" + name, *arguments, **options)

    return [
        case("1x1", (1, 5, 4, 7), (8, 5, 1, 1)),
        case("constants_as_inputs", (1, 3, 5, 4), (5, 3, 3, 3), "uint8_offset", constants="inputs", pads=[1, 1, 1, 1]),
        case("1x1_one_channel", (2, 1, 5, 3), (3, 1, 1, 1), "uint8_offset", "float"),
        case("1x1_stride2", (2, 8, 5, 4), (5, 8, 1, 1), "int8_channels", strides=[2, 2]),
        case("1x1_one_pixel", (2, 16, 1, 1), (5, 16, 1, 1), "uint8", None),
        case("3x3", (1, 3, 6, 5), (8, 3, 3, 3), "int8_channels", pads=[1, 1, 1, 1]),
        case("3x3_valid", (1, 5, 5, 7), (3, 5, 3, 3), "int8_offset", "float"),
        case("3x3_uint8_channels", (2, 3, 5, 4), (5, 3, 3, 3), "uint8_channels", None, pads=[1, 1, 1, 1]),
        case("3x3_one_offset", (1, 5, 4, 6), (8, 5, 3, 3), "uint8_channels_offset", pads=[1, 1, 1, 1]),
        case("3x3_offsets", (1, 3, 6, 4), (8, 3, 3, 3), "uint8_channels_offsets", pads=[1, 1, 1, 1]),
        convolution("optional_conv_3x3_int8_offsets", (1, 3, 4, 6), (5, 3, 3, 3), "int8_channels_offsets", "float",
                    pads=[1, 1, 1, 1]),
        case("2x3_stride2x1", (1, 5, 7, 6), (3, 5, 2, 3), strides=[2, 1], kernel_shape=[2, 3]),
        case("stride3x2", (2, 3, 9, 8), (5, 3, 4, 3), "uint8", "float", strides=[3, 2]),
        case("dilation2", (1, 3, 8, 7), (5, 3, 3, 3), "int8_channels", dilations=[2, 2], pads=[2, 2, 2, 2]),
        case("dilation1x3", (1, 5, 4, 11), (3, 5, 2, 3), "uint8_offset", None, dilations=[1, 3]),
        case("pads_asymmetric", (1, 3, 5, 6), (8, 3, 3, 3), pads=[0, 1, 2, 3]),
        case("pads_asymmetric_stride2", (2, 3, 6, 7), (5, 3, 3, 3), "int8_channels", strides=[2, 2], pads=[0, 0, 1, 1]),
        case("same_upper", (1, 3, 7, 6), (5, 3, 3, 3), "uint8", auto_pad="SAME_UPPER", strides=[2, 2]),
        case("same_upper_even_kernel", (1, 3, 5, 7), (5, 3, 2, 4), "int8_channels", auto_pad="SAME_UPPER"),
        case("same_lower", (1, 5, 6, 7), (3, 5, 2, 3), auto_pad="SAME_LOWER"),
        case("same_lower_stride2", (1, 3, 6, 8), (5, 3, 3, 3), "uint8_offset", "float", auto_pad="SAME_LOWER",
             strides=[2, 2]),
        case("auto_valid", (1, 3, 7, 5), (5, 3, 3, 2), "int8_channels", None, auto_pad="VALID", strides=[2, 1]),
        case("groups2", (1, 6, 4, 5), (8, 3, 3, 3), group=2, pads=[1, 1, 1, 1]),
        case("groups4_channels", (2, 16, 3, 4), (8, 4, 1, 1), "int8_channels", "float", group=4),
        case("groups3_offsets", (1, 9, 4, 3), (6, 3, 2, 2), "uint8_channels_offsets", group=3),
        case("depthwise", (1, 8, 5, 6), (8, 1, 3, 3), "int8_channels", group=8, pads=[1, 1, 1, 1]),
        case("depthwise_offset", (1, 5, 6, 4), (5, 1, 3, 3), "uint8_offset", "float", group=5, pads=[1, 0, 1, 2]),
        case("depthwise_stride2", (2, 16, 5, 4), (16, 1, 3, 3), "int8", None, group=16, strides=[2, 2],
             pads=[0, 0, 1, 1]),
        case("depthwise_same_upper", (1, 3, 6, 5), (3, 1, 5, 3), "uint8_channels", group=3, auto_pad="SAME_UPPER"),
        case("depthwise_multiplier2", (1, 3, 5, 6), (6, 1, 3, 3), "int8_channels", group=3, pads=[1, 1, 1, 1]),
        case("depthwise_multiplier3", (1, 5, 4, 5), (15, 1, 2, 3), "uint8", "float", group=5),
        case("depthwise_multiplier8", (2, 1, 7, 6), (8, 1, 4, 3), "int8_channels", strides=[2, 2]),
        case("1d", (1, 5, 13), (8, 5, 3), pads=[1, 1]),
        case("1d_stride2_dilation2", (2, 3, 17), (5, 3, 3), "int8_channels", "float", strides=[2], dilations=[2]),
        case("1d_depthwise", (1, 8, 11), (8, 1, 5), "uint8_offset", None, group=8, pads=[4, 0]),
        case("1d_same_lower", (1, 3, 10), (5, 3, 4), "uint8_channels", auto_pad="SAME_LOWER"),
        case("relu", (1, 3, 5, 6), (8, 3, 3, 3), "int8_channels", after=relu, pads=[1, 1, 1, 1]),
        case("relu_float_bias", (2, 5, 4, 3), (5, 5, 2, 2), "uint8_offset", "float", relu),
        case("relu6", (1, 3, 6, 5), (8, 3, 3, 3), "int8", after=relu6, strides=[2, 2]),
        case("relu6_depthwise", (1, 8, 4, 5), (8, 1, 3, 3), "int8_channels", after=relu6, group=8, pads=[1, 1, 1, 1]),
        case("batch_norm", (1, 3, 5, 4), (5, 3, 3, 3), "int8", None, batch_normalization),
        case("batch_norm_channels", (1, 5, 4, 5), (8, 5, 1, 1), "int8_channels", "float", batch_normalization),
        convolution("optional_conv_batch_norm_negative", (1, 3, 4, 5), (8, 3, 2, 2), "int8_channels", None,
                    negative_batch_normalization),
        case("batch_norm_negative_uint8", (1, 3, 5, 4), (5, 3, 2, 3), "uint8_offset", "int32",
             negative_batch_normalization),
        case("batch_norm_relu", (1, 3, 6, 5), (8, 3, 3, 3), "uint8", None, batch_normalization_relu, pads=[1, 1, 1, 1]),
        case("batch_norm_relu_depthwise", (1, 5, 5, 4), (5, 1, 3, 3), "int8_channels", None, batch_normalization_relu,
             group=5),
        case("mul_add", (1, 3, 4, 6), (5, 3, 3, 3), "int8_channels", None, affine),
        case("mul_add_bias", (2, 5, 3, 4), (8, 5, 1, 1), "uint8", "int32", affine),
    ]


def transposed_convolutions():
    def case(name, *arguments, **options):
        optional = "optional_" * name.startswith("optional_")
        name = f"{optional}conv_transpose_{name.removeprefix('optional_')}"
        return convolution(name, *arguments, operator="ConvTranspose", **options)

    return [
        case("3x3", (1, 3, 4, 5), (3, 5, 3, 3)),
        case("2x2_stride2", (1, 5, 3, 4), (5, 3, 2, 2), "int8_channels", strides=[2, 2]),
        case("3x3_stride2", (1, 3, 3, 4), (3, 5, 3, 3), "uint8", "float", strides=[2, 2], pads=[1, 1, 1, 1]),
        case("output_padding", (1, 3, 4, 3), (3, 5, 3, 3), "int8_channels", strides=[2, 2], pads=[1, 1, 1, 1],
             output_padding=[1, 1]),
        case("stride3_kernel4", (1, 3, 3, 2), (3, 3, 4, 4), "int8_offset", None, strides=[3, 3]),
        case("stride3x1_kernel5x2", (2, 3, 3, 4), (3, 5, 5, 2), "uint8_offset", strides=[3, 1], pads=[2, 0, 1, 1]),
        case("kernel_below_stride", (1, 5, 3, 2), (5, 3, 2, 1), "int8_channels", strides=[3, 2]),
        case("groups2", (1, 6, 3, 4), (6, 2, 3, 3), "int8", "float", group=2, strides=[2, 1]),
        case("depthwise", (1, 5, 3, 4), (5, 1, 4, 4), "uint8", None, group=5, strides=[2, 2], pads=[1, 1, 1, 1]),
        case("optional_dilation2", (1, 3, 4, 5), (3, 3, 2, 3), "uint8_channels", dilations=[2, 2]),
        case("same_upper", (1, 3, 4, 3), (3, 5, 3, 3), "int8", auto_pad="SAME_UPPER", strides=[2, 2]),
        case("output_shape", (1, 3, 4, 3), (3, 3, 3, 3), "int8_channels", None, strides=[2, 2], output_shape=[8, 6]),
        case("relu", (2, 8, 2, 3), (8, 3, 3, 3), "int8_channels", after=relu, strides=[2, 2]),
        case("optional_batch_norm", (1, 5, 3, 2), (5, 8, 2, 2), "int8", None, batch_normalization, strides=[2, 2]),
        case("1d", (1, 5, 6), (5, 3, 4), "int8_channels", strides=[2], pads=[1, 1]),
    ]


def cases():
    return convolutions() + transposed_convolutions()
