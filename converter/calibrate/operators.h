// The preparation of each operator that real numbers can be put through. Whatever does not fit together is refused
// here: computing checks nothing.

#pragma once

#include "converter/calibrate/kernel.h"

namespace qrun::converter::calibrate {

// linear.cc
Kernel prepare(const Conv2D& params, const Operands& operands);
Kernel prepare(const FullyConnected& params, const Operands& operands);

// depthwise.cc
Kernel prepare(const DepthwiseConv2D& params, const Operands& operands);

// binary.cc
Kernel prepare(const Add& params, const Operands& operands);
Kernel prepare(const Sub& params, const Operands& operands);
Kernel prepare(const Mul& params, const Operands& operands);
Kernel prepare(const Div& params, const Operands& operands);
Kernel prepare(const Pow& params, const Operands& operands);
Kernel prepare(const Maximum& params, const Operands& operands);
Kernel prepare(const Minimum& params, const Operands& operands);
Kernel prepare(const PRelu& params, const Operands& operands);

// unary.cc
Kernel prepare(const Relu& params, const Operands& operands);
Kernel prepare(const LeakyRelu& params, const Operands& operands);
Kernel prepare(const HardSwish& params, const Operands& operands);
Kernel prepare(const Abs& params, const Operands& operands);
Kernel prepare(const Function& params, const Operands& operands);
Kernel prepare(const Quantize& params, const Operands& operands);
Kernel prepare(const Dequantize& params, const Operands& operands);
Kernel prepare(const Cast& params, const Operands& operands);
Kernel prepare(const Reshape& params, const Operands& operands);

// pool.cc
Kernel prepare(const Pool2D& params, const Operands& operands);

// reduction.cc
Kernel prepare(const Reduce& params, const Operands& operands);
Kernel prepare(const Softmax& params, const Operands& operands);
Kernel prepare(const ArgMax& params, const Operands& operands);

// movement.cc
Kernel prepare(const Transpose& params, const Operands& operands);
Kernel prepare(const Slice& params, const Operands& operands);
Kernel prepare(const Concatenation& params, const Operands& operands);
Kernel prepare(const Pad& params, const Operands& operands);
Kernel prepare(const Tile& params, const Operands& operands);
Kernel prepare(const Gather& params, const Operands& operands);

// resize.cc
Kernel prepare(const ResizeBilinear& params, const Operands& operands);
Kernel prepare(const ResizeNearest& params, const Operands& operands);

}  // namespace qrun::converter::calibrate
