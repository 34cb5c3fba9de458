"""The samples that both models run on: read from files or made up in A's types, and put into B's."""

import math
import pathlib

import numpy as np

from qcompare.differences import to_real
from qcompare.layout import arranged_for
from qcompare.tensor import Trouble, counted


def read_samples(paths, inputs):
    """One array [samples, *shape] for each of A's inputs."""
    if len(paths) != len(inputs):
        raise Trouble(f"{counted(len(paths), 'data file')} given, A has {counted(len(inputs), 'input')}; give one for each "
                      "of: " + ", ".join(f"{tensor.name} {tensor.type} ({tensor.bytes} bytes)" for tensor in inputs))
    arrays = [_read(path, tensor) for path, tensor in zip(paths, inputs)]
    for path, array in zip(paths, arrays):
        if len(array) != len(arrays[0]):
            raise Trouble(f"{path}: holds {counted(len(array), 'sample')}, {paths[0]} holds {len(arrays[0])}; "
                          "give as many of every input")
    return arrays


def _read(path, tensor):
    if pathlib.Path(path).suffix == ".npy":
        array = _read_npy(path, tensor)
    else:
        data = pathlib.Path(path).read_bytes()
        if not data or len(data) % tensor.bytes:
            raise Trouble(f"{path}: has {len(data)} bytes, A's input '{tensor.name}' {tensor.type} needs {tensor.bytes} "
                          f"or a multiple; give raw {tensor.dtype} elements")
        array = np.frombuffer(data, np.dtype(tensor.dtype).newbyteorder("<")).astype(tensor.dtype)
    if tensor.is_float and not np.isfinite(array).all():
        raise Trouble(f"{path}: holds what is no finite number in {tensor.dtype}, the type of A's input '{tensor.name}'; "
                      f"give {tensor.dtype} elements")
    return array.reshape(-1, *tensor.shape)


def _read_npy(path, tensor):
    try:
        with open(path, "rb") as file:
            array = np.lib.format.read_array(file, allow_pickle=False)
    except ValueError as error:
        raise Trouble(f"{path}: is no array that numpy reads ({error}); write it with numpy.save") from None
    elements = math.prod(tensor.shape)
    shape = tuple(tensor.shape)
    is_batches = array.ndim == len(shape) and array.shape[1:] == shape[1:] and array.size % elements == 0
    fits = array.shape[1:] == shape or is_batches
    if array.dtype != tensor.dtype or not array.size or not fits:
        raise Trouble(f"{path}: is {array.dtype}{list(array.shape)}, A's input '{tensor.name}' needs {tensor.type}, or "
                      f"several; save {tensor.dtype} of {elements} elements a sample")
    return array


def random_samples(count, seed, a_inputs, b_inputs):
    """8-bit inputs: every value alike. Float inputs: what B's 8-bit input reaches, else -1 to 1."""
    random = np.random.default_rng(seed)
    return [_random(random, count, a, b) for a, b in zip(a_inputs, b_inputs)]


def _random(random, count, a, b):
    shape = (count, *a.shape)
    if a.dtype in ("int8", "uint8"):
        limits = np.iinfo(a.dtype)
        return random.integers(limits.min, limits.max, shape, a.dtype, endpoint=True)
    if not a.is_float:
        raise Trouble(f"A's input '{a.name}' is {a.dtype}, which --random does not make up; give data")
    low, high = -1.0, 1.0
    if b.is_quantized:
        limits = np.iinfo(b.dtype)
        low, high = to_real(np.array([limits.min, limits.max]), b)
    return random.uniform(low, high, shape).astype(a.dtype)


def samples_for(arrays, a_inputs, b_inputs):
    """A's samples as B takes them."""
    return [converted(arranged_for(array, a, b), a, b) for array, a, b in zip(arrays, a_inputs, b_inputs)]


def converted(values, a, b):
    """A's elements in B's type, by the scale of whichever is quantized; bytes of one type stay as they are."""
    if a.dtype == b.dtype:
        return values
    if {a.dtype, b.dtype} == {"int8", "uint8"}:
        return (values.view(np.uint8) ^ 0x80).view(b.dtype)
    if a.is_float and b.is_float:
        return values.astype(b.dtype)
    if a.is_quantized and b.is_float:
        return to_real(values, a).astype(b.dtype)
    if a.is_float and b.is_quantized:
        limits = np.iinfo(b.dtype)
        steps = np.rint(values.astype(np.float32) / np.float32(b.scale)) + b.zero_point
        return np.clip(steps, limits.min, limits.max).astype(b.dtype)
    raise Trouble(f"input '{a.name}' is {a.type} in A and '{b.name}' {b.type} in B without a scale; "
                  "give models of the same inputs")


def check_inputs(a_inputs, b_inputs):
    if not a_inputs:
        raise Trouble("A has no inputs; give a model that has")
    if len(a_inputs) != len(b_inputs):
        raise Trouble(f"A has {counted(len(a_inputs), 'input')}, B has {len(b_inputs)}; give models of the same inputs")
