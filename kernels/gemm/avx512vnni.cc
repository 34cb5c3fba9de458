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
#include "kernels/requantize_avx2.inl"

namespace qrun::kernels {
namespace {

std::int32_t load_four(const std::uint8_t* activations) {
  std::int32_t bits;
  std::memcpy(&bits, activations, sizeof(bits));
  return bits;
}

// The lower half of one vector, in registers of 256 bits: twice as many dot products a cycle where the units are that
// wide, as on Zen 4, and no fewer elsewhere.
struct Avx512VnniHalf : GemmAvx512 {
  using Vector = __m256i;
  static constexpr bool kWordShift = false;
  static constexpr int overlapped_rows(int) { return 6; }

  static Vector load_bias(const std::int32_t* bias) { return load(bias); }
  static Vector load_weights(const std::int8_t* weights) { return load(weights); }
  static Vector broadcast(const Activation* four) { return _mm256_set1_epi32(load_four(four)); }
  static Vector dot(Vector sum, Vector activations, Vector weights) {
    return _mm256_dpbusd_epi32(sum, activations, weights);
  }
  template <Form kForm>
  using Requantize = Requantize256<kForm>;

  template <int MR, int kVectors>
  static void store(std::uint8_t* output, std::size_t stride, int columns, const Vector (&y)[MR][kVectors],
                    Clamp range) {
    static_assert(MR % 2 == 0 && kVectors == 1);
    const auto mask = static_cast<__mmask16>((1U << columns) - 1);
#pragma GCC unroll 8
    for (int r = 0; r < MR; r += 2, output += 2 * stride) {
      const __m128i bytes = narrow_uint8<2>({y[r][0], y[r + 1][0]}, range);
      _mm_mask_storeu_epi8(output, mask, bytes);
      _mm_mask_storeu_epi8(output + stride, mask, _mm_unpackhi_epi64(bytes, bytes));
    }
  }

 private:
  static Vector load(const void* p) { return _mm256_load_si256(static_cast<const __m256i*>(p)); }
};

struct Avx512Vnni : GemmAvx512 {
  using Half = Avx512VnniHalf;
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
  static Vector broadcast(const Activation* four) { return _mm512_set1_epi32(load_four(four)); }
  static Vector dot(Vector sum, Vector activations, Vector weights) {
    return _mm512_dpbusd_epi32(sum, activations, weights);
  }
};

}  // namespace

constinit const ConvKernel kConvAvx512Vnni = make_kernel<Avx512Vnni>("qu8_qc8w_igemm_6x64c4__avx512vnni");

}  // namespace qrun::kernels
