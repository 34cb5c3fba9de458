// Puts Quantize and Dequantize into a graph of reals.

#pragma once

#include <map>
#include <vector>

#include "converter/calibrate/calibrate.h"

namespace qrun::converter::calibrate {

// Behind each of these tensors, given in order of execution: what read it reads its dequantized integers then.
void quantize_activations(Graph& graph, const std::vector<TensorId>& tensors,
                          const std::map<TensorId, Quantization>& quantizations);

// The weights of linear operators, behind quantize_activations(): int8 constants and a Dequantize. Where the options
// say so, and the means of an operator's inputs are known by its output, its bias takes back what rounding its weights
// shifts the means of its output channels.
void quantize_weights(Graph& graph, const Options& options, const std::map<TensorId, InputMeans>& means = {});

}  // namespace qrun::converter::calibrate
