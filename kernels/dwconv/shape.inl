// The sizes of a depthwise convolution's groups, lines, strips and blocks, derived from its parameters.

#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/kernels.h"
#include "kernels/rounding.h"

namespace qrun::kernels {
namespace {

constexpr int kGroupVectors = 2;                           // that share what is loaded
constexpr std::size_t kLineBytes = std::size_t{20} << 10;  // of interleaved lines: they stay in the first-level cache
constexpr std::int32_t kDirectColumns = 3;                 // of a kernel whose columns stay in registers
constexpr std::int32_t kDirectPixels = 512;                // that a group computes before the next one does

constexpr std::int32_t greatest_common_divisor(std::int32_t a, std::int32_t b) {
  while (b != 0) {
    const std::int32_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

template <class Isa>
struct DwShape {
  static constexpr std::int32_t kGroupLanes = kGroupVectors * Isa::kLanes;
  static constexpr std::int32_t kBlockLanes = 64;  // a multiple of what `interleave` does at once

  explicit DwShape(const ConvParams& p)
      : channels(p.input_channels),
        row_sets(divide_up(p.kernel_height, Isa::kTaps)),
        rows(p.output_height > 1 && p.stride_height == p.dilation_height && p.kernel_height % Isa::kTaps != 0 ? 2 : 1),
        taps(p.kernel_width * row_sets),
        // Weights less their zero point may need two terms of Isa::Weight.
        max_terms(p.weight_zero_point == 0 || Isa::kMaxWeight > 255 ? taps : 2 * taps),
        direct(is_direct(p)) {
    if (direct) {
      groups = divide_up(channels, kGroupLanes);
      zero_point_bytes =
          round_up(static_cast<std::size_t>(p.input_width) * static_cast<std::size_t>(channels), kPackedAlignment);
      most_rows = (kDirectPixels / p.output_width + 2) / 2 * 2;
    } else {
      groups = channels / greatest_common_divisor(channels, kGroupLanes);
      lay_out_lines(p);
    }
  }

  // The columns of a line that `outputs` neighbouring outputs need.
  std::int32_t columns_of(std::int32_t outputs) const { return (outputs - 1) * spread + reach + 1; }

  // Of the lines that `rows` output rows share.
  std::ptrdiff_t row_lanes() const { return row_sets * phases * static_cast<std::ptrdiff_t>(line_lanes); }

  std::int32_t channels;
  std::int32_t row_sets;             // of kTaps kernel rows
  std::int32_t rows;                 // output rows that share a line: the next one's taps begin a kernel row later
  std::int32_t taps;                 // kernel columns times row sets
  std::int32_t max_terms;            // that a group may have: the taps, or twice as many
  bool direct;                       // by direct.inl, not by lines
  std::int32_t groups;               // of lanes until the pattern of channels repeats; of channels where direct
  std::int32_t most_rows;            // output rows that are computed in one go
  std::size_t zero_point_bytes = 0;  // of a row outside the image, where direct

  // Of lines alone.
  std::int32_t phases = 1;
  std::int32_t spread = 1;                     // columns of a line from an output to the next
  std::int32_t reach = 0;                      // columns of a line beyond an output's own
  std::int32_t block_channels = 0, strip = 0;  // what one line holds
  std::size_t line_lanes = 0;                  // of one phase and row set, with room for a last whole vector
  std::ptrdiff_t line_rows = 0;                // that are made at once, each for `rows` output rows

 private:
  // Whether a group of channels goes over the image by itself. Lanes beyond the channels are then idle, where lines
  // would fill them; at a stride lines are slower nevertheless.
  bool is_direct(const ConvParams& p) const {
    if (!Isa::kDirect || p.kernel_width != kDirectColumns || row_sets != 1) return false;
    if (p.dilation_width != 1 || p.stride_width > 2) return false;
    const std::int32_t idle = divide_up(channels, kGroupLanes) * kGroupLanes - channels;
    return p.stride_width == 2 || (rows == 2 && idle <= channels / 8);
  }

  void lay_out_lines(const ConvParams& p) {
    phases = channels % kGroupLanes == 0 ? 1 : p.stride_width;
    spread = p.stride_width / phases;
    reach = (p.kernel_width - 1) * p.dilation_width / phases;
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
    line_lanes = (line_lanes + 15) / 16 * 16;  // lines begin where cache lines do
    line_rows = static_cast<std::ptrdiff_t>(kLineBytes / sizeof(std::int32_t)) / row_lanes();
    if (line_rows < 1 || strip < p.output_width) line_rows = 1;
    most_rows = static_cast<std::int32_t>(line_rows) * rows;
  }
};

}  // namespace
}  // namespace qrun::kernels
