// The traits of AVX-512 (F, BW, VL, DQ) for the kernels on vector.inl: uint8 storage, 16 lanes, masked ends.

#pragma once

#include <immintrin.h>

#include "kernels/requantize_avx512.inl"
#include "kernels/vector.inl"

namespace qrun::kernels {
namespace {

struct Avx512 {
  using Stored = std::uint8_t;
  using Int32 = std::int32_t __attribute__((vector_size(64)));
  using UInt32 = std::uint32_t __attribute__((vector_size(64)));
  using Bytes = std::uint8_t __attribute__((vector_size(64)));
  static constexpr int kLanes = 16;
  static constexpr int kBlock = 4;
  static constexpr bool kMultipliesHigh = false;
  using Differences = LaneDifferences<Avx512>;
  template <int kBlocks>
  using Sums = LaneSums<Avx512, kBlocks>;
  static constexpr Clamp kRange = {0, 255};

  static Int32 widen(const Stored* x) {
    return Int32(_mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(x))));
  }
  static Int32 widen(const Stored* x, int count) {
    return Int32(_mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(first(count), x)));
  }

  template <int kVectors>
  static void store(Stored* y, const Int32 (&lanes)[kVectors], Clamp range) {
    __m512i raw[kVectors];
    for (int v = 0; v < kVectors; ++v) raw[v] = __m512i(lanes[v]);
    store_uint8<kVectors>(y, raw, range);
  }
  static void store(Stored* y, Int32 lanes, Clamp range, int count) {
    const __m512i raw[] = {__m512i(lanes)};
    _mm_mask_storeu_epi8(y, first(count), _mm512_castsi512_si128(narrow_uint8<1>(raw, range)));
  }

  // x's low 16 bits times `low` plus its high 16 bits times `high`, all signed.
  static Int32 multiply_pairs(Int32 x, std::int16_t low, std::int16_t high) {
    const std::int32_t pair = high * (1 << 16) + static_cast<std::uint16_t>(low);
    return Int32(_mm512_madd_epi16(__m512i(x), _mm512_set1_epi32(pair)));
  }

  using Constants = VectorConstants<16>;
  template <Form kForm>
  using Requantize = Requantize512<kForm>;
  template <Form kForm>
  static Int32 requantize(const Requantize<kForm>& requantize, Int32 x) {
    return Int32(requantize(__m512i(x)));
  }

 private:
  static __mmask16 first(int count) { return static_cast<__mmask16>((1U << count) - 1); }
};

}  // namespace
}  // namespace qrun::kernels
