// Requantization of 8 int32 lanes with AVX2, and their way to 8-bit storage. Forms and proofs: requantize.inl.

#pragma once

#include <immintrin.h>

#include "kernels/requantize.inl"

namespace qrun::kernels {
namespace {

// y = apply(rescale, x) + zero point, for many vectors of the same channels.
template <Form kForm>
class Requantize256 {
 public:
  explicit Requantize256(const VectorConstants<8>& constants)
      : multiplier_(load(constants.multiplier)),
        odd_multiplier_(odd_lanes(multiplier_)),
        even_addend_(load(constants.even_addend)),
        odd_addend_(load(constants.odd_addend)),
        shift_(load(constants.shift)) {}

  __m256i operator()(__m256i x) const {
    const __m256i x_odd = odd_lanes(x);
    __m256i even = _mm256_add_epi64(_mm256_mul_epi32(x, multiplier_), even_addend_);
    __m256i odd = _mm256_add_epi64(_mm256_mul_epi32(x_odd, odd_multiplier_), odd_addend_);
    if constexpr (kForm == Form::kRightShift) {
      // The sign bit of the low half is worth 2^31 in its 64-bit lane: the very term.
      const __m256i sign = _mm256_set1_epi64x(std::int64_t{1} << 31);
      even = _mm256_sub_epi64(even, _mm256_and_si256(x, sign));
      odd = _mm256_sub_epi64(odd, _mm256_and_si256(x_odd, sign));
    }
    const __m256i high = _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xAA);
    return _mm256_srav_epi32(high, shift_);
  }

 private:
  static __m256i load(const void* p) { return _mm256_load_si256(static_cast<const __m256i*>(p)); }
  static __m256i odd_lanes(__m256i x) { return _mm256_srli_epi64(x, 32); }

  __m256i multiplier_, odd_multiplier_, even_addend_, odd_addend_, shift_;
};

// Writes 8 * kVectors lanes as int8, saturated, then clamped.
template <int kVectors>
void store_int8(std::uint8_t* output, const __m256i (&y)[kVectors], Clamp range) {
  static_assert(kVectors == 1 || kVectors == 2);
  const auto clamped = [range](__m128i bytes) {
    return _mm_min_epi8(_mm_max_epi8(bytes, _mm_set1_epi8(static_cast<char>(range.min))),
                        _mm_set1_epi8(static_cast<char>(range.max)));
  };
  if constexpr (kVectors == 2) {
    const __m256i words = _mm256_permute4x64_epi64(_mm256_packs_epi32(y[0], y[1]), 0xD8);
    const __m128i bytes = _mm_packs_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(output), clamped(bytes));
  } else {
    const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(y[0]), _mm256_extracti128_si256(y[0], 1));
    _mm_storel_epi64(reinterpret_cast<__m128i*>(output), clamped(_mm_packs_epi16(words, words)));
  }
}

}  // namespace
}  // namespace qrun::kernels
