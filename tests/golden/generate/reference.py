"""Runs networks on LiteRT 1.0.1's reference kernels and packs samples with their answers.

The packed form, one file a network: sample after sample, each the inputs' bytes in the network's order, then the
outputs'. Sizes follow from the network, so there is nothing else in the file.
"""

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from network import LIMITS


class Reference:
    def __init__(self, network):
        self.network = network
        self.interpreter = Interpreter(
            model_content=network.serialize(), experimental_op_resolver_type=OpResolverType.BUILTIN_REF, num_threads=1,
            experimental_preserve_all_tensors=True)
        self.interpreter.allocate_tensors()

    def run(self, inputs, tensors=None):
        """The values of `tensors` (default: the outputs) for one list of inputs."""
        for index, data in zip(self.network.inputs, inputs):
            self.interpreter.set_tensor(index, data)
        self.interpreter.invoke()
        return [self.interpreter.get_tensor(index) for index in tensors or self.network.outputs]


def random_inputs(network, rng):
    return [_random(network.tensors[index], rng) for index in network.inputs]


def extreme_inputs(network, rng):
    """Each element the least, the greatest, the zero point or a neighbour of one of them."""
    def draw(tensor):
        if tensor.dtype == "float32":
            return _random(tensor, rng) * np.float32(1e6)
        low, high = LIMITS[tensor.dtype]
        zero_point = int(np.atleast_1d(tensor.zero_point)[0])
        values = np.array([low, low + 1, zero_point, high - 1, high])
        return rng.choice(values, tensor.shape, p=[0.35, 0.05, 0.2, 0.05, 0.35]).astype(tensor.dtype)
    return [draw(network.tensors[index]) for index in network.inputs]


def zero_inputs(network, rng):
    """Every element the zero point: a linear operator's accumulator is its bias alone."""
    return [np.full(network.tensors[index].shape, network.tensors[index].zero_point, network.tensors[index].dtype)
            for index in network.inputs]


def sweep_inputs(network, rng):
    """Every element of the first input counts through the 256 values; the others go through them at other strides."""
    def draw(position, index):
        tensor = network.tensors[index]
        count = int(np.prod(tensor.shape))
        values = np.arange(count) * (2 * position + 1) + LIMITS[tensor.dtype][0]
        return values.astype(np.uint8).view(tensor.dtype).reshape(tensor.shape)
    return [draw(position, index) for position, index in enumerate(network.inputs)]


def _random(tensor, rng):
    if tensor.dtype == "float32":
        return rng.normal(0, 1.5, tensor.shape).astype(np.float32)
    low, high = LIMITS[tensor.dtype]
    return rng.integers(low, high, tensor.shape, endpoint=True).astype(tensor.dtype)
