"""An .onnx, run by ONNX Runtime on the CPU without graph optimizations, every intermediate tensor made an output."""

from importlib.metadata import version

import numpy as np
import onnx
import onnxruntime

from qcompare import onnx_scales
from qcompare.engines import first_line
from qcompare.held import held_as
from qcompare.tensor import Tensor, Trouble


class Engine:
    def __init__(self, path, _programs):
        self.title = f"ONNX Runtime {version('onnxruntime')}, no optimizations"
        try:
            model = onnx.load(path)
            self.scales = onnx_scales.find(model.graph)
            self.inputs = _inputs(path, model.graph, self.scales)
            self.outputs = [Tensor(value.name, (), "float32") for value in model.graph.output]
            self.writers = _writers(model.graph, self.inputs)
            self.held = held_as([(node.op_type, list(node.input), list(node.output)) for node in model.graph.node],
                                [value.name for value in model.graph.output])
            self.session = _session(model, self.writers)
        except Trouble:
            raise
        except Exception as error:  # both packages have exceptions of their own, with no common base
            raise Trouble(f"{path}: ONNX Runtime refuses it: {first_line(error)}") from None
        self.path = path

    def run(self, arrays):
        samples = [self._run_one([array[sample] for array in arrays]) for sample in range(len(arrays[0]))]
        stacked = {name: np.stack(values) for name, values in zip(self.writers, zip(*samples)) if _is_tensor(values)}
        inputs = dict(zip((tensor.name for tensor in self.inputs), arrays))
        return [(self._tensor(name, values), values) for name, values in (inputs | stacked).items()]

    def _run_one(self, inputs):
        try:
            return self.session.run(list(self.writers), dict(zip((tensor.name for tensor in self.inputs), inputs)))
        except Exception as error:
            raise Trouble(f"{self.path}: ONNX Runtime cannot run it: {first_line(error)}") from None

    def _tensor(self, name, values):
        quantized = values.dtype in (np.int8, np.uint8, np.int16, np.uint16)
        scale, zero_point = self.scales.get(name, (None, 0)) if quantized else (None, 0)
        held = self.held.get(name) if values.dtype == np.float32 else None
        return Tensor(name, values.shape[1:], values.dtype.name, scale, zero_point, self.writers.get(name),
                      held if held in self.scales else None)


def _is_tensor(values):
    """Of numbers; sequences, absent optionals and strings are none."""
    return all(isinstance(value, np.ndarray) and value.dtype.kind in "biuf" for value in values)


def _inputs(path, graph, scales):
    constants = {initializer.name for initializer in graph.initializer}
    return [_input(path, value, scales) for value in graph.input if value.name not in constants]


def _input(path, value, scales):
    kind = value.type.tensor_type
    shape = [dimension.dim_value for dimension in kind.shape.dim]
    if shape and not shape[0]:
        shape[0] = 1  # a free batch
    if not all(shape):
        raise Trouble(f"{path}: input '{value.name}' has free dimensions; fix them with "
                      "python -m onnxruntime.tools.make_dynamic_shape_fixed")
    dtype = onnx.helper.tensor_dtype_to_np_dtype(kind.elem_type).name
    scale, zero_point = scales.get(value.name, (None, 0)) if "int" in dtype else (None, 0)
    return Tensor(value.name, tuple(shape), dtype, scale, zero_point)


def _writers(graph, inputs):
    """{tensor: operator} of what the graph's inputs reach, in order; weights that are dequantized, say, are not of it."""
    known, writers = {tensor.name for tensor in inputs}, {}
    for node in graph.node:
        if known.intersection(node.input):
            written = [name for name in node.output if name]
            known.update(written)
            writers.update(dict.fromkeys(written, _operator(node, writers)))
    return writers


def _operator(node, writers):
    """A tensor in 8 bits is what two operators make: the one that computes it, and the quantizing one."""
    computes = writers.get(node.input[0]) if node.op_type == "QuantizeLinear" else None
    return f"{computes}+{node.op_type}" if computes else node.op_type


def _session(model, writers):
    declared = {value.name for value in model.graph.output}
    # Without a type: the runtime infers it, and knows operators that onnx's shape inference does not.
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in writers if name not in declared)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    options.log_severity_level = 4  # what matters is raised
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
