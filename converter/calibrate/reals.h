// The real numbers that tensors of any type stand for.

#pragma once

#include <span>
#include <vector>

#include "converter/graph.h"

namespace qrun::converter::calibrate {

// Whether its elements are the numbers of a grid; without scales a number stands for itself.
inline bool is_quantized(const Tensor& tensor) {
  return tensor.dtype != DType::kFloat32 && !tensor.quantization.scales.empty();
}

// Refuses types whose elements are no numbers, and quantization that does not fit the shape.
void check_reals(const Tensor& tensor);

// The values of a constant that check_reals() admits.
std::vector<float> constant_reals(const Tensor& tensor);

// Fake quantization: each value becomes the nearest real number that the 8-bit tensor can hold; halves to even.
void round_to_grid(const Tensor& tensor, std::span<float> values);

}  // namespace qrun::converter::calibrate
