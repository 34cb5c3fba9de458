// Makes graphs of float32 tensors in memory, and runs them.

#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "converter/calibrate/executor.h"
#include "tests/converter/graph_builder.h"

namespace qrun::test {

using Values = std::vector<float>;

inline Spec real(converter::Shape shape) { return {std::move(shape), 0, 0, DType::kFloat32}; }

// Numbers in [-2, 2), multiples of 1/128, the same for the same seed.
inline Values some_values(const converter::Shape& shape, std::uint32_t seed) {
  std::size_t count = 1;
  for (const std::int32_t extent : shape) count *= static_cast<std::size_t>(extent);
  Values values;
  for (std::uint32_t state = seed * 2654435761U + 1; values.size() < count; state = state * 1664525U + 1013904223U) {
    values.push_back(static_cast<float>(state >> 23) / 128 - 2);
  }
  return values;
}

struct RealGraph : GraphBuilder {
  TensorId real_input(const converter::Shape& shape) {
    return input("x" + std::to_string(graph.inputs.size()), real(shape));
  }
  TensorId real_constant(const converter::Shape& shape, const Values& values) {
    return constant("c" + std::to_string(graph.tensors.size()), real(shape), converter::real_bytes(values));
  }
  // An operator, whose output becomes the graph's.
  void finish(converter::Parameters parameters, std::vector<TensorId> inputs, const converter::Shape& shape) {
    output(add(std::move(parameters), std::move(inputs), "y", real(shape)));
  }
  Values run(const std::vector<Values>& inputs) const {
    return converter::calibrate::Executor(graph).run(inputs, {})[0];
  }
};

}  // namespace qrun::test
