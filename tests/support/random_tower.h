// Random networks on images, one operator above the other: what runs in bands of rows.

#pragma once

#include <random>

#include "tests/support/model_builder.h"

namespace qrun::test {

// One to three images; convolutions, depthwise ones, pools, additions of earlier tensors, functions of one byte. Now
// and then a tensor has two readers or is a graph output.
ModelBuilder random_tower(std::mt19937& random, int operators);

}  // namespace qrun::test
