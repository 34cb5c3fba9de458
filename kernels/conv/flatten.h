// The same convolution with its work along the width.
//
// Why here: kernels pay for every row. Signals have their time along the height, as the layout [batch, time, 1,
// channels] has it; and where output pixel i reads input pixel i alone, rows mean nothing.

#pragma once

#include <utility>

#include "kernels/kernels.h"

namespace qrun::kernels {

// Static: objects of instruction sets share no function with others.

// Whether output pixel i reads input pixel i alone: pointwise convolutions, fully connected layers.
static constexpr bool is_pointwise(const ConvParams& p) {
  return p.kernel_height == 1 && p.kernel_width == 1 && p.stride_height == 1 && p.stride_width == 1 && p.pad_top == 0 &&
         p.pad_left == 0 && p.input_height == p.output_height && p.input_width == p.output_width;
}

static constexpr std::int32_t pixel_count(const ConvParams& p) { return p.batch * p.output_height * p.output_width; }

// Returns parameters of the same result: same units, same bytes at the same places.
static constexpr ConvParams flatten(ConvParams p) {
  if (is_pointwise(p)) {
    p.input_width = p.output_width = p.batch * p.output_height * p.output_width;
    p.batch = p.input_height = p.output_height = 1;
  } else if (p.input_width == 1 && p.output_width == 1 && p.kernel_width == 1 && p.pad_left == 0) {
    std::swap(p.input_height, p.input_width);
    std::swap(p.output_height, p.output_width);
    std::swap(p.kernel_height, p.kernel_width);
    std::swap(p.pad_top, p.pad_left);
    p.stride_width = p.stride_height;
    p.dilation_width = p.dilation_height;
    p.stride_height = p.dilation_height = 1;
  }
  return p;
}

}  // namespace qrun::kernels
