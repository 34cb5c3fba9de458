// Slice and Split.

#include <algorithm>
#include <limits>

#include "converter/onnx/operators.h"

namespace qrun::converter::onnx_operators {
namespace {

// The part of one axis that a slice takes.
struct AxisSlice {
  std::int64_t begin, step, count;
};

void emit_slice(NodeReader& reader, const Value& x, const std::vector<AxisSlice>& axes, std::size_t output) {
  Slice slice;
  Shape shape;
  for (const AxisSlice& axis : axes) {
    if (axis.count < 1) throw Refusal("it takes no elements; empty tensors are not supported");
    shape.push_back(static_cast<std::int32_t>(axis.count));
  }
  for (const std::size_t axis : x.order) {
    slice.begin.push_back(static_cast<std::int32_t>(axes[axis].begin));
    // A step beyond the axis is never taken.
    slice.step.push_back(axes[axis].count == 1 ? 1 : static_cast<std::int32_t>(axes[axis].step));
  }
  const Value y = reader.result(x.type, shape, x.order, output);
  reader.emit_movement(std::move(slice), {x}, y);
  reader.define(y, output);
}

std::vector<AxisSlice> whole(const Shape& shape) {
  std::vector<AxisSlice> axes;
  for (const std::int32_t extent : shape) axes.push_back({0, 1, extent});
  return axes;
}

AxisSlice slice_of(std::int64_t start, std::int64_t end, std::int64_t step, std::int64_t extent) {
  if (step == 0 || step == std::numeric_limits<std::int64_t>::min()) refuse("its step is {}", step);
  const auto from_end = [&](std::int64_t index) { return index < 0 ? index + extent : index; };
  if (step > 0) {
    const std::int64_t begin = std::clamp<std::int64_t>(from_end(start), 0, extent);
    const std::int64_t stop = std::clamp<std::int64_t>(from_end(end), 0, extent);
    return {begin, step, stop <= begin ? 0 : (stop - begin - 1) / step + 1};
  }
  const std::int64_t begin = std::clamp<std::int64_t>(from_end(start), -1, extent - 1);
  const std::int64_t stop = std::clamp<std::int64_t>(from_end(end), -1, extent - 1);
  return {begin, step, begin <= stop ? 0 : (begin - stop - 1) / -step + 1};
}

// The sizes of the parts: given, or equal but for the last.
std::vector<std::int64_t> part_sizes(NodeReader& reader, std::int64_t extent) {
  if (const auto sizes = reader.parameter("split", 1)) return *sizes;
  const auto parts = static_cast<std::int64_t>(reader.output_count());
  if (parts == 0) throw Refusal("it has no outputs");
  const std::int64_t size = (extent + parts - 1) / parts;
  if (size * (parts - 1) >= extent) refuse("an axis of {} does not split into {} parts", extent, parts);
  std::vector<std::int64_t> sizes(reader.output_count(), size);
  sizes.back() = extent - size * (parts - 1);
  return sizes;
}

}  // namespace

void slice(NodeReader& reader) {
  const Value& x = reader.input();
  const auto starts = reader.parameter("starts", 1), ends = reader.parameter("ends", 2);
  const auto named = reader.parameter("axes", 3), steps = reader.parameter("steps", 4);
  if (!starts || !ends) throw Refusal("its starts or ends are missing from the file");
  const std::size_t count = starts->size();
  if (ends->size() != count || (named && named->size() != count) || (steps && steps->size() != count) ||
      count > x.rank()) {
    refuse("its starts, ends, axes and steps must be of one length, of at most {}", x.rank());
  }
  std::vector<AxisSlice> axes = whole(x.shape);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t axis = NodeReader::axis(named ? (*named)[i] : static_cast<std::int64_t>(i), x.rank());
    axes[axis] = slice_of((*starts)[i], (*ends)[i], steps ? (*steps)[i] : 1, x.shape[axis]);
  }
  emit_slice(reader, x, axes, 0);
}

void split(NodeReader& reader) {
  const Value x = reader.input();
  const std::size_t axis = NodeReader::axis(reader.integer("axis", 0), x.rank());
  const std::vector<std::int64_t> sizes = part_sizes(reader, x.shape[axis]);
  if (sizes.size() != reader.output_count()) {
    refuse("it has {} outputs for {} parts", reader.output_count(), sizes.size());
  }
  std::vector<AxisSlice> axes = whole(x.shape);
  std::int64_t begin = 0;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] < 0 || sizes[i] > x.shape[axis] - begin) refuse("its parts exceed the axis of {}", x.shape[axis]);
    axes[axis] = {begin, 1, sizes[i]};
    if (reader.has_output(i)) emit_slice(reader, x, axes, i);
    begin += sizes[i];
  }
  if (begin != x.shape[axis]) refuse("its parts take {} of an axis of {}", begin, x.shape[axis]);
}

}  // namespace qrun::converter::onnx_operators
