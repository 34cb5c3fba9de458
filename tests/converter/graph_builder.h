// Makes graphs in memory, as a reader would.

#pragma once

#include <string>
#include <utility>
#include <vector>

#include "converter/graph.h"

namespace qrun::test {

using converter::DType;
using converter::TensorId;

// What matters of a tensor; the defaults are those of an int8 activation.
struct Spec {
  converter::Shape shape;
  float scale = 0.5F;
  std::int64_t zero_point = 0;
  DType dtype = DType::kInt8;
};

struct GraphBuilder {
  TensorId tensor(const std::string& name, const Spec& spec) {
    converter::Tensor tensor;
    tensor.name = name;
    tensor.shape = spec.shape;
    tensor.dtype = spec.dtype;
    if (converter::is_8_bit(spec.dtype)) {
      tensor.quantization.scales = {spec.scale};
      tensor.quantization.zero_points = {spec.zero_point};
    }
    return graph.add_tensor(std::move(tensor));
  }

  TensorId input(const std::string& name, const Spec& spec) {
    graph.inputs.push_back(tensor(name, spec));
    return graph.inputs.back();
  }

  TensorId constant(const std::string& name, const Spec& spec, std::vector<std::uint8_t> data) {
    const TensorId id = tensor(name, spec);
    graph.make_constant(id, std::move(data));
    return id;
  }

  TensorId integers(const std::string& name, const std::vector<std::int64_t>& values) {
    const Spec spec{{static_cast<std::int32_t>(values.size())}, 0, 0, DType::kInt32};
    return constant(name, spec, converter::integer_bytes(values, DType::kInt32));
  }

  TensorId add(converter::Parameters parameters, std::vector<TensorId> inputs, const std::string& name,
               const Spec& spec) {
    const TensorId output = tensor(name, spec);
    graph.operators.push_back({std::move(parameters), std::move(inputs), {output}, "OP"});
    return output;
  }

  void output(TensorId id) { graph.outputs.push_back(id); }

  converter::Graph graph;
};

}  // namespace qrun::test
