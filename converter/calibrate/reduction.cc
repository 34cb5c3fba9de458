// Operators over whole axes. Sums are in double: of many elements float32 loses digits.

#include <algorithm>
#include <cmath>

#include "converter/calibrate/operators.h"
#include "converter/refusal.h"
#include "converter/walk.h"

namespace qrun::converter::calibrate {
namespace {

void check_axis(std::int32_t axis, const Tensor& x) {
  if (axis < 0 || static_cast<std::size_t>(axis) >= x.rank()) {
    refuse("its axis {} does not exist; the rank is {}", axis, x.rank());
  }
}

// The output's element for each of x: along reduced axes it stays.
Walk reduced_walk(const Reduce& reduce, const Shape& x) {
  Shape kept = x;
  for (const std::int32_t axis : reduce.axes) kept[static_cast<std::size_t>(axis)] = 1;
  return *broadcast_walk(kept, x);
}

void soften(Reals x, float beta, std::span<float> y) {
  const float top = *std::ranges::max_element(x);
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    y[i] = static_cast<float>(std::exp(static_cast<double>((x[i] - top) * beta)));
    sum += static_cast<double>(y[i]);
  }
  for (float& value : y) value = static_cast<float>(static_cast<double>(value) / sum);
}

}  // namespace

Kernel prepare(const Reduce& params, const Operands& operands) {
  const Tensor& x = operands.x();
  for (const std::int32_t axis : params.axes) check_axis(axis, x);
  const Walk walk = reduced_walk(params, x.shape);
  std::size_t count = 1;
  for (const std::int32_t axis : params.axes) count *= extent(x, static_cast<std::size_t>(axis));
  operands.check_output_elements(elements(x) / count);
  const double divisor = params.kind == ReduceKind::kMean ? static_cast<double>(count) : 1.0;
  const auto compute = [=](std::span<const Reals> inputs, std::span<float> y) {
    std::vector<double> sums(y.size(), 0.0);
    const float* next = inputs[0].data();
    each(walk, [&](std::int64_t at) { sums[static_cast<std::size_t>(at)] += static_cast<double>(*next++); });
    std::ranges::transform(sums, y.begin(), [=](double sum) { return static_cast<float>(sum / divisor); });
  };
  return {compute, 1};
}

Kernel prepare(const Softmax& params, const Operands& operands) {
  const Tensor& x = operands.x();
  operands.check_output_elements(elements(x));
  const std::size_t row = x.shape.empty() ? 1 : static_cast<std::size_t>(x.shape.back());
  const auto compute = [row, beta = params.beta](std::span<const Reals> inputs, std::span<float> y) {
    for (std::size_t at = 0; at < y.size(); at += row) soften(inputs[0].subspan(at, row), beta, y.subspan(at, row));
  };
  return {compute, 1};
}

// The first of equals.
Kernel prepare(const ArgMax& params, const Operands& operands) {
  const Tensor& x = operands.x();
  check_axis(params.axis, x);
  const auto axis = static_cast<std::size_t>(params.axis);
  const std::size_t candidates = extent(x, axis), outputs = elements(x) / candidates;
  const auto inner = static_cast<std::size_t>(strides_of(x.shape)[axis]);
  operands.check_output_elements(outputs);
  const auto compute = [=, minimum = params.minimum](std::span<const Reals> inputs, std::span<float> y) {
    for (std::size_t i = 0; i < outputs; ++i) {
      const float* first = inputs[0].data() + i / inner * inner * candidates + i % inner;
      std::size_t best = 0;
      for (std::size_t k = 1; k < candidates; ++k) {
        const float value = first[k * inner], leader = first[best * inner];
        if (minimum ? value < leader : value > leader) best = k;
      }
      y[i] = static_cast<float>(best);
    }
  };
  return {compute, 1};
}

}  // namespace qrun::converter::calibrate
