"""The figures and the table that a comparison prints."""

import unittest

from peers import report


def times(**seconds):
    return {name.replace("_no_amx", "/no-amx"): {"min": value, "median": value * 2} for name, value in seconds.items()}


def both(one, two):
    """A model's times on one and on two threads."""
    return {"1": times(**one), "2": times(**two)}


def model(name, group="network", checks=None, errors=None, two=None, **seconds):
    return {"name": name, "group": group, "mmac": 1.5, "times": both(seconds, two or {}), "errors": errors or {},
            "checks": checks or {}}


def comparison(*models):
    titles = {"qrun": "qrun", "litert": "LiteRT", "openvino": "OpenVINO"}
    return {"cpu": "A CPU", "date": "2026-01-02", "threads": [1, 2], "rounds": 3, "step_limit": 4, "titles": titles,
            "versions": {name: "1" for name in titles}, "notes": ["A note."], "models": list(models)}


class Report(unittest.TestCase):
    def test_summary_is_minimum_and_median(self):
        self.assertEqual(report.summarize([3.0, 1.0, 10.0, 2.0]), {"min": 1.0, "median": 2.5})

    def test_ratio_is_to_the_fastest_peer_in_any_mode(self):
        self.assertEqual(report.fastest_peer(both(dict(qrun=1, litert=5, litert_no_amx=3, openvino=4), {}), 1),
                         ("litert/no-amx", "1"))
        self.assertEqual(report.ratio(both(dict(qrun=2, litert=5, openvino=3), {}), 1), 1.5)

    def test_on_two_threads_a_peer_may_use_one(self):
        measured = both(dict(qrun=2, litert=6, openvino=8), dict(qrun=4, litert=9, openvino=7))
        self.assertEqual(report.fastest_peer(measured, 2), ("litert", "1"))
        self.assertEqual(report.ratio(measured, 2), 1.5)
        self.assertEqual(report.fastest_peer(both(dict(litert=6), dict(openvino=5)), 2), ("openvino", "2"))

    def test_on_one_thread_no_peer_may_use_two(self):
        measured = both(dict(qrun=2, litert=6), dict(qrun=1, litert=3))
        self.assertEqual(report.ratio(measured, 1), 3)
        self.assertEqual(report.ratio(measured, 2), 3)

    def test_losses_are_below_one(self):
        self.assertEqual(report.ratio(both(dict(qrun=4, litert=3), {}), 1), 0.75)

    def test_no_ratio_without_both_sides(self):
        self.assertIsNone(report.ratio(both(dict(qrun=1), {}), 1))
        self.assertIsNone(report.ratio(both(dict(litert=1), {}), 1))
        self.assertIsNone(report.ratio(both(dict(qrun=1, litert=1), {}), 2))

    def test_geometric_mean(self):
        self.assertAlmostEqual(report.geometric_mean([0.5, 2.0, 8.0]), 2.0)

    def test_means_are_by_group_and_skip_models_without_ratio(self):
        run = comparison(model("a", qrun=1, litert=1), model("b", qrun=1, litert=4), model("c", litert=1),
                         model("d", group="layer", qrun=1, openvino=3, two={"qrun": 2}))
        means = report.geometric_means(run)
        self.assertEqual({group: list(by_threads) for group, by_threads in means.items()},
                         {"network": ["1"], "layer": ["1", "2"]})
        self.assertAlmostEqual(means["network"]["1"], 2.0)
        self.assertAlmostEqual(means["layer"]["1"], 3.0)
        self.assertAlmostEqual(means["layer"]["2"], 1.5)

    def test_digits(self):
        self.assertEqual([report.digits(value) for value in (0.2594, 2.594, 25.94, 259.4, 25940.0)],
                         ["0.259", "2.59", "25.9", "259", "25940"])

    def test_table_is_aligned_markdown(self):
        text = report.table(comparison(model("net", qrun=1e-6, litert=3e-6, two={"qrun": 2e-6, "litert": 9e-6}),
                                       model("longer_name", qrun=2e-4)))
        rows = [line for line in text.splitlines() if line.startswith("|")]
        self.assertEqual(len({len(line) for line in rows}), 1)
        self.assertEqual(len({line.count("|") for line in rows}), 1)
        self.assertIn("| 1.00 / 2.00 |", rows[2])
        self.assertIn(" 3.00 LiteRT |", rows[2])
        self.assertIn("| 1.50 LiteRT on 1 |", rows[2])
        self.assertIn(" 200 / - |", rows[3])
        self.assertIn("Networks, 1 thread: geometric mean of the ratios 3.00 (by medians 3.00)", text)
        self.assertIn("Networks, 2 threads: geometric mean of the ratios 1.50", text)
        self.assertIn("A note.", text)

    def test_errors_and_far_outputs_are_said(self):
        run = comparison(model("net", errors={"LiteRT on 2 threads": "refused"}, qrun=1,
                               checks={"OpenVINO on 1 thread": {"steps": 9, "same_top": False},
                                       "qrun on 1 thread": {"steps": 4, "same_top": True}}))
        notes = report.notes(run)
        self.assertIn("net: LiteRT on 2 threads: refused", notes)
        self.assertTrue(any("OpenVINO on 1 thread" in note and "9 steps, the greatest one elsewhere" in note for note in notes))
        self.assertFalse(any("qrun" in note for note in notes))


if __name__ == "__main__":
    unittest.main()
