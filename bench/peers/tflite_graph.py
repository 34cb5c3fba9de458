"""A .tflite file as plain Python objects, constants as numpy arrays.

What the exporter and the generator's check read: the first subgraph, operator types by name, and quantization as
arrays. Schema classes come with LiteRT, so that they are the version that it runs.
"""

import dataclasses
import math
import pathlib

import numpy as np
from ai_edge_litert import schema_py_generated as schema

DTYPES = {schema.TensorType.INT8: np.int8, schema.TensorType.UINT8: np.uint8, schema.TensorType.INT32: np.int32,
          schema.TensorType.INT64: np.int64, schema.TensorType.FLOAT32: np.float32}
_OPERATOR_NAMES = {value: name for name, value in vars(schema.BuiltinOperator).items() if isinstance(value, int)}
_ACTIVATION_LIMITS = {schema.ActivationFunctionType.NONE: (-math.inf, math.inf),
                      schema.ActivationFunctionType.RELU: (0, math.inf),
                      schema.ActivationFunctionType.RELU_N1_TO_1: (-1, 1),
                      schema.ActivationFunctionType.RELU6: (0, 6)}


@dataclasses.dataclass(eq=False)
class Tensor:
    index: int
    name: str
    shape: tuple[int, ...]
    dtype: np.dtype
    scale: np.ndarray  # float32, one or one per channel; empty where the tensor is not quantized
    zero_point: np.ndarray  # int64, as long as scale
    data: np.ndarray | None  # of constants

    @property
    def size(self):
        return math.prod(self.shape)


@dataclasses.dataclass(eq=False)
class Operator:
    type: str  # "CONV_2D"
    inputs: list[Tensor | None]
    outputs: list[Tensor]
    options: object  # the schema's options table, or None

    def limits(self):
        """The real numbers that the fused activation clamps to."""
        return _ACTIVATION_LIMITS[self.options.fusedActivationFunction]

    def macs(self):
        """Multiply-accumulates, 0 for operators without."""
        if self.type in ("CONV_2D", "FULLY_CONNECTED"):  # weights [outputs, ...]
            return self.outputs[0].size * self.inputs[1].size // self.inputs[1].shape[0]
        if self.type == "DEPTHWISE_CONV_2D":  # weights [1, height, width, outputs]
            return self.outputs[0].size * self.inputs[1].size // self.inputs[1].shape[3]
        return 0


@dataclasses.dataclass(eq=False)
class Graph:
    operators: list[Operator]
    inputs: list[Tensor]
    outputs: list[Tensor]

    def macs(self):
        return sum(operator.macs() for operator in self.operators)

    def consumers(self, tensor):
        return [operator for operator in self.operators if tensor in operator.inputs]


def read_schema(path):
    """The file as the schema's own objects."""
    return schema.ModelT.InitFromPackedBuf(pathlib.Path(path).read_bytes())


def read_graph(path):
    model = read_schema(path)
    subgraph = model.subgraphs[0]
    tensors = [_tensor(index, tensor, model.buffers) for index, tensor in enumerate(subgraph.tensors)]

    def pick(indices):
        return [tensors[index] if index >= 0 else None for index in indices]

    operators = []
    for operator in subgraph.operators:
        code = model.operatorCodes[operator.opcodeIndex]
        name = _OPERATOR_NAMES[max(code.builtinCode, code.deprecatedBuiltinCode)]
        operators.append(Operator(name, pick(operator.inputs), pick(operator.outputs), operator.builtinOptions))
    return Graph(operators, pick(subgraph.inputs), pick(subgraph.outputs))


def is_integer(graph):
    """Whether all inputs and outputs are 8-bit: float networks are none of qrun's."""
    return all(tensor.dtype in (np.int8, np.uint8) for tensor in graph.inputs + graph.outputs)


def _tensor(index, tensor, buffers):
    dtype = np.dtype(DTYPES.get(tensor.type, np.void))
    shape = tuple(int(extent) for extent in tensor.shape) if tensor.shape is not None else ()
    raw = buffers[tensor.buffer].data
    data = None
    if raw is not None and len(raw) > 0:
        data = np.frombuffer(np.asarray(raw, np.uint8).tobytes(), dtype).reshape(shape)
    quantization = tensor.quantization
    scale = np.zeros(0, np.float32)
    if quantization is not None and quantization.scale is not None:
        scale = np.asarray(quantization.scale, np.float32)
    zero_point = np.zeros(scale.shape, np.int64)
    if scale.size and quantization.zeroPoint is not None:
        zero_point = np.asarray(quantization.zeroPoint, np.int64)
    name = tensor.name.decode() if isinstance(tensor.name, bytes) else tensor.name
    return Tensor(index, name, shape, dtype, scale, zero_point, data)
