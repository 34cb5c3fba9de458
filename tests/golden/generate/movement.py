"""Cases of the operators that only move bytes."""

import numpy as np

from case import Case, generator, random_scale, random_zero_point
from network import LIMITS, Network
from reference import extreme_inputs, random_inputs


class Move:
    """A network whose tensors share one scale and zero point, with one random input of `shape`."""

    def __init__(self, name, shape, dtype="int8"):
        rng = generator(name)
        self.name, self.shape, self.dtype, self.net = name, shape, dtype, Network()
        self.scale, self.zero_point = random_scale(rng), random_zero_point(rng, dtype)
        self.rng, self.x = rng, self.input(shape)

    def input(self, shape):
        return self.net.input(shape, self.dtype, self.scale, self.zero_point)

    def constant(self, shape):
        data = self.rng.integers(*LIMITS[self.dtype], shape, endpoint=True).astype(self.dtype)
        return self.net.constant(data, self.scale, self.zero_point)

    def outputs(self, code, inputs, shapes, options=None, **fields):
        tensors = [self.net.tensor(shape, self.dtype, self.scale, self.zero_point, f"output{i}")
                   for i, shape in enumerate(shapes)]
        self.net.operator(code, inputs, tensors, options, **fields)
        return Case(self.name, self.net.output(*tensors), (random_inputs,))


def pad(name, shape, paddings, dtype="int8", value=None):
    """value: PADV2's constant."""
    move = Move(name, shape, dtype)
    output = [before + extent + after for extent, (before, after) in zip(shape, paddings)]
    inputs = [move.x, move.net.indices(paddings)]
    if value is None:
        return move.outputs("PAD", inputs, [output], "PadOptions")
    inputs.append(move.net.constant(np.array([value], dtype), move.scale, move.zero_point))
    return move.outputs("PADV2", inputs, [output], "PadV2Options")


def pads():
    return [
        pad("pad_image", (1, 4, 5, 6), [(0, 0), (1, 2), (3, 0), (0, 0)]),
        pad("pad_channels", (1, 3, 4, 5), [(0, 0), (0, 0), (0, 0), (2, 3)]),
        pad("pad_everything", (2, 2, 3, 4), [(1, 0), (0, 1), (2, 1), (1, 2)]),
        pad("pad_2d", (3, 4), [(1, 1), (0, 2)]),
        pad("pad_nothing", (1, 3, 3, 2), [(0, 0)] * 4),
        pad("pad_uint8", (1, 4, 5, 3), [(0, 0), (1, 1), (2, 2), (0, 0)], "uint8"),
        pad("padv2", (1, 4, 3, 5), [(0, 0), (1, 1), (0, 2), (0, 1)], value=-77),
        pad("padv2_minimum", (2, 3, 4), [(0, 1), (1, 0), (1, 1)], value=-128),
        pad("padv2_uint8", (1, 4, 3, 5), [(0, 0), (2, 0), (1, 1), (0, 0)], "uint8", 200),
    ]


def concatenation(name, shapes, axis, dtype="int8", constant=False, scales=None, samples=(random_inputs,)):
    """constant: one more operand, shaped as the first input. scales: of each input where they are not the output's."""
    move = Move(name, shapes[0], dtype)
    inputs = [move.x] + [move.input(shape) for shape in shapes[1:]]
    if constant:
        inputs.append(move.constant(shapes[0]))
        shapes = [*shapes, shapes[0]]
    for index, scale in zip(inputs, scales or ()):
        move.net.tensors[index].scale = np.array([scale], np.float32)
        move.net.tensors[index].zero_point = random_zero_point(move.rng, dtype)
    output = list(shapes[0])
    output[axis] = sum(shape[axis] for shape in shapes)
    case = move.outputs("CONCATENATION", inputs, [output], "ConcatenationOptions", Axis=axis)
    case.samples = samples
    return case


def concatenations():
    both = (random_inputs, extreme_inputs)
    return [
        concatenation("concatenation_channels", [(1, 3, 4, 5), (1, 3, 4, 2), (1, 3, 4, 9)], 3),
        concatenation("concatenation_rows", [(1, 3, 4, 5), (1, 1, 4, 5)], 1),
        concatenation("concatenation_columns", [(2, 3, 4, 5), (2, 3, 2, 5)], 2),
        concatenation("concatenation_batch", [(1, 3, 4), (2, 3, 4)], 0),
        concatenation("concatenation_negative_axis", [(4, 5), (4, 3)], -1),
        concatenation("concatenation_one_input", [(2, 3, 4)], 1),
        concatenation("concatenation_constant", [(1, 2, 3, 4), (1, 2, 3, 3)], 3, constant=True),
        concatenation("concatenation_uint8", [(1, 3, 4, 5), (1, 3, 4, 3)], 3, "uint8"),
        concatenation("concatenation_uint8_rescaled", [(1, 8, 8, 2), (1, 8, 8, 3)], 3, "uint8", scales=(0.03, 0.07),
                      samples=both),
        concatenation("concatenation_uint8_rescaled_rows", [(16, 8), (16, 8), (2, 8)], 0, "uint8",
                      scales=(0.011, 0.05, 0.4), samples=both),
    ]


def transposes():
    result = []
    for name, shape, permutation, dtype in (
            ("2d", (5, 9), (1, 0), "int8"), ("3d", (3, 4, 5), (2, 0, 1), "int8"),
            ("nhwc_to_nchw", (2, 4, 5, 3), (0, 3, 1, 2), "int8"), ("nchw_to_nhwc", (1, 6, 4, 5), (0, 2, 3, 1), "int8"),
            ("swap_image", (1, 4, 6, 5), (0, 2, 1, 3), "int8"), ("reverse", (2, 3, 4, 5), (3, 2, 1, 0), "int8"),
            ("5d", (2, 3, 2, 3, 4), (4, 2, 0, 3, 1), "int8"), ("6d", (2, 1, 3, 2, 2, 3), (5, 3, 1, 0, 4, 2), "int8"),
            ("identity", (2, 3, 4), (0, 1, 2), "int8"), ("uint8", (1, 4, 5, 3), (0, 3, 2, 1), "uint8")):
        move = Move("transpose_" + name, shape, dtype)
        result.append(move.outputs("TRANSPOSE", [move.x, move.net.indices(permutation)],
                                   [[shape[axis] for axis in permutation]], "TransposeOptions"))
    return result


def strided_slice(name, shape, begin, end, strides, output, dtype="int8", **masks):
    move = Move("strided_slice_" + name, shape, dtype)
    inputs = [move.x] + [move.net.indices(values) for values in (begin, end, strides)]
    return move.outputs("STRIDED_SLICE", inputs, [output], "StridedSliceOptions", **masks)


def slices():
    result = [
        strided_slice("plain", (1, 5, 6, 4), (0, 1, 2, 1), (1, 4, 6, 3), (1, 1, 1, 1), (1, 3, 4, 2)),
        strided_slice("strides", (2, 7, 8, 5), (0, 1, 0, 0), (2, 7, 8, 5), (1, 2, 3, 4), (2, 3, 3, 2)),
        strided_slice("begin_mask", (3, 6), (2, 3), (3, 6), (1, 1), (3, 3), BeginMask=1),
        strided_slice("end_mask", (3, 6), (1, 3), (2, 4), (1, 1), (1, 3), EndMask=2),
        strided_slice("both_masks", (2, 5, 4), (1, 2, 1), (1, 3, 3), (1, 2, 1), (2, 3, 2), BeginMask=3, EndMask=3),
        strided_slice("negative_bounds", (4, 9), (-3, -7), (-1, -2), (1, 2), (2, 3)),
        strided_slice("negative_stride", (2, 7), (0, 5), (2, 1), (1, -1), (2, 4)),
        strided_slice("reverse", (1, 4, 5, 3), (0, 0, 0, 0), (0, 0, 0, 0), (1, -1, -2, -1), (1, 4, 3, 3),
                      BeginMask=15, EndMask=15),
        strided_slice("out_of_range_bounds", (3, 5), (-9, 1), (9, 99), (1, 1), (3, 4)),
        strided_slice("shrink_axis", (3, 4, 5), (1, 0, 2), (2, 4, 3), (1, 1, 1), (4,), ShrinkAxisMask=5),
        strided_slice("shrink_negative_index", (3, 4), (-1, 0), (0, 4), (1, 1), (4,), ShrinkAxisMask=1),
        strided_slice("fewer_axes", (3, 4, 5), (1,), (3,), (1,), (2, 4, 5)),
        strided_slice("ellipsis", (2, 3, 4, 5), (1, 0, 2), (2, 0, 5), (1, 1, 1), (1, 3, 4, 3), EllipsisMask=2),
        strided_slice("new_axis", (3, 5), (0, 1, 1), (0, 3, 4), (1, 1, 1), (1, 2, 3), NewAxisMask=1),
        strided_slice("uint8", (1, 5, 6, 4), (0, 0, 1, 0), (1, 5, 6, 4), (1, 2, 2, 1), (1, 3, 3, 4), "uint8"),
    ]
    for name, begin, size, output in (("slice", (0, 1, 2), (2, 3, 2), (2, 3, 2)),
                                      ("slice_to_the_end", (1, 0, 3), (-1, 2, -1), (1, 2, 2))):
        move = Move(name, (2, 4, 5))
        inputs = [move.x, move.net.indices(begin), move.net.indices(size)]
        result.append(move.outputs("SLICE", inputs, [output], "SliceOptions"))
    return result


def splits():
    result = []
    for name, shape, axis, parts, dtype in (("channels", (1, 3, 4, 6), 3, 3, "int8"),
                                            ("rows", (1, 6, 2, 3), 1, 2, "int8"),
                                            ("negative_axis", (2, 8, 3), -2, 4, "int8"),
                                            ("uint8", (4, 5), 0, 2, "uint8")):
        move = Move("split_" + name, shape, dtype)
        output = list(shape)
        output[axis] //= parts
        result.append(move.outputs("SPLIT", [move.net.indices(axis), move.x], [output] * parts, "SplitOptions",
                                   NumSplits=parts))
    move = Move("split_v", (2, 9, 3))
    inputs = [move.x, move.net.indices([2, 4, 3]), move.net.indices(1)]
    result.append(move.outputs("SPLIT_V", inputs, [(2, 2, 3), (2, 4, 3), (2, 3, 3)], "SplitVOptions", NumSplits=3))
    return result


def packs():
    result = []
    for name, axis, count in (("outer", 0, 3), ("middle", 1, 2), ("negative_axis", -1, 2)):
        shape = (3, 4, 5)
        move = Move("pack_" + name, shape)
        inputs = [move.x] + [move.input(shape) for _ in range(count - 1)]
        output = list(shape)
        output.insert(axis % 4, count)
        result.append(move.outputs("PACK", inputs, [output], "PackOptions", ValuesCount=count, Axis=axis))
    for name, axis in (("outer", 0), ("middle", 1), ("negative_axis", -1)):
        shape = (2, 3, 4)
        move = Move("unpack_" + name, shape)
        output = [extent for i, extent in enumerate(shape) if i != axis % 3]
        result.append(move.outputs("UNPACK", [move.x], [output] * shape[axis], "UnpackOptions", Num=shape[axis],
                                   Axis=axis))
    return result


def reshapes():
    result = []
    for name, shape, target, output in (("flatten", (2, 3, 4, 5), (2, 60), (2, 60)),
                                        ("infer", (2, 3, 4), (-1, 6), (4, 6)),
                                        ("up", (12,), (1, 3, 2, 2), (1, 3, 2, 2))):
        move = Move("reshape_" + name, shape)
        result.append(move.outputs("RESHAPE", [move.x, move.net.indices(target)], [output], "ReshapeOptions",
                                   NewShape=list(target)))
    for name, axes, output in (("some", (0, 2), (4, 5)), ("all", (), (4, 5)), ("negative", (-2,), (1, 4, 5))):
        move = Move("squeeze_" + name, (1, 4, 1, 5))
        result.append(move.outputs("SQUEEZE", [move.x], [output], "SqueezeOptions", SqueezeDims=list(axes)))
    for axis, output in ((0, (1, 4, 5)), (1, (4, 1, 5)), (-1, (4, 5, 1))):
        move = Move(f"expand_dims_{axis}", (4, 5))
        result.append(move.outputs("EXPAND_DIMS", [move.x, move.net.indices(axis)], [output], "ExpandDimsOptions"))
    return result


def tiles_and_gathers():
    result = []
    for name, shape, repeats in (("channels", (1, 2, 3, 4), (1, 1, 1, 3)), ("image", (1, 2, 3, 4), (1, 2, 2, 1)),
                                 ("everything", (2, 3, 2), (2, 3, 2))):
        move = Move("tile_" + name, shape)
        output = [extent * repeat for extent, repeat in zip(shape, repeats)]
        result.append(move.outputs("TILE", [move.x, move.net.indices(repeats)], [output]))
    for name, axis, indices in (("rows", 0, [2, 0, 2, 1]), ("middle", 1, [3]), ("inner", -1, [4, 3, 0, 0, 1, 2])):
        shape = (3, 4, 5)
        move = Move("gather_" + name, shape)
        output = list(shape)
        output[axis] = len(indices)
        result.append(move.outputs("GATHER", [move.x, move.net.indices(indices)], [output], "GatherOptions", Axis=axis))
    return result


def cases():
    return (pads() + concatenations() + transposes() + slices() + splits() + packs() + reshapes() + tiles_and_gathers())
