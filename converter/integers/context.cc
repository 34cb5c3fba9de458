#include "converter/integers/context.h"

#include <utility>

#include "converter/half_even.h"
#include "converter/passes/fold_constants.h"
#include "converter/refusal.h"

namespace qrun::converter::integral {
namespace {

constexpr std::size_t kFewOperators = 10'000, kGrowth = 8;

}  // namespace

std::optional<std::vector<float>> dequantized_constant(const Tensor& tensor) {
  const std::vector<float>& scales = tensor.quantization.scales;
  const std::vector<std::int64_t>& zero_points = tensor.quantization.zero_points;
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

Context::Context(Graph& graph, std::size_t operators)
    : graph_(graph),
      is_input_(graph.tensors.size(), false),
      producer_(graph.tensors.size(), nullptr),
      operators_limit_(kFewOperators + kGrowth * operators) {
  for (const TensorId input : graph.inputs) is_input_[input] = true;
}

void Context::count_evaluation() {
  constexpr std::size_t kMostEvaluations = 1 << 17;
  if (++evaluations_ > kMostEvaluations)
    throw Refusal("too many tables depend on too many operators; quantize it in more places");
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
  graph_.check_room(data.size());
  const TensorId id = add_tensor(std::move(name), std::move(shape), dtype, std::move(quantization));
  graph_.make_constant(id, std::move(data));
  return id;
}

void Context::emit(Parameters parameters, std::vector<TensorId> inputs, TensorId output, const std::string& kind) {
  Operator op{std::move(parameters), std::move(inputs), {output}, kind};
  if (fold_constants(graph_, op)) return;
  if (operators_.size() >= operators_limit_) {
    refuse("the graph would become {} operators or more; quantize it in more places", operators_limit_);
  }
  operators_.push_back(std::move(op));
}

TensorId like(Context& context, TensorId target, const std::string& suffix, Shape shape,
              const Quantization& quantization) {
  return context.add_tensor(context.tensor(target).name + suffix, std::move(shape), DType::kInt8, quantization);
}

std::vector<std::uint8_t> quantized_bytes(const Tensor& real, const Quantization& quantization) {
  std::vector<std::uint8_t> bytes;
  for (const float value : reals(real)) {
    bytes.push_back(
        static_cast<std::uint8_t>(quantize_half_even(value, quantization.scales[0], quantization.zero_points[0])));
  }
  return bytes;
}

}  // namespace qrun::converter::integral
