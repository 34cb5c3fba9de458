"""Small networks. Where every operator may be one step off, errors add up: tolerances.txt says how far."""

import numpy as np

from activations import hard_swish_of_sigmoid
from answers import LIMITS
from convolutions import batch_normalization, relu, relu6
from forms import clip, integers, with_axes
from graph import Graph
from layer import bias, bias_values, dequantized, weight
from microsoft import binary_node
from qoperators import convolution_node, finish
from quantizers import batch_size


class Builder(Graph):
    """Operators from Quantized to Quantized: DequantizeLinear for every reader of its own, as quantizers write it."""

    def fitted(self, value, dtype=None):
        """The whole range: a network that saturates everywhere shows nothing."""
        low, high = LIMITS[dtype or self.dtype]
        values = self.evaluate(value)
        least, greatest = min(values.min(), 0), max(values.max(), 1e-3)
        scale = np.float32(f"{(greatest - least) / (high - low):.4g}")
        return scale, int(np.clip(np.rint(low - least / scale), low, high))

    def conv(self, x, channels, kernel, after=None, kind="int8_channels", inputs=None, bias_kind="int32", **attributes):
        """inputs: of a group, by default all."""
        w = weight(self, (channels, inputs or self.channels(x), *kernel), 0, kind)
        operands = [self.dequantize(x), dequantized(self, w, 0), *bias(self, x, w, channels, bias_kind)]
        y = self.node("Conv", operands, **attributes)
        return self.quantize(after(self, y, channels) if after else y)

    def channels(self, x):
        return self.evaluate(self.dequantize(x)).shape[1]

    def gemm(self, x, columns, kind="int8"):
        w = weight(self, (columns, self.channels(x)), 0, kind)
        return self.quantize(self.node("Gemm",
                                       [self.dequantize(x), dequantized(self, w, 0),
                                        *bias(self, x, w, columns, "float")], transB=1))

    def op(self, code, *inputs, like=None, **attributes):
        return self.quantize(self.node(code, [self.dequantize(x) for x in inputs], **attributes), like=like)

    def softmax(self, x):
        return self.quantize(self.node("Softmax", [self.dequantize(x)], axis=1), 1 / 256, LIMITS[self.dtype][0])


def classifier():
    net = Builder("network_classifier", (13, 21), "uint8")
    x = net.conv(net.input((1, 1, 12, 10)), 6, (3, 3), relu, pads=[1, 1, 1, 1])
    x = net.op("MaxPool", x, like=x, kernel_shape=[2, 2], strides=[2, 2])
    x = net.conv(x, 8, (3, 3), relu)
    x = net.op("AveragePool", x, kernel_shape=[2, 3])
    return net.output(net.softmax(net.gemm(net.op("Flatten", x, like=x), 10)))


def residual():
    net = Builder("network_residual", (13, 21), "int8")
    x = net.conv(net.input((2, 3, 8, 7)), 8, (3, 3), relu, pads=[1, 1, 1, 1])
    y = net.conv(net.conv(x, 8, (3, 3), relu, pads=[1, 1, 1, 1]), 8, (3, 3), pads=[1, 1, 1, 1])
    x = net.quantize(net.node("Relu", [net.node("Add", [net.dequantize(y), net.dequantize(x)])]))
    y = net.conv(net.conv(x, 12, (3, 3), relu, strides=[2, 2], pads=[1, 1, 1, 1]), 12, (3, 3), pads=[1, 1, 1, 1])
    x = net.op("Add", y, net.conv(x, 12, (1, 1), strides=[2, 2]))
    return net.output(net.op("GlobalAveragePool", net.op("Relu", x)))


def inverted_residual():
    net = Builder("network_inverted_residual", (14, 21), "uint8")
    x = net.op("HardSwish", net.conv(net.input((1, 3, 9, 10)), 6, (3, 3), strides=[2, 2], pads=[1, 1, 1, 1]))
    y = net.op("HardSwish", net.conv(x, 15, (1, 1)))
    y = net.op("HardSwish", net.conv(y, 15, (3, 3), inputs=1, group=15, pads=[1, 1, 1, 1], kind="uint8_offset"))
    x = net.op("Add", x, net.conv(y, 6, (1, 1), bias_kind="float"))
    x = net.conv(x, 16, (1, 1), relu6)
    x = net.quantize(with_axes(net, "ReduceMean", net.dequantize(x), [2, 3], 18, keepdims=0))
    return net.output(net.gemm(x, 5))


def squeeze_and_excite():
    net = Builder("network_squeeze_and_excite", (13, 21), "int8")
    x = net.conv(net.input((2, 3, 7, 8)), 12, (3, 3), batch_normalization, bias_kind=None, pads=[1, 0, 1, 0])
    gate = net.conv(net.conv(net.op("GlobalAveragePool", x), 4, (1, 1), relu), 12, (1, 1))
    return net.output(net.op("Mul", x, net.op("Sigmoid", gate)))


def encoder_decoder():
    net = Builder("network_encoder_decoder", (13, 21), "uint8")
    fine = net.conv(net.input((1, 3, 8, 6)), 6, (3, 3), relu, pads=[1, 1, 1, 1])
    coarse = net.conv(net.op("MaxPool", fine, like=fine, kernel_shape=[2, 2], strides=[2, 2]), 10, (3, 3), relu,
                      pads=[1, 1, 1, 1])
    w = weight(net, (10, 6, 2, 2), 1, "int8_channels")
    up = net.node("ConvTranspose", [net.dequantize(coarse), dequantized(net, w, 1), *bias(net, coarse, w, 6, "int32")],
                  strides=[2, 2])
    joined = net.op("Concat", fine, net.quantize(up), axis=1)
    logits = net.conv(net.conv(joined, 8, (3, 3), relu, pads=[1, 1, 1, 1]), 4, (1, 1))
    return net.output(logits)


def q_operators():
    """The same residual block on integers, with a shared scale and zero point per tensor."""
    net = Builder("network_q_operators", (13, 21), "uint8")
    x = convolution_node(net, net.input((1, 3, 7, 8)), (8, 3, 3, 3), "int8_channels", bias_values(net, 8),
                         pads=[1, 1, 1, 1])
    y = convolution_node(net, x, (8, 8, 3, 3), "uint8", bias_values(net, 8), pads=[1, 1, 1, 1])
    x = binary_node(net, "QLinearAdd", x, y)
    x = finish(net, "QLinearLeakyRelu", x.triple, lambda: net.node("LeakyRelu", [net.dequantize(x)], alpha=0.1),
               alpha=0.1)
    pooled = finish(net, "QLinearGlobalAveragePool", x.triple,
                    lambda: net.node("GlobalAveragePool", [net.dequantize(x)]))
    flat = net.node("Flatten", [pooled.name])
    w = weight(net, (5, 8), 0, "int8_channels")

    def gemm():
        return net.node("Gemm", [net.node("DequantizeLinear", [flat, *pooled.parameters]), dequantized(net, w, 0)],
                        transB=1)

    return net.output(finish(net, "QGemm", [flat, *pooled.parameters, *w.triple, ""], gemm, transB=1))


def pytorch():
    """Views by computed shapes, a hard-swish of a HardSigmoid, SiLU, a channel split and a token mean."""
    net = Builder("network_pytorch", (13, 17), "int8")
    x = net.conv(net.input((2, 3, 8, 6)), 8, (3, 3), strides=[2, 2], pads=[1, 1, 1, 1])
    x = net.quantize(hard_swish_of_sigmoid(net, net.dequantize(x)))
    left, right = net.node("Split", [net.dequantize(x), integers([5, 3])], 2, axis=1)
    left, right = net.quantize(left, like=x), net.quantize(right, like=x)
    x = net.op("Concat", net.conv(left, 5, (3, 3), relu, pads=[1, 1, 1, 1]), right, axis=1)
    y = net.conv(x, 8, (1, 1))
    y = net.quantize(net.node("Mul", [net.dequantize(y), net.node("Sigmoid", [net.dequantize(y)])]))
    x = net.op("Add", x, y)
    real = net.dequantize(x)
    tokens = net.node("Reshape", [real, net.node("Concat", [batch_size(net, real), integers([8, -1])], axis=0)])
    tokens = net.quantize(net.node("Transpose", [tokens], perm=[0, 2, 1]), like=x)
    w = weight(net, (8, 6), 1, "int8_channels")
    y = net.node("Add",
                 [net.node("MatMul", [net.dequantize(tokens), dequantized(net, w, 1)]),
                  np.float32(net.rng.normal(0, 0.3, 6))])
    return net.output(net.quantize(net.node("ReduceMean", [net.dequantize(net.quantize(y))], axes=[1], keepdims=0)))


def keywords():
    """Convolutions along time."""
    net = Builder("network_keywords", (13, 21), "uint8")
    x = net.conv(net.input((1, 10, 25)), 12, (5,), relu, strides=[2], pads=[2, 2])
    for dilation in (1, 2):
        y = net.conv(x, 12, (3,), relu, inputs=1, group=12, dilations=[dilation], pads=[dilation, dilation])
        x = net.op("Add", x, net.conv(y, 12, (1,), batch_normalization, "uint8_channels", bias_kind=None))
    pooled = net.op("GlobalAveragePool", net.quantize(clip(net, net.dequantize(x), 0.0, None)))
    flat = net.op("Flatten", pooled, like=pooled)
    return net.output(net.gemm(flat, 8, "int8_channels"))


def cases():
    return [classifier(), residual(), inverted_residual(), squeeze_and_excite(), encoder_decoder(), q_operators(),
            pytorch(), keywords()]
