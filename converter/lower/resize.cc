// Image resizing. Bilinear positions are integers, which the runtime derives; nearest ones are float32 in the
// reference, so that their tables are made here. docs/arithmetic.md, Data movement.

#include <algorithm>
#include <cmath>

#include "converter/lower/operators.h"
#include "converter/lower/quantities.h"
#include "converter/refusal.h"

namespace qrun::converter {
namespace {

void check_image(const Operator& op, const Lowering& out) {
  constexpr std::int32_t kMaxExtent = 1 << 16;
  check_same_dtype(out.input(op, 0), out.output(op));
  for (const Tensor* tensor : {&out.input(op, 0), &out.output(op)}) {
    if (tensor->rank() != 4 || std::max(tensor->shape[1], tensor->shape[2]) > kMaxExtent) {
      refuse("'{}' has the shape {}; it must be an image, of at most {} rows and columns", tensor->name,
             shape_text(tensor->shape), kMaxExtent);
    }
  }
}

std::vector<std::int32_t> nearest(std::int32_t input, std::int32_t output, const ResizeNearest& params) {
  const bool aligned = params.align_corners && output > 1;
  const float scale = aligned ? static_cast<float>(input - 1) / static_cast<float>(output - 1)
                              : static_cast<float>(input) / static_cast<float>(output);
  const float offset = params.half_pixel_centers ? 0.5F : 0.0F;
  std::vector<std::int32_t> sources;
  for (std::int32_t i = 0; i < output; ++i) {
    const float position = (static_cast<float>(i) + offset) * scale;
    const auto source = static_cast<std::int32_t>(params.align_corners ? std::round(position) : std::floor(position));
    sources.push_back(std::clamp(source, 0, input - 1));
  }
  return sources;
}

}  // namespace

void lower(const ResizeBilinear& params, const Operator& op, Lowering& out) {
  check_image(op, out);
  if (params.align_corners && params.half_pixel_centers) {
    throw Refusal("it sets both align_corners and half_pixel_centers; at most one makes sense");
  }
  qfb::ResizeBilinearT resize;
  resize.align_corners = params.align_corners;
  resize.half_pixel_centers = params.half_pixel_centers;
  out.emit(resize, op.inputs, op.output());
}

void lower(const ResizeNearest& params, const Operator& op, Lowering& out) {
  check_image(op, out);
  const Shape& x = out.input(op, 0).shape;
  const Shape& y = out.output(op).shape;
  qfb::ResizeNearestT resize;
  resize.rows = nearest(x[1], y[1], params);
  resize.columns = nearest(x[2], y[2], params);
  out.emit(std::move(resize), op.inputs, op.output());
}

}  // namespace qrun::converter
