// Evaluates operators whose inputs are all constants: shape arithmetic, and weights stored in another layout.
//
// The reader calls it for each operator as it is read, so that an operator further on finds its parameters, which
// sources compute from shapes at times, to be the constants they must be.

#pragma once

#include "converter/graph.h"

namespace qrun::converter {

// Makes the output of `op` a constant where it can: data movement of any whole-byte type; sums, differences, products,
// quotients and casts of int32 and int64, which wrap, and of float32; functions; tables. Returns whether it did. `op`
// need not be in the graph; its shapes and parameters agree. Constants made this way are limited in size, so that no
// file can fill the memory with them.
bool fold_constants(Graph& graph, const Operator& op);

}  // namespace qrun::converter
