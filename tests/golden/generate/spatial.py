"""Cases of pools, resizes, MEAN, SUM and ARG_MAX."""

import numpy as np

from case import Case, generator, random_scale, random_zero_point
from linear import output_size
from network import ACTIVATIONS, PADDINGS, Network
from reference import Reference, extreme_inputs, random_inputs


def flipped(data):
    """int8 <-> uint8: the same numbers 128 apart."""
    other = np.int8 if data.dtype == np.uint8 else np.uint8
    return (data.view(np.uint8) ^ np.uint8(0x80)).view(other)


def from_twin(make, *arguments, **options):
    """The answers of the same case in the other 8-bit type: there the reference computes what the contract says."""
    twin = Reference(make(*arguments, **options).network)
    return lambda inputs: [flipped(data) for data in twin.run([flipped(data) for data in inputs])]


def pool(name, code, shape, kernel, stride=(1, 1), padding="VALID", activation="NONE", dtype="int8", scale=None,
         zero_point=None):
    rng = generator(name)
    net = Network()
    scale = scale or random_scale(rng)
    zero_point = random_zero_point(rng, dtype) if zero_point is None else zero_point
    sizes = [output_size(shape[1 + i], kernel[i], stride[i], 1, padding) for i in range(2)]
    x = net.input(shape, dtype, scale, zero_point)
    y = net.tensor((shape[0], *sizes, shape[3]), dtype, scale, zero_point, "output")
    net.operator(code, [x], [y], "Pool2DOptions", Padding=PADDINGS[padding], StrideH=stride[0], StrideW=stride[1],
                 FilterHeight=kernel[0], FilterWidth=kernel[1], FusedActivationFunction=ACTIVATIONS[activation])
    return Case(name, net.output(y))


def pools():
    result = []
    for prefix, code in (("average", "AVERAGE_POOL_2D"), ("max", "MAX_POOL_2D")):
        def case(name, *arguments, prefix=prefix, code=code, **options):
            result.append(pool(f"{prefix}_pool_{name}", code, *arguments, **options))

        case("2x2_stride2", (1, 6, 8, 17), (2, 2), (2, 2))
        case("3x3_same", (2, 5, 4, 6), (3, 3), padding="SAME")
        case("3x3_same_stride2", (1, 7, 6, 8), (3, 3), (2, 2), "SAME")
        case("2x5_stride3x1_relu", (1, 8, 9, 5), (2, 5), (3, 1), activation="RELU")
        case("relu6", (1, 5, 5, 7), (3, 2), activation="RELU6", scale=0.06, zero_point=-45)
        case("relu_n1_to_1", (1, 4, 5, 7), (2, 2), activation="RELU_N1_TO_1", scale=0.02, zero_point=5)
        case("whole_image", (1, 7, 7, 33), (7, 7))
        case("one_tap", (1, 4, 3, 5), (1, 1), (2, 2))
        case("kernel_larger_than_image", (1, 3, 2, 4), (5, 7), padding="SAME")
        case("uint8_same", (1, 5, 6, 9), (3, 3), padding="SAME", dtype="uint8")
        case("uint8_stride2_relu", (1, 6, 6, 4), (2, 3), (2, 2), activation="RELU", dtype="uint8")
        case("uint8_whole_image", (2, 6, 5, 12), (6, 5), dtype="uint8")
    return result


def resize(name, code, size, output, align_corners=False, half_pixel_centers=False, dtype="int8", expected=None):
    rng = generator(name)
    net = Network()
    scale, zero_point = random_scale(rng), random_zero_point(rng, dtype)
    shape, output_shape = (1, *size, 3), (1, *output, 3)
    x = net.input(shape, dtype, scale, zero_point)
    y = net.tensor(output_shape, dtype, scale, zero_point, "output")
    options = "ResizeBilinearOptions" if code == "RESIZE_BILINEAR" else "ResizeNearestNeighborOptions"
    net.operator(code, [x, net.indices(output)], [y], options, AlignCorners=align_corners,
                 HalfPixelCenters=half_pixel_centers)
    return Case(name, net.output(y), expected=expected)


def resizes():
    result = []
    modes = (("plain", {}), ("align_corners", {"align_corners": True}), ("half_pixel", {"half_pixel_centers": True}))
    sizes = (("up", (3, 4), (7, 8)), ("down", (9, 8), (4, 3)), ("double", (4, 5), (8, 10)), ("to_one", (4, 3), (1, 1)))
    for mode, flags in modes:
        for direction, size, output in sizes:
            case = f"{mode}_{direction}"
            result.append(resize(f"resize_bilinear_{case}", "RESIZE_BILINEAR", size, output, **flags))
            result.append(resize(f"resize_nearest_{case}", "RESIZE_NEAREST_NEIGHBOR", size, output, **flags))
        arguments = ("resize_bilinear_" + mode, "RESIZE_BILINEAR", (3, 5), (8, 7))
        result += [
            # The reference resizes uint8 in floats; the contract is its int8 arithmetic.
            resize(f"resize_bilinear_uint8_{mode}", *arguments[1:], dtype="uint8",
                   expected=from_twin(resize, *arguments, **flags), **flags),
            resize(f"resize_nearest_uint8_{mode}", "RESIZE_NEAREST_NEIGHBOR", (5, 3), (7, 8), dtype="uint8", **flags),
        ]
    return result


def reduction(name, code, shape, axes, keep_dims=False, dtype="int8", scales=None, zero_points=None, expected=None):
    rng = generator(name)
    net = Network()
    s_in, s_out = scales or (random_scale(rng), random_scale(rng))
    z_in, z_out = zero_points or (random_zero_point(rng, dtype), random_zero_point(rng, dtype))
    reduced = {axis % len(shape) for axis in axes}
    output = [1 if i in reduced else extent for i, extent in enumerate(shape) if keep_dims or i not in reduced]
    x = net.input(shape, dtype, s_in, z_in)
    y = net.tensor(output, dtype, s_out, z_out, "output")
    net.operator(code, [x, net.indices(axes)], [y], "ReducerOptions", KeepDims=keep_dims)
    return Case(name, net.output(y), expected=expected)


def means():
    def mean(name, *arguments, **options):
        return reduction("mean_" + name, "MEAN", *arguments, **options)

    return [
        mean("image_keep_dims", (1, 7, 7, 19), (1, 2), True),
        mean("image", (2, 5, 6, 8), (1, 2)),
        mean("equal_scales", (1, 6, 4, 16), (1, 2), scales=(0.03, 0.03), zero_points=(-9, -9)),
        mean("channels", (2, 3, 4, 30), (3,)),
        mean("batch", (5, 3, 4), (0,), True),
        mean("negative_axes", (2, 6, 5, 7), (-2, -3), zero_points=(-8, 10)),
        mean("outer_and_inner", (4, 5, 6, 3), (0, 3)),
        mean("everything", (2, 3, 4, 5), (0, 1, 2, 3)),
        mean("one_element", (1, 1, 1, 40), (1, 2), scales=(0.05, 0.045)),
        mean("scale_up", (1, 3, 3, 24), (1, 2), scales=(0.06, 0.02), zero_points=(3, -4)),
        mean("scale_down", (1, 9, 9, 24), (1, 2), scales=(0.01, 0.09)),
        mean("large_count", (1, 32, 32, 2), (1, 2), scales=(0.05, 0.01)),
        mean("uint8", (1, 7, 6, 12), (1, 2), True, "uint8"),
        mean("uint8_equal_scales", (1, 4, 6, 12), (1, 2), dtype="uint8", scales=(0.02, 0.02), zero_points=(120, 120)),
        mean("uint8_channels", (2, 3, 4, 9), (3,), dtype="uint8"),
    ]


def sums():
    def total(name, *arguments, **options):
        return reduction("sum_" + name, "SUM", *arguments, **options)

    fitting = {"scales": (0.02, 0.3)}
    result = [
        total("uint8_image", (1, 5, 6, 8), (1, 2), dtype="uint8", **fitting),
        total("uint8_channels_keep_dims", (2, 3, 4, 9), (3,), True, dtype="uint8", **fitting),
        total("uint8_outer_and_inner", (3, 4, 5), (0, 2), dtype="uint8", **fitting),
    ]
    # The reference reads int8 sums as uint8, a defect; the contract is what it does with uint8.
    for name, shape, axes in (("image", (1, 5, 6, 8), (1, 2)), ("channels", (2, 3, 4, 9), (3,))):
        arguments = ("sum_" + name, "SUM", shape, axes)
        case = reduction(*arguments, zero_points=(-13, 22), **fitting)
        case.expected = from_twin(reduction, *arguments, dtype="uint8", zero_points=(115, 150), **fitting)
        result.append(case)
    return result


def arg_max(name, shape, axis, dtype="int8", index_dtype="int32"):
    rng = generator(name)
    net = Network()
    x = net.input(shape, dtype, random_scale(rng), random_zero_point(rng, dtype))
    y = net.tensor([extent for i, extent in enumerate(shape) if i != axis % len(shape)], index_dtype, name="output")
    net.operator("ARG_MAX", [x, net.indices(axis)], [y], "ArgMaxOptions",
                 OutputType={"int32": 2, "int64": 4}[index_dtype])
    return Case(name, net.output(y), (random_inputs, extreme_inputs))


def arg_maxes():
    return [
        arg_max("arg_max_classes", (2, 21), 1),
        arg_max("arg_max_channels", (1, 4, 5, 21), 3, index_dtype="int64"),
        arg_max("arg_max_rows", (2, 6, 5, 4), 1),
        arg_max("arg_max_negative_axis", (3, 4, 19), -2),
        arg_max("arg_max_uint8", (1, 5, 4, 11), -1, "uint8"),
    ]


def cases():
    return pools() + resizes() + means() + sums() + arg_maxes()
