"""Builds int8 .tflite networks layer by layer, with random weights and scales as a calibration would choose them.

Every layer is computed here in float on one random image as it is added, so that each output's scale comes from the range
it really has: nothing saturates or vanishes, and requantization meets the numbers it meets in a trained network.
"""

import dataclasses
import math

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

_RELU, _NONE = schema.ActivationFunctionType.RELU, schema.ActivationFunctionType.NONE


@dataclasses.dataclass
class Activation:
    index: int
    real: np.ndarray  # float32, what the tensor holds for the calibration image
    scale: np.float32
    zero_point: int


class Builder:
    def __init__(self, seed=1):
        self.random = np.random.default_rng(seed)
        self.buffers = [schema.BufferT()]
        self.tensors = []
        self.operators = []
        self.codes = []

    # ---- layers: each takes and gives an Activation ----

    def input(self, shape):
        """An image or vector of normal noise; comes first."""
        return self._activation("input", self.random.standard_normal(shape, np.float32))

    def conv(self, x, channels, size=1, stride=1, relu=True, gain=1.0):
        depth = x.real.shape[3]
        weights = self._random_weights((channels, size, size, depth), size * size * depth, gain, relu)
        options = schema.Conv2DOptionsT()
        options.strideH = options.strideW = stride
        options.fusedActivationFunction = _RELU if relu else _NONE
        patches = _patches(x.real, size, stride)
        shape = patches.shape[:3] + (channels,)

        def compute(filters, bias):
            return (patches.reshape(-1, size * size * depth) @ filters.reshape(channels, -1).T + bias).reshape(shape)

        return self._linear("CONV_2D", schema.BuiltinOptions.Conv2DOptions, options, x, weights, 0, compute, relu)

    def depthwise(self, x, size=3, stride=1, relu=True):
        depth = x.real.shape[3]
        weights = self._random_weights((1, size, size, depth), size * size, 1.0, relu)
        options = schema.DepthwiseConv2DOptionsT()
        options.strideH = options.strideW = stride
        options.depthMultiplier = 1
        options.fusedActivationFunction = _RELU if relu else _NONE
        patches = _patches(x.real, size, stride)

        def compute(filters, bias):
            return np.einsum("nyxklc,klc->nyxc", patches, filters[0], optimize=True) + bias

        return self._linear("DEPTHWISE_CONV_2D", schema.BuiltinOptions.DepthwiseConv2DOptions, options, x, weights, 3,
                            compute, relu)

    def fully_connected(self, x, outputs):
        inputs = x.real.shape[-1]
        weights = self._random_weights((outputs, inputs), inputs, 1.0, False)
        options = schema.FullyConnectedOptionsT()
        return self._linear("FULLY_CONNECTED", schema.BuiltinOptions.FullyConnectedOptions, options, x, weights, 0,
                            lambda matrix, bias: x.real @ matrix.T + bias, False)

    def add(self, x, y):
        options = schema.AddOptionsT()
        options.fusedActivationFunction = _RELU
        output = self._activation("add", np.maximum(x.real + y.real, 0))
        return self._operator("ADD", schema.BuiltinOptions.AddOptions, options, [x.index, y.index], output)

    def max_pool(self, x, size, stride):
        options = schema.Pool2DOptionsT()
        options.filterHeight = options.filterWidth = size
        options.strideH = options.strideW = stride
        real = _patches(x.real, size, stride, fill=-np.inf).max(axis=(3, 4))
        output = self._activation("max_pool", real, (x.scale, x.zero_point))
        return self._operator("MAX_POOL_2D", schema.BuiltinOptions.Pool2DOptions, options, [x.index], output)

    def mean(self, x):
        options = schema.ReducerOptionsT()
        axes = self._constant("axes", np.array([1, 2], np.int32))
        output = self._activation("mean", x.real.mean(axis=(1, 2)))
        return self._operator("MEAN", schema.BuiltinOptions.ReducerOptions, options, [x.index, axes], output)

    def reshape(self, x, shape):
        options = schema.ReshapeOptionsT()
        options.newShape = list(shape)
        extents = self._constant("shape", np.array(shape, np.int32))
        output = self._activation("reshape", x.real.reshape(shape), (x.scale, x.zero_point))
        return self._operator("RESHAPE", schema.BuiltinOptions.ReshapeOptions, options, [x.index, extents], output)

    def softmax(self, x):
        options = schema.SoftmaxOptionsT()
        options.beta = 1.0
        powers = np.exp(x.real - x.real.max())
        output = self._activation("softmax", powers / powers.sum(), (np.float32(1 / 256), -128))
        return self._operator("SOFTMAX", schema.BuiltinOptions.SoftmaxOptions, options, [x.index], output)

    def write(self, path, output):
        """Writes the network from its input to `output`."""
        subgraph = schema.SubGraphT()
        subgraph.tensors, subgraph.operators = self.tensors, self.operators
        subgraph.inputs, subgraph.outputs = [0], [output.index]
        model = schema.ModelT()
        model.version = 3
        model.description = "random weights"
        model.buffers, model.subgraphs = self.buffers, [subgraph]
        model.operatorCodes = [_operator_code(name) for name in self.codes]
        write_schema(model, path)

    # ---- pieces ----

    def _random_weights(self, shape, fan_in, gain, relu):
        """Weights that keep the variance of what they multiply."""
        return self.random.standard_normal(shape, np.float32) * np.float32(gain * math.sqrt((2 if relu else 1) / fan_in))

    def _linear(self, name, options_type, options, x, weights, axis, compute, relu):
        """Quantizes weights per channel and bias, computes with the quantized ones, appends the operator."""
        others = tuple(other for other in range(weights.ndim) if other != axis)
        scales = (np.abs(weights).max(axis=others) / 127).astype(np.float32)
        shape = [-1 if other == axis else 1 for other in range(weights.ndim)]
        quantized = np.rint(weights / scales.reshape(shape)).astype(np.int8)
        bias_scales = x.scale * scales
        bias = np.rint(self.random.standard_normal(scales.shape) * 0.1 / bias_scales).astype(np.int32)
        real = compute(quantized * scales.reshape(shape), bias * bias_scales)
        output = self._activation(name.lower(), np.maximum(real, 0) if relu else real)
        inputs = [x.index, self._constant("weights", quantized, scales, axis), self._constant("bias", bias, bias_scales, 0)]
        return self._operator(name, options_type, options, inputs, output)

    def _activation(self, name, real, quantization=None):
        """An int8 tensor that holds these numbers; its range is theirs unless given."""
        if quantization is None:
            low, high = min(float(real.min()), 0.0), max(float(real.max()), 1e-6)
            scale = np.float32((high - low) / 255)
            quantization = scale, round(-128 - low / float(scale))
        scale, zero_point = quantization
        steps = np.clip(np.rint(real / scale) + zero_point, -128, 127) - zero_point
        index = self._tensor(name, real.shape, schema.TensorType.INT8, 0, [scale], [zero_point], 0)
        return Activation(index, (steps * scale).astype(np.float32), scale, zero_point)

    def _constant(self, name, array, scales=(), axis=0):
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(array.tobytes(), np.uint8)
        self.buffers.append(buffer)
        types = {np.int8: schema.TensorType.INT8, np.int32: schema.TensorType.INT32}
        return self._tensor(name, array.shape, types[array.dtype.type], len(self.buffers) - 1, scales,
                            [0] * len(scales), axis)

    def _tensor(self, name, shape, dtype, buffer, scales, zero_points, axis):
        tensor = schema.TensorT()
        tensor.name = f"{name}_{len(self.tensors)}"
        tensor.shape = list(shape)
        tensor.type = dtype
        tensor.buffer = buffer
        if len(scales):
            tensor.quantization = schema.QuantizationParametersT()
            tensor.quantization.scale = [float(scale) for scale in scales]
            tensor.quantization.zeroPoint = list(zero_points)
            tensor.quantization.quantizedDimension = axis
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def _operator(self, name, options_type, options, inputs, output):
        if name not in self.codes:
            self.codes.append(name)
        operator = schema.OperatorT()
        operator.opcodeIndex = self.codes.index(name)
        operator.inputs, operator.outputs = inputs, [output.index]
        operator.builtinOptionsType, operator.builtinOptions = options_type, options
        self.operators.append(operator)
        return output


def write_schema(model, path):
    """Serializes the schema's objects."""
    buffer = flatbuffers.Builder(1 << 20)
    buffer.Finish(model.Pack(buffer), b"TFL3")
    with open(path, "wb") as file:
        file.write(buffer.Output())


def _operator_code(name):
    code = schema.OperatorCodeT()
    code.builtinCode = getattr(schema.BuiltinOperator, name)
    code.deprecatedBuiltinCode = min(code.builtinCode, 127)
    # The first versions with int8; 4 is a fully connected layer with scales per channel.
    code.version = {"CONV_2D": 3, "DEPTHWISE_CONV_2D": 3, "FULLY_CONNECTED": 4}.get(name, 2 if name != "RESHAPE" else 1)
    return code


def _patches(image, size, stride, fill=0.0):
    """The windows of a SAME convolution: [1, rows, columns, size, size, channels]."""
    amounts = []
    for extent in image.shape[1:3]:
        total = max(0, (math.ceil(extent / stride) - 1) * stride + size - extent)
        amounts.append((total // 2, total - total // 2))
    padded = np.pad(image, ((0, 0), *amounts, (0, 0)), constant_values=fill)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (size, size), axis=(1, 2))[:, ::stride, ::stride]
    return windows.transpose(0, 1, 2, 4, 5, 3)
