// One operator of a .tflite file on its way into the graph: its options, its operands, and what it becomes.
//
// Each function of operators.h reads one kind of operator through this class. Every accessor refuses what is missing,
// and nothing reaches the graph unless the whole operator was read.

#pragma once

#include <string>
#include <vector>

#include "converter/graph.h"
#include "converter/refusal.h"
#include "tflite_generated.h"

namespace qrun::converter {

class OperatorReader {
 public:
  OperatorReader(Graph& graph, const tflite::Operator& source, std::string kind, std::vector<TensorId> inputs,
                 std::vector<TensorId> outputs)
      : graph_(graph),
        source_(source),
        kind_(std::move(kind)),
        inputs_(std::move(inputs)),
        outputs_(std::move(outputs)) {}

  // Adds what the operator becomes to the graph, or throws a Refusal and adds nothing.
  void read(tflite::BuiltinOperator code);
  void emit_unsupported(std::string reason);

  // ---- Reading ----

  template <class Options>
  const Options& options() const {
    const auto* options = source_.builtin_options_as<Options>();
    if (options == nullptr) throw Refusal("its options are missing from the file");
    return *options;
  }

  std::size_t input_count() const { return inputs_.size(); }
  std::size_t output_count() const { return outputs_.size(); }
  TensorId input(std::size_t index) const;
  TensorId optional_input(std::size_t index) const { return index < inputs_.size() ? inputs_[index] : kAbsent; }
  TensorId output(std::size_t index = 0) const;
  const Tensor& input_tensor(std::size_t index) const { return graph_.tensors[input(index)]; }
  const Tensor& output_tensor(std::size_t index = 0) const { return graph_.tensors[output(index)]; }

  // The values of a constant int32 or int64 input.
  std::vector<std::int64_t> constant(std::size_t index) const { return integers(input_tensor(index)); }
  std::int64_t constant_scalar(std::size_t index) const;

  // An axis of `rank`, counted from the end where negative.
  static std::size_t axis(std::int64_t axis, std::size_t rank);

  // ---- Writing ----

  void emit(Parameters parameters, std::vector<TensorId> inputs, TensorId output);
  // Data movement: the output has the input's type and exactly the implied shape.
  void emit_movement(Parameters parameters, std::vector<TensorId> inputs, TensorId output, const Shape& implied);
  void emit_reshape(TensorId input, TensorId output);
  // The output becomes a constant without an operator.
  void emit_constant(TensorId output, const std::vector<std::int64_t>& values);

  // A tensor between the operators that this one becomes: `like` another in type and quantization.
  TensorId temporary(TensorId like, Shape shape);
  // The same bytes with another meaning.
  TensorId reinterpreted(TensorId source, Quantization quantization);
  const Tensor& tensor(TensorId id) const { return graph_.tensors[id]; }

 private:
  Graph& graph_;
  const tflite::Operator& source_;
  std::string kind_;
  std::vector<TensorId> inputs_, outputs_;
  std::vector<Operator> emitted_;
};

}  // namespace qrun::converter
