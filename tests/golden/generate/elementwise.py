"""Cases of ADD, SUB, MUL, PRELU, the unary operators, QUANTIZE, SOFTMAX and float edges."""

import numpy as np

from case import Case, generator, random_scale, random_zero_point
from network import ACTIVATIONS, LIMITS, Network
from reference import extreme_inputs, random_inputs, sweep_inputs, zero_inputs


def binary(name, code, shape1, shape2, dtype="int8", activation="NONE", scales=None, zero_points=None, constant=False,
           twice=False, samples=(random_inputs, extreme_inputs)):
    """scales, zero_points: of the two inputs and the output. constant: the second operand is one. twice: x and x."""
    rng = generator(name)
    net = Network()
    s1, s2, s3 = scales or [random_scale(rng, 0.02, 0.06) for _ in range(3)]
    z1, z2, z3 = zero_points or [random_zero_point(rng, dtype) for _ in range(3)]
    if scales is None:  # an output range that the results fill
        s3 = 90 * s1 * s2 if code == "MUL" else 1.4 * max(s1, s2)
    x = net.input(shape1, dtype, s1, z1)
    if twice:
        y = x
    elif constant:
        y = net.constant(rng.integers(*LIMITS[dtype], shape2, endpoint=True).astype(dtype), s2, z2)
    else:
        y = net.input(shape2, dtype, s2, z2)
    result = net.tensor(np.broadcast_shapes(shape1, shape2), dtype, s3, z3, "output")
    options = code.capitalize() + "Options"
    net.operator(code, [x, y], [result], options, FusedActivationFunction=ACTIVATIONS[activation])
    return Case(name, net.output(result), samples)


def binaries():
    pairs = (64, 1), (1, 64)  # every pair of 64 values each
    one = (random_inputs,)
    result = []
    for code in ("ADD", "SUB", "MUL"):
        def case(name, shape1, shape2=None, code=code, **options):
            result.append(binary(f"{code.lower()}_{name}", code, shape1, shape2 or shape1, **options))

        case("same_shape", (1, 4, 5, 7))
        case("pairs", *pairs, samples=one)
        case("relu", (2, 3, 4, 5), activation="RELU")
        case("relu6", (1, 3, 4, 9), activation="RELU6", scales=(0.05, 0.04, 0.06))
        case("relu_n1_to_1", (60,), activation="RELU_N1_TO_1")
        case("scalar", (1, 5, 4, 6), (1,))
        case("constant_channels", (1, 5, 4, 6), (6,), constant=True)
        case("constant_first_is_smaller", (1, 1, 1, 5), (2, 3, 4, 5), constant=True)
        case("broadcast_both", (3, 1, 5), (1, 4, 1))
        case("broadcast_outer", (1, 6, 4), (5, 6, 4))
        case("broadcast_middle", (2, 3, 4, 5), (2, 1, 1, 5))
        case("uint8", (1, 4, 5, 7), dtype="uint8")
        case("uint8_broadcast_relu", (1, 4, 5, 7), (1, 1, 1, 7), dtype="uint8", activation="RELU")
        case("uint8_pairs", *pairs, dtype="uint8", samples=one)
        case("zero_points_extreme", (200,), zero_points=(-128, 127, {"ADD": 0, "SUB": -128, "MUL": 127}[code]))
        case("with_itself", (1, 4, 4, 4), twice=True)
    result += [
        binary("add_far_scales", "ADD", (300,), (300,), scales=(0.5, 0.0007, 0.6)),
        binary("add_output_multiplier_near_one", "ADD", *pairs, samples=one, scales=(0.02, 0.03, 0.03000001)),
        binary("sub_output_multiplier_near_one", "SUB", *pairs, samples=one, scales=(0.04, 0.04, 7.7e-8)),
        binary("add_equal_scales", "ADD", *pairs, samples=one, scales=(0.025, 0.025, 0.05), zero_points=(3, -5, 0)),
        binary("mul_multiplier_above_one", "MUL", *pairs, samples=one, scales=(1.3, 1.1, 0.4)),
        binary("mul_multiplier_tiny", "MUL", *pairs, samples=one, scales=(0.01, 0.01, 1.0)),
    ]
    return result


def unary(name, code, dtype="int8", scales=None, zero_points=None, options=None, output_dtype=None, shape=(1, 256),
          **fields):
    """All 256 values."""
    rng = generator(name)
    net = Network()
    output_dtype = output_dtype or dtype
    s_in, s_out = scales or (random_scale(rng), random_scale(rng))
    z_in, z_out = zero_points or (random_zero_point(rng, dtype), random_zero_point(rng, output_dtype))
    x = net.input(shape, dtype, s_in, z_in)
    y = net.tensor(shape, output_dtype, s_out, z_out, "output")
    net.operator(code, [x], [y], options, **fields)
    return Case(name, net.output(y), (sweep_inputs,))


def relu_family():
    result = []
    for code in ("RELU", "RELU6", "RELU_N1_TO_1", "RELU_0_TO_1"):
        name = code.lower()
        result += [
            unary(name, code, scales=(0.05, 0.04)),
            unary(name + "_equal_scales", code, scales=(0.05, 0.05), zero_points=(-20, -20)),
            unary(name + "_multiplier_above_one", code, scales=(0.08, 0.013), zero_points=(5, -100)),
            unary(name + "_uint8", code, "uint8", scales=(0.06, 0.05)),
        ]
    for name, alpha in (("small", 0.01), ("0.3", 0.3), ("negative", -0.25), ("above_one", 1.9)):
        result.append(unary(f"leaky_relu_alpha_{name}", "LEAKY_RELU", options="LeakyReluOptions", Alpha=alpha))
    result += [
        unary("leaky_relu_multiplier_above_one", "LEAKY_RELU", scales=(0.09, 0.02),
              options="LeakyReluOptions", Alpha=0.1),
        unary("leaky_relu_uint8", "LEAKY_RELU", "uint8", options="LeakyReluOptions", Alpha=0.2),
        unary("leaky_relu_equal_scales", "LEAKY_RELU", scales=(0.1, 0.1), zero_points=(10, 10),
              options="LeakyReluOptions", Alpha=0.125),
    ]
    return result


def smooth_unaries():
    result = []
    for name, scale in (("fine", 0.004), ("medium", 0.05), ("coarse", 0.4)):
        z = {"fine": 0, "medium": 37, "coarse": -128}[name]
        result += [
            unary(f"logistic_{name}", "LOGISTIC", scales=(scale, 1 / 256), zero_points=(z, -128)),
            unary(f"logistic_{name}_uint8", "LOGISTIC", "uint8", scales=(scale, 1 / 256), zero_points=(z + 128, 0)),
            unary(f"tanh_{name}", "TANH", scales=(scale, 1 / 128), zero_points=(z, 0)),
            unary(f"tanh_{name}_uint8", "TANH", "uint8", scales=(scale, 1 / 128), zero_points=(z + 128, 128)),
            unary(f"hard_swish_{name}", "HARD_SWISH", scales=(scale, scale * 1.1), zero_points=(z, -90)),
            unary(f"hard_swish_{name}_uint8", "HARD_SWISH", "uint8", scales=(scale, scale * 1.1),
                  zero_points=(z + 128, 20)),
        ]
    return result + [
        unary("abs", "ABS", scales=(0.05, 0.03), zero_points=(12, -100)),
        unary("abs_equal_scales", "ABS", scales=(0.05, 0.05), zero_points=(-128, -128)),
        unary("abs_other_zero_point", "ABS", scales=(0.02, 0.02), zero_points=(-7, 9)),
        unary("exp", "EXP", scales=(0.02, 0.05), zero_points=(0, -128)),
        unary("log", "LOG", scales=(0.05, 0.03), zero_points=(-128, 0)),
        unary("gelu", "GELU", scales=(0.03, 0.027), zero_points=(4, -90), options="GeluOptions"),
        unary("gelu_approximate", "GELU", scales=(0.03, 0.027), zero_points=(4, -90), options="GeluOptions",
              Approximate=True),
        unary("gelu_uint8", "GELU", "uint8", scales=(0.05, 0.03), zero_points=(120, 10), options="GeluOptions"),
        unary("hard_swish_output_scale_equal", "HARD_SWISH", scales=(0.047, 0.047), zero_points=(-10, -10)),
        unary("hard_swish_output_scale_wide", "HARD_SWISH", scales=(0.03, 0.9), zero_points=(-4, 3)),
        unary("hard_swish_saturates", "HARD_SWISH", scales=(2.0, 2.0), zero_points=(0, 0)),
    ]


def requantizations():
    i8, u8 = "int8", "uint8"
    table = [
        ("int8_to_int8", i8, i8, (0.05, 0.03), None), ("int8_to_uint8", i8, u8, (0.05, 0.031), None),
        ("uint8_to_int8", u8, i8, (0.021, 0.03), None), ("uint8_to_uint8", u8, u8, (0.05, 0.07), None),
        ("flip_to_int8", u8, i8, (0.02, 0.02), (128, 0)), ("flip_to_uint8", i8, u8, (0.02, 0.02), (-7, 121)),
        ("same_scale_other_zero_point", i8, i8, (0.02, 0.02), (11, -3)), ("up_far", i8, i8, (0.9, 0.003), None),
        ("down_far", u8, u8, (0.001, 0.02), None), ("halves", i8, i8, (0.5, 1.0), (0, 0)),
    ]
    return [unary("quantize_" + name, "QUANTIZE", dtype, scales, zero_points, output_dtype=output)
            for name, dtype, output, scales, zero_points in table]


def prelu(name, shape, alpha_shape, dtype="int8", scales=None):
    rng = generator(name)
    net = Network()
    s_in, s_alpha, s_out = scales or (random_scale(rng), random_scale(rng, 0.001, 0.01), random_scale(rng))
    x = net.input(shape, dtype, s_in, random_zero_point(rng, dtype))
    alpha = net.constant(rng.integers(*LIMITS[dtype], alpha_shape, endpoint=True).astype(dtype), s_alpha,
                         random_zero_point(rng, dtype))
    y = net.tensor(shape, dtype, s_out, random_zero_point(rng, dtype), "output")
    net.operator("PRELU", [x, alpha], [y])
    return Case(name, net.output(y), (sweep_inputs, random_inputs, extreme_inputs))


def prelus():
    return [
        prelu("prelu_per_channel", (1, 6, 7, 9), (1, 1, 9)),
        prelu("prelu_scalar", (1, 4, 8, 16), (1,)),
        prelu("prelu_full", (1, 4, 5, 6), (4, 5, 6)),
        prelu("prelu_rows", (2, 5, 4, 6), (5, 1, 1)),
        prelu("prelu_multiplier_above_one", (1, 4, 8, 8), (1, 1, 8), scales=(0.07, 0.01, 0.02)),
        prelu("prelu_uint8", (1, 6, 7, 9), (1, 1, 9), dtype="uint8"),
    ]


def softmax(name, shape, scale, beta=1.0, dtype="int8", samples=(sweep_inputs, random_inputs, extreme_inputs),
            expected=None):
    net = Network()
    low = LIMITS[dtype][0]
    x = net.input(shape, dtype, scale, low + 50)
    y = net.tensor(shape, dtype, 1 / 256, low, "output")
    net.operator("SOFTMAX", [x], [y], "SoftmaxOptions", Beta=beta)
    return Case(name, net.output(y), samples, expected)


def softmaxes():
    return [
        softmax("softmax_10_classes", (1, 10), 0.1),
        softmax("softmax_batch", (6, 37), 0.07),
        softmax("softmax_fine_scale", (3, 64), 0.003),
        softmax("softmax_coarse_scale", (3, 64), 0.8),
        softmax("softmax_4d", (2, 3, 2, 21), 0.11),
        softmax("softmax_beta_quarter", (4, 33), 0.2, 0.25),
        softmax("softmax_beta_3.7", (4, 33), 0.05, 3.7),
        softmax("softmax_one_class", (3, 1), 0.1),
        softmax("softmax_two_classes", (128, 2), 0.06),
        softmax("softmax_256_values", (1, 256), 0.03),
        softmax("softmax_uint8", (5, 30), 0.09, dtype="uint8"),
        softmax("softmax_uint8_beta_2", (5, 30), 0.02, 2.0, "uint8"),
        # 511 equal scores are the most that the reference takes; with 512 it aborts, and the contract says: all least.
        softmax("softmax_511_equal", (1, 511), 0.1, samples=(zero_inputs,)),
        softmax("softmax_512_equal", (1, 512), 0.1, samples=(zero_inputs,),
                expected=lambda inputs: [np.full((1, 512), -128, np.int8)]),
    ]


def float_edges():
    """float -> QUANTIZE -> operator -> DEQUANTIZE -> float: the converted model starts and ends with the integers."""
    result = []
    for dtype in ("int8", "uint8"):
        net = Network()
        x = net.input((1, 6, 6, 2), "float32")
        z = 0 if dtype == "int8" else 128
        q = net.tensor((1, 6, 6, 2), dtype, 0.013, z - 5, "quantized")
        r = net.tensor((1, 6, 6, 2), dtype, 0.02, z + 40, "rectified")
        y = net.tensor((1, 6, 6, 2), "float32", name="output")
        net.operator("QUANTIZE", [x], [q])
        net.operator("RELU", [q], [r])
        net.operator("DEQUANTIZE", [r], [y])
        result.append(Case(f"float_edges_{dtype}", net.output(y), edges=([q], [r])))
    return result


def cases():
    return (binaries() + relu_family() + smooth_unaries() + requantizations() + prelus() + softmaxes() + float_edges())
