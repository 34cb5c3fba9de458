"""Times qrun side by side with LiteRT, ONNX Runtime and OpenVINO: python3 bench/compare.py --help

Needs a release build. The peers are pinned in bench/peers/requirements.txt and live in build/venv-peers, which is made when
missing. A contender is a runtime with a number of threads: a process pinned to as many cores, the same for all; they take
turns, see bench/peers/turns.py. Where the CPU has AMX, each is timed with and without. Prints a table; writes it and the
JSON that bench/plot.py draws into build/peers.
"""

import argparse
import contextlib
import datetime
import json
import os
import pathlib
import platform
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from peers import environment

RESULT = environment.BUILD / "peers" / "comparison.json"
# What oneDNN calls a row, and OpenVINO with it. The others can only be kept from AMX.
ONEDNN_ISA = {"avx2": "AVX2", "avxvnni": "AVX2_VNNI", "avx512vnni": "AVX512_CORE_VNNI"}
STEP_LIMIT = 16  # outputs further from the reference's than this are reported


def parse_arguments():
    shared = environment.ROOT.parent / "shared" / "data" / "models"
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=pathlib.Path, default=shared if shared.is_dir() else None, metavar="FOLDER",
                        help="folder of .tflite networks, beside the generated ones (default: %(default)s)")
    parser.add_argument("--filter", type=re.compile, default=re.compile(""), metavar="REGEX", help="only models that match")
    parser.add_argument("--engines", default="qrun,litert,onnxruntime,openvino", metavar="NAMES")
    parser.add_argument("--threads", type=thread_counts, default="1,2", metavar="N,..",
                        help="each runtime is timed with each of them (default: %(default)s)")
    parser.add_argument("--isa", choices=list(ONEDNN_ISA), help="cap qrun, and the peers that can be, to this row")
    parser.add_argument("--amx", choices=["both", "allowed", "refused"], default="both")
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--batch-ms", type=float, default=20, help="length of one turn")
    parser.add_argument("--patience", type=float, default=10, help="seconds to wait for a quiet machine before a turn")
    parser.add_argument("--output", type=pathlib.Path, default=RESULT, help="JSON; the table goes beside it (%(default)s)")
    return parser.parse_args()


def thread_counts(text):
    """"1,2" as [1, 2]: ascending, each once, as many cores as the greatest."""
    counts = sorted({int(count) for count in text.split(",")})
    cores = len(os.sched_getaffinity(0))
    if counts[0] < 1 or counts[-1] > cores:
        raise argparse.ArgumentTypeError(f"give numbers from 1 to {cores}, the cores of this machine")
    return counts


def contenders(arguments, has_amx):
    """Who takes part, and what has to be said about it."""
    from peers.client import Contender
    engines, notes = arguments.engines.split(","), []
    refused = [False, True] if has_amx else [False]
    if arguments.isa:
        refused = [has_amx]
        if arguments.isa != "avx512vnni":
            engines = [engine for engine in engines if engine in ("qrun", "openvino")]
            notes.append(f"LiteRT and ONNX Runtime cannot be capped to {arguments.isa}; they are left out.")
    elif arguments.amx != "both":
        refused = [arguments.amx == "refused"] if has_amx else [False]
    if not has_amx:
        notes.append("This CPU has no AMX: there is nothing to refuse.")
    chosen = [Contender(engine, refuse, threads) for threads in arguments.threads for refuse in refused
              for engine in engines if not (refuse and engine == "qrun" and len(refused) == 2)]
    return chosen, notes


def worker_setup(contender, arguments):
    """The worker's load options and environment."""
    options, extra = {"threads": contender.threads}, {}
    if contender.engine == "qrun" and arguments.isa:
        options["isa"] = arguments.isa
    if contender.engine == "openvino" and arguments.isa:
        extra["ONEDNN_MAX_CPU_ISA"] = ONEDNN_ISA[arguments.isa]
    return options, extra


def time_case(case, chosen, cores, arguments, timing, versions):
    """One model's part of the result."""
    from peers import checks, client, report, turns
    result = {"name": case.name, "group": case.group, "mmac": case.graph.macs() / 1e6,
              "times": {str(threads): {} for threads in arguments.threads}, "errors": {}, "checks": {}}
    with contextlib.ExitStack() as stack:
        reference = checks.reference_outputs(case, cores)
        workers = {}
        for contender in chosen:
            options, extra = worker_setup(contender, arguments)
            worker = stack.enter_context(client.Worker(contender, cores[-contender.threads:], extra))
            try:
                details = worker.ask("load", path=str(case.path(contender.engine)), options=options,
                                     inputs=[data.hex() for data in case.bytes_for(contender.engine)])["details"]
                versions[contender.name] = " ".join(details.values())
                result["checks"][contender.label] = checks.compare(case, contender.engine, worker, reference)
                workers[contender] = worker
            except (RuntimeError, NotImplementedError) as error:
                result["errors"][contender.label] = str(error)
        samples = turns.measure(workers, timing)
    for contender, values in samples.items():
        result["times"][str(contender.threads)][contender.name] = report.summarize(values)
    result["ratios"] = {threads: report.ratio(result["times"], threads) for threads in result["times"]}
    return result


def require_build(engines):
    """qrun's files come from qconvert; the C loop that times it and OpenVINO is built with the library."""
    needed = [environment.BUILD / "release" / "lib" / "libqrun_bench.so"]
    if "qrun" in engines:
        needed.append(environment.BUILD / "release" / "bin" / "qconvert")
    for path in needed:
        if not path.exists():
            sys.exit(f"compare: {path} is missing; run ./dev build first")


def main():
    arguments = parse_arguments()
    require_build(arguments.engines)
    environment.enter()
    from peers import amx, cases, report, turns
    chosen, notes = contenders(arguments, amx.available())
    cores = sorted(os.sched_getaffinity(0))[-arguments.threads[-1]:]  # the first core serves most interrupts
    timing = turns.Timing(arguments.rounds, arguments.batch_ms / 1e3, arguments.patience)
    versions = {}
    models = []
    for case in cases.find_cases(arguments.models, arguments.filter):
        print(f"timing {case.name}", file=sys.stderr)
        models.append(time_case(case, chosen, cores, arguments, timing, versions))
    if timing.disturbed:
        notes.append(f"{timing.disturbed} of {timing.turns} turns began although something else was running.")
    run = {"cpu": cpu_name(), "cores": cores, "kernel": platform.release(), "date": datetime.date.today().isoformat(),
           "threads": arguments.threads, "isa": arguments.isa, "rounds": arguments.rounds, "step_limit": STEP_LIMIT,
           "versions": versions, "titles": {contender.name: contender.title for contender in chosen}, "models": models,
           "notes": notes}
    run["geometric_means"] = report.geometric_means(run)
    text = report.table(run)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps(run, indent=1) + "\n")
    arguments.output.with_suffix(".md").write_text(text + "\n")
    print(text)


def cpu_name():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


if __name__ == "__main__":
    main()
