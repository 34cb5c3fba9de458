// Data movement as strided copies. One that would copy a tensor onto an equal one makes the two share a value instead.

#include <algorithm>
#include <optional>
#include <utility>

#include "runtime/plan/images.h"
#include "runtime/plan/operators.h"

namespace qrun::runtime {
namespace {

// The image rows of a copy whose source and destination have the same rows, of different lengths.
std::optional<RowWindow> image_rows(const Lowering& lowering, Shape from, Shape to, std::int32_t units) {
  if (from.size() < 3 || from[0] != to[0] || from[1] != to[1]) return std::nullopt;
  const std::int32_t rows = from[0] * lowering.batch() * from[1];
  if (units % rows != 0) return std::nullopt;
  const std::int32_t unit = lowering.element_bytes(lowering.output());
  return row_by_row(lowering, from, {elements(from, 2, from.size()) * unit, elements(to, 2, to.size()) * unit},
                    units / rows);
}

// Of one sample. stride[0] is the source's, stride[1] the destination's, all in bytes.
struct StridedCopy {
  std::vector<Dimension> dimensions;
  std::int64_t source_offset = 0;
  std::int64_t destination_offset = 0;
};

// The copy of one sample, and the same of all: a constant serves them all.
DraftStep copy_step(Lowering& lowering, const StridedCopy& copy, std::uint32_t input, ValueId destination) {
  const std::int32_t unit = lowering.element_bytes(lowering.output());
  const auto bytes = [&](std::int32_t tensor) {
    return static_cast<std::int32_t>(elements(lowering.shape(tensor)) * unit);
  };
  Dimension samples = {lowering.batch(), {0, bytes(lowering.output())}};
  ValueId source = lowering.read_constant(lowering.input(input));
  if (source == kNoValue) {
    source = lowering.read(lowering.input(input));
    samples.stride[0] = bytes(lowering.input(input));
  }
  std::vector<Dimension> dimensions = copy.dimensions;
  dimensions.insert(dimensions.begin(), samples);
  dimensions = merge_into_rows(dimensions);
  kernels::CopyParams params{};
  params.dims = static_cast<std::int32_t>(dimensions.size());
  params.element_bytes = unit;
  for (std::size_t d = 0; d < dimensions.size(); ++d) {
    params.extent[d] = dimensions[d].extent;
    params.source_stride[d] = dimensions[d].stride[0];
    params.destination_stride[d] = dimensions[d].stride[1];
  }
  params.source_offset = static_cast<std::int32_t>(copy.source_offset);
  params.destination_offset = static_cast<std::int32_t>(copy.destination_offset);
  DraftStep step = lowering.step(&kernels::Row::copy, "copy");
  step.params = params;
  step.units = row_count(dimensions);
  step.input[0] = source;
  step.output = destination;
  return step;
}

// Whether the copy moves its source's first bytes, in order, to a destination that they fill.
bool is_whole(const Lowering& lowering, const StridedCopy& copy) {
  const std::int32_t unit = lowering.element_bytes(lowering.output());
  const std::vector<Dimension> merged = merge_dimensions(copy.dimensions);
  return copy.source_offset == 0 && copy.destination_offset == 0 && merged.size() == 1 &&
         merged[0].stride[0] == merged[0].stride[1] && (merged[0].extent == 1 || merged[0].stride[0] == unit) &&
         elements(lowering.shape(lowering.input(0))) == merged[0].extent;
}

// Of the first input and the output, in bytes.
struct Strides {
  std::vector<std::int32_t> from, to;
};

Strides strides_of(const Lowering& lowering) {
  const std::int32_t unit = lowering.element_bytes(lowering.output());
  return {row_major_strides(lowering.shape(lowering.input(0)), unit),
          row_major_strides(lowering.shape(lowering.output()), unit)};
}

// The copy that is a whole operator: from its first input to its output.
void lower_copy(Lowering& lowering, const StridedCopy& copy) {
  if (is_whole(lowering, copy)) return lowering.alias(lowering.output(), lowering.input(0));
  lowering.emit(copy_step(lowering, copy, 0, lowering.write(lowering.output())));
}

}  // namespace

void lower(Lowering& lowering, const qfb::Reshape&) { lowering.alias(lowering.output(), lowering.input(0)); }

void lower(Lowering& lowering, const qfb::Transpose& op) {
  const Shape y = lowering.shape(lowering.output());
  const auto [from, to] = strides_of(lowering);
  StridedCopy copy;
  for (std::size_t d = 0; d < y.size(); ++d) {
    const std::int32_t axis = op.permutation()->Get(static_cast<flatbuffers::uoffset_t>(d));
    copy.dimensions.push_back({y[d], {from[static_cast<std::size_t>(axis)], to[d]}});
  }
  lower_copy(lowering, copy);
}

void lower(Lowering& lowering, const qfb::Slice& op) {
  const Shape y = lowering.shape(lowering.output());
  const auto [from, to] = strides_of(lowering);
  StridedCopy copy;
  for (std::size_t d = 0; d < y.size(); ++d) {
    const auto axis = static_cast<flatbuffers::uoffset_t>(d);
    copy.source_offset += std::int64_t{op.begin()->Get(axis)} * from[d];
    // A single element's step leads nowhere and may be too long for a stride.
    const std::int32_t step = y[d] == 1 ? 1 : op.step()->Get(axis);
    copy.dimensions.push_back({y[d], {from[d] * step, to[d]}});
  }
  lower_copy(lowering, copy);
}

void lower(Lowering& lowering, const qfb::Tile& op) {
  const Shape x = lowering.shape(lowering.input(0));
  const auto [from, to] = strides_of(lowering);
  StridedCopy copy;
  for (std::size_t d = 0; d < x.size(); ++d) {
    const std::int32_t repeats = op.repeats()->Get(static_cast<flatbuffers::uoffset_t>(d));
    copy.dimensions.push_back({repeats, {0, repeats == 1 ? 0 : to[d] * x[d]}});
    copy.dimensions.push_back({x[d], {from[d], to[d]}});
  }
  lower_copy(lowering, copy);
}

void lower(Lowering& lowering, const qfb::Concatenation& op) {
  const std::int32_t unit = lowering.element_bytes(lowering.output());
  const std::vector<std::int32_t> to = row_major_strides(lowering.shape(lowering.output()), unit);
  const auto axis = static_cast<std::size_t>(op.axis());
  if (lowering.input_count() == 1) return lowering.alias(lowering.output(), lowering.input(0));
  const ValueId destination = lowering.write(lowering.output());
  StridedCopy copy;
  for (std::uint32_t i = 0; i < lowering.input_count(); ++i) {
    const Shape x = lowering.shape(lowering.input(i));
    const std::vector<std::int32_t> from = row_major_strides(x, unit);
    copy.dimensions.clear();
    for (std::size_t d = 0; d < x.size(); ++d) copy.dimensions.push_back({x[d], {from[d], to[d]}});
    DraftStep step = copy_step(lowering, copy, i, destination);
    if (axis >= 2) step.rows = image_rows(lowering, x, lowering.shape(lowering.output()), step.units);
    lowering.emit(std::move(step));
    copy.destination_offset += std::int64_t{x[axis]} * to[axis];
  }
}

void lower(Lowering& lowering, const qfb::Pad& op) {
  const Shape x = lowering.shape(lowering.input(0));
  const Shape y = lowering.shape(lowering.output());
  if (std::equal(x.begin(), x.end(), y.begin(), y.end())) {
    return lowering.alias(lowering.output(), lowering.input(0));
  }
  const auto [from, to] = strides_of(lowering);
  StridedCopy copy;
  for (std::size_t d = 0; d < x.size(); ++d) {
    copy.destination_offset += std::int64_t{op.before()->Get(static_cast<flatbuffers::uoffset_t>(d))} * to[d];
    copy.dimensions.push_back({x[d], {from[d], to[d]}});
  }
  DraftStep fill = lowering.step(&kernels::Row::fill, "fill");
  fill.params = kernels::FillParams{static_cast<std::uint8_t>(op.value() + lowering.stored_zero(lowering.output()))};
  fill.units = static_cast<std::int32_t>(elements(y) * lowering.batch());
  fill.grain = kCacheLine;
  fill.output = lowering.write(lowering.output());
  const ValueId destination = fill.output;
  lowering.emit(std::move(fill));
  lowering.emit(copy_step(lowering, copy, 0, destination));
}

void lower(Lowering& lowering, const qfb::Gather& op) {
  const Shape x = lowering.shape(lowering.input(0));
  const auto axis = static_cast<std::size_t>(op.axis());
  const auto* indices = op.indices();
  kernels::GatherParams params{};
  params.outer = static_cast<std::int32_t>(elements(x, 0, axis) * lowering.batch());
  params.extent = x[axis];
  params.count = static_cast<std::int32_t>(indices->size());
  params.inner_bytes =
      static_cast<std::int32_t>(elements(x, axis + 1, x.size())) * lowering.element_bytes(lowering.output());
  DraftStep step = lowering.step(&kernels::Row::gather, "gather");
  step.params = params;
  step.units = params.outer * params.count;
  step.input[0] = lowering.read(lowering.input(0));
  step.output = lowering.write(lowering.output());
  step.constant = lowering.add_constant(indices->size() * sizeof(std::int32_t), [indices](std::uint8_t* table) {
    std::copy(indices->begin(), indices->end(), reinterpret_cast<std::int32_t*>(table));
  });
  lowering.emit(std::move(step));
}

}  // namespace qrun::runtime
