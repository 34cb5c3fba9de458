// Dimensions of a strided walk over two arrays, and the merging that makes its innermost loop long.

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/tensor.h"

namespace qrun::runtime {

std::int64_t elements(Shape shape);

// Extents `begin` to `end` - 1 multiplied.
std::int64_t elements(Shape shape, std::size_t begin, std::size_t end);

// Row-major strides in bytes or elements: `unit` for the last dimension.
std::vector<std::int32_t> row_major_strides(Shape shape, std::int32_t unit);

struct Dimension {
  std::int32_t extent;
  std::int32_t stride[2];  // of either array
};

// Drops extents of 1 and joins neighbours that one dimension expresses. At least one dimension remains.
std::vector<Dimension> merge_dimensions(std::span<const Dimension> dimensions);

// The same, but the last dimension stops growing once it is a long row: kernels are called per row, and rows are what
// threads share.
std::vector<Dimension> merge_into_rows(std::span<const Dimension> dimensions);

// Units of a kernel that works row by row: the product of all extents but the last.
std::int32_t row_count(std::span<const Dimension> dimensions);

}  // namespace qrun::runtime
