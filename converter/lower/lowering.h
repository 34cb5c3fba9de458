// From real numbers to the integers of the file, operator by operator: docs/arithmetic.md is what each one follows.

#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "converter/graph.h"
#include "qfb_generated.h"

namespace qrun::converter {

// The file's operators in order of execution; their tensor indices are the graph's. Some tensors may be in use no more.
using LoweredOperators = std::vector<std::unique_ptr<qfb::OperatorT>>;

// Adds to the graph the tensors that lowering puts between operators. Refuses with all offenders listed where anything
// cannot be converted.
LoweredOperators lower(Graph& graph);

// What a lowering of one operator writes to.
class Lowering {
 public:
  explicit Lowering(Graph& graph) : graph_(graph) {}

  // Operand `index` of the operator. The output, too, where it is the only one.
  const Tensor& input(const Operator& op, std::size_t index) const { return graph_.tensors[op.inputs[index]]; }
  const Tensor& output(const Operator& op) const { return graph_.tensors[op.output()]; }

  template <class Params>
  void emit(Params params, const std::vector<TensorId>& inputs, TensorId output) {
    auto op = std::make_unique<qfb::OperatorT>();
    for (const TensorId input : inputs) op->inputs.push_back(static_cast<std::int32_t>(input));  // kAbsent is -1
    op->outputs = {static_cast<std::int32_t>(output)};
    op->parameters.Set(std::move(params));
    operators_.push_back(std::move(op));
  }

  // A tensor between the operators that one becomes.
  TensorId add_tensor(Tensor tensor) { return graph_.add_tensor(std::move(tensor)); }

  LoweredOperators take() && { return std::move(operators_); }

 private:
  Graph& graph_;
  LoweredOperators operators_;
};

}  // namespace qrun::converter
