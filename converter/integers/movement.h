// Operators that copy elements, or pick among them by their order: what they do to reals they do to integers.

#pragma once

#include "converter/integers/context.h"

namespace qrun::converter::integral {

// A maximum pool is one: the greatest integer stands for the greatest real.
bool is_movement(const Parameters& parameters);

// What the output of a movement of x means, x having one scale or several per channel. Refuses scales that no axis of
// the output follows.
Quantization moved_quantization(const Operator& op, const Tensor& x, const Tensor& y);

// Whether each index of the last axis of y, taken modulo its extent, is one of the last axis of x: how many of x's
// there are for each of y's, or nothing.
std::optional<std::size_t> channel_repeats(const Operator& op, const Tensor& x, const Tensor& y);

// The parameters for integers of this meaning; those of a Pad have a fill to quantize.
Parameters moved_parameters(const Parameters& parameters, const Quantization& quantization);

}  // namespace qrun::converter::integral
