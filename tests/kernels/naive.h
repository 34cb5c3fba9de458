// The arithmetic once more, as the naive kernels of the tests use it: the textbook form of each rounding, in 64 bits,
// which shares nothing with quantize.h.

#pragma once

#include <cstdint>
#include <cstdlib>

#include "kernels/quantize.h"

namespace qrun::kernels::testing {

// a / b, halves away from zero. Requires: b > 0.
inline std::int64_t divide_half_away(std::int64_t a, std::int64_t b) {
  const std::int64_t magnitude = (2 * std::abs(a) + b) / (2 * b);
  return a < 0 ? -magnitude : magnitude;
}

// The doubled high product: the nearest integer to a * b / 2^31, halves toward plus infinity.
inline std::int64_t naive_high_product(std::int64_t a, std::int64_t b) {
  const std::int64_t product = a * b;
  const std::int64_t nudge = product >= 0 ? (std::int64_t{1} << 30) : 1 - (std::int64_t{1} << 30);
  return (product + nudge) / (std::int64_t{1} << 31);
}

// x * multiplier * 2^(shift - 31), rounded twice. Requires: |x| * 2^shift < 2^31.
inline std::int64_t naive_apply(Rescale rescale, std::int64_t x) {
  const std::int64_t shifted = rescale.shift > 0 ? x * (std::int64_t{1} << rescale.shift) : x;
  const std::int64_t high = naive_high_product(shifted, rescale.multiplier);
  return rescale.shift < 0 ? divide_half_away(high, std::int64_t{1} << -rescale.shift) : high;
}

// y + zero_point within the range.
inline std::int8_t naive_output(std::int64_t y, std::int32_t zero_point, Clamp range = {-128, 127}) {
  const std::int64_t shifted = y + zero_point;
  return static_cast<std::int8_t>(shifted < range.min ? range.min : shifted > range.max ? range.max : shifted);
}

}  // namespace qrun::kernels::testing
