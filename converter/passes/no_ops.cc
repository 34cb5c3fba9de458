// Operators whose output is their input, bit by bit: full slices, unchanged shapes, padding by nothing, requantization
// to the same scale (a multiplier of one is exact).
//
// Readers of the output then read the input, so both must mean the same numbers: type, shape and quantization are
// equal. A graph output keeps its name.

#include <algorithm>

#include "converter/passes/passes.h"

namespace qrun::converter {
namespace {

bool all_equal(const std::vector<std::int32_t>& values, std::int32_t to) {
  return std::all_of(values.begin(), values.end(), [to](std::int32_t value) { return value == to; });
}

struct CopiesInput {
  std::size_t inputs;

  bool operator()(const Reshape&) const { return true; }
  bool operator()(const Quantize&) const { return true; }
  bool operator()(const Slice& slice) const { return all_equal(slice.step, 1); }
  bool operator()(const Transpose& transpose) const {
    return std::is_sorted(transpose.permutation.begin(), transpose.permutation.end());
  }
  bool operator()(const Pad& pad) const { return all_equal(pad.before, 0) && all_equal(pad.after, 0); }
  bool operator()(const Tile& tile) const { return all_equal(tile.repeats, 1); }
  bool operator()(const Concatenation&) const { return inputs == 1; }
  template <class Other>
  bool operator()(const Other&) const {
    return false;
  }
};

bool is_no_op(const Graph& graph, const Operator& op) {
  if (!std::visit(CopiesInput{op.inputs.size()}, op.parameters)) return false;
  const Tensor& x = graph.tensors[op.inputs[0]];
  const Tensor& y = graph.tensors[op.output()];
  return x.dtype == y.dtype && x.shape == y.shape && x.quantization == y.quantization;
}

class NoOps {
 public:
  explicit NoOps(Graph& graph) : graph_(graph), producers_(producers(graph)), is_output_(graph.tensors.size(), false) {
    for (const TensorId output : graph.outputs) is_output_[output] = true;
  }

  void drop() {
    // In order of execution, so that of a chain each finds the first tensor as its input.
    for (Operator& op : graph_.operators) {
      for (TensorId& input : op.inputs) input = resolve(input);
      if (is_no_op(graph_, op)) drop(op);
    }
    for (TensorId& output : graph_.outputs) output = resolve(output);
    std::erase_if(graph_.operators, [](const Operator& op) { return op.outputs.empty(); });
  }

 private:
  TensorId resolve(TensorId id) const { return id < same_as_.size() && same_as_[id] != kAbsent ? same_as_[id] : id; }

  void drop(Operator& op) {
    const TensorId x = op.inputs[0], y = op.output();
    if (is_output_[y]) {
      // The output's name goes to x, unless the caller knows x by its own.
      if (is_output_[x] || producers_[x] == kAbsent) return;
      graph_.tensors[x].name = graph_.tensors[y].name;
      is_output_[x] = true;
    }
    same_as_.resize(graph_.tensors.size(), kAbsent);
    same_as_[y] = x;
    op.outputs.clear();
  }

  Graph& graph_;
  std::vector<std::size_t> producers_;
  std::vector<bool> is_output_;
  std::vector<TensorId> same_as_;
};

}  // namespace

void drop_no_ops(Graph& graph) { NoOps(graph).drop(); }

}  // namespace qrun::converter
