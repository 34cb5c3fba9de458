// What the parameters of all kernels on images have in common.

#pragma once

#include "runtime/plan/lowering.h"

namespace qrun::runtime {

// Images and their extents of the operator's input and output, both NHWC.
template <class Params>
void set_image_extents(Params& params, const Lowering& lowering) {
  const Shape x = lowering.shape(lowering.input(0)), y = lowering.shape(lowering.output());
  params.batch = x[0] * lowering.batch();
  params.input_height = x[1];
  params.input_width = x[2];
  params.output_height = y[1];
  params.output_width = y[2];
}

}  // namespace qrun::runtime
