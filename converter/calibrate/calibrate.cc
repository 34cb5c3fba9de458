#include "converter/calibrate/calibrate.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "converter/calibrate/equalize.h"
#include "converter/calibrate/executor.h"
#include "converter/calibrate/insertion.h"
#include "converter/calibrate/placement.h"
#include "converter/integers/integers.h"
#include "converter/passes/passes.h"
#include "converter/refusal.h"

namespace qrun::converter::calibrate {
namespace {

Quantization quantization_of(Graph& graph, TensorId id, const Observer& observer, const Options& options) {
  const Tensor& tensor = graph.tensors[id];
  try {
    const Range range = observer.range(options.range, options.range_options);
    if (range.is_zero()) {
      graph.notes.push_back(fmt::format("'{}' was zero for all samples: it gets the scale 1", tensor.name));
    }
    return activation_quantization(range, options.symmetric_activations);
  } catch (const Refusal& refusal) {
    refuse("tensor '{}': {}", tensor.name, refusal.what());
  }
}

// The operator whose values a tensor has, in whatever shape or order.
const Operator* source_of(const Graph& graph, const std::vector<std::size_t>& producer, TensorId id) {
  while (producer[id] != kAbsent) {
    const Operator& op = graph.operators[producer[id]];
    const bool moves = std::holds_alternative<Reshape>(op.parameters) ||
                       std::holds_alternative<Transpose>(op.parameters) || std::holds_alternative<Slice>(op.parameters);
    if (!moves) return &op;
    id = op.inputs[0];
  }
  return nullptr;
}

// What is only joined takes the meaning of the whole, so that joining copies.
void share_with_parts(const Graph& graph, const std::vector<std::size_t>& uses,
                      std::map<TensorId, Quantization>& quantizations) {
  for (auto op = graph.operators.rbegin(); op != graph.operators.rend(); ++op) {
    if (!std::holds_alternative<Concatenation>(op->parameters)) continue;
    const auto whole = quantizations.find(op->output());
    if (whole == quantizations.end()) continue;
    for (const TensorId input : op->inputs) {
      const auto part = quantizations.find(input);
      if (part != quantizations.end() && uses[input] == 1) part->second = whole->second;
    }
  }
}

}  // namespace

void prepare(Graph& graph, const Options& options) {
  drop_dead_code(graph);
  if (options.equalize) equalize(graph);
}

Observations observe(const Graph& graph, Samples& samples, const Progress& progress) {
  const Executor executor(graph);
  Observations seen{{}, input_means(graph)};
  for (const TensorId id : tensors_to_quantize(graph)) {
    Observer& observer = seen.tensors[id];
    if (graph.tensors[id].is_constant) observer.observe(reals(graph.tensors[id]));
  }
  std::multimap<TensorId, InputMeans*> readers;
  for (const Operator& op : graph.operators) {
    const auto means = op.outputs.empty() ? seen.products.end() : seen.products.find(op.output());
    if (means != seen.products.end()) readers.emplace(op.inputs[0], &means->second);
  }
  std::vector<std::vector<float>> inputs;
  for (std::size_t count = 0; samples.next(inputs);) {
    executor.run(inputs, [&](TensorId id, std::span<const float> values) {
      const auto [first, last] = readers.equal_range(id);
      std::for_each(first, last, [&](const auto& reader) { reader.second->add(values); });
      const auto observer = seen.tensors.find(id);
      if (observer == seen.tensors.end()) return;
      try {
        observer->second.observe(values);
      } catch (const Refusal& refusal) {
        refuse("sample {}, tensor '{}': {}", count, graph.tensors[id].name, refusal.what());
      }
    });
    progress(++count, samples.count());
  }
  return seen;
}

void quantize(Graph& graph, const Observations& seen, const Options& options) {
  const std::vector<TensorId> tensors = tensors_to_quantize(graph);
  std::map<TensorId, Quantization> quantizations;
  for (const TensorId id : tensors) quantizations.emplace(id, quantization_of(graph, id, seen.tensors.at(id), options));
  const std::vector<std::size_t> producer = producers(graph);
  for (auto& [id, quantization] : quantizations) {
    const Operator* source = source_of(graph, producer, id);
    const Quantization* natural = source == nullptr ? nullptr : natural_quantization(*source);
    if (natural != nullptr) quantization = *natural;
  }
  share_with_parts(graph, use_counts(graph), quantizations);
  quantize_activations(graph, tensors, quantizations);
  quantize_weights(graph, options, seen.products);
}

void calibrate(Graph& graph, Samples& samples, const Options& options, const Progress& progress) {
  prepare(graph, options);
  quantize(graph, observe(graph, samples, progress), options);
}

}  // namespace qrun::converter::calibrate
