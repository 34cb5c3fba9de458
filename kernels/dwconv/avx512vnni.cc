// Depthwise convolution for AVX-512 VNNI: uint8 activations, four kernel rows to a lane, vpdpbusd.

#include <immintrin.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/dwconv/dwconv.h"
#include "kernels/dwconv/dwconv.inl"
#include "kernels/requantize_avx512.inl"

namespace qrun::kernels {
namespace {

struct Avx512Vnni {
  using Stored = std::uint8_t;
  using Weight = std::int8_t;
  using Vector = __m512i;
  using Constants = VectorConstants<16>;
  static constexpr int kLanes = 16;
  static constexpr int kTaps = 4;
  static constexpr int kWeightRegisters = 12;
  static constexpr int kUsualTerms = 3;
  static constexpr std::int32_t kMinWeight = -128, kMaxWeight = 127;

  static Vector load(const void* p) { return _mm512_loadu_si512(p); }
  static Vector load_bias(const std::int32_t* bias) { return _mm512_load_si512(bias); }
  static Vector dot(Vector sums, Vector data, Vector weights) { return _mm512_dpbusd_epi32(sums, data, weights); }
  template <Form kForm>
  using Requantize = Requantize512<kForm>;
  static void store(std::uint8_t* first, std::uint8_t* second, const Vector (&y)[2][2], Clamp range) {
    const __m512i bytes = narrow_uint8<4>({y[0][0], y[0][1], y[1][0], y[1][1]}, range);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(first), _mm512_castsi512_si256(bytes));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(second), _mm512_extracti64x4_epi64(bytes, 1));
  }

  // line[i] = {rows[0][offset + i], rows[1][offset + i], ...}; a null row is the zero point. Writes whole vectors of 64
  // lanes; reads no byte beyond offset + count.
  static void interleave(std::int32_t* line, const std::uint8_t* const (&rows)[4], std::ptrdiff_t offset,
                         std::ptrdiff_t count, std::uint8_t zero_point) {
    alignas(64) std::uint8_t outside[64];
    _mm512_store_si512(outside, _mm512_set1_epi8(static_cast<char>(zero_point)));
    const std::uint8_t* row[4];
    std::ptrdiff_t step[4];
    for (int k = 0; k < 4; ++k) {
      row[k] = rows[k] == nullptr ? outside : rows[k] + offset;
      step[k] = rows[k] == nullptr ? 0 : 64;
    }
    for (; count >= 64; count -= 64, line += 64) {
      interleave_64(line, {_mm512_loadu_si512(row[0]), _mm512_loadu_si512(row[1]), _mm512_loadu_si512(row[2]),
                           _mm512_loadu_si512(row[3])});
      for (int k = 0; k < 4; ++k) row[k] += step[k];
    }
    if (count > 0) {
      const __mmask64 rest = (__mmask64{1} << count) - 1;
      interleave_64(line, {_mm512_maskz_loadu_epi8(rest, row[0]), _mm512_maskz_loadu_epi8(rest, row[1]),
                           _mm512_maskz_loadu_epi8(rest, row[2]), _mm512_maskz_loadu_epi8(rest, row[3])});
    }
  }

 private:
  static void interleave_64(std::int32_t* line, const Vector (&rows)[4]) {
    // Unpacking works within 128-bit quarters: deal the dwords out so that it ends in the order of lanes.
    const Vector deal = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    Vector row[4];
    for (int k = 0; k < 4; ++k) row[k] = _mm512_permutexvar_epi32(deal, rows[k]);
    const Vector low01 = _mm512_unpacklo_epi8(row[0], row[1]), high01 = _mm512_unpackhi_epi8(row[0], row[1]);
    const Vector low23 = _mm512_unpacklo_epi8(row[2], row[3]), high23 = _mm512_unpackhi_epi8(row[2], row[3]);
    _mm512_storeu_si512(line, _mm512_unpacklo_epi16(low01, low23));
    _mm512_storeu_si512(line + 16, _mm512_unpackhi_epi16(low01, low23));
    _mm512_storeu_si512(line + 32, _mm512_unpacklo_epi16(high01, high23));
    _mm512_storeu_si512(line + 48, _mm512_unpackhi_epi16(high01, high23));
  }
};

}  // namespace

constinit const ConvKernel kDepthwiseAvx512Vnni = make_dw_kernel<Avx512Vnni>("qu8_qc8w_dwconv_32c__avx512vnni");

}  // namespace qrun::kernels
