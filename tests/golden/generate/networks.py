"""Small networks: what single operators cannot show, such as shared tensors, order, types that change midway."""

import numpy as np

from case import Case, generator, random_scale, random_zero_point
from linear import CONV, DENSE, DEPTHWISE, Layer, add_layer, output_size
from network import ACTIVATIONS, LIMITS, PADDINGS, Network
from reference import extreme_inputs, random_inputs


class Builder:
    """Appends random layers to a network; every method returns a tensor."""

    def __init__(self, name, dtype="int8"):
        self.name, self.dtype, self.rng, self.net = name, dtype, generator(name), Network()

    def case(self, *outputs):
        return Case(self.name, self.net.output(*outputs), (random_inputs, random_inputs, extreme_inputs))

    def input(self, shape):
        return self.net.input(shape, self.dtype, random_scale(self.rng), random_zero_point(self.rng, self.dtype))

    def shape(self, x):
        return self.net.tensors[x].shape

    def linear(self, code, x, weights, **geometry):
        return add_layer(self.net, x, code, Layer(self.rng, self.net.tensors[x], code, weights), **geometry)

    def conv(self, x, count, size=1, **geometry):
        return self.linear(CONV, x, (count, size, size, self.shape(x)[3]), **geometry)

    def depthwise(self, x, size=3, **geometry):
        return self.linear(DEPTHWISE, x, (1, size, size, self.shape(x)[3]), **geometry)

    def dense(self, x, count, **geometry):
        return self.linear(DENSE, x, (count, self.shape(x)[-1]), **geometry)

    def like(self, x, shape, scale=None, zero_point=None, dtype=None):
        """A tensor with x's quantization, but for what is given."""
        source = self.net.tensors[x]
        return self.net.tensor(shape, dtype or source.dtype, source.scale if scale is None else scale,
                               source.zero_point if zero_point is None else zero_point)

    def move(self, code, x, shape, *indices, options=None, **fields):
        constants = [self.net.indices(values) for values in indices]
        return self.net.operator(code, [x, *constants], [self.like(x, shape)], options, **fields)

    def reshape(self, x, shape):
        return self.move("RESHAPE", x, shape, shape, options="ReshapeOptions", NewShape=list(shape))

    def unary(self, code, x, scale, zero_point, options=None, dtype=None, **fields):
        y = self.like(x, self.shape(x), scale, zero_point, dtype)
        return self.net.operator(code, [x], [y], options, **fields)

    def softmax(self, x):
        return self.unary("SOFTMAX", x, 1 / 256, LIMITS[self.dtype][0], "SoftmaxOptions", Beta=1.0)

    def logistic(self, x):
        return self.unary("LOGISTIC", x, 1 / 256, LIMITS[self.dtype][0])

    def binary(self, code, x, y, activation="NONE"):
        scales = [float(self.net.tensors[tensor].scale[0]) for tensor in (x, y)]
        scale = scales[0] * scales[1] * 100 if code == "MUL" else 1.2 * max(scales)
        shape = np.broadcast_shapes(self.shape(x), self.shape(y))
        result = self.like(x, shape, scale, random_zero_point(self.rng, self.dtype))
        return self.net.operator(code, [x, y], [result], code.capitalize() + "Options",
                                 FusedActivationFunction=ACTIVATIONS[activation])

    def pool(self, code, x, size, stride):
        n, height, width, channels = self.shape(x)
        sizes = [output_size(extent, size, stride, 1, "VALID") for extent in (height, width)]
        y = self.like(x, (n, *sizes, channels))
        return self.net.operator(code, [x], [y], "Pool2DOptions", Padding=PADDINGS["VALID"], FilterHeight=size,
                                 FilterWidth=size, StrideH=stride, StrideW=stride)


def residual(name, dtype):
    """Stem, two inverted residual blocks, pool, classifier."""
    net = Builder(name, dtype)
    x = net.conv(net.input((1, 16, 14, 3)), 8, 3, stride=(2, 2), activation="RELU6")
    for _ in range(2):
        y = net.depthwise(net.conv(x, 20, activation="RELU6"), activation="RELU6")
        x = net.binary("ADD", x, net.conv(y, 8))
    x = net.pool("AVERAGE_POOL_2D", net.conv(x, 24, activation="RELU"), 7, 7)
    return net.case(net.softmax(net.dense(net.reshape(x, (1, 24)), 10)))


def several_outputs():
    """Two inputs; a tensor that is both an output and read again; outputs in another order than they are made."""
    net = Builder("several_outputs")
    a, b = net.input((1, 6, 6, 4)), net.input((1, 6, 6, 4))
    total = net.binary("ADD", a, b)
    features = net.conv(total, 6, 3, activation="RELU")
    pooled = net.pool("MAX_POOL_2D", features, 2, 2)
    gate = net.logistic(net.conv(b, 6))
    gated = net.binary("MUL", features, gate)
    return net.case(gated, pooled, total, features)


def reshape_chain():
    """Nothing but views and permutations around one convolution."""
    net = Builder("reshape_chain")
    x = net.reshape(net.input((2, 4, 18)), (1, 8, 6, 3))
    x = net.move("TRANSPOSE", x, (1, 6, 8, 3), (0, 2, 1, 3), options="TransposeOptions")
    x = net.conv(x, 5, 3)
    x = net.move("EXPAND_DIMS", net.reshape(x, (48, 5)), (48, 1, 5), 1, options="ExpandDimsOptions")
    x = net.move("TRANSPOSE", x, (5, 1, 48), (2, 1, 0), options="TransposeOptions")
    x = net.move("SQUEEZE", x, (5, 48), options="SqueezeOptions", SqueezeDims=[1])
    return net.case(net.reshape(x, (3, 80)))


def pad_before_convolution():
    """Explicit padding, as converted from PyTorch and by TensorFlow where SAME would pad on the wrong side."""
    net = Builder("pad_before_convolution")
    image = [[0, 0], [1, 1], [1, 1], [0, 0]]
    x = net.move("PAD", net.input((1, 9, 8, 3)), (1, 11, 10, 3), image, options="PadOptions")
    x = net.conv(x, 8, 3, stride=(2, 2), padding="VALID", activation="RELU6")
    x = net.move("PAD", x, (1, 6, 5, 8), [[0, 0], [0, 1], [0, 1], [0, 0]], options="PadOptions")
    x = net.depthwise(x, stride=(2, 2), padding="VALID")
    padded = net.move("PAD", x, (1, 4, 4, 8), [[0, 0], [1, 1], [1, 1], [0, 0]], options="PadOptions")
    return net.case(net.conv(padded, 4, 2, padding="VALID"), net.pool("MAX_POOL_2D", padded, 2, 2))


def computed_shape():
    """A Flatten layer as Keras exports it: SHAPE, STRIDED_SLICE, PACK, then RESHAPE to the computed shape."""
    net = Builder("computed_shape")
    x = net.pool("MAX_POOL_2D", net.conv(net.input((1, 6, 6, 2)), 7, 3, activation="RELU"), 2, 2)
    graph = net.net
    shape = graph.operator("SHAPE", [x], [graph.tensor((4,), "int32")], "ShapeOptions", OutType=2)
    ends = [graph.indices(values) for values in ([0], [1], [1])]
    batch = graph.operator("STRIDED_SLICE", [shape, *ends], [graph.tensor((), "int32")], "StridedSliceOptions",
                           ShrinkAxisMask=1)
    target = graph.operator("PACK", [batch, graph.indices(63)], [graph.tensor((2,), "int32")], "PackOptions",
                            ValuesCount=2, Axis=0)
    flat = graph.operator("RESHAPE", [x, target], [net.like(x, (1, 63))])
    return net.case(net.softmax(net.dense(flat, 5)))


def squeeze_and_excite():
    """A gate per channel from the image's mean; hard-swish; a mean over the rest."""
    net = Builder("squeeze_and_excite")
    x = net.conv(net.input((1, 8, 7, 3)), 12, 3, stride=(2, 2))
    x = net.unary("HARD_SWISH", x, net.net.tensors[x].scale, -100)
    mean = net.move("MEAN", x, (1, 1, 1, 12), (1, 2), options="ReducerOptions", KeepDims=True)
    gate = net.logistic(net.conv(net.conv(mean, 4, activation="RELU"), 12))
    x = net.binary("MUL", x, gate)
    return net.case(net.move("MEAN", x, (1, 12), (1, 2), options="ReducerOptions"))


def segmentation():
    """Two resolutions joined, resized, and the best class of every pixel as int32."""
    net = Builder("segmentation")
    fine = net.conv(net.input((1, 9, 8, 3)), 6, 3, activation="RELU")
    coarse = net.depthwise(fine, stride=(2, 2))
    resized = net.move("RESIZE_BILINEAR", coarse, (1, 9, 8, 6), (9, 8), options="ResizeBilinearOptions",
                       HalfPixelCenters=True)
    target = net.net.tensors[fine]
    resized = net.unary("QUANTIZE", resized, target.scale, target.zero_point)
    joined = net.like(fine, (1, 9, 8, 12))
    net.net.operator("CONCATENATION", [fine, resized], [joined], "ConcatenationOptions", Axis=3)
    logits = net.conv(joined, 5)
    best = net.net.tensor((1, 9, 8), "int32")
    net.net.operator("ARG_MAX", [logits, net.net.indices(3)], [best], "ArgMaxOptions", OutputType=2)
    return net.case(best, logits)


def both_types():
    """int8 in, uint8 in the middle, int8 out: zero points move by 128 on the way."""
    net = Builder("both_types")
    x = net.conv(net.input((1, 5, 6, 4)), 8, 3)
    unsigned = net.unary("QUANTIZE", x, 0.9 * net.net.tensors[x].scale, 131, dtype="uint8")
    y = net.conv(unsigned, 8, 3, activation="RELU")
    y = net.unary("QUANTIZE", y, net.net.tensors[x].scale, -20, dtype="int8")
    return net.case(net.binary("ADD", x, y), unsigned)


def cases():
    return [residual("residual", "int8"), residual("residual_uint8", "uint8"), several_outputs(), reshape_chain(),
            pad_before_convolution(), computed_shape(), squeeze_and_excite(), segmentation(), both_types()]
