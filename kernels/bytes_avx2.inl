// Vectors of 32 bytes for the kernels that work on bytes rather than lanes, whatever the storage type: lookup.inl,
// linear_add.inl. The traits that these name:
//   Bytes                      a vector of uint8
//   load(p), store(p, x)       unaligned
//   repeat(p)                  the 16 bytes at p, again and again
//   shuffle(table, index)      per byte: table[index % 16] of its 16 neighbours, 0 where the index is 128 or more
//   saturating_subtract(a, b)  of signed bytes
//   Int32                      as many bytes as int32 lanes
//   pairs(x1, x2)              four vectors of lanes, each x1 in its low and x2 in its high 16 bits
//   dot(sum, x, weights)       per lane: sum + the products of x's and the weights' signed 16-bit halves
//   pack(lanes, addend)        the four vectors of pairs() in their order as uint8: all saturate at 16 bits, then with
//                              the addend, then at 8

#pragma once

#include <immintrin.h>

#include <cstdint>

namespace qrun::kernels {
namespace {

struct Bytes256 {
  using Bytes = std::uint8_t __attribute__((vector_size(32)));
  using Int32 = std::int32_t __attribute__((vector_size(32)));

  static Bytes load(const std::uint8_t* p) { return Bytes(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))); }
  static void store(std::uint8_t* p, Bytes x) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), __m256i(x)); }

  static Bytes repeat(const std::uint8_t* p) {
    return Bytes(_mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))));
  }
  static Bytes shuffle(Bytes table, Bytes index) { return Bytes(_mm256_shuffle_epi8(__m256i(table), __m256i(index))); }
  static Bytes saturating_subtract(Bytes a, Bytes b) { return Bytes(_mm256_subs_epi8(__m256i(a), __m256i(b))); }

  static void pairs(Bytes x1, Bytes x2, Int32 (&lanes)[4]) {
    const __m256i zero = _mm256_setzero_si256();
    const __m256i low = _mm256_unpacklo_epi8(__m256i(x1), __m256i(x2));
    const __m256i high = _mm256_unpackhi_epi8(__m256i(x1), __m256i(x2));
    lanes[0] = Int32(_mm256_unpacklo_epi8(low, zero));
    lanes[1] = Int32(_mm256_unpackhi_epi8(low, zero));
    lanes[2] = Int32(_mm256_unpacklo_epi8(high, zero));
    lanes[3] = Int32(_mm256_unpackhi_epi8(high, zero));
  }
  static Int32 dot(Int32 sum, Int32 x, Int32 weights) {
    return sum + Int32(_mm256_madd_epi16(__m256i(x), __m256i(weights)));
  }
  static Bytes pack(const Int32 (&lanes)[4], std::int16_t addend) {
    const __m256i addends = _mm256_set1_epi16(addend);
    const __m256i low = _mm256_packs_epi32(__m256i(lanes[0]), __m256i(lanes[1]));
    const __m256i high = _mm256_packs_epi32(__m256i(lanes[2]), __m256i(lanes[3]));
    return Bytes(_mm256_packus_epi16(_mm256_adds_epi16(low, addends), _mm256_adds_epi16(high, addends)));
  }
};

}  // namespace
}  // namespace qrun::kernels
