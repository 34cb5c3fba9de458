"""A small ONNX graph under construction. What an output's scale is, comes from running what there is so far."""

from dataclasses import dataclass

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

import answers
from answers import LIMITS, generator

TYPES = {"int8": TensorProto.INT8, "uint8": TensorProto.UINT8, "int64": TensorProto.INT64, "float32": TensorProto.FLOAT}
MICROSOFT = "com.microsoft"


@dataclass(frozen=True)
class Quantized:
    """A quantized tensor: real = scale * (value - zero_point). The names are of all three in the graph."""
    name: str
    scale: np.ndarray
    zero_point: np.ndarray
    scale_name: str
    zero_point_name: str

    @property
    def dtype(self):
        return str(self.zero_point.dtype)

    @property
    def triple(self):
        return [self.name, *self.parameters]

    @property
    def parameters(self):
        return [self.scale_name, self.zero_point_name]


def short(value):
    """Four digits, so that another CPU's last bit of a sum does not make another model."""
    return np.float32(f"{value:.4g}")


class Graph:
    """opset: one, or the least and the greatest to draw from. dtype: of 8-bit activations. constants: initializers,
    their data as "bytes" or a list of "numbers"; also listed as "inputs", as old exporters do; or "nodes"."""

    def __init__(self, name, opset=(10, 21), dtype=None, constants=None):
        self.name = name
        self.rng = generator(name)
        self.opset = int(self.rng.integers(*opset, endpoint=True)) if isinstance(opset, tuple) else opset
        self.dtype = dtype or str(self.rng.choice(["int8", "uint8"]))
        self.constants = constants or str(self.rng.choice(["bytes", "numbers", "nodes"], p=[0.7, 0.15, 0.15]))
        self.inputs, self.outputs = [], []  # (name, dtype, shape); (name, dtype)
        self.nodes, self.initializers = [], []
        self.made = 0

    # ---- nodes ----

    def _name(self, stem):
        self.made += 1
        return f"{stem.lower()}_{self.made}"

    def constant(self, array, stem="constant"):
        array, name = np.asarray(array, order="C"), self._name(stem)
        tensor = numpy_helper.from_array(array, name)
        if self.constants == "numbers":
            tensor = helper.make_tensor(name, tensor.data_type, array.shape, array.flatten().tolist())
        if self.constants == "nodes":
            self.nodes.append(helper.make_node("Constant", [], [name], value=tensor))
        else:
            self.initializers.append(tensor)
        return name

    def node(self, operator, inputs, outputs=1, domain="", **attributes):
        """Appends a node, whose inputs are names or arrays, and gives its output's name, or a list of several."""
        inputs = [entry if isinstance(entry, str) else self.constant(entry) for entry in inputs]
        names = [self._name(operator) for _ in range(outputs)]
        self.nodes.append(helper.make_node(operator, inputs, names, name="node_" + names[0], domain=domain,
                                           **attributes))
        return names[0] if outputs == 1 else names

    def scratch(self, build):
        """Scale and zero point of the float that build() makes, whose nodes are not kept."""
        nodes, initializers = len(self.nodes), len(self.initializers)
        try:
            return self.fitted(build())
        finally:
            del self.nodes[nodes:], self.initializers[initializers:]

    # ---- quantization ----

    def quantized(self, name, scale, zero_point, dtype=None):
        scale, zero_point = np.asarray(scale, np.float32), np.asarray(zero_point, dtype or self.dtype)
        return Quantized(name, scale, zero_point, self.constant(scale, "scale"),
                         self.constant(zero_point, "zero_point"))

    def input(self, shape, scale=None, zero_point=None, dtype=None):
        dtype = dtype or self.dtype
        if scale is None:
            scale = short(np.exp(self.rng.uniform(np.log(0.01), np.log(0.08))))
        if zero_point is None:
            zero_point = int(self.rng.integers(-60, 60)) + (128 if dtype == "uint8" else 0)
        name = f"input_{len(self.inputs)}"
        self.inputs.append((name, dtype, tuple(shape)))
        return self.quantized(name, scale, zero_point, dtype)

    def dequantize(self, x, **attributes):
        return self.node("DequantizeLinear", x.triple, **attributes)

    def fitted(self, value, dtype=None):
        """Scale and zero point for a float's range on the first sample, sometimes so tight that much saturates."""
        low, high = LIMITS[dtype or self.dtype]
        values = self.evaluate(value)
        values = values[np.isfinite(values)]
        least, greatest = min(values.min(), -1e-3), max(values.max(), 1e-3)
        fit = self.rng.choice([1, 1, 1, 0.8, 0.6]) if values.size > 64 else 1
        if low < 0 and self.rng.random() < 0.3:
            return short(fit * max(-least, greatest) / 127), 0
        return short(fit * (greatest - least) / 255), int(np.rint(low - 255 * least / (greatest - least)))

    def quantize(self, value, scale=None, zero_point=None, dtype=None, like=None):
        """`value` as 8 bits: with parameters as given, those of `like`, or fitted ones."""
        if like is None:
            if scale is None:
                scale, zero_point = self.fitted(value, dtype)
            like = self.quantized("", scale, zero_point, dtype)
        name = self.node("QuantizeLinear", [value, *like.parameters])
        return Quantized(name, like.scale, like.zero_point, *like.parameters)

    # ---- the end ----

    def evaluate(self, value):
        """A float's values on the first sample."""
        model = self._model([helper.make_tensor_value_info(value, TensorProto.FLOAT, None)])
        return answers.run(model.SerializeToString(), answers.draw(answers.SAMPLES[0], self.name, self.inputs))[0]

    def output(self, value, dtype=None):
        """Makes an output of a Quantized, or of a name and its type."""
        self.outputs.append((value, dtype) if dtype else (value.name, value.dtype))
        return self

    def _model(self, outputs):
        inputs = [helper.make_tensor_value_info(name, TYPES[dtype], shape) for name, dtype, shape in self.inputs]
        opsets = [helper.make_opsetid("", self.opset)]
        if any(node.domain == MICROSOFT for node in self.nodes):
            opsets.append(helper.make_opsetid(MICROSOFT, 1))
        read = {name for node in self.nodes for name in node.input}
        nodes = [node for node in self.nodes if node.op_type != "Constant" or node.output[0] in read]
        initializers = [tensor for tensor in self.initializers if tensor.name in read]
        if self.constants == "inputs":
            inputs += [helper.make_tensor_value_info(each.name, each.data_type, each.dims) for each in initializers]
        graph = helper.make_graph(nodes, self.name, inputs, outputs, initializers)
        return helper.make_model(graph, opset_imports=opsets,
                                 ir_version=max(4, helper.find_min_ir_version_for(opsets, ignore_unknown=True)))

    def model(self):
        """The checked model, all shapes of inputs and outputs stated."""
        unknown = [helper.make_tensor_value_info(name, TYPES[dtype], None) for name, dtype in self.outputs]
        inputs = answers.draw(answers.SAMPLES[0], self.name, self.inputs)
        results = answers.run(self._model(unknown).SerializeToString(), inputs)
        model = self._model([helper.make_tensor_value_info(name, TYPES[dtype], data.shape)
                             for (name, dtype), data in zip(self.outputs, results)])
        onnx.checker.check_model(model, full_check=not any(node.domain for node in self.nodes))
        return model
