#include "kernels/bounds.h"

#include <algorithm>
#include <cstdlib>

namespace qrun::kernels {

namespace {

struct Extremes {
  std::int64_t low, high;
  bool fit;  // in int32, as does all on the way
};

// Of apply(rescale, x, rounding) + offset for |x| <= bound.
Extremes extremes(Rescale rescale, std::int64_t bound, std::int64_t offset, Rounding rounding) {
  const std::int32_t left = std::max(rescale.shift, std::int32_t{0});
  if (bound > (std::int64_t{kInt32Max} >> left)) return {0, 0, false};
  // apply is monotonic and nearly odd: the extremes are at the ends.
  const std::int64_t low = apply(rescale, static_cast<std::int32_t>(-bound), rounding) + offset;
  const std::int64_t high = apply(rescale, static_cast<std::int32_t>(bound), rounding) + offset;
  return {low, high, low >= kInt32Min && high <= kInt32Max};
}

}  // namespace

bool fits_int32(Rescale rescale, std::int64_t bound, std::int64_t offset) {
  return extremes(rescale, bound, offset, Rounding::kTwice).fit;
}

bool allows_rounding_once(Rescale rescale) {
  return rescale.multiplier == 0 || (rescale.shift >= kMinOnceShift && rescale.shift <= kMaxOnceShift);
}

ChannelBound channel_bound(std::int64_t sum_abs_weights, std::int32_t bias, std::int32_t input_min,
                           std::int32_t input_max, std::int32_t input_zero_point, Rescale rescale,
                           std::int32_t output_zero_point, Rounding rounding) {
  const std::int64_t reach = std::max(std::abs(std::int64_t{input_min} - input_zero_point),
                                      std::abs(std::int64_t{input_max} - input_zero_point));
  ChannelBound result{sum_abs_weights * reach + std::abs(std::int64_t{bias}), 0, 0, false};
  const Extremes output = extremes(rescale, result.accumulator, output_zero_point, rounding);
  if (!output.fit) return result;
  result.output_min = output.low;
  result.output_max = output.high;
  result.proved = true;
  return result;
}

std::int64_t sum_abs_weights(const std::uint8_t* weights, std::int64_t count, std::int64_t stride, std::uint8_t flip,
                             std::int32_t zero_point) {
  // Both plus 128, as unsigned bytes: neighbouring weights then make the sum of absolute differences that CPUs have.
  const auto zero = static_cast<std::uint8_t>(zero_point + 128), unsigned_flip = static_cast<std::uint8_t>(flip ^ 0x80);
  const auto distance = [&](std::uint8_t byte) {
    return std::abs(std::int32_t{static_cast<std::uint8_t>(byte ^ unsigned_flip)} - zero);
  };
  constexpr std::int64_t kFits32Bits = std::int64_t{1} << 20;
  std::int64_t sum = 0;
  while (count > 0) {
    const std::int64_t some = std::min(count, kFits32Bits);
    std::int32_t sum_of_some = 0;
    if (stride == 1) {
      for (std::int64_t i = 0; i < some; ++i) sum_of_some += distance(weights[i]);
    } else {
      for (std::int64_t i = 0; i < some; ++i) sum_of_some += distance(weights[i * stride]);
    }
    sum += sum_of_some;
    weights += some * stride;
    count -= some;
  }
  return sum;
}

}  // namespace qrun::kernels
