// Convolution and fully connected for AVX2: int8 activations widened to int16, vpmaddwd.
//
// Why widen: vpmaddubsw saturates for weights of -128, and costs as many multiplier slots a product. vpmaddwd is exact
// for every pair of int8, and reads pairs of activations, widened once per block of rows, straight from memory.

#include <immintrin.h>

#include <cstddef>
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
  static constexpr int kKr = 2, kDepthStep = kKr;
  static constexpr int kMaxVectors = 2;
  static constexpr int kGrain = 6;
  static constexpr int max_rows(int) { return 6; }

  static Vector zero() { return _mm256_setzero_si256(); }
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
  // Lanes of `sum` whose total grows by the sum of `count` activations; a multiple of KR.
  static Vector add_activations(Vector sum, const Activation* a, std::size_t count) {
    const Vector ones = _mm256_set1_epi16(1);
    std::size_t k = 0;
    for (; k + 16 <= count; k += 16) {
      sum = dot(sum, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(a + k)), ones);
    }
    // Pairs, in one lane each time.
    for (; k < count; k += kKr) sum = dot(sum, broadcast(a + k), _mm256_setr_epi32(0x00010001, 0, 0, 0, 0, 0, 0, 0));
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
    store_int8<kVectors>(output, y, range);
  }
};

}  // namespace

constinit const ConvKernel kConvAvx2 = make_kernel<Avx2>("qs8_qc8w_igemm_6x16c2__avx2");

}  // namespace qrun::kernels
