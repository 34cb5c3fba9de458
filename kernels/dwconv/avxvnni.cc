// Depthwise convolution for AVX-VNNI: uint8 activations, four kernel rows to a lane, vpdpbusd on 256-bit registers.

#include "kernels/dwconv/avxvnni.inl"

#include "kernels/dwconv/dwconv.h"

namespace qrun::kernels {
namespace {

struct Vpdpbusd {
  static __m256i dot(__m256i sums, __m256i data, __m256i weights) {
    return _mm256_dpbusd_avx_epi32(sums, data, weights);
  }
};

}  // namespace

constinit const ConvKernel kDepthwiseAvxVnni = make_dw_kernel<DwAvxVnni<Vpdpbusd>>("qu8_qc8w_dwconv_16c__avxvnni");

}  // namespace qrun::kernels
