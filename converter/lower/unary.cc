// Operators of one 8-bit tensor, element by element.

#include <cmath>
#include <cstdlib>

#include "converter/lower/functions.h"
#include "converter/lower/multiplier.h"
#include "converter/lower/operators.h"
#include "converter/lower/quantities.h"
#include "converter/refusal.h"

namespace qrun::converter {
namespace {

void lower_requantize(double real, Activation activation, const Operator& op, Lowering& out) {
  const Affine x = affine(out.input(op, 0)), y = affine(out.output(op));
  qfb::RequantizeT requantize;
  requantize.input_zero_point = x.zero_point;
  requantize.output_zero_point = y.zero_point;
  requantize.rescale = boxed(checked_rescale(real, x.reach(), y.zero_point, out.output(op)));
  requantize.clamp = boxed(activation_range(activation, y));
  out.emit(std::move(requantize), op.inputs, op.output());
}

// A Q31 multiplier rounded to 16 bits.
std::int16_t to_16_bits(std::int32_t multiplier) {
  constexpr std::int32_t kHalf = 1 << 15;
  if (multiplier >= kernels::kInt32Max - kHalf) return INT16_MAX;
  return static_cast<std::int16_t>((multiplier + kHalf) >> 16);
}

}  // namespace

void lower(const Relu& params, const Operator& op, Lowering& out) {
  const Affine x = affine(out.input(op, 0)), y = affine(out.output(op));
  check_same_dtype(out.input(op, 0), out.output(op));
  const float real = x.scale / y.scale;
  lower_requantize(real, params.activation, op, out);
}

void lower(const Quantize&, const Operator& op, Lowering& out) {
  const Affine x = affine(out.input(op, 0)), y = affine(out.output(op));
  lower_requantize(static_cast<double>(x.scale) / static_cast<double>(y.scale), Activation::kNone, op, out);
}

void lower(const LeakyRelu& params, const Operator& op, Lowering& out) {
  const Affine x = affine(out.input(op, 0)), y = affine(out.output(op));
  check_same_dtype(out.input(op, 0), out.output(op));
  const float identity = x.scale / y.scale;
  const float slope = x.scale * params.alpha / y.scale;
  qfb::LeakyReluT leaky_relu;
  leaky_relu.input_zero_point = x.zero_point;
  leaky_relu.output_zero_point = y.zero_point;
  leaky_relu.rescale = boxed(checked_rescale(identity, x.reach(), y.zero_point, out.output(op)));
  leaky_relu.alpha_rescale = boxed(checked_rescale(std::fabs(slope), x.reach(), y.zero_point, out.output(op)));
  leaky_relu.negate_alpha = slope < 0;
  out.emit(std::move(leaky_relu), op.inputs, op.output());
}

void lower(const HardSwish&, const Operator& op, Lowering& out) {
  const Affine x = affine(out.input(op, 0)), y = affine(out.output(op));
  check_same_dtype(out.input(op, 0), out.output(op));
  const float high_resolution_scale = x.scale / 128;
  const float output_real = high_resolution_scale / y.scale;
  const float reluish_real = high_resolution_scale / (3.0F / 32768.0F);
  // Values are 16-bit and saturate: nothing to prove but that the exponents are those of the format.
  const kernels::Rescale output = checked_rescale(output_real, 0, 0, out.output(op));
  const kernels::Rescale reluish = checked_rescale(reluish_real, 0, 0, out.output(op));
  if (output.shift > 0) refuse("the input's scale {} exceeds 128 times the output's {}", x.scale, y.scale);
  if (reluish.shift > 15) refuse("the input's scale {} is too large", x.scale);
  qfb::HardSwishT hard_swish;
  hard_swish.input_zero_point = x.zero_point;
  hard_swish.output_zero_point = y.zero_point;
  hard_swish.output_multiplier = to_16_bits(output.multiplier);
  hard_swish.output_exponent = output.shift;
  hard_swish.reluish_multiplier = to_16_bits(reluish.multiplier);
  hard_swish.reluish_exponent = reluish.shift;
  out.emit(hard_swish, op.inputs, op.output());
}

// Integers in the reference, unlike other functions; with 256 inputs it is a table all the same.
void lower(const Abs&, const Operator& op, Lowering& out) {
  const Affine x = affine(out.input(op, 0)), y = affine(out.output(op));
  const float real = x.scale / y.scale;
  const kernels::Rescale rescale = checked_rescale(real, x.reach(), y.zero_point, out.output(op));
  const ByteTable table = make_table(x, [&](std::int32_t q) {
    const std::int32_t rescaled = kernels::apply(rescale, std::abs(q - x.zero_point));
    return static_cast<std::uint8_t>(kernels::clamp(rescaled + y.zero_point, {y.min, y.max}));
  });
  emit_lookup(table, "abs", op.inputs[0], op.output(), out);
}

void lower(const Function& params, const Operator& op, Lowering& out) {
  const RealFunction function = find_function(params.name);
  if (function == nullptr) refuse("the function {} is not supported", params.name);
  const ByteTable table = tabulate(function, affine(out.input(op, 0)), affine(out.output(op)));
  emit_lookup(table, params.name, op.inputs[0], op.output(), out);
}

void lower(const Lookup& params, const Operator& op, Lowering& out) {
  emit_lookup(params.table, params.name, op.inputs[0], op.output(), out);
}

}  // namespace qrun::converter
