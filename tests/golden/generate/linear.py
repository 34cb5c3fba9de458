"""Cases of CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED."""

import numpy as np

from arithmetic import check_thresholds, double_product, float_product
from case import Case, generator, random_scale, random_zero_point
from network import ACTIVATIONS, LIMITS, PADDINGS, Network
from reference import Reference, extreme_inputs, random_inputs, zero_inputs

CONV, DEPTHWISE, DENSE = "CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"


def output_size(size, kernel, stride, dilation, padding):
    reach = (kernel - 1) * dilation + 1
    return -(-size // stride) if padding == "SAME" else (size - reach) // stride + 1


def random_weight_scale(rng, input_scale):
    """One whose product with the input's scale changes noticeably when it is rounded to float."""
    while True:
        scale = float(np.float32(random_scale(rng) / 10))
        if abs(float_product(input_scale, scale, 1) / double_product(input_scale, scale, 1) - 1) > 2e-8:
            return scale


class Layer:
    """Random weights, biases and scales of a linear operator on `x`, a tensor of the network.

    weights: OHWI, 1HWO or [outputs, inputs]. multiplier: the real rescale, by default one whose results fill the
    output's range. weight_limit: weights are in [-weight_limit, weight_limit], 128 meaning every one is -128 or 127.
    thresholds: every bias lies next to a point where the result rounds the other way.
    """

    def __init__(self, rng, x, code, weights, per_channel=None, weight_zero_point=None, weight_limit=127,
                 multiplier=None, output_zero_point=None, spread=0.5, thresholds=False):
        self.dtype, self.channels_axis = x.dtype, 3 if code == DEPTHWISE else 0
        self.count = weights[self.channels_axis]
        depth = int(np.prod(weights)) // self.count
        per_channel = x.dtype == "int8" if per_channel is None else per_channel
        input_scale = x.scale[0]
        self.product = double_product if x.dtype == "int8" and (per_channel or code != DENSE) else float_product

        weight_scale = random_weight_scale(rng, input_scale)
        scales = weight_scale * (np.exp(rng.normal(0, spread, self.count)) if per_channel else np.ones(1))
        self.weight_scales = scales.astype(np.float32)
        self.weight_zero_point = weight_zero_point
        if weight_zero_point is None:
            self.weight_zero_point = int(rng.integers(90, 160)) if x.dtype == "uint8" else 0
        if weight_limit == 128:
            values = rng.choice([-128, 127], weights)
        else:
            values = rng.integers(-weight_limit, weight_limit, weights, endpoint=True)
        self.weights = np.clip(values + self.weight_zero_point, *LIMITS[x.dtype]).astype(x.dtype)

        multiplier = multiplier or 45 / (74 * max(weight_limit, 2) * 0.58 * np.sqrt(depth))
        self.output_scale = np.float32(input_scale * weight_scale / multiplier)
        self.output_zero_point = output_zero_point
        if output_zero_point is None:
            self.output_zero_point = sum(LIMITS[x.dtype]) // 2 if thresholds else random_zero_point(rng, x.dtype)

        multipliers = [self.product(input_scale, scale, self.output_scale) for scale in self.weight_scales]
        multipliers = np.broadcast_to(multipliers, self.count)
        if thresholds:
            halves = rng.integers(-100, 100, self.count) + 0.5
            biases = np.floor(halves / multipliers) + rng.integers(0, 2, self.count)
        else:
            limit = np.minimum(40 / multipliers, 2**28)
            biases = rng.uniform(-limit, limit)
        self.biases, self.bias_scales = biases.astype(np.int32), input_scale * self.weight_scales


def add_layer(net, x, code, layer, stride=(1, 1), dilation=(1, 1), padding="SAME", activation="NONE", bias=True,
              keep_dims=False):
    """Appends the operator to the network and returns its output."""
    shape, weights = net.tensors[x].shape, layer.weights.shape
    inputs = [x, net.constant(layer.weights, layer.weight_scales, layer.weight_zero_point, layer.channels_axis)]
    if bias:
        inputs.append(net.constant(layer.biases, layer.bias_scales))
    elif code == DENSE:
        inputs.append(-1)  # what TensorFlow's converter writes; a depthwise convolution has two inputs
    fields = {"FusedActivationFunction": ACTIVATIONS[activation]}
    if code == DENSE:
        options, fields["KeepNumDims"] = "FullyConnectedOptions", keep_dims
        rows = shape[:-1] if keep_dims else (int(np.prod(shape)) // weights[1],)
        output_shape = (*rows, layer.count)
    else:
        options = "Conv2DOptions" if code == CONV else "DepthwiseConv2DOptions"
        sizes = [output_size(shape[1 + i], weights[1 + i], stride[i], dilation[i], padding) for i in range(2)]
        output_shape = (shape[0], *sizes, layer.count)
        fields.update(Padding=PADDINGS[padding], StrideH=stride[0], StrideW=stride[1],
                      DilationHFactor=dilation[0], DilationWFactor=dilation[1])
        if code == DEPTHWISE:
            fields["DepthMultiplier"] = layer.count // shape[3]
    y = net.tensor(output_shape, layer.dtype, layer.output_scale, layer.output_zero_point)
    return net.operator(code, inputs, [y], options, **fields)


GEOMETRY = ("stride", "dilation", "padding", "activation", "bias", "keep_dims")


def linear(name, code, shape, weights, dtype="int8", zero_point=None, scale=None, thresholds=False, **options):
    """A case of one operator; `options` are add_layer's and Layer's."""
    rng = generator(name)
    net = Network()
    zero_point = random_zero_point(rng, dtype) if zero_point is None else zero_point
    x = net.input(shape, dtype, scale or random_scale(rng), zero_point)
    geometry = {key: options.pop(key) for key in GEOMETRY if key in options}
    layer = Layer(rng, net.tensors[x], code, weights, thresholds=thresholds, **options)
    net.output(add_layer(net, x, code, layer, **geometry))
    if not thresholds:
        return Case(name, net)
    answer = Reference(net).run(zero_inputs(net, rng))[0].reshape(-1, layer.count)[0]
    check_thresholds(name, answer, layer, net.tensors[x].scale[0])
    return Case(name, net, (zero_inputs, random_inputs, extreme_inputs))


def convolutions():
    def conv(name, shape, weights, **options):
        return linear("conv_" + name, CONV, shape, weights, **options)

    u8 = {"dtype": "uint8"}
    return [
        conv("1x1", (1, 5, 7, 19), (23, 1, 1, 19)),
        conv("1x1_stride2_batch3", (3, 5, 4, 8), (16, 1, 1, 8), stride=(2, 2), padding="VALID", activation="RELU"),
        conv("1x1_one_pixel", (1, 1, 1, 65), (33, 1, 1, 65)),
        conv("3x3_same", (1, 6, 5, 7), (9, 3, 3, 7)),
        conv("3x3_same_relu6", (2, 5, 6, 4), (8, 3, 3, 4), activation="RELU6", multiplier=0.004, scale=0.05),
        conv("3x3_valid_relu", (1, 7, 6, 8), (17, 3, 3, 8), padding="VALID", activation="RELU"),
        conv("3x3_relu_n1_to_1", (1, 5, 5, 3), (4, 3, 3, 3), activation="RELU_N1_TO_1"),
        conv("3x3_stem_stride2", (1, 11, 9, 3), (16, 3, 3, 3), stride=(2, 2), activation="RELU6"),
        conv("stride3x2_valid", (1, 11, 8, 5), (6, 4, 3, 5), stride=(3, 2), padding="VALID"),
        conv("5x5_dilation2", (1, 8, 9, 4), (5, 5, 5, 4), dilation=(2, 2)),
        conv("1x7_dilation1x3_valid", (1, 3, 25, 4), (6, 1, 7, 4), dilation=(1, 3), padding="VALID"),
        conv("10x4_stride2_one_channel", (1, 25, 10, 1), (12, 10, 4, 1), stride=(2, 2), activation="RELU"),
        conv("kernel_larger_than_image", (1, 2, 3, 4), (5, 7, 6, 4)),
        conv("whole_image", (1, 4, 5, 6), (10, 4, 5, 6), padding="VALID"),
        conv("groups2", (1, 5, 4, 10), (6, 3, 3, 5)),
        conv("groups_are_channels", (1, 4, 4, 6), (12, 3, 3, 1)),
        conv("per_tensor", (1, 5, 5, 6), (8, 3, 3, 6), per_channel=False),
        conv("weights_minus128", (1, 4, 4, 16), (16, 2, 2, 16), weight_limit=128),
        conv("zero_point_min", (1, 4, 5, 6), (8, 3, 3, 6), zero_point=-128, output_zero_point=-128),
        conv("zero_point_max", (1, 4, 5, 6), (8, 3, 3, 6), zero_point=127, output_zero_point=127),
        conv("deep", (1, 3, 3, 67), (5, 3, 3, 67)),
        conv("multiplier_above_one", (1, 3, 4, 3), (8, 1, 1, 3), multiplier=1.7, weight_limit=2),
        conv("multiplier_far_above_one", (1, 3, 4, 2), (4, 1, 1, 2), multiplier=40.0, weight_limit=1),
        conv("multiplier_near_one", (1, 3, 4, 3), (8, 1, 1, 3), multiplier=1.0, weight_limit=1, spread=0.02),
        conv("multiplier_tiny", (1, 3, 4, 8), (16, 3, 3, 8), multiplier=2e-6, spread=1.5),
        conv("multiplier_vanishing", (1, 3, 4, 8), (6, 1, 1, 8), multiplier=1e-9, spread=1.5),
        conv("threshold_per_channel", (1, 1, 2, 4), (160, 1, 1, 4), multiplier=3e-7, spread=0.7, thresholds=True),
        conv("threshold_per_tensor", (1, 1, 2, 4), (160, 1, 1, 4), multiplier=8e-8, per_channel=False, thresholds=True),
        conv("uint8_1x1", (1, 5, 6, 21), (18, 1, 1, 21), **u8),
        conv("uint8_3x3_same_relu6", (1, 6, 5, 7), (9, 3, 3, 7), activation="RELU6", **u8),
        conv("uint8_stem_stride2", (1, 9, 11, 3), (8, 3, 3, 3), stride=(2, 2), **u8),
        conv("uint8_valid_batch2", (2, 5, 6, 4), (6, 3, 2, 4), padding="VALID", activation="RELU", **u8),
        conv("uint8_dilation2", (1, 7, 6, 4), (5, 3, 3, 4), dilation=(2, 2), **u8),
        conv("uint8_weight_zero_point_0", (1, 4, 5, 6), (8, 3, 3, 6), weight_zero_point=0, **u8),
        conv("uint8_weight_zero_point_255", (1, 4, 5, 6), (8, 3, 3, 6), weight_zero_point=255, **u8),
        conv("uint8_zero_points_extreme", (1, 4, 5, 6), (8, 3, 3, 6), zero_point=255, output_zero_point=0, **u8),
        conv("uint8_threshold", (1, 1, 2, 4), (200, 1, 1, 4), multiplier=8e-8, thresholds=True, **u8),
    ]


def depthwise_convolutions():
    def depthwise(name, shape, weights, **options):
        return linear("depthwise_" + name, DEPTHWISE, shape, weights, **options)

    u8 = {"dtype": "uint8"}
    return [
        depthwise("3x3_same", (1, 6, 7, 17), (1, 3, 3, 17)),
        depthwise("3x3_stride2_relu6", (1, 7, 6, 32), (1, 3, 3, 32), stride=(2, 2), activation="RELU6"),
        depthwise("3x3_wide_image", (1, 3, 19, 16), (1, 3, 3, 16), activation="RELU"),
        depthwise("5x5_valid", (2, 7, 8, 8), (1, 5, 5, 8), padding="VALID"),
        depthwise("3x1_stride3x1", (1, 10, 3, 5), (1, 3, 1, 5), stride=(3, 1)),
        depthwise("1x1", (1, 4, 3, 9), (1, 1, 1, 9)),
        depthwise("dilation2", (1, 8, 9, 12), (1, 3, 3, 12), dilation=(2, 2)),
        depthwise("multiplier2", (1, 5, 6, 7), (1, 3, 3, 14), activation="RELU"),
        depthwise("multiplier3_valid", (1, 5, 6, 5), (1, 2, 3, 15), padding="VALID"),
        depthwise("multiplier8_one_channel", (1, 13, 10, 1), (1, 10, 8, 8), stride=(2, 2), activation="RELU"),
        depthwise("per_tensor", (1, 5, 5, 8), (1, 3, 3, 8), per_channel=False),
        depthwise("no_bias", (1, 5, 4, 11), (1, 3, 3, 11), bias=False),
        depthwise("weights_minus128", (1, 5, 5, 16), (1, 3, 3, 16), weight_limit=128),
        depthwise("zero_point_min", (1, 5, 4, 20), (1, 3, 3, 20), zero_point=-128, output_zero_point=-128),
        depthwise("zero_point_max", (1, 5, 4, 20), (1, 3, 3, 20), zero_point=127),
        depthwise("kernel_larger_than_image", (1, 2, 2, 6), (1, 5, 7, 6)),
        depthwise("whole_image", (1, 6, 5, 24), (1, 6, 5, 24), padding="VALID"),
        depthwise("multiplier_above_one", (1, 4, 4, 6), (1, 2, 1, 6), multiplier=3.3, weight_limit=1),
        depthwise("multiplier_tiny", (1, 4, 4, 16), (1, 3, 3, 16), multiplier=2e-6, spread=1.5),
        depthwise("threshold_per_channel", (1, 1, 2, 160), (1, 1, 1, 160), multiplier=3e-7, spread=0.7,
                  thresholds=True),
        depthwise("threshold_per_tensor", (1, 1, 2, 160), (1, 1, 1, 160), multiplier=8e-8, per_channel=False,
                  thresholds=True),
        depthwise("uint8_3x3_same", (1, 6, 7, 17), (1, 3, 3, 17), **u8),
        depthwise("uint8_stride2_relu6", (1, 7, 6, 16), (1, 3, 3, 16), stride=(2, 2), activation="RELU6", **u8),
        depthwise("uint8_multiplier4_dilation2", (1, 6, 6, 3), (1, 3, 3, 12), dilation=(2, 2), **u8),
        depthwise("uint8_valid_batch2", (2, 5, 5, 6), (1, 2, 3, 6), padding="VALID", activation="RELU", **u8),
        depthwise("uint8_weight_zero_point_0", (1, 4, 4, 8), (1, 3, 3, 8), weight_zero_point=0, **u8),
        depthwise("uint8_weight_zero_point_255", (1, 4, 4, 8), (1, 3, 3, 8), weight_zero_point=255, **u8),
        depthwise("uint8_threshold", (1, 1, 2, 200), (1, 1, 1, 200), multiplier=8e-8, thresholds=True, **u8),
    ]


def fully_connected():
    def dense(name, shape, weights, **options):
        return linear("dense_" + name, DENSE, shape, weights, **options)

    tensor, u8 = {"per_channel": False}, {"dtype": "uint8"}
    return [
        dense("per_tensor", (1, 64), (12, 64), **tensor),
        dense("per_tensor_batch5_relu", (5, 37), (9, 37), activation="RELU", **tensor),
        dense("per_tensor_weight_zero_point", (3, 33), (10, 33), weight_zero_point=-17, **tensor),
        dense("per_tensor_weight_zero_point_127", (2, 20), (6, 20), weight_zero_point=127, **tensor),
        dense("per_tensor_no_bias", (2, 30), (7, 30), bias=False, **tensor),
        dense("per_tensor_one_input", (6, 1), (5, 1), **tensor),
        dense("per_tensor_one_output", (1, 100), (1, 100), **tensor),
        dense("per_tensor_deep", (1, 515), (6, 515), activation="RELU6", **tensor),
        dense("per_tensor_weights_minus128", (2, 64), (16, 64), weight_limit=128, **tensor),
        dense("per_tensor_multiplier_above_one", (4, 3), (6, 3), multiplier=2.2, weight_limit=2, **tensor),
        dense("per_tensor_multiplier_tiny", (4, 16), (6, 16), multiplier=3e-7, **tensor),
        dense("flattens_4d", (2, 3, 2, 4), (7, 24), **tensor),
        dense("splits_rows", (1, 3, 10), (4, 5), **tensor),
        dense("keep_dims", (2, 3, 14), (5, 14), keep_dims=True, **tensor),
        dense("per_channel", (3, 40), (17, 40)),
        dense("per_channel_relu_n1_to_1", (2, 21), (8, 21), activation="RELU_N1_TO_1"),
        dense("per_channel_multiplier_tiny", (2, 16), (8, 16), multiplier=2e-6, spread=1.5),
        dense("threshold_per_tensor", (2, 4), (200, 4), multiplier=8e-8, thresholds=True, **tensor),
        dense("threshold_per_channel", (2, 4), (160, 4), multiplier=3e-7, spread=0.7, thresholds=True),
        dense("uint8", (1, 64), (12, 64), **u8),
        dense("uint8_batch4_relu", (4, 35), (11, 35), activation="RELU", **u8),
        dense("uint8_zero_points_0", (2, 30), (7, 30), zero_point=0, weight_zero_point=0, **u8),
        dense("uint8_no_bias", (2, 30), (7, 30), bias=False, **u8),
        dense("uint8_threshold", (2, 4), (200, 4), multiplier=8e-8, thresholds=True, **u8),
    ]


def cases():
    return convolutions() + depthwise_convolutions() + fully_connected()
