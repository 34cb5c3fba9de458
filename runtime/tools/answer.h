// What one run put into one output, described for people and for programs.

#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "qrun/qrun.hpp"
#include "runtime/tools/common/tensor.h"
#include "runtime/tools/ranking.h"

namespace qrun::tools {

// The answer of one sample as a block of lines, each ended by a newline.
std::string describe(const TensorInfo& info, std::span<const std::byte> bytes, const Ranking& ranking);

// The same as one line without its end, for runs of many samples.
std::string describe_briefly(const TensorInfo& info, std::span<const std::byte> bytes, const Ranking& ranking);

// name, min, max, arg_max, top (index, q, score, label), values: all elements in row-major order.
Json to_json(const TensorInfo& info, std::span<const std::byte> bytes, const Ranking& ranking);

}  // namespace qrun::tools
