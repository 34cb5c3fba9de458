// Convolution and fully connected for AVX-VNNI: vpdpbusd on 256-bit registers, for CPUs without AVX-512.

#include "kernels/gemm/avxvnni.inl"

#include "kernels/gemm/gemm.h"

namespace qrun::kernels {
namespace {

struct Vpdpbusd {
  static __m256i dot(__m256i sums, __m256i activations, __m256i weights) {
    return _mm256_dpbusd_avx_epi32(sums, activations, weights);
  }
};

}  // namespace

constinit const ConvKernel kConvAvxVnni = make_kernel<GemmAvxVnni<Vpdpbusd>>("qu8_qc8w_igemm_6x16c4__avxvnni");

}  // namespace qrun::kernels
