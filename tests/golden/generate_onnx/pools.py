"""Cases of pools."""

import numpy as np

from graph import Graph


def pool(name, code, shape, same=False, opset=10, **attributes):
    """same: the output has the input's quantization."""
    graph = Graph(name, (opset, 21))
    x = graph.input(shape)
    y = graph.node(code, [graph.dequantize(x)], **attributes)
    return graph.output(graph.quantize(y, like=x if same else None))


def average_pools():
    def case(name, shape, kernel, same=False, **attributes):
        return pool("average_pool_" + name, "AveragePool", shape, same, kernel_shape=kernel, **attributes)

    return [
        case("2x2_stride2", (1, 5, 6, 8), [2, 2], True, strides=[2, 2]),
        case("3x3", (2, 3, 5, 4), [3, 3]),
        case("3x3_pads", (1, 8, 5, 4), [3, 3], True, pads=[1, 1, 1, 1]),
        case("3x3_pads_asymmetric", (1, 3, 5, 7), [3, 3], pads=[0, 1, 2, 0], strides=[1, 2]),
        case("include_pad", (1, 5, 5, 4), [3, 3], True, pads=[1, 1, 1, 1], count_include_pad=1),
        case("include_pad_asymmetric", (2, 3, 4, 5), [2, 3], pads=[1, 2, 0, 0], strides=[2, 1], count_include_pad=1),
        case("include_pad_unused", (1, 3, 4, 6), [2, 2], strides=[2, 2], count_include_pad=1),
        case("ceil_mode", (1, 3, 7, 5), [2, 2], True, strides=[2, 2], ceil_mode=1),
        case("ceil_mode_pads", (1, 5, 6, 7), [3, 3], strides=[2, 2], pads=[1, 1, 1, 1], ceil_mode=1),
        case("same_upper", (1, 3, 5, 6), [3, 2], True, strides=[2, 2], auto_pad="SAME_UPPER"),
        case("same_lower", (2, 3, 4, 5), [2, 2], auto_pad="SAME_LOWER"),
        case("auto_valid", (1, 16, 3, 4), [2, 3], True, auto_pad="VALID"),
        case("whole_image", (2, 8, 5, 3), [5, 3]),
        case("1d", (1, 5, 11), [3], strides=[2], pads=[1, 0]),
        pool("optional_average_pool_dilations", "AveragePool", (1, 3, 6, 5), True, 19, kernel_shape=[2, 2],
             dilations=[2, 2]),
    ]


def max_pools():
    def case(name, shape, kernel, same=True, **attributes):
        return pool("max_pool_" + name, "MaxPool", shape, same, kernel_shape=kernel, **attributes)

    return [
        case("2x2_stride2", (1, 5, 6, 4), [2, 2], strides=[2, 2]),
        case("3x3_pads", (2, 3, 5, 4), [3, 3], pads=[1, 1, 1, 1]),
        case("3x3_stride2_pads", (1, 8, 7, 6), [3, 3], strides=[2, 2], pads=[1, 1, 1, 1]),
        case("pads_asymmetric", (1, 3, 5, 6), [2, 3], pads=[1, 0, 0, 2]),
        case("ceil_mode", (1, 3, 5, 7), [2, 2], strides=[2, 2], ceil_mode=1),
        case("ceil_mode_pads", (1, 5, 6, 5), [3, 3], strides=[2, 2], pads=[0, 1, 1, 0], ceil_mode=1),
        pool("optional_max_pool_dilations", "MaxPool", (1, 3, 7, 6), True, kernel_shape=[3, 2], dilations=[2, 3]),
        case("same_upper", (1, 3, 5, 6), [3, 3], strides=[2, 2], auto_pad="SAME_UPPER"),
        case("same_lower", (2, 3, 4, 5), [2, 2], auto_pad="SAME_LOWER"),
        case("rescaled", (1, 5, 5, 4), [2, 2], same=False),
        case("rescaled_pads", (2, 3, 4, 6), [3, 3], same=False, pads=[1, 1, 1, 1], strides=[1, 2]),
        case("1d", (1, 8, 9), [2], strides=[2]),
    ]


def global_pools():
    return [
        pool("global_average_pool", "GlobalAveragePool", (1, 8, 5, 4)),
        pool("global_average_pool_same", "GlobalAveragePool", (2, 16, 2, 3), True),
        pool("global_average_pool_1d", "GlobalAveragePool", (2, 16, 5)),
        pool("global_average_pool_one_pixel", "GlobalAveragePool", (2, 16, 1, 1)),
        pool("global_max_pool", "GlobalMaxPool", (1, 8, 4, 5), True),
        pool("global_max_pool_rescaled", "GlobalMaxPool", (2, 3, 6, 3)),
    ]


def finer(name, code, **attributes):
    """A mean rounded in the input's steps would be several of the output's off."""
    graph = Graph(name, dtype="uint8")
    x = graph.input((1, 8, 4, 6), np.float32(0.08), 118)
    y = graph.node(code, [graph.dequantize(x)], **attributes)
    return graph.output(graph.quantize(y, np.float32(0.015), 131))


def cases():
    return average_pools() + max_pools() + global_pools() + [
        finer("average_pool_finer", "AveragePool", kernel_shape=[2, 2], strides=[2, 2]),
        finer("average_pool_finer_pads", "AveragePool", kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
        finer("average_pool_finer_include_pad", "AveragePool", kernel_shape=[3, 3], pads=[1, 1, 1, 1],
              count_include_pad=1),
        finer("average_pool_finer_image", "AveragePool", kernel_shape=[4, 6]),
        finer("global_average_pool_finer", "GlobalAveragePool"),
    ]
