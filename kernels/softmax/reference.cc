// Softmax of each row in integers: exponentials of x - max(row), and one reciprocal of their sum.
//
// Source: docs/arithmetic.md, Softmax and tables. Only 256 differences exist: their exponentials are a constant.

#include "kernels/reference.h"

#include <algorithm>

#include "kernels/softmax/reciprocal.h"
#include "kernels/typed.h"

namespace qrun::kernels::reference {
namespace {

// A row's exponentials, read from the constant.
template <class T>
class Exponentials {
 public:
  Exponentials(const T* x, std::int32_t depth, const Operands& operands)
      : x_(x),
        largest_(*std::max_element(x, x + depth)),
        exponential_(reinterpret_cast<const std::int32_t*>(operands.constant)) {}
  std::int32_t operator[](std::int32_t i) const { return exponential_[largest_ - x_[i]]; }

 private:
  const T* x_;
  std::int32_t largest_;
  const std::int32_t* exponential_;
};

template <class T>
void row_in_256ths(const Exponentials<T>& exponential, T* y, std::int32_t depth) {
  std::uint64_t sum = 0;
  for (std::int32_t i = 0; i < depth; ++i) {
    sum += static_cast<std::uint64_t>(rounding_divide_by_pot(exponential[i], 12));
  }
  if (sum >= kSumTooLarge) {
    std::fill_n(y, depth, std::numeric_limits<T>::min());
    return;
  }
  const Reciprocal inverse = reciprocal(sum);
  for (std::int32_t i = 0; i < depth; ++i) {
    const std::int32_t quotient = saturating_rounding_doubling_high_mul(inverse.multiplier, exponential[i]);
    y[i] = saturate<T>(rounding_divide_by_pot(quotient, inverse.exponent) + kStorageRange<T>.min);
  }
}

template <class T>
void row_of_any_scale(const SoftmaxParams& p, const Exponentials<T>& exponential, T* y) {
  std::uint64_t sum = kSumOfNothing;
  for (std::int32_t i = 0; i < p.depth; ++i) sum += static_cast<std::uint64_t>(exponential[i]);
  const Reciprocal inverse = reciprocal_q31(sum);
  const Rescale rescale = quotient_rescale(p.output_rescale, inverse.exponent);
  for (std::int32_t i = 0; i < p.depth; ++i) {
    const std::int32_t quotient = saturating_rounding_doubling_high_mul(inverse.multiplier, exponential[i]);
    y[i] = saturate<T>(apply(rescale, quotient) + p.output_zero_point);
  }
}

}  // namespace

template <class T>
void softmax(const SoftmaxParams& p, const Operands& operands, Range rows) {
  for (std::int32_t row = rows.begin; row < rows.end; ++row) {
    const std::ptrdiff_t offset = std::ptrdiff_t{row} * p.depth;
    const Exponentials<T> exponential(input<T>(operands, 0) + offset, p.depth, operands);
    T* y = output<T>(operands) + offset;
    if (p.any_scale) {
      row_of_any_scale(p, exponential, y);
    } else {
      row_in_256ths(exponential, y, p.depth);
    }
  }
}

template void softmax<std::int8_t>(const SoftmaxParams&, const Operands&, Range);
template void softmax<std::uint8_t>(const SoftmaxParams&, const Operands&, Range);

}  // namespace qrun::kernels::reference
