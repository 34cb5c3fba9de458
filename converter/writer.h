// Writes a lowered network as the bytes of a .qfb file: the same bytes for the same network on every machine.

#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "converter/graph.h"
#include "converter/lower/lowering.h"
#include "qfb_generated.h"

namespace qrun::converter {

// The tensors in use, the operators, the metadata; constants aligned to 32 bytes and shared where the source shares
// them. Refuses what exceeds a .qfb file's 2 GiB.
std::vector<std::byte> write_qfb(const Graph& graph, const LoweredOperators& operators, const std::string& name,
                                 const qfb::MetadataT& metadata);

}  // namespace qrun::converter
