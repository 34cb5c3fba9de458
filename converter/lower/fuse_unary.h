// Functions of one byte disappear into the operator that computes their input.
//
// Why on lowered operators: here everything is integers, and what two of them do to a byte is compared, not argued.

#pragma once

#include "converter/graph.h"
#include "converter/lower/lowering.h"

namespace qrun::converter {

// Where nothing else reads its input, a unary operator goes in one of two ways:
// - what it does to the bytes that the operator before it can give is a tighter clamp, and that operator has one
//   (convolutions, fully connected, add, mul, pools, requantize): RELU and its kin without a change of scale;
// - the operator before it is unary too: both become one table.
// The tensor that it wrote is then written by the operator before. Every graph computes the same bytes as before.
void fuse_unary(const Graph& graph, LoweredOperators& operators);

}  // namespace qrun::converter
