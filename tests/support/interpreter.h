// Computes a model tensor by tensor, straight from the schema's formulas on the file's own numbers.
//
// The second opinion on everything between a file and its answer: no storage domain, no arena, no merged dimensions, no
// packing. Only the scalar fixed-point functions of kernels/quantize.h are shared with the library.

#pragma once

#include <cstdint>
#include <vector>

#include "qfb_generated.h"

namespace qrun::test {

// The numbers of a tensor, whatever its dtype, in row-major order.
struct Array {
  std::vector<std::int32_t> shape;
  std::vector<std::int64_t> values;
};

// All tensors of the model, for these graph inputs in order.
std::vector<Array> interpret(const qfb::ModelT& model, const std::vector<Array>& inputs);

std::int64_t element_count(const std::vector<std::int32_t>& shape);

// Between numbers and a tensor's bytes in memory.
std::vector<std::uint8_t> to_bytes(const Array& array, qfb::DType dtype);
Array from_bytes(const std::uint8_t* bytes, const qfb::TensorT& tensor);

}  // namespace qrun::test
