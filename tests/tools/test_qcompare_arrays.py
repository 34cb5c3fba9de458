"""qcompare's arithmetic: steps, statistics, conversion of samples, and whole comparisons of made-up runs."""

import json
import math
import pathlib
import tempfile
import unittest

try:
    import numpy as np
    from qcompare import report
    from qcompare.compare import CHUNK, Comparer
    from qcompare.differences import Difference, same_greatest
    from qcompare.samples import check_inputs, converted, random_samples, read_samples, samples_for
except ImportError as missing:
    raise unittest.SkipTest(f"{missing.name} is not installed; ./dev qcompare installs it")
from qcompare.tensor import Tensor, Trouble


def q(name="t", shape=(4,), scale=0.5, zero_point=0, dtype="int8", **fields):
    return Tensor(name, shape, dtype, scale, zero_point, **fields)


def f(name="t", shape=(4,), **fields):
    return Tensor(name, shape, "float32", **fields)


def array(tensor, *samples):
    return np.array(samples, tensor.dtype).reshape(-1, *tensor.shape)


class Steps(unittest.TestCase):
    def difference(self, a, a_values, b, b_values, tolerance=0):
        difference = Difference(a, b, tolerance)
        difference.add(0, array(a, a_values), array(b, b_values))
        return difference

    def test_of_equal_scales_are_integers(self):
        d = self.difference(q(), [0, 1, 2, 3], q(), [0, 1, 5, 2])
        self.assertEqual((d.elements, d.differing, d.greatest, d.mean), (4, 2, 3, 1))
        self.assertEqual(d.first, {"sample": 0, "index": [2], "a": 2, "b": 5, "steps": 3})
        self.assertIsNone(d.sqnr_db)

    def test_of_int8_and_uint8_twins_are_without_zero_points(self):
        d = self.difference(q(zero_point=-128), [-128, -1, 0, 127], q(zero_point=0, dtype="uint8"), [0, 127, 128, 255])
        self.assertEqual(d.differing, 0)

    def test_are_as_where_both_are_quantized(self):
        d = self.difference(q(scale=0.5), [1, 2, 3, 4], q(scale=0.25), [2, 4, 7, 9])
        self.assertEqual((d.differing, d.greatest), (1, 1))  # 7 is 3.5 steps, rounded to 4; 9 is 4.5, to 4

    def test_of_a_float_are_the_others_on_either_side(self):
        for a, a_values, b, b_values in ((f(), [0.5, 0.74, 0.76, 99], q(), [1, 1, 1, 127]),
                                         (q(), [1, 1, 1, 127], f(), [0.5, 0.74, 0.76, 99])):
            d = self.difference(a, a_values, b, b_values)
            self.assertEqual((d.differing, d.greatest), (2, 71))  # 99 is 198 steps: it is not clamped
        self.assertEqual(self.difference(f(), [0.5, 1, 1.5, 2], q(), [1, 2, 3, 4]).sqnr_db, None)

    def test_of_two_floats_are_of_the_largest_of_the_sample(self):
        a, b = f(shape=(2,)), f(shape=(2,))
        d = Difference(a, b, 0)
        d.add(0, array(a, [1, -127], [0, 1]), array(b, [3, -127], [0, 1]))
        self.assertEqual((d.differing, d.greatest, d.mean), (1, 2, 0.5))

    def test_of_integers_are_one(self):
        a = q(scale=None, dtype="int64")
        self.assertEqual(self.difference(a, [1, 2, 3, 4], a, [1, 2, 3, 9]).greatest, 5)

    def test_what_is_no_number_differs_from_all_but_itself(self):
        nan, inf = math.nan, math.inf
        self.assertEqual(self.difference(f(), [nan, inf, -inf, 1], f(), [nan, inf, -inf, 1]).differing, 0)
        d = self.difference(f(), [nan, inf, 1, 1], f(), [1, -inf, 1, 1])
        self.assertEqual((d.differing, d.greatest), (2, inf))
        self.assertEqual(self.difference(f(), [nan] * 4, q(), [0] * 4).differing, 4)

    def test_the_tolerance_says_what_differs(self):
        d = self.difference(q(), [0, 0, 0, 0], q(), [0, 1, 2, 3], tolerance=2)
        self.assertEqual((d.differing, d.greatest, d.first["index"]), (1, 3, [3]))

    def test_signal_to_noise(self):
        d = self.difference(f(), [10, 10, 10, 10], q(scale=1), [11, 9, 11, 9])
        self.assertAlmostEqual(d.sqnr_db, 20)

    def test_the_first_is_of_the_first_sample(self):
        d = Difference(q(), q(), 0)
        d.add(0, array(q(), [1, 2, 3, 4]), array(q(), [1, 2, 3, 4]))
        d.add(1, array(q(), [1, 2, 3, 4], [0, 0, 0, 0]), array(q(), [1, 2, 3, 5], [9, 0, 0, 0]))
        self.assertEqual((d.first["sample"], d.first["index"], d.elements, d.differing), (1, [3], 12, 2))

    def test_ties_agree_on_the_greatest(self):
        a, b = np.array([[1, 5, 5], [3, 2, 1], [9, 1, 1]]), np.array([[1, 4, 7], [3, 9, 1], [2, 2, 0]])
        self.assertEqual(same_greatest(a, b).tolist(), [True, False, True])


class Samples(unittest.TestCase):
    def write(self, name, data):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = pathlib.Path(folder.name) / name
        if not isinstance(data, bytes):
            np.save(path, data)
        else:
            path.write_bytes(data)
        return str(path)

    def test_files(self):
        tensor = f("x", (1, 2))
        values = np.arange(6, dtype=np.float32)
        for path in (self.write("x.bin", values.tobytes()), self.write("x.npy", values.reshape(3, 1, 2))):
            self.assertEqual(read_samples([path], [tensor])[0].tolist(), [[[0, 1]], [[2, 3]], [[4, 5]]])

    def test_wrong_files(self):
        x, y = f("x", (1, 2)), q("y", (3,))
        for message, paths, inputs in (
                ("has 9 bytes, A's input 'x' float32[1,2] needs 8 or a multiple", [self.write("x", bytes(9))], [x]),
                ("holds what is no finite number in float32, the type of A's input 'x'", [self.write("x", b"\x80\x7f" * 4)], [x]),
                ("has 0 bytes", [self.write("x", b"")], [x]),
                ("1 data file given, A has 2 inputs; give one for each of: x float32[1,2] (8 bytes), y int8[3] (3 bytes)",
                 ["x"], [x, y]),
                ("holds 1 sample, ", [self.write("x", bytes(16)), self.write("y", bytes(3))], [x, y]),
                ("is no array that numpy reads", [self.write("empty.npy", b"")], [x]),
                ("is float64[2], A's input 'x' needs float32[1,2]", [self.write("x.npy", np.zeros(2))], [x]),
                ("is float32[2, 2, 2], A's", [self.write("x.npy", np.zeros((2, 2, 2), np.float32))], [x])):
            with self.assertRaises(Trouble) as caught:
                read_samples(paths, inputs)
            self.assertIn(message, str(caught.exception))

    def test_random_is_the_same_for_a_seed_and_within_reach(self):
        a, b = f("x", (1000,)), q("x", (1000,), 0.5, -128)
        first, again, other = (random_samples(2, seed, [a], [b])[0] for seed in (1, 1, 2))
        self.assertTrue((first == again).all() and (first != other).any())
        self.assertTrue(0 <= first.min() < 1 and 127 < first.max() <= 127.5)
        codes = random_samples(2, 1, [b], [a])[0]
        self.assertEqual((codes.dtype, codes.min(), codes.max()), (np.int8, -128, 127))

    def test_conversion(self):
        real, int8, uint8 = f("x"), q("x", zero_point=-1), q("x", zero_point=127, dtype="uint8")
        self.assertEqual(converted(array(real, [0.25, 0.75, 99, -99]), real, int8).tolist(), [[-1, 1, 127, -128]])
        self.assertEqual(converted(array(int8, [-1, 0, 1, 127]), int8, real).tolist(), [[0, 0.5, 1, 64]])
        self.assertEqual(converted(array(int8, [-128, 0, 1, 127]), int8, uint8).tolist(), [[0, 128, 129, 255]])
        self.assertEqual(converted(array(uint8, [0, 128, 129, 255]), uint8, int8).tolist(), [[-128, 0, 1, 127]])
        with self.assertRaises(Trouble):
            converted(array(real, [1, 2, 3, 4]), real, q(scale=None))

    def test_axis_orders(self):
        nchw = f("x", (1, 2, 3, 4))
        values = np.arange(48, dtype=np.float32).reshape(2, 1, 2, 3, 4)
        expected = values.transpose(0, 1, 3, 4, 2).tolist()
        for b in (f("x/nhwc", (1, 3, 4, 2)), f("other", (1, 3, 4, 2))):
            there = samples_for([values], [nchw], [b])[0]
            self.assertEqual(there.tolist(), expected)
            self.assertEqual(samples_for([there], [b], [nchw])[0].tolist(), values.tolist())

    def test_the_suffix_tells_what_shapes_do_not(self):
        plain, renamed = f("x", (1, 2, 2, 2)), f("x/nhwc", (1, 2, 2, 2))
        values = np.arange(8, dtype=np.float32).reshape(1, 1, 2, 2, 2)
        self.assertEqual(samples_for([values], [plain], [plain])[0].tolist(), values.tolist())
        self.assertEqual(samples_for([values], [plain], [renamed])[0].tolist(), values.transpose(0, 1, 3, 4, 2).tolist())

    def test_three_axes_may_have_become_four(self):
        values = np.arange(6, dtype=np.float32).reshape(1, 1, 2, 3)
        there = samples_for([values], [f("x", (1, 2, 3))], [f("x/nhwc", (1, 1, 3, 2))])[0]
        self.assertEqual(there.tolist(), [[[[[0, 3], [1, 4], [2, 5]]]]])

    def test_different_inputs(self):
        with self.assertRaises(Trouble):
            samples_for([np.zeros((1, 4), np.float32)], [f("x")], [f("x", (5,))])
        with self.assertRaises(Trouble):
            check_inputs([f("x")], [f("x"), f("y")])


class Made:
    """An engine whose tensors follow from the one input's values by functions."""

    def __init__(self, title, given, *computed):
        self.title, self.inputs, self.computed, self.outputs = title, [given], computed, [computed[-1][0]]

    def run(self, arrays):
        return [(self.inputs[0], arrays[0])] + [
            (tensor, np.asarray(function(arrays[0]), tensor.dtype).reshape(-1, *tensor.shape))
            for tensor, function in self.computed]


class Comparisons(unittest.TestCase):
    MARK = 100  # greater than all others
    X, Y = q("x", (1, 2, 3, 3)), q("y", (1, 2), operator="Mean")
    CONV, CONV_NHWC = q("conv", (1, 2, 3, 3), operator="Conv"), q("conv/nhwc", (1, 3, 3, 2), operator="Conv2D")

    def compare(self, second, last, tolerance=0):
        """A channels-first model against its channels-last form with these functions of the channels-last input."""
        a = Made("A's", self.X, (self.CONV, lambda x: x), (self.Y, lambda x: x.max((3, 4))))
        b = Made("B's", q("x/nhwc", (1, 3, 3, 2)), (self.CONV_NHWC, second), (q("y", (1, 2)), last))
        values = random_samples(CHUNK + 3, 1, [self.X], [self.X])[0] // 2
        values[CHUNK + 1, 0, 0, 2, 1] = self.MARK
        return Comparer(a, b, tolerance).run([values])

    def test_equal_models(self):
        comparison = self.compare(lambda x: x, lambda x: x.max((2, 3)))
        self.assertTrue(comparison.outputs_agree())
        text = report.text(comparison, show_all=True)
        self.assertIn("first difference: none", text)
        self.assertTrue(text.endswith("3 tensors compared, 0 differ; outputs: max 0 steps, arg max agrees on 11 of 11 samples"))
        self.assertNotIn("conv", report.text(comparison, show_all=False))

    def test_where_they_first_differ(self):
        def second(x):
            return x + 7 * (x == self.MARK)
        comparison = self.compare(second, lambda x: x.max((2, 3)) + 1)
        text = report.text(comparison, show_all=False)
        self.assertIn("first difference: tensor 'conv', written by Conv in A, Conv2D in B, "
                      f"sample {CHUNK + 1}, index (0,0,2,1): 100 vs 107, 7 steps", text)
        self.assertIn("3 tensors compared, 2 differ; outputs: max 1 step, arg max agrees on 11 of 11 samples", text)
        self.assertFalse(comparison.outputs_agree())

    def test_tolerance_is_for_outputs(self):
        self.assertTrue(self.compare(lambda x: x + 9, lambda x: x.max((2, 3)) + 2, tolerance=2).outputs_agree())
        self.assertFalse(self.compare(lambda x: x, lambda x: x.max((2, 3)) + 3, tolerance=2).outputs_agree())

    def test_json_has_everything(self):
        comparison = self.compare(lambda x: x, lambda x: x.max((2, 3)) + 1)
        found = json.loads(json.dumps(report.to_json(comparison), allow_nan=False))
        self.assertEqual([row["name"] for row in found["tensors"]], ["x", "conv", "y"])
        self.assertEqual(found["first_difference"]["name"], "y")
        self.assertEqual(found["outputs"], {"max": 1, "same_arg_max": 11, "agree": False})
        self.assertEqual(found["tensors"][1]["name_in_b"], "conv/nhwc")

    def test_other_shapes_are_listed_and_are_no_agreement(self):
        a = Made("A", self.X, (self.Y, lambda x: x.max((3, 4))))
        b = Made("B", self.X, (q("y", (3,)), lambda x: x[:, 0, 0, 0]))
        comparison = Comparer(a, b, 0).run(random_samples(2, 1, [self.X], [self.X]))
        self.assertIn("not comparable: 'y': [1,2] in A, [3] in B", report.text(comparison, False))
        self.assertIn("outputs: none that can be compared", report.text(comparison, False))
        self.assertFalse(comparison.outputs_agree())

    def test_nothing_in_common(self):
        a = Made("A", q("a"), (q("b"), lambda x: x))
        b = Made("B", q("c"), (q("d", (2,)), lambda x: x[:, :2]))
        with self.assertRaises(Trouble):
            Comparer(a, b, 0).run([np.zeros((1, 4), np.int8)])


if __name__ == "__main__":
    unittest.main()
