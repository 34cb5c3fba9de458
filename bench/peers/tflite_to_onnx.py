"""Writes the QDQ ONNX twin of an 8-bit .tflite network: tflite_to_onnx.py MODEL.tflite TWIN.onnx onnxruntime|openvino

ONNX Runtime and OpenVINO fuse the pattern DequantizeLinear -> operator -> QuantizeLinear into their integer kernels. The
twin is made to be the form that they run fastest: activations uint8 (int8 ones plus 128), images NCHW inside, weights
int8 without zero points, padding folded into convolutions, activations that saturation performs anyway left out. Where the
two differ in what they run faster, the twin is made for the one named.
"""

import dataclasses
import math
import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from peers import onnx_operators
from peers.onnx_operators import NCHW
from peers.tflite_graph import read_graph

OPSET = 13  # the first with DequantizeLinear per channel
IR_VERSION = 8


@dataclasses.dataclass(frozen=True)
class Form:
    image_order: str  # of four-dimensional inputs and outputs
    integer_clip: bool  # clamp what is quantized rather than what will be


FORMS = {
    "onnxruntime": Form("NHWC", True),  # a float Clip would keep the convolution before it in float
    "openvino": Form("NCHW", False),  # a float Clip is fused, an integer one stands in the way of fusion
}


class Exporter:
    """One conversion: what has been emitted, and how each .tflite tensor is held in the twin."""

    def __init__(self, graph, form):
        self.graph = graph
        self.form = form
        self.nodes = []
        self.initializers = {}
        self.names = {}  # tensor -> name of its dequantized value
        self.quantized = {}  # tensor -> name of its uint8 value
        self.orders = {}  # tensor -> axes: the twin's shape is the tensor's shape, permuted by these
        self.padding = {}  # output of a PAD that convolutions took over -> (top, left, bottom, right)
        self.flattened = {}  # flat tensor whose elements are in NCHW order -> (height, width, channels)

    def export(self):
        inputs = [self.add_input(tensor) for tensor in self.graph.inputs]
        for operator in self.graph.operators:
            handler = onnx_operators.HANDLERS.get(operator.type)
            if handler is None:
                raise NotImplementedError(f"{operator.type} has no ONNX form here; add it to onnx_operators.py")
            handler(self, operator)
        outputs = [self.add_output(tensor) for tensor in self.graph.outputs]
        initializers = [numpy_helper.from_array(array, name) for name, array in self.initializers.items()]
        model = helper.make_model(helper.make_graph(self.nodes, "twin", inputs, outputs, initializers),
                                  opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
        onnx.checker.check_model(model, full_check=True)
        return model

    # ---- what handlers use ----

    def node(self, operator_type, inputs, **attributes):
        """Appends a node and gives its output's name."""
        output = f"{operator_type}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator_type, inputs, [output], name=f"n{len(self.nodes)}", **attributes))
        return output

    def constant(self, name, array):
        self.initializers[name] = np.array(array, order="C")
        return name

    def quantize(self, name, tensor, limits=(-math.inf, math.inf), order=None):
        """Ends an operator: clamps, quantizes to the tensor's parameters and dequantizes for its consumers."""
        scale, zero_point = (parameter.item() for parameter in quantization(tensor))
        bounds = [round(min(max(limit / scale + zero_point, 0), 255)) for limit in limits]
        clamped = bounds != [0, 255]  # else it is saturation's work
        if clamped and not self.form.integer_clip:
            name = self.clip(name, tensor, [np.float32((bound - zero_point) * scale) for bound in bounds])
        quantized = self.node("QuantizeLinear", [name, *self.parameters(tensor)])
        if clamped and self.form.integer_clip:
            quantized = self.clip(quantized, tensor, [np.uint8(bound) for bound in bounds])
        self.hold(tensor, quantized, order)

    def clip(self, name, tensor, bounds):
        low, high = bounds
        return self.node("Clip", [name, self.constant(f"low_{tensor.index}", low), self.constant(f"high_{tensor.index}", high)])

    def hold(self, tensor, quantized, order=None):
        """Makes `quantized` the tensor's uint8 value, its axes in `order`."""
        self.quantized[tensor] = quantized
        self.names[tensor] = self.node("DequantizeLinear", [quantized, *self.parameters(tensor)])
        self.orders[tensor] = order or tuple(range(len(tensor.shape)))

    def parameters(self, tensor):
        scale, zero_point = quantization(tensor)
        return self.constant(f"scale_{tensor.index}", scale), self.constant(f"zero_{tensor.index}", zero_point)

    def alias(self, output, source, order=None):
        """The output is the source's value, bytes unchanged."""
        self.names[output], self.quantized[output] = self.names[source], self.quantized[source]
        self.orders[output] = order or self.orders[source]

    def image_of(self, tensor):
        """(height, width, channels) where the elements of one row are an image in NCHW order, else None."""
        if tensor in self.flattened:
            return self.flattened[tensor]
        return tensor.shape[1:] if self.orders[tensor] == NCHW else None

    def same_quantization(self, first, second):
        return quantization(first) == quantization(second)

    def weights(self, tensor, array, axis):
        """A dequantized constant, and the scale it has now: one, or one per channel along `axis`.

        Both runtimes leave their integer kernels where weights have a zero point, so it is subtracted. A channel that
        then needs nine bits is scaled back to eight.
        """
        centered = array.astype(np.int32) - broadcast(tensor.zero_point, array.ndim, axis)
        others = tuple(other for other in range(array.ndim) if other != axis)
        peaks = np.maximum(centered.max(axis=others), -1 - centered.min(axis=others))
        scale = tensor.scale
        if peaks.max() > 127:
            excess = np.maximum(peaks / 127, 1)
            scale = (scale * excess).astype(np.float32)
            centered = np.rint(centered / broadcast(excess, array.ndim, axis))
        return self.dequantized(tensor, centered.astype(np.int8), scale, axis), scale

    def bias(self, tensor, scale):
        """A dequantized int32 constant, in units of the accumulator's scale."""
        values = tensor.data * (tensor.scale.astype(np.float64) / scale)
        return self.dequantized(tensor, np.rint(values).astype(np.int32), scale, 0)

    def dequantized(self, tensor, array, scale, axis):
        scale = scale[0] if scale.size == 1 else scale
        names = [self.constant(f"w{tensor.index}", array), self.constant(f"scale_{tensor.index}", scale),
                 self.constant(f"zero_{tensor.index}", np.zeros(scale.shape, array.dtype))]
        return self.node("DequantizeLinear", names, **({"axis": axis} if scale.ndim else {}))

    # ---- the graph's edges, uint8 ----

    def add_input(self, tensor):
        name = f"input_{tensor.index}"
        image = is_image(self.graph, tensor)
        self.hold(tensor, name, NCHW if image and self.form.image_order == "NCHW" else None)
        shape = permute(tensor.shape, self.orders[tensor])
        if image and self.form.image_order == "NHWC":
            self.quantize(self.node("Transpose", [self.names[tensor]], perm=NCHW), tensor, order=NCHW)
        return helper.make_tensor_value_info(name, TensorProto.UINT8, shape)

    def add_output(self, tensor):
        order = self.orders[tensor]
        if order == NCHW and self.form.image_order == "NHWC":
            transposed = self.node("Transpose", [self.names[tensor]], perm=(0, 2, 3, 1))
            self.quantize(transposed, tensor)
            order = self.orders[tensor]
        return helper.make_tensor_value_info(self.quantized[tensor], TensorProto.UINT8, permute(tensor.shape, order))


def is_image(graph, tensor):
    """Whether a graph input is NHWC; one that is only transposed is NCHW already."""
    return len(tensor.shape) == 4 and any(consumer.type != "TRANSPOSE" for consumer in graph.consumers(tensor))


def quantization(tensor):
    """Scale and zero point of an activation as the twin's uint8 holds it."""
    return np.float32(tensor.scale[0]), np.uint8(int(tensor.zero_point[0]) + (128 if tensor.dtype == np.int8 else 0))


def broadcast(channels, rank, axis):
    """One value per channel, or one for all, shaped to meet an array of that rank."""
    return channels.reshape([-1 if other == axis else 1 for other in range(rank)])


def permute(shape, order):
    return [shape[axis] for axis in order]


def export(source, target, runtime):
    onnx.save(Exporter(read_graph(source), FORMS[runtime]).export(), target)


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[3] not in FORMS:
        sys.exit(__doc__.splitlines()[0])
    export(*sys.argv[1:])
