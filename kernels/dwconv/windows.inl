// Where the taps of output pixels lie in memory: one table a strip, for all groups of channels.
//
// Pixels whose columns are all inside the image go kOutputs neighbours at a time: they have the addresses of the row's
// first pixel, and steps from there. The others, and what is left over of a row, are listed one by one, so that those
// of several rows are computed together; a tap outside the image is at the row of zero points.

#pragma once

#include <arm_neon.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/dwconv/chain_pack.inl"
#include "kernels/dwconv/strip.inl"

namespace qrun::kernels {
namespace {

// Addresses are integers: that of a row's first pixel may lie before the image.
using Address = std::uintptr_t;

inline std::int8_t* at_address(Address address) {
  return reinterpret_cast<std::int8_t*>(address);  // NOLINT(performance-no-int-to-ptr): of no object in between
}
inline int8x8_t load_8(Address address) { return vld1_s8(at_address(address)); }

// kOutputs neighbours of a row.
struct Neighbours {
  const Address* taps;      // of the row's pixel 0
  Address steps[kOutputs];  // from it to each of them
  Address pixel;            // from a column to the next
  Address first_output, output_step;

  // Their taps from a channel on.
  struct Window {
    const Address* taps;
    Address steps[kOutputs], pixel;
    int8x8_t load(int output, std::int32_t tap) const { return load_8(taps[tap] + steps[output]); }
  };
  Window at(Address channel) const {
    static_assert(kOutputs == 4);
    return {taps, {steps[0] + channel, steps[1] + channel, steps[2] + channel, steps[3] + channel}, pixel};
  }
  Address output(int i) const { return first_output + static_cast<Address>(i) * output_step; }
};

// kOutputs that are listed.
struct Listed {
  const Address* taps[kOutputs];
  const Address* outputs;

  struct Window {
    const Address* taps[kOutputs];
    Address channel;
    int8x8_t load(int output, std::int32_t tap) const { return load_8(taps[output][tap] + channel); }
  };
  Window at(Address channel) const { return {{taps[0], taps[1], taps[2], taps[3]}, channel}; }
  Address output(int i) const { return outputs[i]; }
};

// What kOutputs pixels read of one row of a 3x3 kernel: columns that neighbours share are loaded once.
template <int kStride, class Window>
class KernelRow {
 public:
  KernelRow(const Window& window, int ky) {
    const Address first = window.taps[3 * ky] + window.steps[0];
#pragma GCC unroll 9
    for (int i = 0; i < kColumns; ++i) x_[i] = load_8(first + static_cast<Address>(i) * window.pixel);
  }
  int8x8_t get(int output, int kx) const { return x_[output * kStride + kx]; }

 private:
  static constexpr int kColumns = (kOutputs - 1) * kStride + 3;
  int8x8_t x_[kColumns];
};

template <int kStride>
class KernelRow<kStride, Listed::Window> {
 public:
  KernelRow(const Listed::Window& window, int ky) : window_(window), first_(3 * ky) {}
  int8x8_t get(int output, int kx) const { return window_.load(output, first_ + kx); }

 private:
  const Listed::Window& window_;
  int first_;
};

class Windows {
 public:
  // `scratch`: shape.table_bytes(). Input: pixel 0 of the image, in memory or not; output: of the whole tensor.
  Windows(const ConvParams& p, const ChainPacked& packed, const Strip& strip, Address input, std::uint8_t* output,
          std::uint8_t* scratch)
      : p_(p), shape_(packed.shape), strip_(strip), rows_(reinterpret_cast<Address*>(scratch)) {
    listed_ = rows_ + std::ptrdiff_t{shape_.most_rows} * shape_.taps;
    outputs_ = listed_ + std::ptrdiff_t{shape_.most_listed} * shape_.taps;
    output_ = reinterpret_cast<Address>(output) +
              at(strip.image * p.output_height + strip.y, std::ptrdiff_t{p.output_width} * shape_.channels);
    // Neighbours: [begin, end) of every row of the strip.
    begin_ = shape_.inner_begin > strip.x_begin ? shape_.inner_begin : strip.x_begin;
    end_ = shape_.inner_end < strip.x_end ? shape_.inner_end : strip.x_end;
    end_ = end_ > begin_ ? begin_ + (end_ - begin_) / kOutputs * kOutputs : begin_;
    const auto zero_points = reinterpret_cast<Address>(packed.zero_points);
    for (std::int32_t row = 0; row < strip.rows; ++row) {
      fill_row(row, input, zero_points);
      list(row, strip.x_begin, begin_ < strip.x_end ? begin_ : strip.x_end, zero_points);
      list(row, end_ > strip.x_begin ? end_ : strip.x_begin, strip.x_end, zero_points);
    }
    // What is missing to the last kOutputs is computed twice.
    for (; count_ % kOutputs != 0; ++count_) {
      std::memcpy(listed_ + count_ * shape_.taps, listed_ + (count_ - 1) * shape_.taps,
                  static_cast<std::size_t>(shape_.taps) * sizeof(Address));
      outputs_[count_] = outputs_[count_ - 1];
    }
  }

  // Calls visit with Neighbours and Listed until each pixel of the strip was in one.
  template <class Visit>
  void for_each(Visit visit) const {
    const Address step = at(p_.stride_width, shape_.pixel_bytes);
    Neighbours neighbours{};
    neighbours.pixel = static_cast<Address>(shape_.pixel_bytes);
    neighbours.output_step = static_cast<Address>(shape_.channels);
    for (std::int32_t row = 0; row < strip_.rows; ++row) {
      neighbours.taps = rows_ + row * shape_.taps;
      for (std::int32_t x = begin_; x < end_; x += kOutputs) {
        for (int i = 0; i < kOutputs; ++i) neighbours.steps[i] = static_cast<Address>(x + i) * step;
        neighbours.first_output = output_of(row, x);
        visit(neighbours);
      }
    }
    Listed listed{};
    for (std::int32_t i = 0; i < count_; i += kOutputs) {
      for (int k = 0; k < kOutputs; ++k) listed.taps[k] = listed_ + (i + k) * shape_.taps;
      listed.outputs = outputs_ + i;
      visit(listed);
    }
  }

 private:
  static Address at(std::int32_t index, std::ptrdiff_t step) { return static_cast<Address>(index * step); }
  Address output_of(std::int32_t row, std::int32_t x) const {
    return output_ + at(row * p_.output_width + x, shape_.channels);
  }

  void fill_row(std::int32_t row, Address input, Address zero_points) {
    Address* tap = rows_ + row * shape_.taps;
    const std::int32_t first = (strip_.y + row) * p_.stride_height - p_.pad_top;
    for (std::int32_t ky = 0; ky < p_.kernel_height; ++ky) {
      const std::int32_t y = first + ky * p_.dilation_height;
      const Address line = y >= 0 && y < p_.input_height ? input + at(y, shape_.row_bytes) : zero_points;
      for (std::int32_t kx = 0; kx < p_.kernel_width; ++kx) {
        *tap++ = line + at(kx * p_.dilation_width - p_.pad_left, shape_.pixel_bytes);
      }
    }
  }

  void list(std::int32_t row, std::int32_t x_begin, std::int32_t x_end, Address zero_points) {
    for (std::int32_t x = x_begin; x < x_end; ++x) {
      const Address* from = rows_ + row * shape_.taps;
      Address* to = listed_ + count_ * shape_.taps;
      const std::int32_t first = x * p_.stride_width - p_.pad_left;
      const Address step = at(x * p_.stride_width, shape_.pixel_bytes);
      for (std::int32_t tap = 0, kx = 0; tap < shape_.taps; ++tap, kx = kx + 1 < p_.kernel_width ? kx + 1 : 0) {
        const std::int32_t column = first + kx * p_.dilation_width;
        to[tap] = column >= 0 && column < p_.input_width ? from[tap] + step : zero_points;
      }
      outputs_[count_++] = output_of(row, x);
    }
  }

  const ConvParams& p_;
  const ChainShape& shape_;
  const Strip& strip_;
  Address* rows_;     // [row][tap] of pixel 0
  Address* listed_;   // [pixel][tap]
  Address* outputs_;  // [pixel]
  Address output_;    // of the strip's row 0, column 0
  std::int32_t begin_, end_, count_ = 0;
};

}  // namespace
}  // namespace qrun::kernels
