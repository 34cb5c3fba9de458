// What the parameters of all kernels on images have in common.

#pragma once

#include "runtime/tensor.h"

namespace qrun::runtime {

// Batch and spatial extents of the operator's input and output, both NHWC.
template <class Params>
void set_image_extents(Params& params, Shape x, Shape y) {
  params.batch = x[0];
  params.input_height = x[1];
  params.input_width = x[2];
  params.output_height = y[1];
  params.output_width = y[2];
}

}  // namespace qrun::runtime
