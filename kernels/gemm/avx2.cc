// Convolution and fully connected for AVX2: int8 activations widened to int16, vpmaddwd.
//
// Why widen: vpmaddubsw saturates for weights of -128, and costs as many multiplier slots a product. vpmaddwd is exact
// for every pair of int8, and reads pairs of activations, widened once per block of rows, straight from memory.

#include <immintrin.h>

#include <cstdint>
#include <cstring>

#include "kernels/gemm/gemm.h"
#include "kernels/gemm/igemm.inl"
#include "kernels/requantize_avx2.inl"

namespace qrun::kernels {
namespace {

struct Avx2 {
  using Stored = std::int8_t;
  using Activation = std::int16_t;
  using Vector = __m256i;
  using Constants = VectorConstants<8>;
  static constexpr int kLanes = 8;
  static constexpr int kKr = 2;
  static constexpr int kMaxVectors = 2;
  static constexpr int kGrain = 6;
  static constexpr int kMaxRows(int) { return 6; }

  static Vector load_bias(const std::int32_t* bias) {
    return _mm256_load_si256(reinterpret_cast<const __m256i*>(bias));
  }
  static Vector add_to_all(Vector x, std::int32_t value) { return _mm256_add_epi32(x, _mm256_set1_epi32(value)); }
  static Vector load_weights(const std::int8_t* weights) {
    return _mm256_cvtepi8_epi16(_mm_load_si128(reinterpret_cast<const __m128i*>(weights)));
  }
  static Vector broadcast(const Activation* pair) {
    std::int32_t bits;
    std::memcpy(&bits, pair, sizeof(bits));
    return _mm256_set1_epi32(bits);
  }
  static Vector dot(Vector sum, Vector activations, Vector weights) {
    return _mm256_add_epi32(sum, _mm256_madd_epi16(activations, weights));
  }
  static void spill(std::int32_t* lanes, Vector x) { _mm256_store_si256(reinterpret_cast<__m256i*>(lanes), x); }

  template <Form kForm>
  static Vector requantize(Vector x, const Constants& constants) {
    return kernels::requantize<kForm>(x, constants);
  }
  template <int kVectors>
  static void store(std::uint8_t* output, const Vector (&y)[kVectors], Clamp range) {
    store_int8<kVectors>(output, y, range);
  }
};

}  // namespace

constinit const ConvKernel kConvAvx2 = make_kernel<Avx2>("qs8_qc8w_igemm_6x16c2__avx2");

}  // namespace qrun::kernels
