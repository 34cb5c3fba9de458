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
  static constexpr int kMaxVectorsOfOneRow = 4;
  static constexpr int kGrain = 6;
  static constexpr bool kOverlapped = false;
  static constexpr int max_rows(int) { return 6; }

  static Vector load_bias(const std::int32_t* bias) {
    return _mm256_load_si256(reinterpret_cast<const __m256i*>(bias));
  }
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
  template <Form kForm>
  using Requantize = Requantize256<kForm>;

  template <int MR, int kVectors>
  static void store(std::uint8_t* output, std::size_t stride, int columns, const Vector (&y)[MR][kVectors],
                    Clamp range) {
    constexpr int NR = kVectors * kLanes;
    for (int r = 0; r < MR; ++r, output += stride) {
      if (columns == NR) {
        store_int8<kVectors>(output, y[r], range);
      } else {
        std::uint8_t bytes[NR];
        store_int8<kVectors>(bytes, y[r], range);
        std::memcpy(output, bytes, static_cast<std::size_t>(columns));
      }
    }
  }
};

}  // namespace

constinit const ConvKernel kConvAvx2 = make_kernel<Avx2>("qs8_qc8w_igemm_6x16c2__avx2");

}  // namespace qrun::kernels
