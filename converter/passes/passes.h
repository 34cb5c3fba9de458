// The rewrites between reading and lowering. Each leaves a graph that computes the same bytes, and is idempotent.

#pragma once

#include "converter/graph.h"

namespace qrun::converter {

// float_edges.cc: a QUANTIZE of a float32 graph input and a DEQUANTIZE into a graph output become the edge's scale and
// zero point: the input or output is the quantized tensor then, under the edge's name.
void absorb_float_edges(Graph& graph);

// no_ops.cc: operators that copy their input unchanged disappear.
void drop_no_ops(Graph& graph);

// padding.cc: zero-point padding of rows and columns moves into the convolutions that read it.
void fold_padding(Graph& graph);

// transposed_features.cc: transpositions of an image that a fully connected layer reads as a vector move into its
// weights.
void fold_transposes(Graph& graph);

// dead_code.cc: operators that no graph output needs disappear.
void drop_dead_code(Graph& graph);

// passes.cc: all of them, in the order in which they help each other.
void run_passes(Graph& graph);

}  // namespace qrun::converter
