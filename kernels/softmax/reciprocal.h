// What divides a softmax's exponentials once their sum is known, and what brings the quotient to the output's scale.
//
// Source: docs/arithmetic.md, Softmax and tables.

#pragma once

#include <bit>
#include <cstdint>

#include "kernels/quantize.h"

namespace qrun::kernels {

// 1 / sum: an exponential's quotient is exponential * multiplier / 2^31 / 2^exponent.
struct Reciprocal {
  std::int32_t multiplier;
  std::int32_t exponent;
};

// ---- Outputs in units of 1/256 ----

// The sum is in Q12.19. A row whose exponentials sum to 512 or more has quotients below what the output can show: all
// are zero.
inline constexpr std::uint64_t kSumTooLarge = std::uint64_t{512} << 19;

// The quotient in units of the output's 1/256. Requires: 2^19 <= sum < kSumTooLarge, so exponent is in [23, 31].
static constexpr Reciprocal reciprocal(std::uint64_t sum) {
  const auto bits = static_cast<std::uint32_t>(sum);
  const std::int32_t headroom = std::countl_zero(bits);
  const std::uint32_t fraction = (bits << headroom) - (1U << 31);  // sum = (1 + fraction) * 2^(12 - headroom)
  return {one_over_one_plus_x(static_cast<std::int32_t>(fraction)), 12 - headroom + 31 - 8};
}

// ---- Outputs of any scale ----

// The greatest element's exponential, 1, is 2^31 - 1 in Q0.31. With it as 2^31 a sum in Q31 is in [2^31, 2^62): fewer
// than 2^31 elements make a row.
inline constexpr std::uint64_t kSumOfNothing = 1;

// The quotient in Q0.31. Requires: 2^31 <= sum < 2^62, so exponent is in [0, 30].
static constexpr Reciprocal reciprocal_q31(std::uint64_t sum) {
  const std::int32_t headroom = std::countl_zero(sum);
  const std::uint32_t fraction = static_cast<std::uint32_t>((sum << headroom) >> 32) - (1U << 31);
  return {one_over_one_plus_x(static_cast<std::int32_t>(fraction)), 32 - headroom};
}

// From exponential * multiplier / 2^31 to the output's units. Requires: output.shift <= 30, as any in a file, so that
// what is below 2^31 becomes at most 2^30: a zero point can be added. The result's shift is in [-31, -1]; a further one
// would divide what is below 2^31 by 2^32 or more, which rounds to 0.
static constexpr Rescale quotient_rescale(Rescale output, std::int32_t exponent) {
  const std::int32_t shift = output.shift - exponent - 31;
  return shift < -31 ? Rescale{0, -31} : Rescale{output.multiplier, shift};
}

}  // namespace qrun::kernels
