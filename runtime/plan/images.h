// What the parameters of all kernels on images have in common.

#pragma once

#include <cstdint>
#include <optional>

#include "runtime/band.h"
#include "runtime/plan/lowering.h"
#include "runtime/plan/strides.h"

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

// The rows of a kernel whose units are output pixels.
template <class Params>
RowWindow row_window(const Params& params, std::int32_t dilation, std::int32_t input_channels,
                     std::int32_t output_channels) {
  return {.images = params.batch,
          .input_rows = params.input_height,
          .output_rows = params.output_height,
          .stride = params.stride_height,
          .extent = (params.kernel_height - 1) * dilation + 1,
          .pad = params.pad_top,
          .input_row_bytes = std::int64_t{params.input_width} * input_channels,
          .output_row_bytes = std::int64_t{params.output_width} * output_channels,
          .units_per_row = params.output_width};
}

// The rows of a kernel that makes each from the same row of its input; both have the shape's images and rows of them.
// `row_bytes`: of the input and of the output.
inline RowWindow row_by_row(const Lowering& lowering, Shape shape, const std::int64_t (&row_bytes)[2],
                            std::int32_t units_per_row) {
  return {.images = shape[0] * lowering.batch(),
          .input_rows = shape[1],
          .output_rows = shape[1],
          .stride = 1,
          .extent = 1,
          .pad = 0,
          .input_row_bytes = row_bytes[0],
          .output_row_bytes = row_bytes[1],
          .units_per_row = units_per_row};
}

// The rows of an elementwise kernel on 8-bit tensors of this shape, if it has images of rows long enough to be worth a
// call each.
inline std::optional<RowWindow> elementwise_rows(const Lowering& lowering, Shape shape) {
  constexpr std::int64_t kWorthACall = 64;
  if (shape.size() < 3) return std::nullopt;
  const std::int64_t row = elements(shape, 2, shape.size());
  if (row < kWorthACall || shape[0] * lowering.batch() * std::int64_t{shape[1]} < 2) return std::nullopt;
  return row_by_row(lowering, shape, {row, row}, 1);
}

}  // namespace qrun::runtime
