// Elements of row-major tensors in the order of another tensor's elements.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "converter/graph.h"

namespace qrun::converter {

// Element (i0, i1, ...) of the result is element offset + sum i_d * stride_d of the source.
struct Walk {
  std::vector<std::int64_t> extents, strides;
  std::int64_t offset = 0;
};

std::vector<std::int64_t> strides_of(const Shape& shape);

// Calls `visit` with the number of each element of the walk, in order.
template <class Visit>
void each(const Walk& walk, Visit visit) {
  std::vector<std::int64_t> index(walk.extents.size(), 0);
  std::int64_t count = 1, at = walk.offset;
  for (const std::int64_t extent : walk.extents) count *= extent;
  for (std::int64_t i = 0; i < count; ++i) {
    visit(at);
    for (std::size_t d = index.size(); d-- > 0;) {
      at += walk.strides[d];
      if (++index[d] < walk.extents[d]) break;
      at -= walk.strides[d] * walk.extents[d];
      index[d] = 0;
    }
  }
}

// Through x in the order of y's elements, where y is what these do to x.
Walk transposed_walk(const Transpose& transpose, const Shape& x, const Shape& y);
Walk sliced_walk(const Slice& slice, const Shape& x, const Shape& y);
Walk tiled_walk(const Tile& tile, const Shape& x);

// Through the padded y in the order of x's elements.
Walk padded_walk(const Pad& pad, const Shape& x, const Shape& y);

// Through an operand in the order of the result's elements, by numpy's rules; nothing where it does not broadcast.
std::optional<Walk> broadcast_walk(const Shape& operand, const Shape& result);

}  // namespace qrun::converter
