"""Runs models on ONNX Runtime as they are written, and draws their inputs.

Graph optimizations are off: DequantizeLinear, operator, QuantizeLinear are three kernels,
the one in the middle in float.
The packed form, one file a model: sample after sample, each the inputs' bytes in the model's order, then the outputs'.
"""

import zlib

import numpy as np
import onnxruntime

LIMITS = {"int8": (-128, 127), "uint8": (0, 255)}


def generator(name):
    """Random numbers that depend on the name alone, so that adding one case changes no other."""
    return np.random.default_rng(zlib.crc32(name.encode()))


def run(model, inputs):
    """The outputs of a serialized model for a dictionary of inputs."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return session.run(None, inputs)


def _random(rng, shape, low, high):
    return rng.integers(low, high, shape, endpoint=True)


def _constant_extreme(rng, shape, low, high):
    return np.full(shape, rng.choice([low, high]))


def _random_extremes(rng, shape, low, high):
    return rng.choice([low, high], shape)


def _smooth(rng, shape, low, high):
    """A wave along every axis."""
    phase = sum(rng.uniform(0.2, 0.9) * axis for axis in np.ogrid[tuple(map(slice, shape))])
    return np.rint((low + high) / 2 + 120 * np.sin(phase))


SAMPLES = (_random, _constant_extreme, _random_extremes, _smooth)  # the first one calibrates


def draw(sample, graph_name, inputs):
    """The arrays of one of SAMPLES for inputs of (name, dtype, shape)."""
    arrays = {}
    for name, dtype, shape in inputs:
        rng = generator(f"{graph_name} {name} {sample.__name__}")
        arrays[name] = np.asarray(sample(rng, shape, *LIMITS[dtype])).astype(dtype)
    return arrays


def pack(graph, model):
    """Bytes of NAME.bin."""
    packed = b""
    for sample in SAMPLES:
        inputs = draw(sample, graph.name, graph.inputs)
        packed += b"".join(data.tobytes() for data in [*inputs.values(), *run(model, inputs)])
    return packed
