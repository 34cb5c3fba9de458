// The gemm traits of 256-bit dot products of four uint8 activations by four int8 weights a lane.
//
// Why a template: Dot is the instruction, dot(sums, activations, weights) -> sums. avxvnni.cc has the real one; tests
// emulate it, so that everything else here runs on any CPU with AVX2.

#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/gemm/igemm.inl"
#include "kernels/requantize_avx2.inl"

namespace qrun::kernels {
namespace {

template <class Dot>
struct GemmAvxVnni {
  using Stored = std::uint8_t;
  using Activation = std::uint8_t;
  using Vector = __m256i;
  using Constants = VectorConstants<8>;
  static constexpr int kLanes = 8;
  static constexpr int kKr = 4, kDepthStep = kKr;
  static constexpr int kMaxVectors = 2;
  static constexpr int kGrain = 12;
  // 12 sums, at most 2 vectors of weights and the activations: 16 registers.
  static constexpr int max_rows(int vectors) { return vectors == 1 ? 12 : 6; }

  static Vector zero() { return _mm256_setzero_si256(); }
  static Vector load_bias(const std::int32_t* bias) { return load(bias); }
  static Vector add_to_all(Vector x, std::int32_t value) { return _mm256_add_epi32(x, _mm256_set1_epi32(value)); }
  static Vector load_weights(const std::int8_t* weights) { return load(weights); }
  static Vector broadcast(const Activation* four) {
    std::int32_t bits;
    std::memcpy(&bits, four, sizeof(bits));
    return _mm256_set1_epi32(bits);
  }
  static Vector dot(Vector sum, Vector activations, Vector weights) { return Dot::dot(sum, activations, weights); }
  // Lanes of `sum` whose total grows by the sum of `count` activations; a multiple of KR.
  static Vector add_activations(Vector sum, const Activation* a, std::size_t count) {
    const Vector ones = _mm256_set1_epi8(1);
    std::size_t k = 0;
    for (; k + 32 <= count; k += 32) {
      sum = dot(sum, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(a + k)), ones);
    }
    // Fours, in one lane each time.
    for (; k < count; k += kKr) sum = dot(sum, broadcast(a + k), _mm256_setr_epi32(0x01010101, 0, 0, 0, 0, 0, 0, 0));
    return sum;
  }
  static std::int32_t total(Vector x) {
    __m128i sum = _mm_add_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
    sum = _mm_add_epi32(sum, _mm_unpackhi_epi64(sum, sum));
    return _mm_cvtsi128_si32(_mm_add_epi32(sum, _mm_shuffle_epi32(sum, 1)));
  }

  template <Form kForm>
  using Requantize = Requantize256<kForm>;

  template <int kVectors>
  static void store(std::uint8_t* output, const Vector (&y)[kVectors], Clamp range) {
    store_uint8<kVectors>(output, y, range);
  }

 private:
  static Vector load(const void* p) { return _mm256_load_si256(static_cast<const __m256i*>(p)); }
};

}  // namespace
}  // namespace qrun::kernels
