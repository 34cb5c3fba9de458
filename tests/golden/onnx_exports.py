#!/usr/bin/env python3
"""Checks trained networks the long way round: .tflite -> QDQ ONNX twin -> qconvert -> qrun against LiteRT's answers.

    onnx_exports.py build/release/bin [../shared/data] [--python build/venv-peers/bin/python]

The twins are those that bench/peers gives ONNX Runtime: activations uint8 (int8 ones plus 128), weights without zero
points, so answers differ by some steps. The first classes must not: exit status 1 where they do. Needs the packages of
bench/peers/requirements.txt; SKIPPED without them or without models.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time

SOURCES = pathlib.Path(__file__).resolve().parents[2]
EXPORTER = SOURCES / "bench" / "peers" / "tflite_to_onnx.py"
NOT_CLASSIFIERS = ("ad01_int8", "hello_world_int8")  # their greatest output means nothing


def run(*command):
    """Seconds taken. A failed command ends the program's work on this model."""
    began = time.monotonic()
    finished = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    if finished.returncode != 0:
        raise RuntimeError(f"{pathlib.Path(command[0]).name}: {finished.stderr.strip()[-400:]}")
    return time.monotonic() - began


def unsigned(data, dtype):
    """The bytes as the twin has them."""
    return bytes(byte ^ 0x80 for byte in data) if dtype == "int8" else data


class Network:
    """A model with its goldens; those of the first output."""

    def __init__(self, path, data):
        self.path, self.name = path, path.stem
        self.folder = data / "goldens" / path.stem
        self.manifest = json.loads((self.folder / "manifest.json").read_text())

    def write_inputs(self, folder):
        """One file an input: its samples, one after the other."""
        paths = []
        for position, info in enumerate(self.manifest["inputs"]):
            samples = [(self.folder / sample["inputs"][position]).read_bytes() for sample in self.manifest["samples"]]
            paths.append(folder / f"input_{position}.bin")
            paths[-1].write_bytes(b"".join(unsigned(data, info["dtype"]) for data in samples))
        return paths

    def answers(self):
        dtype = self.manifest["outputs"][0]["dtype"]
        return [unsigned((self.folder / sample["outputs"][0]["file"]).read_bytes(), dtype)
                for sample in self.manifest["samples"]]


def qrun_outputs(network, programs, python, folder):
    """The first output of every sample, and how long the conversion took."""
    twin, converted = folder / f"{network.name}.onnx", folder / f"{network.name}.qfb"
    run(python, EXPORTER, network.path, twin, "onnxruntime")
    seconds = run(programs / "qconvert", "--quiet", twin, "-o", converted)
    outputs = [folder / f"output_{i}.bin" for i in range(len(network.manifest["outputs"]))]
    arguments = [argument for path in outputs for argument in ("-o", path)]
    run(programs / "qrun", converted, *network.write_inputs(folder), *arguments)
    data, count = outputs[0].read_bytes(), len(network.manifest["samples"])
    size = len(data) // count
    return [data[i * size:(i + 1) * size] for i in range(count)], seconds


def compare(network, programs, python, folder):
    """Prints a line; whether the first classes are the same."""
    outputs, seconds = qrun_outputs(network, programs, python, folder)
    answers = network.answers()
    if [len(output) for output in outputs] != [len(answer) for answer in answers]:
        raise RuntimeError(f"outputs have {len(outputs[0])} bytes instead of {len(answers[0])}")
    steps = max(abs(a - b) for output, answer in zip(outputs, answers) for a, b in zip(output, answer))
    # Of equal scores any may be the first.
    same = sum(output[answer.index(max(answer))] == max(output) for output, answer in zip(outputs, answers))
    compared = network.name not in NOT_CLASSIFIERS
    verdict = f"first class as in {same} of {len(answers)}" if compared else "no classes"
    print(f"{network.name}: {verdict}, at most {steps} steps apart, converted in {seconds:.2f} s")
    return same == len(answers) or not compared


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bin", type=pathlib.Path, help="the folder with qconvert and qrun")
    parser.add_argument("data", nargs="?", type=pathlib.Path, default=SOURCES.parent / "shared" / "data")
    parser.add_argument("--python", type=pathlib.Path, default=SOURCES / "build" / "venv-peers" / "bin" / "python",
                        help="one that has the packages of bench/peers/requirements.txt")
    options = parser.parse_args()
    models = [path for path in sorted((options.data / "models").glob("*.tflite"))
              if (options.data / "goldens" / path.stem).exists() and "fp32" not in path.stem]
    for missing, what in ((not options.python.exists(), options.python), (not models, options.data / "models")):
        if missing:
            print(f"SKIPPED: no {what}")
            return
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for path in models:
            try:
                wrong += not compare(Network(path, options.data), options.bin, options.python, pathlib.Path(folder))
            except RuntimeError as error:
                wrong += 1
                print(f"{path.stem}: {error}")
    print(f"{len(models)} networks, {wrong} wrong")
    if wrong:
        sys.exit(1)


if __name__ == "__main__":
    main()
