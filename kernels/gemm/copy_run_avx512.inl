// A run with its padding, by AVX-512's masked loads and stores.

#pragma once

#include <immintrin.h>

#include <cstdint>

namespace qrun::kernels {
namespace {

inline std::uint64_t low_bits(std::int32_t count) {
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

}  // namespace
}  // namespace qrun::kernels
