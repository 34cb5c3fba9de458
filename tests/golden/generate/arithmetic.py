"""The rescale of an accumulator in exact integers, and its near misses.

Why here: the threshold cases must tell the right arithmetic from the plausible wrong ones. check_thresholds() proves
that each of them does, so that a case which has lost its teeth cannot be committed.
"""

import math

import numpy as np

from network import LIMITS


def quantize_multiplier(real):
    fraction, shift = math.frexp(real)
    multiplier = math.floor(fraction * 2**31 + 0.5)
    return (multiplier // 2, shift + 1) if multiplier == 2**31 else (multiplier, shift)


def twice_rounded(x, multiplier, shift):
    """Requires shift <= 0."""
    high = (x * multiplier + 2**30) >> 31
    remainder, half = high & (2**-shift - 1), 2**-shift >> 1
    return (high >> -shift) + (remainder > half - 1 + (high < 0) if shift else 0)


def once_rounded(x, multiplier, shift):
    return (x * multiplier + 2**(30 - shift)) >> (31 - shift)


def double_product(input_scale, weight_scale, output_scale):
    return float(input_scale) * float(weight_scale) / float(output_scale)


def float_product(input_scale, weight_scale, output_scale):
    return float(np.float32(input_scale) * np.float32(weight_scale)) / float(output_scale)


def check_thresholds(name, outputs, layer, input_scale):
    """Raises unless `outputs`, the reference's answer where every accumulator is its bias, is that of two roundings
    with the layer's product of scales, and each wrong variant differs from it somewhere."""
    scales = np.broadcast_to(layer.weight_scales, layer.count)

    def variant(product, rescale):
        results = [rescale(int(bias), *quantize_multiplier(product(input_scale, scale, layer.output_scale)))
                   for bias, scale in zip(layer.biases, scales)]
        return np.clip(np.array(results) + layer.output_zero_point, *LIMITS[layer.dtype])

    right = variant(layer.product, twice_rounded)
    if not (outputs == right).all():
        raise AssertionError(f"{name}: the reference does not follow the stated arithmetic")
    other = float_product if layer.product is double_product else double_product
    for what, wrong in (("single rounding", variant(layer.product, once_rounded)),
                        ("the other precision of the scales' product", variant(other, twice_rounded))):
        if (wrong == right).all():
            raise AssertionError(f"{name}: does not tell {what} from the right arithmetic")
