// Requantization of 4 int32 lanes with NEON, of 32 and of 64 bits, and their way to 8-bit storage.
//
// Why not the 64-bit products of requantize.inl: sqrdmulh is saturating_rounding_doubling_high_mul itself, and srshl to
// the right by e >= 1 is floor((h + 2^(e-1)) / 2^e), so that only the [x < 0] of rounding_divide_by_pot is left to
// subtract. The forms are the same:
// kOnce: sqdmulh in place of sqrdmulh does not round, the shift's floor is of the whole sum.   kOnceWithTies: a half is
// where the product's lower 31 bits are zero and e bits above them a half; there the result is made even.
// kRightShiftClamped: without the sign term.   kRightShift: with it.   kAny: for any shift, to the left before the
// multiplication, to the right after it; for a shift of 0 there is no sign term, as nothing is divided.

#pragma once

#include <arm_neon.h>

#include <cstring>

#include "kernels/requantize.inl"

namespace qrun::kernels {
namespace {

struct alignas(64) NeonConstants {
  // Accumulators start where they are.
  static constexpr std::int32_t kRightShiftOffset = 0;

  std::int32_t bias[4];
  std::int32_t multiplier[4];
  std::int32_t shift[4];  // the rescale's own: negative to the right
  std::int32_t zero_point[4];
};

template <>
constexpr Form kFormOfOnce<NeonConstants> = Form::kOnce;

// As of VectorConstants.
inline void set_lane(NeonConstants& constants, int lane, Form /*form*/, Rescale rescale, std::int32_t output_zero_point,
                     Rounding /*rounding*/) {
  constants.bias[lane] = 0;
  constants.multiplier[lane] = rescale.multiplier;
  constants.shift[lane] = rescale.shift;
  constants.zero_point[lane] = output_zero_point;
}

// The high product of the form.
template <Form kForm>
int32x4_t high_product(int32x4_t x, int32x4_t multiplier) {
  if constexpr (kForm == Form::kOnce) return vqdmulhq_s32(x, multiplier);
  int32x4_t product = vqrdmulhq_s32(x, multiplier);
  if constexpr (kForm == Form::kRightShift) product = vsraq_n_s32(product, x, 31);  // a negative number's bits are -1
  return product;
}

// y = apply(rescale, x) + zero point, for many vectors of the same channels.
template <Form kForm>
class RequantizeNeon {
 public:
  explicit RequantizeNeon(const NeonConstants& constants)
      : multiplier_(vld1q_s32(constants.multiplier)),
        shift_(vld1q_s32(constants.shift)),
        zero_point_(vld1q_s32(constants.zero_point)) {}

  int32x4_t operator()(int32x4_t x) const {
    return vaddq_s32(vrshlq_s32(high_product<kForm>(x, multiplier_), shift_), zero_point_);
  }

 private:
  int32x4_t multiplier_, shift_, zero_point_;
};

template <>
class RequantizeNeon<Form::kOnceWithTies> {
 public:
  explicit RequantizeNeon(const NeonConstants& constants)
      : multiplier_(vld1q_s32(constants.multiplier)),
        shift_(vld1q_s32(constants.shift)),
        zero_point_(vld1q_s32(constants.zero_point)) {
    const int32x4_t one = vdupq_n_s32(1), e = vnegq_s32(shift_);
    half_ = vshlq_s32(one, vsubq_s32(e, one));
    mask_ = vsubq_s32(vshlq_s32(one, e), one);
  }

  int32x4_t operator()(int32x4_t x) const {
    const int32x4_t high = vqdmulhq_s32(x, multiplier_), low = vmulq_s32(vaddq_s32(x, x), multiplier_);
    const int32x4_t rest = vorrq_s32(low, vandq_s32(veorq_s32(high, half_), mask_));
    const uint32x4_t tie = vceqq_s32(rest, vdupq_n_s32(0));
    const int32x4_t y = vbicq_s32(vrshlq_s32(high, shift_), vreinterpretq_s32_u32(vshrq_n_u32(tie, 31)));
    return vaddq_s32(y, zero_point_);
  }

 private:
  int32x4_t multiplier_, shift_, zero_point_, half_, mask_;
};

template <>
class RequantizeNeon<Form::kAny> {
 public:
  explicit RequantizeNeon(const NeonConstants& constants)
      : multiplier_(vld1q_s32(constants.multiplier)), zero_point_(vld1q_s32(constants.zero_point)) {
    const int32x4_t shift = vld1q_s32(constants.shift), zero = vdupq_n_s32(0);
    left_ = vmaxq_s32(shift, zero);
    right_ = vminq_s32(shift, zero);
    divides_ = vreinterpretq_s32_u32(vcltq_s32(shift, zero));
  }

  int32x4_t operator()(int32x4_t x) const {
    const int32x4_t product = vqrdmulhq_s32(vshlq_s32(x, left_), multiplier_);  // fits: the model's bounds prove it
    const int32x4_t sign = vandq_s32(vshrq_n_s32(x, 31), divides_);
    return vaddq_s32(vrshlq_s32(vaddq_s32(product, sign), right_), zero_point_);
  }

 private:
  int32x4_t multiplier_, zero_point_, left_, right_, divides_;
};

// 4 * kVectors lanes as int8, saturated, then clamped. The bytes behind them are not to be used.
template <int kVectors>
int8x16_t narrow_int8(const int32x4_t (&y)[kVectors], Clamp range) {
  static_assert(kVectors >= 1 && kVectors <= 4);
  const int16x8_t low = vcombine_s16(vqmovn_s32(y[0]), vqmovn_s32(y[kVectors > 1 ? 1 : 0]));
  int16x8_t high = low;
  if constexpr (kVectors > 2) high = vcombine_s16(vqmovn_s32(y[2]), vqmovn_s32(y[kVectors - 1]));
  const int8x16_t bytes = vcombine_s8(vqmovn_s16(low), vqmovn_s16(high));
  return vminq_s8(vmaxq_s8(bytes, vdupq_n_s8(static_cast<std::int8_t>(range.min))),
                  vdupq_n_s8(static_cast<std::int8_t>(range.max)));
}

// Writes them.
template <int kVectors>
void store_int8(std::uint8_t* output, const int32x4_t (&y)[kVectors], Clamp range) {
  const uint8x16_t bytes = vreinterpretq_u8_s8(narrow_int8<kVectors>(y, range));
  if constexpr (kVectors == 4) {
    vst1q_u8(output, bytes);
    return;
  }
  if constexpr (kVectors >= 2) vst1_u8(output, vget_low_u8(bytes));
  if constexpr (kVectors % 2 == 1) {
    const std::uint32_t four = vgetq_lane_u32(vreinterpretq_u32_u8(bytes), kVectors - 1);
    std::memcpy(output + 4 * (kVectors - 1), &four, sizeof(four));
  }
}

}  // namespace
}  // namespace qrun::kernels
