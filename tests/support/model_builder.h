// Makes .qfb files in memory, through FlatBuffers' object interface: build a graph, change anything in it, finish it.
//
//   ModelBuilder graph("example");
//   const int x = graph.input("x", {1, 8});
//   graph.output(graph.add(qfb::ReshapeT(), {x}, "y", {2, 4}));
//   Bytes file = finish(graph.model);

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "qfb_generated.h"

namespace qrun::test {

// Exactly the file's bytes, aligned as the library asks: a sanitizer sees the first byte past the end.
using Bytes = std::vector<std::byte>;

struct ModelBuilder {
  explicit ModelBuilder(const std::string& name);

  // Each returns the new tensor's index.
  int tensor(const std::string& name, std::vector<std::int32_t> shape, qfb::DType dtype);
  int input(const std::string& name, std::vector<std::int32_t> shape, qfb::DType dtype = qfb::DType::int8);
  int constant(const std::string& name, std::vector<std::int32_t> shape, qfb::DType dtype,
               std::vector<std::uint8_t> data);
  int constant(const std::string& name, std::vector<std::int32_t> shape, const std::vector<std::int32_t>& data);
  // An 8-bit constant of pseudo-random bytes, the same on every run.
  int random_constant(const std::string& name, std::vector<std::int32_t> shape, qfb::DType dtype = qfb::DType::int8);

  // An operator and its output.
  template <class Params>
  int add(Params params, std::vector<std::int32_t> inputs, const std::string& name, std::vector<std::int32_t> shape,
          qfb::DType dtype = qfb::DType::int8) {
    qfb::ParametersUnion parameters;
    parameters.Set(std::move(params));
    return add_operator(std::move(parameters), std::move(inputs), name, std::move(shape), dtype);
  }

  // The parameters of a linear operator over these constants (bias -1: none), with their overflow certificate. Weights
  // are per channel along their first axis, or their last where `depthwise`.
  std::unique_ptr<qfb::AccumulationT> accumulation(int weights, int bias, bool depthwise = false) const;

  void output(int tensor) { model.outputs.push_back(tensor); }

  qfb::ModelT model;

 private:
  int add_operator(qfb::ParametersUnion parameters, std::vector<std::int32_t> inputs, const std::string& name,
                   std::vector<std::int32_t> shape, qfb::DType dtype);
};

// Derives accumulator_bound, output_min and output_max again: after a change of weights, bias or parameters.
void certify(qfb::AccumulationT& accumulation, const qfb::TensorT& weights, const qfb::TensorT* bias, bool depthwise);

Bytes finish(const qfb::ModelT& model);

// A multiplier of 0.75 * 2^shift: every bit of its arithmetic is in use.
qfb::Rescale rescale(std::int32_t shift);
std::unique_ptr<qfb::Rescale> new_rescale(std::int32_t shift);
std::unique_ptr<qfb::Clamp> full_clamp(qfb::DType dtype);
std::unique_ptr<qfb::Window> window(std::int32_t stride, std::int32_t pad);

}  // namespace qrun::test
