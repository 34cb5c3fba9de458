// The checks of one operator each: dtypes, shapes, ranges of parameters, and the proof that nothing overflows.
//
// One file per family. Each function may rely on its tensors being sound (known dtype, good shape, right data) and
// checks everything else, because the plan checks nothing.

#pragma once

#include "runtime/verify/check.h"

namespace qrun::runtime::verify {

// operators.cc: the parameters by their type.
Status check(const qfb::Operator& table, const OperatorView& op);

// linear.cc
Status check(const qfb::Conv2D& params, const OperatorView& op);
Status check(const qfb::DepthwiseConv2D& params, const OperatorView& op);
Status check(const qfb::FullyConnected& params, const OperatorView& op);

// elementwise.cc
Status check(const qfb::Add& params, const OperatorView& op);
Status check(const qfb::Mul& params, const OperatorView& op);
Status check(const qfb::PRelu& params, const OperatorView& op);

// unary.cc
Status check(const qfb::Requantize& params, const OperatorView& op);
Status check(const qfb::LeakyRelu& params, const OperatorView& op);
Status check(const qfb::HardSwish& params, const OperatorView& op);
Status check(const qfb::Lookup& params, const OperatorView& op);

// reduction.cc
Status check(const qfb::Pool2D& params, const OperatorView& op);
Status check(const qfb::Reduce& params, const OperatorView& op);
Status check(const qfb::Softmax& params, const OperatorView& op);
Status check(const qfb::ArgMax& params, const OperatorView& op);

// movement.cc
Status check(const qfb::Reshape& params, const OperatorView& op);
Status check(const qfb::Transpose& params, const OperatorView& op);
Status check(const qfb::Slice& params, const OperatorView& op);
Status check(const qfb::Concatenation& params, const OperatorView& op);
Status check(const qfb::Pad& params, const OperatorView& op);
Status check(const qfb::Tile& params, const OperatorView& op);
Status check(const qfb::Gather& params, const OperatorView& op);

// resize.cc
Status check(const qfb::ResizeBilinear& params, const OperatorView& op);
Status check(const qfb::ResizeNearest& params, const OperatorView& op);

}  // namespace qrun::runtime::verify
