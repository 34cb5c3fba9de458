// The packed form of a convolution's constants: what a gemm micro-kernel reads in the order it reads it.
//
//   Head | padding run | group 0: panel 0, panel 1, ... | group 1: ...
//   panel: PanelHeader | constants of each vector | weights [steps][vectors * lanes][KR] | weights of the extra steps,
//          likewise | for an ISA with chains (chains.inl) one step that is read, but not used | ExtraStep [extra
//          steps], at the end
//
// A panel is `vectors` accumulator vectors wide (NR = vectors * lanes output channels). K goes by runs: activations
// that are neighbours in memory for every output pixel, a kernel row's or a tap's. Each is filled up with zero weights
// to a multiple of KR, a step, and the last one to what the ISA takes at once. Panels of a group differ in width by at
// most one vector, so that none is left much narrower than the rest.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>

#include "kernels/gemm/chains.inl"
#include "kernels/gemm/shape.inl"
#include "kernels/gemm/weights.inl"
#include "kernels/kernels.h"
#include "kernels/requantize.inl"

namespace qrun::kernels {
namespace {

template <class Isa>
constexpr bool kHasChains = requires {
  Isa::kMaxChain;
};

// Lazily: an ISA without chains says nothing of their length.
template <class Isa, bool kChained>
struct WeightsOf {
  using Type = PanelWeights<Isa>;
};
template <class Isa>
struct WeightsOf<Isa, true> {
  using Type = ChainedWeights<Isa>;
};
template <class Isa>
using Weights = typename WeightsOf<Isa, kHasChains<Isa>>::Type;

template <class Isa>
std::size_t panel_bytes(const GemmShape<Isa>& shape, const Panel& panel, std::size_t step_bytes,
                        std::int32_t extra_steps) {
  const auto extra = static_cast<std::size_t>(extra_steps);
  const std::size_t ahead = kHasChains<Isa> ? 1 : 0;
  return round_up(sizeof(PanelHeader) + static_cast<std::size_t>(panel.vectors) * sizeof(typename Isa::Constants) +
                      (shape.depth / Isa::kKr + extra + ahead) * step_bytes + extra * sizeof(ExtraStep),
                  kPackedAlignment);
}

template <class Isa, class Block>
std::size_t packed_bytes(const ConvParams& params, const ConvConstants& source) {
  const GemmShape<Isa> shape(params);
  std::size_t bytes = round_up(sizeof(Head<Isa, Block>), kPackedAlignment) + shape.padding_bytes;
  for (std::int32_t group = 0; group < params.groups; ++group) {
    shape.for_each_panel([&](const Panel& panel) {
      const Weights<Isa> weights(params, source, shape, panel, group * shape.columns + panel.column);
      bytes += panel_bytes(shape, panel, weights.step_bytes(), weights.count_extra_steps());
    });
  }
  return bytes;
}

// The constants of a panel's vectors, and in its header the form that serves all its channels.
template <class Isa>
void pack_constants(const ConvParams& params, const ConvConstants& source, const Weights<Isa>& weights,
                    std::int32_t first_channel, PanelHeader& header, typename Isa::Constants* constants) {
  const std::int32_t columns = header.columns;
  const auto rescale_of = [&](std::int32_t channel) {
    return simplify(source.rescale[source.rescale_count == 1 ? 0 : channel], source.accumulator_bound[channel],
                    params.rounding);
  };
  Form form = Form{};
  for (std::int32_t channel = first_channel; channel < first_channel + columns; ++channel) {
    const Form needed = form_of<typename Isa::Constants>(rescale_of(channel), source.accumulator_bound[channel],
                                                         params.output_zero_point, params.clamp, params.rounding);
    if (needed > form) form = needed;
  }
  header.form = form;
  header.word_shift = true;
  for (std::int32_t column = 0; column < columns; ++column) {
    const std::int32_t channel = first_channel + column;
    auto& vector = constants[column / Isa::kLanes];
    const int lane = column % Isa::kLanes;
    set_lane(vector, lane, form, rescale_of(channel), params.output_zero_point, params.rounding);
    if (!allows_word_shift(form, rescale_of(channel), params.clamp)) header.word_shift = false;
    const std::uint32_t start = source.bias != nullptr ? static_cast<std::uint32_t>(source.bias[channel]) : 0;
    vector.bias[lane] = wrapping_add(vector.bias[lane],
                                     start - static_cast<std::uint32_t>(params.input_zero_point) * weights.sum(column));
  }
}

// One panel; returns its bytes.
template <class Isa>
std::size_t pack_panel(const ConvParams& params, const ConvConstants& source, const GemmShape<Isa>& shape,
                       const Panel& panel, std::int32_t first_channel, std::uint8_t* packed) {
  const Weights<Isa> weights(params, source, shape, panel, first_channel);
  const std::int32_t extra_steps = weights.count_extra_steps();
  const std::size_t bytes = panel_bytes(shape, panel, weights.step_bytes(), extra_steps);
  // Zeros wherever there is no channel or weight: what is computed from them is never stored.
  std::memset(packed, 0, bytes);
  auto* header = reinterpret_cast<PanelHeader*>(packed);
  auto* constants = reinterpret_cast<typename Isa::Constants*>(header + 1);
  header->bytes = bytes;
  header->extra_steps = extra_steps;
  header->vectors = panel.vectors;
  header->columns = panel.columns;
  if constexpr (kHasChains<Isa>) header->chain = weights.chain();
  pack_constants<Isa>(params, source, weights, first_channel, *header, constants);
  auto* step = reinterpret_cast<std::int8_t*>(constants + panel.vectors);
  for (std::int32_t run = 0; run < shape.runs; ++run) {
    weights.write_run(run, step);
    step += shape.run_depth / Isa::kKr * weights.step_bytes();
  }
  auto* extra = reinterpret_cast<ExtraStep*>(packed + bytes) - extra_steps;
  weights.for_each_extra_step([&](std::int32_t run, std::int32_t depth, int term) {
    weights.write_step(run, depth, term, step);
    step += weights.step_bytes();
    *extra++ =
        shape.kWidens ? ExtraStep{0, run * static_cast<std::int32_t>(shape.run_depth) + depth} : ExtraStep{run, depth};
  });
  return bytes;
}

// `block_params`: what the kernel derives its blocks of pixels from.
template <class Isa, class Block>
void pack(const ConvParams& params, const ConvConstants& source, const ConvParams& block_params, std::uint8_t* packed) {
  constexpr std::size_t kHeadBytes = round_up(sizeof(Head<Isa, Block>), kPackedAlignment);
  // Made in place, on zeros, so that no byte between members differs from one packing to the next.
  std::memset(packed, 0, kHeadBytes);
  const GemmShape<Isa>& shape = (new (packed) Head<Isa, Block>{GemmShape<Isa>(params), Block(block_params)})->shape;
  packed += kHeadBytes;
  std::memset(packed, params.input_zero_point, shape.padding_bytes);
  packed += shape.padding_bytes;
  for (std::int32_t group = 0; group < params.groups; ++group) {
    shape.for_each_panel([&](const Panel& panel) {
      packed += pack_panel<Isa>(params, source, shape, panel, group * shape.columns + panel.column, packed);
    });
  }
}

}  // namespace
}  // namespace qrun::kernels
