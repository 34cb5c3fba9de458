// The first of two gates: that the bytes are a FlatBuffers table of the schema, in a version this library reads.

#pragma once

#include <cstddef>
#include <span>

#include "qfb_generated.h"
#include "runtime/status.h"

namespace qrun::runtime::verify {

// The root table, all of whose offsets, strings and vectors lie inside `bytes`. Numbers in it mean nothing yet.
// Errors: QRUN_INVALID_ARGUMENT for a misaligned buffer, QRUN_UNSUPPORTED for a newer version, else
// QRUN_INVALID_MODEL.
Result<const qfb::Model*> check_structure(std::span<const std::byte> bytes);

}  // namespace qrun::runtime::verify
