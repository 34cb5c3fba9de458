// Softmax for any CPU: of a long row only the 256 possible outputs are computed, and looked up.

#include <algorithm>

#include "kernels/largest.h"
#include "kernels/row_kernels.h"
#include "kernels/softmax/reciprocal.h"
#include "kernels/typed.h"

namespace qrun::kernels::portable {
namespace {

// The reference's output in one multiplication. Nothing is negative, so that both roundings add a half and take the
// floor, and nested floors of divisions are one: with R and k the reciprocal's multiplier and exponent,
//   floor((floor((e R + 2^30) / 2^31) + 2^(k-1)) / 2^k) = floor((e R + 2^30 + 2^(30+k)) / 2^(31+k)).
// e R < 2^62 and k <= 31: the sum fits.
template <class T>
class Output {
 public:
  explicit Output(Reciprocal inverse)
      : multiplier_(static_cast<std::uint32_t>(inverse.multiplier)),
        rounding_((std::uint64_t{1} << 30) + (std::uint64_t{1} << (30 + inverse.exponent))),
        shift_(31 + inverse.exponent) {}

  T operator()(std::uint32_t exponential) const {
    const std::uint64_t quotient = (exponential * multiplier_ + rounding_) >> shift_;
    return saturate<T>(static_cast<std::int32_t>(quotient) + kStorageRange<T>.min);
  }

 private:
  std::uint64_t multiplier_, rounding_;
  std::int32_t shift_;
};

}  // namespace

template <class T>
void softmax(const SoftmaxParams& p, const Operands& operands, Range rows) {
  const auto* exponential = reinterpret_cast<const std::uint32_t*>(operands.constant);
  constexpr std::int32_t kLongRow = 256;
  for (std::int32_t row = rows.begin; row < rows.end; ++row) {
    const T* x = input<T>(operands, 0) + std::ptrdiff_t{row} * p.depth;
    T* y = kernels::output<T>(operands) + std::ptrdiff_t{row} * p.depth;
    const T top = largest(x, p.depth);
    const auto difference = [x, top](std::ptrdiff_t i) { return static_cast<std::uint8_t>(top - x[i]); };
    std::uint64_t sum = 0;
#pragma GCC unroll 4
    for (std::ptrdiff_t i = 0; i < p.depth; ++i) sum += (exponential[difference(i)] + (1U << 11)) >> 12;
    if (sum >= kSumTooLarge) {
      std::fill_n(y, p.depth, std::numeric_limits<T>::min());
      continue;
    }
    const Output<T> output(reciprocal(sum));
    if (p.depth < kLongRow) {
      for (std::ptrdiff_t i = 0; i < p.depth; ++i) y[i] = output(exponential[difference(i)]);
    } else {
      T outputs[256];
      for (std::size_t d = 0; d < 256; ++d) outputs[d] = output(exponential[d]);
#pragma GCC unroll 4
      for (std::ptrdiff_t i = 0; i < p.depth; ++i) y[i] = outputs[difference(i)];
    }
  }
}

template void softmax<std::int8_t>(const SoftmaxParams&, const Operands&, Range);
template void softmax<std::uint8_t>(const SoftmaxParams&, const Operands&, Range);

}  // namespace qrun::kernels::portable
