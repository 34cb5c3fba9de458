// Reads a .tflite file into a graph.

#pragma once

#include <cstdint>
#include <span>

#include "converter/graph.h"

namespace qrun::converter {

// The main graph of the file, with constants borrowed from `bytes` (aligned to 8), which must outlive the result.
// Operators that cannot be read become Unsupported, so that all are reported together; a file that contradicts itself
// is refused, naming the thing.
Graph read_tflite(std::span<const std::uint8_t> bytes);

}  // namespace qrun::converter
