"""Reads the tensors of a file that torch.save wrote before PyTorch 1.6, without PyTorch.

Such a file is five pickles (magic number, protocol, the writer's system, a dict of tensors, the storages' keys) and
then the storages, in the keys' order: an int64 count of elements and the elements, little-endian.
"""

import collections
import dataclasses
import pickle

import numpy as np

MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
STORAGES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


@dataclasses.dataclass(frozen=True)
class _Storage:
    key: str
    dtype: np.dtype
    count: int


@dataclasses.dataclass(frozen=True)
class _Tensor:
    storage: _Storage
    offset: int
    shape: tuple
    strides: tuple

    def values(self, elements):
        """Of its storage's elements; NumPy refuses a tensor that reaches beyond them. Row-major, a copy."""
        size = elements.itemsize
        view = np.ndarray(self.shape, elements.dtype, elements, self.offset * size, [size * stride for stride in self.strides])
        return view.copy(order="C")


class _Unpickler(pickle.Unpickler):
    """A pickle may name any function to call; this one gets the four names that tensors need."""

    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda storage, offset, shape, strides, *_: _Tensor(storage, offset, tuple(shape), tuple(strides))
        if module == "torch" and name in STORAGES:
            return STORAGES[name]
        raise pickle.UnpicklingError(f"asks for {module}.{name}, which no tensor needs")

    def persistent_load(self, identity):
        kind, dtype, key, _, count, view = identity
        if kind != "storage" or view is not None:
            raise pickle.UnpicklingError(f"refers to a {kind}; only whole storages are expected")
        return _Storage(key, dtype, count)


def _elements(file, storage):
    count = int(np.frombuffer(file.read(8), "<i8")[0])
    if count != storage.count:
        raise ValueError(f"storage {storage.key}: {count} elements, not {storage.count}")
    return np.frombuffer(file.read(count * storage.dtype.itemsize), storage.dtype, count)


def read_tensors(path):
    """Name to array, in the file's order."""
    with open(path, "rb") as file:
        magic, protocol, system, tensors, keys = (_Unpickler(file).load() for _ in range(5))
        if magic != MAGIC or protocol != PROTOCOL or not system["little_endian"]:
            raise ValueError(f"{path}: not a little-endian PyTorch file of protocol {PROTOCOL}")
        storages = {tensor.storage.key: tensor.storage for tensor in tensors.values()}
        elements = {key: _elements(file, storages[key]) for key in keys}
        if file.read(1):
            raise ValueError(f"{path}: has more than its storages")
    return {name: tensor.values(elements[tensor.storage.key]) for name, tensor in tensors.items()}
