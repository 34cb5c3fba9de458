// Reads an .onnx file into a graph of real numbers, with Quantize and Dequantize where the file has them: what the
// passes make integers of (passes/integers.h).

#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "converter/graph.h"

namespace qrun::converter {

struct OnnxOptions {
  std::map<std::string, std::vector<std::int64_t>> shapes;  // of inputs, by name
  bool edges_nhwc = false;                                  // images at the graph's inputs and outputs are [N,H,W,C]
};

// External data are looked for in `folder`. Nodes that cannot be read become Unsupported, so that all are reported
// together; a file that contradicts itself is refused, naming the thing.
Graph read_onnx(std::span<const std::uint8_t> bytes, const std::filesystem::path& folder, const OnnxOptions& options);

}  // namespace qrun::converter
