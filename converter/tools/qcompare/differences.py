"""How far two tensors are apart, in whole quantization steps.

A step is the 8-bit tensor's scale: A's where both are quantized. The other tensor is rounded to that grid, half to even
as quantizing does, but not clamped: a value that 8 bits cannot reach is as many steps away as it is. Where neither is
quantized, a step is 1/127 of the largest |value| that A has in the sample, and nothing is rounded; for integers without
a scale it is 1.
"""

import numpy as np

from qcompare.tensor import FLOAT_STEPS

def to_real(values, tensor):
    """binary32, as runtimes dequantize."""
    if tensor.is_float:
        return values.astype(np.float32)
    return (values.astype(np.int32) - np.int32(tensor.zero_point)).astype(np.float32) * np.float32(tensor.scale)


def in_steps(values, tensor, unit):
    """In whole steps of `unit`'s scale, counted from its zero point."""
    if tensor.is_quantized and tensor.scale == unit.scale:
        return values.astype(np.float64) - tensor.zero_point
    return np.rint(to_real(values, tensor) / np.float32(unit.scale)).astype(np.float64)


def same_greatest(a, b):
    """Whether a greatest element of each sample's one is a greatest of the other's too; one answer a sample."""
    a, b = a.reshape(len(a), -1), b.reshape(len(b), -1)
    samples = np.arange(len(a))
    return (a[samples, b.argmax(1)] == a.max(1)) | (b[samples, a.argmax(1)] == b.max(1))


class Difference:
    """Of one pair of tensors, gathered sample after sample."""

    def __init__(self, a, b, tolerance):
        self.a, self.b, self.tolerance = a, b, tolerance
        self.unit = next((tensor for tensor in (a, b) if tensor.is_quantized), None)
        self.elements = self.differing = 0
        self.greatest = self.total = self.signal = self.noise = 0.0
        self.first = None  # where it is first more than the tolerance: {"sample", "index", "a", "b", "steps"}

    @property
    def mean(self):
        return self.total / self.elements if self.elements else 0.0

    @property
    def sqnr_db(self):
        """Signal to noise of B where A is float, of A where only B is; None where both are quantized or are equal."""
        if not (self.a.is_float or self.b.is_float) or not self.noise or not self.signal:
            return None
        return 10 * float(np.log10(self.signal / self.noise))

    def add(self, first_sample, a_values, b_values):
        """Both [samples, *shape], alike in shape and axis order."""
        steps = self._steps(a_values, b_values)
        differs = steps > self.tolerance
        self.elements += steps.size
        self.differing += int(differs.sum())
        self.greatest = max(self.greatest, float(steps.max(initial=0)))
        self.total += float(steps.sum())
        if self.first is None and differs.any():
            place = np.unravel_index(differs.argmax(), differs.shape)
            self.first = {"sample": first_sample + int(place[0]), "index": [int(i) for i in place[1:]],
                          "a": a_values[place].item(), "b": b_values[place].item(), "steps": float(steps[place])}
        if self.a.is_float or self.b.is_float:
            self._add_noise(a_values, b_values)

    def _steps(self, a_values, b_values):
        if self.unit:
            return distance(in_steps(a_values, self.a, self.unit), in_steps(b_values, self.b, self.unit))
        a_values, b_values = a_values.astype(np.float64), b_values.astype(np.float64)
        steps = distance(a_values, b_values)
        if self.a.is_float:
            axes = tuple(range(1, a_values.ndim))
            largest = np.abs(a_values).max(axis=axes, keepdims=True, where=np.isfinite(a_values), initial=0)
            steps *= FLOAT_STEPS / np.where(largest > 0, largest, 1)
        return steps

    def _add_noise(self, a_values, b_values):
        a_real, b_real = (to_real(values, tensor).astype(np.float64)
                          for values, tensor in ((a_values, self.a), (b_values, self.b)))
        self.signal += float(np.square(a_real if self.a.is_float else b_real).sum())
        self.noise += float(np.square(distance(a_real, b_real)).sum())


def distance(a, b):
    """|a - b|, where what is not a number differs infinitely from all but its like."""
    with np.errstate(invalid="ignore"):
        difference = np.abs(a - b)
    difference[(a == b) | (np.isnan(a) & np.isnan(b))] = 0
    return np.where(np.isnan(difference), np.inf, difference)
