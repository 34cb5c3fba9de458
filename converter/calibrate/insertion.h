// Puts Quantize and Dequantize into a graph of reals.

#pragma once

#include <map>
#include <vector>

#include "converter/calibrate/calibrate.h"

namespace qrun::converter::calibrate {

// Behind each of these tensors, given in order of execution: what read it reads its dequantized integers then.
void quantize_activations(Graph& graph, const std::vector<TensorId>& tensors,
                          const std::map<TensorId, Quantization>& quantizations);

// The weights of linear operators, behind quantize_activations(): int8 constants and a Dequantize.
void quantize_weights(Graph& graph, const Options& options);

}  // namespace qrun::converter::calibrate
