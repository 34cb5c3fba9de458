"""What runs a model and shows all its tensors, by the file's extension. An engine has

  title               the runtime and its version
  inputs, outputs     Tensors of the graph; of the outputs only the names count
  run(arrays)         the tensors that depend on the inputs, in execution order: [(Tensor, values)], the same tensors
                      in every call, for one array [samples, *shape] an input
"""

import importlib
import pathlib

from qcompare.tensor import Trouble

ENGINES = {".qfb": "engine_qrun", ".tflite": "engine_litert", ".onnx": "engine_onnxruntime"}


def check_model(path):
    """What can be said before any package is there."""
    path = pathlib.Path(path)
    if path.suffix not in ENGINES:
        raise Trouble(f"{path}: is none of {', '.join(ENGINES)}; give models of these kinds")
    check_file(path)


def check_file(path):
    path = pathlib.Path(path)
    if not path.is_file():
        raise Trouble(f"{path}: {'is no file' if path.exists() else 'does not exist'}; check the path")


def open_engine(path, programs):
    return importlib.import_module("qcompare." + ENGINES[pathlib.Path(path).suffix]).Engine(path, programs)


def first_line(error):
    """Of what a runtime has to say, which may be many lines."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
