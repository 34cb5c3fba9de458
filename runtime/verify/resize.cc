// Image resizing: the output keeps batch and channels, and every row and column read exists.

#include "runtime/verify/operators.h"

namespace qrun::runtime::verify {
namespace {

Status check_image(const OperatorView& op) {
  QRUN_RETURN_IF_ERROR(check_inputs(op, 1));
  QRUN_RETURN_IF_ERROR(check_8_bit(op.x()));
  QRUN_RETURN_IF_ERROR(check_same_dtype(op.x(), op.y()));
  QRUN_RETURN_IF_ERROR(check_rank(op.x(), 4));
  QRUN_RETURN_IF_ERROR(check_rank(op.y(), 4));
  return check_output_shape(op.y(), {op.x().shape[0], op.y().shape[1], op.y().shape[2], op.x().shape[3]});
}

Status check_sources(std::string_view field, const flatbuffers::Vector<std::int32_t>* sources, const OperatorView& op,
                     std::size_t axis) {
  QRUN_RETURN_IF_ERROR(check_count(field, sources, static_cast<std::size_t>(op.y().shape[axis])));
  QRUN_RETURN_IF_ERROR(op.budget->spend(sources->size()));
  for (const std::int32_t source : *sources) {
    QRUN_RETURN_IF_ERROR(check_in(field, source, {0, op.x().shape[axis] - 1}));
  }
  return {};
}

}  // namespace

Status check(const qfb::ResizeBilinear& params, const OperatorView& op) {
  QRUN_RETURN_IF_ERROR(check_image(op));
  if (params.align_corners() && params.half_pixel_centers()) {
    return refuse("align_corners and half_pixel_centers are both set; at most one may be");
  }
  // Positions are in 1/1024ths of a pixel, in 32 bits.
  constexpr std::int64_t kLargest = 1 << 20;
  for (const std::size_t axis : {1u, 2u}) {
    QRUN_RETURN_IF_ERROR(check_in("the input's extent", op.x().shape[axis], {1, kLargest}));
    QRUN_RETURN_IF_ERROR(check_in("the output's extent", op.y().shape[axis], {1, kLargest}));
  }
  return {};
}

Status check(const qfb::ResizeNearest& params, const OperatorView& op) {
  QRUN_RETURN_IF_ERROR(check_image(op));
  QRUN_RETURN_IF_ERROR(check_sources("rows", params.rows(), op, 1));
  return check_sources("columns", params.columns(), op, 2);
}

}  // namespace qrun::runtime::verify
