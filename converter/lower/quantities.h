// What the lowerings of all operators share: a tensor's affine quantization, checked, and the integers made from real
// numbers, proved to fit.

#pragma once

#include <cstdint>

#include "converter/graph.h"
#include "kernels/quantize.h"
#include "qfb_generated.h"

namespace qrun::converter {

// An 8-bit tensor with one scale.
struct Affine {
  float scale;
  std::int32_t zero_point;
  std::int32_t min, max;  // of its type
  // The greatest |q - zero_point|.
  std::int64_t reach() const;
};

// Refuses, naming the tensor: other types, no scale, a scale per channel, or what check_quantization refuses.
Affine affine(const Tensor& tensor);

// That the scales are positive and finite, zero points in the type's range, and both as many as the shape asks for.
void check_quantization(const Tensor& tensor);

void check_same_dtype(const Tensor& a, const Tensor& b);

// The range of a fused or stand-alone activation of a tensor: docs/arithmetic.md, Activation range.
kernels::Clamp activation_range(Activation activation, const Affine& output);

// The rescale by `real`. Refuses, naming the output, one that no file holds, and one that leaves int32: where a value
// of up to `bound` is rescaled and `offset` added.
kernels::Rescale checked_rescale(double real, std::int64_t bound, std::int64_t offset, const Tensor& output);

inline qfb::Rescale stored(kernels::Rescale rescale) { return {rescale.multiplier, rescale.shift}; }
inline qfb::Clamp stored(kernels::Clamp clamp) { return {clamp.min, clamp.max}; }

// The file's structs inside tables are pointers in FlatBuffers' object interface.
template <class Struct>
auto boxed(Struct value) {
  return std::make_unique<decltype(stored(value))>(stored(value));
}

}  // namespace qrun::converter
