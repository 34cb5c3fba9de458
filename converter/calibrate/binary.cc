// Operators of two inputs, which broadcast by numpy's rules.

#include <cmath>

#include "converter/calibrate/operators.h"
#include "converter/refusal.h"
#include "converter/walk.h"

namespace qrun::converter::calibrate {
namespace {

// Both operands' walks through the result: the innermost axis, as long as it can be, and all that are around it.
struct Broadcast {
  Walk left, right;  // of the outer axes
  std::size_t inner = 1;
  std::size_t left_step = 0, right_step = 0;  // along the innermost axis
};

// Whether the axis before the last goes on where the last one ends.
bool continues(const Walk& walk) {
  const std::size_t last = walk.extents.size() - 1;
  return walk.strides[last - 1] == walk.strides[last] * walk.extents[last];
}

void merge_last(Walk& walk) {
  const std::size_t last = walk.extents.size() - 1;
  walk.extents[last - 1] *= walk.extents[last];
  walk.strides[last - 1] = walk.strides[last];
  walk.extents.pop_back();
  walk.strides.pop_back();
}

std::size_t take_last(Walk& walk) {
  const auto step = static_cast<std::size_t>(walk.strides.back());
  walk.extents.pop_back();
  walk.strides.pop_back();
  return step;
}

Broadcast broadcast(const Operands& operands) {
  const Tensor &a = operands.input(0), &b = operands.input(1), &y = operands.y();
  const auto left = broadcast_walk(a.shape, y.shape), right = broadcast_walk(b.shape, y.shape);
  if (!left || !right) {
    refuse("its inputs' shapes {} and {} do not broadcast to its output's, {}", shape_text(a.shape),
           shape_text(b.shape), shape_text(y.shape));
  }
  Broadcast result{*left, *right};
  if (y.rank() == 0) return result;
  while (result.left.extents.size() > 1 && continues(result.left) && continues(result.right)) {
    merge_last(result.left);
    merge_last(result.right);
  }
  result.inner = static_cast<std::size_t>(result.left.extents.back());
  result.left_step = take_last(result.left);
  result.right_step = take_last(result.right);
  return result;
}

std::vector<std::size_t> starts(const Walk& walk) {
  std::vector<std::size_t> result;
  each(walk, [&](std::int64_t at) { result.push_back(static_cast<std::size_t>(at)); });
  return result;
}

template <class Function>
Kernel binary(const Operands& operands, Function function) {
  const Broadcast axes = broadcast(operands);
  const auto compute = [axes, function, lefts = starts(axes.left), rights = starts(axes.right)](
                           std::span<const Reals> inputs, std::span<float> y) {
    float* out = y.data();
    for (std::size_t row = 0; row < lefts.size(); ++row, out += axes.inner) {
      const float* a = inputs[0].data() + lefts[row];
      const float* b = inputs[1].data() + rights[row];
      for (std::size_t i = 0; i < axes.inner; ++i) out[i] = function(a[i * axes.left_step], b[i * axes.right_step]);
    }
  };
  return {compute, 2};
}

}  // namespace

Kernel prepare(const Add& params, const Operands& operands) {
  return binary(operands, [activation = params.activation](float a, float b) { return clamped(a + b, activation); });
}

Kernel prepare(const Sub& params, const Operands& operands) {
  return binary(operands, [activation = params.activation](float a, float b) { return clamped(a - b, activation); });
}

Kernel prepare(const Mul& params, const Operands& operands) {
  return binary(operands, [activation = params.activation](float a, float b) { return clamped(a * b, activation); });
}

Kernel prepare(const Div&, const Operands& operands) {
  return binary(operands, [](float a, float b) { return a / b; });
}

// In double: rounding once more hides what the machines' libraries differ in.
Kernel prepare(const Pow&, const Operands& operands) {
  return binary(operands, [](float a, float b) {
    return static_cast<float>(std::pow(static_cast<double>(a), static_cast<double>(b)));
  });
}

Kernel prepare(const Maximum&, const Operands& operands) {
  return binary(operands, [](float a, float b) { return a < b ? b : a; });
}

Kernel prepare(const Minimum&, const Operands& operands) {
  return binary(operands, [](float a, float b) { return b < a ? b : a; });
}

Kernel prepare(const PRelu&, const Operands& operands) {
  return binary(operands, [](float x, float alpha) { return x < 0 ? x * alpha : x; });
}

}  // namespace qrun::converter::calibrate
