// Models with float32 inputs and outputs carry a QUANTIZE behind each input and a DEQUANTIZE before each output. The
// caller does both (qrun.hpp has the scales), so that the network itself is integers only.

#include <algorithm>
#include <utility>

#include "converter/passes/passes.h"

namespace qrun::converter {
namespace {

std::vector<bool> marked(std::size_t tensors, const std::vector<TensorId>& ids) {
  std::vector<bool> marks(tensors, false);
  for (const TensorId id : ids) marks[id] = true;
  return marks;
}

class Edges {
 public:
  explicit Edges(Graph& graph)
      : graph_(graph),
        is_output_(marked(graph.tensors.size(), graph.outputs)),
        readers_(graph.tensors.size()),
        same_as_(graph.tensors.size(), kAbsent) {
    const std::vector<bool> is_input = marked(graph.tensors.size(), graph.inputs);
    for (Operator& op : graph.operators) {
      for (const TensorId id : op.inputs) {
        if (id != kAbsent && is_input[id]) readers_[id].push_back(&op);
      }
    }
  }

  void absorb() {
    for (TensorId& input : graph_.inputs) absorb_input(input);
    replace();
    std::erase_if(graph_.operators, [](const Operator& op) { return op.outputs.empty(); });
    const std::vector<std::size_t> writers = producers(graph_);
    const std::vector<bool> is_input = marked(graph_.tensors.size(), graph_.inputs);
    is_output_ = marked(graph_.tensors.size(), graph_.outputs);
    for (TensorId& output : graph_.outputs) {
      if (writers[output] != kAbsent) absorb_output(output, graph_.operators[writers[output]], is_input);
    }
  }

 private:
  // The input becomes the tensor that its QUANTIZE writes; several that agree become one.
  void absorb_input(TensorId& input) {
    if (graph_.tensors[input].dtype != DType::kFloat32 || is_output_[input]) return;
    const std::vector<Operator*> readers = std::exchange(readers_[input], {});
    if (readers.empty()) return;
    const auto agrees = [&](const Operator* op) {
      const Tensor& first = graph_.tensors[readers[0]->output()];
      const Tensor& y = graph_.tensors[op->output()];
      return std::holds_alternative<Quantize>(op->parameters) && is_8_bit(y.dtype) && y.dtype == first.dtype &&
             y.shape == graph_.tensors[input].shape && y.quantization == first.quantization;
    };
    if (!std::all_of(readers.begin(), readers.end(), agrees)) return;
    const TensorId quantized = readers[0]->output();
    for (Operator* op : readers) {
      if (op->output() != quantized) same_as_[op->output()] = quantized;
      op->outputs.clear();
    }
    graph_.tensors[quantized].name = graph_.tensors[input].name;
    input = quantized;
  }

  void replace() {
    const auto resolve = [&](TensorId& id) {
      if (id != kAbsent && same_as_[id] != kAbsent) id = same_as_[id];
    };
    for (Operator& op : graph_.operators) std::ranges::for_each(op.inputs, resolve);
    std::ranges::for_each(graph_.outputs, resolve);
  }

  // The output becomes the tensor that its DEQUANTIZE reads, which takes the output's name unless the caller knows it
  // by another.
  void absorb_output(TensorId& output, const Operator& op, const std::vector<bool>& is_input) {
    if (!std::holds_alternative<Dequantize>(op.parameters)) return;
    const TensorId quantized = op.inputs[0], real = output;
    Tensor& x = graph_.tensors[quantized];
    if (!is_8_bit(x.dtype) || x.shape != graph_.tensors[real].shape) return;
    const bool known = x.is_constant || is_input[quantized] || is_output_[quantized];
    if (!known) x.name = graph_.tensors[real].name;
    // The operator stays for readers inside the graph; without them it is dead code.
    output = quantized;
    is_output_[quantized] = true;
  }

  Graph& graph_;
  std::vector<bool> is_output_;
  std::vector<std::vector<Operator*>> readers_;  // of graph inputs
  std::vector<TensorId> same_as_;
};

}  // namespace

void absorb_float_edges(Graph& graph) { Edges(graph).absorb(); }

}  // namespace qrun::converter
