#include "converter/calibrate/kernel.h"

#include "converter/refusal.h"

namespace qrun::converter::calibrate {

const Tensor& Operands::input(std::size_t index) const {
  if (!has(index)) refuse("its input {} is missing", index);
  return graph_.tensors[op_.inputs[index]];
}

const std::vector<float>& Operands::constant(std::size_t index) const {
  const Tensor& tensor = input(index);
  const auto found = constants_.find(op_.inputs[index]);
  if (found == constants_.end()) {
    refuse("'{}' must be a constant; fold it into the graph when exporting", tensor.name);
  }
  return found->second;
}

std::vector<float> Operands::bias(std::size_t index, std::size_t outputs) const {
  if (!has(index)) return std::vector<float>(outputs, 0.0F);
  if (elements(input(index)) != outputs) {
    refuse("its bias '{}' has the shape {}; it must have {} elements", input(index).name,
           shape_text(input(index).shape), outputs);
  }
  return constant(index);
}

void Operands::check_output(const Shape& implied) const {
  if (y().shape == implied) return;
  refuse("its output's shape is {}; its inputs imply {}", shape_text(y().shape), shape_text(implied));
}

void Operands::check_output_elements(std::size_t implied) const {
  if (elements(y()) == implied) return;
  refuse("its output's shape is {}; its inputs imply {} elements", shape_text(y().shape), implied);
}

void finish_rows(float* y, std::size_t rows, std::size_t stride, Reals bias, const Activation& activation) {
  for (std::size_t r = 0; r < rows; ++r) {
    float* row = y + r * stride;
    for (std::size_t i = 0; i < bias.size(); ++i) row[i] = clamped(row[i] + bias[i], activation);
  }
}

}  // namespace qrun::converter::calibrate
