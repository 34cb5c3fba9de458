// The sizes of a depthwise convolution's lines, strips and blocks, and the packed form of its constants:
//
//   group 0, group 1, ...: GroupHeader | constants of each vector | weights [terms][vectors * lanes][kTaps]
//
// A group is as many lanes as are computed at once; the pattern of channels over lanes repeats after `groups` of them.
// Zero points are folded into the bias, modulo 2^32: the true sum fits.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/kernels.h"
#include "kernels/requantize.inl"

namespace qrun::kernels {
namespace {

constexpr int kGroupVectors = 2;                           // accumulators that share loads of constants
constexpr std::size_t kLineBytes = std::size_t{20} << 10;  // of interleaved lines: they stay in the first-level cache

constexpr std::int32_t kDirectPixels = 512;                // that a group computes before the next group does

constexpr std::int32_t ceil_div(std::int32_t a, std::int32_t b) { return (a + b - 1) / b; }

constexpr std::int32_t greatest_common_divisor(std::int32_t a, std::int32_t b) {
  while (b != 0) {
    const std::int32_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

struct alignas(64) GroupHeader {
  Form form;
  bool word_shift;     // kRightShiftClamped may saturate to 16 bits before its shift, and needs no clamp
  std::int32_t terms;  // dot products per vector
};

template <class T>
struct FinishType {
  using Finish = T;
};

// The sizes that packing and running derive from the same parameters.
template <class Isa>
struct DwShape {
  static constexpr std::int32_t kGroupLanes = kGroupVectors * Isa::kLanes;
  static constexpr std::int32_t kBlockLanes = 64;  // a multiple of what `interleave` does at once
  static constexpr std::int32_t kWeightsPerTerm = kGroupLanes * Isa::kTaps;

  explicit DwShape(const ConvParams& p)
      : channels(p.input_channels),
        row_sets(ceil_div(p.kernel_height, Isa::kTaps)),
        rows(p.stride_height == p.dilation_height && p.kernel_height % Isa::kTaps != 0 ? 2 : 1),
        taps(p.kernel_width * row_sets),
        // Weights less their zero point may need two terms of Isa::Weight.
        max_terms(p.weight_zero_point == 0 || Isa::kMaxWeight > 255 ? taps : 2 * taps),
        direct(is_direct(p)),
        groups(direct ? ceil_div(channels, kGroupLanes) : channels / greatest_common_divisor(channels, kGroupLanes)),
        phases(channels % kGroupLanes == 0 ? 1 : p.stride_width),
        spread(p.stride_width / phases),
        reach((p.kernel_width - 1) * p.dilation_width / phases) {
    const std::size_t column_bytes = static_cast<std::size_t>(row_sets) * static_cast<std::size_t>(phases) * 4;
    // A line that is too long is cut into strips of the row; where these would get short, as neighbours interleave
    // `reach` columns twice, into blocks of channels.
    const auto fitting_strip = [&](std::int32_t lanes) {
      const auto columns = static_cast<std::int32_t>(kLineBytes / (column_bytes * static_cast<std::size_t>(lanes)));
      return (columns - reach) / spread;
    };
    const std::int32_t least = 4 * (reach / spread + 1);
    block_channels = channels;
    if (channels % kGroupLanes == 0 && fitting_strip(channels) < (least < p.output_width ? least : p.output_width)) {
      const auto lanes =
          static_cast<std::int32_t>(kLineBytes / (column_bytes * static_cast<std::size_t>(columns_of(p.output_width))));
      block_channels = lanes / kBlockLanes * kBlockLanes;
      if (block_channels < kBlockLanes) block_channels = kBlockLanes;
      if (block_channels > channels) block_channels = channels;
    }
    strip = fitting_strip(block_channels);
    if (strip < least) strip = least;
    if (strip > p.output_width) strip = p.output_width;
    line_lanes = static_cast<std::size_t>(columns_of(strip)) * static_cast<std::size_t>(block_channels) + 64;
    line_rows = static_cast<std::ptrdiff_t>(kLineBytes / sizeof(std::int32_t)) / row_lanes();
    if (line_rows < 1 || strip < p.output_width) line_rows = 1;
    most_rows = direct ? 2 * ceil_div(kDirectPixels, 2 * p.output_width) : static_cast<std::int32_t>(line_rows) * rows;
  }

  // Whether a group of channels goes over the image by itself: lanes beyond the channels are then idle, where a line
  // would fill them, which is slow at a stride.
  bool is_direct(const ConvParams& p) const {
    if (!Isa::kDirect || p.kernel_width != 3 || row_sets != 1 || max_terms != taps) return false;
    if (p.dilation_width != 1 || p.stride_width > 2) return false;
    if (p.stride_width == 2) return true;
    return rows == 2 && ceil_div(channels, kGroupLanes) * kGroupLanes <= channels + channels / 8;
  }

  // The columns of a line that `outputs` neighbouring outputs need.
  std::int32_t columns_of(std::int32_t outputs) const { return (outputs - 1) * spread + reach + 1; }

  std::ptrdiff_t row_lanes() const { return row_sets * phases * static_cast<std::ptrdiff_t>(line_lanes); }

  std::size_t group_bytes() const {
    return sizeof(GroupHeader) + kGroupVectors * sizeof(typename Isa::Constants) +
           static_cast<std::size_t>(rows * max_terms) * kWeightsPerTerm * sizeof(typename Isa::Weight);
  }

  std::int32_t channels;
  std::int32_t row_sets;  // of kTaps kernel rows
  std::int32_t rows;      // output rows that share a line: the next one's taps begin a kernel row later
  std::int32_t taps;      // kernel columns times row sets
  std::int32_t max_terms;
  bool direct;
  std::int32_t groups;  // of lanes until the pattern of channels repeats; of channels where direct
  std::int32_t phases;
  std::int32_t spread;                 // columns of a line from an output to the next
  std::int32_t reach;                  // columns of a line beyond an output's own
  std::int32_t block_channels, strip;  // what one line holds
  std::size_t line_lanes;              // of one phase and row set, with room for a last whole vector
  std::ptrdiff_t line_rows;            // rows of lines that are made at once
  std::int32_t most_rows;              // output rows that are
};

// From two outputs' sums to bytes, one output after the other.
template <class Isa, Form kForm>
class FinishEach {
 public:
  using Vector = typename Isa::Vector;
  explicit FinishEach(const typename Isa::Constants* constants)
      : requantize_{Requantize(constants[0]), Requantize(constants[1])} {}

  template <bool kWhole>
  void store(std::uint8_t* first, std::uint8_t* second, const Vector (&first_sums)[2], const Vector (&second_sums)[2],
             Clamp range, std::ptrdiff_t /*lanes*/) const {
    static_assert(kWhole);
    Isa::store(first, {requantize_[0](first_sums[0]), requantize_[1](first_sums[1])}, range);
    Isa::store(second, {requantize_[0](second_sums[0]), requantize_[1](second_sums[1])}, range);
  }

 private:
  using Requantize = typename Isa::template Requantize<kForm>;
  Requantize requantize_[2];
};

// Calls visit with a type that names the ISA's Finish for a group: from its sums to the output's bytes.
template <class Isa, class Visit>
void with_finish(const GroupHeader& header, Visit visit) {
  constexpr bool kWordShift = Isa::kWordShift;
  if (kWordShift && header.word_shift) {
    return visit(FinishType<typename Isa::template Finish<Form::kRightShiftClamped, kWordShift>>{});
  }
  switch (header.form) {
    case Form::kRightShiftClamped:
      return visit(FinishType<typename Isa::template Finish<Form::kRightShiftClamped, false>>{});
    case Form::kRightShift:
      return visit(FinishType<typename Isa::template Finish<Form::kRightShift, false>>{});
    case Form::kAny:
      return visit(FinishType<typename Isa::template Finish<Form::kAny, false>>{});
  }
}

template <class Isa>
std::size_t dw_packed_bytes(const ConvParams& params, const ConvConstants&) {
  const DwShape<Isa> shape(params);
  return static_cast<std::size_t>(shape.groups) * shape.group_bytes();
}

template <class Isa>
std::size_t dw_scratch_bytes(const ConvParams& params) {
  const DwShape<Isa> shape(params);
  if (shape.direct) return static_cast<std::size_t>(params.input_width) * static_cast<std::size_t>(shape.channels);
  return static_cast<std::size_t>(shape.line_rows * shape.row_lanes()) * sizeof(std::int32_t) +
         static_cast<std::size_t>(shape.max_terms) * sizeof(std::ptrdiff_t);
}

// A weight less its zero point reaches from -255 to 255, and two int8 terms hold all but +255. Channel counts that
// share no factor with the group's lanes are packed many times over: not beyond a size.
template <class Isa>
bool dw_accepts(const ConvParams& params, const ConvConstants&) {
  constexpr std::int32_t kMostRepeatedLanes = 8192;
  const DwShape<Isa> shape(params);
  const std::int64_t lanes = std::int64_t{shape.groups} * shape.kGroupLanes;
  return params.output_channels == params.input_channels &&
         (Isa::kMaxWeight > 255 || params.weight_zero_point != -128) &&
         (lanes == shape.channels || lanes <= kMostRepeatedLanes);
}

// All of one group: constants and weights of its lanes, lane i of group g being channel (g * lanes + i) % C.
template <class Isa>
void pack_group(const ConvParams& params, const ConvConstants& source, const DwShape<Isa>& shape, std::int32_t group,
                std::uint8_t* packed) {
  using Weight = typename Isa::Weight;
  auto* header = reinterpret_cast<GroupHeader*>(packed);
  auto* constants = reinterpret_cast<typename Isa::Constants*>(header + 1);
  auto* weights = reinterpret_cast<Weight*>(constants + kGroupVectors);
  const auto channel_of = [&](std::int32_t lane) { return (group * shape.kGroupLanes + lane) % shape.channels; };
  const auto rescale_of = [&](std::int32_t c) {
    return simplify(source.rescale[source.rescale_count == 1 ? 0 : c], source.accumulator_bound[c]);
  };
  header->form = Form::kRightShiftClamped;
  header->terms = shape.taps;
  header->word_shift = params.clamp.min == 0 && params.clamp.max == 255 && Isa::kWordShift;
  for (std::int32_t lane = 0; lane < shape.kGroupLanes; ++lane) {
    const Rescale rescale = rescale_of(channel_of(lane));
    const Form form =
        form_of(rescale, source.accumulator_bound[channel_of(lane)], params.output_zero_point, params.clamp);
    if (form > header->form) header->form = form;
    if (form != Form::kRightShiftClamped || rescale.shift > -2 || rescale.shift < -9) header->word_shift = false;
  }
  for (std::int32_t lane = 0; lane < shape.kGroupLanes; ++lane) {
    const std::int32_t c = channel_of(lane);
    std::uint32_t sum = 0;
    for (std::int32_t ky = 0; ky < params.kernel_height; ++ky) {
      for (std::int32_t kx = 0; kx < params.kernel_width; ++kx) {
        const std::int32_t tap = ky * params.kernel_width + kx;
        const std::uint8_t byte = source.weights[std::ptrdiff_t{tap} * shape.channels + c] ^ source.weights_flip;
        const std::int32_t weight = static_cast<std::int8_t>(byte) - params.weight_zero_point;
        const std::int32_t first = weight < Isa::kMinWeight   ? Isa::kMinWeight
                                   : weight > Isa::kMaxWeight ? Isa::kMaxWeight
                                                              : weight;
        if (first != weight) header->terms = 2 * shape.taps;
        for (std::int32_t row = 0; row < shape.rows; ++row) {
          const std::int32_t set = (ky + row) / Isa::kTaps, i = (ky + row) % Isa::kTaps;
          const std::int32_t term = row * shape.max_terms + set * params.kernel_width + kx;
          Weight* slot = weights + std::ptrdiff_t{term} * shape.kWeightsPerTerm + lane * Isa::kTaps + i;
          slot[0] = static_cast<Weight>(first);
          if (shape.max_terms > shape.taps) {
            slot[std::ptrdiff_t{shape.taps} * shape.kWeightsPerTerm] = static_cast<Weight>(weight - first);
          }
        }
        sum += static_cast<std::uint32_t>(weight);
      }
    }
    const std::uint32_t start = source.bias != nullptr ? static_cast<std::uint32_t>(source.bias[c]) : 0;
    auto& vector = constants[lane / Isa::kLanes];
    set_lane(vector, lane % Isa::kLanes, header->form, rescale_of(c), params.output_zero_point);
    std::int32_t& bias = vector.bias[lane % Isa::kLanes];
    bias = wrapping_add(bias, start - static_cast<std::uint32_t>(params.input_zero_point) * sum);
  }
}

template <class Isa>
void dw_pack(const ConvParams& params, const ConvConstants& source, std::uint8_t* packed) {
  const DwShape<Isa> shape(params);
  std::memset(packed, 0, dw_packed_bytes<Isa>(params, source));
  for (std::int32_t group = 0; group < shape.groups; ++group, packed += shape.group_bytes()) {
    pack_group<Isa>(params, source, shape, group, packed);
  }
}

}  // namespace
}  // namespace qrun::kernels
