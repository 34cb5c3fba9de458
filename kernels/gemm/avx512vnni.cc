// Convolution and fully connected for AVX-512 VNNI: vpdpbusd multiplies uint8 activations by int8 weights, four a lane,
// and adds to int32 without saturation.
//
// The activations are read where they lie, in the uint8 domain: zero points are in the bias, nothing else differs.

#include <immintrin.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/gemm/gemm.h"
#include "kernels/gemm/igemm.inl"
#include "kernels/requantize_avx512.inl"

namespace qrun::kernels {
namespace {

struct Avx512Vnni {
  using Stored = std::uint8_t;
  using Activation = std::uint8_t;
  using Vector = __m512i;
  using Constants = VectorConstants<16>;
  static constexpr int kLanes = 16;
  static constexpr int kKr = 4, kDepthStep = kKr;
  static constexpr int kMaxVectors = 4;
  static constexpr int kGrain = 24;
  // 24 sums, at most 4 vectors of weights and the activations: 32 registers.
  static constexpr int max_rows(int vectors) { return vectors == 1 ? 12 : 24 / vectors; }

  static Vector zero() { return _mm512_setzero_si512(); }
  static Vector load_bias(const std::int32_t* bias) { return _mm512_load_si512(bias); }
  static Vector add_to_all(Vector x, std::int32_t value) { return _mm512_add_epi32(x, _mm512_set1_epi32(value)); }
  static Vector load_weights(const std::int8_t* weights) { return _mm512_load_si512(weights); }
  static Vector broadcast(const Activation* four) {
    std::int32_t bits;
    std::memcpy(&bits, four, sizeof(bits));
    return _mm512_set1_epi32(bits);
  }
  static Vector dot(Vector sum, Vector activations, Vector weights) {
    return _mm512_dpbusd_epi32(sum, activations, weights);
  }
  // Lanes of `sum` whose total grows by the sum of `count` activations.
  static Vector add_activations(Vector sum, const Activation* a, std::size_t count) {
    const Vector ones = _mm512_set1_epi8(1);
    std::size_t k = 0;
    for (; k + 64 <= count; k += 64) sum = dot(sum, _mm512_loadu_si512(a + k), ones);
    const __mmask64 rest = (std::uint64_t{1} << (count - k)) - 1;
    return dot(sum, _mm512_maskz_loadu_epi8(rest, a + k), ones);
  }
  static std::int32_t total(Vector x) { return _mm512_reduce_add_epi32(x); }

  template <Form kForm>
  using Requantize = Requantize512<kForm>;

  template <int kVectors>
  static void store(std::uint8_t* output, const Vector (&y)[kVectors], Clamp range) {
    store_uint8<kVectors>(output, y, range);
  }
};

}  // namespace

constinit const ConvKernel kConvAvx512Vnni = make_kernel<Avx512Vnni>("qu8_qc8w_igemm_6x64c4__avx512vnni");

}  // namespace qrun::kernels
