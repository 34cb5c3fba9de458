// Where the activations of a block of output pixels are: one pointer per tap and pixel, made in scratch as blocks go.
//
// Why here: convolution needs no im2col copy. Taps outside the image point to a row of input zero points. Where an ISA
// wants its activations widened, or a tap's channels do not fill its K groups, the block is gathered instead: each
// pixel's taps one after the other, converted and filled up with zeros. Nothing outside the image is read.
//
// Both go along pieces of output rows, as there the input moves by a constant.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

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

// The input row that kernel row ky of the piece reads, or null where it is outside the image.
const std::uint8_t* input_row(const ConvParams& p, const std::uint8_t* input, const Piece& piece, std::int32_t ky) {
  const std::int32_t y = piece.y * p.stride_height - p.pad_top + ky * p.dilation_height;
  if (y < 0 || y >= p.input_height) return nullptr;
  const std::ptrdiff_t row = std::ptrdiff_t{piece.image} * p.input_height + y;
  return input + row * p.input_width * p.input_channels;
}

// Whether output pixel i reads input pixel i alone: pointwise convolutions, fully connected layers.
bool is_pointwise(const ConvParams& p) {
  return p.kernel_height == 1 && p.kernel_width == 1 && p.stride_height == 1 && p.stride_width == 1 && p.pad_top == 0 &&
         p.pad_left == 0;
}

// pointers[tap * stride + unit] for `count` units from `first`; `input` is the group's first channel of the first
// pixel.
[[maybe_unused]] void make_indirection(const ConvParams& p, const std::uint8_t* input, const std::uint8_t* padding,
                                       std::int32_t first, std::int32_t count, const std::uint8_t** pointers,
                                       std::ptrdiff_t stride) {
  if (is_pointwise(p)) {
    input += std::ptrdiff_t{first} * p.input_channels;
    for (std::int32_t unit = 0; unit < count; ++unit, input += p.input_channels) pointers[unit] = input;
    return;
  }
  for_each_piece(p, first, count, [&](const Piece& piece) {
    const std::uint8_t** to = pointers + piece.unit;
    for (std::int32_t ky = 0; ky < p.kernel_height; ++ky) {
      const std::uint8_t* row = input_row(p, input, piece, ky);
      for (std::int32_t kx = 0; kx < p.kernel_width; ++kx, to += stride) {
        std::int32_t column = piece.x * p.stride_width - p.pad_left + kx * p.dilation_width;
        for (std::int32_t i = 0; i < piece.count; ++i, column += p.stride_width) {
          const bool inside = row != nullptr && column >= 0 && column < p.input_width;
          to[i] = inside ? row + std::ptrdiff_t{column} * p.input_channels : padding;
        }
      }
    }
  });
}

// `runs` runs of `length` elements, converted. Strides in elements.
template <class To, class From>
struct Runs {
  To* to;
  const From* from;
  std::ptrdiff_t to_stride, from_stride;
  std::int32_t runs, length;
};

template <int kBlock, class To, class From>
void convert_block(To* to, const From* from) {
  From block[kBlock];
  std::memcpy(block, from, sizeof(block));
  for (int i = 0; i < kBlock; ++i) to[i] = block[i];
}

// Requires: r.length >= kBlock. The last block of a run overlaps the one before: nothing past its end is touched.
template <int kBlock, class To, class From>
void convert_blocks(Runs<To, From> r) {
  for (; r.runs > 0; --r.runs, r.to += r.to_stride, r.from += r.from_stride) {
    for (std::int32_t i = 0; i < r.length - kBlock; i += kBlock) convert_block<kBlock>(r.to + i, r.from + i);
    convert_block<kBlock>(r.to + r.length - kBlock, r.from + r.length - kBlock);
  }
}

template <class To, class From>
void convert(const Runs<To, From>& r) {
  if (sizeof(To) == 1 && r.length >= 64) return convert_blocks<64>(r);
  if (r.length >= 16) return convert_blocks<16>(r);
  if (r.length >= 8) return convert_blocks<8>(r);
  if (r.length >= 4) return convert_blocks<4>(r);
  convert_blocks<1>(r);
}

// One kernel row of a piece, tap by tap, to gathered rows that start at `to`.
template <class Isa>
void gather_taps(const ConvParams& p, const GemmShape<Isa>& shape, const Piece& piece, const std::uint8_t* row,
                 const std::uint8_t* padding, typename Isa::Activation* to) {
  for (std::int32_t i = 0; i < piece.count; ++i, to += shape.packed_depth) {
    std::int32_t column = (piece.x + i) * p.stride_width - p.pad_left;
    typename Isa::Activation* tap = to;
    for (std::int32_t kx = 0; kx < p.kernel_width; ++kx, column += p.dilation_width, tap += shape.channels) {
      const bool inside = row != nullptr && column >= 0 && column < p.input_width;
      const std::uint8_t* from = inside ? row + std::ptrdiff_t{column} * p.input_channels : padding;
      convert(Runs<typename Isa::Activation, typename Isa::Stored>{
          tap, reinterpret_cast<const typename Isa::Stored*>(from), 0, 0, 1, shape.channels});
    }
  }
}

// The smallest x with x * stride >= distance.
std::int32_t divide_up(std::int32_t distance, std::int32_t stride) {
  return distance <= 0 ? 0 : (distance + stride - 1) / stride;
}

// One kernel row of a piece whose taps are neighbours in memory: a run a pixel, but at the image's sides.
template <class Isa>
void gather_dense(const ConvParams& p, const GemmShape<Isa>& shape, const Piece& piece, const std::uint8_t* row,
                  const std::uint8_t* padding, typename Isa::Activation* to) {
  // Columns [low, high) have all their taps inside.
  const std::int32_t end = piece.x + piece.count;
  std::int32_t low = divide_up(p.pad_left, p.stride_width);
  std::int32_t high = divide_up(p.input_width + p.pad_left - p.kernel_width + 1, p.stride_width);
  low = low < piece.x ? piece.x : low > end ? end : low;
  high = high < low ? low : high > end ? end : high;
  const auto depth = static_cast<std::ptrdiff_t>(shape.packed_depth);
  gather_taps<Isa>(p, shape, {piece.image, piece.y, piece.x, low - piece.x, 0}, row, padding, to);
  const std::int32_t column = low * p.stride_width - p.pad_left;
  if (high > low) {
    convert(Runs<typename Isa::Activation, typename Isa::Stored>{
        to + (low - piece.x) * depth,
        reinterpret_cast<const typename Isa::Stored*>(row) + std::ptrdiff_t{column} * p.input_channels, depth,
        std::ptrdiff_t{p.stride_width} * p.input_channels, high - low, p.kernel_width * p.input_channels});
  }
  gather_taps<Isa>(p, shape, {piece.image, piece.y, high, end - high, 0}, row, padding, to + (high - piece.x) * depth);
}

// gathered[unit][packed_depth] for `count` units from `first`; `input` as for make_indirection.
template <class Isa>
void gather(const ConvParams& p, const GemmShape<Isa>& shape, const std::uint8_t* input, const std::uint8_t* padding,
            std::int32_t first, std::int32_t count, typename Isa::Activation* gathered) {
  // The last step first: what the taps do not cover of it stays zero.
  const bool whole = shape.depth == shape.packed_depth;
  for (std::int32_t unit = 1; unit <= count && !whole; ++unit) {
    std::memset(gathered + static_cast<std::size_t>(unit) * shape.packed_depth - Isa::kDepthStep, 0,
                Isa::kDepthStep * sizeof(typename Isa::Activation));
  }
  const bool dense = p.groups == 1 && (p.dilation_width == 1 || p.kernel_width == 1);
  for_each_piece(p, first, count, [&](const Piece& piece) {
    typename Isa::Activation* to = gathered + static_cast<std::size_t>(piece.unit) * shape.packed_depth;
    for (std::int32_t ky = 0; ky < p.kernel_height; ++ky, to += p.kernel_width * shape.channels) {
      const std::uint8_t* row = input_row(p, input, piece, ky);
      if (dense && row != nullptr) {
        gather_dense<Isa>(p, shape, piece, row, padding, to);
      } else {
        gather_taps<Isa>(p, shape, piece, row, padding, to);
      }
    }
  });
}

}  // namespace
}  // namespace qrun::kernels
