// Softmax of each row in integers: exponentials of x - max(row), and one reciprocal of their sum.
//
// Source: docs/arithmetic.md, Softmax and tables. Only 256 differences exist: their exponentials are a constant.

#include "kernels/reference.h"

#include <algorithm>

#include "kernels/softmax/reciprocal.h"
#include "kernels/typed.h"

namespace qrun::kernels::reference {

template <class T>
void softmax(const SoftmaxParams& p, const Operands& operands, Range rows) {
  const auto* exponential = reinterpret_cast<const std::int32_t*>(operands.constant);
  for (std::int32_t row = rows.begin; row < rows.end; ++row) {
    const T* x = input<T>(operands, 0) + std::ptrdiff_t{row} * p.depth;
    T* y = output<T>(operands) + std::ptrdiff_t{row} * p.depth;
    const std::int32_t largest = *std::max_element(x, x + p.depth);
    std::uint64_t sum = 0;
    for (std::int32_t i = 0; i < p.depth; ++i) {
      sum += static_cast<std::uint64_t>(rounding_divide_by_pot(exponential[largest - x[i]], 12));
    }
    if (sum >= kSumTooLarge) {
      std::fill_n(y, p.depth, std::numeric_limits<T>::min());
      continue;
    }
    const Reciprocal inverse = reciprocal(sum);
    for (std::int32_t i = 0; i < p.depth; ++i) {
      const std::int32_t quotient =
          saturating_rounding_doubling_high_mul(inverse.multiplier, exponential[largest - x[i]]);
      y[i] = saturate<T>(rounding_divide_by_pot(quotient, inverse.exponent) + kStorageRange<T>.min);
    }
  }
}

template void softmax<std::int8_t>(const SoftmaxParams&, const Operands&, Range);
template void softmax<std::uint8_t>(const SoftmaxParams&, const Operands&, Range);

}  // namespace qrun::kernels::reference
