#include "converter/walk.h"

namespace qrun::converter {
namespace {

std::vector<std::int64_t> wide(const Shape& shape) { return {shape.begin(), shape.end()}; }

}  // namespace

std::vector<std::int64_t> strides_of(const Shape& shape) {
  std::vector<std::int64_t> strides(shape.size(), 1);
  for (std::size_t i = shape.size(); i-- > 1;) strides[i - 1] = strides[i] * shape[i];
  return strides;
}

Walk transposed_walk(const Transpose& transpose, const Shape& x, const Shape& y) {
  Walk walk{wide(y), {}, 0};
  const auto strides = strides_of(x);
  for (const std::int32_t axis : transpose.permutation) {
    walk.strides.push_back(strides[static_cast<std::size_t>(axis)]);
  }
  return walk;
}

Walk sliced_walk(const Slice& slice, const Shape& x, const Shape& y) {
  Walk walk{wide(y), strides_of(x), 0};
  for (std::size_t i = 0; i < walk.strides.size(); ++i) {
    walk.offset += walk.strides[i] * slice.begin[i];
    walk.strides[i] *= slice.step[i];
  }
  return walk;
}

Walk tiled_walk(const Tile& tile, const Shape& x) {
  Walk walk;
  const auto strides = strides_of(x);
  for (std::size_t i = 0; i < strides.size(); ++i) {
    walk.extents.insert(walk.extents.end(), {tile.repeats[i], x[i]});
    walk.strides.insert(walk.strides.end(), {0, strides[i]});
  }
  return walk;
}

Walk padded_walk(const Pad& pad, const Shape& x, const Shape& y) {
  Walk walk{wide(x), strides_of(y), 0};
  for (std::size_t i = 0; i < walk.strides.size(); ++i) walk.offset += walk.strides[i] * pad.before[i];
  return walk;
}

std::optional<Walk> broadcast_walk(const Shape& operand, const Shape& result) {
  if (operand.size() > result.size()) return std::nullopt;
  Walk walk{wide(result), std::vector<std::int64_t>(result.size(), 0), 0};
  const auto strides = strides_of(operand);
  const std::size_t missing = result.size() - operand.size();
  for (std::size_t i = 0; i < operand.size(); ++i) {
    if (operand[i] != 1 && operand[i] != result[missing + i]) return std::nullopt;
    if (operand[i] != 1) walk.strides[missing + i] = strides[i];
  }
  return walk;
}

}  // namespace qrun::converter
