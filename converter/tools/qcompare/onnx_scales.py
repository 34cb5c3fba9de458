"""Scale and zero point of ONNX's 8-bit tensors, which stand beside the operators that write or read them."""

from onnx import numpy_helper

# Where an operator's inputs have the scale of what it writes; the zero point is the next.
OUTPUT_SCALE = {"QuantizeLinear": 1, "QLinearConv": 6, "QLinearMatMul": 6, "QLinearAdd": 6, "QLinearMul": 6,
                "QLinearAveragePool": 3, "QLinearGlobalAveragePool": 3, "QLinearLeakyRelu": 3, "QLinearSigmoid": 3,
                "QLinearSoftmax": 3, "QLinearReduceMean": 3, "QLinearConcat": 0, "QLinearWhere": 7, "QGemm": 7}


def find(graph):
    """{tensor: (scale, zero point)}. Where an operator tells nothing it is taken to move its first input's values; that
    is true of 8-bit outputs, of others the entry means nothing."""
    constants = {initializer.name: initializer for initializer in graph.initializer}
    constants.update((node.output[0], attribute.t) for node in graph.node if node.op_type == "Constant"
                     for attribute in node.attribute if attribute.name == "value")
    scales = {}
    for node in graph.node:  # what readers say, where writers do not: of graph inputs above all
        if node.op_type == "DequantizeLinear":
            _note(scales, node.input[0], _parameters(node, 1, constants))
    for node in graph.node:
        if node.op_type in OUTPUT_SCALE:
            _note(scales, node.output[0], _parameters(node, OUTPUT_SCALE[node.op_type], constants))
        elif node.input and node.output:
            scales.setdefault(node.output[0], scales.get(node.input[0]))
    return {name: parameters for name, parameters in scales.items() if parameters}


def _note(scales, name, parameters):
    if parameters:
        scales[name] = parameters


def _parameters(node, place, constants):
    """(scale, zero point), or None where they are computed or one per channel."""
    names = [*node.input[place:place + 2], ""][:2]
    values = [numpy_helper.to_array(constants[name]) if name in constants else None for name in names]
    if values[0] is None or values[0].size != 1:
        return None
    return float(values[0].item()), int(values[1].item()) if values[1] is not None else 0
