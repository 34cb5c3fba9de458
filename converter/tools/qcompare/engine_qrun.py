"""A .qfb, run by qrun --dump."""

import json
import pathlib
import tempfile

import numpy as np

from qcompare.tensor import Tensor


class Engine:
    def __init__(self, path, programs):
        self.path, self.programs = path, programs
        self.title = programs.run("qrun", "--version").strip()
        report = json.loads(programs.run("qinspect", path, "--json"))
        self.inputs = [tensor_of(entry) for entry in report["inputs"]]
        self.outputs = [tensor_of(entry) for entry in report["outputs"]]

    def run(self, arrays):
        with tempfile.TemporaryDirectory(prefix="qcompare-") as folder:
            paths = [pathlib.Path(folder) / f"input_{index}" for index in range(len(arrays))]
            for path, array in zip(paths, arrays):
                path.write_bytes(array.tobytes())
            dump = pathlib.Path(folder) / "dump"
            self.programs.run("qrun", self.path, *paths, "--dump", dump, *self.programs.qrun_options)
            return [self._read(dump, entry) for entry in json.loads((dump / "manifest.json").read_text())["tensors"]]

    def _read(self, dump, entry):
        tensor = tensor_of(entry)
        return tensor, np.fromfile(dump / entry["file"], tensor.dtype).reshape(-1, *tensor.shape)


def tensor_of(entry):
    """From qrun's JSON. A tensor with several scales counts as one without."""
    scale, zero_point = entry["scale"], entry["zero_point"]
    one = isinstance(scale, float)
    return Tensor(entry["name"], tuple(entry["shape"]), entry["dtype"], scale if one else None,
                  zero_point if one and zero_point is not None else 0, entry.get("operator"))
