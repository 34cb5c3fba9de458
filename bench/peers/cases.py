"""The networks of the comparison, each in the forms that the contenders load, with one random input."""

import dataclasses
import hashlib
import pathlib
import subprocess

import numpy as np

from peers import make_models, tflite_to_onnx
from peers.environment import BUILD, ROOT
from peers.tflite_builder import write_schema
from peers.tflite_to_onnx import FORMS, is_image
from peers.tflite_graph import is_integer, read_graph, read_schema

FOLDER = BUILD / "peers"
TO_NCHW, TO_NHWC = (0, 3, 1, 2), (0, 2, 3, 1)


@dataclasses.dataclass
class Case:
    name: str
    group: str  # network, layer, call
    source: pathlib.Path

    def __post_init__(self):
        self.graph = read_graph(self.source)
        random = np.random.default_rng(int.from_bytes(hashlib.sha256(self.name.encode()).digest()[:4], "little"))
        self.inputs = [random.integers(0, 256, tensor.shape, np.uint8) for tensor in self.graph.inputs]

    def path(self, engine):
        """Makes the file that the engine loads."""
        FOLDER.mkdir(parents=True, exist_ok=True)
        if engine == "litert":
            return repaired(self.source, FOLDER / f"{self.name}.tflite")
        if engine == "qrun":
            target = FOLDER / f"{self.name}.qfb"
            convert = subprocess.run([BUILD / "release" / "bin" / "qconvert", self.source, "-o", target],
                                     capture_output=True, text=True)
            if convert.returncode:
                raise RuntimeError(convert.stderr.strip())
            return target
        target = FOLDER / f"{self.name}.{engine}.onnx"
        tflite_to_onnx.export(self.source, target, engine)
        return target

    def bytes_for(self, engine):
        """The inputs as the engine takes them: the .tflite's own bytes, or the twin's uint8 in its image order."""
        if engine in ("qrun", "litert"):
            return [_flip(array, tensor).tobytes() for array, tensor in zip(self.inputs, self.graph.inputs)]
        nchw = FORMS[engine].image_order == "NCHW"
        return [(array.transpose(TO_NCHW) if nchw and is_image(self.graph, tensor) else array).tobytes()
                for array, tensor in zip(self.inputs, self.graph.inputs)]

    def outputs_of(self, engine, outputs):
        """The engine's output bytes as uint8 arrays, whatever its form, to be compared with another's."""
        arrays = []
        for data, tensor in zip(outputs, self.graph.outputs):
            array = np.frombuffer(data, np.uint8)
            if engine in ("qrun", "litert"):
                array = _flip(array.reshape(tensor.shape), tensor)
            elif len(tensor.shape) == 4 and FORMS[engine].image_order == "NCHW":
                array = array.reshape([tensor.shape[axis] for axis in TO_NCHW]).transpose(TO_NHWC)
            arrays.append(array.reshape(tensor.shape))
        return arrays


def _flip(array, tensor):
    return array ^ 0x80 if tensor.dtype == np.int8 else array


def repaired(source, target):
    """LiteRT refuses per-channel biases whose quantized dimension is not 0, as old converters wrote it: mends a copy."""
    model = read_schema(source)
    wrong = [tensor.quantization for tensor in model.subgraphs[0].tensors
             if tensor.quantization is not None and len(tensor.shape) == 1 and tensor.quantization.quantizedDimension]
    if not wrong:
        return source
    for quantization in wrong:
        quantization.quantizedDimension = 0
    write_schema(model, target)
    return target


def find_cases(folder, pattern):
    """All 8-bit networks of a folder (or None), the project's example and the generated ones that match `pattern`."""
    generated = FOLDER / "models"
    make_models.make_all(generated)
    cases = []
    files = sorted(folder.glob("*.tflite")) if folder else []
    for path in files + [ROOT / "examples" / "digits" / "digits.tflite"]:
        if path.exists() and pattern.search(path.stem) and is_integer(read_graph(path)):
            cases.append(Case(path.stem, "network", path))
    for name, (group, _, _) in make_models.MODELS.items():
        if pattern.search(name):
            cases.append(Case(name, group, generated / f"{name}.tflite"))
    return cases
