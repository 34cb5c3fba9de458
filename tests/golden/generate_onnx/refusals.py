"""Models that must be refused: NAME.txt is a part of the message, by the names of what is at fault."""

import numpy as np
from onnx import TensorProto, helper, numpy_helper


class Refused:
    """A model of single nodes, unchecked, as a damaged or unsuitable file is. `expected`: a part of the message."""

    def __init__(self, name, expected, opset=13, shape=(1, 3, 4, 5), input_name="input_0"):
        self.name, self.expected, self.opset = "refuse_" + name, expected, opset
        self.inputs = [helper.make_tensor_value_info(input_name, TensorProto.INT8, shape)]
        self.nodes, self.initializers, self.outputs, self.opsets = [], [], [], []
        self.constant("scale", np.float32(0.05))
        self.constant("zero_point", np.int8(3))

    def constant(self, name, array):
        self.initializers.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def node(self, operator, inputs, output, name=None, **attributes):
        self.nodes.append(helper.make_node(operator, inputs, [output], name=name or "node_" + output, **attributes))
        return output

    def dequantize(self, source="input_0", output="real", scale="scale"):
        return self.node("DequantizeLinear", [source, scale, "zero_point"], output)

    def quantize(self, source, output="output_0", scale="scale"):
        self.node("QuantizeLinear", [source, scale, "zero_point"], output)
        self.outputs.append(helper.make_tensor_value_info(output, TensorProto.INT8, None))
        return self

    def model(self):
        graph = helper.make_graph(self.nodes, self.name, self.inputs, self.outputs, self.initializers)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset), *self.opsets], ir_version=8)


def one_node(name, expected, operator, constants=(), opset=13, **attributes):
    """DequantizeLinear, the operator by the name `expected`, QuantizeLinear. constants: name and array."""
    refused = Refused(name, expected, opset)
    inputs = [refused.dequantize(), *(refused.constant(*pair) for pair in constants)]
    return refused.quantize(refused.node(operator, inputs, expected + "_out", expected, **attributes))


def shapes():
    dynamic = Refused("dynamic_shape", "pixels", shape=("N", 3, 4, 5), input_name="pixels")
    dynamic.quantize(dynamic.node("Relu", [dynamic.dequantize("pixels")], "result"))
    zero = Refused("zero_sized", "pixels", shape=(1, 0, 4, 5), input_name="pixels")
    zero.quantize(zero.node("Relu", [zero.dequantize("pixels")], "result"))
    rank = Refused("weights_of_other_channels", "stem_conv")
    rank.constant("weight", np.ones((8, 4, 1, 1), np.int8))
    rank.node("Conv", [rank.dequantize(), rank.dequantize("weight", "real_weight")], "stem_conv_out", "stem_conv")
    return [dynamic, zero, rank.quantize("stem_conv_out")]


def scales():
    result = []
    for name, value in (("infinite", np.inf), ("zero", 0), ("nan", np.nan), ("negative", -0.1)):
        refused = Refused(name + "_scale", "stem_")
        refused.constant("stem_scale", np.float32(value))
        refused.node("QuantizeLinear", [refused.dequantize(), "stem_scale", "zero_point"], "stem_quantized",
                     "stem_quantize")
        result.append(refused.quantize(refused.dequantize("stem_quantized", "again", "stem_scale")))
    return result


def float_models():
    unquantized = Refused("unquantized_between", "stem_conv")
    unquantized.constant("weight", np.ones((8, 3, 1, 1), np.int8))
    y = unquantized.node("Conv", [unquantized.dequantize(), unquantized.dequantize("weight", "real_weight")],
                         "stem_conv_out", "stem_conv")
    y = unquantized.node("HardSwish", [y], "stem_conv_swish", "stem_conv_swish")
    unquantized.quantize(y).opset = 14
    weights = one_node("float_weights", "stem_conv", "Conv", [("stem_conv_weight", np.ones((2, 3, 1, 1), np.float32))])
    products = Refused("matmul_of_activations", "scores", shape=(1, 4, 4))
    products.quantize(products.node("MatMul", [products.dequantize(), "real"], "scores_out", "scores"))
    dynamic = Refused("dynamic_quantize", "stem_")
    names = ["stem_quantized", "stem_scale", "stem_zero_point"]
    dynamic.nodes.append(helper.make_node("DynamicQuantizeLinear", [dynamic.dequantize()], names, name="stem_dynamic"))
    dynamic.outputs.append(helper.make_tensor_value_info(names[0], TensorProto.UINT8, None))
    words = Refused("16_bits", "stem_words", 21)
    words.constant("stem_words_zero", np.int16(0))
    words.node("QuantizeLinear", [words.dequantize(), "scale", "stem_words_zero"], "stem_words", "stem_words_quantize")
    words.node("DequantizeLinear", ["stem_words", "scale", "stem_words_zero"], "result", "stem_words_dequantize")
    return [unquantized, weights, products, dynamic, words.quantize("result")]


def operators():
    recurrent = Refused("lstm", "recurrent", shape=(6, 1, 8))
    weights = [recurrent.constant(name, np.ones((1, 16, depth), np.float32)) for name,
               depth in (("weight", 8), ("recurrence", 4))]
    recurrent.quantize(recurrent.node("LSTM", [recurrent.dequantize(), *weights], "recurrent_out", "recurrent",
                                      hidden_size=4))
    unknown = one_node("unknown_domain", "stem_wobble", "Wobble", domain="example.org")
    unknown.opsets.append(helper.make_opsetid("example.org", 1))
    random = one_node("random", "stem_random", "RandomNormalLike")
    condition = one_node("shape_of_values", "stem_where", "NonZero")
    return [recurrent, unknown, random, condition, one_node("unknown_operator", "stem_wobble", "Wobble"),
            one_node("opset_9", " 9", "Relu", opset=9), one_node("opset_99", " 99", "Relu", opset=99)]


def damaged():
    cyclic = Refused("cycle", "cycle")
    cyclic.node("Add", [cyclic.dequantize(), "stem_b"], "stem_a", "stem_first")
    cyclic.node("Relu", ["stem_a"], "stem_b", "stem_second")
    undefined = one_node("undefined_tensor", "stem_relu", "Relu")
    undefined.nodes[1].input[0] = "stem_relu_missing"
    twice = one_node("two_writers", "stem_relu", "Relu")
    twice.node("Abs", ["real"], "stem_relu_out", "stem_relu_again")
    external = one_node("missing_external_data", "stem_weight", "Mul", [("stem_weight_floats", np.float32([2]))])
    tensor = external.initializers[-1]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="stem_weight.bin")
    short = one_node("short_data", "stem_weight", "Mul", [("stem_weight", np.ones((3, 1, 1), np.float32))])
    short.initializers[-1].raw_data = short.initializers[-1].raw_data[:-1]
    return [cyclic.quantize("stem_b"), undefined, twice, external, short]


def cases():
    return shapes() + scales() + float_models() + operators() + damaged()
