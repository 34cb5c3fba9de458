// Whether a model can be planned for many samples at once.

#pragma once

#include <cstdint>

#include "runtime/model.h"
#include "runtime/status.h"

namespace qrun::runtime {

// Fails with kInvalidArgument where `batch` is below 1, or where all samples of a tensor would take more bytes than a
// tensor may: the limit that loading checks for one sample, on which all 32-bit products of sizes rest.
Status check_batch(const Model& model, std::int32_t batch);

}  // namespace qrun::runtime
