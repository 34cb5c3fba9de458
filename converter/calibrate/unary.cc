// Operators that work on each element by itself, and those that copy all.

#include <algorithm>
#include <cmath>

#include "converter/calibrate/operators.h"
#include "converter/lower/functions.h"
#include "converter/refusal.h"

namespace qrun::converter::calibrate {
namespace {

template <class Function>
Kernel unary(const Operands& operands, Function function) {
  operands.check_output_elements(elements(operands.x()));
  const auto compute = [function](std::span<const Reals> inputs, std::span<float> y) {
    std::transform(inputs[0].begin(), inputs[0].end(), y.begin(), function);
  };
  return {compute, 1};
}

Kernel copy(const Operands& operands) {
  return unary(operands, [](float x) { return x; });
}

}  // namespace

Kernel prepare(const Relu& params, const Operands& operands) {
  return unary(operands, [activation = params.activation](float x) { return clamped(x, activation); });
}

Kernel prepare(const LeakyRelu& params, const Operands& operands) {
  return unary(operands, [alpha = params.alpha](float x) { return x < 0 ? x * alpha : x; });
}

Kernel prepare(const HardSwish&, const Operands& operands) {
  return unary(operands, [](float x) { return x * clamped(x + 3, Activation::kRelu6) / 6; });
}

Kernel prepare(const Abs&, const Operands& operands) {
  return unary(operands, [](float x) { return std::fabs(x); });
}

Kernel prepare(const Function& params, const Operands& operands) {
  const RealFunction function = find_function(params.name);
  if (function == nullptr) refuse("there is no function of the name '{}'", params.name);
  return unary(operands, [function](float x) { return static_cast<float>(function(static_cast<double>(x))); });
}

// Tensors hold the numbers that their elements stand for; the executor rounds what a quantized one is given.
Kernel prepare(const Quantize&, const Operands& operands) { return copy(operands); }
Kernel prepare(const Dequantize&, const Operands& operands) { return copy(operands); }
Kernel prepare(const Reshape&, const Operands& operands) { return copy(operands); }

// Reals to integers: towards zero.
Kernel prepare(const Cast&, const Operands& operands) {
  const bool truncates = operands.y().dtype != DType::kFloat32 && operands.y().dtype != DType::kFloat16;
  return unary(operands, [truncates](float x) { return truncates ? std::trunc(x) : x; });
}

}  // namespace qrun::converter::calibrate
