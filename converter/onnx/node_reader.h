// One node of an ONNX graph on its way into the graph: its attributes, its operands, and what it becomes.
//
// Each function of operators.h reads one kind of node through this class. Every accessor refuses what is missing.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "converter/onnx/builder.h"
#include "converter/onnx/elements.h"
#include "converter/onnx/file.h"
#include "converter/refusal.h"

namespace qrun::converter {

class NodeReader {
 public:
  using Values = std::map<std::string, Value, std::less<>>;

  NodeReader(Builder& builder, Values& values, const OnnxFile& file, const onnx::NodeProto& node)
      : builder_(builder), values_(values), file_(file), node_(node) {}

  Builder& builder() { return builder_; }
  const std::string& type() const { return node_.op_type(); }
  std::int64_t opset() const { return file_.opset(); }

  // ---- Attributes ----

  bool has(std::string_view name) const { return find(name) != nullptr; }
  std::int64_t integer(std::string_view name, std::int64_t otherwise) const;
  float real(std::string_view name, float otherwise) const;
  std::string text(std::string_view name, const std::string& otherwise) const;
  std::vector<std::int64_t> integers(std::string_view name) const;  // empty where absent
  std::vector<float> reals(std::string_view name) const;
  Value tensor_attribute(std::string_view name);

  // ---- Operands ----

  std::size_t input_count() const { return static_cast<std::size_t>(node_.input_size()); }
  std::size_t output_count() const { return static_cast<std::size_t>(node_.output_size()); }
  bool has_input(std::size_t index) const;
  bool has_output(std::size_t index) const;
  const Value& input(std::size_t index = 0) const;
  Value canonical(std::size_t index) { return builder_.canonical(input(index)); }
  const Tensor& tensor(const Value& value) const { return builder_.tensor(value); }
  bool is_constant(const Value& value) const { return tensor(value).is_constant; }

  // The values of a constant: of any integer type, of float32, or the only one of either. As each node that names the
  // constant reads and may keep them, they take room in the graph.
  std::vector<std::int64_t> constant_integers(std::size_t index);
  std::vector<float> constant_reals(std::size_t index);
  float constant_real(std::size_t index);
  // The bytes of zero points: as the source's type has them.
  std::vector<std::int64_t> zero_points(std::size_t index);
  std::int64_t zero_point(std::size_t index);  // the only one
  // A list that older operator sets give as an attribute and newer ones as an input; nothing where it is absent.
  std::optional<std::vector<std::int64_t>> parameter(std::string_view attribute, std::size_t input_index);

  // An axis of `rank`, counted from the end where negative.
  static std::size_t axis(std::int64_t axis, std::size_t rank);

  // ---- Results ----

  const std::string& output_name(std::size_t index = 0) const;
  // A value named after output `index`, in this order; not yet what readers of the output get.
  Value result(OnnxType type, Shape shape, Order order, std::size_t index = 0);
  // A value between the operators that this node becomes.
  Value temporary(OnnxType type, Shape shape, Order order);
  Value temporary(OnnxType type, const Shape& shape) { return temporary(type, shape, identity_order(shape.size())); }
  Value real_constant(const std::vector<float>& values, Shape shape);
  void define(Value value, std::size_t index = 0);

  void emit(Parameters parameters, const std::vector<Value>& inputs, const Value& output);
  // Data movement: the output keeps the first input's quantization.
  void emit_movement(Parameters parameters, const std::vector<Value>& inputs, const Value& output);

  // One operator from its first input to its output, both of one shape and order.
  void emit_unary(Parameters parameters, const Value& x);
  // Two reals of numpy's rules of broadcasting, brought to one order; the result is returned, not defined.
  Value emit_binary(Parameters parameters, const Value& a, const Value& b, bool is_output = false);
  // A chain of them ends in the node's output.
  void finish(const Value& value) { define_as(value, 0); }

 private:
  const onnx::AttributeProto* find(std::string_view name) const;
  void define_as(const Value& value, std::size_t index);
  std::string temporary_name();
  Order binary_order(const Value& leader, const Value& other, std::size_t rank) const;

  Builder& builder_;
  Values& values_;
  const OnnxFile& file_;
  const onnx::NodeProto& node_;
  int temporaries_ = 0;
  TensorId last_temporary_ = kAbsent;
};

}  // namespace qrun::converter
