"""Operators whose form depends on the opset: what later is an input, was an attribute before."""

import numpy as np


def integers(values):
    return np.array(values, np.int64)


def clip(graph, x, low, high):
    """A bound may be None."""
    if graph.opset < 11:
        bounds = {key: bound for key, bound in (("min", low), ("max", high)) if bound is not None}
        return graph.node("Clip", [x], **bounds)
    bounds = ["" if bound is None else graph.constant(np.float32(bound)) for bound in (low, high)]
    return graph.node("Clip", [x, *bounds])


def with_axes(graph, operator, x, axes, since, **attributes):
    """Squeeze, Unsqueeze and reductions; `since` is the first opset whose axes are an input."""
    if graph.opset < since:
        return graph.node(operator, [x], axes=axes, **attributes)
    return graph.node(operator, [x, integers(axes)], **attributes)


def squeeze(graph, x, axes):
    return with_axes(graph, "Squeeze", x, axes, 13)


def unsqueeze(graph, x, axes):
    return with_axes(graph, "Unsqueeze", x, axes, 13)


def split(graph, x, axis, count, sizes=None):
    """Into `count` equal parts, or into the given sizes."""
    if graph.opset < 13:
        return graph.node("Split", [x], count, axis=axis, **({"split": sizes} if sizes else {}))
    inputs = [x, integers(sizes)] if sizes else [x]
    equal = {"num_outputs": count} if graph.opset >= 18 and not sizes else {}
    return graph.node("Split", inputs, count, axis=axis, **equal)


def pad(graph, x, pads, value=0.0, **attributes):
    if graph.opset < 11:
        return graph.node("Pad", [x], pads=pads, value=value, **attributes)
    inputs = [x, integers(pads)]
    return graph.node("Pad", inputs + [np.float32(value)] * (value != 0), **attributes)


def dropout(graph, x):
    if graph.opset < 12:
        return graph.node("Dropout", [x], ratio=0.4)
    return graph.node("Dropout", [x, np.float32(0.4)])


def resize(graph, x, scales=None, sizes=None, **attributes):
    """Of opset 10: scales alone, no coordinate mode. region of interest: none."""
    if graph.opset < 11:
        return graph.node("Resize", [x, np.float32(scales)], **attributes)
    no_region = graph.constant(np.zeros(0, np.float32)) if graph.opset < 13 else ""
    if sizes is None:
        return graph.node("Resize", [x, no_region, np.float32(scales)], **attributes)
    no_scales = graph.constant(np.zeros(0, np.float32)) if graph.opset < 13 else ""
    return graph.node("Resize", [x, no_region, no_scales, integers(sizes)], **attributes)
