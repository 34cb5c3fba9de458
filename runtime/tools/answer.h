// What one run put into one output, described for people and for programs.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "qrun/qrun.hpp"
#include "runtime/tools/common/tensor.h"

namespace qrun::tools {

struct Ranked {
  std::size_t index;
  std::int64_t q;
};

// The `count` greatest elements, greatest first; equal ones in the order of their indices.
std::vector<Ranked> top_elements(std::span<const std::int64_t> elements, std::size_t count);

// How an output's top elements are shown. Labels are empty, or one per element.
struct Ranking {
  std::size_t count = 0;
  std::vector<std::string> labels;
};

// The answer of one sample as a block of lines, each ended by a newline.
std::string describe(const TensorInfo& info, std::span<const std::byte> bytes, const Ranking& ranking);

// The same as one line, for runs of many samples.
std::string describe_briefly(const TensorInfo& info, std::span<const std::byte> bytes, const Ranking& ranking);

// name, min, max, arg_max, top (index, q, score, label), values: all elements in row-major order.
Json to_json(const TensorInfo& info, std::span<const std::byte> bytes, const Ranking& ranking);

}  // namespace qrun::tools
