// An operator made ready to compute with real numbers.

#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <map>
#include <span>
#include <vector>

#include "converter/graph.h"

namespace qrun::converter::calibrate {

using Reals = std::span<const float>;

// From the inputs' elements (none of an absent one) to the output's, which are 0 before. Threads may share it.
using Compute = std::function<void(std::span<const Reals> inputs, std::span<float> output)>;

struct Kernel {
  static constexpr std::size_t kAllInputs = std::numeric_limits<std::size_t>::max();

  Compute compute;
  std::size_t reads = kAllInputs;  // so many inputs, the first ones, while computing; the others while preparing
};

// Values that do not depend on samples.
using Constants = std::map<TensorId, std::vector<float>>;

// What the preparation of one operator sees. Tensors have been checked: check_reals().
class Operands {
 public:
  Operands(const Graph& graph, const Operator& op, const Constants& constants)
      : graph_(graph), op_(op), constants_(constants) {}

  std::size_t count() const { return op_.inputs.size(); }
  bool has(std::size_t index) const { return index < count() && op_.inputs[index] != kAbsent; }
  const Tensor& input(std::size_t index) const;
  const Tensor& x() const { return input(0); }
  const Tensor& y() const { return graph_.tensors[op_.output()]; }

  // The values of an input that must be constant.
  const std::vector<float>& constant(std::size_t index) const;
  // Those of a bias, zeros where it is absent.
  std::vector<float> bias(std::size_t index, std::size_t outputs) const;

  // Refuses an output of another shape, or of another number of elements.
  void check_output(const Shape& implied) const;
  void check_output_elements(std::size_t implied) const;

 private:
  const Graph& graph_;
  const Operator& op_;
  const Constants& constants_;
};

inline std::size_t extent(const Tensor& tensor, std::size_t axis) {
  return static_cast<std::size_t>(tensor.shape[axis]);
}
inline std::size_t elements(const Tensor& tensor) { return static_cast<std::size_t>(tensor.elements()); }

inline float clamped(float value, const Activation& activation) {
  const float raised = value < activation.min ? activation.min : value;
  return raised > activation.max ? activation.max : raised;
}

// The last step of a linear operator, for `rows` rows of as many elements as the bias has, `stride` apart.
void finish_rows(float* y, std::size_t rows, std::size_t stride, Reals bias, const Activation& activation);

}  // namespace qrun::converter::calibrate
