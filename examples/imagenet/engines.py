"""Runs the network's forms: ONNX Runtime a float or QDQ .onnx, qrun a .qfb. Scores are [n,1000]; times are milliseconds."""

import json
import pathlib
import subprocess
import tempfile
import time

import numpy as np
import onnxruntime


def run_onnx(path, images):
    """On one thread: (scores, fastest time)."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    scores, times = [], []
    for image in images:
        start = time.perf_counter()
        scores.append(session.run(None, {name: image[np.newaxis]})[0][0])
        times.append(1000 * (time.perf_counter() - start))
    return np.array(scores), min(times)


class Programs:
    def __init__(self, folder):
        self._folder = folder

    def run(self, name, *arguments):
        """What it prints. Its messages go to stderr; SystemExit where it fails."""
        path = self._folder / name
        try:
            return subprocess.run([path, *arguments], stdout=subprocess.PIPE, text=True, check=True).stdout
        except OSError as error:
            raise SystemExit(f"{path}: {error.strerror}; build it with ./dev build, or give its folder with --bin") from None
        except subprocess.CalledProcessError as error:
            raise SystemExit(f"{name} {' '.join(map(str, arguments))}: status {error.returncode}") from None


def run_qfb(programs, path, images):
    """The quantized scores."""
    model = json.loads(programs.run("qinspect", path, "--json"))
    with tempfile.TemporaryDirectory() as folder:
        inputs, outputs = pathlib.Path(folder) / "inputs.bin", pathlib.Path(folder) / "outputs.bin"
        _quantize(images, model["inputs"][0]).tofile(inputs)
        programs.run("qrun", path, inputs, "-o", outputs)
        return np.fromfile(outputs, model["outputs"][0]["dtype"]).reshape(len(images), -1)


def time_qfb(programs, path, image, threads, repeat=100):
    """(instruction set, fastest time)."""
    model = json.loads(programs.run("qinspect", path, "--json"))
    with tempfile.TemporaryDirectory() as folder:
        sample = pathlib.Path(folder) / "input.bin"
        _quantize(image, model["inputs"][0]).tofile(sample)
        timed = json.loads(programs.run("qrun", path, sample, "--json", "--repeat", str(repeat), "--threads", str(threads)))
    return timed["isa"], timed["latency_us"]["min"] / 1000


def _quantize(values, tensor):
    limits = np.iinfo(tensor["dtype"])
    steps = np.rint(values / np.float32(tensor["scale"])) + tensor["zero_point"]
    return np.clip(steps, limits.min, limits.max).astype(tensor["dtype"])
