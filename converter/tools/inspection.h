// What a .qfb file holds, gathered for qinspect: operators with their costs, totals, metadata.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "qfb_generated.h"
#include "qrun/qrun.hpp"

namespace qrun::tools {

using Shape = std::vector<std::int32_t>;

struct OperatorReport {
  std::string type;    // "Conv2D"
  std::string output;  // the first output tensor's name
  std::vector<Shape> input_shapes;
  std::vector<Shape> output_shapes;
  std::string parameters;           // short: "3x3 stride 2x2 pad 0,0,1,1"
  std::int64_t macs = 0;            // as the plan counts them
  std::ptrdiff_t step = -1;         // of the plan, its last one; operators with the same run as a band; -1: costs none
  std::size_t parameter_bytes = 0;  // constant inputs, rescales and tables
};

struct Inspection {
  std::size_t file_bytes = 0;
  std::uint32_t format_version = 0;
  std::string name, producer, source_name, source_sha256;
  std::vector<std::string> labels;
  std::vector<std::pair<std::string, std::string>> entries;
  std::size_t tests = 0;
  std::vector<OperatorReport> operators;
  std::int64_t macs = 0;
  std::size_t parameter_bytes = 0;  // a constant that several operators read counts once
  std::string isa;
  // Of the plan for that instruction set, one thread:
  std::size_t arena_bytes = 0, arena_lower_bound = 0, packed_bytes = 0;
  std::string memory;  // the three in words
};

// `file` must be one that the runtime has accepted: the model that `plan` was made from.
Inspection inspect(std::span<const std::byte> file, const Plan& plan);

}  // namespace qrun::tools
