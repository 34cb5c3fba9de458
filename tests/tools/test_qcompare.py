"""qcompare's parts that need no package: which tensors are held against which, axis orders, usage."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

from qcompare import layout
from qcompare.held import held_as
from qcompare.matching import match, why_not
from qcompare.tensor import Tensor

PROGRAM = pathlib.Path(layout.__file__).with_name("qcompare.py")


def q(name, shape=(1, 4), scale=0.5, dtype="int8", **fields):
    return Tensor(name, shape, dtype, scale, **fields)


def f(name, shape=(1, 4), **fields):
    return Tensor(name, shape, "float32", **fields)


class Layout(unittest.TestCase):
    def test_the_suffix_is_a_converters(self):
        self.assertEqual(layout.source_name("conv1/nhwc"), "conv1")
        self.assertEqual(layout.source_name("nhwc"), "nhwc")
        self.assertEqual(layout.source_shape(q("x/nhwc", (1, 8, 9, 3))), (1, 3, 8, 9))
        self.assertEqual(layout.source_shape(q("x/nhwc", (1, 9, 3))), (1, 3, 9))
        self.assertEqual(layout.source_shape(q("x", (1, 8, 9, 3))), (1, 8, 9, 3))

    def test_the_permutations_are_each_others_inverse(self):
        for rank in (3, 4, 5):
            shape = tuple(range(2, 2 + rank))
            there = layout.permuted(shape, layout.channels_last(rank))
            self.assertEqual(there[-1], shape[1])
            self.assertEqual(layout.permuted(there, layout.channels_first(rank)), shape)

    def test_extents_of_one_do_not_count(self):
        self.assertTrue(layout.agree((1, 3, 1, 7), (3, 7)))
        self.assertFalse(layout.agree((3, 7), (7, 3)))

    def test_twins(self):
        self.assertEqual(layout.twin_permutation((1, 3, 8, 9), (1, 8, 9, 3)), (0, 2, 3, 1))
        self.assertEqual(layout.twin_permutation((1, 8, 9, 3), (1, 3, 8, 9)), (0, 3, 1, 2))
        self.assertIsNone(layout.twin_permutation((1, 3, 8, 9), (1, 9, 8, 3)))
        self.assertIsNone(layout.twin_permutation((3, 4), (4, 3)))


class Held(unittest.TestCase):
    def test_what_is_only_quantized_or_was_dequantized(self):
        operators = [("Conv", ["x", "w"], ["y"]), ("QuantizeLinear", ["y", "s"], ["yq"]),
                     ("DequantizeLinear", ["yq", "s"], ["yd"]), ("Relu", ["yd"], ["z"])]
        self.assertEqual(held_as(operators, ["z"]), {"y": "yq", "yd": "yq"})

    def test_not_what_is_read_in_float_too(self):
        operators = [("QUANTIZE", [1], [2]), ("ADD", [1, 1], [3])]
        self.assertEqual(held_as(operators, [3]), {})
        self.assertEqual(held_as(operators[:1], [1]), {})


class Match(unittest.TestCase):
    def names(self, *arguments):
        return [(pair.name, pair.is_output) for pair in match(*arguments).pairs]

    def test_by_name_in_as_order(self):
        a, b = [q("x"), q("m"), q("only a"), q("y")], [q("m"), q("y"), q("x"), q("only b")]
        matching = match(a, b, ["y"], ["y"])
        self.assertEqual([(pair.a, pair.b, pair.is_output) for pair in matching.pairs],
                         [(0, 2, False), (1, 0, False), (3, 1, True)])
        self.assertEqual((matching.only_a, matching.only_b), (["only a"], ["only b"]))

    def test_the_suffix_is_no_part_of_the_name(self):
        a, b = [q("x", (1, 3, 8, 9)), q("y", (1, 2, 5))], [q("x/nhwc", (1, 8, 9, 3)), q("y/nhwc", (1, 1, 5, 2))]
        self.assertEqual(self.names(a, b, ["y"], ["y/nhwc"]), [("x", False), ("y", True)])

    def test_outputs_pair_by_place(self):
        self.assertEqual(self.names([q("x"), f("y")], [q("x"), q("yq")], ["y"], ["yq"]), [("x", False), ("y ~ yq", True)])

    def test_unless_there_are_fewer(self):
        a, b = [q("x"), q("y"), q("z")], [q("x"), q("z")]
        self.assertEqual(self.names(a, b, ["y", "z"], ["z"]), [("x", False), ("z", True)])

    def test_repeated_names_pair_in_order(self):
        matching = match([q("x"), q("x"), q("y")], [q("x"), q("y"), q("x")], ["y"], ["y"])
        self.assertEqual([(pair.a, pair.b) for pair in matching.pairs], [(0, 0), (1, 2), (2, 1)])

    def test_a_float_tensor_stands_for_the_one_that_holds_it(self):
        a = [f("x"), f("t", held_as="tq"), q("tq"), f("td", held_as="tq")]
        matching = match(a, [f("x"), q("t")], [], [])
        self.assertEqual([(pair.a, pair.b, pair.name) for pair in matching.pairs], [(0, 0, "x"), (2, 1, "t")])
        self.assertEqual((matching.only_a, matching.only_b), ([], []))

    def test_one_row_where_both_hold_it(self):
        model = [f("t", held_as="tq"), q("tq"), f("td", held_as="tq")]
        self.assertEqual(self.names(model, model, ["td"], ["td"]), [("t", True)])

    def test_what_cannot_be_compared_has_a_reason(self):
        matching = match([q("x"), q("y", (1, 6))], [q("x"), q("y", (2, 3))], ["y"], ["y"])
        self.assertEqual(matching.incomparable, [("y", "[1,6] in A, [2,3] in B", True)])
        self.assertEqual(why_not(q("x", scale=None), f("x")), "int8 without a scale in A")
        self.assertEqual(why_not(f("x"), q("x", scale=None)), "int8 without a scale in B")
        self.assertIsNone(why_not(q("x", dtype="uint8"), f("x")))
        self.assertIsNone(why_not(q("x", scale=None, dtype="int64"), q("x", scale=None, dtype="int32")))


class Usage(unittest.TestCase):
    """One line, status 2, before any package is looked for."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def file(self, name):
        (self.folder / name).write_bytes(b"")
        return str(self.folder / name)

    def expect(self, message, *arguments):
        finished = subprocess.run([sys.executable, "-B", PROGRAM, *arguments], capture_output=True, text=True)
        self.assertEqual((finished.returncode, finished.stdout), (2, ""), finished)
        self.assertRegex(finished.stderr, r"\Aqcompare: [^\n]+\n\Z")
        self.assertIn(message, finished.stderr)

    def test_models(self):
        model, data = self.file("m.qfb"), self.file("x")
        self.expect("see qcompare --help")
        self.expect("B is missing; give two models, or --convert", model)
        self.expect("m.txt: is none of .qfb, .tflite, .onnx; give models", "m.txt", model, data)
        self.expect("n.onnx: does not exist; check the path", model, str(self.folder / "n.onnx"), data)
        self.expect("m.qfb: is converted already; give --convert the source", "--convert", model, data)

    def test_data(self):
        model = self.file("m.qfb")
        self.expect("give either DATA, a file for each of A's inputs, or --random N", model, model)
        self.expect("give either DATA", model, model, self.file("x"), "--random", "3")
        self.expect("y: does not exist; check the path", model, model, str(self.folder / "y"))
        self.expect(f"{self.folder}: is no file; check the path", model, model, str(self.folder))

    def test_numbers(self):
        model = self.file("m.qfb")
        self.expect("--random: '0' is no number of at least 1", model, model, "--random", "0")
        self.expect("--threads: 'two' is no number", model, model, "--random", "1", "--threads", "two")
        self.expect("--seed: '-1' is no number of at least 0", model, model, "--random", "1", "--seed", "-1")
        self.expect("--tolerance: 'nan' is no number of at least 0", model, model, "--random", "1", "--tolerance", "nan")


if __name__ == "__main__":
    unittest.main()
