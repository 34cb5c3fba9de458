// An order in which operators can run, whatever order a file has them in.

#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "converter/graph.h"

namespace qrun::converter {

// Of operators that read and write the tensors of these numbers (kAbsent where an operand is missing), each written
// once at most. Files mostly are in order; where one is not, the first operator that can run runs first. Refuses a
// cycle, naming an operator of it by `name`.
std::vector<std::size_t> execution_order(const std::vector<std::vector<TensorId>>& inputs,
                                         const std::vector<std::vector<TensorId>>& outputs, std::size_t tensors,
                                         const std::function<std::string(std::size_t)>& name);

}  // namespace qrun::converter
