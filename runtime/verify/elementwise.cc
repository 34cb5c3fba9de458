// Add and subtract, multiply, PReLU: broadcasting and the bounds of their two inputs.

#include <algorithm>

#include "runtime/verify/operators.h"

namespace qrun::runtime::verify {
namespace {

constexpr int kAddLeftShift = 20;  // docs/arithmetic.md, Add

// Two 8-bit inputs and an output, all of one dtype.
Status check_binary(const OperatorView& op) {
  QRUN_RETURN_IF_ERROR(check_inputs(op, 2));
  QRUN_RETURN_IF_ERROR(check_8_bit(op.x()));
  QRUN_RETURN_IF_ERROR(check_same_dtype(op.x(), *op.inputs[1]));
  return check_same_dtype(op.x(), op.y());
}

// numpy's rule: shapes are aligned at their last axes; extents are equal or one of them is 1.
Status broadcast(const TensorView& a, const TensorView& b, Extents& result) {
  const TensorView& longer = a.rank() >= b.rank() ? a : b;
  const TensorView& shorter = a.rank() >= b.rank() ? b : a;
  result = extents_of(longer);
  const std::size_t offset = longer.rank() - shorter.rank();
  for (std::size_t i = 0; i < shorter.rank(); ++i) {
    std::int64_t& extent = result[offset + i];
    if (extent != shorter.shape[i] && extent != 1 && shorter.shape[i] != 1) {
      return refuse("shapes ", a.shape, " and ", b.shape, " do not broadcast");
    }
    extent = std::max<std::int64_t>(extent, shorter.shape[i]);
  }
  return {};
}

Status check_broadcast_output(const OperatorView& op) {
  Extents implied;
  QRUN_RETURN_IF_ERROR(broadcast(op.x(), *op.inputs[1], implied));
  return check_output_shape(op.y(), implied);
}

// The greatest |rescale(x)| for |x| <= bound, which check_fits has passed.
std::int64_t rescaled_reach(const qfb::Rescale& rescale, std::int64_t bound) {
  const auto x = static_cast<std::int32_t>(bound);
  return std::max(std::abs(std::int64_t{kernels::apply(native(rescale), x)}),
                  std::abs(std::int64_t{kernels::apply(native(rescale), -x)}));
}

}  // namespace

Status check(const qfb::Add& params, const OperatorView& op) {
  QRUN_RETURN_IF_ERROR(check_binary(op));
  QRUN_RETURN_IF_ERROR(check_broadcast_output(op));
  if (params.kind() > qfb::AddKind::MAX) return refuse("kind is unknown");
  const qfb::DType dtype = op.y().dtype;
  QRUN_RETURN_IF_ERROR(check_zero_point("input1_zero_point", params.input1_zero_point(), dtype));
  QRUN_RETURN_IF_ERROR(check_zero_point("input2_zero_point", params.input2_zero_point(), dtype));
  QRUN_RETURN_IF_ERROR(check_zero_point("output_zero_point", params.output_zero_point(), dtype));
  QRUN_RETURN_IF_ERROR(check_rescale("input1_rescale", params.input1_rescale()));
  QRUN_RETURN_IF_ERROR(check_rescale("input2_rescale", params.input2_rescale()));
  QRUN_RETURN_IF_ERROR(check_rescale("output_rescale", params.output_rescale()));
  QRUN_RETURN_IF_ERROR(check_clamp(params.clamp(), dtype));

  const std::int64_t bound1 = range_of(dtype).reach(params.input1_zero_point()) << kAddLeftShift;
  const std::int64_t bound2 = range_of(dtype).reach(params.input2_zero_point()) << kAddLeftShift;
  QRUN_RETURN_IF_ERROR(check_fits("input1_rescale", *params.input1_rescale(), bound1, 0));
  QRUN_RETURN_IF_ERROR(check_fits("input2_rescale", *params.input2_rescale(), bound2, 0));
  const std::int64_t sum =
      rescaled_reach(*params.input1_rescale(), bound1) + rescaled_reach(*params.input2_rescale(), bound2);
  return check_fits("output_rescale", *params.output_rescale(), sum, params.output_zero_point());
}

Status check(const qfb::Mul& params, const OperatorView& op) {
  QRUN_RETURN_IF_ERROR(check_binary(op));
  QRUN_RETURN_IF_ERROR(check_broadcast_output(op));
  const qfb::DType dtype = op.y().dtype;
  QRUN_RETURN_IF_ERROR(check_zero_point("input1_zero_point", params.input1_zero_point(), dtype));
  QRUN_RETURN_IF_ERROR(check_zero_point("input2_zero_point", params.input2_zero_point(), dtype));
  QRUN_RETURN_IF_ERROR(check_zero_point("output_zero_point", params.output_zero_point(), dtype));
  QRUN_RETURN_IF_ERROR(check_rescale("rescale", params.rescale()));
  QRUN_RETURN_IF_ERROR(check_clamp(params.clamp(), dtype));
  const std::int64_t product =
      range_of(dtype).reach(params.input1_zero_point()) * range_of(dtype).reach(params.input2_zero_point());
  return check_fits("rescale", *params.rescale(), product, params.output_zero_point());
}

Status check(const qfb::PRelu& params, const OperatorView& op) {
  QRUN_RETURN_IF_ERROR(check_binary(op));
  Extents implied;
  QRUN_RETURN_IF_ERROR(broadcast(op.x(), *op.inputs[1], implied));
  if (implied != extents_of(op.x())) {
    return refuse("alpha ", op.inputs[1]->label(), " has shape ", op.inputs[1]->shape, ", which does not broadcast to ",
                  op.x().shape);
  }
  QRUN_RETURN_IF_ERROR(check_output_shape(op.y(), implied));
  const qfb::DType dtype = op.y().dtype;
  QRUN_RETURN_IF_ERROR(check_zero_point("input_zero_point", params.input_zero_point(), dtype));
  QRUN_RETURN_IF_ERROR(check_zero_point("alpha_zero_point", params.alpha_zero_point(), dtype));
  QRUN_RETURN_IF_ERROR(check_zero_point("output_zero_point", params.output_zero_point(), dtype));
  QRUN_RETURN_IF_ERROR(check_rescale("rescale", params.rescale()));
  QRUN_RETURN_IF_ERROR(check_rescale("alpha_rescale", params.alpha_rescale()));
  const std::int64_t reach = range_of(dtype).reach(params.input_zero_point());
  const std::int64_t alpha_reach = range_of(dtype).reach(params.alpha_zero_point());
  QRUN_RETURN_IF_ERROR(check_fits("rescale", *params.rescale(), reach, params.output_zero_point()));
  return check_fits("alpha_rescale", *params.alpha_rescale(), reach * alpha_reach, params.output_zero_point());
}

}  // namespace qrun::runtime::verify
