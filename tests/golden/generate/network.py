"""Writes .tflite files: a Network is a list of tensors and operators that becomes bytes.

Why not a framework's converter: it decides scales, fuses and folds. A golden needs exactly the operator, the scales and
the constants that its case names.
"""

import flatbuffers
import numpy as np
import tflite

ACTIVATIONS = {"NONE": 0, "RELU": 1, "RELU_N1_TO_1": 2, "RELU6": 3}
PADDINGS = {"SAME": 0, "VALID": 1}
DTYPES = {"float32": 0, "int32": 2, "uint8": 3, "int64": 4, "int8": 9}
LIMITS = {"int8": (-128, 127), "uint8": (0, 255)}

# The version of each operator that TensorFlow's converter writes for 8-bit tensors; 1 where not listed.
VERSIONS = {"CONV_2D": 3, "DEPTHWISE_CONV_2D": 3, "FULLY_CONNECTED": 4, "ADD": 2, "SUB": 2, "MUL": 2, "SOFTMAX": 2,
            "AVERAGE_POOL_2D": 2, "MAX_POOL_2D": 2, "CONCATENATION": 2, "PAD": 2, "PADV2": 2, "LOGISTIC": 2, "TANH": 2,
            "LEAKY_RELU": 2, "RELU": 2, "RELU6": 2, "TRANSPOSE": 2, "STRIDED_SLICE": 2, "MEAN": 2, "SUM": 2,
            "RESIZE_BILINEAR": 3, "RESIZE_NEAREST_NEIGHBOR": 3, "SPLIT": 2, "PACK": 2, "UNPACK": 2, "ARG_MAX": 2,
            "QUANTIZE": 2, "DEQUANTIZE": 2}


class Tensor:
    def __init__(self, name, shape, dtype, scale, zero_point, dimension, data):
        self.name, self.shape, self.dtype = name, tuple(shape), dtype
        self.scale = None if scale is None else np.atleast_1d(np.asarray(scale, np.float32))
        self.zero_point, self.dimension, self.data = zero_point, dimension, data


class Network:
    """Tensors and operators in execution order. Every method returns tensor indices."""

    def __init__(self):
        self.tensors, self.operators, self.inputs, self.outputs = [], [], [], []

    def tensor(self, shape, dtype, scale=None, zero_point=0, name=None, dimension=0, data=None):
        name = name or f"tensor{len(self.tensors)}"
        self.tensors.append(Tensor(name, shape, dtype, scale, zero_point, dimension, data))
        return len(self.tensors) - 1

    def input(self, shape, dtype, scale=None, zero_point=0):
        index = self.tensor(shape, dtype, scale, zero_point, f"input{len(self.inputs)}")
        self.inputs.append(index)
        return index

    def constant(self, data, scale=None, zero_point=0, dimension=0):
        data = np.asarray(data, order="C")
        return self.tensor(data.shape, str(data.dtype), scale, zero_point, dimension=dimension, data=data)

    def indices(self, values):
        """An int32 constant: axes, shapes, paddings."""
        return self.constant(np.array(values, np.int32))

    def operator(self, code, inputs, outputs, options=None, **fields):
        """`options` is the schema's table of the operator's fields, named as the schema's Python binding names them."""
        self.operators.append((code, list(inputs), list(outputs), options, fields))
        return outputs[0]

    def output(self, *indices):
        self.outputs += indices
        return self

    def serialize(self):
        return _Writer(self).write()


class _Writer:
    def __init__(self, network):
        self.network, self.builder = network, flatbuffers.Builder(4096)

    def write(self):
        builder, network = self.builder, self.network
        codes = sorted({code for code, *_ in network.operators})
        buffers = [self._table("Buffer")]  # the first is empty by convention
        tensors = []
        for tensor in network.tensors:
            buffer = 0
            if tensor.data is not None:
                buffer = len(buffers)
                builder.StartVector(1, tensor.data.nbytes, 16)
                builder.head -= tensor.data.nbytes
                builder.Bytes[builder.head:builder.head + tensor.data.nbytes] = tensor.data.tobytes()
                buffers.append(self._table("Buffer", Data=builder.EndVector()))
            tensors.append(self._tensor(tensor, buffer))
        operators = [self._operator(codes.index(code), *rest) for code, *rest in network.operators]
        graph = self._table(
            "SubGraph", Tensors=self._offsets(tensors), Inputs=self._int32s(network.inputs),
            Outputs=self._int32s(network.outputs), Operators=self._offsets(operators))
        model = self._table(
            "Model", Version=3, OperatorCodes=self._offsets([self._code(code) for code in codes]),
            Subgraphs=self._offsets([graph]), Buffers=self._offsets(buffers))
        builder.Finish(model, b"TFL3")
        return bytes(builder.Output())

    def _table(self, table, **fields):
        getattr(tflite, table + "Start")(self.builder)
        for name, value in fields.items():
            getattr(tflite, f"{table}Add{name}")(self.builder, value)
        return getattr(tflite, table + "End")(self.builder)

    def _code(self, code):
        value = getattr(tflite.BuiltinOperator, code)
        return self._table(
            "OperatorCode", DeprecatedBuiltinCode=min(value, 127), BuiltinCode=value, Version=VERSIONS.get(code, 1))

    def _tensor(self, tensor, buffer):
        fields = dict(Name=self.builder.CreateString(tensor.name), Shape=self._int32s(tensor.shape),
                      Type=DTYPES[tensor.dtype], Buffer=buffer)
        if tensor.scale is not None:
            zero_points = np.broadcast_to(np.asarray(tensor.zero_point, np.int64), tensor.scale.shape)
            fields["Quantization"] = self._table(
                "QuantizationParameters", Scale=self.builder.CreateNumpyVector(tensor.scale),
                ZeroPoint=self.builder.CreateNumpyVector(np.ascontiguousarray(zero_points)),
                QuantizedDimension=tensor.dimension)
        return self._table("Tensor", **fields)

    def _operator(self, code_index, inputs, outputs, options, fields):
        values = {"OpcodeIndex": code_index, "Inputs": self._int32s(inputs), "Outputs": self._int32s(outputs)}
        if options:
            fields = {name: self._int32s(value) if isinstance(value, (list, tuple)) else value
                      for name, value in fields.items()}
            values["BuiltinOptionsType"] = getattr(tflite.BuiltinOptions, options)
            values["BuiltinOptions"] = self._table(options, **fields)
        return self._table("Operator", **values)

    def _int32s(self, values):
        return self.builder.CreateNumpyVector(np.array(values, np.int32))

    def _offsets(self, offsets):
        self.builder.StartVector(4, len(offsets), 4)
        for offset in reversed(offsets):
            self.builder.PrependUOffsetTRelative(offset)
        return self.builder.EndVector()
