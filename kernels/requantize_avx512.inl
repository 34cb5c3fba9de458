// Requantization of 16 int32 lanes with AVX-512, and their way to 8-bit storage. Forms and proofs: requantize.inl.

#pragma once

#include <immintrin.h>

#include "kernels/requantize.inl"

namespace qrun::kernels {
namespace {

// y = apply(rescale, x) + zero point, for many vectors of the same channels.
template <Form kForm>
class Requantize512 {
 public:
  explicit Requantize512(const VectorConstants<16>& constants)
      : multiplier_(_mm512_load_si512(constants.multiplier)),
        odd_multiplier_(odd_lanes(multiplier_)),
        even_addend_(_mm512_load_si512(constants.even_addend)),
        odd_addend_(_mm512_load_si512(constants.odd_addend)),
        shift_(_mm512_load_si512(constants.shift)) {}

  __m512i operator()(__m512i x) const {
    const __m512i x_odd = odd_lanes(x);
    __m512i even = _mm512_add_epi64(_mm512_mul_epi32(x, multiplier_), even_addend_);
    __m512i odd = _mm512_add_epi64(_mm512_mul_epi32(x_odd, odd_multiplier_), odd_addend_);
    if constexpr (kForm == Form::kRightShift) {
      // The sign bit of the low half is worth 2^31 in its 64-bit lane: the very term.
      const __m512i sign = _mm512_set1_epi64(std::int64_t{1} << 31);
      even = _mm512_sub_epi64(even, _mm512_and_si512(x, sign));
      odd = _mm512_sub_epi64(odd, _mm512_and_si512(x_odd, sign));
    }
    const __m512 high = _mm512_mask_movehdup_ps(_mm512_castsi512_ps(odd), 0x5555, _mm512_castsi512_ps(even));
    return _mm512_srav_epi32(_mm512_castps_si512(high), shift_);
  }

 private:
  static __m512i odd_lanes(__m512i x) { return _mm512_castps_si512(_mm512_movehdup_ps(_mm512_castsi512_ps(x))); }

  __m512i multiplier_, odd_multiplier_, even_addend_, odd_addend_, shift_;
};

// Writes 16 * kVectors lanes as uint8, saturated, then clamped.
template <int kVectors>
void store_uint8(std::uint8_t* output, const __m512i (&y)[kVectors], Clamp range) {
  static_assert(kVectors >= 1 && kVectors <= 4);
  const auto lane = [&y](int v) { return y[v < kVectors ? v : kVectors - 1]; };
  const __m512i low = _mm512_packs_epi32(lane(0), lane(1));
  const __m512i high = kVectors > 2 ? _mm512_packs_epi32(lane(2), lane(3)) : low;
  // Packing works within 128-bit quarters: put the fours back in order.
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  __m512i bytes = _mm512_permutexvar_epi32(order, _mm512_packus_epi16(low, high));
  bytes = _mm512_max_epu8(bytes, _mm512_set1_epi8(static_cast<char>(range.min)));
  bytes = _mm512_min_epu8(bytes, _mm512_set1_epi8(static_cast<char>(range.max)));
  if constexpr (kVectors == 4) {
    _mm512_storeu_si512(output, bytes);
  } else if constexpr (kVectors == 3) {
    _mm512_mask_storeu_epi32(output, 0x0FFF, bytes);
  } else if constexpr (kVectors == 2) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(output), _mm512_castsi512_si256(bytes));
  } else {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(output), _mm512_castsi512_si128(bytes));
  }
}

}  // namespace
}  // namespace qrun::kernels
