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
// Both go along stretches of output rows, as there the input moves by a constant.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/conv/flatten.h"
#include "kernels/gemm/pack.inl"

namespace qrun::kernels {
namespace {

// The smallest x >= 0 with x * stride >= distance.
std::int32_t first_from(std::int64_t distance, std::int32_t stride) {
  return distance <= 0 ? 0 : static_cast<std::int32_t>(divide_up<std::int64_t>(distance, stride));
}

// One run of output pixels [begin, end) of an output row, the first of which is number `unit` of its block.
struct Stretch {
  std::int32_t unit, run;
  std::int32_t y, ky;       // output row, kernel row
  const std::uint8_t* row;  // the input row it reads; null: outside the image
  std::int32_t begin, end;
  std::int32_t low, high;       // [low, high) of them can be read from the row, whole steps of them
  std::int32_t column_of_zero;  // the input column where the run of output pixel 0 starts; may be outside
};

// to[i] = from[i - begin] for begin <= i < end, else the zero point; i < count.
template <class To, class From>
void copy_run(To* to, const From* from, std::int32_t begin, std::int32_t end, std::int32_t count, From zero_point) {
  for (std::int32_t i = 0; i < count; ++i) to[i] = i >= begin && i < end ? from[i - begin] : zero_point;
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
    overhangs_ = channel + static_cast<std::int32_t>(shape.run_depth) > shape.run_columns * p_.input_channels;
  }

  // Calls visit(stretch) for all runs of output pixels [first, first + count).
  template <class Visit>
  void for_each_stretch(std::int32_t first, std::int32_t count, Visit visit) const {
    const std::int32_t runs_of_row = p_.kernel_width / shape_.run_columns;
    for (std::int32_t i = 0; i < runs_of_row; ++i) {
      Stretch s{};
      s.column_of_zero = i * p_.dilation_width - p_.pad_left;
      const std::int32_t low = first_from(-std::int64_t{s.column_of_zero}, p_.stride_width);
      const std::int32_t high = end_of_readable(s, p_.input_width - shape_.run_columns);
      s.begin = first % p_.output_width;
      const std::int32_t output_row = first / p_.output_width;
      std::int32_t image = output_row / p_.output_height, y = output_row % p_.output_height;
      for (s.unit = 0; s.unit < count; s.unit += s.end - s.begin, s.begin = 0) {
        const std::int32_t rest = count - s.unit;
        s.end = p_.output_width - s.begin < rest ? p_.output_width : s.begin + rest;
        for (std::int32_t ky = 0; ky < p_.kernel_height; ++ky) {
          s.y = y;
          s.ky = ky;
          s.run = ky * runs_of_row + i;
          set_row(s, image, y * p_.stride_height - p_.pad_top + ky * p_.dilation_height, low, high);
          visit(s);
        }
        if (++y == p_.output_height) {
          y = 0;
          ++image;
        }
      }
    }
  }

  // Copies the run of output pixel x; zero points where the image has none.
  void copy(const Stretch& s, std::int32_t x, typename Isa::Activation* to) const {
    const std::int32_t column = x * p_.stride_width + s.column_of_zero;
    std::int32_t begin = column < 0 ? -column : 0;
    std::int32_t end = p_.input_width - column;
    if (end > shape_.run_columns) end = shape_.run_columns;
    if (s.row == nullptr || end < begin) end = begin;
    // Of a row outside nothing is read: any address will do but null, as distances are added to it.
    const auto* from = reinterpret_cast<const typename Isa::Stored*>(s.row == nullptr ? input_ : s.row);
    if (s.row != nullptr) from += std::int64_t{column + begin} * p_.input_channels;
    begin *= shape_.channels;
    end *= shape_.channels;
    const auto count = static_cast<std::int32_t>(shape_.run_depth);
    const auto zero_point = static_cast<typename Isa::Stored>(p_.input_zero_point);
    if constexpr (requires { Isa::copy_run; }) {
      Isa::copy_run(to, from, begin, end, count, zero_point);
    } else {
      copy_run(to, from, begin, end, count, zero_point);
    }
  }

  // The run of output pixel s.low, and bytes from that of a pixel to the next. Requires: s.low < s.high.
  const std::uint8_t* first_inside(const Stretch& s) const {
    return s.row + (std::int64_t{s.low} * p_.stride_width + s.column_of_zero) * p_.input_channels;
  }
  const std::uint8_t* input() const { return input_; }
  std::ptrdiff_t pixel_bytes() const { return std::ptrdiff_t{p_.stride_width} * p_.input_channels; }

 private:
  // The end of the output pixels whose run starts no later than at input column `last`.
  std::int32_t end_of_readable(const Stretch& s, std::int64_t last) const {
    return first_from(last - s.column_of_zero + 1, p_.stride_width);
  }

  void set_row(Stretch& s, std::int32_t image, std::int32_t y, std::int32_t low, std::int32_t high) const {
    s.row = nullptr;
    s.low = s.high = s.end;
    if (y < 0 || y >= p_.input_height) return;
    const std::int64_t offset = (std::int64_t{image} * p_.input_height + y) * p_.input_width * p_.input_channels;
    s.row = input_ + offset;
    const std::int64_t readable = bytes_ - offset - static_cast<std::int64_t>(shape_.run_depth);
    if (overhangs_ && readable < std::int64_t{p_.input_width} * p_.input_channels) {
      const std::int32_t limit = readable < 0 ? 0 : end_of_readable(s, readable / p_.input_channels);
      if (limit < high) high = limit;
    }
    s.low = low < s.begin ? s.begin : low > s.end ? s.end : low;
    s.high = high < s.low ? s.low : high > s.end ? s.end : high;
  }

  const ConvParams& p_;
  const GemmShape<Isa>& shape_;
  const std::uint8_t* input_;
  std::int64_t bytes_;  // from input_ to the end of the input
  bool overhangs_;      // whether a run's last step may reach past the pixels it reads
};

// pointers[run * stride + unit] for `count` units from `first`. Runs across an edge go to `copies` [run][unit]. Where
// the output row above read the same input row by another kernel row, its pointers serve again.
template <class Isa>
void make_indirection(const ConvParams& p, const GemmShape<Isa>& shape, const Runs<Isa>& runs,
                      const std::uint8_t* padding, std::int32_t first, std::int32_t count,
                      const std::uint8_t** pointers, std::ptrdiff_t stride, std::uint8_t* copies) {
  if (is_pointwise(p) && shape.run_depth == static_cast<std::size_t>(shape.run_length)) {
    const std::uint8_t* from = runs.input() + std::ptrdiff_t{first} * p.input_channels;
    for (std::int32_t unit = 0; unit < count; ++unit, from += p.input_channels) pointers[unit] = from;
    return;
  }
  // Kernel row ky of an output row reads what kernel row ky + stride / dilation of the row above does.
  const bool shares = p.stride_height % p.dilation_height == 0;
  const std::int32_t kernel_rows_down = p.stride_height / p.dilation_height;
  const std::int32_t kernel_rows_shared = shares ? p.kernel_height - kernel_rows_down : 0;
  const std::ptrdiff_t rows_down = std::ptrdiff_t{kernel_rows_down} * (shape.runs / p.kernel_height);
  runs.for_each_stretch(first, count, [&](const Stretch& s) {
    const std::ptrdiff_t slot = s.run * stride + s.unit - s.begin;  // of output pixel 0
    if (s.begin == 0 && s.unit >= p.output_width && s.y > 0 && s.ky < kernel_rows_shared) {
      const std::ptrdiff_t above = slot + rows_down * stride - p.output_width;
      for (std::int32_t x = 0; x < s.end; ++x) pointers[slot + x] = pointers[above + x];
      return;
    }
    if (s.row == nullptr) {
      for (std::int32_t x = s.begin; x < s.end; ++x) pointers[slot + x] = padding;
      return;
    }
    const auto copy = [&](std::int32_t x, std::int32_t end) {
      for (; x < end; ++x) {
        std::uint8_t* copied = copies + static_cast<std::size_t>(slot + x) * shape.run_depth;
        runs.copy(s, x, reinterpret_cast<typename Isa::Activation*>(copied));
        pointers[slot + x] = copied;
      }
    };
    copy(s.begin, s.low);
    if (s.low < s.high) {
      const std::uint8_t* from = runs.first_inside(s);
      for (std::int32_t x = s.low; x < s.high; ++x, from += runs.pixel_bytes()) pointers[slot + x] = from;
    }
    copy(s.high, s.end);
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
void copy_runs(const GemmShape<Isa>& shape, const Runs<Isa>& runs, std::int32_t first, std::int32_t count,
               typename Isa::Activation* copies) {
  runs.for_each_stretch(first, count, [&](const Stretch& s) {
    const auto to = [&](std::int32_t x) {
      return copies + static_cast<std::size_t>(s.unit + x - s.begin) * shape.depth +
             static_cast<std::size_t>(s.run) * shape.run_depth;
    };
    for (std::int32_t x = s.begin; x < s.low; ++x) runs.copy(s, x, to(x));
    if (s.low < s.high) {
      const std::uint8_t* from = runs.first_inside(s);
      for (std::int32_t x = s.low; x < s.high; ++x, from += runs.pixel_bytes()) {
        convert(to(x), reinterpret_cast<const typename Isa::Stored*>(from), static_cast<std::int32_t>(shape.run_depth));
      }
    }
    for (std::int32_t x = s.high; x < s.end; ++x) runs.copy(s, x, to(x));
  });
}

}  // namespace
}  // namespace qrun::kernels
