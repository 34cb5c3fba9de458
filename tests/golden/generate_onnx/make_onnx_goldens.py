"""Writes tests/golden/onnx: models and ONNX Runtime's answers. ../README.md says how to run it.

Each case becomes NAME.onnx and NAME.bin (see answers.py), each refusal NAME.onnx and NAME.txt. Everything but
tolerances.txt is rewritten on every run, so `git diff` after a run shows what a change of a case did.
"""

import importlib
import pathlib

import answers
import refusals

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "onnx"
MODULES = ("convolutions", "products", "activations", "arithmetic", "pools", "reductions", "movement", "resizes",
           "quantizers", "qoperators", "microsoft", "integers", "networks")


def clear():
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.iterdir():
        if path.name != "tolerances.txt":
            path.unlink()


def write(graph):
    path = FOLDER / f"{graph.name}.onnx"
    if path.exists():
        raise ValueError(f"two cases are named {graph.name}")
    model = graph.model().SerializeToString(deterministic=True)
    path.write_bytes(model)
    path.with_suffix(".bin").write_bytes(answers.pack(graph, model))


def write_refusal(refused):
    path = FOLDER / f"{refused.name}.onnx"
    path.write_bytes(refused.model().SerializeToString(deterministic=True))
    path.with_suffix(".txt").write_text(refused.expected + "\n")


def main():
    clear()
    for module in MODULES:
        for graph in importlib.import_module(module).cases():
            write(graph)
    for refused in refusals.cases():
        write_refusal(refused)


if __name__ == "__main__":
    main()
