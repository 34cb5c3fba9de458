// Models with float32 inputs and outputs carry a QUANTIZE behind each input and a DEQUANTIZE before each output. The
// caller does both (qrun.hpp has the scales), so that the network itself is integers only.

#include <algorithm>

#include "converter/passes/passes.h"

namespace qrun::converter {
namespace {

class Edges {
 public:
  explicit Edges(Graph& graph) : graph_(graph) {}

  void absorb() {
    for (TensorId& input : graph_.inputs) absorb_input(input);
    for (TensorId& output : graph_.outputs) absorb_output(output);
    std::erase_if(graph_.operators, [](const Operator& op) { return op.outputs.empty(); });
  }

 private:
  static bool contains(const std::vector<TensorId>& ids, TensorId id) {
    return std::find(ids.begin(), ids.end(), id) != ids.end();
  }

  // The input becomes the tensor that its QUANTIZE writes; several that agree become one.
  void absorb_input(TensorId& input) {
    if (graph_.tensors[input].dtype != DType::kFloat32 || contains(graph_.outputs, input)) return;
    std::vector<Operator*> readers;
    for (Operator& op : graph_.operators) {
      if (contains(op.inputs, input)) readers.push_back(&op);
    }
    if (readers.empty()) return;
    const TensorId quantized = readers[0]->output();
    const auto agrees = [&](const Operator* op) {
      const Tensor& first = graph_.tensors[quantized];
      const Tensor& y = graph_.tensors[op->output()];
      return std::holds_alternative<Quantize>(op->parameters) && is_8_bit(y.dtype) && y.dtype == first.dtype &&
             y.shape == graph_.tensors[input].shape && y.quantization == first.quantization;
    };
    if (!std::all_of(readers.begin(), readers.end(), agrees)) return;
    for (Operator* op : readers) {
      replace(op->output(), quantized);
      op->outputs.clear();
    }
    graph_.tensors[quantized].name = graph_.tensors[input].name;
    input = quantized;
  }

  void replace(TensorId from, TensorId to) {
    for (Operator& op : graph_.operators) std::replace(op.inputs.begin(), op.inputs.end(), from, to);
    std::replace(graph_.outputs.begin(), graph_.outputs.end(), from, to);
  }

  // The output becomes the tensor that its DEQUANTIZE reads, which takes the output's name unless the caller knows it
  // by another.
  void absorb_output(TensorId& output) {
    const auto op = std::find_if(graph_.operators.begin(), graph_.operators.end(),
                                 [&](const Operator& candidate) { return contains(candidate.outputs, output); });
    if (op == graph_.operators.end() || !std::holds_alternative<Dequantize>(op->parameters)) return;
    const TensorId quantized = op->inputs[0], real = output;
    Tensor& x = graph_.tensors[quantized];
    if (!is_8_bit(x.dtype) || x.shape != graph_.tensors[real].shape) return;
    const bool known = x.is_constant || contains(graph_.inputs, quantized) || contains(graph_.outputs, quantized);
    if (!known) x.name = graph_.tensors[real].name;
    // The operator stays for readers inside the graph; without them it is dead code.
    output = quantized;
  }

  Graph& graph_;
};

}  // namespace

void absorb_float_edges(Graph& graph) { Edges(graph).absorb(); }

}  // namespace qrun::converter
