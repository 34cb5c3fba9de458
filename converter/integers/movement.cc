#include "converter/integers/movement.h"

#include <algorithm>

#include "converter/half_even.h"
#include "converter/refusal.h"

namespace qrun::converter::integral {
namespace {

std::int64_t product(const Shape& shape, std::size_t begin) {
  std::int64_t result = 1;
  for (std::size_t i = begin; i < shape.size(); ++i) result *= shape[i];
  return result;
}

// Elements keep their place in memory. With `inner` elements of x behind each index of its channel axis, an axis of y
// with `stride` elements behind each index follows the channels where it spans them whole.
Quantization reshaped(const Tensor& x, const Tensor& y) {
  const Quantization& source = x.quantization;
  constexpr std::int64_t kMostScales = 1 << 20;
  const auto channels = static_cast<std::int64_t>(source.scales.size());
  const std::int64_t inner = product(x.shape, source.dimension + 1);
  for (std::size_t axis = 0; axis < y.rank(); ++axis) {
    const std::int64_t stride = product(y.shape, axis + 1), extent = y.shape[axis];
    if (extent > kMostScales || inner % stride != 0 || (stride * extent) % (inner * channels) != 0) continue;
    Quantization result;
    result.dimension = axis;
    for (std::int64_t i = 0; i < extent; ++i) {
      const auto channel = static_cast<std::size_t>(i * stride / inner % channels);
      result.scales.push_back(source.scales[channel]);
      result.zero_points.push_back(source.zero_points[channel]);
    }
    return result;
  }
  refuse("the scales per channel of '{}' do not follow its reshape to {}", x.name, shape_text(y.shape));
}

}  // namespace

bool is_movement(const Parameters& parameters) {
  if (const auto* pool = std::get_if<Pool2D>(&parameters)) return pool->kind == PoolKind::kMax;
  return std::holds_alternative<Reshape>(parameters) || std::holds_alternative<Transpose>(parameters) ||
         std::holds_alternative<Slice>(parameters) || std::holds_alternative<Concatenation>(parameters) ||
         std::holds_alternative<Pad>(parameters) || std::holds_alternative<Tile>(parameters) ||
         std::holds_alternative<Gather>(parameters) || std::holds_alternative<ResizeNearest>(parameters);
}

Quantization moved_quantization(const Operator& op, const Tensor& x, const Tensor& y) {
  Quantization result = x.quantization;
  if (result.scales.size() <= 1) return result;
  const std::size_t dimension = result.dimension;
  if (const auto* transpose = std::get_if<Transpose>(&op.parameters)) {
    const auto& permutation = transpose->permutation;
    const auto place = std::ranges::find(permutation, static_cast<std::int32_t>(dimension));
    result.dimension = static_cast<std::size_t>(place - permutation.begin());
    return result;
  }
  if (std::holds_alternative<Reshape>(op.parameters)) return reshaped(x, y);
  const auto* slice = std::get_if<Slice>(&op.parameters);
  const bool reverses = slice != nullptr && slice->step[dimension] != 1;
  if (!reverses && x.rank() == y.rank() && x.shape[dimension] == y.shape[dimension] &&
      !std::holds_alternative<Gather>(op.parameters)) {
    return result;
  }
  refuse("the scales per channel of '{}' do not follow it through {}", x.name, op.kind);
}

std::optional<std::size_t> channel_repeats(const Operator& op, const Tensor& x, const Tensor& y) {
  if (x.rank() == 0 || y.rank() == 0) return std::nullopt;
  const std::int32_t from = x.shape.back(), to = y.shape.back();
  if (const auto* transpose = std::get_if<Transpose>(&op.parameters)) {
    return transpose->permutation.back() == static_cast<std::int32_t>(x.rank() - 1) ? std::optional<std::size_t>(1)
                                                                                    : std::nullopt;
  }
  if (const auto* slice = std::get_if<Slice>(&op.parameters)) {
    return from == to && slice->step.back() == 1 ? std::optional<std::size_t>(1) : std::nullopt;
  }
  if (!std::holds_alternative<Reshape>(op.parameters)) return std::nullopt;
  // The last axes of y must make up the last one of x.
  std::int64_t extent = 1;
  for (std::size_t i = y.rank(); i-- > 0 && extent < from;) extent *= y.shape[i];
  return extent == from ? std::optional(static_cast<std::size_t>(from / to)) : std::nullopt;
}

Parameters moved_parameters(const Parameters& parameters, const Quantization& quantization) {
  const auto* pad = std::get_if<Pad>(&parameters);
  if (pad == nullptr) return parameters;
  Pad result = *pad;
  // A real zero is the zero point, whatever that is per channel.
  if (pad->real != 0) {
    result.value = quantize_half_even(pad->real, quantization.scales.at(0), quantization.zero_points.at(0));
  }
  return result;
}

}  // namespace qrun::converter::integral
