// The depthwise family's kernels beside the reference, one object each; rows.cc chooses among them.

#pragma once

#include "kernels/kernels.h"

namespace qrun::kernels {

extern const ConvKernel kDepthwiseAvx2;
extern const ConvKernel kDepthwiseAvxVnni;
extern const ConvKernel kDepthwiseAvx512Vnni;
extern const ConvKernel kDepthwiseAvx512Vbmi;  // declines what goes by lines
extern const ConvKernel kDepthwiseNeon;
extern const ConvKernel kDepthwiseDotProd;

}  // namespace qrun::kernels
