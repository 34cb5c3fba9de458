// Add, sub, mul, prelu. docs/arithmetic.md, The real multiplier and Linear operators.

#include <algorithm>
#include <cstdlib>

#include "converter/lower/operators.h"
#include "converter/lower/quantities.h"

namespace qrun::converter {
namespace {

void check_dtypes(const Operator& op, const Lowering& out) {
  check_same_dtype(out.input(op, 0), out.input(op, 1));
  check_same_dtype(out.input(op, 0), out.output(op));
}

// The greatest |rescale(x)| for |x| <= bound, where that fits.
std::int64_t rescaled_reach(kernels::Rescale rescale, std::int64_t bound) {
  const auto x = static_cast<std::int32_t>(bound);
  return std::max(std::abs(std::int64_t{kernels::apply(rescale, x)}),
                  std::abs(std::int64_t{kernels::apply(rescale, -x)}));
}

// Both inputs are brought to the scale 2 * max(s1, s2) / 2^20, added there, and brought to the output's.
void lower_sum(qfb::AddKind kind, Activation activation, const Operator& op, Lowering& out) {
  constexpr int kLeftShift = 20;
  check_dtypes(op, out);
  const Affine x1 = affine(out.input(op, 0)), x2 = affine(out.input(op, 1)), y = affine(out.output(op));
  const double twice_max = 2 * static_cast<double>(std::max(x1.scale, x2.scale));
  const std::int64_t bound1 = x1.reach() << kLeftShift, bound2 = x2.reach() << kLeftShift;
  const auto rescale1 = checked_rescale(static_cast<double>(x1.scale) / twice_max, bound1, 0, out.output(op));
  const auto rescale2 = checked_rescale(static_cast<double>(x2.scale) / twice_max, bound2, 0, out.output(op));
  const double real = twice_max / ((1 << kLeftShift) * static_cast<double>(y.scale));
  const std::int64_t bound = rescaled_reach(rescale1, bound1) + rescaled_reach(rescale2, bound2);

  qfb::AddT add;
  add.kind = kind;
  add.input1_zero_point = x1.zero_point;
  add.input2_zero_point = x2.zero_point;
  add.output_zero_point = y.zero_point;
  add.input1_rescale = boxed(rescale1);
  add.input2_rescale = boxed(rescale2);
  add.output_rescale = boxed(checked_rescale(real, bound, y.zero_point, out.output(op)));
  add.clamp = boxed(activation_range(activation, y));
  out.emit(std::move(add), op.inputs, op.output());
}

}  // namespace

void lower(const Add& params, const Operator& op, Lowering& out) {
  lower_sum(qfb::AddKind::add, params.activation, op, out);
}

void lower(const Sub& params, const Operator& op, Lowering& out) {
  lower_sum(qfb::AddKind::sub, params.activation, op, out);
}

void lower(const Mul& params, const Operator& op, Lowering& out) {
  check_dtypes(op, out);
  const Affine x1 = affine(out.input(op, 0)), x2 = affine(out.input(op, 1)), y = affine(out.output(op));
  const float real = x1.scale * x2.scale / y.scale;
  qfb::MulT mul;
  mul.input1_zero_point = x1.zero_point;
  mul.input2_zero_point = x2.zero_point;
  mul.output_zero_point = y.zero_point;
  mul.rescale = boxed(checked_rescale(real, x1.reach() * x2.reach(), y.zero_point, out.output(op)));
  mul.clamp = boxed(activation_range(params.activation, y));
  out.emit(std::move(mul), op.inputs, op.output());
}

void lower(const PRelu&, const Operator& op, Lowering& out) {
  check_dtypes(op, out);
  const Affine x = affine(out.input(op, 0)), alpha = affine(out.input(op, 1)), y = affine(out.output(op));
  const float identity = x.scale / y.scale;
  const float real = x.scale * alpha.scale / y.scale;
  qfb::PReluT prelu;
  prelu.input_zero_point = x.zero_point;
  prelu.alpha_zero_point = alpha.zero_point;
  prelu.output_zero_point = y.zero_point;
  prelu.rescale = boxed(checked_rescale(identity, x.reach(), y.zero_point, out.output(op)));
  prelu.alpha_rescale = boxed(checked_rescale(real, x.reach() * alpha.reach(), y.zero_point, out.output(op)));
  out.emit(std::move(prelu), op.inputs, op.output());
}

}  // namespace qrun::converter
