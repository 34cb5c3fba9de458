"""A .tflite, run by LiteRT's reference kernels, which qrun's arithmetic is defined by (those of LiteRT 1.0.1)."""

import dataclasses
from importlib.metadata import version

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from qcompare.engines import first_line
from qcompare.held import held_as
from qcompare.tensor import Tensor, Trouble


class Engine:
    def __init__(self, path, _programs):
        self.title = f"LiteRT {version('ai-edge-litert')}, reference kernels"
        try:
            self.interpreter = Interpreter(str(path), num_threads=1, experimental_preserve_all_tensors=True,
                                           experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
            self.interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise Trouble(f"{path}: LiteRT refuses it: {first_line(error)}") from None
        self.details = {detail["index"]: detail for detail in self.interpreter.get_tensor_details()}
        self.input_numbers = [detail["index"] for detail in self.interpreter.get_input_details()]
        self.inputs = [self._tensor(number) for number in self.input_numbers]
        self.outputs = [self._tensor(detail["index"]) for detail in self.interpreter.get_output_details()]
        self.computed = self._find_computed()

    def run(self, arrays):
        samples = [self._run_one([array[sample] for array in arrays]) for sample in range(len(arrays[0]))]
        return [(tensor, np.stack(values)) for tensor, values in zip(self.computed.values(), zip(*samples))]

    def _run_one(self, inputs):
        for number, array in zip(self.input_numbers, inputs):
            self.interpreter.set_tensor(number, array)
        self.interpreter.invoke()
        return [self.interpreter.get_tensor(number) for number in self.computed]

    def _find_computed(self):
        """{number: Tensor} of what the graph's inputs reach; the rest is constant."""
        operators = [(op["op_name"], list(op["inputs"]), list(op["outputs"]))
                     for op in self.interpreter._get_ops_details()]  # nothing public tells them
        writers = dict.fromkeys(self.input_numbers)
        for kind, read, written in operators:
            if any(number in writers for number in read):
                writers.update(dict.fromkeys(written, kind))
        held = held_as(operators, [detail["index"] for detail in self.interpreter.get_output_details()])
        return {number: self._tensor(number, kind, held.get(number)) for number, kind in writers.items()}

    def _tensor(self, number, operator=None, held=None):
        detail = self.details[number]
        scales, zero_points = (detail["quantization_parameters"][key] for key in ("scales", "zero_points"))
        one = len(scales) == 1
        tensor = Tensor(detail["name"], tuple(map(int, detail["shape"])), np.dtype(detail["dtype"]).name,
                        float(scales[0]) if one else None, int(zero_points[0]) if one else 0, operator)
        is_held = held is not None and tensor.is_float
        return dataclasses.replace(tensor, held_as=self.details[held]["name"]) if is_held else tensor
