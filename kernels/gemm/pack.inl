// The packed form of a convolution's constants: what a gemm micro-kernel reads in the order it reads it.
//
//   padding row | group 0: panel 0, panel 1, ... | group 1: ...
//   panel: PanelHeader | constants of each vector | weights [K / KR][vectors * lanes][KR]
//
// A panel is `vectors` accumulator vectors wide (NR = vectors * lanes output channels); K runs over taps, then the
// group's input channels, and is filled up with zero weights to a multiple of the ISA's step. Panels of a group differ
// in width by at most one vector, so that none is left much narrower than the rest. Zero points are folded into the
// bias, modulo 2^32: the true sum fits.

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

struct Panel {
  int vectors;
  std::int32_t column, columns;  // output channels of the group that it holds
  std::size_t bytes;
};

// The sizes that packing and running derive from the same parameters.
template <class Isa>
struct GemmShape {
  explicit GemmShape(const ConvParams& p)
      : taps(p.kernel_height * p.kernel_width),
        channels(p.input_channels / p.groups),
        columns(p.output_channels / p.groups),
        depth(static_cast<std::size_t>(taps) * static_cast<std::size_t>(channels)),
        packed_depth(round_up(depth, Isa::kDepthStep)),
        padding_bytes(round_up(static_cast<std::size_t>(channels), kPackedAlignment)) {}

  // Calls visit(panel) for the panels of a group, in order.
  template <class Visit>
  void for_each_panel(Visit visit) const {
    const int vectors = (columns + Isa::kLanes - 1) / Isa::kLanes;
    const int panels = (vectors + Isa::kMaxVectors - 1) / Isa::kMaxVectors;
    std::int32_t column = 0;
    for (int i = 0; i < panels; ++i) {
      const int width = vectors / panels + (i < vectors % panels ? 1 : 0);
      const std::size_t vector_bytes = sizeof(typename Isa::Constants) + packed_depth * Isa::kLanes;
      const std::int32_t rest = columns - column;
      const std::int32_t taken = rest < width * Isa::kLanes ? rest : width * Isa::kLanes;
      visit(Panel{width, column, taken,
                  round_up(sizeof(PanelHeader) + static_cast<std::size_t>(width) * vector_bytes, kPackedAlignment)});
      column += taken;
    }
  }

  std::int32_t taps;
  std::int32_t channels;  // input channels of a group
  std::int32_t columns;   // output channels of a group
  std::size_t depth;      // K
  std::size_t packed_depth;
  std::size_t padding_bytes;
};

template <class Isa>
std::size_t packed_bytes(const ConvParams& params) {
  const GemmShape<Isa> shape(params);
  std::size_t group_bytes = 0;
  shape.for_each_panel([&](const Panel& panel) { group_bytes += panel.bytes; });
  return shape.padding_bytes + static_cast<std::size_t>(params.groups) * group_bytes;
}

// One output channel: its weights into its lane of every K group, group_stride apart; its bias with the zero points
// folded in is added to *bias.
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
  *bias = wrapping_add(*bias, start - static_cast<std::uint32_t>(params.input_zero_point) * sum);
}

// The channels of a panel; the group's first is `first_channel`.
template <class Isa>
void pack_panel(const ConvParams& params, const ConvConstants& source, const GemmShape<Isa>& shape, const Panel& panel,
                std::int32_t first_channel, std::uint8_t* packed) {
  auto* header = reinterpret_cast<PanelHeader*>(packed);
  auto* constants = reinterpret_cast<typename Isa::Constants*>(header + 1);
  auto* weights = reinterpret_cast<std::int8_t*>(constants + panel.vectors);
  const std::int32_t channel = first_channel + panel.column;
  const auto rescale_of = [&](std::int32_t column) {
    const Rescale rescale = source.rescale[source.rescale_count == 1 ? 0 : channel + column];
    return simplify(rescale, source.accumulator_bound[channel + column]);
  };
  header->form = Form::kRightShiftClamped;
  for (std::int32_t column = 0; column < panel.columns; ++column) {
    const Form form =
        form_of(rescale_of(column), source.accumulator_bound[channel + column], params.output_zero_point, params.clamp);
    if (form > header->form) header->form = form;
  }
  const std::int32_t width = panel.vectors * Isa::kLanes;
  for (std::int32_t column = 0; column < panel.columns; ++column) {
    auto& vector = constants[column / Isa::kLanes];
    const int lane = column % Isa::kLanes;
    set_lane(vector, lane, header->form, rescale_of(column), params.output_zero_point);
    pack_channel<Isa>(params, source, shape, channel + column, weights + column * Isa::kKr,
                      static_cast<std::size_t>(width) * Isa::kKr, &vector.bias[lane]);
  }
}

template <class Isa>
void pack(const ConvParams& params, const ConvConstants& source, std::uint8_t* packed) {
  const GemmShape<Isa> shape(params);
  // Zeros wherever there is no channel or weight: what is computed from them is never stored.
  std::memset(packed, 0, packed_bytes<Isa>(params));
  std::memset(packed, params.input_zero_point, shape.padding_bytes);
  packed += shape.padding_bytes;
  for (std::int32_t group = 0; group < params.groups; ++group) {
    shape.for_each_panel([&](const Panel& panel) {
      pack_panel<Isa>(params, source, shape, panel, group * shape.columns, packed);
      packed += panel.bytes;
    });
  }
}

}  // namespace
}  // namespace qrun::kernels
