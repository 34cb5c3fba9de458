// Runs a graph of real numbers on samples, in float32, so that somebody can look at the values of its tensors.
//
// Quantized tensors are in it as the real numbers of their grids: fake quantization. Results are the same, bit for bit,
// on every machine (gemm.h), but where a library's exp and its like differ so much that float32 shows it.

#pragma once

#include <functional>
#include <span>
#include <vector>

#include "converter/calibrate/kernel.h"
#include "converter/graph.h"

namespace qrun::converter::calibrate {

// Told the elements of each float32 tensor, graph inputs first, then in the order of execution; not of constants.
using Observe = std::function<void(TensorId tensor, Reals values)>;

class Executor {
 public:
  // Whatever samples do not change is computed here. Refuses, with all offenders listed, operators that cannot be
  // computed with real numbers: drop_dead_code() first, so that they are needed. The graph must outlive the executor.
  explicit Executor(const Graph& graph);

  // One sample: of each graph input the elements, as the real numbers that they stand for. Returns those of each graph
  // output. Tensors are kept until their last reader has run. Several threads may run samples at once.
  std::vector<std::vector<float>> run(std::span<const std::vector<float>> inputs, const Observe& observe) const;

 private:
  struct Step {
    std::vector<TensorId> inputs;  // that are read while running
    TensorId output;
    Compute compute;
  };
  class Run;

  void prepare_all();
  void prepare(const Operator& op);
  void check_operands(const Operator& op) const;
  void count_uses();
  template <class ValueOf>
  std::vector<float> result_of(const Step& step, const ValueOf& value_of) const;

  const Graph& graph_;
  Constants constants_;
  std::vector<Step> steps_;
  std::vector<std::size_t> uses_;  // per tensor: how many steps and graph outputs read it
};

}  // namespace qrun::converter::calibrate
