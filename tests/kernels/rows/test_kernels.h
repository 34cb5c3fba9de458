// The kernels that only tests have, one object each; rows.cc makes rows of them.

#pragma once

#include "kernels/kernels.h"

namespace qrun::kernels {

extern const ConvKernel kConvOddInt8, kConvOddUInt8, kConvChained;
extern const ConvKernel kConvAmxEmulated;
extern const ConvKernel kConvAvxVnniEmulated, kDepthwiseAvxVnniEmulated;

}  // namespace qrun::kernels
