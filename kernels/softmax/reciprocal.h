// What divides a softmax's exponentials once their sum is known.
//
// Source: docs/arithmetic.md, Softmax and tables. A row whose exponentials sum to 512 or more has quotients below what
// the output can show: all are zero.

#pragma once

#include <bit>
#include <cstdint>

#include "kernels/quantize.h"

namespace qrun::kernels {

inline constexpr std::uint64_t kSumTooLarge = std::uint64_t{512} << 19;  // the sum is in Q12.19

// 1 / sum: exponential / sum, in units of the output's 1/256, is exponential * multiplier / 2^31 / 2^exponent.
struct Reciprocal {
  std::int32_t multiplier;
  std::int32_t exponent;
};

// Requires: 2^19 <= sum < kSumTooLarge, so exponent is in [23, 31].
static constexpr Reciprocal reciprocal(std::uint64_t sum) {
  const auto bits = static_cast<std::uint32_t>(sum);
  const std::int32_t headroom = std::countl_zero(bits);
  const std::uint32_t fraction = (bits << headroom) - (1U << 31);  // sum = (1 + fraction) * 2^(12 - headroom)
  return {one_over_one_plus_x(static_cast<std::int32_t>(fraction)), 12 - headroom + 31 - 8};
}

}  // namespace qrun::kernels
