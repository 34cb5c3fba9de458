// From a graph of real numbers with Quantize and Dequantize in it to a graph of integers.
//
// Whatever lies between quantized tensors and a Quantize is replaced by one operator of integers: data movement by
// itself; an element-wise function of one tensor, however many operators it is written with, by a table; linear
// operators, sums, products, means and softmax by their kernels, which batch normalization, scales and clamps behind
// them go into. The integers of weights are kept as they are. docs/onnx.md says how far results are from the reals'.

#pragma once

#include "converter/graph.h"

namespace qrun::converter {

// What cannot be made integers becomes Unsupported, with the reason. Real outputs whose range their function tells,
// such as a softmax's, are quantized to it, with a note.
void make_integers(Graph& graph);

// The quantization that the function which computes a tensor suggests, whatever is put in: probabilities' 1/256. Null
// for others.
const Quantization* natural_quantization(const Operator& op);

}  // namespace qrun::converter
