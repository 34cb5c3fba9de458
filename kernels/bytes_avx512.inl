// Vectors of 64 bytes for the kernels that work on bytes rather than lanes: the traits of bytes_avx2.inl.

#pragma once

#include <immintrin.h>

#include <cstdint>

namespace qrun::kernels {
namespace {

struct Bytes512 {
  using Bytes = std::uint8_t __attribute__((vector_size(64)));
  using Int32 = std::int32_t __attribute__((vector_size(64)));

  static Bytes load(const std::uint8_t* p) { return Bytes(_mm512_loadu_si512(p)); }
  static void store(std::uint8_t* p, Bytes x) { _mm512_storeu_si512(p, __m512i(x)); }

  static Bytes repeat(const std::uint8_t* p) {
    return Bytes(_mm512_broadcast_i32x4(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))));
  }
  static Bytes shuffle(Bytes table, Bytes index) { return Bytes(_mm512_shuffle_epi8(__m512i(table), __m512i(index))); }
  static Bytes saturating_subtract(Bytes a, Bytes b) { return Bytes(_mm512_subs_epi8(__m512i(a), __m512i(b))); }

  static void pairs(Bytes x1, Bytes x2, Int32 (&lanes)[4]) {
    const __m512i zero = _mm512_setzero_si512();
    const __m512i low = _mm512_unpacklo_epi8(__m512i(x1), __m512i(x2));
    const __m512i high = _mm512_unpackhi_epi8(__m512i(x1), __m512i(x2));
    lanes[0] = Int32(_mm512_unpacklo_epi8(low, zero));
    lanes[1] = Int32(_mm512_unpackhi_epi8(low, zero));
    lanes[2] = Int32(_mm512_unpacklo_epi8(high, zero));
    lanes[3] = Int32(_mm512_unpackhi_epi8(high, zero));
  }
  static Int32 dot(Int32 sum, Int32 x, Int32 weights) {
    return Int32(_mm512_dpwssd_epi32(__m512i(sum), __m512i(x), __m512i(weights)));
  }
  static Bytes pack(const Int32 (&lanes)[4], std::int16_t addend) {
    const __m512i addends = _mm512_set1_epi16(addend);
    const __m512i low = _mm512_packs_epi32(__m512i(lanes[0]), __m512i(lanes[1]));
    const __m512i high = _mm512_packs_epi32(__m512i(lanes[2]), __m512i(lanes[3]));
    return Bytes(_mm512_packus_epi16(_mm512_adds_epi16(low, addends), _mm512_adds_epi16(high, addends)));
  }
};

}  // namespace
}  // namespace qrun::kernels
