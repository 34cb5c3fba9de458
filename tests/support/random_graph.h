// Random valid graphs of operators that take a tensor of any shape: int8 and uint8 mixed, constants among the operands,
// outputs anywhere.

#pragma once

#include <random>

#include "tests/support/model_builder.h"

namespace qrun::test {

// 8-bit inputs of up to `most_elements` elements, `operators` operators.
ModelBuilder random_graph(std::mt19937& random, int operators, std::int32_t most_elements);

}  // namespace qrun::test
