// What the gemm traits of AVX-512 rows share, whether vectors or tiles multiply: uint8 activations where they lie,
// sixteen int32 sums a vector, runs with their padding by masked loads and stores.

#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/requantize_avx512.inl"

namespace qrun::kernels {
namespace {

// The lowest `count` bits, none or all where it is out of range.
inline std::uint64_t low_bits(std::ptrdiff_t count) {
  return count >= 64 ? ~std::uint64_t{0} : count <= 0 ? 0 : (std::uint64_t{1} << count) - 1;
}

// As copy_run of indirection.inl.
inline void copy_run_avx512(std::uint8_t* to, const std::uint8_t* from, std::int32_t begin, std::int32_t end,
                            std::int32_t count, std::uint8_t zero_point) {
  const __m512i outside = _mm512_set1_epi8(static_cast<char>(zero_point));
  for (std::int32_t i = 0; i < count; i += 64) {
    const std::uint64_t inside = low_bits(end - i) & ~low_bits(begin - i);
    _mm512_mask_storeu_epi8(to + i, low_bits(count - i), _mm512_mask_loadu_epi8(outside, inside, from + (i - begin)));
  }
}

struct GemmAvx512 {
  using Stored = std::uint8_t;
  using Activation = std::uint8_t;
  using Vector = __m512i;
  using Constants = VectorConstants<16>;
  static constexpr int kLanes = 16;
  static constexpr int kKr = 4;
  static constexpr auto copy_run = copy_run_avx512;

  template <Form kForm>
  using Requantize = Requantize512<kForm>;

  template <int MR, int kVectors>
  static void store(std::uint8_t* output, std::size_t stride, int columns, const Vector (&y)[MR][kVectors],
                    Clamp range) {
    store_rows_uint8(output, stride, columns, y, [range](const auto& lanes) { return narrow_uint8(lanes, range); });
  }
  static constexpr bool kWordShift = true;
  template <int MR, int kVectors>
  static void store_word_shifted(std::uint8_t* output, std::size_t stride, int columns, const Vector (&x)[MR][kVectors],
                                 const Constants* constants) {
    store_rows_uint8(output, stride, columns, x, NarrowWordShift<kVectors>(constants));
  }
};

}  // namespace
}  // namespace qrun::kernels
