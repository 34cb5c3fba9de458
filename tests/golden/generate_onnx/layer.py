"""Quantized weights and biases of every kind."""

from dataclasses import dataclass

import numpy as np

from answers import LIMITS


@dataclass(frozen=True)
class Kind:
    dtype: str
    per_channel: bool = False
    zero_points: str = "middle"  # of the type's range; "one" for all channels; "many"


KINDS = {
    "int8": Kind("int8"),
    "int8_offset": Kind("int8", zero_points="one"),
    "int8_channels": Kind("int8", True),
    "int8_channels_offsets": Kind("int8", True, "many"),
    "uint8": Kind("uint8"),
    "uint8_offset": Kind("uint8", zero_points="one"),
    "uint8_channels": Kind("uint8", True),
    "uint8_channels_offset": Kind("uint8", True, "one"),
    "uint8_channels_offsets": Kind("uint8", True, "many"),
}


def since(kind, opset=10):
    """The least and greatest opset of a DequantizeLinear of such weights."""
    return (max(opset, 13 if KINDS[kind].per_channel else 10), 21)


def weight(graph, shape, axis, kind):
    """Random weights, channels along `axis`."""
    rng, kind = graph.rng, KINDS[kind]
    low, high = LIMITS[kind.dtype]
    channels = (shape[axis],) if kind.per_channel else ()
    scale = np.exp(rng.uniform(np.log(0.002), np.log(0.02)) + rng.normal(0, 0.5, channels) * kind.per_channel)
    scale = np.vectorize(lambda value: np.float32(f"{value:.4g}"))(scale)
    middle = (low + high + 1) // 2
    drawn = rng.integers(-30, 30, channels if kind.zero_points == "many" else ())
    zero_point = np.full(channels, middle) + (drawn if kind.zero_points != "middle" else 0)
    spread = zero_point.reshape([-1 if i == axis else 1 for i in range(len(shape))]) if channels else zero_point
    values = np.clip(np.rint(rng.normal(0, 45, shape)) + spread, low, high).astype(kind.dtype)
    return graph.quantized(graph.constant(values, "weight"), scale, zero_point, kind.dtype)


def dequantized(graph, tensor, axis):
    """A constant's float. The axis is stated where it matters, a zero point of 0 sometimes left out."""
    left_out = not tensor.zero_point.any() and graph.rng.random() < 0.4
    inputs = tensor.triple[:2] if left_out else tensor.triple
    return graph.node("DequantizeLinear", inputs, **({"axis": axis} if tensor.scale.ndim else {}))


def accumulator_scale(x, w):
    return np.asarray(x.scale * w.scale, np.float32)


def bias_values(graph, channels):
    return graph.rng.integers(-4000, 4000, channels).astype(np.int32)


def bias(graph, x, w, channels, kind):
    """The operand to append: dequantized integers, floats, or none."""
    if kind is None:
        return []
    values, scale = bias_values(graph, channels), accumulator_scale(x, w)
    if kind == "float":
        return [np.asarray(values * scale, np.float32)]
    tensor = graph.quantized(graph.constant(values, "bias"), scale, np.zeros(scale.shape), "int32")
    return [dequantized(graph, tensor, 0)]
