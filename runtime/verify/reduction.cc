// Pools, reductions, softmax, argmax: the windows and the sums they take.

#include <algorithm>

#include "runtime/verify/operators.h"
#include "runtime/verify/window.h"

namespace qrun::runtime::verify {
namespace {

// 2^23 values of 8 bits, and half as many added for rounding, sum to less than 2^31.
constexpr std::int64_t kMaxSummands = std::int64_t{1} << 23;

// Windows of consecutive taps: if the first ends inside the image and the last begins inside, each between has a tap.
Status check_taps(const WindowAxis& axis) {
  if (axis.dilation != 1) return refuse("dilation_", axis.name, " is ", axis.dilation, "; a pool's must be 1");
  const std::int64_t last_begin = (axis.output() - 1) * axis.stride - axis.pad_before;
  if (axis.pad_before < axis.kernel && last_begin < axis.input) return {};
  return refuse("a window lies wholly in the padding along ", axis.name, " (input ", axis.input, ", kernel ",
                axis.kernel, ", stride ", axis.stride, ", pads ", axis.pad_before, " and ", axis.pad_after, ")");
}

Status check_summands(std::int64_t count) {
  if (count <= kMaxSummands) return {};
  return refuse("it takes ", count, " values together; more than ", kMaxSummands, " may overflow 32 bits");
}

Status check_axes(const flatbuffers::Vector<std::int32_t>* axes, std::size_t rank) {
  if (axes == nullptr || axes->size() == 0 || axes->size() > rank) {
    return refuse("axes must list between 1 and ", static_cast<std::int64_t>(rank), " axes");
  }
  std::int64_t previous = -1;
  for (const std::int32_t axis : *axes) {
    QRUN_RETURN_IF_ERROR(check_axis(axis, rank));
    if (axis <= previous) return refuse("axes are not sorted and distinct: ", axis, " follows ", previous);
    previous = axis;
  }
  return {};
}

// What rescaled differences need: differences below diff_min are never rescaled, and none is below -255. The output in
// units of 1/256 is the reference's, whose left shift is in 32 bits.
Status check_differences(const qfb::Softmax& params) {
  const qfb::Rescale& rescale = *params.rescale();
  const std::int64_t reach = std::min(-std::int64_t{params.diff_min()}, std::int64_t{255});
  if (params.output_rescale() == nullptr) return check_fits("rescale", rescale, reach, 0);
  if (reach * rescale.multiplier() <= (std::int64_t{1} << 62) >> rescale.shift()) return {};
  return refuse("rescale takes differences out of 32 bits: they reach ", reach, " (multiplier ", rescale.multiplier(),
                ", shift ", rescale.shift(), ")");
}

// No sum overflows, whatever the values: a quotient is below 2^31, and a rescale's shift of at most 30 makes it at most
// 2^30, to which a zero point is added (kernels/softmax/reciprocal.h).
Status check_output(const qfb::Softmax& params, const OperatorView& op) {
  if (params.output_rescale() == nullptr) return {};
  QRUN_RETURN_IF_ERROR(check_version_of("output_rescale", op, 2));
  QRUN_RETURN_IF_ERROR(check_rescale("output_rescale", params.output_rescale()));
  return check_zero_point("output_zero_point", params.output_zero_point(), op.y().dtype);
}

}  // namespace

Status check(const qfb::Pool2D& params, const OperatorView& op) {
  QRUN_RETURN_IF_ERROR(check_inputs(op, 1));
  QRUN_RETURN_IF_ERROR(check_8_bit(op.x()));
  QRUN_RETURN_IF_ERROR(check_same_dtype(op.x(), op.y()));
  QRUN_RETURN_IF_ERROR(check_rank(op.x(), 4));
  if (params.kind() > qfb::PoolKind::MAX) return refuse("kind is unknown");
  if (params.window() == nullptr) return refuse("window is missing");
  const WindowAxes axes = window_axes(*params.window(), op.x(), params.kernel_height(), params.kernel_width());
  QRUN_RETURN_IF_ERROR(check_window(axes));
  QRUN_RETURN_IF_ERROR(check_taps(axes.height));
  QRUN_RETURN_IF_ERROR(check_taps(axes.width));
  QRUN_RETURN_IF_ERROR(check_summands(axes.height.kernel * axes.width.kernel));
  QRUN_RETURN_IF_ERROR(check_clamp(params.clamp(), op.y().dtype));
  return check_output_shape(op.y(), {op.x().shape[0], axes.height.output(), axes.width.output(), op.x().shape[3]});
}

Status check(const qfb::Reduce& params, const OperatorView& op) {
  QRUN_RETURN_IF_ERROR(check_inputs(op, 1));
  QRUN_RETURN_IF_ERROR(check_8_bit(op.x()));
  QRUN_RETURN_IF_ERROR(check_same_dtype(op.x(), op.y()));
  QRUN_RETURN_IF_ERROR(check_axes(params.axes(), op.x().rank()));
  if (params.kind() > qfb::ReduceKind::MAX) return refuse("kind is unknown");

  Extents kept_as_one = extents_of(op.x()), dropped;
  std::int64_t count = 1;
  for (const std::int32_t axis : *params.axes()) {
    std::int64_t& extent = kept_as_one[static_cast<std::size_t>(axis)];
    count *= extent;
    extent = 0;  // marks the axis; extents are at least 1
  }
  std::copy_if(kept_as_one.begin(), kept_as_one.end(), std::back_inserter(dropped),
               [](std::int64_t extent) { return extent != 0; });
  std::replace(kept_as_one.begin(), kept_as_one.end(), std::int64_t{0}, std::int64_t{1});
  if (Status kept = check_output_shape(op.y(), kept_as_one); !kept.ok() && !check_output_shape(op.y(), dropped).ok()) {
    kept.message += text(" or ", dropped);
    return kept;
  }

  QRUN_RETURN_IF_ERROR(check_summands(count));
  QRUN_RETURN_IF_ERROR(check_zero_point("input_zero_point", params.input_zero_point(), op.x().dtype));
  QRUN_RETURN_IF_ERROR(check_zero_point("output_zero_point", params.output_zero_point(), op.y().dtype));
  QRUN_RETURN_IF_ERROR(check_rescale("rescale", params.rescale()));
  const std::int64_t sum = count * range_of(op.x().dtype).reach(params.input_zero_point());
  return check_fits("rescale", *params.rescale(), sum, params.output_zero_point());
}

Status check(const qfb::Softmax& params, const OperatorView& op) {
  QRUN_RETURN_IF_ERROR(check_unary(op, /*same_dtype=*/true));
  if (op.x().rank() == 0) return refuse("the input ", op.x().label(), " is a scalar; it must have an axis");
  QRUN_RETURN_IF_ERROR(check_rescale("rescale", params.rescale()));
  QRUN_RETURN_IF_ERROR(check_in("rescale.shift", params.rescale()->shift(), {0, 30}));
  QRUN_RETURN_IF_ERROR(check_in("diff_min", params.diff_min(), {kernels::kInt32Min, 0}));
  QRUN_RETURN_IF_ERROR(check_differences(params));
  return check_output(params, op);
}

Status check(const qfb::ArgMax& params, const OperatorView& op) {
  QRUN_RETURN_IF_ERROR(check_inputs(op, 1));
  QRUN_RETURN_IF_ERROR(check_8_bit(op.x()));
  if (is_8_bit(op.y().dtype)) return refuse(op.y().label(), " is ", op.y().dtype, "; it must be int32 or int64");
  QRUN_RETURN_IF_ERROR(check_axis(params.axis(), op.x().rank()));
  Extents implied = extents_of(op.x());
  implied.erase(implied.begin() + params.axis());
  return check_output_shape(op.y(), implied);
}

}  // namespace qrun::runtime::verify
