// The packed form of a depthwise convolution's constants:
//
//   DwShape | where direct, an input row of zero points | group 0 | group 1 | ...
//   group: GroupHeader | constants of each vector | weights [rows][terms][vectors * lanes][kTaps]
//
// A group is as many lanes as are computed at once; the pattern of channels over lanes repeats after `groups` of them.
// Groups differ in length: only those that need second terms (see can_pack) have them.
// Zero points are folded into the bias, modulo 2^32: the true sum fits.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>

#include "kernels/dwconv/shape.inl"
#include "kernels/kernels.h"
#include "kernels/requantize.inl"

namespace qrun::kernels {
namespace {

struct alignas(64) GroupHeader {
  Form form;
  bool words;          // whether Finish<form, true> serves it: its lanes may be words before they are bytes
  std::int32_t terms;  // dot products per vector: the taps, or twice as many
};

template <class Isa>
constexpr std::ptrdiff_t kTermWeights = DwShape<Isa>::kGroupLanes* Isa::kTaps;

template <class Isa>
std::size_t group_bytes(const DwShape<Isa>& shape, std::int32_t terms) {
  return sizeof(GroupHeader) + kGroupVectors * sizeof(typename Isa::Constants) +
         static_cast<std::size_t>(shape.rows * terms * kTermWeights<Isa>) * sizeof(typename Isa::Weight);
}

// The group after a packed one.
template <class Isa>
const std::uint8_t* next_group(const DwShape<Isa>& shape, const std::uint8_t* packed) {
  return packed + group_bytes(shape, reinterpret_cast<const GroupHeader*>(packed)->terms);
}

// Whether any of these weights, less the zero point, has a second term.
template <class Isa>
bool any_splits(const ConvParams& params, const std::uint8_t* weights, std::int32_t count, std::uint8_t flip) {
  std::int8_t least = 127, greatest = -128;
  for (std::int32_t i = 0; i < count; ++i) {
    const auto weight = static_cast<std::int8_t>(weights[i] ^ flip);
    least = weight < least ? weight : least;
    greatest = weight > greatest ? weight : greatest;
  }
  return least - params.weight_zero_point < Isa::kMinWeight || greatest - params.weight_zero_point > Isa::kMaxWeight;
}

// The terms that a group's weights need.
template <class Isa>
std::int32_t terms_of_group(const ConvParams& params, const ConvConstants& source, const DwShape<Isa>& shape,
                            std::int32_t group) {
  if (shape.max_terms == shape.taps) return shape.taps;
  // Its lanes' channels: up to the last one, and on from the first one.
  const std::int32_t lanes = shape.channels < shape.kGroupLanes ? shape.channels : shape.kGroupLanes;
  const std::int32_t first = group * shape.kGroupLanes % shape.channels, left = shape.channels - first;
  const std::int32_t before_end = lanes < left ? lanes : left;
  const std::int32_t taps = params.kernel_height * params.kernel_width;
  const std::uint8_t* of_tap = source.weights;
  for (std::int32_t tap = 0; tap < taps; ++tap, of_tap += shape.channels) {
    if (any_splits<Isa>(params, of_tap + first, before_end, source.weights_flip) ||
        any_splits<Isa>(params, of_tap, lanes - before_end, source.weights_flip)) {
      return 2 * shape.taps;
    }
  }
  return shape.taps;
}

// Where the parts of the packed form lie.
template <class Isa>
struct DwPacked {
  explicit DwPacked(const std::uint8_t* packed)
      : shape(*reinterpret_cast<const DwShape<Isa>*>(packed)),
        zero_points(packed + round_up(sizeof(DwShape<Isa>), kPackedAlignment)),
        groups(zero_points + shape.zero_point_bytes) {}

  const DwShape<Isa>& shape;
  const std::uint8_t* zero_points;
  const std::uint8_t* groups;
};

template <class Isa>
std::size_t dw_packed_bytes(const ConvParams& params, const ConvConstants& source) {
  const DwShape<Isa> shape(params);
  std::size_t bytes = round_up(sizeof(shape), kPackedAlignment) + shape.zero_point_bytes;
  for (std::int32_t group = 0; group < shape.groups; ++group) {
    bytes += group_bytes(shape, terms_of_group(params, source, shape, group));
  }
  return bytes;
}

template <class Isa>
std::size_t dw_scratch_bytes(const ConvParams& params) {
  const DwShape<Isa> shape(params);
  if (shape.direct) return 0;
  return static_cast<std::size_t>(shape.line_rows * shape.row_lanes()) * sizeof(std::int32_t) +
         static_cast<std::size_t>(shape.max_terms) * sizeof(std::ptrdiff_t);
}

// A weight less its zero point reaches from -255 to 255, and two int8 terms hold all but +255. Channel counts that
// share no factor with the group's lanes are packed many times over: not beyond a size.
template <class Isa>
bool can_pack(const ConvParams& params, const DwShape<Isa>& shape) {
  constexpr std::int32_t kMostRepeatedLanes = 8192;
  const std::int64_t lanes = std::int64_t{shape.groups} * shape.kGroupLanes;
  return params.output_channels == params.input_channels &&
         (Isa::kMaxWeight > 255 || params.weight_zero_point != -128) &&
         (shape.direct || lanes == shape.channels || lanes <= kMostRepeatedLanes);
}

// The weights of one tap, `of_tap`[channel], for every output row that shares a line; adds them to the lanes' sums.
template <class Isa>
void pack_tap(const ConvParams& params, const DwShape<Isa>& shape, const std::uint8_t* of_tap, std::uint8_t flip,
              const std::int32_t* channels, std::int32_t ky, std::int32_t kx, std::int32_t terms,
              typename Isa::Weight* weights, std::uint32_t* sums) {
  using Weight = typename Isa::Weight;
  Weight first[DwShape<Isa>::kGroupLanes], second[DwShape<Isa>::kGroupLanes];
  for (std::int32_t lane = 0; lane < shape.kGroupLanes; ++lane) {
    const std::int32_t weight = static_cast<std::int8_t>(of_tap[channels[lane]] ^ flip) - params.weight_zero_point;
    const std::int32_t clamped = weight < Isa::kMinWeight   ? Isa::kMinWeight
                                 : weight > Isa::kMaxWeight ? Isa::kMaxWeight
                                                            : weight;
    first[lane] = static_cast<Weight>(clamped);
    second[lane] = static_cast<Weight>(weight - clamped);
    sums[lane] += static_cast<std::uint32_t>(weight);
  }
  for (std::int32_t row = 0; row < shape.rows; ++row) {
    const std::int32_t set = (ky + row) / Isa::kTaps, i = (ky + row) % Isa::kTaps;
    Weight* slots = weights + (row * terms + set * params.kernel_width + kx) * kTermWeights<Isa> + i;
    for (std::int32_t lane = 0; lane < shape.kGroupLanes; ++lane) slots[lane * Isa::kTaps] = first[lane];
    if (terms == shape.taps) continue;
    slots += shape.taps * kTermWeights<Isa>;
    for (std::int32_t lane = 0; lane < shape.kGroupLanes; ++lane) slots[lane * Isa::kTaps] = second[lane];
  }
}

// All of one group: constants and weights of its lanes, lane i of group g being channel (g * lanes + i) % C. Returns
// its bytes.
template <class Isa>
std::size_t pack_group(const ConvParams& params, const ConvConstants& source, const DwShape<Isa>& shape,
                       std::int32_t group, std::uint8_t* packed) {
  using Weight = typename Isa::Weight;
  const std::int32_t terms = terms_of_group(params, source, shape, group);
  const std::size_t bytes = group_bytes(shape, terms);
  std::memset(packed, 0, bytes);
  auto* header = reinterpret_cast<GroupHeader*>(packed);
  auto* constants = reinterpret_cast<typename Isa::Constants*>(header + 1);
  auto* weights = reinterpret_cast<Weight*>(constants + kGroupVectors);
  std::int32_t channels[DwShape<Isa>::kGroupLanes];
  for (std::int32_t lane = 0; lane < shape.kGroupLanes; ++lane) {
    channels[lane] = (group * shape.kGroupLanes + lane) % shape.channels;
  }
  const auto rescale_of = [&](std::int32_t c) {
    return simplify(source.rescale[source.rescale_count == 1 ? 0 : c], source.accumulator_bound[c], params.rounding);
  };
  header->form = Form{};
  header->terms = terms;
  for (const std::int32_t c : channels) {
    const Form form = form_of<typename Isa::Constants>(rescale_of(c), source.accumulator_bound[c],
                                                       params.output_zero_point, params.clamp, params.rounding);
    if (form > header->form) header->form = form;
  }
  header->words = static_cast<std::int32_t>(header->form) < Isa::kWordForms;
  std::uint32_t sums[DwShape<Isa>::kGroupLanes] = {};
  for (std::int32_t ky = 0; ky < params.kernel_height; ++ky) {
    for (std::int32_t kx = 0; kx < params.kernel_width; ++kx) {
      const std::uint8_t* of_tap = source.weights + (std::ptrdiff_t{ky} * params.kernel_width + kx) * shape.channels;
      pack_tap<Isa>(params, shape, of_tap, source.weights_flip, channels, ky, kx, terms, weights, sums);
    }
  }
  for (std::int32_t lane = 0; lane < shape.kGroupLanes; ++lane) {
    const std::int32_t c = channels[lane];
    const std::uint32_t start = source.bias != nullptr ? static_cast<std::uint32_t>(source.bias[c]) : 0;
    auto& vector = constants[lane / Isa::kLanes];
    set_lane(vector, lane % Isa::kLanes, header->form, rescale_of(c), params.output_zero_point, params.rounding);
    if constexpr (Isa::kWordForms > 0) {
      header->words &=
          Isa::allows_words(header->form, rescale_of(c), source.accumulator_bound[c], params.clamp, params.rounding);
    }
    std::int32_t& bias = vector.bias[lane % Isa::kLanes];
    bias = wrapping_add(bias, start - static_cast<std::uint32_t>(params.input_zero_point) * sums[lane]);
  }
  return bytes;
}

template <class Isa>
void dw_pack(const ConvParams& params, const ConvConstants& source, std::uint8_t* packed) {
  constexpr std::size_t kShapeBytes = round_up(sizeof(DwShape<Isa>), kPackedAlignment);
  // The shape is made in place, on zeros, so that no byte between members differs from one packing to the next.
  std::memset(packed, 0, kShapeBytes);
  const DwShape<Isa>& shape = *new (packed) DwShape<Isa>(params);
  packed += kShapeBytes;
  std::memset(packed, params.input_zero_point, shape.zero_point_bytes);
  packed += shape.zero_point_bytes;
  for (std::int32_t group = 0; group < shape.groups; ++group) {
    packed += pack_group<Isa>(params, source, shape, group, packed);
  }
}

}  // namespace
}  // namespace qrun::kernels
