#!/usr/bin/env python3
"""Instructions that a run of a whole network takes on each row of ARM's kernels, counted by qemu-user.

    python3 bench/instructions.py MODEL.qfb... [--build build/aarch64] [--rows neon,dotprod,i8mm]

What the CPU executes for one call on one thread: the difference of a process with many calls and one with a single call.
No measurement of time, but the same number on every machine and every day. The input is all zeros.
"""

import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
EMULATORS = {"aarch64": "qemu-aarch64", "armv7": "qemu-arm"}
ROWS = {"aarch64": "reference,neon,dotprod,i8mm", "armv7": "reference,neon"}
CALLS = 5


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", type=pathlib.Path, metavar="MODEL.qfb")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "aarch64", help="a cross build's folder")
    parser.add_argument("--rows", help="default: all of the CPU's")
    return parser.parse_args()


def build_plugin(folder):
    plugin = folder / "count_instructions.so"
    source = ROOT / "bench" / "count_instructions.c"
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-fvisibility=hidden", "-o", plugin, source], check=True)
    return plugin


class Counter:
    def __init__(self, build, folder):
        self.emulator = [shutil.which(EMULATORS[build.name]) or sys.exit(f"{EMULATORS[build.name]} is missing"), "-cpu", "max"]
        self.bin = build / "bin"
        self.plugin = build_plugin(folder)

    def inspect(self, model):
        command = [*self.emulator, self.bin / "qinspect", model, "--json"]
        return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)

    def executed(self, model, inputs, row, calls):
        command = [*self.emulator, "-plugin", self.plugin, "-d", "plugin", self.bin / "qrun", model, *inputs]
        command += ["--isa", row, "--repeat", str(calls), "--warmup", "0", "--threads", "1"]
        result = subprocess.run(command, capture_output=True, text=True)
        match = re.search(r"instructions (\d+)", result.stderr)
        if result.returncode != 0 or match is None:
            sys.exit(f"{model}, {row}: {result.stderr.strip()}")
        return int(match.group(1))

    def of_one_call(self, model, inputs, row):
        return (self.executed(model, inputs, row, 1 + CALLS) - self.executed(model, inputs, row, 1)) / CALLS


def main():
    args = arguments()
    rows = (args.rows or ROWS[args.build.name]).split(",")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        counter = Counter(args.build, folder)
        print("| network | MMAC | " + " | ".join(rows) + " |")
        print("|---|---:|" + "---:|" * len(rows))
        for model in args.models:
            facts = counter.inspect(model)
            inputs = []
            for i, tensor in enumerate(facts["inputs"]):
                inputs.append(folder / f"input{i}")
                inputs[-1].write_bytes(bytes(tensor["bytes"]))
            counts = [f"{counter.of_one_call(model, inputs, row) / 1e6:.3f}" for row in rows]
            macs = sum(operator.get("macs", 0) for operator in facts["operators"])
            print(f"| {model.stem} | {macs / 1e6:.2f} | " + " | ".join(counts) + " |", flush=True)


if __name__ == "__main__":
    main()
