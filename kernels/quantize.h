// The normative fixed-point arithmetic: every kernel's result is defined in terms of these functions.
//
// Source: docs/arithmetic.md, Primitives. Each is exact integer arithmetic; int32 results are proved in range by the
// bounds (bounds.h), which a model must pass before any kernel sees it.
//
// The functions are `static` on purpose: this header is included by files compiled for different instruction sets, and
// an inline function with external linkage would let the linker keep the copy that the oldest CPU cannot run.

#pragma once

#include <bit>
#include <cstdint>
#include <limits>

namespace qrun::kernels {

// real multiplier = multiplier * 2^(shift - 31). Ranges: multiplier in [0, 2^31); shift in [-31, 30], positive is left.
struct Rescale {
  std::int32_t multiplier;
  std::int32_t shift;
};

// How often a right shift rounds: twice, as the double high product and the shift do one after the other, or once,
// halves to the even neighbour.
enum class Rounding : std::int32_t { kTwice, kOnce };

struct Clamp {
  std::int32_t min;
  std::int32_t max;
};

inline constexpr std::int32_t kInt32Max = std::numeric_limits<std::int32_t>::max();
inline constexpr std::int32_t kInt32Min = std::numeric_limits<std::int32_t>::min();

// round(a * b / 2^31), halves away from zero for positive and toward +infinity for negative products; saturates the one
// product that does not fit.
static constexpr std::int32_t saturating_rounding_doubling_high_mul(std::int32_t a, std::int32_t b) {
  if (a == kInt32Min && b == kInt32Min) return kInt32Max;
  const std::int64_t product = static_cast<std::int64_t>(a) * b;
  // floor((p + 2^30) / 2^31) for either sign, the closed form of the two-nudge definition.
  return static_cast<std::int32_t>((product + (std::int64_t{1} << 30)) >> 31);
}

// round(x / 2^exponent), halves away from zero. Requires: 0 <= exponent <= 31.
static constexpr std::int32_t rounding_divide_by_pot(std::int32_t x, std::int32_t exponent) {
  const std::int64_t mask = (std::int64_t{1} << exponent) - 1;
  const std::int64_t remainder = x & mask;
  const std::int64_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return static_cast<std::int32_t>((static_cast<std::int64_t>(x) >> exponent) + (remainder > threshold ? 1 : 0));
}

// x << bits modulo 2^32, without undefined behaviour. Requires: 0 <= bits <= 31.
static constexpr std::int32_t wrapping_shift_left(std::int32_t x, std::int32_t bits) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(x) << bits);
}

// x * rescale, rounded twice: first to the doubled high product, then by the right shift.
static constexpr std::int32_t apply(Rescale rescale, std::int32_t x) {
  const std::int32_t left = rescale.shift > 0 ? rescale.shift : 0;
  const std::int32_t right = rescale.shift > 0 ? 0 : -rescale.shift;
  return rounding_divide_by_pot(saturating_rounding_doubling_high_mul(wrapping_shift_left(x, left), rescale.multiplier),
                                right);
}

// Shifts that kOnce allows: the sum before the shift fits 64 bits whatever the zero point. A multiplier of 0 is any.
inline constexpr std::int32_t kMinOnceShift = -23, kMaxOnceShift = -1;

// round(x * rescale), halves to even. Requires: shift in [kMinOnceShift, kMaxOnceShift], or a multiplier of 0.
static constexpr std::int32_t apply_once(Rescale rescale, std::int32_t x) {
  if (rescale.multiplier == 0) return 0;
  const std::int32_t right = 31 - rescale.shift;
  const std::int64_t product = std::int64_t{x} * rescale.multiplier, half = std::int64_t{1} << (right - 1);
  const std::int64_t remainder = product & (2 * half - 1), quotient = product >> right;
  return static_cast<std::int32_t>(quotient + (remainder + (quotient & 1) > half ? 1 : 0));
}

// Whether it matters which way halves go, to what is clamped after adding the zero point, for any |x| <= bound.
// Requires: as apply_once. Where the multiplier is odd * 2^t, x * rescale is a half only if x is an odd multiple of
// 2^(30 - shift - t), and then one of odd / 2: both its neighbours may lie beyond what is clamped.
static constexpr bool ties_matter(Rescale rescale, std::uint32_t bound, std::int32_t zero_point, Clamp clamp) {
  if (rescale.multiplier == 0) return false;
  const std::int32_t zeros = std::countr_zero(static_cast<std::uint32_t>(rescale.multiplier));
  if (std::int64_t{bound} < std::int64_t{1} << (30 - rescale.shift - zeros)) return false;
  const std::int32_t nearest_zero = (rescale.multiplier >> zeros) / 2;  // of all those neighbours, but for its sign
  return nearest_zero < clamp.max - zero_point || nearest_zero < zero_point - clamp.min;
}

static constexpr std::int32_t apply(Rescale rescale, std::int32_t x, Rounding rounding) {
  return rounding == Rounding::kOnce ? apply_once(rescale, x) : apply(rescale, x);
}

// The lower bound first, then the upper: the order matters where a file's range is empty, which loading rejects.
static constexpr std::int32_t clamp(std::int32_t x, Clamp range) {
  const std::int32_t raised = x < range.min ? range.min : x;
  return raised > range.max ? range.max : raised;
}

// 16-bit saturating rounding doubling high multiply.
static constexpr std::int16_t saturating_rounding_doubling_high_mul16(std::int16_t a, std::int16_t b) {
  if (a == std::numeric_limits<std::int16_t>::min() && b == a) return std::numeric_limits<std::int16_t>::max();
  return static_cast<std::int16_t>((static_cast<std::int32_t>(a) * b + (1 << 14)) >> 15);
}

// exp(a) in Q0.31 for a <= 0 in Q5.26.
static constexpr std::int32_t exp_on_negative_values(std::int32_t a) {
  if (a == 0) return kInt32Max;
  constexpr std::int32_t kQuarter = 1 << 24;                      // 1/4 in Q5.26
  const std::int32_t fraction = (a & (kQuarter - 1)) - kQuarter;  // in [-1/4, 0)
  const std::int32_t remainder = fraction - a;
  // Taylor's polynomial around -1/8.
  const std::int32_t x = wrapping_shift_left(fraction, 5) + (1 << 28);
  const std::int32_t x2 = saturating_rounding_doubling_high_mul(x, x);
  const std::int32_t x3 = saturating_rounding_doubling_high_mul(x2, x);
  const std::int32_t x4 = saturating_rounding_doubling_high_mul(x2, x2);
  constexpr std::int32_t kOneThird = 715827883;
  constexpr std::int32_t kExpMinusEighth = 1895147668;
  const std::int32_t high_terms = rounding_divide_by_pot(
      saturating_rounding_doubling_high_mul(rounding_divide_by_pot(x4, 2) + x3, kOneThird) + x2, 1);
  std::int32_t result = kExpMinusEighth + saturating_rounding_doubling_high_mul(kExpMinusEighth, x + high_terms);
  // One factor exp(-2^k) for every bit of the remainder's multiples of 1/4.
  constexpr std::int32_t kFactors[] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
  for (int bit = 0; bit < 7; ++bit) {
    if ((remainder >> (24 + bit)) & 1) result = saturating_rounding_doubling_high_mul(result, kFactors[bit]);
  }
  return result;
}

// exp of a softmax input's difference from the largest of its row, in [-255, 0], in Q0.31; 0 where it is below
// diff_min. Requires: rescale.shift in [0, 30]; diff_min <= 0; difference * multiplier * 2^shift >= -2^62 where it is
// not below diff_min, so that the high product is in int32.
static constexpr std::int32_t softmax_exponential(Rescale rescale, std::int32_t diff_min, std::int32_t difference) {
  if (difference < diff_min) return 0;
  const std::int64_t product = (std::int64_t{difference} * rescale.multiplier) * (std::int64_t{1} << rescale.shift);
  return exp_on_negative_values(static_cast<std::int32_t>((product + (std::int64_t{1} << 30)) >> 31));
}

static constexpr std::int32_t saturating_shift_left(std::int32_t x, std::int32_t bits) {
  const std::int32_t limit = (kInt32Max >> bits);
  if (x > limit) return kInt32Max;
  if (x < -limit) return kInt32Min;
  return wrapping_shift_left(x, bits);
}

// About 1 / (1 + a) in Q0.31 for a in [0, 1) in Q0.31: three Newton-Raphson steps.
static constexpr std::int32_t one_over_one_plus_x(std::int32_t a) {
  const std::int64_t sum = static_cast<std::int64_t>(a) + kInt32Max;
  const std::int32_t half_denominator = static_cast<std::int32_t>((sum + (sum >= 0 ? 1 : -1)) / 2);
  constexpr std::int32_t k48Over17 = 1515870810;  // Q2.29
  constexpr std::int32_t kMinus32Over17 = -1010580540;
  std::int32_t x = k48Over17 + saturating_rounding_doubling_high_mul(half_denominator, kMinus32Over17);
  for (int i = 0; i < 3; ++i) {
    const std::int32_t error = (1 << 29) - saturating_rounding_doubling_high_mul(half_denominator, x);
    x += saturating_shift_left(saturating_rounding_doubling_high_mul(x, error), 2);
  }
  return saturating_shift_left(x, 1);
}

}  // namespace qrun::kernels
