"""ONNX Runtime's quantizer on the same network and calibration images: another way to 8 bits, to compare with."""

import logging

import numpy as np
import onnx
from onnx import numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process


class _Images(CalibrationDataReader):
    def __init__(self, images):
        self._inputs = ({"image": image[None]} for image in images)

    def get_next(self):
        return next(self._inputs, None)


def quantize(source, images, target):
    """Writes target, a QDQ model: int8, weights per channel, ranges from the extremes; batch normalizations folded first.

    Returns how many channels' biases had to be moved.
    """
    folded = target.with_name(target.stem + "_folded.onnx")
    logging.disable(logging.WARNING)  # advice to do what is done here
    quant_pre_process(source, folded, skip_symbolic_shape=True)
    quantize_static(folded, target, _Images(images), quant_format=QuantFormat.QDQ, per_channel=True,
                    activation_type=QuantType.QInt8, weight_type=QuantType.QInt8)
    logging.disable(logging.NOTSET)
    folded.unlink()
    model = onnx.load(target)
    moved = _leave_room(model)
    onnx.save(model, target)
    return moved


def _leave_room(model):
    """Moves biases of nearly 2^31 towards zero, until no sum leaves 32 bits. Returns how many.

    A channel whose weights are all nearly zero (1e-7 here) gets so small a scale that its bias just fits into 32 bits, and
    the weights' products are then too much. They are less than 1/20 of a step of the output, and here the bias is
    so negative that the ReLU6 behind gives 0 with them and without.
    """
    constants = {tensor.name: tensor for tensor in model.graph.initializer}
    writers = {node.output[0]: node for node in model.graph.node}
    moved = 0
    for node in model.graph.node:
        if node.op_type not in ("Conv", "Gemm"):
            continue
        weights, bias = (constants[writers[name].input[0]] for name in node.input[1:3])
        steps = np.abs(numpy_helper.to_array(weights).astype(np.int64))
        room = 2**31 - 1 - 256 * steps.reshape(len(steps), -1).sum(axis=1)  # 256: an activation less its zero point
        before = numpy_helper.to_array(bias)
        after = np.clip(before, -room, room).astype(np.int32)
        moved += int((before != after).sum())
        bias.CopyFrom(numpy_helper.from_array(after, bias.name))
    return moved
