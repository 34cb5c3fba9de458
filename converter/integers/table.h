// A part of the graph that depends on one tensor of bytes, element by element, is a function of a byte: a table.

#pragma once

#include <optional>

#include "converter/integers/context.h"

namespace qrun::converter::integral {

struct UnaryRegion {
  TensorId leaf;      // the only tensor of integers that the reals depend on
  std::string names;  // of the operators between, for people
  ByteTable table;    // from the leaf's byte to the result's
};

// Of the real tensor `result`, quantized to `wanted`. Nothing where it depends on several tensors or on neighbours.
// The region is computed in float32, function by function, as the source's runtime does; rounded half to even.
std::optional<UnaryRegion> tabulate(Context& context, TensorId result, const Quantization& wanted);

}  // namespace qrun::converter::integral
