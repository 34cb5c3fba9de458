"""The figures and the table that a comparison prints."""

import unittest

from peers import report


def times(**seconds):
    return {name.replace("_no_amx", "/no-amx"): {"min": value, "median": value * 2} for name, value in seconds.items()}


def model(name, group="network", checks=None, errors=None, **seconds):
    return {"name": name, "group": group, "mmac": 1.5, "times": times(**seconds), "errors": errors or {},
            "checks": checks or {}}


def comparison(*models):
    titles = {"qrun": "qrun", "litert": "LiteRT", "openvino": "OpenVINO"}
    return {"cpu": "A CPU", "date": "2026-01-02", "threads": 1, "rounds": 3, "step_limit": 4, "titles": titles,
            "contenders": list(titles), "versions": {name: "1" for name in titles}, "notes": ["A note."],
            "models": list(models)}


class Report(unittest.TestCase):
    def test_summary_is_minimum_and_median(self):
        self.assertEqual(report.summarize([3.0, 1.0, 10.0, 2.0]), {"min": 1.0, "median": 2.5})

    def test_ratio_is_to_the_fastest_peer_in_any_mode(self):
        self.assertEqual(report.fastest_peer(times(qrun=1, litert=5, litert_no_amx=3, openvino=4)), "litert/no-amx")
        self.assertEqual(report.ratio(times(qrun=2, litert=5, openvino=3)), 1.5)

    def test_losses_are_below_one(self):
        self.assertEqual(report.ratio(times(qrun=4, litert=3)), 0.75)

    def test_no_ratio_without_both_sides(self):
        self.assertIsNone(report.ratio(times(qrun=1)))
        self.assertIsNone(report.ratio(times(litert=1)))
        self.assertIsNone(report.ratio({}))

    def test_geometric_mean(self):
        self.assertAlmostEqual(report.geometric_mean([0.5, 2.0, 8.0]), 2.0)

    def test_means_are_by_group_and_skip_models_without_ratio(self):
        run = comparison(model("a", qrun=1, litert=1), model("b", qrun=1, litert=4), model("c", litert=1),
                         model("d", group="layer", qrun=1, openvino=3))
        means = report.geometric_means(run)
        self.assertEqual(set(means), {"network", "layer"})
        self.assertAlmostEqual(means["network"], 2.0)
        self.assertAlmostEqual(means["layer"], 3.0)

    def test_digits(self):
        self.assertEqual([report.digits(value) for value in (0.2594, 2.594, 25.94, 259.4, 25940.0)],
                         ["0.259", "2.59", "25.9", "259", "25940"])

    def test_table_is_aligned_markdown(self):
        text = report.table(comparison(model("net", qrun=1e-6, litert=3e-6), model("longer_name", qrun=2e-4)))
        rows = [line for line in text.splitlines() if line.startswith("|")]
        self.assertEqual(len({len(line) for line in rows}), 1)
        self.assertEqual(len({line.count("|") for line in rows}), 1)
        self.assertIn("1.00 (2.00)", rows[2])
        self.assertIn("3.00 LiteRT", rows[2])
        self.assertIn("geometric mean of the ratios 3.00", text)
        self.assertIn("A note.", text)

    def test_errors_and_far_outputs_are_said(self):
        run = comparison(model("net", errors={"litert": "refused"}, qrun=1,
                               checks={"openvino": {"steps": 9, "same_top": False}, "qrun": {"steps": 4, "same_top": True}}))
        notes = report.notes(run)
        self.assertIn("net: LiteRT: refused", notes)
        self.assertTrue(any("OpenVINO" in note and "9 steps, the greatest one elsewhere" in note for note in notes))
        self.assertFalse(any("qrun" in note for note in notes))


if __name__ == "__main__":
    unittest.main()
