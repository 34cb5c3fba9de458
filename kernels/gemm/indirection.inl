// Where the activations of a block of output pixels are: one pointer per run and pixel, made in scratch as blocks go.
//
// Why here: convolution needs no im2col copy. A run that lies inside the image is read where it is, one outside is a
// run of input zero points, and one across an edge is copied with its padding. A step may reach up to KR - 1
// activations past its run, where weights are zero, but never past the input: the last run is copied, too, where it
// would.
//
// Where an ISA wants its activations widened, or in rows at equal distances, all runs of a pixel are copied instead,
// one after the other.
//
// Both go along pieces of output rows, as there the input moves by a constant.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include "kernels/gemm/pack.inl"

namespace qrun::kernels {
namespace {

// Output pixels of one output row: `count` from column x, the first of which is number `unit` of the block.
struct Piece {
  std::int32_t image, y, x, count, unit;
};

// Calls visit(piece) for the pieces of output pixels [first, first + count).
template <class Visit>
void for_each_piece(const ConvParams& p, std::int32_t first, std::int32_t count, Visit visit) {
  for (std::int32_t unit = 0; unit < count;) {
    const std::int32_t x = (first + unit) % p.output_width;
    const std::int32_t row = (first + unit) / p.output_width;
    const std::int32_t rest = p.output_width - x < count - unit ? p.output_width - x : count - unit;
    visit(Piece{row / p.output_height, row % p.output_height, x, rest, unit});
    unit += rest;
  }
}

// Whether output pixel i reads input pixel i alone: pointwise convolutions, fully connected layers.
bool is_pointwise(const ConvParams& p) {
  return p.kernel_height == 1 && p.kernel_width == 1 && p.stride_height == 1 && p.stride_width == 1 && p.pad_top == 0 &&
         p.pad_left == 0;
}

// The same convolution, its pixels in one row where each reads one input pixel alone: rows have their price.
inline ConvParams in_one_row(ConvParams p) {
  if (is_pointwise(p)) {
    p.input_width = p.output_width = p.batch * p.output_height * p.output_width;
    p.batch = p.input_height = p.output_height = 1;
  }
  return p;
}

// The smallest x >= 0 with x * stride >= distance.
std::int32_t divide_up(std::int64_t distance, std::int32_t stride) {
  return distance <= 0 ? 0 : static_cast<std::int32_t>((distance + stride - 1) / stride);
}

// Where the runs of a group's pixels are in the input.
template <class Isa>
class Runs {
 public:
  // `channel`: the group's first.
  Runs(const ConvParams& params, const GemmShape<Isa>& shape, const std::uint8_t* input, std::int32_t channel)
      : p_(params), shape_(shape), input_(input + channel) {
    const std::int64_t pixels = std::int64_t{p_.batch} * p_.input_height * p_.input_width;
    bytes_ = pixels * p_.input_channels - channel;
    overhang_ = channel + static_cast<std::int32_t>(shape.run_depth) - shape.run_columns * p_.input_channels;
  }

  // The input row that the run reads, or null where it is outside the image.
  const std::uint8_t* row(const Piece& piece, std::int32_t run) const {
    const std::int32_t runs_of_row = p_.kernel_width / shape_.run_columns;
    const std::int32_t y = piece.y * p_.stride_height - p_.pad_top + run / runs_of_row * p_.dilation_height;
    if (y < 0 || y >= p_.input_height) return nullptr;
    return input_ + (std::int64_t{piece.image} * p_.input_height + y) * p_.input_width * p_.input_channels;
  }

  // The first input column that the run of output column x reads; may be outside.
  std::int32_t column(std::int32_t x, std::int32_t run) const {
    return x * p_.stride_width - p_.pad_left + run % (p_.kernel_width / shape_.run_columns) * p_.dilation_width;
  }

  // [first, second): the output columns of a piece whose runs, whole steps of them, can be read from `row`.
  std::pair<std::int32_t, std::int32_t> inside(const Piece& piece, std::int32_t run, const std::uint8_t* row) const {
    const std::int32_t end = piece.x + piece.count;
    std::int64_t last = p_.input_width - shape_.run_columns;  // input column where a run may start
    if (overhang_ > 0) {
      const std::int64_t rest = bytes_ - (row - input_) - static_cast<std::int64_t>(shape_.run_depth);
      const std::int64_t readable = rest < 0 ? -1 : rest / p_.input_channels;
      if (readable < last) last = readable;
    }
    const std::int32_t at_zero = column(0, run);
    std::int32_t low = divide_up(-std::int64_t{at_zero}, p_.stride_width);
    std::int32_t high = divide_up(last - at_zero + 1, p_.stride_width);
    low = low < piece.x ? piece.x : low > end ? end : low;
    high = high < low ? low : high > end ? end : high;
    return {low, high};
  }

  // Converts the run at `column` of `row` (null: outside the image), where the image has it, to a run of zero points.
  template <class To>
  void copy_clipped(const std::uint8_t* row, std::int32_t column, To* to) const {
    const auto zero_point = static_cast<typename Isa::Stored>(p_.input_zero_point);
    for (std::size_t k = 0; k < shape_.run_depth; ++k) to[k] = zero_point;
    if (row == nullptr) return;
    const std::int32_t begin = column < 0 ? -column : 0;
    std::int32_t end = p_.input_width - column;
    if (end > shape_.run_columns) end = shape_.run_columns;
    if (begin >= end) return;
    const auto* from =
        reinterpret_cast<const typename Isa::Stored*>(row) + std::int64_t{column + begin} * p_.input_channels;
    const std::int32_t count = (end - begin) * shape_.channels;
    to += begin * shape_.channels;
    for (std::int32_t k = 0; k < count; ++k) to[k] = from[k];
  }

 private:
  const ConvParams& p_;
  const GemmShape<Isa>& shape_;
  const std::uint8_t* input_;
  std::int64_t bytes_;     // from input_ to the end of the input
  std::int32_t overhang_;  // of a run's last step, past the pixels it reads
};

// pointers[run * stride + unit] for `count` units from `first`. Runs across an edge go to `copies` [run][unit].
template <class Isa>
void make_indirection(const ConvParams& p, const GemmShape<Isa>& shape, const Runs<Isa>& runs,
                      const std::uint8_t* padding, std::int32_t first, std::int32_t count,
                      const std::uint8_t** pointers, std::ptrdiff_t stride, std::uint8_t* copies) {
  const std::ptrdiff_t pixel_bytes = std::ptrdiff_t{p.stride_width} * p.input_channels;
  for_each_piece(p, first, count, [&](const Piece& piece) {
    for (std::int32_t run = 0; run < shape.runs; ++run) {
      const std::ptrdiff_t slot = run * stride + piece.unit;
      const std::uint8_t** to = pointers + slot;
      const std::uint8_t* row = runs.row(piece, run);
      if (row == nullptr) {
        for (std::int32_t i = 0; i < piece.count; ++i) to[i] = padding;
        continue;
      }
      const auto [low, high] = runs.inside(piece, run, row);
      const auto copy = [&](std::int32_t begin, std::int32_t end) {
        for (std::int32_t x = begin; x < end; ++x) {
          std::uint8_t* copied = copies + static_cast<std::size_t>(slot + x - piece.x) * shape.run_depth;
          runs.copy_clipped(row, runs.column(x, run), copied);
          to[x - piece.x] = copied;
        }
      };
      copy(piece.x, low);
      if (low < high) {
        const std::uint8_t* from = row + std::ptrdiff_t{runs.column(low, run)} * p.input_channels;
        for (std::int32_t x = low; x < high; ++x, from += pixel_bytes) to[x - piece.x] = from;
      }
      copy(high, piece.x + piece.count);
    }
  });
}

template <int kBlock, class To, class From>
void convert_block(To* to, const From* from) {
  From block[kBlock];
  std::memcpy(block, from, sizeof(block));
  for (int i = 0; i < kBlock; ++i) to[i] = block[i];
}

// `length` elements, of which each block is of kBlock <= length: the last one overlaps the one before.
template <int kBlock, class To, class From>
void convert_blocks(To* to, const From* from, std::int32_t length) {
  for (std::int32_t i = 0; i < length - kBlock; i += kBlock) convert_block<kBlock>(to + i, from + i);
  convert_block<kBlock>(to + length - kBlock, from + length - kBlock);
}

template <class To, class From>
void convert(To* to, const From* from, std::int32_t length) {
  if (sizeof(To) == 1 && length >= 64) return convert_blocks<64>(to, from, length);
  if (length >= 16) return convert_blocks<16>(to, from, length);
  if (length >= 8) return convert_blocks<8>(to, from, length);
  if (length >= 4) return convert_blocks<4>(to, from, length);
  convert_blocks<1>(to, from, length);
}

// copies[unit][depth]: all runs of `count` units from `first`, converted.
template <class Isa>
void copy_runs(const ConvParams& p, const GemmShape<Isa>& shape, const Runs<Isa>& runs, std::int32_t first,
               std::int32_t count, typename Isa::Activation* copies) {
  const std::ptrdiff_t pixel_bytes = std::ptrdiff_t{p.stride_width} * p.input_channels;
  for_each_piece(p, first, count, [&](const Piece& piece) {
    for (std::int32_t run = 0; run < shape.runs; ++run) {
      const auto to = [&](std::int32_t x) {
        return copies + static_cast<std::size_t>(piece.unit + x - piece.x) * shape.depth +
               static_cast<std::size_t>(run) * shape.run_depth;
      };
      const std::int32_t end = piece.x + piece.count;
      const std::uint8_t* row = runs.row(piece, run);
      auto [low, high] = row == nullptr ? std::pair{end, end} : runs.inside(piece, run, row);
      for (std::int32_t x = piece.x; x < low; ++x) runs.copy_clipped(row, runs.column(x, run), to(x));
      if (low < high) {
        const std::uint8_t* from = row + std::ptrdiff_t{runs.column(low, run)} * p.input_channels;
        const auto length = static_cast<std::int32_t>(shape.run_depth);
        for (std::int32_t x = low; x < high; ++x, from += pixel_bytes) {
          convert(to(x), reinterpret_cast<const typename Isa::Stored*>(from), length);
        }
      }
      for (std::int32_t x = high; x < end; ++x) runs.copy_clipped(row, runs.column(x, run), to(x));
    }
  });
}

}  // namespace
}  // namespace qrun::kernels
