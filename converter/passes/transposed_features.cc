// A fully connected layer that reads an image as one vector, [channels, height, width], where the image lies as
// [height, width, channels]: its weights' columns change their order instead, and nobody transposes the image.

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "converter/passes/passes.h"

namespace qrun::converter {
namespace {

// Of each feature of the transposed tensor, where it was before: for a transposition within the last dimensions, which
// hold all `depth` features of a vector.
std::optional<std::vector<std::size_t>> order_of_features(const Shape& source, const Transpose& transpose,
                                                          std::int64_t depth) {
  const auto& permutation = transpose.permutation;
  std::size_t first = permutation.size();
  std::int64_t features = 1;
  while (first > 0 && features < depth) features *= source[static_cast<std::size_t>(permutation[--first])];
  for (std::size_t i = 0; i < first; ++i) {
    if (permutation[i] != static_cast<std::int32_t>(i)) return std::nullopt;
  }
  if (features != depth) return std::nullopt;

  std::vector<std::size_t> strides(source.size(), 1);
  for (std::size_t i = source.size(); i-- > first + 1;) {
    strides[i - 1] = strides[i] * static_cast<std::size_t>(source[i]);
  }
  std::vector<std::size_t> order{0};
  for (std::size_t i = first; i < permutation.size(); ++i) {
    const auto axis = static_cast<std::size_t>(permutation[i]);
    std::vector<std::size_t> finer;
    finer.reserve(order.size() * static_cast<std::size_t>(source[axis]));
    for (const std::size_t start : order) {
      for (std::int32_t j = 0; j < source[axis]; ++j) {
        finer.push_back(start + static_cast<std::size_t>(j) * strides[axis]);
      }
    }
    order = std::move(finer);
  }
  return order;
}

// The same numbers in the same type, be they in another shape or order.
bool holds_the_same(const Tensor& a, const Tensor& b) { return a.dtype == b.dtype && a.quantization == b.quantization; }

class TransposedFeatures {
 public:
  explicit TransposedFeatures(Graph& graph) : graph_(graph), producers_(producers(graph)) {}

  void fold(Operator& op) {
    const Tensor& weights = graph_.tensors[op.inputs[1]];
    if (!weights.is_constant || dtype_bytes(weights.dtype) != 1 || weights.rank() != 2) return;
    if (!graph_.has_room(weights.data.size())) return;
    const Operator* transpose = source_of(op.inputs[0]);
    if (transpose == nullptr) return;
    const Tensor& source = graph_.tensors[transpose->inputs[0]];
    const auto order = order_of_features(source.shape, std::get<Transpose>(transpose->parameters), weights.shape[1]);
    if (!order) return;
    op.inputs[1] = reordered(weights, *order);
    op.inputs[0] = transpose->inputs[0];
  }

 private:
  // The transposition that a tensor is a view of.
  const Operator* source_of(TensorId id) const {
    while (producers_[id] != kAbsent) {
      const Operator& op = graph_.operators[producers_[id]];
      const bool is_transpose = std::holds_alternative<Transpose>(op.parameters);
      if (!is_transpose && !std::holds_alternative<Reshape>(op.parameters)) return nullptr;
      if (!holds_the_same(graph_.tensors[id], graph_.tensors[op.inputs[0]])) return nullptr;
      if (is_transpose) return &op;
      id = op.inputs[0];
    }
    return nullptr;
  }

  TensorId reordered(const Tensor& weights, const std::vector<std::size_t>& order) {
    std::vector<std::uint8_t> data(weights.data.size());
    for (std::size_t row = 0; row < data.size(); row += order.size()) {
      for (std::size_t i = 0; i < order.size(); ++i) data[row + order[i]] = weights.data[row + i];
    }
    const TensorId id = graph_.add_tensor(weights);
    graph_.make_constant(id, std::move(data));
    return id;
  }

  Graph& graph_;
  std::vector<std::size_t> producers_;
};

}  // namespace

void fold_transposes(Graph& graph) {
  TransposedFeatures features(graph);
  for (Operator& op : graph.operators) {
    if (std::holds_alternative<FullyConnected>(op.parameters)) features.fold(op);
  }
}

}  // namespace qrun::converter
