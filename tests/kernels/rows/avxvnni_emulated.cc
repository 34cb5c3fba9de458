// The AVX-VNNI kernels on any CPU with AVX2: the same templates, with vpdpbusd's sums made of exact steps.

#include "kernels/dwconv/avxvnni.inl"
#include "kernels/gemm/avxvnni.inl"
#include "tests/kernels/rows/test_kernels.h"

namespace qrun::kernels {
namespace {

struct EmulatedVpdpbusd {
  // The products of even and of odd bytes fit int32 after a multiplication of pairs of int16: no step saturates.
  static __m256i dot(__m256i sums, __m256i unsigned_bytes, __m256i signed_bytes) {
    const __m256i even = _mm256_madd_epi16(_mm256_and_si256(unsigned_bytes, _mm256_set1_epi16(0xFF)),
                                           _mm256_srai_epi16(_mm256_slli_epi16(signed_bytes, 8), 8));
    const __m256i odd = _mm256_madd_epi16(_mm256_srli_epi16(unsigned_bytes, 8), _mm256_srai_epi16(signed_bytes, 8));
    return _mm256_add_epi32(sums, _mm256_add_epi32(even, odd));
  }
};

}  // namespace

constinit const ConvKernel kConvAvxVnniEmulated =
    make_kernel<GemmAvxVnni<EmulatedVpdpbusd>>("qu8_qc8w_igemm_6x16c4__avxvnni_emulated");
constinit const ConvKernel kDepthwiseAvxVnniEmulated =
    make_dw_kernel<DwAvxVnni<EmulatedVpdpbusd>>("qu8_qc8w_dwconv_16c__avxvnni_emulated");

}  // namespace qrun::kernels
