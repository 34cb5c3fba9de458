// Operators of one 8-bit tensor, element by element.

#include "runtime/verify/operators.h"

namespace qrun::runtime::verify {

Status check(const qfb::Requantize& params, const OperatorView& op) {
  QRUN_RETURN_IF_ERROR(check_unary(op, /*same_dtype=*/false));
  QRUN_RETURN_IF_ERROR(check_zero_point("input_zero_point", params.input_zero_point(), op.x().dtype));
  QRUN_RETURN_IF_ERROR(check_zero_point("output_zero_point", params.output_zero_point(), op.y().dtype));
  QRUN_RETURN_IF_ERROR(check_rescale("rescale", params.rescale()));
  QRUN_RETURN_IF_ERROR(check_clamp(params.clamp(), op.y().dtype));
  const std::int64_t reach = range_of(op.x().dtype).reach(params.input_zero_point());
  return check_fits("rescale", *params.rescale(), reach, params.output_zero_point());
}

Status check(const qfb::LeakyRelu& params, const OperatorView& op) {
  QRUN_RETURN_IF_ERROR(check_unary(op, /*same_dtype=*/true));
  QRUN_RETURN_IF_ERROR(check_zero_point("input_zero_point", params.input_zero_point(), op.x().dtype));
  QRUN_RETURN_IF_ERROR(check_zero_point("output_zero_point", params.output_zero_point(), op.y().dtype));
  QRUN_RETURN_IF_ERROR(check_rescale("rescale", params.rescale()));
  QRUN_RETURN_IF_ERROR(check_rescale("alpha_rescale", params.alpha_rescale()));
  const std::int64_t reach = range_of(op.x().dtype).reach(params.input_zero_point());
  QRUN_RETURN_IF_ERROR(check_fits("rescale", *params.rescale(), reach, params.output_zero_point()));
  // Negating the result cannot leave int32: at most 255 * 2^23 passes without a wrapping shift.
  return check_fits("alpha_rescale", *params.alpha_rescale(), reach, params.output_zero_point());
}

Status check(const qfb::HardSwish& params, const OperatorView& op) {
  QRUN_RETURN_IF_ERROR(check_unary(op, /*same_dtype=*/true));
  QRUN_RETURN_IF_ERROR(check_zero_point("input_zero_point", params.input_zero_point(), op.x().dtype));
  QRUN_RETURN_IF_ERROR(check_zero_point("output_zero_point", params.output_zero_point(), op.y().dtype));
  // With these ranges every step saturates at 16 bits or fits in 32.
  QRUN_RETURN_IF_ERROR(check_in("output_multiplier", params.output_multiplier(), {0, 32767}));
  QRUN_RETURN_IF_ERROR(check_in("output_exponent", params.output_exponent(), {-31, 0}));
  QRUN_RETURN_IF_ERROR(check_in("reluish_multiplier", params.reluish_multiplier(), {0, 32767}));
  return check_in("reluish_exponent", params.reluish_exponent(), {-31, 15});
}

Status check(const qfb::Lookup& params, const OperatorView& op) {
  QRUN_RETURN_IF_ERROR(check_unary(op, /*same_dtype=*/false));
  return check_count("table", params.table(), 256);
}

}  // namespace qrun::runtime::verify
