// What the parts of this pass share: the graph of reals, where each real tensor comes from, and its twin.
//
// A real tensor's twin is the tensor of integers that it is the Dequantize of, at once or after both were moved.

#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "converter/graph.h"

namespace qrun::converter::integral {

// The reals that a constant of integers stands for, where it has one scale or one for each element of a vector.
std::optional<std::vector<float>> dequantized_constant(const Tensor& tensor);

class Context {
 public:
  // Of a graph that had so many operators.
  Context(Graph& graph, std::size_t operators);

  Graph& graph() { return graph_; }
  Tensor& tensor(TensorId id) { return graph_.tensors[id]; }
  bool is_constant(TensorId id) { return graph_.tensors[id].is_constant; }
  bool is_input(TensorId id) const { return id < is_input_.size() && is_input_[id]; }

  // The operators of the graph as it was; they must outlive this.
  void set_producer(const Operator& op);
  const Operator* producer(TensorId id) const { return id < producer_.size() ? producer_[id] : nullptr; }

  void set_twin(TensorId real, TensorId integers) { twins_[real] = integers; }
  std::optional<TensorId> twin(TensorId real) const;

  // Of one operator on all bytes. Refuses to do so over and over again in graphs that are made for it.
  void count_evaluation();

  // A tensor of int8 (or like another one) that no operator writes yet.
  TensorId add_tensor(std::string name, Shape shape, DType dtype, Quantization quantization);
  TensorId add_constant(std::string name, Shape shape, DType dtype, Quantization quantization,
                        std::vector<std::uint8_t> data);

  // Appends to the new operators, or folds into a constant. Refuses to make many times more operators than there were:
  // what is read by several is made for each of them, and they may be read by several in turn.
  void emit(Parameters parameters, std::vector<TensorId> inputs, TensorId output, const std::string& kind);
  // An operator as it is.
  void keep(Operator op) { operators_.push_back(std::move(op)); }
  std::vector<Operator> take() { return std::move(operators_); }

 private:
  Graph& graph_;
  std::vector<bool> is_input_;
  std::vector<const Operator*> producer_;
  std::unordered_map<TensorId, TensorId> twins_;
  std::vector<Operator> operators_;
  std::size_t operators_limit_, evaluations_ = 0;
};

// A new int8 tensor named after another one.
TensorId like(Context& context, TensorId target, const std::string& suffix, Shape shape,
              const Quantization& quantization);

// The values of a float32 constant, quantized.
std::vector<std::uint8_t> quantized_bytes(const Tensor& real, const Quantization& quantization);

}  // namespace qrun::converter::integral
