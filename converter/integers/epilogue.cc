#include "converter/integers/epilogue.h"

#include <algorithm>
#include <optional>

#include "converter/refusal.h"

namespace qrun::converter::integral {
namespace {

using Channels = std::vector<double>;

// One value, or one for each index of the last axis of `shape`.
std::optional<Channels> channel_constants(Context& context, TensorId id, const Shape& shape) {
  const Tensor& tensor = context.tensor(context.twin(id).value_or(id));
  if (!tensor.is_constant) return std::nullopt;
  const std::int64_t count = tensor.elements();
  const bool per_channel =
      !shape.empty() && !tensor.shape.empty() && tensor.shape.back() == shape.back() && count == shape.back();
  if (count != 1 && !per_channel) return std::nullopt;
  context.graph().take_room(static_cast<std::size_t>(count) * sizeof(double));
  const auto values = tensor.dtype == DType::kFloat32 ? std::optional(reals(tensor)) : dequantized_constant(tensor);
  return values ? std::optional(Channels(values->begin(), values->end())) : std::nullopt;
}

bool is_constant(Context& context, TensorId id) { return context.is_constant(context.twin(id).value_or(id)); }

template <class Function>
Channels combined(const Channels& a, const Channels& b, Function function) {
  Channels result(std::max(a.size(), b.size()));
  for (std::size_t i = 0; i < result.size(); ++i) {
    result[i] = function(a[a.size() == 1 ? 0 : i], b[b.size() == 1 ? 0 : i]);
  }
  return result;
}

// y = scale * (factor * x + offset) + the epilogue's offset.
void prepend(Epilogue& epilogue, const Channels& factor, const Channels& offset) {
  epilogue.offset = combined(epilogue.offset, combined(epilogue.scale, offset, std::multiplies<>()), std::plus<>());
  epilogue.scale = combined(epilogue.scale, factor, std::multiplies<>());
}

struct Step {
  TensorId rest;
  Channels factor{1}, offset{0};
};

Channels inverted(Channels values) {
  for (double& value : values) value = 1 / value;
  return values;
}

Channels negated(Channels values) {
  for (double& value : values) value = -value;
  return values;
}

// The operator as a factor and an offset of its only operand that is no constant.
std::optional<Step> affine_step(Context& context, const Operator& op) {
  if (op.inputs.size() != 2) return std::nullopt;
  const Shape& shape = context.tensor(op.output()).shape;
  const bool constant_first = is_constant(context, op.inputs[0]);
  const TensorId rest = op.inputs[constant_first ? 1 : 0];
  if (is_constant(context, rest) || context.tensor(rest).shape != shape) return std::nullopt;
  const std::optional<Channels> values = channel_constants(context, op.inputs[constant_first ? 0 : 1], shape);
  if (!values) return std::nullopt;
  if (std::holds_alternative<Mul>(op.parameters)) return Step{rest, *values, {0}};
  if (std::holds_alternative<Add>(op.parameters)) return Step{rest, {1}, *values};
  if (std::holds_alternative<Sub>(op.parameters)) {
    return constant_first ? Step{rest, {-1}, *values} : Step{rest, {1}, negated(*values)};
  }
  if (std::holds_alternative<Div>(op.parameters) && !constant_first) return Step{rest, inverted(*values), {0}};
  return std::nullopt;
}

bool clamp_step(Context& context, const Operator& op, TensorId& result, Epilogue& epilogue) {
  const bool raises = std::holds_alternative<Maximum>(op.parameters),
             lowers = std::holds_alternative<Minimum>(op.parameters);
  Activation range = Activation::kNone;
  if (op.inputs.empty()) return false;
  TensorId rest = op.inputs[0];
  if (const auto* relu = std::get_if<Relu>(&op.parameters)) {
    range = relu->activation;
  } else if (raises || lowers) {
    const bool constant_first = context.is_constant(op.inputs[0]);
    rest = op.inputs[constant_first ? 1 : 0];
    const auto bound = channel_constants(context, op.inputs[constant_first ? 0 : 1], {});
    if (!bound || context.tensor(rest).shape != context.tensor(result).shape) return false;
    (raises ? range.min : range.max) = static_cast<float>((*bound)[0]);
  } else {
    return false;
  }
  if (!prepend_clamp(epilogue, range)) return false;
  result = rest;
  return true;
}

}  // namespace

void Epilogue::repeat(std::size_t times) {
  for (Channels* values : {&scale, &offset}) {
    if (values->size() == 1) continue;
    const Channels once = *values;
    for (std::size_t i = 1; i < times; ++i) values->insert(values->end(), once.begin(), once.end());
  }
}

bool prepend_clamp(Epilogue& epilogue, Activation range) {
  if (epilogue.is_affine()) {
    const double scale = epilogue.scale[0], offset = epilogue.offset[0];
    if (epilogue.is_per_channel() || !(scale > 0)) return false;
    range.min = static_cast<float>(scale * static_cast<double>(range.min) + offset);
    range.max = static_cast<float>(scale * static_cast<double>(range.max) + offset);
  }
  const Activation outer = epilogue.clamp;
  epilogue.clamp = {std::min(std::max(range.min, outer.min), outer.max),
                    std::min(std::max(range.max, outer.min), outer.max)};
  return true;
}

const Activation* activation_of(const Parameters& parameters) {
  if (const auto* add = std::get_if<Add>(&parameters)) return &add->activation;
  if (const auto* sub = std::get_if<Sub>(&parameters)) return &sub->activation;
  if (const auto* mul = std::get_if<Mul>(&parameters)) return &mul->activation;
  if (const auto* conv = std::get_if<Conv2D>(&parameters)) return &conv->activation;
  if (const auto* depthwise = std::get_if<DepthwiseConv2D>(&parameters)) return &depthwise->activation;
  if (const auto* fully_connected = std::get_if<FullyConnected>(&parameters)) return &fully_connected->activation;
  if (const auto* pool = std::get_if<Pool2D>(&parameters)) return &pool->activation;
  return nullptr;
}

void peel(Context& context, TensorId& result, Epilogue& epilogue, bool uniform) {
  constexpr int kMaxSteps = 64;
  for (int i = 0; i < kMaxSteps && !context.twin(result); ++i) {
    const Operator* op = context.producer(result);
    if (op == nullptr) return;
    if (clamp_step(context, *op, result, epilogue)) continue;
    const std::optional<Step> step = affine_step(context, *op);
    if (!step || (uniform && step->factor.size() + step->offset.size() > 2)) return;
    const Activation* activation = activation_of(op->parameters);
    if (activation != nullptr && *activation != Activation::kNone && !prepend_clamp(epilogue, *activation)) return;
    prepend(epilogue, step->factor, step->offset);
    result = step->rest;
  }
}

void refuse_affine(const Operator& op) {
  refuse(
      "what follows {} scales or moves its result before it is quantized; put QuantizeLinear and DequantizeLinear "
      "between them (quantize the model again, with all operators)",
      op.kind);
}

}  // namespace qrun::converter::integral
