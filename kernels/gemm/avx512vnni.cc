// Convolution and fully connected for AVX-512 VNNI: vpdpbusd multiplies uint8 activations by int8 weights, four a lane,
// and adds to int32 without saturation.
//
// The activations are read where they lie, in the uint8 domain: zero points are in the bias, nothing else differs.

#include <immintrin.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/gemm/avx512.inl"
#include "kernels/gemm/gemm.h"
#include "kernels/gemm/igemm.inl"

namespace qrun::kernels {
namespace {

struct Avx512Vnni : GemmAvx512 {
  static constexpr int kDepthStep = kKr;
  static constexpr int kMaxVectors = 4;
  static constexpr int kMaxVectorsOfOneRow = 8;
  static constexpr int kGrain = 24;
  static constexpr bool kOverlapped = true;
  // 24 sums, at most 4 vectors of weights and the activations: 32 registers.
  static constexpr int max_rows(int vectors) { return vectors == 1 ? 12 : 24 / vectors; }
  // 8 or 9 sums twice, beside these the 5 constants of a requantization and its intermediate values.
  static constexpr int overlapped_rows(int vectors) { return vectors == 3 ? 3 : 8 / vectors; }

  static Vector load_bias(const std::int32_t* bias) { return _mm512_load_si512(bias); }
  static Vector load_weights(const std::int8_t* weights) {
    Vector vector = _mm512_load_si512(weights);
    asm("" : "+v"(vector));  // once for all rows: as an operand of each dot product it would be loaded as often
    return vector;
  }
  static Vector broadcast(const Activation* four) {
    std::int32_t bits;
    std::memcpy(&bits, four, sizeof(bits));
    return _mm512_set1_epi32(bits);
  }
  static Vector dot(Vector sum, Vector activations, Vector weights) {
    return _mm512_dpbusd_epi32(sum, activations, weights);
  }
};

}  // namespace

constinit const ConvKernel kConvAvx512Vnni = make_kernel<Avx512Vnni>("qu8_qc8w_igemm_6x64c4__avx512vnni");

}  // namespace qrun::kernels
