// Proofs that no 32-bit value overflows: computed by the converter, stored in the file, derived again when it is
// loaded.
//
// Why here: the proof is about the arithmetic of quantize.h and must be one definition for writer and reader.

#pragma once

#include <cstdint>

#include "kernels/kernels.h"

namespace qrun::kernels {

// The certificate of one output channel.
struct ChannelBound {
  std::int64_t
      accumulator;  // |bias| + sum |w - weight_zero_point| * max |x - input_zero_point|: bounds every partial sum
  std::int64_t output_min;  // apply(rescale, -/+ accumulator) + output_zero_point, before the clamp; 0 where
  std::int64_t output_max;  // the accumulator's own bound fails
  bool proved;              // everything stays in int32
};

// Whether apply(rescale, x) + offset stays in int32, with no wrapping left shift, for every |x| <= bound.
bool fits_int32(Rescale rescale, std::int64_t bound, std::int64_t offset);

// Whether a rescale may be rounded once.
bool allows_rounding_once(Rescale rescale);

// The bound of channel sums `sum_abs_weights` = sum |w - weight_zero_point| with inputs in [input_min, input_max].
ChannelBound channel_bound(std::int64_t sum_abs_weights, std::int32_t bias, std::int32_t input_min,
                           std::int32_t input_max, std::int32_t input_zero_point, Rescale rescale,
                           std::int32_t output_zero_point, Rounding rounding = Rounding::kTwice);

// Sum of |w - zero_point| of one output channel: `count` weights, `stride` bytes apart, each byte ^ flip read as int8.
// Requires: zero_point in [-128, 127].
std::int64_t sum_abs_weights(const std::uint8_t* weights, std::int64_t count, std::int64_t stride, std::uint8_t flip,
                             std::int32_t zero_point);

}  // namespace qrun::kernels
