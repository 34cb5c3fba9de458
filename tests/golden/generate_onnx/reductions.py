"""Cases of reductions, Softmax and ArgMax."""

from answers import LIMITS
from forms import with_axes
from graph import Graph

INPUT_AXES = {"ReduceSum": 13}  # the opset whose axes are an input; 18 for the others


def reduction(name, code, shape, axes, keepdims=1, same=False, opset=(10, 21)):
    graph = Graph(name, opset)
    x = graph.input(shape)
    y = with_axes(graph, code, graph.dequantize(x), axes, INPUT_AXES.get(code, 18), keepdims=keepdims)
    return graph.output(graph.quantize(y, like=x if same else None))


def everything(name, code, keepdims):
    """No axes given: all."""
    graph = Graph(name)
    x = graph.input((1, 3, 4, 5))
    return graph.output(graph.quantize(graph.node(code, [graph.dequantize(x)], keepdims=keepdims)))


def reductions():
    def mean(name, *arguments, **options):
        return reduction("reduce_mean_" + name, "ReduceMean", *arguments, **options)

    def total(name, *arguments, **options):
        return reduction("reduce_sum_" + name, "ReduceSum", *arguments, **options)

    return [
        mean("image", (2, 16, 3, 4), [2, 3]), mean("image_flat", (2, 5, 4, 3), [2, 3], 0),
        mean("image_attribute", (1, 16, 3, 5), [2, 3], 0, opset=(10, 17)),
        mean("image_input", (2, 8, 4, 3), [2, 3], opset=(18, 21)),
        mean("same_scale", (2, 3, 5, 4), [2, 3], same=True), mean("channels", (2, 5, 3, 4), [1]),
        mean("channels_flat", (1, 8, 4, 3), [1], 0), mean("height", (1, 3, 5, 4), [2], 0),
        mean("width", (2, 3, 4, 5), [3]),
        mean("negative_axes", (2, 8, 4, 3), [-1, -2], 0, opset=(11, 21)), mean("batch", (2, 3, 4, 2), [0]),
        mean("tokens", (2, 7, 8), [1], 0), mean("features", (2, 5, 16), [2]), mean("rank2", (16, 5), [1]),
        total("image", (2, 16, 4, 3), [2, 3]), total("channels", (2, 8, 3, 4), [1], 0),
        total("attribute", (1, 3, 5, 4), [3], opset=(10, 12)),
        total("input", (16, 3, 4), [1, 2], 0, opset=(13, 21)), everything("reduce_mean_everything", "ReduceMean", 1),
        everything("optional_reduce_sum_everything", "ReduceSum", 0),
        reduction("optional_reduce_max", "ReduceMax", (2, 16, 1, 3), [2, 3]),
        reduction("optional_reduce_max_channels", "ReduceMax", (2, 3, 5, 4), [1], 0),
        reduction("optional_reduce_min", "ReduceMin", (2, 8, 2, 1), [2, 3]),
        reduction("optional_reduce_l2", "ReduceL2", (1, 8, 3, 2), [1]),
    ]


def softmax(name, shape, axis, levels, opset, scale=0.03):
    """levels: the output's scale is 1/levels, its zero point the least value. axis None: the opset's default."""
    graph = Graph("softmax_" + name, opset)
    x = graph.input(shape, scale)
    y = graph.node("Softmax", [graph.dequantize(x)], **({} if axis is None else {"axis": axis}))
    return graph.output(graph.quantize(y, 1 / levels, LIMITS[graph.dtype][0]))


def softmaxes():
    return [
        softmax("classes", (2, 10), 1, 256, (10, 12)), softmax("classes_13", (1, 12), -1, 256, (13, 21), 0.09),
        softmax("255", (3, 8), -1, 255, (13, 21)), softmax("finer", (2, 16), 1, 700, (10, 12), 0.015),
        softmax("finer_13", (1, 37), -1, 2048, (13, 21), 0.01), softmax("coarser", (2, 5), 1, 130, (13, 21)),
        softmax("default_coerced", (2, 3, 5), None, 256, (10, 12)),
        softmax("coerced_axis_1", (1, 4, 3, 2), 1, 256, (11, 11)),
        softmax("coerced_axis_2", (2, 3, 2, 4), 2, 255, (10, 12)),
        softmax("default_13", (2, 3, 7), None, 256, (13, 21)),
        softmax("channels", (1, 5, 4, 3), 1, 256, (13, 21)), softmax("height", (2, 3, 4, 5), 2, 255, (13, 21)),
        softmax("tokens", (2, 6, 6), 2, 256, (13, 21), 0.02),
    ]


def arg_max(name, shape, opset=(10, 21), **attributes):
    graph = Graph(name, opset)
    return graph.output(graph.node("ArgMax", [graph.dequantize(graph.input(shape))], **attributes), "int64")


def arg_maxes():
    return [
        arg_max("arg_max_channels", (1, 5, 4, 3), axis=1),
        arg_max("arg_max_channels_flat", (2, 8, 3, 4), axis=1, keepdims=0),
        arg_max("arg_max_classes", (3, 21), axis=1, keepdims=0),
        arg_max("arg_max_negative_axis", (2, 3, 9), (11, 21), axis=-1),
        arg_max("arg_max_batch", (2, 13)),
        arg_max("optional_arg_max_last", (1, 7, 4, 3), (12, 21), axis=1, select_last_index=1),
    ]


def cases():
    return reductions() + softmaxes() + arg_maxes()
