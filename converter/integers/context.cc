#include "converter/integers/context.h"

#include <utility>

#include "converter/passes/fold_constants.h"

namespace qrun::converter::integral {

std::optional<std::vector<float>> dequantized_constant(const Tensor& tensor) {
  const auto& [scales, zero_points, dimension] = tensor.quantization;
  const bool is_vector = static_cast<std::int64_t>(scales.size()) == tensor.elements();
  if (scales.size() != 1 && !is_vector) return std::nullopt;
  std::vector<float> values;
  const auto add = [&](std::int64_t q) {
    const std::size_t i = scales.size() == 1 ? 0 : values.size();
    values.push_back(scales[i] * static_cast<float>(q - zero_points[i]));
  };
  if (tensor.dtype == DType::kInt8) {
    for (const std::uint8_t byte : tensor.data) add(static_cast<std::int8_t>(byte));
  } else if (tensor.dtype == DType::kInt32) {
    for (const std::int64_t q : converter::integers(tensor)) add(q);
  } else {
    return std::nullopt;
  }
  return values;
}

void Context::set_producer(const Operator& op) {
  for (const TensorId output : op.outputs) producer_[output] = &op;
}

std::optional<TensorId> Context::twin(TensorId real) const {
  const auto found = twins_.find(real);
  return found == twins_.end() ? std::nullopt : std::optional(found->second);
}

TensorId Context::add_tensor(std::string name, Shape shape, DType dtype, Quantization quantization) {
  Tensor tensor;
  tensor.name = std::move(name);
  tensor.shape = std::move(shape);
  tensor.dtype = dtype;
  tensor.quantization = std::move(quantization);
  return graph_.add_tensor(std::move(tensor));
}

TensorId Context::add_constant(std::string name, Shape shape, DType dtype, Quantization quantization,
                               std::vector<std::uint8_t> data) {
  const TensorId id = add_tensor(std::move(name), std::move(shape), dtype, std::move(quantization));
  graph_.make_constant(id, std::move(data));
  return id;
}

void Context::emit(Parameters parameters, std::vector<TensorId> inputs, TensorId output, const std::string& kind) {
  Operator op{std::move(parameters), std::move(inputs), {output}, kind};
  if (!fold_constants(graph_, op)) operators_.push_back(std::move(op));
}

}  // namespace qrun::converter::integral
