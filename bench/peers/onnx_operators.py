"""How each TensorFlow Lite operator is written in ONNX: one handler an operator, called by tflite_to_onnx.py.

A handler reads the dequantized names of its inputs from the exporter, appends nodes, and ends with exporter.quantize() or
alias(). Four-dimensional tensors that a convolution or pool touches are NCHW in the twin; weights are permuted here.
"""

import numpy as np
from ai_edge_litert import schema_py_generated as schema

NCHW = (0, 3, 1, 2)


def conv(exporter, operator):
    filters = operator.inputs[1]  # OHWI
    groups = operator.inputs[0].shape[3] // filters.shape[3]
    _convolve(exporter, operator, filters.data.transpose(0, 3, 1, 2), groups)


def depthwise_conv(exporter, operator):
    filters = operator.inputs[1]  # 1HWO
    _convolve(exporter, operator, filters.data.transpose(3, 0, 1, 2), operator.inputs[0].shape[3])


def _convolve(exporter, operator, filters, groups):
    """`filters` is OIHW, as ONNX wants it."""
    source, weights, bias = operator.inputs
    options = operator.options
    kernel = filters.shape[2:]
    dilations = (options.dilationHFactor, options.dilationWFactor)
    pads = _pads(exporter, operator, kernel, dilations)
    filters, scale = exporter.weights(weights, filters, 0)
    inputs = [exporter.names[source], filters]
    if bias is not None:
        inputs.append(exporter.bias(bias, source.scale * scale))
    name = exporter.node("Conv", inputs, kernel_shape=kernel, strides=(options.strideH, options.strideW),
                         dilations=dilations, pads=pads, group=groups)
    exporter.quantize(name, operator.outputs[0], operator.limits(), NCHW)


def _pads(exporter, operator, kernel, dilations=(1, 1)):
    """(top, left, bottom, right), a folded PAD's included; the odd row or column of SAME goes after."""
    options, shape = operator.options, operator.inputs[0].shape
    if operator.options.padding == schema.Padding.VALID:
        return exporter.padding.get(operator.inputs[0], (0, 0, 0, 0))
    before, after = [], []
    for extent, size, stride, dilation in zip(shape[1:3], kernel, (options.strideH, options.strideW), dilations):
        total = max(0, ((extent + stride - 1) // stride - 1) * stride + (size - 1) * dilation + 1 - extent)
        before.append(total // 2)
        after.append(total - total // 2)
    return tuple(before + after)


def fully_connected(exporter, operator):
    source, weights, bias = operator.inputs
    rows, columns = weights.shape
    matrix = weights.data
    image = exporter.image_of(source)
    if image is not None:  # the file's columns are in NHWC order
        matrix = matrix.reshape(rows, *image).transpose(0, 3, 1, 2).reshape(rows, columns)
    name = exporter.names[source]
    if len(source.shape) != 2:
        name = _reshape(exporter, name, (-1, columns), operator)
    matrix, scale = exporter.weights(weights, matrix, 0)
    inputs = [name, matrix]
    if bias is not None:
        inputs.append(exporter.bias(bias, source.scale * scale))
    exporter.quantize(exporter.node("Gemm", inputs, transB=1), operator.outputs[0], operator.limits())


def add(exporter, operator):
    first, second = operator.inputs
    if first.shape != second.shape or exporter.orders[first] != exporter.orders[second]:
        raise NotImplementedError("ADD with broadcasting")
    name = exporter.node("Add", [exporter.names[first], exporter.names[second]])
    exporter.quantize(name, operator.outputs[0], operator.limits(), exporter.orders[first])


def average_pool(exporter, operator):
    _pool(exporter, operator, "AveragePool", count_include_pad=0)


def max_pool(exporter, operator):
    _pool(exporter, operator, "MaxPool")


def _pool(exporter, operator, onnx_type, **attributes):
    source, options = operator.inputs[0], operator.options
    kernel = (options.filterHeight, options.filterWidth)
    name = exporter.names[source]
    if onnx_type == "AveragePool" and kernel == source.shape[1:3] and operator.outputs[0].shape[1:3] == (1, 1):
        name = exporter.node("GlobalAveragePool", [name])
    else:
        name = exporter.node(onnx_type, [name], kernel_shape=kernel, strides=(options.strideH, options.strideW),
                             pads=_pads(exporter, operator, kernel), **attributes)
    exporter.quantize(name, operator.outputs[0], operator.limits(), NCHW)


def mean(exporter, operator):
    source, axes = operator.inputs
    output = operator.outputs[0]
    if sorted(axes.data.reshape(-1).tolist()) != [1, 2] or exporter.orders[source] != NCHW:
        raise NotImplementedError("MEAN over other axes than height and width")
    name = exporter.node("GlobalAveragePool", [exporter.names[source]])
    if operator.options.keepDims:
        exporter.quantize(name, output, order=NCHW)
    else:
        exporter.quantize(name, output)
        exporter.quantize(_reshape(exporter, exporter.names[output], output.shape, operator), output)


def softmax(exporter, operator):
    if operator.options.beta != 1:
        raise NotImplementedError("SOFTMAX with beta")
    exporter.quantize(exporter.node("Softmax", [exporter.names[operator.inputs[0]]], axis=-1), operator.outputs[0])


def reshape(exporter, operator):
    source, output = operator.inputs[0], operator.outputs[0]
    name, order, shape = exporter.names[source], exporter.orders[source], output.shape
    if order == NCHW and _reorders(source.shape):
        if all(consumer.type == "FULLY_CONNECTED" for consumer in exporter.graph.consumers(output)) and len(shape) == 2 \
                and output not in exporter.graph.outputs:
            exporter.flattened[output] = source.shape[1:]
        else:
            name = exporter.node("Transpose", [name], perm=(0, 2, 3, 1))
    if len(shape) != 4:
        exporter.quantize(_reshape(exporter, name, shape, operator), output)
    elif _reorders(shape):
        name = _reshape(exporter, name, shape, operator)
        exporter.quantize(exporter.node("Transpose", [name], perm=NCHW), output, order=NCHW)
    else:
        exporter.quantize(_reshape(exporter, name, [shape[axis] for axis in NCHW], operator), output, order=NCHW)


def _reorders(shape):
    """Whether NHWC and NCHW of this shape differ in memory."""
    return shape[1] * shape[2] > 1 and shape[3] > 1


def _reshape(exporter, name, shape, operator):
    extents = exporter.constant(f"shape_{operator.outputs[0].index}", np.array(shape, np.int64))
    return exporter.node("Reshape", [name, extents])


def pad(exporter, operator):
    source, amounts = operator.inputs[:2]
    output = operator.outputs[0]
    amounts = amounts.data.reshape(-1, 2)
    if (amounts[[0, 3]] == 0).all() and all(_takes_padding(consumer) for consumer in exporter.graph.consumers(output)):
        exporter.alias(output, source)
        (top, bottom), (left, right) = amounts[1:3].tolist()
        exporter.padding[output] = (top, left, bottom, right)
        return
    ordered = amounts[list(exporter.orders[source])]
    extents = exporter.constant(f"pads_{output.index}", ordered.T.reshape(-1).astype(np.int64))
    exporter.quantize(exporter.node("Pad", [exporter.names[source], extents]), output, order=exporter.orders[source])


def _takes_padding(operator):
    return operator.type in ("CONV_2D", "DEPTHWISE_CONV_2D") and operator.options.padding == schema.Padding.VALID


def transpose(exporter, operator):
    source, axes = operator.inputs
    output = operator.outputs[0]
    axes = axes.data.reshape(-1).tolist()
    held = exporter.orders[source]
    wanted = NCHW if len(axes) == 4 else tuple(range(len(axes)))
    axes = [axes[axis] for axis in wanted]  # of the source, in the order wanted
    if tuple(axes) == held:
        exporter.alias(output, source, wanted)
    else:
        name = exporter.node("Transpose", [exporter.names[source]], perm=[held.index(axis) for axis in axes])
        exporter.quantize(name, output, order=wanted)


def quantize(exporter, operator):
    source, output = operator.inputs[0], operator.outputs[0]
    if exporter.same_quantization(source, output):
        exporter.alias(output, source)
    else:
        exporter.quantize(exporter.names[source], output, order=exporter.orders[source])


HANDLERS = {
    "ADD": add, "AVERAGE_POOL_2D": average_pool, "CONV_2D": conv, "DEPTHWISE_CONV_2D": depthwise_conv,
    "FULLY_CONNECTED": fully_connected, "MAX_POOL_2D": max_pool, "MEAN": mean, "PAD": pad, "QUANTIZE": quantize,
    "RESHAPE": reshape, "SOFTMAX": softmax, "TRANSPOSE": transpose,
}
