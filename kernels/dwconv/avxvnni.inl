// The depthwise traits of 256-bit dot products of four uint8 activations by four int8 weights a lane. Dot: see
// gemm/avxvnni.inl.

#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/dwconv/dwconv.inl"
#include "kernels/requantize_avx2.inl"

namespace qrun::kernels {
namespace {

template <class Dot>
struct DwAvxVnni {
  using Stored = std::uint8_t;
  using Weight = std::int8_t;
  using Vector = __m256i;
  using Bias = Vector;
  using Constants = VectorConstants<8>;
  static constexpr int kLanes = 8;
  static constexpr int kTaps = 4;
  static constexpr bool kDirect = false;
  static constexpr int kWordForms = 0;
  static constexpr int kWeightRegisters = 0;
  static constexpr int kUsualTerms = 3;
  static constexpr std::int32_t kMinWeight = -128, kMaxWeight = 127;

  static Vector load(const void* p) { return _mm256_loadu_si256(static_cast<const __m256i*>(p)); }
  static Vector load_bias(const std::int32_t* bias) { return load(bias); }
  static Vector dot(Vector sums, Vector data, Vector weights) { return Dot::dot(sums, data, weights); }
  template <Form kForm>
  using Requantize = Requantize256<kForm>;
  template <Form kForm, bool>
  using Finish = FinishEach<DwAvxVnni, kForm>;
  static void store(std::uint8_t* output, const Vector (&y)[2], Clamp range) { store_uint8<2>(output, y, range); }

  // line[i] = {rows[0][offset + i], rows[1][offset + i], ...}; a null row is the zero point. Writes whole vectors of 32
  // lanes; reads no byte beyond row_bytes.
  static void interleave(std::int32_t* line, const std::uint8_t* const (&rows)[4], std::ptrdiff_t offset,
                         std::ptrdiff_t count, std::ptrdiff_t row_bytes, std::uint8_t zero_point) {
    for (std::ptrdiff_t i = 0; i < count; i += 32) {
      const std::ptrdiff_t rest = row_bytes - offset - i;
      __m256i row[4];
#pragma GCC unroll 4
      for (int k = 0; k < 4; ++k) {
        row[k] =
            rows[k] == nullptr ? _mm256_set1_epi8(static_cast<char>(zero_point)) : dealt(rows[k] + offset + i, rest);
      }
      const __m256i low01 = _mm256_unpacklo_epi8(row[0], row[1]), high01 = _mm256_unpackhi_epi8(row[0], row[1]);
      const __m256i low23 = _mm256_unpacklo_epi8(row[2], row[3]), high23 = _mm256_unpackhi_epi8(row[2], row[3]);
      auto* to = reinterpret_cast<__m256i*>(line + i);
      _mm256_storeu_si256(to, _mm256_unpacklo_epi16(low01, low23));
      _mm256_storeu_si256(to + 1, _mm256_unpackhi_epi16(low01, low23));
      _mm256_storeu_si256(to + 2, _mm256_unpacklo_epi16(high01, high23));
      _mm256_storeu_si256(to + 3, _mm256_unpackhi_epi16(high01, high23));
    }
  }

 private:
  // The first 32 of `count` bytes. Unpacking works within 128-bit halves: the dwords are dealt out so that it ends
  // in the order of lanes.
  static __m256i dealt(const std::uint8_t* bytes, std::ptrdiff_t count) {
    __m256i x;
    if (count >= 32) {
      x = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes));
    } else {
      alignas(32) std::uint8_t padded[32] = {};
      std::memcpy(padded, bytes, static_cast<std::size_t>(count));
      x = _mm256_load_si256(reinterpret_cast<const __m256i*>(padded));
    }
    return _mm256_permutevar8x32_epi32(x, _mm256_setr_epi32(0, 2, 4, 6, 1, 3, 5, 7));
  }
};

}  // namespace
}  // namespace qrun::kernels
