#include "runtime/plan/strides.h"

#include <algorithm>
#include <limits>

namespace qrun::runtime {
namespace {

// Elements after which a row's fixed cost no longer shows.
constexpr std::int32_t kLongRow = 4096;

bool joins(const Dimension& outer, const Dimension& inner) {
  return std::equal(std::begin(outer.stride), std::end(outer.stride), std::begin(inner.stride),
                    [&](std::int64_t a, std::int64_t b) { return a == b * inner.extent; });
}

std::vector<Dimension> merge(std::span<const Dimension> dimensions, std::int32_t long_row) {
  std::vector<Dimension> merged;  // innermost first
  for (auto outer = dimensions.rbegin(); outer != dimensions.rend(); ++outer) {
    if (outer->extent == 1) continue;
    const bool row_is_long = merged.size() == 1 && merged[0].extent >= long_row;
    if (!merged.empty() && !row_is_long && joins(*outer, merged.back())) {
      merged.back().extent *= outer->extent;
    } else {
      merged.push_back(*outer);
    }
  }
  if (merged.empty()) merged.push_back({1, {1, 1}});
  std::reverse(merged.begin(), merged.end());
  return merged;
}

}  // namespace

std::int64_t elements(Shape shape, std::size_t begin, std::size_t end) {
  std::int64_t product = 1;
  for (std::size_t d = begin; d < end; ++d) product *= shape[d];
  return product;
}

std::int64_t elements(Shape shape) { return elements(shape, 0, shape.size()); }

std::vector<std::int32_t> row_major_strides(Shape shape, std::int32_t unit) {
  std::vector<std::int32_t> strides(shape.size());
  std::int64_t stride = unit;
  for (std::size_t d = shape.size(); d-- > 0; stride *= shape[d]) strides[d] = static_cast<std::int32_t>(stride);
  return strides;
}

std::vector<Dimension> merge_dimensions(std::span<const Dimension> dimensions) {
  return merge(dimensions, std::numeric_limits<std::int32_t>::max());
}

std::vector<Dimension> merge_into_rows(std::span<const Dimension> dimensions) { return merge(dimensions, kLongRow); }

std::int32_t row_count(std::span<const Dimension> dimensions) {
  std::int32_t rows = 1;
  for (const Dimension& dimension : dimensions.first(dimensions.size() - 1)) rows *= dimension.extent;
  return rows;
}

}  // namespace qrun::runtime
