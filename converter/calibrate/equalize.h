// Cross-layer equalization (Nagel et al. 2019, "Data-free quantization through weight equalization and bias
// correction", arXiv 1906.04721): the same real network with weights that quantize better.

#pragma once

#include <cstddef>

#include "converter/graph.h"

namespace qrun::converter::calibrate {

// Of each pair of linear layers (linear_pairs.h), channel c between them is divided by s[c] on its way out of the first
// (weights and bias) and multiplied by it again in the weights of the second, with s[c] = sqrt(r1[c] / r2[c]); r1[c] is
// the greatest |w| of the first's output channel c and r2[c] that of the second's input channel c. Both are
// sqrt(r1[c] r2[c]) then. This goes on over all pairs until nothing changes by more than 0.1 %, because layers are in
// two pairs where they stand in a chain.
//
// What the network computes from real numbers stays the same but for rounding. Channels of zeros are left alone, and no
// channel is changed by more than a factor of 1024 in all: a nearly dead channel's bias would outgrow all others.
//
// Returns how many pairs it changed. Expects constants to be folded. The scaled weights are constants of the graph's
// own.
std::size_t equalize(Graph& graph);

}  // namespace qrun::converter::calibrate
