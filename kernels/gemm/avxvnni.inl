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
  static constexpr int kMaxVectorsOfOneRow = 4;
  static constexpr int kGrain = 12;
  static constexpr bool kOverlapped = false;
  // 12 sums, at most 2 vectors of weights and the activations: 16 registers.
  static constexpr int max_rows(int vectors) { return vectors == 1 ? 12 : 6; }

  static Vector load_bias(const std::int32_t* bias) { return load(bias); }
  static Vector load_weights(const std::int8_t* weights) { return load(weights); }
  static Vector broadcast(const Activation* four) {
    std::int32_t bits;
    std::memcpy(&bits, four, sizeof(bits));
    return _mm256_set1_epi32(bits);
  }
  static Vector dot(Vector sum, Vector activations, Vector weights) { return Dot::dot(sum, activations, weights); }
  template <Form kForm>
  using Requantize = Requantize256<kForm>;

  template <int MR, int kVectors>
  static void store(std::uint8_t* output, std::size_t stride, int columns, const Vector (&y)[MR][kVectors],
                    Clamp range) {
    for (int r = 0; r < MR; ++r, output += stride) {
      if (columns == kVectors * kLanes) {
        store_uint8<kVectors>(output, y[r], range);
      } else {
        std::uint8_t bytes[kVectors * kLanes];
        store_uint8<kVectors>(bytes, y[r], range);
        std::memcpy(output, bytes, static_cast<std::size_t>(columns));
      }
    }
  }

 private:
  static Vector load(const void* p) { return _mm256_load_si256(static_cast<const __m256i*>(p)); }
};

}  // namespace
}  // namespace qrun::kernels
