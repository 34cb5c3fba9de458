#include "converter/tflite/operator_reader.h"

#include <utility>

#include "converter/passes/fold_constants.h"
#include "converter/tflite/operators.h"

namespace qrun::converter {

void OperatorReader::read(tflite::BuiltinOperator code) {
  const ReadOperator read_operator = find_operator(code);
  if (read_operator == nullptr) throw Refusal("the operator is not supported; replace it or leave it out of the model");
  read_operator(*this);
  for (Operator& op : emitted_) {
    if (!fold_constants(graph_, op)) graph_.operators.push_back(std::move(op));
  }
}

void OperatorReader::emit_unsupported(std::string reason) {
  graph_.operators.push_back({Unsupported{std::move(reason)}, inputs_, outputs_, kind_});
}

TensorId OperatorReader::input(std::size_t index) const {
  if (index >= inputs_.size() || inputs_[index] == kAbsent) refuse("its input {} is missing from the file", index);
  return inputs_[index];
}

TensorId OperatorReader::output(std::size_t index) const {
  if (index >= outputs_.size()) refuse("its output {} is missing from the file", index);
  return outputs_[index];
}

std::int64_t OperatorReader::constant_scalar(std::size_t index) const {
  const std::vector<std::int64_t> values = constant(index);
  if (values.size() != 1) refuse("'{}' has {} values; it must have one", input_tensor(index).name, values.size());
  return values[0];
}

std::size_t OperatorReader::axis(std::int64_t axis, std::size_t rank) {
  const auto signed_rank = static_cast<std::int64_t>(rank);
  if (axis < -signed_rank || axis >= signed_rank) refuse("its axis {} does not exist; the rank is {}", axis, rank);
  return static_cast<std::size_t>(axis < 0 ? axis + signed_rank : axis);
}

void OperatorReader::emit(Parameters parameters, std::vector<TensorId> inputs, TensorId output) {
  emitted_.push_back({std::move(parameters), std::move(inputs), {output}, kind_});
}

void OperatorReader::emit_movement(Parameters parameters, std::vector<TensorId> inputs, TensorId output,
                                   const Shape& implied) {
  const Tensor& y = tensor(output);
  for (const TensorId input : inputs) {
    if (tensor(input).dtype != y.dtype) {
      refuse("its input is {} and its output {}; they must be the same", dtype_name(tensor(input).dtype),
             dtype_name(y.dtype));
    }
  }
  if (y.shape != implied) {
    refuse("its output's shape is {} in the file; its inputs imply {}", shape_text(y.shape), shape_text(implied));
  }
  emit(std::move(parameters), std::move(inputs), output);
}

void OperatorReader::emit_reshape(TensorId input, TensorId output) {
  const Tensor& x = tensor(input);
  const Tensor& y = tensor(output);
  if (x.elements() != y.elements()) {
    refuse("its input has {} elements and its output {}", x.elements(), y.elements());
  }
  emit_movement(Reshape{}, {input}, output, y.shape);
}

void OperatorReader::emit_constant(TensorId output, const std::vector<std::int64_t>& values) {
  const Tensor& y = tensor(output);
  if (!is_index(y.dtype) || y.elements() != static_cast<std::int64_t>(values.size())) {
    refuse("its output is {} of shape {}; it must be {} int32 or int64 values", dtype_name(y.dtype),
           shape_text(y.shape), values.size());
  }
  graph_.make_constant(output, integer_bytes(values, y.dtype));
}

TensorId OperatorReader::reinterpreted(TensorId source, Quantization quantization) {
  const TensorId result = temporary(source, tensor(source).shape);
  graph_.tensors[result].name = tensor(source).name;
  graph_.tensors[result].quantization = std::move(quantization);
  emit(Reshape{}, {source}, result);
  return result;
}

TensorId OperatorReader::temporary(TensorId like, Shape shape) {
  Tensor result;
  result.name = fmt::format("{}/{}", output_tensor().name, emitted_.size());
  result.shape = std::move(shape);
  result.dtype = tensor(like).dtype;
  result.quantization = tensor(like).quantization;
  return graph_.add_tensor(std::move(result));
}

}  // namespace qrun::converter
