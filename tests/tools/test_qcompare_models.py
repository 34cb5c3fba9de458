"""qcompare as a command, on real runtimes: the project's example, and small ONNX networks made here."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

try:
    import ai_edge_litert
    import numpy as np
    import onnx
    from onnx import TensorProto, helper, numpy_helper
    from qcompare import qcompare
    if pathlib.Path(sys.prefix) != qcompare.ENVIRONMENT.folder or not qcompare.ENVIRONMENT.is_current:
        raise unittest.SkipTest("this is not the pinned environment; ./dev qcompare makes it")
except ImportError as missing:
    raise unittest.SkipTest(f"{missing.name} is not installed; ./dev qcompare installs it")

DIGITS = qcompare.HERE.parents[2] / "examples" / "digits"


def network(bias, quantized=True):
    """input float -> Conv -> Relu -> Reshape; with QuantizeLinear and DequantizeLinear in between, or all in float."""
    weights = (np.arange(2 * 3 * 3 * 3).reshape(2, 3, 3, 3) % 11 - 5).astype(np.float32) / 8
    constants = {"w": weights, "b": np.array([0.5, bias], np.float32), "s": np.float32(1 / 16), "z": np.int8(-8),
                 "shape": np.array([1, 50])}
    nodes, names = [], {}

    def node(kind, inputs, output, **attributes):
        inputs = [names.get(name, name) for name in inputs]
        nodes.append(helper.make_node(kind, inputs, [output], **attributes))

    def quantize(name):
        if quantized:
            node("QuantizeLinear", [name, "s", "z"], name + "_q")
            node("DequantizeLinear", [name + "_q", "s", "z"], name + "_dq")
            names[name] = name + "_dq"

    quantize("input")
    node("Conv", ["input", "w", "b"], "conv")
    quantize("conv")
    node("Relu", ["conv"], "relu")
    quantize("relu")
    node("Reshape", ["relu", "shape"], "output")
    graph = helper.make_graph(
        nodes, "network", [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", 3, 7, 7])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 50])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


class Command(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def save(self, name, model):
        onnx.save(model, self.folder / name)
        return self.folder / name

    def run_program(self, *arguments):
        program = [sys.executable, "-B", qcompare.HERE / "qcompare.py", "--bin", os.environ["QCOMPARE_BIN"]]
        return subprocess.run([*program, *map(str, arguments)], capture_output=True, text=True)

    def compare(self, status, *arguments):
        finished = self.run_program("--json", *arguments)
        self.assertEqual(finished.returncode, status, finished.stderr)
        return json.loads(finished.stdout)

    def expect_trouble(self, message, *arguments):
        finished = self.run_program(*arguments)
        self.assertEqual((finished.returncode, finished.stdout), (2, ""), finished)
        self.assertRegex(finished.stderr, r"\Aqcompare: [^\n]+\n\Z")
        self.assertIn(message, finished.stderr)


class Tflite(Command):
    def test_is_its_qfb(self):
        found = self.compare(0, "--convert", DIGITS / "digits.tflite", DIGITS / "test_images.bin", "--threads", 2)
        self.assertEqual((found["samples"], found["outputs"]), (360, {"max": 0, "same_arg_max": 360, "agree": True}))
        self.assertGreater(len(found["tensors"]), 8)
        self.assertIsNone(found["first_difference"])

    def test_options_reach_qrun(self):
        self.compare(0, "--convert", DIGITS / "digits.tflite", "--random", 3, "--isa", "reference")
        self.expect_trouble("qrun: ", "--convert", DIGITS / "digits.tflite", "--random", 3, "--isa", "none")

    def test_wrong_data(self):
        (self.folder / "x").write_bytes(bytes(65))
        self.expect_trouble("has 65 bytes, A's input 'serving_default_image:0' int8[1,8,8,1] needs 64 or a multiple",
                            "--convert", DIGITS / "digits.tflite", self.folder / "x")

    def test_no_model(self):
        for name in ("m.tflite", "m.onnx", "m.qfb"):
            (self.folder / name).write_bytes(b"no model")
            self.expect_trouble("", self.folder / name, DIGITS / "digits.tflite", "--random", 1)

    def test_no_programs(self):
        self.expect_trouble("build it with ./dev build, or give its folder with --bin", "--convert",
                            DIGITS / "digits.tflite", "--random", 1, "--bin", self.folder)


class Onnx(Command):
    def test_is_itself(self):
        model = self.save("a.onnx", network(0.25))
        found = self.compare(0, model, model, "--random", 5)
        self.assertEqual([row["name"] for row in found["tensors"]], ["input", "conv", "relu", "output"])
        self.assertEqual([row["scale"] for row in found["tensors"]], [1 / 16] * 3 + [None])
        self.assertEqual(found["only_in_a"], [])

    def test_where_it_first_differs(self):
        a, b = self.save("a.onnx", network(0.25)), self.save("b.onnx", network(0.5))
        found = self.compare(1, a, b, "--random", 2)
        first = found["first_difference"]
        self.assertEqual((first["name"], first["sample"], first["index"][:2]), ("conv", 0, [0, 1]))
        self.assertEqual((first["operator_in_a"], first["steps"]), ("Conv+QuantizeLinear", 4))
        self.compare(0, a, b, "--random", 2, "--tolerance", found["outputs"]["max"])

    def test_a_float_network_against_its_quantized_one(self):
        a, b = self.save("a.onnx", network(0.25, quantized=False)), self.save("b.onnx", network(0.25))
        found = self.compare(1, a, b, "--random", 9)
        self.assertEqual([row["name"] for row in found["tensors"]], ["input", "conv", "relu", "output"])
        self.assertEqual([row["unit"] for row in found["tensors"]], ["scale"] * 3 + ["float"])
        self.assertGreater(min(row["sqnr_db"] for row in found["tensors"]), 20)


if __name__ == "__main__":
    unittest.main()
