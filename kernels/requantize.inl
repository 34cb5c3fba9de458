// The constants of vectorized requantization, shared by the x86 kernels whose accumulators end in int32 lanes.
//
// Why here: which cheap form equals quantize.h's two roundings is decided once, when weights are packed, for every
// vector of channels. Let m be the multiplier, e = -shift, z the output's zero point, and
// C = 2^30 + 2^(30+e) + z * 2^(31+e).
//
// kRightShift: apply(x) + z = (x m + C - [x < 0] 2^31) >> (31 + e), where 1 <= e <= 23.
//   saturating_rounding_doubling_high_mul(x, m) is h = floor((x m + 2^30) / 2^31), for either sign.
//   rounding_divide_by_pot(h, e) is floor((h + 2^(e-1) - [h < 0]) / 2^e), and [x < 0] may stand for [h < 0]: they
//   differ only at h = 0, where both numerators lie in [0, 2^e). Nested floors of divisions collapse into one.
//   |x m| < 2^62 and |C| < 2^62 where e <= 23: the sum stays in int64.
//   The high half of the sum, shifted right by e - 1, is the result: the high halves of even and odd lanes merge first,
//   then one 32-bit shift serves all.
// kRightShiftClamped: the sign term is dropped, where clamp.min >= z. It can only raise the result of an x < 0, and to
//   no more than floor((h + 2^(e-1)) / 2^e) + z <= z, as h <= 0; the clamp makes both clamp.min.
// kAny: whatever else, quantize.h's own function lane by lane. Multipliers of 1/2 and more, rare in real networks.
// A multiplier of 0 is any e. A channel whose results are all 0 by its bound (pruned ones carry tiny scales) is given
// one, as apply is monotonic.

#pragma once

#include <cstdint>

#include "kernels/quantize.h"

namespace qrun::kernels {
namespace {

enum class Form : std::int32_t { kRightShiftClamped, kRightShift, kAny };

template <int kLanes>
struct alignas(64) VectorConstants {
  std::int32_t bias[kLanes];
  std::int32_t multiplier[kLanes];
  std::int32_t shift[kLanes];  // e - 1; the rescale's own for kAny
  std::int64_t even_addend[kLanes / 2];
  std::int64_t odd_addend[kLanes / 2];
};

// The rescale to use in place of `rescale` where |x| <= bound. -bound needs no look: halves of the first rounding go
// up, so its result is no larger.
Rescale simplify(Rescale rescale, std::uint32_t bound) {
  const bool zero = rescale.multiplier == 0 || apply(rescale, static_cast<std::int32_t>(bound)) == 0;
  return zero ? Rescale{0, -1} : rescale;
}

// What one channel allows; a vector or panel takes the largest of its channels' forms.
Form form_of(Rescale rescale, std::int32_t output_zero_point, Clamp clamp) {
  if (rescale.shift > -1 || rescale.shift < -23) return Form::kAny;
  return clamp.min >= output_zero_point ? Form::kRightShiftClamped : Form::kRightShift;
}

template <int kLanes>
void set_lane(VectorConstants<kLanes>& constants, int lane, Form form, Rescale rescale,
              std::int32_t output_zero_point) {
  constants.multiplier[lane] = rescale.multiplier;
  if (form == Form::kAny) {
    constants.shift[lane] = rescale.shift;
    return;
  }
  const int e = -rescale.shift;
  constants.shift[lane] = e - 1;
  (lane % 2 == 0 ? constants.even_addend : constants.odd_addend)[lane / 2] =
      (std::int64_t{1} << 30) + (std::int64_t{1} << (30 + e)) +
      std::int64_t{output_zero_point} * (std::int64_t{1} << (31 + e));
}

}  // namespace
}  // namespace qrun::kernels
