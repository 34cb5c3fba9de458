// Depthwise convolution for AVX2: int8 activations widened to int16, two kernel rows to a lane, vpmaddwd.

#include <immintrin.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/dwconv/dwconv.h"
#include "kernels/dwconv/dwconv.inl"
#include "kernels/requantize_avx2.inl"

namespace qrun::kernels {
namespace {

struct Avx2 {
  using Stored = std::int8_t;
  using Weight = std::int16_t;
  using Vector = __m256i;
  using Bias = Vector;
  using Constants = VectorConstants<8>;
  static constexpr int kLanes = 8;
  static constexpr int kTaps = 2;
  static constexpr bool kDirect = false;
  static constexpr int kWordForms = 0;
  static constexpr int kWeightRegisters = 0;
  static constexpr int kUsualTerms = 6;
  static constexpr std::int32_t kMinWeight = -32768, kMaxWeight = 32767;

  static Vector load(const void* p) { return _mm256_loadu_si256(static_cast<const __m256i*>(p)); }
  static Vector load_bias(const std::int32_t* bias) { return load(bias); }
  static Vector dot(Vector sums, Vector data, Vector weights) {
    sums = _mm256_add_epi32(sums, _mm256_madd_epi16(data, weights));
    asm("" : "+x"(sums));  // one after the other: the compiler's sum of sums needs more registers than there are
    return sums;
  }
  template <Form kForm>
  using Requantize = Requantize256<kForm>;
  template <Form kForm, bool>
  using Finish = FinishEach<Avx2, kForm>;
  static void store(std::uint8_t* output, const Vector (&y)[2], Clamp range) { store_int8<2>(output, y, range); }

  // line[i] = {rows[0][offset + i], rows[1][offset + i]} as int16; a null row is the zero point. Writes whole vectors
  // of 16 lanes; reads no byte beyond row_bytes.
  static void interleave(std::int32_t* line, const std::uint8_t* const (&rows)[2], std::ptrdiff_t offset,
                         std::ptrdiff_t count, std::ptrdiff_t row_bytes, std::int8_t zero_point) {
    for (std::ptrdiff_t i = 0; i < count; i += 16) {
      const std::ptrdiff_t rest = row_bytes - offset - i;
      __m256i row[2];
      for (int k = 0; k < 2; ++k) {
        row[k] = rows[k] == nullptr ? _mm256_set1_epi16(zero_point) : widened(rows[k] + offset + i, rest);
      }
      // Unpacking works within 128-bit halves: exchange the inner two.
      const __m256i low = _mm256_unpacklo_epi16(row[0], row[1]), high = _mm256_unpackhi_epi16(row[0], row[1]);
      auto* to = reinterpret_cast<__m256i*>(line + i);
      _mm256_storeu_si256(to, _mm256_permute2x128_si256(low, high, 0x20));
      _mm256_storeu_si256(to + 1, _mm256_permute2x128_si256(low, high, 0x31));
    }
  }

 private:
  // The first 16 of `count` bytes.
  static __m256i widened(const std::uint8_t* bytes, std::ptrdiff_t count) {
    __m128i sixteen;
    if (count >= 16) {
      sixteen = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes));
    } else {
      alignas(16) std::uint8_t padded[16] = {};
      std::memcpy(padded, bytes, static_cast<std::size_t>(count));
      sixteen = _mm_load_si128(reinterpret_cast<const __m128i*>(padded));
    }
    return _mm256_cvtepi8_epi16(sixteen);
  }
};

}  // namespace

constinit const ConvKernel kDepthwiseAvx2 = make_dw_kernel<Avx2>("qs8_qc8w_dwconv_16c__avx2");

}  // namespace qrun::kernels
