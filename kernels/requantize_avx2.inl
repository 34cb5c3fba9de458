// Requantization of 8 int32 lanes with AVX2, and their way to 8-bit storage. Forms and proofs: requantize.inl.

#pragma once

#include <immintrin.h>

#include "kernels/requantize.inl"

namespace qrun::kernels {
namespace {

// saturating_rounding_doubling_high_mul of every lane; not for the one pair that saturates.
__m256i high_product(__m256i a, __m256i b) {
  const __m256i nudge = _mm256_set1_epi64x(std::int64_t{1} << 30);
  const __m256i even = _mm256_add_epi64(_mm256_mul_epi32(a, b), nudge);
  const __m256i odd = _mm256_add_epi64(_mm256_mul_epi32(_mm256_srli_epi64(a, 32), _mm256_srli_epi64(b, 32)), nudge);
  return _mm256_blend_epi32(_mm256_srli_epi64(even, 31), _mm256_add_epi64(odd, odd), 0xAA);
}

// y = apply(rescale, x) + zero point, for many vectors of the same channels, the first 8 of the constants' lanes.
// kRightShift takes x + 2^31.
template <Form kForm>
class Requantize256 {
 public:
  template <int kLanes>
  explicit Requantize256(const VectorConstants<kLanes>& constants)
      : multiplier_(load(constants.multiplier)),
        odd_multiplier_(load(constants.odd_multiplier)),
        even_addend_(load(constants.even_addend)),
        odd_addend_(load(constants.odd_addend)),
        shift_(load(constants.shift)) {}

  __m256i operator()(__m256i x) const {
    if constexpr (kForm == Form::kRightShiftClamped) {
      const __m256i even = _mm256_add_epi64(_mm256_mul_epi32(x, multiplier_), even_addend_);
      const __m256i odd = _mm256_add_epi64(_mm256_mul_epi32(odd_lanes(x), odd_multiplier_), odd_addend_);
      return _mm256_srav_epi32(high_halves(even, odd), shift_);
    } else {
      const __m256i even = _mm256_add_epi64(_mm256_mul_epu32(x, multiplier_), even_addend_);
      const __m256i odd = _mm256_add_epi64(_mm256_mul_epu32(odd_lanes(x), odd_multiplier_), odd_addend_);
      return _mm256_srav_epi32(_mm256_add_epi32(high_halves(even, odd), _mm256_srli_epi32(x, 31)), shift_);
    }
  }

 private:
  static __m256i load(const void* p) { return _mm256_load_si256(static_cast<const __m256i*>(p)); }
  static __m256i odd_lanes(__m256i x) { return _mm256_srli_epi64(x, 32); }
  static __m256i high_halves(__m256i even, __m256i odd) {
    return _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xAA);
  }

  __m256i multiplier_, odd_multiplier_, even_addend_, odd_addend_, shift_;
};

// kRightShiftClamped's sum; where nothing but zeros would be shifted out, what is odd less the zero point is one less.
template <>
class Requantize256<Form::kOnceWithTies> {
 public:
  explicit Requantize256(const VectorConstants<8>& constants)
      : multiplier_(load(constants.multiplier)),
        odd_multiplier_(load(constants.odd_multiplier)),
        even_addend_(load(constants.even_addend)),
        odd_addend_(load(constants.odd_addend)),
        shift_(load(constants.shift)) {
    const __m256i one = _mm256_set1_epi32(1);
    mask_ = _mm256_sub_epi32(_mm256_sllv_epi32(one, shift_), one);
    // The addend is z * 2^(31+e) and a half of that: only z is left.
    zero_point_ = _mm256_srav_epi32(high_halves(even_addend_, odd_addend_), shift_);
  }

  __m256i operator()(__m256i x) const {
    const __m256i even = _mm256_add_epi64(_mm256_mul_epi32(x, multiplier_), even_addend_);
    const __m256i odd = _mm256_add_epi64(_mm256_mul_epi32(_mm256_srli_epi64(x, 32), odd_multiplier_), odd_addend_);
    const __m256i high = high_halves(even, odd), low = _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xAA);
    const __m256i y = _mm256_srav_epi32(high, shift_);
    const __m256i rest = _mm256_or_si256(low, _mm256_and_si256(high, mask_));
    const __m256i tie = _mm256_cmpeq_epi32(rest, _mm256_setzero_si256());
    return _mm256_sub_epi32(y, _mm256_and_si256(_mm256_xor_si256(y, zero_point_), _mm256_srli_epi32(tie, 31)));
  }

 private:
  static __m256i load(const void* p) { return _mm256_load_si256(static_cast<const __m256i*>(p)); }
  static __m256i high_halves(__m256i even, __m256i odd) {
    return _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xAA);
  }

  __m256i multiplier_, odd_multiplier_, even_addend_, odd_addend_, shift_, mask_, zero_point_;
};

// Step by step, for any multiplier and shift.
template <>
class Requantize256<Form::kAny> {
 public:
  explicit Requantize256(const VectorConstants<8>& constants)
      : multiplier_(load(constants.multiplier)),
        zero_point_(
            _mm256_blend_epi32(load(constants.even_addend), _mm256_slli_epi64(load(constants.odd_addend), 32), 0xAA)) {
    const __m256i shift = load(constants.shift), zero = _mm256_setzero_si256(), one = _mm256_set1_epi32(1);
    left_ = _mm256_max_epi32(shift, zero);
    right_ = _mm256_max_epi32(_mm256_sub_epi32(zero, shift), zero);
    mask_ = _mm256_sub_epi32(_mm256_sllv_epi32(one, right_), one);
  }

  __m256i operator()(__m256i x) const {
    x = _mm256_sllv_epi32(x, left_);  // fits: the model's bounds prove it
    const __m256i product = high_product(x, multiplier_);
    // rounding_divide_by_pot; a true comparison is -1.
    const __m256i remainder = _mm256_and_si256(product, mask_);
    const __m256i threshold = _mm256_add_epi32(_mm256_srli_epi32(mask_, 1), _mm256_srli_epi32(product, 31));
    const __m256i quotient = _mm256_add_epi32(_mm256_srav_epi32(product, right_), zero_point_);
    return _mm256_sub_epi32(quotient, _mm256_cmpgt_epi32(remainder, threshold));
  }

 private:
  static __m256i load(const void* p) { return _mm256_load_si256(static_cast<const __m256i*>(p)); }

  __m256i multiplier_, zero_point_, left_, right_, mask_;
};

// 8 * kVectors lanes as int16, saturated, in order.
template <int kVectors>
__m256i narrow_int16(const __m256i (&y)[kVectors]) {
  static_assert(kVectors == 1 || kVectors == 2);
  return _mm256_permute4x64_epi64(_mm256_packs_epi32(y[0], y[kVectors - 1]), 0xD8);
}

// 8 * kVectors lanes as int8 or uint8, saturated, then clamped. The bytes behind them are not to be used.
template <int kVectors>
__m128i narrow_int8(const __m256i (&y)[kVectors], Clamp range) {
  const __m256i words = narrow_int16<kVectors>(y);
  const __m128i bytes = _mm_packs_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
  return _mm_min_epi8(_mm_max_epi8(bytes, _mm_set1_epi8(static_cast<char>(range.min))),
                      _mm_set1_epi8(static_cast<char>(range.max)));
}
template <int kVectors>
__m128i narrow_uint8(const __m256i (&y)[kVectors], Clamp range) {
  const __m256i words = narrow_int16<kVectors>(y);
  const __m128i bytes = _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
  return _mm_min_epu8(_mm_max_epu8(bytes, _mm_set1_epi8(static_cast<char>(range.min))),
                      _mm_set1_epi8(static_cast<char>(range.max)));
}

// Writes them.
template <int kVectors>
void store_narrowed(std::uint8_t* output, __m128i bytes) {
  if constexpr (kVectors == 2) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(output), bytes);
  } else {
    _mm_storel_epi64(reinterpret_cast<__m128i*>(output), bytes);
  }
}
template <int kVectors>
void store_int8(std::uint8_t* output, const __m256i (&y)[kVectors], Clamp range) {
  store_narrowed<kVectors>(output, narrow_int8<kVectors>(y, range));
}
template <int kVectors>
void store_uint8(std::uint8_t* output, const __m256i (&y)[kVectors], Clamp range) {
  store_narrowed<kVectors>(output, narrow_uint8<kVectors>(y, range));
}

}  // namespace
}  // namespace qrun::kernels
