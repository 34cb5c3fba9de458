// AVX-VNNI's dot product, what the rows on 256-bit registers are about; tests put an emulation in its place.

#pragma once

#include <immintrin.h>

namespace qrun::kernels {
namespace {

struct Vpdpbusd {
  static __m256i dot(__m256i sums, __m256i activations, __m256i weights) {
    return _mm256_dpbusd_avx_epi32(sums, activations, weights);
  }
};

}  // namespace
}  // namespace qrun::kernels
