// Where a graph of real numbers must be quantized, so that integers can be made of everything between
// (integers/integers.h): inputs and results of convolutions, sums, pools and the like, but not what is between them and
// the clamps, scales and offsets that go into their kernels, nor inside functions of one tensor.

#pragma once

#include <vector>

#include "converter/graph.h"

namespace qrun::converter::calibrate {

// The real tensors to quantize, constants that are operands among them (not weights, nor biases), in order of
// execution.
std::vector<TensorId> tensors_to_quantize(const Graph& graph);

}  // namespace qrun::converter::calibrate
