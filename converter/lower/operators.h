// The lowering of each operator of the graph. A function may rely on its operands being there, with good shapes and no
// real-valued types (lowering.cc), and refuses whatever else the format or the arithmetic does not admit.

#pragma once

#include "converter/lower/lowering.h"

namespace qrun::converter {

// linear.cc
void lower(const Conv2D& params, const Operator& op, Lowering& out);
void lower(const DepthwiseConv2D& params, const Operator& op, Lowering& out);
void lower(const FullyConnected& params, const Operator& op, Lowering& out);

// elementwise.cc
void lower(const Add& params, const Operator& op, Lowering& out);
void lower(const Sub& params, const Operator& op, Lowering& out);
void lower(const Mul& params, const Operator& op, Lowering& out);
void lower(const PRelu& params, const Operator& op, Lowering& out);

// unary.cc
void lower(const Relu& params, const Operator& op, Lowering& out);
void lower(const LeakyRelu& params, const Operator& op, Lowering& out);
void lower(const HardSwish& params, const Operator& op, Lowering& out);
void lower(const Abs& params, const Operator& op, Lowering& out);
void lower(const Function& params, const Operator& op, Lowering& out);
void lower(const Lookup& params, const Operator& op, Lowering& out);
void lower(const Quantize& params, const Operator& op, Lowering& out);

// reduction.cc
void lower(const Pool2D& params, const Operator& op, Lowering& out);
void lower(const Reduce& params, const Operator& op, Lowering& out);
void lower(const Softmax& params, const Operator& op, Lowering& out);
void lower(const ArgMax& params, const Operator& op, Lowering& out);

// movement.cc
void lower(const Reshape& params, const Operator& op, Lowering& out);
void lower(const Transpose& params, const Operator& op, Lowering& out);
void lower(const Slice& params, const Operator& op, Lowering& out);
void lower(const Concatenation& params, const Operator& op, Lowering& out);
void lower(const Pad& params, const Operator& op, Lowering& out);
void lower(const Tile& params, const Operator& op, Lowering& out);
void lower(const Gather& params, const Operator& op, Lowering& out);

// resize.cc
void lower(const ResizeBilinear& params, const Operator& op, Lowering& out);
void lower(const ResizeNearest& params, const Operator& op, Lowering& out);

// lowering.cc: what has no integer form.
void lower(const Div& params, const Operator& op, Lowering& out);
void lower(const Pow& params, const Operator& op, Lowering& out);
void lower(const Maximum& params, const Operator& op, Lowering& out);
void lower(const Minimum& params, const Operator& op, Lowering& out);
void lower(const Dequantize& params, const Operator& op, Lowering& out);
void lower(const Cast& params, const Operator& op, Lowering& out);
void lower(const Unsupported& params, const Operator& op, Lowering& out);

}  // namespace qrun::converter
