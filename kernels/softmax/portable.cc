// Softmax for any CPU: of a long row only the 256 possible outputs are computed, and looked up.

#include <algorithm>

#include "kernels/largest.h"
#include "kernels/row_kernels.h"
#include "kernels/softmax/reciprocal.h"
#include "kernels/typed.h"

namespace qrun::kernels::portable {
namespace {

// What a row adds up, and the outputs that follow from the sum: two of a kind, so that no element pays for a choice.

// The reference's output in one multiplication. Nothing is negative, so that both roundings add a half and take the
// floor, and nested floors of divisions are one: with R and k the reciprocal's multiplier and exponent,
//   floor((floor((e R + 2^30) / 2^31) + 2^(k-1)) / 2^k) = floor((e R + 2^30 + 2^(30+k)) / 2^(31+k)).
// e R < 2^62 and k <= 31: the sum fits.
template <class T>
class OutputIn256ths {
 public:
  static constexpr std::uint64_t kStart = 0;
  static std::uint64_t summand(std::uint32_t exponential) { return (exponential + (1U << 11)) >> 12; }

  static bool all_least(std::uint64_t sum) { return sum >= kSumTooLarge; }

  OutputIn256ths(const SoftmaxParams& /*p*/, std::uint64_t sum) {
    const Reciprocal inverse = reciprocal(sum);
    multiplier_ = static_cast<std::uint32_t>(inverse.multiplier);
    rounding_ = (std::uint64_t{1} << 30) + (std::uint64_t{1} << (30 + inverse.exponent));
    shift_ = 31 + inverse.exponent;
  }

  T operator()(std::uint32_t exponential) const {
    const std::uint64_t quotient = (exponential * multiplier_ + rounding_) >> shift_;
    return saturate<T>(static_cast<std::int32_t>(quotient) + kStorageRange<T>.min);
  }

 private:
  std::uint64_t multiplier_, rounding_;
  std::int32_t shift_;
};

// The reference's output in two multiplications: the output's multiplier M makes what is rounded before it matter, and
// the two roundings after it are one as above, with k in [1, 31] the right shift.
template <class T>
class OutputOfAnyScale {
 public:
  static constexpr std::uint64_t kStart = kSumOfNothing;
  static std::uint64_t summand(std::uint32_t exponential) { return exponential; }
  static bool all_least(std::uint64_t /*sum*/) { return false; }

  OutputOfAnyScale(const SoftmaxParams& p, std::uint64_t sum) : zero_point_(p.output_zero_point) {
    const Reciprocal inverse = reciprocal_q31(sum);
    const Rescale rescale = quotient_rescale(p.output_rescale, inverse.exponent);
    reciprocal_ = static_cast<std::uint32_t>(inverse.multiplier);
    multiplier_ = static_cast<std::uint32_t>(rescale.multiplier);
    rounding_ = (std::uint64_t{1} << 30) + (std::uint64_t{1} << (30 - rescale.shift));
    shift_ = 31 - rescale.shift;
  }

  T operator()(std::uint32_t exponential) const {
    const std::uint64_t quotient = (exponential * reciprocal_ + (std::uint64_t{1} << 30)) >> 31;
    const std::uint64_t scaled = (quotient * multiplier_ + rounding_) >> shift_;
    return saturate<T>(static_cast<std::int32_t>(scaled) + zero_point_);
  }

 private:
  std::uint64_t reciprocal_, multiplier_, rounding_;
  std::int32_t shift_, zero_point_;
};

template <class T, class Output>
void softmax_rows(const SoftmaxParams& p, const Operands& operands, Range rows) {
  const auto* exponential = reinterpret_cast<const std::uint32_t*>(operands.constant);
  constexpr std::int32_t kLongRow = 256;
  for (std::int32_t row = rows.begin; row < rows.end; ++row) {
    const T* x = input<T>(operands, 0) + std::ptrdiff_t{row} * p.depth;
    T* y = kernels::output<T>(operands) + std::ptrdiff_t{row} * p.depth;
    const T top = largest(x, p.depth);
    const auto difference = [x, top](std::ptrdiff_t i) { return static_cast<std::uint8_t>(top - x[i]); };
    std::uint64_t sum = Output::kStart;
#pragma GCC unroll 4
    for (std::ptrdiff_t i = 0; i < p.depth; ++i) sum += Output::summand(exponential[difference(i)]);
    if (Output::all_least(sum)) {
      std::fill_n(y, p.depth, std::numeric_limits<T>::min());
      continue;
    }
    const Output output(p, sum);
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

}  // namespace

template <class T>
void softmax(const SoftmaxParams& p, const Operands& operands, Range rows) {
  if (p.any_scale) {
    softmax_rows<T, OutputOfAnyScale<T>>(p, operands, rows);
  } else {
    softmax_rows<T, OutputIn256ths<T>>(p, operands, rows);
  }
}

template void softmax<std::int8_t>(const SoftmaxParams&, const Operands&, Range);
template void softmax<std::uint8_t>(const SoftmaxParams&, const Operands&, Range);

}  // namespace qrun::kernels::portable
