// Depthwise convolution with channels along the lanes: one algorithm for every instruction set.
//
// An output row is a line of lanes, lane x * C + c, so that any channel count fills vectors. Two stages a strip of it:
//   interleave  lays the kernel's rows side by side, kTaps of them to a 32-bit lane, columns in the order of lanes:
//               line[column][channel] = {row 0, row 1, ...} of that column and channel; padding is the zero point
//   dot         adds up, for each output lane, one dot product per kernel column (and per kTaps kernel rows)
// Output column x and kernel column kx meet at input column x * stride + kx * dilation. Columns are kept by their
// phase, column % stride, so that in its phase every kernel column is a plain shift of the line, whatever stride and
// dilation.
//
// An ISA is a traits struct with Stored, Weight, Vector, Constants, kLanes, kTaps, kUsualTerms (3x3), kMinWeight,
// kMaxWeight and interleave, load, load_bias, dot, Requantize<Form>, store.

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
  std::int32_t terms;  // dot products per vector
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
        taps(p.kernel_width * row_sets),
        groups(channels / greatest_common_divisor(channels, kGroupLanes)),
        // Weights less their zero point may need two terms of Isa::Weight.
        max_terms(p.weight_zero_point == 0 || Isa::kMaxWeight > 255 ? taps : 2 * taps),
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
  }

  // The columns of a line that `outputs` neighbouring outputs need.
  std::int32_t columns_of(std::int32_t outputs) const { return (outputs - 1) * spread + reach + 1; }

  std::size_t group_bytes() const {
    return sizeof(GroupHeader) + kGroupVectors * sizeof(typename Isa::Constants) +
           static_cast<std::size_t>(max_terms) * kWeightsPerTerm * sizeof(typename Isa::Weight);
  }

  std::int32_t channels;
  std::int32_t row_sets;  // of kTaps kernel rows
  std::int32_t taps;      // kernel columns times row sets
  std::int32_t groups;    // of lanes until the pattern of channels repeats
  std::int32_t max_terms;
  std::int32_t phases;
  std::int32_t spread;                 // columns of a line from an output to the next
  std::int32_t reach;                  // columns of a line beyond an output's own
  std::int32_t block_channels, strip;  // what one line holds
  std::size_t line_lanes;              // of one phase and row set, with room for a last whole vector
};

template <class Isa>
std::size_t dw_packed_bytes(const ConvParams& params) {
  const DwShape<Isa> shape(params);
  return static_cast<std::size_t>(shape.groups) * shape.group_bytes();
}

template <class Isa>
std::size_t dw_scratch_bytes(const ConvParams& params) {
  const DwShape<Isa> shape(params);
  return static_cast<std::size_t>(shape.row_sets * shape.phases) * shape.line_lanes * sizeof(std::int32_t) +
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
  for (std::int32_t lane = 0; lane < shape.kGroupLanes; ++lane) {
    const Form form = form_of(rescale_of(channel_of(lane)), source.accumulator_bound[channel_of(lane)],
                              params.output_zero_point, params.clamp);
    if (form > header->form) header->form = form;
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
        const std::int32_t term = ky / Isa::kTaps * params.kernel_width + kx;
        Weight* slot = weights + std::ptrdiff_t{term} * shape.kWeightsPerTerm + lane * Isa::kTaps + ky % Isa::kTaps;
        slot[0] = static_cast<Weight>(first);
        if (shape.max_terms > shape.taps) {
          slot[std::ptrdiff_t{shape.taps} * shape.kWeightsPerTerm] = static_cast<Weight>(weight - first);
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
  std::memset(packed, 0, dw_packed_bytes<Isa>(params));
  for (std::int32_t group = 0; group < shape.groups; ++group, packed += shape.group_bytes()) {
    pack_group<Isa>(params, source, shape, group, packed);
  }
}

// A strip: output columns [x_begin, x_end) of one output row, channels [channel, channel + channels).
struct Strip {
  std::int32_t image, y, x_begin, x_end;
  std::int32_t channel, channels;
};

// One phase of one row set: all columns of it that the strip's outputs need.
template <class Isa>
void interleave_line(const ConvParams& p, const DwShape<Isa>& shape, const std::uint8_t* const (&rows)[Isa::kTaps],
                     const Strip& strip, std::int32_t phase, std::int32_t* line) {
  const auto zero_point = static_cast<typename Isa::Stored>(p.input_zero_point);
  const std::ptrdiff_t lanes = strip.channels;
  const std::int32_t count = shape.columns_of(strip.x_end - strip.x_begin);
  const auto column_of = [&](std::int32_t i) {
    return (strip.x_begin * shape.spread + i) * shape.phases + phase - p.pad_left;
  };
  std::int32_t begin = 0;  // [begin, end) are inside the image
  while (begin < count && column_of(begin) < 0) ++begin;
  std::int32_t end = begin;
  while (end < count && column_of(end) < p.input_width) ++end;
  constexpr const std::uint8_t* kOutside[Isa::kTaps] = {};
  Isa::interleave(line, kOutside, 0, begin * lanes, zero_point);
  const auto offset_of = [&](std::int32_t i) {
    return std::ptrdiff_t{column_of(i)} * p.input_channels + strip.channel;
  };
  if (shape.phases == 1 && strip.channels == p.input_channels) {
    if (begin < end) {
      Isa::interleave(line + begin * lanes, rows, offset_of(begin), (end - begin) * lanes, zero_point);
    }
  } else {
    for (std::int32_t i = begin; i < end; ++i) {
      Isa::interleave(line + i * lanes, rows, offset_of(i), lanes, zero_point);
    }
  }
  Isa::interleave(line + end * lanes, kOutside, 0, (count - end) * lanes, zero_point);
}

// lines[row set][phase]; phases that no kernel column meets are left alone.
template <class Isa>
void interleave_strip(const ConvParams& p, const DwShape<Isa>& shape, const std::uint8_t* input, const Strip& strip,
                      std::int32_t* lines) {
  const std::ptrdiff_t row_bytes = std::ptrdiff_t{p.input_width} * p.input_channels;
  const std::uint8_t* image = input + strip.image * (p.input_height * row_bytes);
  for (std::int32_t set = 0; set < shape.row_sets; ++set) {
    const std::uint8_t* rows[Isa::kTaps] = {};
    for (std::int32_t i = 0; i < Isa::kTaps; ++i) {
      const std::int32_t ky = set * Isa::kTaps + i;
      const std::int32_t row = strip.y * p.stride_height - p.pad_top + ky * p.dilation_height;
      if (ky < p.kernel_height && row >= 0 && row < p.input_height) rows[i] = image + row * row_bytes;
    }
    for (std::int32_t kx = 0; kx < p.kernel_width; ++kx) {
      const std::int32_t phase = kx * p.dilation_width % shape.phases;
      bool seen = false;
      for (std::int32_t k = 0; k < kx; ++k) seen = seen || k * p.dilation_width % shape.phases == phase;
      if (seen) continue;
      interleave_line<Isa>(p, shape, rows, strip, phase,
                           lines + static_cast<std::size_t>(set * shape.phases + phase) * shape.line_lanes);
    }
  }
}

// The lanes of one group in one strip.
struct GroupCall {
  const std::int32_t* lines;
  const std::ptrdiff_t* offsets;  // of each term's lanes in the lines
  std::int32_t terms;
  std::ptrdiff_t first, end, step;  // lanes of the strip: first, first + step, ... < end
  std::uint8_t* output;             // of lane `first`
  std::ptrdiff_t output_step;
  Clamp clamp;
};

// kTerms: the number of terms, whose weights then stay in registers, or 0 where it is known at run time only.
template <class Isa, Form kForm, int kTerms>
[[gnu::noinline]] void compute_group(const GroupCall& call, const typename Isa::Constants* constants,
                                     const typename Isa::Weight* weights) {
  constexpr std::ptrdiff_t kGroupLanes = DwShape<Isa>::kGroupLanes;
  constexpr std::ptrdiff_t kVectorWeights = Isa::kLanes * Isa::kTaps;
  static_assert(kGroupVectors == 2);
  // Copies: a store of bytes might alias whatever is still in memory, and reload it.
  const typename Isa::Vector bias[] = {Isa::load_bias(constants[0].bias), Isa::load_bias(constants[1].bias)};
  using Requantize = typename Isa::template Requantize<kForm>;
  const Requantize requantize[] = {Requantize(constants[0]), Requantize(constants[1])};
  typename Isa::Vector w[kTerms + 1][kGroupVectors];
  const std::int32_t* term_lines[kTerms + 1];
#pragma GCC unroll 16
  for (int term = 0; term < kTerms; ++term) {
    term_lines[term] = call.lines + call.offsets[term];
    for (int v = 0; v < kGroupVectors; ++v) {
      w[term][v] = Isa::load(weights + (term * kGroupVectors + v) * kVectorWeights);
    }
  }
  const Clamp range = call.clamp;
  const std::ptrdiff_t end = call.end, step = call.step, output_step = call.output_step;
  std::uint8_t* output = call.output;
  for (std::ptrdiff_t lane = call.first; lane < end; lane += step, output += output_step) {
    typename Isa::Vector sums[] = {bias[0], bias[1]};
#pragma GCC unroll 16
    for (int term = 0; term < kTerms; ++term) {
      for (int v = 0; v < kGroupVectors; ++v) {
        sums[v] = Isa::dot(sums[v], Isa::load(term_lines[term] + lane + v * Isa::kLanes), w[term][v]);
      }
    }
    if constexpr (kTerms == 0) {
      const typename Isa::Weight* next = weights;
      for (std::int32_t term = 0; term < call.terms; ++term) {
        const std::int32_t* line = call.lines + call.offsets[term] + lane;
        for (int v = 0; v < kGroupVectors; ++v, next += kVectorWeights) {
          sums[v] = Isa::dot(sums[v], Isa::load(line + v * Isa::kLanes), Isa::load(next));
        }
      }
    }
    const bool whole = end - lane >= kGroupLanes;
    alignas(64) std::uint8_t bytes[kGroupLanes];
    for (int v = 0; v < kGroupVectors; ++v) sums[v] = requantize[v](sums[v]);
    Isa::store(whole ? output : bytes, sums, range);
    if (!whole) std::memcpy(output, bytes, static_cast<std::size_t>(end - lane));
  }
}

template <class Isa, Form kForm>
void compute_group(const GroupCall& call, const typename Isa::Constants* constants,
                   const typename Isa::Weight* weights) {
  if (call.terms == Isa::kUsualTerms) return compute_group<Isa, kForm, Isa::kUsualTerms>(call, constants, weights);
  compute_group<Isa, kForm, 0>(call, constants, weights);
}

template <class Isa>
void dot_strip(const ConvParams& p, const DwShape<Isa>& shape, const std::uint8_t* packed, const Strip& strip,
               const std::int32_t* lines, std::ptrdiff_t* offsets, std::uint8_t* output) {
  for (std::int32_t term = 0; term < shape.max_terms; ++term) {
    const std::int32_t set = term % shape.taps / p.kernel_width;
    const std::int32_t shift = term % shape.taps % p.kernel_width * p.dilation_width;
    offsets[term] = static_cast<std::ptrdiff_t>(set * shape.phases + shift % shape.phases) *
                        static_cast<std::ptrdiff_t>(shape.line_lanes) +
                    std::ptrdiff_t{shift / shape.phases} * strip.channels;
  }
  const bool whole_row = strip.channels == shape.channels;
  const std::int32_t first_group = strip.channel / shape.kGroupLanes;
  const std::int32_t groups = whole_row ? shape.groups : strip.channels / shape.kGroupLanes;
  GroupCall call{};
  call.lines = lines;
  call.offsets = offsets;
  const std::ptrdiff_t pattern = std::ptrdiff_t{groups} * shape.kGroupLanes;  // lanes from a group to its next place
  call.end = std::ptrdiff_t{strip.x_end - strip.x_begin} * shape.spread * strip.channels;
  call.step = pattern * shape.spread;
  call.output_step = whole_row ? pattern : shape.channels;
  call.clamp = p.clamp;
  packed += static_cast<std::size_t>(first_group) * shape.group_bytes();
  for (std::int32_t group = 0; group < groups; ++group, packed += shape.group_bytes()) {
    const auto* header = reinterpret_cast<const GroupHeader*>(packed);
    const auto* constants = reinterpret_cast<const typename Isa::Constants*>(header + 1);
    const auto* weights = reinterpret_cast<const typename Isa::Weight*>(constants + kGroupVectors);
    call.terms = header->terms;
    call.first = std::ptrdiff_t{group} * shape.kGroupLanes;
    call.output = output + call.first;
    switch (header->form) {
      case Form::kRightShiftClamped:
        compute_group<Isa, Form::kRightShiftClamped>(call, constants, weights);
        break;
      case Form::kRightShift:
        compute_group<Isa, Form::kRightShift>(call, constants, weights);
        break;
      case Form::kAny:
        compute_group<Isa, Form::kAny>(call, constants, weights);
        break;
    }
  }
}

// The depthwise convolution of ConvParams (kernels.h) for the output pixels of `range`, on what dw_pack<Isa> packed.
// Reads past the end: none. Errors: none. Source: docs/arithmetic.md, Linear operators.
template <class Isa>
void dw_run(const void* params, const Operands& operands, Range range) {
  const ConvParams& p = *static_cast<const ConvParams*>(params);
  const DwShape<Isa> shape(p);
  auto* lines = reinterpret_cast<std::int32_t*>(operands.scratch);
  auto* offsets = reinterpret_cast<std::ptrdiff_t*>(lines + static_cast<std::size_t>(shape.row_sets * shape.phases) *
                                                                shape.line_lanes);
  for (std::int32_t unit = range.begin; unit < range.end;) {
    Strip strip{};
    strip.x_begin = unit % p.output_width;
    strip.y = unit / p.output_width % p.output_height;
    strip.image = unit / p.output_width / p.output_height;
    const std::int32_t rest = range.end - unit;
    std::int32_t count = p.output_width - strip.x_begin;
    if (count > rest) count = rest;
    if (count > shape.strip) count = shape.strip;
    strip.x_end = strip.x_begin + count;
    std::uint8_t* output = operands.output + std::ptrdiff_t{unit} * p.output_channels;
    for (strip.channel = 0; strip.channel < shape.channels; strip.channel += strip.channels) {
      const std::int32_t left = shape.channels - strip.channel;
      strip.channels = left < shape.block_channels ? left : shape.block_channels;
      interleave_strip<Isa>(p, shape, operands.input[0], strip, lines);
      dot_strip<Isa>(p, shape, operands.constant, strip, lines, offsets, output + strip.channel);
    }
    unit += count;
  }
}

template <class Isa>
constexpr ConvKernel make_dw_kernel(const char* name) {
  return {name, dw_accepts<Isa>, dw_packed_bytes<Isa>, dw_pack<Isa>, dw_scratch_bytes<Isa>, 1, dw_run<Isa>};
}

}  // namespace
}  // namespace qrun::kernels
