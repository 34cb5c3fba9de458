// The graph while an ONNX file is read into it: values by name, and the axis order in which each is held.
//
// ONNX images are [N,C,H,W]; the graph's operators want [N,H,W,C]. Each value therefore says in which order the graph
// holds its axes. Operators that do not care keep their input's order, a Transpose of the source only changes the order
// on paper, and a Transpose is emitted where an operator wants another one: what an exporter or a layout needs in pairs
// never comes about. A tensor that is not in the source's order has the source's name with a suffix, "/nhwc".

#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "converter/graph.h"
#include "converter/onnx/types.h"

namespace qrun::converter {

// Axis i of the graph's tensor is axis order[i] of the source's.
using Order = std::vector<std::size_t>;

Order identity_order(std::size_t rank);
const Order& nhwc_order();  // of a source's [N,C,H,W]
bool is_identity(const Order& order);
Shape permuted(const Shape& shape, const Order& order);

struct Value {
  std::string name;  // the source's
  TensorId id = kAbsent;
  Shape shape;  // in the source's order
  Order order;
  OnnxType type = OnnxType::kUndefined;

  std::size_t rank() const { return shape.size(); }
};

class Builder {
 public:
  Graph& graph() { return graph_; }
  const Tensor& tensor(const Value& value) const { return graph_.tensors[value.id]; }
  const Tensor& tensor(TensorId id) const { return graph_.tensors[id]; }

  // A tensor of a value that no operator has yet: its id is set.
  Value new_value(std::string name, OnnxType type, Shape shape, Order order);
  // Its tensor gets the value's name.
  void rename(const Value& value);
  Value constant(std::string name, OnnxType type, Shape shape, std::vector<std::uint8_t> data);

  // Appends the operator, or makes its output a constant where its inputs are.
  void emit(Parameters parameters, std::vector<TensorId> inputs, TensorId output);

  // The value held in the given order: itself, or what a Transpose or Reshape makes of it, once for all who ask.
  Value reordered(const Value& value, const Order& order);
  Value canonical(const Value& value) { return reordered(value, identity_order(value.rank())); }

  // The same bytes with another meaning of 8-bit or int32 integers. A tensor without a meaning gets it; one with
  // another one is copied on paper.
  Value quantized_as(const Value& value, Quantization quantization);

  // What operators emitted from now on come from, for people.
  void set_kind(std::string kind) { kind_ = std::move(kind); }

 private:
  Graph graph_;
  std::string kind_;
  std::map<std::pair<TensorId, Order>, TensorId> reordered_;
};

}  // namespace qrun::converter
