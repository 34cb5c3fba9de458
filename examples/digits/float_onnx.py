"""Writes a Keras network of plain layers as float ONNX, with opset 13's operators and ONNX's order of dimensions, NCHW.

Batch normalizations stay nodes and stride-2 "same" padding is explicit: one pixel more behind than before, as TensorFlow pads.
"""

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper

OPSET = 13
IR_VERSION = 8  # of the ONNX releases that brought opset 13: older readers take the file


def same_padding(extent, kernel, stride):
    """(before, after) of TensorFlow's "same" for one dimension."""
    total = max((-(-extent // stride) - 1) * stride + kernel - extent, 0)
    return total // 2, total - total // 2


class Exporter:
    """One node for each layer; a Keras tensor's name is that of the layer that makes it."""

    def __init__(self):
        self.nodes = []
        self.initializers = []
        self._names = {}  # id of a Keras tensor: name in the ONNX graph
        self._flattened = None  # [height, width, channels] of the image that the next dense layer reads as a vector

    def add_input(self, tensor, name):
        self._names[id(tensor)] = name

    def add(self, layer):
        getattr(self, "_" + type(layer).__name__.lower())(layer)

    def _weight(self, name, values):
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(values, np.float32), name))
        return name

    def _node(self, operator, layer, *weights, **attributes):
        inputs = layer.input if isinstance(layer.input, list) else [layer.input]
        self.nodes.append(helper.make_node(
            operator, [self._names[id(tensor)] for tensor in inputs] + list(weights), [layer.name], name=layer.name, **attributes))
        self._names[id(layer.output)] = layer.name

    def _convolution(self, layer, weights, groups):
        """weights: as Keras' Conv2D has them, [height, width, input channels of a group, output channels]."""
        height, width = layer.input.shape[1:3]
        padding = [(0, 0), (0, 0)]
        if layer.padding == "same":
            padding = [same_padding(*sizes) for sizes in zip((height, width), layer.kernel_size, layer.strides)]
        name = self._weight(layer.name + "/kernel", weights.transpose(3, 2, 0, 1))
        self._node("Conv", layer, name, group=groups, kernel_shape=layer.kernel_size, strides=layer.strides,
                   pads=[before for before, _ in padding] + [after for _, after in padding])

    def _conv2d(self, layer):
        self._convolution(layer, layer.get_weights()[0], groups=1)

    def _depthwiseconv2d(self, layer):
        weights = layer.get_weights()[0]  # [height, width, channels, 1]
        self._convolution(layer, weights.transpose(0, 1, 3, 2), groups=weights.shape[2])

    def _batchnormalization(self, layer):
        names = ["gamma", "beta", "mean", "variance"]
        weights = [self._weight(f"{layer.name}/{name}", values) for name, values in zip(names, layer.get_weights())]
        self._node("BatchNormalization", layer, *weights, epsilon=layer.epsilon)

    def _relu(self, layer):
        self._node("Relu", layer)

    def _add(self, layer):
        self._node("Add", layer)

    def _averagepooling2d(self, layer):
        self._node("AveragePool", layer, kernel_shape=layer.pool_size, strides=layer.strides)

    def _flatten(self, layer):
        self._flattened = layer.input.shape[1:]
        self._node("Flatten", layer, axis=1)

    def _dropout(self, layer):
        self._names[id(layer.output)] = self._names[id(layer.input)]  # does nothing outside training

    def _dense(self, layer):
        weights, bias = layer.get_weights()
        if self._flattened:  # Keras flattens [height, width, channels], ONNX [channels, height, width]
            weights = weights.reshape(*self._flattened, -1).transpose(2, 0, 1, 3).reshape(weights.shape)
        self._node("Gemm", layer, self._weight(layer.name + "/kernel", weights), self._weight(layer.name + "/bias", bias))
        self._flattened = None

    def _softmax(self, layer):
        self._node("Softmax", layer, axis=-1)


def export(network, batch_size=1):
    """The network as an onnx.ModelProto. Its input is named as the network's and has shape [batch, channels, height, width]."""
    exporter = Exporter()
    height, width, channels = network.input.shape[1:]
    exporter.add_input(network.input, network.input.name)
    for layer in network.layers:
        if layer.output is not network.input:
            exporter.add(layer)
    image = helper.make_tensor_value_info(network.input.name, TensorProto.FLOAT, [batch_size, channels, height, width])
    scores = helper.make_tensor_value_info(network.layers[-1].name, TensorProto.FLOAT, [batch_size, *network.output.shape[1:]])
    graph = helper.make_graph(exporter.nodes, network.name, [image], [scores], exporter.initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION, producer_name="qrun digits example")
    checker.check_model(model, full_check=True)
    return model
