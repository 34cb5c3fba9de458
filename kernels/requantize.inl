// The forms of vectorized requantization, shared by the kernels whose accumulators end in int32 lanes, and x86's
// constants of them; ARM's: requantize_neon.inl.
//
// Why here: which cheap form equals quantize.h's two roundings is decided once, when weights are packed, for every
// vector of channels. Let m be the multiplier, e = -shift, z the output's zero point, h the first rounding,
// saturating_rounding_doubling_high_mul(x, m) = floor((x m + 2^30) / 2^31), and C = 2^30 + 2^(30+e) + z * 2^(31+e).
//
// rounding_divide_by_pot(h, e) is floor((h + 2^(e-1) - [h < 0]) / 2^e) for e >= 1, and [x < 0] may stand for [h < 0]:
// they differ only at h = 0, where both numerators lie in [0, 2^e). Nested floors of divisions collapse into one, so
// that apply(x) + z = floor((floor((x m + C) / 2^31) - [x < 0]) / 2^e).
//
// kRightShiftClamped: without the sign term, where clamp.min >= z. It can only raise the result of an x < 0, and to no
//   more than floor((h + 2^(e-1)) / 2^e) + z <= z, as h <= 0; the clamp makes both clamp.min. |x m| < 2^62 and |C| <
//   2^62 where (|z| + 1) 2^e <= 2^31: the sum stays in int64. Its high half, shifted right by e - 1, is the result: the
//   high halves of even and odd lanes merge first, then one 32-bit shift serves all.
// kRightShift: the accumulators start 2^31 higher, as unsigned u = x + 2^31. Modulo 2^64, u * 2m + (2 C - 2^32 (m + 1))
//   is 2 (x m + C - 2^31). Its high half is floor((x m + C) / 2^31) - 1, if that fits int32: |x| + (|z| + 1) 2^e < 2^31
//   suffices. u's top bit is [x >= 0] = 1 - [x < 0]: adding it leaves the numerator above, and a shift by e remains.
// Word shift: behind either, where nothing is clamped but to uint8 and the last shift s is in [1, 8], what is to be
//   shifted may saturate to uint16 first: a negative number is 0 both ways, and what 65535 stands for is 255 both ways,
//   as 65535 >> s >= 255. One 16-bit shift serves twice the lanes, and no clamp is left. s >= 1 leaves words that
//   packing takes for positive.
// kOnce, the rounding of the same name: floor((x m + 2^(30+e) + z * 2^(31+e)) / 2^(31+e)) for any clamp, as no other
//   rounding comes before. Here it is kRightShiftClamped with another addend; ARM, whose products round, has a form of
//   its own. It rounds halves up, and so serves where that does not matter (ties_matter of quantize.h): all but where m
//   has less than 10 bits besides trailing zeros, and most of these.
// kOnceWithTies: the rest of that rounding. A half is where the lower 31+e bits of the sum are zero; there the result
//   less z is made even. All channels of an operator take one of these two forms, or none does.
// kAny: whatever else the file may hold, quantize.h's functions step by step. Multipliers of 1/2 and more, and tiny
// ones. A multiplier of 0 is any e. A channel whose results are all 0 by its bound (pruned ones carry tiny scales) is
// given one, and an e that all forms and the word shift allow, as apply is monotonic.

#pragma once

#include <cstdint>

#include "kernels/quantize.h"

namespace qrun::kernels {
namespace {

enum class Form : std::int32_t { kOnce, kRightShiftClamped, kRightShift, kAny, kOnceWithTies };

template <int kLanes>
struct alignas(64) VectorConstants {
  // What kRightShift adds to every accumulator.
  static constexpr std::int32_t kRightShiftOffset = kInt32Min;

  std::int32_t bias[kLanes];
  std::int32_t multiplier[kLanes];
  std::int32_t odd_multiplier[kLanes];  // each odd lane's, one lane down: where a product of 64-bit lanes reads it
  std::int32_t shift[kLanes];           // to the right; the rescale's own for kAny
  std::int64_t even_addend[(kLanes + 1) / 2];  // the zero point for kAny
  std::int64_t odd_addend[(kLanes + 1) / 2];
};

// The form that serves the rounding of that name where no ties matter.
template <class Constants>
constexpr Form kFormOfOnce = Form::kRightShiftClamped;

// The rescale to use in place of `rescale` where |x| <= bound. -bound needs no look: halves of the first rounding go
// up or to even, so its result is no larger.
inline Rescale simplify(Rescale rescale, std::uint32_t bound, Rounding rounding) {
  const bool zero = rescale.multiplier == 0 || apply(rescale, static_cast<std::int32_t>(bound), rounding) == 0;
  return zero ? Rescale{0, -2} : rescale;
}

// What one channel allows where |x| <= bound; a vector or panel takes the largest of its channels' forms. Channels of a
// tensor differ in nothing but kAny or kOnceWithTies, so that what allows the others allows the largest.
template <class Constants>
Form form_of(Rescale rescale, std::uint32_t bound, std::int32_t output_zero_point, Clamp clamp, Rounding rounding) {
  if (rounding == Rounding::kOnce) {
    return ties_matter(rescale, bound, output_zero_point, clamp) ? Form::kOnceWithTies : kFormOfOnce<Constants>;
  }
  const int e = -rescale.shift;
  const std::int64_t magnitude = output_zero_point < 0 ? -output_zero_point : output_zero_point;
  if (e < 1 || e > 31 || (magnitude + 1) << e > std::int64_t{1} << 31) return Form::kAny;
  if (clamp.min >= output_zero_point) return Form::kRightShiftClamped;
  return bound + ((magnitude + 1) << e) < (std::int64_t{1} << 31) ? Form::kRightShift : Form::kAny;
}

// Whether the word shift may follow; `form` is the one that the vector or panel takes.
inline bool allows_word_shift(Form form, Rescale rescale, Clamp clamp) {
  if (form == Form::kAny || form == Form::kOnceWithTies) return false;
  const int shift = -rescale.shift - (form == Form::kRightShiftClamped ? 1 : 0);
  return clamp.min == 0 && clamp.max == 255 && shift >= 1 && shift <= 8;
}

// All constants of a lane but its bias, which starts as what the form adds to every accumulator.
template <int kLanes>
void set_lane(VectorConstants<kLanes>& constants, int lane, Form form, Rescale rescale, std::int32_t output_zero_point,
              Rounding rounding) {
  // A pointer: GCC 12's undefined behaviour sanitizer makes a copy of an array that is chosen and indexed in one.
  std::int64_t* addends = lane % 2 == 0 ? constants.even_addend : constants.odd_addend;
  std::int64_t& addend = addends[lane / 2];
  constants.bias[lane] = form == Form::kRightShift ? constants.kRightShiftOffset : 0;
  const auto set_multiplier = [&](std::int32_t multiplier) {
    constants.multiplier[lane] = multiplier;
    if (lane % 2 == 1) constants.odd_multiplier[lane - 1] = multiplier;
  };
  set_multiplier(rescale.multiplier);
  if (form == Form::kAny) {
    constants.shift[lane] = rescale.shift;
    addend = output_zero_point;
    return;
  }
  const int e = -rescale.shift;
  const std::int64_t first = rounding == Rounding::kTwice ? std::int64_t{1} << 30 : 0;
  const std::int64_t sum =
      first + (std::int64_t{1} << (30 + e)) + std::int64_t{output_zero_point} * (std::int64_t{1} << (31 + e));
  if (form != Form::kRightShift) {
    constants.shift[lane] = e - 1;
    addend = sum;
  } else {
    constants.shift[lane] = e;
    set_multiplier(wrapping_shift_left(rescale.multiplier, 1));
    addend = static_cast<std::int64_t>(2 * static_cast<std::uint64_t>(sum) -
                                       ((static_cast<std::uint64_t>(rescale.multiplier) + 1) << 32));
  }
}

// bias + value modulo 2^32.
inline std::int32_t wrapping_add(std::int32_t bias, std::uint32_t value) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(bias) + value);
}

}  // namespace
}  // namespace qrun::kernels
