#!/usr/bin/env python3
"""Checks that qconvert writes the published bytes and that qrun computes them, on every row of kernels of this CPU.

    same_bytes.py build/release/bin
    same_bytes.py build/aarch64/bin --emulator qemu-aarch64
    same_bytes.py build/release/bin --write      # publish what this machine gives; look at the difference before committing

same_bytes.txt holds one SHA-256 a line: NAME.qfb of a converted file, NAME.outputs of all outputs in order. Inputs are
the digits' test images, or for models/, which are not part of the project, the bytes of generated_inputs().
"""

import argparse
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

GOLDEN = pathlib.Path(__file__).resolve().parent
DIGITS = GOLDEN.parents[1] / "examples" / "digits"
TABLE = GOLDEN / "same_bytes.txt"
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
        finished = subprocess.run(command, capture_output=True, check=False)
        if finished.returncode != 0:
            sys.exit(f"{' '.join(command)}: exit status {finished.returncode}\n{finished.stderr.decode()}")
        return finished.stdout

    def rows(self):
        return [row["name"] for row in json.loads(self.run("qrun", "--list-isa", "--json")) if row["available"]]


def sources(external):
    """(name, .tflite) of every model whose converted file is published."""
    found = [("digits", DIGITS / "digits.tflite")]
    for folder in ("networks", "ops"):
        found += [(f"{folder}/{path.stem}", path) for path in sorted((GOLDEN / folder).glob("*.tflite"))]
    # The float ones are not for qrun.
    return found + [(f"models/{path.stem}", path) for path in sorted(external.glob("*.tflite")) if "fp32" not in path.stem]


def input_files(programs, name, converted, folder):
    if name == "digits":
        return [DIGITS / "test_images.bin"]
    sizes = [tensor["bytes"] for tensor in json.loads(programs.run("qinspect", converted, "--json"))["inputs"]]
    paths = [folder / f"input{i}.bin" for i in range(len(sizes))]
    for path, data in zip(paths, generated_inputs(sizes)):
        path.write_bytes(data)
    return paths


def digests(programs, external, folder):
    """(name, row or "", digest) of everything there is to publish."""
    converted, rows = folder / "model.qfb", programs.rows()
    for name, source in sources(external):
        programs.run("qconvert", "--quiet", source, "-o", converted)
        yield f"{name}.qfb", "", hashlib.sha256(converted.read_bytes()).hexdigest()
        if name == "digits" or name.startswith("models/"):
            inputs = input_files(programs, name, converted, folder)
            for row in rows:
                digest = programs.run("qrun", converted, *inputs, "--digest", "--isa", row).decode().strip()
                yield f"{name}.outputs", row, digest


def read_table():
    return {name: digest for digest, name in (line.split() for line in TABLE.read_text().splitlines())}


def write_table(found):
    table = {}
    for name, row, digest in found:
        if table.setdefault(name, digest) != digest:
            sys.exit(f"{name}: {row} gives other bytes than the rows before it")
    TABLE.write_text("".join(f"{digest}  {name}\n" for name, digest in table.items()))
    print(f"{len(table)} digests written")


def check(found):
    """How many digests differ from the published ones."""
    published, seen, wrong, compared = read_table(), set(), 0, 0
    for name, row, digest in found:
        seen.add(name)
        compared += 1
        if published.get(name) != digest:
            wrong += 1
            print(f"{name}{' on ' + row if row else ''}: {digest} instead of {published.get(name, 'a published digest')}")
    missing = [name for name in published if name not in seen and not name.startswith("models/")]
    for name in missing:
        print(f"{name}: published, but its model is gone")
    absent = sum(name.startswith("models/") and name not in seen for name in published)
    print(f"{compared} digests compared, {wrong} differ; {absent} are of models that are not here")
    return wrong + len(missing)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bin", help="the folder with qconvert, qinspect and qrun")
    parser.add_argument("--emulator", help="a command that runs them, where they are for another CPU")
    parser.add_argument("--external", help="a folder with models/*.tflite that are not part of the project",
                        default=os.environ.get("QRUN_SHARED_DATA", GOLDEN.parents[2] / "shared" / "data"))
    parser.add_argument("--write", action="store_true", help="write same_bytes.txt anew instead of checking it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = digests(Programs(options.bin, options.emulator), pathlib.Path(options.external) / "models",
                        pathlib.Path(folder))
        if options.write:
            write_table(found)
        elif check(found) > 0:
            sys.exit(1)


if __name__ == "__main__":
    main()
