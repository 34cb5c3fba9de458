// Softmax of each row in integers: exponentials of x - max(row), and one reciprocal of their sum.
//
// Source: docs/arithmetic.md, Softmax and tables. A row whose exponentials sum to 512 or more has quotients below what
// the output can show: all are zero.

#include "kernels/reference.h"

#include <algorithm>
#include <bit>

#include "kernels/typed.h"

namespace qrun::kernels::reference {
namespace {

constexpr std::int64_t kSumTooLarge = std::int64_t{512} << 19;  // the sum is in Q12.19

// exponential / sum, in units of the output's 1/256, is exponential * multiplier / 2^31 / 2^exponent.
struct Reciprocal {
  std::int32_t multiplier;
  std::int32_t exponent;
};

// Requires: 2^19 <= sum < kSumTooLarge, so exponent is in [23, 31].
Reciprocal reciprocal(std::int32_t sum) {
  const auto bits = static_cast<std::uint32_t>(sum);
  const std::int32_t headroom = std::countl_zero(bits);
  const std::uint32_t fraction = (bits << headroom) - (1U << 31);  // sum = (1 + fraction) * 2^(12 - headroom)
  return {one_over_one_plus_x(static_cast<std::int32_t>(fraction)), 12 - headroom + 31 - 8};
}

}  // namespace

template <class T>
void softmax(const SoftmaxParams& p, const Operands& operands, Range rows) {
  // exp(x - max) in Q0.31; zero where the difference is too far below.
  const auto exponential = [&p](std::int32_t difference) {
    if (difference < p.diff_min) return 0;
    const std::int32_t scaled = wrapping_shift_left(difference, p.rescale.shift);
    return exp_on_negative_values(saturating_rounding_doubling_high_mul(scaled, p.rescale.multiplier));
  };
  for (std::int32_t row = rows.begin; row < rows.end; ++row) {
    const T* x = input<T>(operands, 0) + std::ptrdiff_t{row} * p.depth;
    T* y = output<T>(operands) + std::ptrdiff_t{row} * p.depth;
    const std::int32_t largest = *std::max_element(x, x + p.depth);
    std::int64_t sum = 0;
    for (std::int32_t i = 0; i < p.depth; ++i) sum += rounding_divide_by_pot(exponential(x[i] - largest), 12);
    if (sum >= kSumTooLarge) {
      std::fill_n(y, p.depth, std::numeric_limits<T>::min());
      continue;
    }
    const Reciprocal inverse = reciprocal(static_cast<std::int32_t>(sum));
    for (std::int32_t i = 0; i < p.depth; ++i) {
      const std::int32_t quotient =
          saturating_rounding_doubling_high_mul(inverse.multiplier, exponential(x[i] - largest));
      y[i] = saturate<T>(rounding_divide_by_pot(quotient, inverse.exponent) + kStorageRange<T>.min);
    }
  }
}

template void softmax<std::int8_t>(const SoftmaxParams&, const Operands&, Range);
template void softmax<std::uint8_t>(const SoftmaxParams&, const Operands&, Range);

}  // namespace qrun::kernels::reference
