// Operators of two or more tensors, element by element, with numpy's broadcasting.

#include "converter/onnx/operators.h"

namespace qrun::converter::onnx_operators {
namespace {

Parameters parameters_of(const std::string& type) {
  if (type == "Add" || type == "Sum") return Add{Activation::kNone};
  if (type == "Sub") return Sub{Activation::kNone};
  if (type == "Mul") return Mul{Activation::kNone};
  if (type == "Div") return Div{};
  if (type == "Pow") return Pow{};
  if (type == "Max") return Maximum{};
  return Minimum{};
}

}  // namespace

void binary(NodeReader& reader) {
  reader.finish(reader.emit_binary(parameters_of(reader.type()), reader.input(0), reader.input(1), true));
}

// From left to right.
void variadic(NodeReader& reader) {
  Value y = reader.input(0);
  for (std::size_t i = 1; i < reader.input_count(); ++i) {
    y = reader.emit_binary(parameters_of(reader.type()), y, reader.input(i));
  }
  reader.finish(y);
}

}  // namespace qrun::converter::onnx_operators
