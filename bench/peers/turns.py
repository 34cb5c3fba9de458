"""Interleaved timing: every contender runs one batch a round, alone, on a machine that is quiet.

What disturbs one round disturbs all contenders in it, clock and temperature included, and a different one begins each
round. Load is read from /proc/stat: the number of processes that run at this moment, of which this one is one.
"""

import dataclasses
import time

QUIET_SAMPLES = 10  # in a row, a millisecond apart


@dataclasses.dataclass
class Timing:
    rounds: int
    batch_seconds: float
    patience: float  # seconds to wait for quiet before each turn; then the turn is run and counted as disturbed
    disturbed: int = 0
    turns: int = 0


def measure(workers, timing):
    """Seconds per call: {contender: [one mean per round]} for workers {contender: Worker}."""
    counts = {contender: calibrate(worker, timing.batch_seconds) for contender, worker in workers.items()}
    samples = {contender: [] for contender in workers}
    contenders = list(workers)
    for turn in range(timing.rounds if contenders else 0):
        first = turn % len(contenders)
        for contender in contenders[first:] + contenders[:first]:
            timing.turns += 1
            timing.disturbed += not wait_until_quiet(timing.patience)
            samples[contender].append(workers[contender].run(counts[contender]))
    return samples


def calibrate(worker, batch_seconds):
    """How many calls fill a batch."""
    count = 1
    while (seconds := worker.run(count) * count) < batch_seconds / 4:
        count = count * 2 if seconds <= 0 else max(count * 2, int(count * batch_seconds / 2 / seconds))
    return max(1, round(count * batch_seconds / seconds))


def wait_until_quiet(patience):
    """Waits until nothing else has run for a while; False where that did not come about."""
    deadline = time.monotonic() + patience
    quiet = 0
    while quiet < QUIET_SAMPLES:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.001)
        quiet = quiet + 1 if running_processes() <= 1 else 0
    return True


def running_processes():
    with open("/proc/stat") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("procs_running"))
