// What a file says about itself, and the samples it carries.

#pragma once

#include "runtime/verify/check.h"

namespace qrun::runtime::verify {

// That digests have 32 bytes, entries their keys and values, and each test one blob per graph input, of its size.
Status check_metadata(const qfb::Model& model, std::span<const TensorView> tensors, WorkBudget& budget);

}  // namespace qrun::runtime::verify
