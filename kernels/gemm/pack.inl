// The packed form of a convolution's constants: what a gemm micro-kernel reads in the order it reads it.
//
//   padding row | group 0: panel 0, panel 1, ... | group 1: ...
//   panel: PanelHeader | constants of each vector | weights [K / KR][vectors * lanes][KR]
//
// A panel is `vectors` accumulator vectors wide (NR = vectors * lanes output channels); K runs over taps, then the
// group's input channels, and is filled up with zero weights to a multiple of KR. Panels of a group differ in width by
// at most one vector, so that none is left much narrower than the rest. Zero points are folded into the bias, modulo
// 2^32: the true sum fits.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/kernels.h"
#include "kernels/requantize.inl"

namespace qrun::kernels {
namespace {

constexpr std::size_t round_up(std::size_t value, std::size_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

struct alignas(64) PanelHeader {
  Form form;
};

// The sizes that packing and running derive from the same parameters.
template <class Isa>
struct GemmShape {
  explicit GemmShape(const ConvParams& p)
      : taps(p.kernel_height * p.kernel_width),
        channels(p.input_channels / p.groups),
        columns(p.output_channels / p.groups),
        depth(static_cast<std::size_t>(taps) * static_cast<std::size_t>(channels)),
        packed_depth(round_up(depth, Isa::kKr)),
        vectors((columns + Isa::kLanes - 1) / Isa::kLanes),
        panels((vectors + Isa::kMaxVectors - 1) / Isa::kMaxVectors),
        padding_bytes(round_up(static_cast<std::size_t>(channels), kPackedAlignment)) {}

  int panel_vectors(int panel) const { return vectors / panels + (panel < vectors % panels ? 1 : 0); }

  std::size_t panel_bytes(int panel) const {
    const auto width = static_cast<std::size_t>(panel_vectors(panel));
    return round_up(sizeof(PanelHeader) + width * (sizeof(typename Isa::Constants) + packed_depth * Isa::kLanes),
                    kPackedAlignment);
  }

  std::int32_t taps;
  std::int32_t channels;  // input channels of a group
  std::int32_t columns;   // output channels of a group
  std::size_t depth;      // K
  std::size_t packed_depth;
  int vectors;  // accumulator vectors of a group
  int panels;   // of a group
  std::size_t padding_bytes;
};

template <class Isa>
std::size_t packed_bytes(const ConvParams& params) {
  const GemmShape<Isa> shape(params);
  std::size_t group_bytes = 0;
  for (int panel = 0; panel < shape.panels; ++panel) group_bytes += shape.panel_bytes(panel);
  return shape.padding_bytes + static_cast<std::size_t>(params.groups) * group_bytes;
}

// One output channel into lane `lane` of a panel's vector: its weights, its bias with the zero points folded in.
template <class Isa>
void pack_channel(const ConvParams& params, const ConvConstants& source, const GemmShape<Isa>& shape,
                  std::int32_t channel, std::int8_t* weights, std::size_t group_stride, std::int32_t* bias) {
  const std::uint8_t* row = source.weights + static_cast<std::size_t>(channel) * shape.depth;
  std::uint32_t sum = 0;
  for (std::size_t k = 0; k < shape.depth; ++k) {
    const std::int32_t weight = static_cast<std::int8_t>(row[k] ^ source.weights_flip);
    sum += static_cast<std::uint32_t>(weight - params.weight_zero_point);
    weights[k / Isa::kKr * group_stride + k % Isa::kKr] = static_cast<std::int8_t>(weight);
  }
  const std::uint32_t start = source.bias != nullptr ? static_cast<std::uint32_t>(source.bias[channel]) : 0;
  *bias = static_cast<std::int32_t>(start - static_cast<std::uint32_t>(params.input_zero_point) * sum);
}

template <class Isa>
void pack_panel(const ConvParams& params, const ConvConstants& source, const GemmShape<Isa>& shape,
                std::int32_t first_channel, int columns, int vectors, std::uint8_t* packed) {
  auto* header = reinterpret_cast<PanelHeader*>(packed);
  auto* constants = reinterpret_cast<typename Isa::Constants*>(header + 1);
  auto* weights = reinterpret_cast<std::int8_t*>(constants + vectors);
  const auto rescale_of = [&](std::int32_t channel) {
    return simplify(source.rescale[source.rescale_count == 1 ? 0 : channel], source.accumulator_bound[channel]);
  };
  header->form = Form::kRightShiftClamped;
  for (int column = 0; column < columns; ++column) {
    const Form form = form_of(rescale_of(first_channel + column), params.output_zero_point, params.clamp);
    if (form > header->form) header->form = form;
  }
  for (int column = 0; column < vectors * Isa::kLanes; ++column) {
    auto& vector = constants[column / Isa::kLanes];
    const int lane = column % Isa::kLanes;
    const bool present = column < columns;
    set_lane(vector, lane, header->form, present ? rescale_of(first_channel + column) : Rescale{0, -1},
             params.output_zero_point);
    if (!present) continue;
    pack_channel<Isa>(params, source, shape, first_channel + column, weights + column * Isa::kKr,
                      static_cast<std::size_t>(vectors) * Isa::kLanes * Isa::kKr, &vector.bias[lane]);
  }
}

template <class Isa>
void pack(const ConvParams& params, const ConvConstants& source, std::uint8_t* packed) {
  const GemmShape<Isa> shape(params);
  std::memset(packed, 0, packed_bytes<Isa>(params));
  std::memset(packed, params.input_zero_point, shape.padding_bytes);
  packed += shape.padding_bytes;
  for (std::int32_t group = 0; group < params.groups; ++group) {
    int column = 0;
    for (int panel = 0; panel < shape.panels; ++panel) {
      const int vectors = shape.panel_vectors(panel);
      const int rest = shape.columns - column;
      const int columns = rest < vectors * Isa::kLanes ? rest : vectors * Isa::kLanes;
      pack_panel<Isa>(params, source, shape, group * shape.columns + column, columns, vectors, packed);
      packed += shape.panel_bytes(panel);
      column += columns;
    }
  }
}

}  // namespace
}  // namespace qrun::kernels
