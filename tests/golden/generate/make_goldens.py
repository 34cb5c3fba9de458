"""Writes tests/golden/ops, tests/golden/networks and tests/golden/digests.txt. README.md says how to run it.

Each case becomes NAME.tflite and NAME.bin (see reference.py). Everything is rewritten on every run and depends on
nothing but the pinned packages, so `git diff` after a run shows what a change of a case did.
"""

import hashlib
import pathlib
import shutil

import numpy as np

import elementwise
import linear
import movement
import networks
import spatial
from case import generator
from reference import Reference

FOLDER = pathlib.Path(__file__).resolve().parent.parent
DIGITS = FOLDER.parent.parent / "examples" / "digits"


def pack(case):
    """The samples of a case: bytes of NAME.bin, and of the outputs alone."""
    rng = generator(case.name + " samples")
    reference = None if case.expected else Reference(case.network)
    packed, outputs = b"", b""
    for sample in case.samples:
        inputs = sample(case.network, rng)
        if case.edges:
            values = reference.run(inputs, case.edges[0] + case.edges[1])
            inputs, answers = values[:len(case.edges[0])], values[len(case.edges[0]):]
        else:
            answers = case.expected(inputs) if case.expected else reference.run(inputs)
        answer = b"".join(np.ascontiguousarray(data).tobytes() for data in answers)
        packed += b"".join(data.tobytes() for data in inputs) + answer
        outputs += answer
    return packed, outputs


def write(folder, cases):
    """Writes a folder of cases and returns the SHA-256 of each one's outputs."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    digests = {}
    for case in cases:
        if case.name in digests:
            raise ValueError(f"two cases are named {case.name}")
        packed, outputs = pack(case)
        (folder / f"{case.name}.tflite").write_bytes(case.network.serialize())
        (folder / f"{case.name}.bin").write_bytes(packed)
        digests[case.name] = hashlib.sha256(outputs).hexdigest()
    return digests


def main():
    write(FOLDER / "ops", linear.cases() + elementwise.cases() + spatial.cases() + movement.cases())
    digests = {"digits": hashlib.sha256((DIGITS / "expected_outputs.bin").read_bytes()).hexdigest()}
    digests.update(write(FOLDER / "networks", networks.cases()))
    (FOLDER / "digests.txt").write_text("".join(f"{digest}  {name}\n" for name, digest in digests.items()))


if __name__ == "__main__":
    main()
