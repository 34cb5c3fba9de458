"""Compares the kernels that plans choose by estimated cost with measurements: python3 bench/check_choice.py

Runs bench_kernels and prints, for every shape and row, the chosen kernel, its time, and what it would save to choose
the fastest one; beside them estimated cycles per measured nanosecond, which differ less the better the estimates are.
Exits 1 where the choice loses more than --tolerance.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys


def measure(binary, pattern, repetitions):
    """{(shape, row): {kernel: benchmark}}, the fastest repetition of each."""
    command = [
        str(binary),
        f"--benchmark_filter={pattern}",
        f"--benchmark_repetitions={repetitions}",
        "--benchmark_min_time=0.02",
        "--benchmark_enable_random_interleaving=true",
        "--benchmark_format=json",
    ]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    best = {}
    for run in json.loads(output)["benchmarks"]:
        if run["run_type"] != "iteration":
            continue
        shape, row, kernel = run["run_name"].split("/")
        kernels = best.setdefault((shape, row), {})
        if kernel not in kernels or run["cpu_time"] < kernels[kernel]["cpu_time"]:
            kernels[kernel] = run
    return best


def report(best, tolerance):
    """Prints the table; returns the choices that lose more than the tolerance."""
    losers, ratios = [], {}
    print(f"{'shape':30} {'row':11} {'chosen':40} {'us':>9} {'share':>6} {'cycles/ns':>9}  fastest")
    for (shape, row), kernels in sorted(best.items()):
        chosen = next(k for k, run in kernels.items() if run["chosen"])
        fastest = min(kernels, key=lambda k: kernels[k]["cpu_time"])
        run = kernels[chosen]
        loss = run["cpu_time"] / kernels[fastest]["cpu_time"] - 1
        ratio = run["cost"] / (run["cpu_time"] * 1000)
        ratios.setdefault(row, []).append(ratio)
        share = f"{run['share']:6.0%}" if "share" in run else "     -"
        verdict = "it is" if chosen == fastest else f"{fastest}, by {loss:.0%}"
        print(f"{shape:30} {row:11} {chosen:40} {run['cpu_time']:9.2f} {share} {ratio:9.2f}  {verdict}")
        if loss > tolerance:
            losers.append(f"{shape} on {row}: {chosen} is {loss:.0%} slower than {fastest}")
    for row, values in ratios.items():
        print(f"{row}: estimated cycles per ns from {min(values):.2f} to {max(values):.2f}, "
              f"median {statistics.median(values):.2f}")
    return losers


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    root = pathlib.Path(__file__).resolve().parent.parent
    parser.add_argument("--binary", type=pathlib.Path, default=root / "build/release/bin/bench_kernels")
    parser.add_argument("--filter", default="/(avx|amx)", help="of benchmarks' names")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--tolerance", type=float, default=0.1, help="share of time a choice may lose")
    arguments = parser.parse_args()
    losers = report(measure(arguments.binary, arguments.filter, arguments.repetitions), arguments.tolerance)
    for loser in losers:
        print(loser, file=sys.stderr)
    sys.exit(1 if losers else 0)


if __name__ == "__main__":
    main()
