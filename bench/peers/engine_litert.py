"""LiteRT as a worker runs it: the interpreter with its default delegate (XNNPACK), or its reference kernels.

The interpreter has no exported C interface; what is timed is its Python binding's own Invoke, without the checks around.
"""

import time
from importlib.metadata import version
from itertools import repeat

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType


class Engine:
    def __init__(self, path, threads, reference=False):
        kind = OpResolverType.BUILTIN_REF if reference else OpResolverType.AUTO
        self.interpreter = Interpreter(path, num_threads=threads, experimental_op_resolver_type=kind)
        self.interpreter.allocate_tensors()
        self.details = {"version": version("ai-edge-litert")}

    def set_inputs(self, inputs):
        for detail, data in zip(self.interpreter.get_input_details(), inputs):
            self.interpreter.set_tensor(detail["index"], np.frombuffer(data, detail["dtype"]).reshape(detail["shape"]))

    def run(self, count):
        invoke = self.interpreter._interpreter.Invoke
        start = time.perf_counter_ns()
        for subgraph in repeat(0, count):
            invoke(subgraph)
        return time.perf_counter_ns() - start

    def outputs(self):
        return [self.interpreter.get_tensor(detail["index"]).tobytes() for detail in self.interpreter.get_output_details()]
