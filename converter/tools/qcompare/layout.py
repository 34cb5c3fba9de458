"""Axis orders: a .qfb holds images as [N,H,W,C] where its source may have [N,C,H,W].

The converter says so in the name: 'conv1/nhwc' is the source's 'conv1' with the channels moved last, and [N,C,L] of the
source may be [N,L,C] or [N,1,L,C]. A plain name has the source's order. Arrays here are only asked to transpose and
reshape themselves; their first axis counts samples.
"""

from qcompare.tensor import Trouble

SUFFIX = "/nhwc"


def source_name(name):
    return name[:-len(SUFFIX)] if name.endswith(SUFFIX) else name


def channels_first(rank):
    """The permutation that makes NCHW of NHWC."""
    return (0, rank - 1, *range(1, rank - 1))


def channels_last(rank):
    """The permutation that makes NHWC of NCHW."""
    return (0, *range(2, rank), 1)


def permuted(shape, permutation):
    return tuple(shape[axis] for axis in permutation)


def transposed(values, permutation):
    """Of every sample."""
    return values.transpose(0, *(axis + 1 for axis in permutation))


def is_renamed(tensor):
    return tensor.name.endswith(SUFFIX) and len(tensor.shape) >= 3


def source_shape(tensor):
    return permuted(tensor.shape, channels_first(len(tensor.shape))) if is_renamed(tensor) else tuple(tensor.shape)


def in_source_order(values, tensor):
    return transposed(values, channels_first(len(tensor.shape))) if is_renamed(tensor) else values


def agree(shape, other):
    """Whether they are equal but for extents of 1, which move no element."""
    return [extent for extent in shape if extent != 1] == [extent for extent in other if extent != 1]


def twin_permutation(shape, other):
    """What makes an image of the other axis order of this one, or None."""
    if len(shape) >= 3:
        for permutation in (channels_last(len(shape)), channels_first(len(shape))):
            if permuted(shape, permutation) == tuple(other):
                return permutation
    return None


def arranged_for(values, a, b):
    """Values of A's graph input in the order of B's. Plain names tell nothing of the order there, so twins are tried."""
    values, wanted = in_source_order(values, a), source_shape(b)
    plain = not is_renamed(a) and not is_renamed(b)
    if plain and a.shape != b.shape and (permutation := twin_permutation(a.shape, b.shape)):
        return transposed(values, permutation)
    if not agree(source_shape(a), wanted):
        raise Trouble(f"input '{a.name}' {a.type} of A and '{b.name}' {b.type} of B have different shapes; "
                      "give models of the same inputs")
    values = values.reshape(len(values), *wanted)
    return transposed(values, channels_last(len(wanted))) if is_renamed(b) else values
