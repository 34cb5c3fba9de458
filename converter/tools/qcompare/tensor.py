"""What a run of a model is reduced to, whatever its format: named tensors, each with its values for every sample."""

import dataclasses
import math
import re
from typing import Optional


FLOAT_STEPS = 127  # of a float tensor's largest |value|, where no tensor has a scale: what symmetric int8 would have


class Trouble(Exception):
    """What stops the command: one line for the user that says what is wrong and what to do."""


@dataclasses.dataclass(frozen=True)
class Tensor:
    """Its values are an array [samples, *shape]; real = scale * (q - zero_point) where there is a scale."""

    name: str
    shape: tuple  # of one sample, in the model's own axis order
    dtype: str  # numpy's name
    scale: Optional[float] = None  # a binary32
    zero_point: int = 0
    operator: Optional[str] = None  # what writes it; None: it is a graph input
    held_as: Optional[str] = None  # the 8-bit tensor that the model has for this float one

    @property
    def is_float(self):
        return self.dtype.startswith("float")

    @property
    def is_quantized(self):
        return self.scale is not None and not self.is_float

    @property
    def type(self):
        return self.dtype + shape_text(self.shape)

    @property
    def bytes(self):
        bits = int(re.search(r"\d*$", self.dtype).group() or 8)  # bool has no digits
        return math.prod(self.shape) * bits // 8


def shape_text(shape):
    return "[" + ",".join(map(str, shape)) + "]"


def counted(number, noun):
    return f"{number} {noun}{'' if number == 1 else 's'}"
