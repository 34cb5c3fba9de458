// Depthwise convolution for AVX-VNNI: uint8 activations, four kernel rows to a lane, vpdpbusd on 256-bit registers.

#include "kernels/dwconv/avxvnni.inl"

#include "kernels/dot_avxvnni.inl"
#include "kernels/dwconv/dwconv.h"

namespace qrun::kernels {
constinit const ConvKernel kDepthwiseAvxVnni = make_dw_kernel<DwAvxVnni<Vpdpbusd>>("qu8_qc8w_dwconv_16c__avxvnni");

}  // namespace qrun::kernels
