// Pools, mean and sum, softmax, argmax. docs/arithmetic.md, Pooling and reductions, Softmax and tables.

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "converter/lower/functions.h"
#include "converter/lower/multiplier.h"
#include "converter/lower/operators.h"
#include "converter/lower/quantities.h"
#include "converter/lower/window.h"
#include "converter/refusal.h"
#include "kernels/bounds.h"

namespace qrun::converter {
namespace {

// Pools work on q itself, so that input and output must mean the same by it.
void check_same_quantization(const Tensor& a, const Tensor& b) {
  constexpr double kTolerance = 1e-6;  // the reference's
  const Affine x = affine(a), y = affine(b);
  const double difference = static_cast<double>(x.scale) - static_cast<double>(y.scale);
  if (x.zero_point == y.zero_point && std::fabs(difference) <= kTolerance) return;
  refuse("'{}' and '{}' have different scales or zero points; a pool keeps them", a.name, b.name);
}

// The rescale of a sum, with the division by `count` of a mean folded in.
kernels::Rescale mean_rescale(kernels::Rescale rescale, std::int64_t count) {
  const int log2 = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(count))) - 1;
  const int shift = std::min({log2, 32, 31 + rescale.shift});
  const std::int64_t multiplier = (std::int64_t{rescale.multiplier} << shift) / count;
  return {static_cast<std::int32_t>(multiplier), rescale.shift - shift};
}

// Of differences from the largest of a row, in Q5.26.
kernels::Rescale softmax_rescale(const Softmax& params, const Affine& x) {
  constexpr double kOne = 1 << 26;
  constexpr double kMax = std::numeric_limits<std::int32_t>::max();
  const double real = static_cast<double>(params.beta) * static_cast<double>(x.scale) * kOne;
  if (!(real > 0)) refuse("its beta {} is not positive", params.beta);
  const kernels::Rescale rescale = quantize_multiplier(std::min(real, kMax));
  if (rescale.shift < 0) refuse("the scale {} of its input times beta {} is too small", x.scale, params.beta);
  return rescale;
}

// The least difference whose exponential counts: above exp(-31). The reference's own takes the multiplier for 1, and so
// can be as far up as exp(-15.5): less than its output shows, but not less than any does.
std::int64_t least_difference(kernels::Rescale rescale, bool any_scale) {
  constexpr std::int64_t kLeast = std::int64_t{31} << 26;
  if (!any_scale || rescale.shift > 30) return -(kLeast >> rescale.shift);
  return -((kLeast << 31) / (std::int64_t{rescale.multiplier} << rescale.shift));
}

}  // namespace

void lower(const Pool2D& params, const Operator& op, Lowering& out) {
  const Tensor& x = out.input(op, 0);
  check_same_dtype(x, out.output(op));
  check_same_quantization(x, out.output(op));
  qfb::Pool2DT pool;
  pool.kind = params.kind == PoolKind::kAverage ? qfb::PoolKind::average : qfb::PoolKind::max;
  pool.kernel_height = params.kernel_height;
  pool.kernel_width = params.kernel_width;
  pool.window = resolve(params.window, x, params.kernel_height, params.kernel_width);
  pool.clamp = boxed(activation_range(params.activation, affine(out.output(op))));
  out.emit(std::move(pool), op.inputs, op.output());
}

void lower(const Reduce& params, const Operator& op, Lowering& out) {
  constexpr std::int64_t kMaxSummands = std::int64_t{1} << 23;
  const Tensor& x_tensor = out.input(op, 0);
  check_same_dtype(x_tensor, out.output(op));
  const Affine x = affine(x_tensor), y = affine(out.output(op));
  std::int64_t count = 1;
  for (const std::int32_t axis : params.axes) count *= x_tensor.shape[static_cast<std::size_t>(axis)];
  if (count > kMaxSummands) refuse("it sums {} values; more than {} may overflow 32 bits", count, kMaxSummands);

  const double real = static_cast<double>(x.scale) / static_cast<double>(y.scale);
  const std::int64_t bound = count * x.reach();
  kernels::Rescale rescale = checked_rescale(real, 0, y.zero_point, out.output(op));
  if (params.kind == ReduceKind::kMean) rescale = mean_rescale(rescale, count);
  if (!kernels::fits_int32(rescale, bound, y.zero_point)) {
    refuse("sums up to {} times {:g} leave 32 bits; reduce fewer values at a time", bound, real);
  }
  qfb::ReduceT reduce;
  reduce.kind = params.kind == ReduceKind::kMean ? qfb::ReduceKind::mean : qfb::ReduceKind::sum;
  reduce.axes = params.axes;
  reduce.input_zero_point = x.zero_point;
  reduce.output_zero_point = y.zero_point;
  reduce.rescale = boxed(rescale);
  out.emit(std::move(reduce), op.inputs, op.output());
}

void lower(const Softmax& params, const Operator& op, Lowering& out) {
  check_same_dtype(out.input(op, 0), out.output(op));
  const Affine x = affine(out.input(op, 0)), y = affine(out.output(op));
  // Units of 1/256 from the least value on are the reference's, and what a file means that says nothing.
  const bool any_scale = y.scale != 1.0F / 256 || y.zero_point != y.min;
  kernels::Rescale rescale = softmax_rescale(params, x);
  const std::int64_t diff_min = least_difference(rescale, any_scale);
  // Only the maximum itself is rescaled then, and 0 stays 0 whatever the shift; the format's greatest is 30.
  if (diff_min == 0) rescale.shift = 30;
  qfb::SoftmaxT softmax;
  softmax.rescale = boxed(rescale);
  softmax.diff_min = static_cast<std::int32_t>(diff_min);
  if (any_scale) {
    // What is rescaled is below 1 in Q31: a shift of at most 30, as any in a file, keeps all in int32.
    softmax.output_rescale = boxed(checked_rescale(1 / static_cast<double>(y.scale), 0, y.zero_point, out.output(op)));
    softmax.output_zero_point = y.zero_point;
  }
  out.emit(std::move(softmax), op.inputs, op.output());
}

// The minimum of q is the maximum of its complement, in either type.
void lower(const ArgMax& params, const Operator& op, Lowering& out) {
  const Tensor& x = out.input(op, 0);
  const Affine range = affine(x);
  TensorId input = op.inputs[0];
  if (params.minimum) {
    const ByteTable table = make_table(range, [](std::int32_t q) { return static_cast<std::uint8_t>(~q); });
    Tensor complement = x;
    complement.name += "/complement";
    complement.is_constant = false;
    complement.data = {};
    input = out.add_tensor(std::move(complement));
    emit_lookup(table, "complement", op.inputs[0], input, out);
  }
  qfb::ArgMaxT arg_max;
  arg_max.axis = params.axis;
  out.emit(arg_max, {input}, op.output());
}

}  // namespace qrun::converter
