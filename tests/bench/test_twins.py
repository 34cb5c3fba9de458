"""The generator's networks and their ONNX twins compute the same: LiteRT's reference beside ONNX Runtime."""

import pathlib
import tempfile
import unittest

try:
    import numpy as np
    import onnx
    from peers import engine_litert, engine_onnxruntime, tflite_to_onnx
    from peers.tflite_builder import Builder
    from peers.tflite_graph import read_graph
except ImportError as missing:
    raise unittest.SkipTest(f"{missing.name} is not installed; ./dev bench-peers installs it")


def residual_network(builder):
    x = builder.conv(builder.input((1, 17, 13, 5)), 24, 3, 2)
    y = builder.conv(builder.depthwise(x), 24, relu=False)
    x = builder.max_pool(builder.add(x, y), 3, 2)
    return builder.softmax(builder.fully_connected(builder.mean(x), 10))


class Twins(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, layers):
        builder = Builder()
        source = self.folder / "net.tflite"
        builder.write(source, layers(builder))
        return source

    def both(self, source):
        """uint8 outputs of the reference and of the twin for one random input."""
        graph = read_graph(source)
        image = np.random.default_rng(3).integers(0, 256, graph.inputs[0].shape, np.uint8)
        reference = engine_litert.Engine(str(source), 1, reference=True)
        reference.set_inputs([(image ^ 0x80).tobytes()])
        reference.run(1)
        twin = self.folder / "twin.onnx"
        tflite_to_onnx.export(source, twin, "onnxruntime")
        engine = engine_onnxruntime.Engine(str(twin), 1)
        engine.set_inputs([image.tobytes()])
        engine.run(1)
        flipped = np.frombuffer(reference.outputs()[0], np.uint8) ^ 0x80
        return flipped.astype(int), np.frombuffer(engine.outputs()[0], np.uint8).astype(int)

    def test_a_network_of_every_layer_agrees(self):
        reference, twin = self.both(self.write(residual_network))
        self.assertGreater(np.ptp(reference), 8)  # neither saturated nor vanished
        self.assertEqual(reference.argmax(), twin.argmax())
        self.assertLessEqual(np.abs(reference - twin).max(), 4)

    def test_a_stack_keeps_its_range(self):
        def stack(builder):
            x = builder.input((1, 9, 9, 16))
            for _ in range(8):
                x = builder.depthwise(x)
            return x
        reference, twin = self.both(self.write(stack))
        self.assertGreater(len(np.unique(reference)), 32)
        self.assertLessEqual(np.abs(reference - twin).max(), 8)  # a step or two a layer

    def test_the_twin_is_for_integer_kernels(self):
        source = self.write(residual_network)
        tflite_to_onnx.export(source, self.folder / "twin.onnx", "openvino")
        types = [node.op_type for node in onnx.load(self.folder / "twin.onnx").graph.node]
        self.assertEqual(types.count("Conv"), 3)
        self.assertNotIn("Clip", types)  # saturation does every ReLU here
        self.assertNotIn("Transpose", types)


if __name__ == "__main__":
    unittest.main()
