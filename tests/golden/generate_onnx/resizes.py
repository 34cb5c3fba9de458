"""Cases of Resize. What scales and sizes say is the same unless a name says inexact."""

import numpy as np

from forms import resize
from graph import Graph


def resized(name, shape, scales=None, sizes=None, same=True, opset=(11, 21), **attributes):
    graph = Graph(name, opset)
    x = graph.input(shape)
    y = resize(graph, graph.dequantize(x), scales, sizes, **attributes)
    return graph.output(graph.quantize(y, like=x if same else None))


def finer():
    """A result rounded in the input's steps would be several of the output's off."""
    graph = Graph("resize_linear_finer", (11, 21), "int8")
    x = graph.input((1, 3, 4, 5), np.float32(0.08), 10)
    y = resize(graph, graph.dequantize(x), [1, 1, 2, 2], mode="linear", coordinate_transformation_mode="half_pixel")
    return graph.output(graph.quantize(y, np.float32(0.02), -5))


def nearest():
    def case(name, shape, scales=None, sizes=None, mode="half_pixel", rounding="round_prefer_floor", **options):
        return resized("resize_nearest_" + name, shape, scales, sizes, mode="nearest",
                       coordinate_transformation_mode=mode,
                       nearest_mode=rounding, **options)

    return [
        case("double", (1, 3, 4, 5), [1, 1, 2, 2], mode="asymmetric", rounding="floor"),
        case("half_pixel", (2, 5, 3, 4), [1, 1, 3, 2]), case("sizes", (1, 3, 5, 4), sizes=[1, 3, 7, 8]),
        case("down", (1, 8, 6, 9), sizes=[1, 8, 4, 3]),
        case("asymmetric_ceil", (1, 3, 4, 5), sizes=[1, 3, 6, 7], mode="asymmetric", rounding="ceil"),
        case("asymmetric_default", (1, 5, 3, 4), sizes=[1, 5, 6, 6], mode="asymmetric"),
        case("align_corners", (2, 3, 3, 4), sizes=[2, 3, 7, 6], mode="align_corners"),
        case("align_corners_floor", (1, 3, 4, 5), sizes=[1, 3, 6, 9], mode="align_corners", rounding="floor"),
        case("prefer_ceil", (1, 3, 4, 3), [1, 1, 1.5, 2], rounding="round_prefer_ceil"),
        case("pytorch", (1, 3, 4, 5), sizes=[1, 3, 1, 10], mode="pytorch_half_pixel"),
        case("rescaled", (1, 5, 3, 4), [1, 1, 2, 2], same=False),
        resized("optional_resize_nearest_inexact", (1, 3, 5, 4), [1, 1, 1.3, 2.4], mode="nearest", nearest_mode="floor",
                coordinate_transformation_mode="asymmetric"),
        resized("resize_nearest_opset10", (1, 5, 3, 4), [1, 1, 2, 3], mode="nearest", opset=(10, 10)),
        resized("resize_nearest_defaults", (2, 3, 4, 3), [1, 1, 2, 2]),
    ]


def linear():
    def case(name, shape, scales=None, sizes=None, mode="half_pixel", **options):
        return resized("resize_linear_" + name, shape, scales, sizes, mode="linear",
                       coordinate_transformation_mode=mode, **options)

    return [
        case("double", (1, 3, 4, 5), [1, 1, 2, 2]), case("sizes", (2, 5, 3, 4), sizes=[2, 5, 7, 6]),
        case("down", (1, 8, 8, 6), [1, 1, 0.5, 0.5]),
        case("asymmetric", (1, 3, 4, 5), [1, 1, 2, 3], mode="asymmetric"),
        case("asymmetric_sizes", (1, 3, 5, 3), sizes=[1, 3, 8, 7], mode="asymmetric"),
        case("align_corners", (1, 5, 3, 4), sizes=[1, 5, 5, 7], mode="align_corners"),
        case("align_corners_scales", (2, 3, 4, 3), [1, 1, 2, 3], mode="align_corners"),
        case("pytorch", (1, 3, 3, 5), [1, 1, 2, 2], mode="pytorch_half_pixel"),
        resized("optional_resize_linear_to_one", (1, 3, 4, 5), sizes=[1, 3, 1, 10], mode="linear",
                coordinate_transformation_mode="pytorch_half_pixel"),
        case("rescaled", (1, 8, 3, 2), [1, 1, 2, 2], same=False), case("height_only", (1, 3, 5, 4), [1, 1, 2, 1]),
        resized("optional_resize_linear_inexact", (1, 3, 5, 4), [1, 1, 1.3, 2.4], mode="linear"),
        resized("resize_linear_opset10", (1, 3, 4, 5), [1, 1, 2, 2], mode="linear", opset=(10, 10)),
    ]


def cases():
    return nearest() + linear() + [finer()]
