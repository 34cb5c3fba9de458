// From the sums of 8 channels to bytes, with NEON: words as soon as the results fit them.
//
// Why here: an output takes nearly as many instructions to requantize as its products do. A depthwise sum has few
// terms, so that its result, before it saturates to 8 bits, all but always fits 16. Then one instruction halves two
// vectors, where saturating ones take two, and the zero point is added to half as many.

#pragma once

#include <arm_neon.h>

#include <cstddef>
#include <cstdint>

#include "kernels/requantize_neon.inl"

namespace qrun::kernels {
namespace {

// Whether apply(rescale, x) + zero point fits 16 bits for every |x| <= bound.
inline bool results_fit_words(Form form, Rescale rescale, std::uint32_t bound, Rounding rounding) {
  constexpr std::int32_t kMost = 32767 - 128 - 1;  // without the sign term -x may give 1 more than x, below zero
  return form != Form::kAny && form != Form::kOnceWithTies &&
         apply(rescale, static_cast<std::int32_t>(bound), rounding) <= kMost;
}

// The lower 16 bits of 8 lanes.
inline int16x8_t to_words(int32x4_t low, int32x4_t high) {
#ifdef __aarch64__
  return vuzp1q_s16(vreinterpretq_s16_s32(low), vreinterpretq_s16_s32(high));
#else
  return vcombine_s16(vmovn_s32(low), vmovn_s32(high));
#endif
}

template <Form kForm>
constexpr bool kRoundsOnce = kForm == Form::kOnce || kForm == Form::kOnceWithTies;

// y = apply(rescale, x) + zero point of 8 channels, saturated, in `kForm` where kWords, else step by step whatever the
// form, but those of the other rounding: that is rare.
template <Form kForm, bool kWords>
class RequantizeBytes {
 public:
  explicit RequantizeBytes(const NeonConstants* constants)
      : multiplier_{vld1q_s32(constants[0].multiplier), vld1q_s32(constants[1].multiplier)},
        shift_{vld1q_s32(constants[0].shift), vld1q_s32(constants[1].shift)},
        zero_point_(vdupq_n_s16(static_cast<std::int16_t>(constants[0].zero_point[0]))) {}

  int8x8_t operator()(const int32x4_t (&x)[2]) const {
    int32x4_t y[2];
    for (int v = 0; v < 2; ++v) {
      y[v] = vrshlq_s32(high_product<kForm>(x[v], multiplier_[v]), shift_[v]);
    }
    return vqmovn_s16(vaddq_s16(to_words(y[0], y[1]), zero_point_));
  }

 private:
  int32x4_t multiplier_[2], shift_[2];
  int16x8_t zero_point_;
};

template <Form kForm>
class RequantizeBytes<kForm, false> {
 public:
  explicit RequantizeBytes(const NeonConstants* constants)
      : requantize_{Requantize(constants[0]), Requantize(constants[1])} {}

  int8x8_t operator()(const int32x4_t (&x)[2]) const {
    return vget_low_s8(narrow_int8<2>({requantize_[0](x[0]), requantize_[1](x[1])}, {-128, 127}));
  }

 private:
  using Requantize = RequantizeNeon<kRoundsOnce<kForm> ? kForm : Form::kAny>;
  Requantize requantize_[2];
};

// Clamps several outputs' bytes, which are saturated: most ranges are all there is.
template <int kOutputs>
[[gnu::always_inline]] inline void clamp_bytes(int8x8_t (&bytes)[kOutputs], Clamp range) {
  if (range.min == -128 && range.max == 127) return;
  asm volatile("" : "+r"(range.min));  // not before the branch, where it would take registers that are needed
  asm volatile("" : "+r"(range.max));
  const int8x8_t min = vdup_n_s8(static_cast<std::int8_t>(range.min)),
                 max = vdup_n_s8(static_cast<std::int8_t>(range.max));
  for (int8x8_t& y : bytes) y = vmin_s8(vmax_s8(y, min), max);
}

}  // namespace
}  // namespace qrun::kernels
