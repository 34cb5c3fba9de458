// The gemm family's kernels beside the reference, one object each; rows.cc chooses among them.

#pragma once

#include "kernels/kernels.h"

namespace qrun::kernels {

extern const ConvKernel kConvAvx2;
extern const ConvKernel kConvAvxVnni;
extern const ConvKernel kConvAvx512Vnni;
extern const ConvKernel kConvAmx;

extern const ConvKernel kConvNeon;
extern const ConvKernel kConvDotProd;
extern const ConvKernel kConvI8mm;

}  // namespace qrun::kernels
