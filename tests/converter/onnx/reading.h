// What the tests of the ONNX reader and of what follows it share: from a file in memory to a graph, and looking into
// it.

#pragma once

#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include "converter/integers/integers.h"
#include "converter/onnx/reader.h"
#include "converter/passes/passes.h"
#include "tests/converter/onnx/onnx_builder.h"
#include "tests/converter/refusal_text.h"

namespace qrun::test {

inline converter::Graph read(const OnnxBuilder& file, const converter::OnnxOptions& options = {}) {
  return converter::read_onnx(file.finish(), {}, options);
}

inline std::string refusal_of(const OnnxBuilder& file, const converter::OnnxOptions& options = {}) {
  return refusal_text([&] { read(file, options); });
}

// As the lowering sees it.
inline converter::Graph integer_graph(const OnnxBuilder& file) {
  converter::Graph graph = read(file);
  converter::make_integers(graph);
  converter::run_passes(graph);
  return graph;
}

template <class Parameters>
std::vector<const converter::Operator*> all(const converter::Graph& graph) {
  std::vector<const converter::Operator*> result;
  for (const converter::Operator& op : graph.operators) {
    if (std::holds_alternative<Parameters>(op.parameters)) result.push_back(&op);
  }
  return result;
}

// The only operator of its type.
template <class Parameters>
const converter::Operator& the(const converter::Graph& graph) {
  const auto operators = all<Parameters>(graph);
  if (operators.size() != 1) {
    ADD_FAILURE() << operators.size() << " operators in place of one";
    static const converter::Operator none{Parameters{}, {0, 0, converter::kAbsent}, {0}, ""};
    return none;
  }
  return *operators[0];
}

// Why what could not be read or made integers could not; empty reasons are left out.
inline std::vector<std::string> reasons(const converter::Graph& graph) {
  std::vector<std::string> result;
  for (const converter::Operator* op : all<converter::Unsupported>(graph)) {
    const std::string& reason = std::get<converter::Unsupported>(op->parameters).reason;
    if (!reason.empty()) result.push_back(op->kind + ": " + reason);
  }
  return result;
}

inline const converter::Tensor& named(const converter::Graph& graph, const std::string& name) {
  const auto found = std::ranges::find(graph.tensors, name, &converter::Tensor::name);
  if (found != graph.tensors.end()) return *found;
  ADD_FAILURE() << "no tensor '" << name << "'";
  return graph.tensors.front();
}

// The numbers of an 8-bit constant.
inline std::vector<int> numbers(const converter::Tensor& tensor) {
  std::vector<int> result;
  for (const std::uint8_t byte : tensor.data) result.push_back(static_cast<std::int8_t>(byte));
  return result;
}

}  // namespace qrun::test
