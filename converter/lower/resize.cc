// Image resizing. Bilinear positions are integers, which the runtime derives; nearest ones are the reader's tables.
// docs/arithmetic.md, Data movement.

#include <algorithm>

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
  qfb::ResizeNearestT resize;
  resize.rows = params.rows;
  resize.columns = params.columns;
  out.emit(std::move(resize), op.inputs, op.output());
}

}  // namespace qrun::converter
