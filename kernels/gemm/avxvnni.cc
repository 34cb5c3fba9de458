// Convolution and fully connected for AVX-VNNI: vpdpbusd on 256-bit registers, for CPUs without AVX-512.

#include "kernels/gemm/avxvnni.inl"

#include "kernels/dot_avxvnni.inl"
#include "kernels/gemm/gemm.h"

namespace qrun::kernels {
constinit const ConvKernel kConvAvxVnni = make_kernel<GemmAvxVnni<Vpdpbusd>>("qu8_qc8w_igemm_6x16c4__avxvnni");

}  // namespace qrun::kernels
