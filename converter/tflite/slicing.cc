// SLICE, STRIDED_SLICE, SPLIT, SPLIT_V, UNPACK: all become slices, reshaped where axes come or go.

#include <algorithm>
#include <limits>
#include <optional>

#include "converter/tflite/operators.h"

namespace qrun::converter {
namespace {

// The part of one axis that a slice takes.
struct AxisSlice {
  std::int64_t begin, step, count;
};

// Emits the slice. The output's shape is the counts', or `reshaped`, where axes come or go.
void emit_slice(OperatorReader& reader, TensorId input, const std::vector<AxisSlice>& axes, TensorId output,
                const std::optional<Shape>& reshaped = std::nullopt) {
  Slice slice;
  Shape shape;
  for (const AxisSlice& axis : axes) {
    if (axis.count < 1) throw Refusal("it takes no elements; empty tensors are not supported");
    slice.begin.push_back(static_cast<std::int32_t>(axis.begin));
    // A step beyond the axis is never taken.
    slice.step.push_back(axis.count == 1 ? 1 : static_cast<std::int32_t>(axis.step));
    shape.push_back(static_cast<std::int32_t>(axis.count));
  }
  if (!reshaped || *reshaped == shape) return reader.emit_movement(std::move(slice), {input}, output, shape);
  const TensorId part = reader.temporary(input, shape);
  reader.emit_movement(std::move(slice), {input}, part, shape);
  reader.emit_movement(Reshape{}, {part}, output, *reshaped);
}

std::vector<AxisSlice> whole(const Tensor& tensor) {
  std::vector<AxisSlice> axes;
  for (const std::int32_t extent : tensor.shape) axes.push_back({0, 1, extent});
  return axes;
}

// Consecutive parts of an axis, one per output; each without the axis where `drops_axis`.
void emit_parts(OperatorReader& reader, TensorId input, std::size_t axis, const std::vector<std::int64_t>& sizes,
                bool drops_axis = false) {
  const Tensor& x = reader.tensor(input);
  if (sizes.size() != reader.output_count()) {
    refuse("it has {} outputs for {} parts", reader.output_count(), sizes.size());
  }
  std::optional<Shape> reshaped;
  if (drops_axis) {
    reshaped = x.shape;
    reshaped->erase(reshaped->begin() + static_cast<std::ptrdiff_t>(axis));
  }
  std::vector<AxisSlice> axes = whole(x);
  std::int64_t begin = 0;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] < 0 || sizes[i] > x.shape[axis] - begin) refuse("its parts exceed the axis of {}", x.shape[axis]);
    axes[axis] = {begin, 1, sizes[i]};
    emit_slice(reader, input, axes, reader.output(i), reshaped);
    begin += sizes[i];
  }
}

// One entry of STRIDED_SLICE's begin, end and strides, and of its masks.
struct StridedEntry {
  std::int64_t begin, end, step;
  bool from_start, to_end, shrink;
  bool offset;  // end counts from begin
};

AxisSlice strided_axis(const StridedEntry& entry, std::int64_t extent) {
  const std::int64_t step = entry.step;
  if (step == 0 || step == std::numeric_limits<std::int64_t>::min()) refuse("its stride is {}", step);
  const std::int64_t first = step > 0 ? 0 : -1;  // positions are clamped to [first, first + extent]
  const auto clamped = [&](std::int64_t position) { return std::clamp(position, first, first + extent); };
  const auto from_end = [&](std::int64_t index) { return index < 0 ? index + extent : index; };
  const std::int64_t begin = entry.from_start ? (step > 0 ? 0 : extent - 1) : from_end(entry.begin);
  if (entry.shrink) {
    if (begin < 0 || begin >= extent) refuse("its index {} is outside the axis of {}", entry.begin, extent);
    return {begin, 1, 1};
  }
  const std::int64_t start = clamped(begin);
  const std::int64_t length = std::clamp(entry.end, -extent, extent);
  std::int64_t stop = clamped(entry.offset ? start + length : from_end(entry.end));
  if (entry.to_end) stop = step > 0 ? extent : -1;
  const std::int64_t distance = step > 0 ? stop - start : start - stop;
  return {start, step, distance <= 0 ? 0 : (distance - 1) / std::abs(step) + 1};
}

bool bit(std::int32_t mask, std::size_t index) { return index < 32 && (static_cast<std::uint32_t>(mask) >> index & 1); }

// The axes of the input that have an entry of their own.
std::size_t named_axes(const tflite::StridedSliceOptions& options, std::size_t entries) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < entries; ++i) {
    count += bit(options.ellipsis_mask(), i) || bit(options.new_axis_mask(), i) ? 0 : 1;
  }
  return count;
}

}  // namespace

void read_slice(OperatorReader& reader) {
  const Tensor& x = reader.input_tensor(0);
  const std::vector<std::int64_t> begin = reader.constant(1), size = reader.constant(2);
  if (begin.size() != x.rank() || size.size() != x.rank()) refuse("its begin and size do not have rank {}", x.rank());
  std::vector<AxisSlice> axes = whole(x);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::int64_t extent = x.shape[i];
    if (begin[i] < 0 || begin[i] > extent || size[i] < -1 || size[i] > extent - begin[i]) {
      refuse("its {} elements from {} lie outside the axis of {}", size[i], begin[i], extent);
    }
    axes[i] = {begin[i], 1, size[i] == -1 ? extent - begin[i] : size[i]};
  }
  emit_slice(reader, reader.input(0), axes, reader.output());
}

void read_strided_slice(OperatorReader& reader) {
  const auto& options = reader.options<tflite::StridedSliceOptions>();
  const Tensor& x = reader.input_tensor(0);
  const std::vector<std::int64_t> begin = reader.constant(1), end = reader.constant(2), step = reader.constant(3);
  const std::size_t entries = begin.size();
  if (end.size() != entries || step.size() != entries || entries > 32) {
    throw Refusal("its begin, end and strides must have one length, of at most 32");
  }
  const std::size_t named = named_axes(options, entries);
  if (named > x.rank()) refuse("it slices {} axes of rank {}", named, x.rank());

  std::vector<AxisSlice> axes = whole(x);
  Shape kept;  // the output's, with new axes and without those that shrink
  std::size_t axis = 0;
  const auto keep_whole = [&](std::size_t count) {
    for (; count > 0; --count) kept.push_back(x.shape[axis++]);
  };
  bool seen_ellipsis = false;
  for (std::size_t i = 0; i < entries; ++i) {
    if (bit(options.ellipsis_mask(), i)) {
      if (seen_ellipsis) throw Refusal("it has more than one ellipsis");
      seen_ellipsis = true;
      keep_whole(x.rank() - named);
    } else if (bit(options.new_axis_mask(), i)) {
      kept.push_back(1);
    } else {
      const bool shrink = bit(options.shrink_axis_mask(), i);
      axes[axis] = strided_axis({begin[i], end[i], step[i], bit(options.begin_mask(), i), bit(options.end_mask(), i),
                                 shrink, options.offset()},
                                x.shape[axis]);
      if (!shrink) kept.push_back(static_cast<std::int32_t>(axes[axis].count));
      ++axis;
    }
  }
  keep_whole(x.rank() - axis);
  emit_slice(reader, reader.input(0), axes, reader.output(), kept);
}

void read_split(OperatorReader& reader) {
  const TensorId input = reader.input(1);
  const Tensor& x = reader.tensor(input);
  const std::size_t axis = reader.axis(reader.constant_scalar(0), x.rank());
  const auto parts = static_cast<std::int64_t>(reader.output_count());
  if (parts == 0 || x.shape[axis] % parts != 0) refuse("{} parts do not divide the axis of {}", parts, x.shape[axis]);
  emit_parts(reader, input, axis, std::vector<std::int64_t>(reader.output_count(), x.shape[axis] / parts));
}

void read_split_v(OperatorReader& reader) {
  const Tensor& x = reader.input_tensor(0);
  std::vector<std::int64_t> sizes = reader.constant(1);
  const std::size_t axis = reader.axis(reader.constant_scalar(2), x.rank());
  // One size may be -1: what the others leave.
  if (const auto rest = std::find(sizes.begin(), sizes.end(), -1); rest != sizes.end()) {
    *rest = x.shape[axis];
    for (auto size = sizes.begin(); size != sizes.end(); ++size) {
      if (size != rest && (*size < 0 || *size > x.shape[axis])) refuse("its part of {} is not in the axis", *size);
      if (size != rest) *rest -= *size;
    }
  }
  emit_parts(reader, reader.input(0), axis, sizes);
}

void read_unpack(OperatorReader& reader) {
  const Tensor& x = reader.input_tensor(0);
  const std::size_t axis = reader.axis(reader.options<tflite::UnpackOptions>().axis(), x.rank());
  if (static_cast<std::size_t>(x.shape[axis]) != reader.output_count()) {
    refuse("it has {} outputs for an axis of {}", reader.output_count(), x.shape[axis]);
  }
  emit_parts(reader, reader.input(0), axis, std::vector<std::int64_t>(reader.output_count(), 1),
             /*drops_axis=*/true);
}

}  // namespace qrun::converter
