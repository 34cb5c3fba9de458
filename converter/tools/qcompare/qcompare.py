#!/usr/bin/env python3
"""Where two models first differ, tensor by tensor, in quantization steps: qcompare A B DATA... (docs/comparing.md)"""

import argparse
import contextlib
import json
import math
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[2] / "runtime" / "tools" / "common")]  # `qcompare` is the package
from python_environment import BUILD, PythonEnvironment
from qcompare.engines import check_file, check_model, open_engine
from qcompare.programs import Programs, convert
from qcompare.tensor import Trouble

ENVIRONMENT = PythonEnvironment("venv-qcompare", HERE / "requirements.txt")
SAME, DIFFERENT, TROUBLE = 0, 1, 2
EPILOG = """A and B are .qfb (run by qrun), .tflite (LiteRT's reference kernels) or .onnx (ONNX Runtime).
Exit status: 0 no output differs by more than the tolerance, 1 one does, 2 the comparison could not be made."""


class Parser(argparse.ArgumentParser):
    def error(self, message):
        raise Trouble(f"{message}; see qcompare --help")


def parse_arguments(arguments):
    parser = Parser(prog="qcompare", description=__doc__, epilog=EPILOG,
                    formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("a", metavar="A", help="the model that is right")
    parser.add_argument("rest", metavar="B DATA", nargs="*", help="the model held against it (absent with --convert); one "
                        "file for each of A's inputs: raw elements or .npy, sample after sample, in A's type and axis order")
    parser.add_argument("--convert", action="store_true", help="B is what qconvert makes of A")
    parser.add_argument("--random", type=_count, metavar="N", help="make up N samples instead of DATA")
    parser.add_argument("--seed", type=_seed, metavar="S", default=0, help="of --random; default: 0")
    parser.add_argument("--tolerance", type=_steps, metavar="STEPS", default=0.0,
                        help="elements that are no further apart count as equal; default: 0")
    parser.add_argument("--all", action="store_true", help="show tensors without differences too")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    parser.add_argument("--threads", type=_count, metavar="N", help="qrun's threads")
    parser.add_argument("--isa", metavar="NAME", help="qrun's instruction set")
    parser.add_argument("--bin", type=pathlib.Path, metavar="DIR", default=BUILD / "release" / "bin",
                        help="where qrun, qinspect and qconvert are; default: build/release/bin")
    options = parser.parse_intermixed_args(arguments)
    options.b = None if options.convert else (options.rest or [None]).pop(0)
    options.data = options.rest
    _check(options)
    return options


def _check(options):
    if not options.convert and options.b is None:
        raise Trouble("B is missing; give two models, or --convert; see qcompare --help")
    for path in [options.a] + [options.b] * (options.b is not None):
        check_model(path)
    if options.convert and pathlib.Path(options.a).suffix == ".qfb":
        raise Trouble(f"{options.a}: is converted already; give --convert the source")
    if bool(options.data) == bool(options.random):
        raise Trouble("give either DATA, a file for each of A's inputs, or --random N")
    for path in options.data:
        check_file(path)


def _count(text):
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of at least 1")
    return int(text)


def _seed(text):
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is no number of at least 0")
    return int(text)


def _steps(text):
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of at least 0")
    return value


def enter_environment():
    """Behind the checks that need no package: those answer at once."""
    try:
        ENVIRONMENT.enter()
    except subprocess.CalledProcessError:
        raise Trouble("cannot install the packages of converter/tools/qcompare/requirements.txt, which has pins for Python "
                      "3.11 and 3.12; see pip's message above") from None


def compare(options):
    from qcompare.compare import Comparer  # which needs the packages
    from qcompare.samples import check_inputs, random_samples, read_samples
    qrun_options = [f"--{name}={value}" for name in ("threads", "isa") if (value := getattr(options, name))]
    programs = Programs(options.bin, tuple(qrun_options))
    with contextlib.ExitStack() as stack:
        b = options.b
        if options.convert:
            b = convert(programs, options.a, stack.enter_context(tempfile.TemporaryDirectory(prefix="qcompare-")))
        engines = [open_engine(path, programs) for path in (options.a, b)]
        inputs = [engine.inputs for engine in engines]
        check_inputs(*inputs)
        arrays = random_samples(options.random, options.seed, *inputs) if options.random else read_samples(
            options.data, inputs[0])
        return Comparer(*engines, options.tolerance).run(arrays)


def main(arguments):
    options = parse_arguments(arguments)
    enter_environment()
    from qcompare import report
    comparison = compare(options)
    if options.json:
        print(json.dumps(report.to_json(comparison), indent=2))
    else:
        print(report.text(comparison, options.all))
    return SAME if comparison.outputs_agree() else DIFFERENT


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (Trouble, OSError) as error:
        print(f"qcompare: {error}", file=sys.stderr)
        sys.exit(TROUBLE)
