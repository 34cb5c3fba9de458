// One function an operator: adds its steps to the plan's draft. Each relies on what Model has checked and cannot fail.

#pragma once

#include "runtime/plan/lowering.h"

namespace qrun::runtime {

void lower(Lowering& lowering, const qfb::Conv2D& parameters);
void lower(Lowering& lowering, const qfb::DepthwiseConv2D& parameters);
void lower(Lowering& lowering, const qfb::FullyConnected& parameters);
void lower(Lowering& lowering, const qfb::Add& parameters);
void lower(Lowering& lowering, const qfb::Mul& parameters);
void lower(Lowering& lowering, const qfb::PRelu& parameters);
void lower(Lowering& lowering, const qfb::Requantize& parameters);
void lower(Lowering& lowering, const qfb::LeakyRelu& parameters);
void lower(Lowering& lowering, const qfb::HardSwish& parameters);
void lower(Lowering& lowering, const qfb::Lookup& parameters);
void lower(Lowering& lowering, const qfb::Pool2D& parameters);
void lower(Lowering& lowering, const qfb::Reduce& parameters);
void lower(Lowering& lowering, const qfb::Softmax& parameters);
void lower(Lowering& lowering, const qfb::ArgMax& parameters);
void lower(Lowering& lowering, const qfb::Reshape& parameters);
void lower(Lowering& lowering, const qfb::Transpose& parameters);
void lower(Lowering& lowering, const qfb::Slice& parameters);
void lower(Lowering& lowering, const qfb::Concatenation& parameters);
void lower(Lowering& lowering, const qfb::Pad& parameters);
void lower(Lowering& lowering, const qfb::Tile& parameters);
void lower(Lowering& lowering, const qfb::Gather& parameters);
void lower(Lowering& lowering, const qfb::ResizeBilinear& parameters);
void lower(Lowering& lowering, const qfb::ResizeNearest& parameters);

}  // namespace qrun::runtime
