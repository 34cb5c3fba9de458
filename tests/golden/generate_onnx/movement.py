"""Cases of operators that move values."""

from forms import dropout, integers, pad, split, squeeze, unsqueeze
from graph import Graph


def moved(name, shape, build, opset=10, same=True):
    """build(graph, x) makes a float of a float, or a list of floats: as many outputs."""
    graph = Graph(name, (opset, 21))
    x = graph.input(shape)
    results = build(graph, graph.dequantize(x))
    for result in results if isinstance(results, list) else [results]:
        graph.output(graph.quantize(result, like=x if same else None))
    return graph


def shapes():
    def reshape(name, shape, target, **options):
        return moved("reshape_" + name, shape, lambda graph, x: graph.node("Reshape", [x, integers(target)]), **options)

    def flatten(name, shape, **attributes):
        return moved("flatten_" + name, shape, lambda graph, x: graph.node("Flatten", [x], **attributes))

    return [
        reshape("flat", (2, 3, 4, 5), [2, 60]), reshape("zero", (2, 5, 3, 4), [0, -1]),
        reshape("zeros", (1, 8, 3, 4), [0, 0, -1]),
        reshape("split_channels", (1, 6, 3, 4), [1, 2, 3, 3, 4]), reshape("to_image", (2, 30), [2, 5, 3, 2]),
        reshape("rescaled", (1, 5, 4, 3), [-1, 12], same=False), flatten("image", (2, 3, 4, 5)),
        flatten("axis0", (1, 5, 3, 4), axis=0),
        flatten("axis2", (2, 3, 4, 5), axis=2),
        moved("squeeze", (2, 8, 1, 1), lambda graph, x: squeeze(graph, x, [2, 3])),
        moved("squeeze_1d", (1, 5, 1, 9), lambda graph, x: squeeze(graph, x, [2])),
        moved("squeeze_everything", (1, 8, 1, 1), lambda graph, x: graph.node("Squeeze", [x])),
        moved("squeeze_negative", (2, 3, 4, 1), lambda graph, x: squeeze(graph, x, [-1]), 11),
        moved("unsqueeze", (2, 5, 7), lambda graph, x: unsqueeze(graph, x, [2])),
        moved("unsqueeze_two", (3, 8), lambda graph, x: unsqueeze(graph, x, [0, 3])),
    ]


def permutations():
    def transpose(name, shape, **attributes):
        return moved("transpose_" + name, shape, lambda graph, x: graph.node("Transpose", [x], **attributes))

    def blocks(name, code, shape, **attributes):
        return moved(name, shape, lambda graph, x: graph.node(code, [x], **attributes), 11)

    def shuffle(graph, x):
        """Channels of two groups, interleaved."""
        x = graph.node("Reshape", [x, integers([1, 2, 4, 3, 5])])
        return graph.node("Reshape", [graph.node("Transpose", [x], perm=[0, 2, 1, 3, 4]), integers([1, 8, 3, 5])])

    return [
        transpose("to_nhwc", (2, 3, 4, 5), perm=[0, 2, 3, 1]), transpose("to_nchw", (1, 4, 5, 3), perm=[0, 3, 1, 2]),
        transpose("image", (2, 5, 3, 4), perm=[0, 1, 3, 2]), transpose("reversed", (2, 3, 7)),
        transpose("rank2", (5, 8), perm=[1, 0]),
        transpose("batch", (2, 3, 4, 5), perm=[2, 0, 3, 1]), moved("channel_shuffle", (1, 8, 3, 5), shuffle),
        moved("depth_to_space", (1, 8, 3, 2), lambda graph, x: graph.node("DepthToSpace", [x], blocksize=2)),
        blocks("depth_to_space_dcr", "DepthToSpace", (2, 12, 2, 3), blocksize=2, mode="DCR"),
        blocks("depth_to_space_crd", "DepthToSpace", (1, 12, 3, 2), blocksize=2, mode="CRD"),
        blocks("depth_to_space_3", "DepthToSpace", (1, 9, 2, 3), blocksize=3, mode="CRD"),
        blocks("space_to_depth", "SpaceToDepth", (2, 3, 4, 6), blocksize=2),
        blocks("space_to_depth_3", "SpaceToDepth", (1, 2, 6, 3), blocksize=3),
    ]


def parts():
    def cut(name, shape, *bounds, opset=10):
        return moved("slice_" + name, shape, lambda graph, x: graph.node("Slice", [x, *map(integers, bounds)]), opset)

    def gather(name, shape, indices, opset=10, **attributes):
        def build(graph, x):
            return graph.node("Gather", [x, integers(indices)], **attributes)
        return moved("gather_" + name, shape, build, opset)

    return [
        cut("image", (2, 3, 5, 6), [1, 2], [4, 9999], [2, 3]), cut("channels", (1, 8, 3, 4), [2], [5], [1]),
        cut("no_axes", (2, 5, 3), [0, 1], [1, 4]),
        cut("steps", (1, 3, 7, 6), [1, 0], [7, 6], [2, 3], [2, 3]), cut("negative", (1, 5, 4, 7), [-3], [-1], [-1]),
        cut("reversed", (2, 3, 4, 5), [-1], [-9999], [3], [-1]),
        cut("reversed_steps", (1, 8, 3, 5), [6], [0], [1], [-2]),
        moved("split_equal", (1, 6, 3, 4), lambda graph, x: split(graph, x, 1, 2)),
        moved("split_three", (2, 3, 4, 6), lambda graph, x: split(graph, x, 3, 3)),
        moved("split_sizes", (1, 8, 4, 3), lambda graph, x: split(graph, x, 1, 3, [1, 5, 2])),
        moved("split_uneven", (1, 3, 5, 4), lambda graph, x: split(graph, x, 2, 2), 18),
        moved("split_rescaled", (2, 6, 5), lambda graph, x: split(graph, x, 1, 2, [2, 4]), same=False),
        gather("channels", (1, 5, 3, 4), [4, 0, 0, 2], axis=1), gather("one", (2, 3, 4, 5), 2, axis=2),
        gather("rows", (7, 5), [[1, 6], [3, 3]]),
        gather("negative", (2, 8, 3), [-1, 0, -4], 11, axis=1),
    ]


def copies():
    def padded(name, shape, pads, value=0.0, opset=10, same=True, **attributes):
        return moved(name, shape, lambda graph, x: pad(graph, x, pads, value, **attributes), opset, same)

    def repeated(name, code, shape, operand, **options):
        return moved(name, shape, lambda graph, x: graph.node(code, [x, integers(operand)]), **options)

    return [
        padded("pad_image", (1, 3, 4, 5), [0, 0, 1, 2, 0, 0, 0, 1]),
        padded("pad_value", (2, 3, 3, 4), [0, 0, 2, 0, 0, 0, 1, 1], 0.37),
        padded("pad_negative_value", (1, 5, 4, 3), [0, 0, 1, 1, 0, 0, 1, 1], -0.21),
        padded("pad_channels", (1, 5, 3, 4), [0, 1, 0, 0, 0, 2, 0, 0]),
        padded("pad_saturated", (1, 3, 4, 3), [0, 0, 0, 1, 0, 0, 1, 0], 99.0),
        padded("pad_input", (1, 3, 5, 4), [0, 0, 1, 0, 0, 0, 1, 2], 0.11, 11),
        padded("pad_rescaled", (2, 3, 4, 3), [0, 0, 1, 1, 0, 0, 0, 0], 0.5, same=False),
        padded("pad_rank2", (2, 7), [1, 0, 0, 3]),
        padded("optional_pad_cropped", (1, 3, 6, 5), [0, 0, -1, 1, 0, 0, -2, 0]),
        padded("optional_pad_reflect", (1, 3, 4, 5), [0, 0, 1, 2, 0, 0, 2, 1], mode="reflect"),
        padded("optional_pad_edge", (1, 3, 4, 5), [0, 0, 1, 2, 0, 0, 2, 1], mode="edge"),
        repeated("tile", "Tile", (1, 3, 4, 2), [1, 1, 2, 3]),
        repeated("tile_channels", "Tile", (2, 3, 2, 5), [1, 2, 1, 1]),
        repeated("expand", "Expand", (2, 3, 1, 1), [2, 3, 4, 5]), repeated("expand_rank", "Expand", (5, 1), [2, 1, 7]),
        moved("identity", (1, 3, 4, 5), lambda graph, x: graph.node("Identity", [x])),
        moved("identity_rescaled", (2, 8, 5), lambda graph, x: graph.node("Identity", [x]), same=False),
        moved("dropout", (2, 3, 5, 4), dropout),
    ]


def concat(name, shapes, axis, like=None, activation=None, opset=10):
    """Inputs of different scales. like: the output's quantization is that input's."""
    graph = Graph("concat_" + name, (opset, 21))
    inputs = [graph.input(shape) for shape in shapes]
    y = graph.node("Concat", [graph.dequantize(x) for x in inputs], axis=axis)
    y = graph.node(activation, [y]) if activation else y
    return graph.output(graph.quantize(y, like=None if like is None else inputs[like]))


def concats():
    return [
        concat("channels", [(1, 3, 4, 5), (1, 5, 4, 5)], 1),
        concat("three", [(2, 3, 3, 4), (2, 1, 3, 4), (2, 8, 3, 4)], 1, like=1),
        concat("height", [(1, 5, 2, 4), (1, 5, 3, 4)], 2), concat("width", [(2, 3, 4, 5), (2, 3, 4, 1)], 3),
        concat("batch", [(1, 3, 4, 5), (2, 3, 4, 5)], 0, like=0),
        concat("negative_axis", [(2, 5, 3), (2, 5, 8)], -1, opset=11), concat("rank2", [(2, 16), (2, 5)], 1),
        concat("relu", [(1, 3, 4, 3), (1, 5, 4, 3)], 1, activation="Relu"),
    ]


def cases():
    return shapes() + permutations() + parts() + copies() + concats()
