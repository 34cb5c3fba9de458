"""Interleaving, calibration, who takes part, and the refusal of AMX."""

import argparse
import errno
import os
import platform
import subprocess
import sys
import unittest

import compare
from peers import turns


class FakeWorker:
    """Takes `seconds` a call by its own account and notes when it was asked."""

    def __init__(self, name, seconds, log):
        self.name, self.seconds, self.log = name, seconds, log

    def run(self, count):
        self.log.append((self.name, count))
        return self.seconds


class Turns(unittest.TestCase):
    def test_everyone_has_one_turn_a_round_and_begins_in_turn(self):
        log = []
        workers = {name: FakeWorker(name, 1.0, log) for name in "abc"}
        samples = turns.measure(workers, turns.Timing(rounds=3, batch_seconds=0.5, patience=0))
        self.assertEqual("".join(name for name, _ in log[3:]), "abc" "bca" "cab")
        self.assertEqual(samples, {name: [1.0] * 3 for name in "abc"})

    def test_batches_last_as_long_as_asked(self):
        for seconds in (1e-7, 3e-6, 1e-3, 0.02, 7.0):
            count = turns.calibrate(FakeWorker("a", seconds, []), 0.02)
            self.assertEqual(count, max(1, round(0.02 / seconds)))

    def test_turns_without_quiet_are_counted(self):
        timing = turns.Timing(rounds=2, batch_seconds=1, patience=-1)
        turns.measure({"a": FakeWorker("a", 1.0, [])}, timing)
        self.assertEqual((timing.turns, timing.disturbed), (2, 2))


class Contenders(unittest.TestCase):
    def choose(self, has_amx, isa=None, amx="both"):
        arguments = argparse.Namespace(engines="qrun,litert,openvino", isa=isa, amx=amx, threads=[1])
        chosen, notes = compare.contenders(arguments, has_amx)
        return [contender.name for contender in chosen], notes

    def test_everyone_runs_with_every_number_of_threads(self):
        arguments = argparse.Namespace(engines="qrun,litert", isa=None, amx="both", threads=[1, 2])
        chosen, _ = compare.contenders(arguments, True)
        self.assertEqual([contender.label for contender in chosen if contender.threads == 2],
                         ["qrun on 2 threads", "LiteRT on 2 threads", "LiteRT without AMX on 2 threads"])
        self.assertEqual(len(chosen), 6)

    def test_numbers_of_threads_are_sorted_and_within_the_cores(self):
        self.assertEqual(compare.thread_counts("1,1"), [1])
        for text in ("0", "1,1000000"):
            with self.assertRaisesRegex(argparse.ArgumentTypeError, "from 1 to"):
                compare.thread_counts(text)

    def test_with_amx_peers_run_both_ways_and_qrun_once(self):
        self.assertEqual(self.choose(True)[0], ["qrun", "litert", "openvino", "litert/no-amx", "openvino/no-amx"])

    def test_refused_means_for_all(self):
        self.assertEqual(self.choose(True, amx="refused")[0], ["qrun/no-amx", "litert/no-amx", "openvino/no-amx"])
        self.assertEqual(self.choose(True, isa="avx512vnni")[0], ["qrun/no-amx", "litert/no-amx", "openvino/no-amx"])

    def test_without_amx_it_is_said(self):
        names, notes = self.choose(False, amx="refused")
        self.assertEqual(names, ["qrun", "litert", "openvino"])
        self.assertTrue(any("no AMX" in note for note in notes))

    def test_peers_that_cannot_be_capped_are_left_out(self):
        names, notes = self.choose(False, isa="avx2")
        self.assertEqual(names, ["qrun", "openvino"])
        self.assertTrue(any("cannot be capped" in note for note in notes))


@unittest.skipUnless(sys.platform == "linux" and platform.machine() == "x86_64", "seccomp filter is for Linux on x86-64")
class Amx(unittest.TestCase):
    def request(self, code):
        """What asking for the tile registers gives in a new process, after `code`."""
        program = f"from peers import amx; {code}; print(amx.request())"
        run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                             env=os.environ | {"PYTHONPATH": os.path.dirname(compare.__file__)})
        self.assertEqual(run.returncode, 0, run.stderr)
        return int(run.stdout)

    def test_the_request_is_refused(self):
        self.assertEqual(self.request("amx.refuse()"), errno.EPERM)

    def test_otherwise_the_kernel_answers(self):
        self.assertNotEqual(self.request("pass"), errno.EPERM)


if __name__ == "__main__":
    unittest.main()
