// Depthwise convolution for AVX-512 VNNI: uint8 activations, four kernel rows to a lane, vpdpbusd.

#include "kernels/dwconv/avx512.inl"
#include "kernels/dwconv/dwconv.h"

namespace qrun::kernels {

constinit const ConvKernel kDepthwiseAvx512Vnni = make_dw_kernel<Avx512Vnni>("qu8_qc8w_dwconv_32c__avx512vnni");

}  // namespace qrun::kernels
