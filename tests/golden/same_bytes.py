#!/usr/bin/env python3
"""Checks that qconvert writes the published bytes and that qrun computes them, on every row of kernels of this CPU, on
one thread and on two.

    same_bytes.py build/release/bin
    same_bytes.py build/aarch64/bin --emulator 'qemu-aarch64 -cpu cortex-a53'
    same_bytes.py build/release/bin --external ../shared/data      # instead of the project's own models those of others
    same_bytes.py build/release/bin --write      # publish what this machine gives; look at the difference before committing

same_bytes.txt holds one SHA-256 a line: NAME.qfb of a converted file, NAME.outputs of all outputs in order; models/ are
those that are not part of the project. Inputs are the digits' test images, for all else the bytes of generated_inputs().
"""

import argparse
import hashlib
import itertools
import json
import pathlib
import subprocess
import sys
import tempfile

GOLDEN = pathlib.Path(__file__).resolve().parent
DIGITS = GOLDEN.parents[1] / "examples" / "digits"
TABLE = GOLDEN / "same_bytes.txt"
EXTERNAL = "models/"  # how the names of models begin that are not part of the project
SAMPLES = 2  # of generated inputs


def generated_inputs(sizes):
    """For each input the bytes of its samples: the high bytes of x = 1664525 x + 1013904223 mod 2^32, from 1 on."""
    x, inputs = 1, []
    for size in sizes:
        data = bytearray(SAMPLES * size)
        for i in range(len(data)):
            x = (1664525 * x + 1013904223) & 0xFFFFFFFF
            data[i] = x >> 24
        inputs.append(bytes(data))
    return inputs


class Programs:
    """The commands under test."""

    def __init__(self, folder, emulator):
        self._folder = pathlib.Path(folder)
        self._prefix = emulator.split() if emulator else []

    def run(self, name, *arguments):
        command = [*self._prefix, str(self._folder / name), *map(str, arguments)]
        try:
            finished = subprocess.run(command, capture_output=True, check=False)
        except OSError as error:
            sys.exit(f"cannot run {command[0]}: {error.strerror}; programs of another CPU need --emulator")
        if finished.returncode != 0:
            sys.exit(f"{' '.join(command)}: exit status {finished.returncode}\n{finished.stderr.decode()}")
        return finished.stdout

    def rows(self):
        return [row["name"] for row in json.loads(self.run("qrun", "--list-isa", "--json")) if row["available"]]


def own_sources():
    """(name, source) of the project's models."""
    found = [("digits", DIGITS / "digits.tflite")]
    for folder, pattern in (("networks", "*.tflite"), ("onnx", "network_*.onnx"), ("ops", "*.tflite")):
        found += [(f"{folder}/{path.stem}", path) for path in sorted((GOLDEN / folder).glob(pattern))]
    return found


def external_sources(folder):
    """The same of models that are not part of the project; float ones are not for qrun."""
    return [(EXTERNAL + path.stem, path) for path in sorted(folder.glob("*.tflite")) if "fp32" not in path.stem]


def input_files(programs, name, converted, folder):
    if name == "digits":
        return [DIGITS / "test_images.bin"]
    sizes = [tensor["bytes"] for tensor in json.loads(programs.run("qinspect", converted, "--json"))["inputs"]]
    paths = [folder / f"input{i}.bin" for i in range(len(sizes))]
    for path, data in zip(paths, generated_inputs(sizes)):
        path.write_bytes(data)
    return paths


def digests(programs, sources, folder):
    """(name, how it came about, digest) of everything there is to publish."""
    converted, rows = folder / "model.qfb", programs.rows()
    for name, source in sources:
        programs.run("qconvert", "--quiet", source, "-o", converted)
        yield f"{name}.qfb", "converted", hashlib.sha256(converted.read_bytes()).hexdigest()
        if name.startswith("ops/"):
            continue  # their outputs are compared with the reference's own by golden.Ops
        inputs = input_files(programs, name, converted, folder)
        for row, threads in itertools.product(rows, (1, 2)):
            digest = programs.run("qrun", converted, *inputs, "--digest", "--isa", row, "-t", threads).decode().strip()
            yield f"{name}.outputs", f"on {row}, threads: {threads}", digest


def read_table():
    return {name: digest for digest, name in (line.split() for line in TABLE.read_text().splitlines())}


def write_table(found, others):
    table = {}
    for name, how, digest in found:
        if table.setdefault(name, digest) != digest:
            sys.exit(f"{name}, {how}: other bytes than before")
    own_first = sorted({**others, **table}.items(), key=lambda entry: entry[0].startswith(EXTERNAL))
    TABLE.write_text("".join(f"{digest}  {name}\n" for name, digest in own_first))
    print(f"{len(table)} digests written, {len(others)} kept")


def check(found, published):
    """How many digests differ from the published ones or are missing."""
    seen, wrong, compared = set(), 0, 0
    for name, how, digest in found:
        seen.add(name)
        compared += 1
        if published.get(name) != digest:
            wrong += 1
            print(f"{name}, {how}: {digest} instead of {published.get(name, 'a published digest')}")
    missing = [name for name in published if name not in seen]
    for name in missing:
        print(f"{name}: published, but its model is not here")
    print(f"{compared} digests compared with {len(published)} published ones, {wrong} differ")
    return wrong + len(missing)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bin", help="the folder with qconvert, qinspect and qrun")
    parser.add_argument("--emulator", help="a command that runs them, where they are for another CPU")
    parser.add_argument("--external", metavar="FOLDER", type=pathlib.Path,
                        help="check FOLDER/models/*.tflite, which are not part of the project, instead of its own models")
    parser.add_argument("--write", action="store_true", help="write same_bytes.txt anew instead of checking it")
    options = parser.parse_args()
    sources = own_sources()
    if options.external:
        sources = external_sources(options.external / "models")
        if not sources:
            print(f"SKIPPED: no {options.external / 'models'}")
            return
    published, others = {}, {}
    for name, digest in read_table().items():
        (published if name.startswith(EXTERNAL) == bool(options.external) else others)[name] = digest
    with tempfile.TemporaryDirectory() as folder:
        found = digests(Programs(options.bin, options.emulator), sources, pathlib.Path(folder))
        if options.write:
            write_table(found, others)
        elif check(found, published) > 0:
            sys.exit(1)


if __name__ == "__main__":
    main()
