// The greatest elements of an output, and the names of its classes.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "qrun/qrun.hpp"

namespace qrun::tools {

// How an output's top elements are shown. Labels are empty, or one per class: the last dimension counts them.
struct Ranking {
  std::size_t count = 0;
  std::vector<std::string> labels;
};

// What is asked of the first output: `top_k` elements, or 5 where it is 0 and labels are known. Labels are those of the
// file, or, where `labels_path` is empty, the model's. Throws Failure where the file's do not fit the output.
Ranking first_output_ranking(const Model& model, std::size_t top_k, const std::string& labels_path);

struct Ranked {
  std::size_t index;
  std::int64_t q;
};

// The `count` greatest elements, greatest first; equal ones in the order of their indices.
std::vector<Ranked> top_elements(std::span<const std::int64_t> elements, std::size_t count);

}  // namespace qrun::tools
