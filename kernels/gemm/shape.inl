// The sizes of a gemm's runs, steps and panels, and the headers of their packed form (pack.inl).

#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/conv/flatten.h"
#include "kernels/kernels.h"
#include "kernels/requantize.inl"
#include "kernels/rounding.h"

namespace qrun::kernels {
namespace {

struct alignas(64) PanelHeader {
  std::size_t bytes;  // of the panel
  Form form;
  bool word_shift;  // whether it may follow (requantize.inl)
  std::int32_t vectors, columns;
  std::int32_t chain;  // steps, where there are chains (chains.inl)
  std::int32_t extra_steps;
};

// A step that comes again: `depth` activations into a run.
struct ExtraStep {
  std::int32_t run, depth;
};

struct Panel {
  int vectors;
  std::int32_t column, columns;  // output channels of the group that it holds
};

template <class Isa>
constexpr bool kHasHalf = requires {
  typename Isa::Half;
};

// The sizes that packing and running derive from the same parameters.
template <class Isa>
struct GemmShape {
  // Whether activations are widened before use: their runs then lie one after the other.
  static constexpr bool kWidens = sizeof(typename Isa::Activation) > sizeof(typename Isa::Stored);

  explicit GemmShape(const ConvParams& p)
      : channels(p.input_channels / p.groups),
        columns(p.output_channels / p.groups),
        run_columns(p.groups == 1 && (p.dilation_width == 1 || p.kernel_width == 1) ? p.kernel_width : 1),
        runs(p.kernel_height * (p.kernel_width / run_columns)),
        run_length(run_columns * channels),
        run_depth(round_up<std::size_t>(static_cast<std::size_t>(run_length), Isa::kKr)),
        depth(round_up<std::size_t>(static_cast<std::size_t>(runs) * run_depth, Isa::kDepthStep)),
        padding_bytes(round_up(run_depth, kPackedAlignment)),
        half_columns(has_half(p) ? columns % Isa::kLanes : 0),
        vectors(divide_up(columns - half_columns, Isa::kLanes)),
        whole_panels(divide_up(vectors, max_vectors(p))),
        panels(whole_panels + (half_columns > 0 ? 1 : 0)),
        counts_panels(has_one_pixel(p) && p.groups == 1) {}

  // A single pixel leaves registers for wider panels, and the fewer panels, the less often its sums are waited for.
  static bool has_one_pixel(const ConvParams& p) { return pixel_count(p) == 1; }
  static std::int32_t max_vectors(const ConvParams& p) {
    return has_one_pixel(p) ? Isa::kMaxVectorsOfOneRow : Isa::kMaxVectors;
  }
  bool has_half(const ConvParams& p) const {
    return kHasHalf<Isa> && !has_one_pixel(p) && columns % Isa::kLanes <= Isa::kLanes / 2;
  }

  // Calls visit(panel) for the panels of a group, in order.
  template <class Visit>
  void for_each_panel(Visit visit) const {
    std::int32_t column = 0;
    for (int i = 0; i < whole_panels; ++i) {
      const int width = vectors / whole_panels + (i < vectors % whole_panels ? 1 : 0);
      const std::int32_t rest = columns - column;
      const std::int32_t taken = rest < width * Isa::kLanes ? rest : width * Isa::kLanes;
      visit(Panel{width, column, taken});
      column += taken;
    }
    if (half_columns > 0) visit(Panel{1, column, half_columns});
  }

  std::int32_t channels;     // input channels of a group
  std::int32_t columns;      // output channels of a group
  std::int32_t run_columns;  // input columns of a run
  std::int32_t runs, run_length;
  std::size_t run_depth;  // run_length, filled up to a multiple of KR
  std::size_t depth;      // K, filled up
  std::size_t padding_bytes;
  std::int32_t half_columns;  // of a group, as all below: what is left for half a vector has a panel of its own
  std::int32_t vectors;       // of the other columns
  std::int32_t whole_panels, panels;
  bool counts_panels;  // as its units, instead of pixels: there is one pixel
};

// Few pixels are cut finer: a smaller tile costs less than an uneven share.
template <class Isa, int kGrain>
Units units(const ConvParams& params) {
  const GemmShape<Isa> shape(params);
  if (shape.counts_panels) return {shape.panels, 1};
  const std::int32_t pixels = pixel_count(params);
  return {pixels, pixels < 4 * kGrain && kGrain > 4 ? kGrain / 4 : kGrain};
}

// The pixels and the panels that a range of units is about.
struct Shares {
  Range pixels, panels;
};

template <class Isa>
Shares shares_of(const GemmShape<Isa>& shape, Range units) {
  if (shape.counts_panels) return {{0, units.begin < units.end ? 1 : 0}, units};
  return {units, {0, shape.panels}};
}

// The sizes, derived once, and the kernel's own of blocks of pixels.
template <class Isa, class Block>
struct Head {
  GemmShape<Isa> shape;
  Block block;

  static const Head& of(const std::uint8_t* packed) { return *reinterpret_cast<const Head*>(packed); }
  // A run of input zero points.
  const std::uint8_t* padding() const {
    return reinterpret_cast<const std::uint8_t*>(this) + round_up(sizeof(Head), kPackedAlignment);
  }
  const std::uint8_t* panels() const { return padding() + shape.padding_bytes; }
};

}  // namespace
}  // namespace qrun::kernels
