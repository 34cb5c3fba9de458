// Tensors by themselves: dtype, shape, constant data, quantization.

#pragma once

#include <vector>

#include "runtime/verify/check.h"

namespace qrun::runtime::verify {

// Fills `views`, one per tensor of the file, each sound. `bytes` are the file's: alignment is of positions in it.
Status check_tensors(const qfb::Model& model, std::span<const std::byte> bytes, WorkBudget& budget,
                     std::vector<TensorView>& views);

}  // namespace qrun::runtime::verify
