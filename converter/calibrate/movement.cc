// Operators that move elements. The readers have checked that shapes follow from parameters, so that constants fold;
// here only what later rewrites could break is looked at again.

#include <algorithm>

#include "converter/calibrate/operators.h"
#include "converter/refusal.h"
#include "converter/walk.h"

namespace qrun::converter::calibrate {
namespace {

void check_rank(std::size_t entries, const Tensor& tensor) {
  if (entries != tensor.rank()) refuse("it has parameters for {} axes; the rank is {}", entries, tensor.rank());
}

std::size_t checked_axis(std::int32_t axis, const Tensor& x) {
  if (axis >= 0 && static_cast<std::size_t>(axis) < x.rank()) return static_cast<std::size_t>(axis);
  refuse("its axis {} does not exist; the rank is {}", axis, x.rank());
}

// y is what the walk meets in x.
Kernel walk_through(Walk walk, const Operands& operands) {
  std::size_t count = 1;
  std::int64_t least = walk.offset, most = walk.offset;
  for (std::size_t i = 0; i < walk.extents.size(); ++i) {
    count *= static_cast<std::size_t>(walk.extents[i]);
    const std::int64_t reach = (walk.extents[i] - 1) * walk.strides[i];
    (reach < 0 ? least : most) += reach;
  }
  operands.check_output_elements(count);
  if (least < 0 || most >= operands.x().elements()) throw Refusal("it reads outside of its input");
  const auto compute = [walk = std::move(walk)](std::span<const Reals> inputs, std::span<float> y) {
    float* next = y.data();
    each(walk, [&](std::int64_t at) { *next++ = inputs[0][static_cast<std::size_t>(at)]; });
  };
  return {compute, 1};
}

// How many elements there are from an axis on.
std::size_t block(const Tensor& tensor, std::size_t axis) {
  std::size_t result = 1;
  for (std::size_t i = axis; i < tensor.rank(); ++i) result *= extent(tensor, i);
  return result;
}

}  // namespace

Kernel prepare(const Transpose& params, const Operands& operands) {
  check_rank(params.permutation.size(), operands.x());
  check_rank(params.permutation.size(), operands.y());
  for (const std::int32_t axis : params.permutation) checked_axis(axis, operands.x());
  return walk_through(transposed_walk(params, operands.x().shape, operands.y().shape), operands);
}

Kernel prepare(const Slice& params, const Operands& operands) {
  check_rank(params.begin.size(), operands.x());
  check_rank(params.step.size(), operands.y());
  return walk_through(sliced_walk(params, operands.x().shape, operands.y().shape), operands);
}

Kernel prepare(const Tile& params, const Operands& operands) {
  check_rank(params.repeats.size(), operands.x());
  return walk_through(tiled_walk(params, operands.x().shape), operands);
}

Kernel prepare(const Concatenation& params, const Operands& operands) {
  const std::size_t axis = checked_axis(params.axis, operands.x());
  const std::size_t outer = elements(operands.x()) / block(operands.x(), axis);
  std::vector<std::size_t> blocks;
  std::size_t total = 0;
  for (std::size_t i = 0; i < operands.count(); ++i) {
    checked_axis(params.axis, operands.input(i));
    blocks.push_back(block(operands.input(i), axis));
    total += blocks.back();
    if (elements(operands.input(i)) != outer * blocks.back()) {
      refuse("its inputs have shapes {} and {}; they may differ along axis {} only", shape_text(operands.x().shape),
             shape_text(operands.input(i).shape), axis);
    }
  }
  operands.check_output_elements(outer * total);
  const auto compute = [=](std::span<const Reals> inputs, std::span<float> y) {
    float* next = y.data();
    for (std::size_t n = 0; n < outer; ++n) {
      for (std::size_t i = 0; i < blocks.size(); ++i) {
        next = std::copy_n(inputs[i].data() + n * blocks[i], blocks[i], next);
      }
    }
  };
  return {compute};
}

// A raw fill stands for a number of the output's grid; without one it is zero there, and `real` elsewhere.
Kernel prepare(const Pad& params, const Operands& operands) {
  const Tensor &x = operands.x(), &y = operands.y();
  check_rank(params.before.size(), x);
  check_rank(params.after.size(), y);
  Shape padded = x.shape;
  for (std::size_t i = 0; i < x.rank(); ++i) {
    if (std::min(params.before[i], params.after[i]) < 0) throw Refusal("a padding of it is negative");
    padded[i] += params.before[i] + params.after[i];
  }
  operands.check_output(padded);
  const auto& [scales, zero_points, dimension] = y.quantization;
  float fill = y.dtype == DType::kFloat32 ? params.real : 0.0F;
  if (y.dtype != DType::kFloat32 && params.value) {
    const auto zero_point = static_cast<float>(zero_points.empty() ? 0 : zero_points[0]);
    fill = (scales.empty() ? 1.0F : scales[0]) * (static_cast<float>(*params.value) - zero_point);
  }
  const auto compute = [fill, walk = padded_walk(params, x.shape, y.shape)](std::span<const Reals> inputs,
                                                                            std::span<float> out) {
    std::ranges::fill(out, fill);
    const float* next = inputs[0].data();
    each(walk, [&](std::int64_t at) { out[static_cast<std::size_t>(at)] = *next++; });
  };
  return {compute, 1};
}

Kernel prepare(const Gather& params, const Operands& operands) {
  const Tensor& x = operands.x();
  const std::size_t axis = checked_axis(params.axis, x);
  const std::size_t from = block(x, axis), entry = block(x, axis + 1), outer = elements(x) / from;
  for (const std::int32_t index : params.indices) {
    if (index < 0 || index >= x.shape[axis]) refuse("its index {} is outside the axis of {}", index, x.shape[axis]);
  }
  operands.check_output_elements(outer * params.indices.size() * entry);
  const auto compute = [=, indices = params.indices](std::span<const Reals> inputs, std::span<float> y) {
    float* next = y.data();
    for (std::size_t n = 0; n < outer; ++n) {
      for (const std::int32_t index : indices) {
        next = std::copy_n(inputs[0].data() + n * from + static_cast<std::size_t>(index) * entry, entry, next);
      }
    }
  };
  return {compute, 1};
}

}  // namespace qrun::converter::calibrate
