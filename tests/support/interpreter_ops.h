// One operator of the interpreter: its operands, and the loops that all of them are made of.

#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "kernels/quantize.h"
#include "tests/support/interpreter.h"

namespace qrun::test {

struct Operation {
  std::vector<const Array*> inputs;  // without absent ones
  std::vector<qfb::DType> input_dtypes;
  const qfb::TensorT& output;
  Array& y;

  const Array& x(std::size_t i = 0) const { return *inputs[i]; }
};

using Index = std::vector<std::int64_t>;

// Calls visit(index) for every index of the shape, in row-major order.
template <class Visit>
void for_each_index(const std::vector<std::int32_t>& shape, Visit visit) {
  Index index(shape.size(), 0);
  for (std::int64_t n = element_count(shape); n > 0; --n) {
    visit(std::as_const(index));
    for (std::size_t d = shape.size(); d-- > 0;) {
      if (++index[d] < shape[d]) break;
      index[d] = 0;
    }
  }
}

// The element at `index`. An array of lower rank is aligned at its last dimension, an extent of 1 repeats.
std::size_t position(const std::vector<std::int32_t>& shape, const Index& index);
std::int64_t at(const Array& array, const Index& index);

std::int64_t rescaled(const qfb::Rescale& rescale, std::int64_t value);
std::int64_t clamped(std::int64_t value, const qfb::Clamp& clamp);
std::int64_t saturated(std::int64_t value, qfb::DType dtype);

void compute(const qfb::ParametersUnion& parameters, Operation& op);

// interpreter_linear.cc
void compute(const qfb::Conv2DT& params, Operation& op);
void compute(const qfb::DepthwiseConv2DT& params, Operation& op);
void compute(const qfb::FullyConnectedT& params, Operation& op);

// interpreter_movement.cc
void compute(const qfb::ReshapeT& params, Operation& op);
void compute(const qfb::TransposeT& params, Operation& op);
void compute(const qfb::SliceT& params, Operation& op);
void compute(const qfb::ConcatenationT& params, Operation& op);
void compute(const qfb::PadT& params, Operation& op);
void compute(const qfb::TileT& params, Operation& op);
void compute(const qfb::GatherT& params, Operation& op);
void compute(const qfb::ResizeBilinearT& params, Operation& op);
void compute(const qfb::ResizeNearestT& params, Operation& op);

}  // namespace qrun::test
