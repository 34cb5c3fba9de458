#include "converter/calibrate/insertion.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "converter/refusal.h"

namespace qrun::converter::calibrate {
namespace {

TensorId add_tensor(Graph& graph, TensorId like, DType dtype, Quantization quantization) {
  Tensor tensor;
  tensor.name = graph.tensors[like].name;
  tensor.shape = graph.tensors[like].shape;
  tensor.dtype = dtype;
  tensor.quantization = std::move(quantization);
  return graph.add_tensor(std::move(tensor));
}

// The real tensor that stands for another one's integers; both operators are appended to `operators`.
TensorId quantized(Graph& graph, TensorId real, const Quantization& quantization, std::vector<Operator>& operators) {
  const TensorId integers = add_tensor(graph, real, DType::kInt8, quantization);
  const TensorId dequantized = add_tensor(graph, real, DType::kFloat32, {});
  operators.push_back({Quantize{}, {real}, {integers}, "Quantize"});
  operators.push_back({Dequantize{}, {integers}, {dequantized}, "Dequantize"});
  return dequantized;
}

std::size_t channel_axis(const Parameters& parameters) {
  return std::holds_alternative<DepthwiseConv2D>(parameters) ? 3 : 0;
}

// Below these scales a bias would not fit an int32 in units of input scale times weight scale.
std::vector<float> least_scales(const Graph& graph, const Operator& op, std::size_t channels, float x_scale) {
  constexpr double kRoom = 1 << 30;
  if (op.inputs.size() < 3 || op.inputs[2] == kAbsent || graph.tensors[op.inputs[2]].dtype != DType::kFloat32)
    return {};
  const std::vector<float> bias = reals(graph.tensors[op.inputs[2]]);
  if (bias.size() != channels) return {};
  std::vector<float> scales;
  scales.reserve(bias.size());
  for (const float value : bias) {
    scales.push_back(
        static_cast<float>(std::fabs(static_cast<double>(value)) / (static_cast<double>(x_scale) * kRoom)));
  }
  return scales;
}

class Weights {
 public:
  Weights(Graph& graph, const Options& options, const std::map<TensorId, InputMeans>& means)
      : graph_(graph), options_(options), means_(means), source_(graph.operators), producers_(producers(graph)) {}

  void quantize(Operator& op, std::vector<Operator>& operators) {
    const TensorId id = op.inputs[1];
    const Tensor& weights = graph_.tensors[id];
    if (!weights.is_constant) return;
    TensorId integers = id;
    if (weights.dtype == DType::kFloat32) integers = quantized_constant(op, weights);
    if (graph_.tensors[integers].dtype != DType::kInt8) return;
    op.inputs[1] = add_tensor(graph_, integers, DType::kFloat32, {});
    operators.push_back({Dequantize{}, {integers}, {op.inputs[1]}, op.kind});
  }

 private:
  TensorId quantized_constant(Operator& op, const Tensor& weights) {
    const Channels channels = channels_along(weights.shape, channel_axis(op.parameters));
    std::vector<float> least = least_scales(graph_, op, channels.count, input_scale(op));
    if (!options_.per_channel && !least.empty()) least = {std::ranges::max(least)};
    try {
      QuantizedWeights result =
          calibrate::quantize_weights(reals(weights), channels, {options_.per_channel, options_.weight_range, least});
      if (options_.correct_bias) correct_bias(op, weights, real_weights(result, channels));
      const TensorId id = add_tensor(graph_, op.inputs[1], DType::kInt8, std::move(result.quantization));
      const auto* bytes = reinterpret_cast<const std::uint8_t*>(result.values.data());
      graph_.make_constant(id, {bytes, bytes + result.values.size()});
      return id;
    } catch (const Refusal& refusal) {
      refuse("weights '{}': {}", weights.name, refusal.what());
    }
  }

  void correct_bias(Operator& op, const Tensor& weights, const std::vector<float>& rounded) {
    const auto found = means_.find(op.output());
    if (found == means_.end()) return;
    const bool has_bias = op.inputs.size() > 2 && op.inputs[2] != kAbsent;
    if (has_bias &&
        (!graph_.tensors[op.inputs[2]].is_constant || graph_.tensors[op.inputs[2]].dtype != DType::kFloat32))
      return;
    const std::vector<double> means = found->second.means();
    const std::vector<float> corrected =
        corrected_bias(has_bias ? reals(graph_.tensors[op.inputs[2]]) : std::vector<float>(),
                       output_means(op.parameters, weights.shape, reals(weights), means),
                       output_means(op.parameters, weights.shape, rounded, means));
    Tensor bias;
    bias.name = has_bias ? graph_.tensors[op.inputs[2]].name : weights.name + "/bias";
    bias.shape = {static_cast<std::int32_t>(corrected.size())};
    bias.dtype = DType::kFloat32;
    op.inputs.resize(3, kAbsent);
    op.inputs[2] = graph_.add_tensor(std::move(bias));
    graph_.make_constant(op.inputs[2], real_bytes(corrected));
  }

  // Of what its Dequantize reads, perhaps moved since; 1 where that is not found, as only the room of biases needs it.
  float input_scale(const Operator& op) const {
    TensorId id = op.inputs[0];
    for (int i = 0; i < 16 && producers_[id] != kAbsent; ++i) {
      const Operator& source = source_[producers_[id]];
      id = source.inputs[0];
      const auto& scales = graph_.tensors[id].quantization.scales;
      if (std::holds_alternative<Dequantize>(source.parameters) && scales.size() == 1) return scales[0];
    }
    return 1;
  }

  Graph& graph_;
  const Options& options_;
  const std::map<TensorId, InputMeans>& means_;
  const std::vector<Operator> source_;  // as they were: the graph's are being moved
  const std::vector<std::size_t> producers_;
};

}  // namespace

void quantize_activations(Graph& graph, const std::vector<TensorId>& tensors,
                          const std::map<TensorId, Quantization>& quantizations) {
  std::map<TensorId, TensorId> replacements;
  const auto replaced = [&](TensorId id) {
    const auto found = replacements.find(id);
    return found == replacements.end() ? id : found->second;
  };
  std::vector<Operator> operators;
  const auto settle = [&](TensorId id) {
    const auto quantization = quantizations.find(id);
    if (quantization != quantizations.end() && !replacements.contains(id)) {
      replacements[id] = quantized(graph, id, quantization->second, operators);
    }
  };
  for (const TensorId id : tensors) {
    const bool is_input = std::ranges::find(graph.inputs, id) != graph.inputs.end();
    if (is_input || graph.tensors[id].is_constant) settle(id);
  }
  for (Operator& op : std::exchange(graph.operators, {})) {
    for (TensorId& input : op.inputs) input = input == kAbsent ? input : replaced(input);
    const std::vector<TensorId> outputs = op.outputs;
    operators.push_back(std::move(op));
    for (const TensorId output : outputs) settle(output);
  }
  graph.operators = std::move(operators);
  for (TensorId& output : graph.outputs) output = replaced(output);
}

void quantize_weights(Graph& graph, const Options& options, const std::map<TensorId, InputMeans>& means) {
  Weights weights(graph, options, means);
  std::vector<Operator> operators;
  for (Operator& op : graph.operators) {
    if (is_linear(op.parameters)) weights.quantize(op, operators);
    operators.push_back(std::move(op));
  }
  graph.operators = std::move(operators);
}

}  // namespace qrun::converter::calibrate
