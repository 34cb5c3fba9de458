// Packing for chains (chains.inl): the shape, and the groups' terms and constants.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>

#include "kernels/dwconv/chains.inl"
#include "kernels/kernels.h"
#include "kernels/rounding.h"

namespace qrun::kernels {
namespace {

constexpr std::int32_t kOutputs = 4;  // that are computed at once

struct ChainShape {
  explicit ChainShape(const ConvParams& p)
      : channels(p.input_channels),
        groups(divide_up(channels, kGroupChannels)),
        taps(p.kernel_height * p.kernel_width),
        pixel_bytes(channels < kGroupChannels ? kGroupChannels : channels),
        row_bytes(std::ptrdiff_t{p.input_width} * pixel_bytes) {
    // Columns of the first and of the last tap are inside the image.
    const std::int32_t last = p.input_width + p.pad_left - (p.kernel_width - 1) * p.dilation_width;
    inner_begin = divide_up(p.pad_left, p.stride_width);
    inner_end = last > 0 ? divide_up(last, p.stride_width) : 0;
    if (inner_begin > p.output_width) inner_begin = p.output_width;
    if (inner_end > p.output_width) inner_end = p.output_width;
    if (inner_end < inner_begin) inner_end = inner_begin;
    if (p.kernel_height == 3 && p.kernel_width == 3 && p.dilation_width == 1 && p.stride_width <= 2) {
      stride = p.stride_width;
    }
    const std::int32_t inner = inner_end - inner_begin, others = p.output_width - inner / kOutputs * kOutputs;
    const std::int32_t wanted = kTableBytes / static_cast<std::int32_t>(sizeof(std::uintptr_t)) / taps;
    most_rows = others == 0 ? kMostRows : wanted / others;
    most_rows = most_rows < 1 ? 1 : most_rows > kMostRows ? kMostRows : most_rows;
    // A part of a row may leave kOutputs - 1 of its inner pixels over.
    most_listed = (most_rows * others + 2 * kOutputs - 2) / kOutputs * kOutputs;
    if (channels < kGroupChannels) {
      const std::int32_t rows = (most_rows - 1) * p.stride_height + (p.kernel_height - 1) * p.dilation_height + 1;
      expanded_bytes =
          static_cast<std::size_t>(rows < p.input_height ? rows : p.input_height) * static_cast<std::size_t>(row_bytes);
    }
  }

  std::size_t zero_point_bytes() const { return round_up(static_cast<std::size_t>(row_bytes), kPackedAlignment); }
  std::size_t table_bytes() const {
    const std::size_t rows = static_cast<std::size_t>(most_rows), listed = static_cast<std::size_t>(most_listed);
    const std::size_t addresses = (rows + listed) * static_cast<std::size_t>(taps) + listed;
    return round_up(addresses * sizeof(std::uintptr_t), kPackedAlignment);
  }

  std::int32_t channels, groups, taps;
  std::int32_t pixel_bytes;  // of the input as it is read
  std::ptrdiff_t row_bytes;
  std::int32_t stride = 0;              // between neighbours of a 3x3 kernel that there is code for, else 0
  std::int32_t inner_begin, inner_end;  // outputs all of whose columns are inside the image
  std::int32_t most_rows;               // that share one table of addresses
  std::int32_t most_listed;             // pixels that are listed one by one in it
  std::size_t expanded_bytes = 0;       // of input rows with fewer than 8 channels, copied to have 8

 private:
  static constexpr std::int32_t kTableBytes = 6 << 10, kMostRows = 16;
};

// Where the parts of the packed form lie.
struct ChainPacked {
  explicit ChainPacked(const std::uint8_t* packed)
      : shape(*reinterpret_cast<const ChainShape*>(packed)),
        zero_points(packed + round_up(sizeof(ChainShape), kPackedAlignment)),
        groups(reinterpret_cast<const ChainGroup*>(zero_points + shape.zero_point_bytes())) {}

  const ChainShape& shape;
  const std::uint8_t* zero_points;
  const ChainGroup* groups;
};

// The channel of lane 0 of a group; lanes beyond the last channel, of fewer than 8, have weights of 0.
inline std::int32_t first_channel(std::int32_t channels, std::int32_t group) {
  const std::int32_t first = group * kGroupChannels, last = channels - kGroupChannels;
  return first < last ? first : last < 0 ? 0 : last;
}

// What is left of a tap's weights, less their zero point, after the terms so far.
class TapRest {
 public:
  TapRest(const ConvParams& params, const ConvConstants& source, const ChainShape& shape, std::int32_t group,
          std::int32_t tap) {
    const std::uint8_t* weights =
        source.weights + std::ptrdiff_t{tap} * shape.channels + first_channel(shape.channels, group);
    for (std::int32_t i = 0; i < kGroupChannels && i < shape.channels; ++i) {
      rest_[i] = static_cast<std::int8_t>(weights[i] ^ source.weights_flip) - params.weight_zero_point;
    }
  }

  std::int32_t weight(std::int32_t i) const { return rest_[i]; }
  bool take_term(std::int8_t* weights) {
    bool more = false;
    for (std::int32_t i = 0; i < kGroupChannels; ++i) {
      const std::int32_t weight = rest_[i] < -128 ? -128 : rest_[i] > 127 ? 127 : rest_[i];
      weights[i] = static_cast<std::int8_t>(weight);
      rest_[i] -= weight;
      more = more || rest_[i] != 0;
    }
    return more;
  }

 private:
  std::int32_t rest_[kGroupChannels] = {};
};

inline std::int32_t terms_of_group(const ConvParams& params, const ConvConstants& source, const ChainShape& shape,
                                   std::int32_t group) {
  if (params.weight_zero_point == 0) return shape.taps;
  std::int32_t terms = 0;
  for (std::int32_t tap = 0; tap < shape.taps; ++tap) {
    TapRest rest(params, source, shape, group, tap);
    std::int8_t weights[kGroupChannels];
    do ++terms;
    while (rest.take_term(weights));
  }
  return terms;
}

inline std::size_t chain_packed_bytes(const ConvParams& params, const ConvConstants& source) {
  const ChainShape shape(params);
  std::size_t bytes = round_up(sizeof(shape), kPackedAlignment) + shape.zero_point_bytes();
  for (std::int32_t group = 0; group < shape.groups; ++group) {
    bytes += ChainGroup::bytes_of(terms_of_group(params, source, shape, group));
  }
  return bytes;
}

inline std::size_t chain_scratch_bytes(const ConvParams& params) {
  const ChainShape shape(params);
  return shape.table_bytes() + shape.expanded_bytes;
}

// Zero points are folded into the bias, modulo 2^32: the true sum fits.
inline void pack_constants(const ConvParams& params, const ConvConstants& source, std::int32_t lane, std::int32_t c,
                           std::uint32_t weights, ChainGroup& group) {
  const std::uint32_t bound = source.accumulator_bound[c];
  const Rescale rescale = simplify(source.rescale[source.rescale_count == 1 ? 0 : c], bound, params.rounding);
  const Form form = form_of<NeonConstants>(rescale, bound, params.output_zero_point, params.clamp, params.rounding);
  if (form > group.form) group.form = form;
  group.words = group.words && results_fit_words(form, rescale, bound, params.rounding);
  NeonConstants& constants = group.constants[lane / 4];
  set_lane(constants, lane % 4, form, rescale, params.output_zero_point, params.rounding);
  const std::uint32_t start = source.bias != nullptr ? static_cast<std::uint32_t>(source.bias[c]) : 0;
  constants.bias[lane % 4] = wrapping_add(0, start - static_cast<std::uint32_t>(params.input_zero_point) * weights);
}

inline void pack_chain_group(const ConvParams& params, const ConvConstants& source, const ChainShape& shape,
                             std::int32_t index, ChainGroup& group) {
  group.terms = terms_of_group(params, source, shape, index);
  group.bytes = static_cast<std::uint32_t>(ChainGroup::bytes_of(group.terms));
  std::uint32_t sums[kGroupChannels] = {};
  // The first terms of all taps, then the second ones of those that have them, then the third ones.
  for (std::int32_t term = 0, number = 0; term < group.terms; ++number) {
    for (std::int32_t tap = 0; tap < shape.taps; ++tap) {
      TapRest rest(params, source, shape, index, tap);
      for (std::int32_t i = 0; i < kGroupChannels && number == 0; ++i) {
        sums[i] += static_cast<std::uint32_t>(rest.weight(i));
      }
      bool more = true;
      for (std::int32_t i = 0; more && i < number; ++i) {
        std::int8_t earlier[kGroupChannels];
        more = rest.take_term(earlier);
      }
      if (!more) continue;
      rest.take_term(group.weights() + term * kGroupChannels);
      group.taps()[term++] = static_cast<std::uint16_t>(tap);
    }
  }
  group.cut = shape.stride != 0 ? choose_cut(group) : kUncut;
  order_chains(group, group.cut != kUncut ? kCutTaps : 0);
  group.form = Form{};
  group.words = true;
  for (std::int32_t lane = 0; lane < kGroupChannels; ++lane) {
    const std::int32_t c = first_channel(shape.channels, index) + lane;
    if (c < shape.channels) pack_constants(params, source, lane, c, sums[lane], group);
  }
}

inline void chain_pack(const ConvParams& params, const ConvConstants& source, std::uint8_t* packed) {
  // On zeros, so that no byte between members differs from one packing to the next.
  std::memset(packed, 0, chain_packed_bytes(params, source));
  const ChainShape& shape = *new (packed) ChainShape(params);
  packed += round_up(sizeof(shape), kPackedAlignment);
  std::memset(packed, params.input_zero_point, shape.zero_point_bytes());
  packed += shape.zero_point_bytes();
  for (std::int32_t index = 0; index < shape.groups; ++index) {
    auto& group = *reinterpret_cast<ChainGroup*>(packed);
    pack_chain_group(params, source, shape, index, group);
    packed += group.bytes;
  }
}

}  // namespace
}  // namespace qrun::kernels
