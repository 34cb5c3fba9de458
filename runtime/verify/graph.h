// The second of two gates: that a well-formed file means something, and that computing it cannot go wrong.

#pragma once

#include <cstddef>
#include <span>

#include "qfb_generated.h"
#include "runtime/status.h"

namespace qrun::runtime::verify {

// Checks all of docs/format.md, "What a reader checks", in time linear in the file's size. `bytes` are the file's.
// Errors: QRUN_INVALID_MODEL; the message names the operator or tensor, and operator_index is set where there is one.
Status check_graph(const qfb::Model& model, std::span<const std::byte> bytes);

}  // namespace qrun::runtime::verify
