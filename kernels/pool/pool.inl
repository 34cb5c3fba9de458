// Average and maximum pooling: all taps of a window for a block of channels at a time. Traits: vector.inl.

#pragma once

#include "kernels/vector.inl"

namespace qrun::kernels {
namespace {

// The taps of an output pixel that are inside the image: input rows [top, bottom), columns [left, right).
struct PoolWindow {
  std::int32_t top, bottom, left, right;

  PoolWindow(const PoolParams& p, Pixel pixel)
      : top(pixel.row * p.stride_height - p.pad_top),
        bottom(top + p.kernel_height),
        left(pixel.column * p.stride_width - p.pad_left),
        right(left + p.kernel_width) {
    top = top < 0 ? 0 : top;
    bottom = bottom > p.input_height ? p.input_height : bottom;
    left = left < 0 ? 0 : left;
    right = right > p.input_width ? p.input_width : right;
  }
  std::int32_t count() const { return (bottom - top) * (right - left); }
};

// sum / count, halves away from zero, for 1 <= count <= 2^23 and |sum| <= 255 count.
//
// With u = |sum| + count / 2 < 256 count the result is floor(u / count), at most 255. floor(u m / 2^23) equals it for
// m = ceil(2^23 / count), where u (m count - 2^23) < 2^23: as m count - 2^23 < count, 256 count^2 <= 2^23 suffices,
// which is count <= 181; and u m < 256 count (2^23 / count + 1) < 2^32. Larger counts, whose sums take long anyway, are
// divided bit by bit: count 2^7 < 2^31.
template <class Isa>
class RoundedDivision {
 public:
  using Int32 = typename Isa::Int32;
  using UInt32 = typename Isa::UInt32;

  explicit RoundedDivision(std::int32_t count)
      : count_(static_cast<std::uint32_t>(count)), reciprocal_(((1U << 23) + count_ - 1) / count_) {}

  Int32 operator()(Int32 sum) const {
    const Int32 sign = sum >> 31;
    const UInt32 dividend = UInt32((sum ^ sign) - sign) + count_ / 2;
    const Int32 quotient = count_ <= 181 ? Int32((dividend * reciprocal_) >> 23) : divide(Int32(dividend));
    return (quotient ^ sign) - sign;
  }

 private:
  Int32 divide(Int32 dividend) const {
    Int32 quotient = {};
    for (int bit = 7; bit >= 0; --bit) {
      const Int32 multiple = Int32{} + (static_cast<std::int32_t>(count_) << bit);
      const Int32 fits = dividend >= multiple;  // -1 or 0
      dividend -= fits & multiple;
      quotient -= fits << bit;
    }
    return quotient;
  }

  std::uint32_t count_, reciprocal_;
};

// What a pool makes of a window: starts, takes in each tap, finishes.
template <class Isa>
class Average {
 public:
  Average(const PoolParams& p, std::int32_t count) : origin_(p.origin), count_(count), divide_(count) {}
  typename Isa::Int32 start() const { return typename Isa::Int32{} - origin_ * count_; }
  static typename Isa::Int32 take(typename Isa::Int32 sum, typename Isa::Int32 x) { return sum + x; }
  typename Isa::Int32 finish(typename Isa::Int32 sum) const { return divide_(sum) + origin_; }

 private:
  std::int32_t origin_, count_;
  RoundedDivision<Isa> divide_;
};

template <class Isa>
class Maximum {
 public:
  Maximum(const PoolParams&, std::int32_t) {}
  static typename Isa::Int32 start() { return typename Isa::Int32{} + Isa::kRange.min; }
  static typename Isa::Int32 take(typename Isa::Int32 largest, typename Isa::Int32 x) {
    return largest > x ? largest : x;
  }
  static typename Isa::Int32 finish(typename Isa::Int32 largest) { return largest; }
};

// Calls visit(x) for the channels from `x` on of every tap; x points to those of the image's first pixel.
template <class Stored, class Visit>
void for_each_tap_of(const PoolParams& p, const PoolWindow& window, const Stored* x, Visit visit) {
  for (std::int32_t row = window.top; row < window.bottom; ++row) {
    const Stored* tap = x + (std::ptrdiff_t{row} * p.input_width + window.left) * p.channels;
    for (std::int32_t column = window.left; column < window.right; ++column, tap += p.channels) visit(tap);
  }
}

template <class Isa, template <class> class Pooling>
void pool(const PoolParams& p, const Operands& operands, Range pixels) {
  using Int32 = typename Isa::Int32;
  for (std::int32_t i = pixels.begin; i < pixels.end; ++i) {
    const Pixel pixel = pixel_at(i, p.output_height, p.output_width);
    const PoolWindow window(p, pixel);
    const Pooling<Isa> pooling(p, window.count());
    const typename Isa::Stored* x =
        stored_input<Isa>(operands, 0) + pixel_index({pixel.batch, 0, 0}, p.input_height, p.input_width) * p.channels;
    typename Isa::Stored* y = stored_output<Isa>(operands) + std::ptrdiff_t{i} * p.channels;
    std::int32_t c = 0;
    for (; p.channels - c >= kBlockLanes<Isa>; c += kBlockLanes<Isa>) {
      Int32 lanes[Isa::kBlock];
      for (Int32& lane : lanes) lane = pooling.start();
      for_each_tap_of(p, window, x + c, [&lanes](const typename Isa::Stored* tap) {
#pragma GCC unroll 4
        for (int v = 0; v < Isa::kBlock; ++v)
          lanes[v] = Pooling<Isa>::take(lanes[v], Isa::widen(tap + v * Isa::kLanes));
      });
      for (Int32& lane : lanes) lane = pooling.finish(lane);
      Isa::store(y + c, lanes, p.clamp);
    }
    for (; c < p.channels; c += Isa::kLanes) {
      const int left = lanes_left<Isa>(p.channels, c);
      Int32 lanes = pooling.start();
      for_each_tap_of(p, window, x + c, [&lanes, left](const typename Isa::Stored* tap) {
        lanes = Pooling<Isa>::take(lanes, Isa::widen(tap, left));
      });
      Isa::store(y + c, pooling.finish(lanes), p.clamp, left);
    }
  }
}

}  // namespace
}  // namespace qrun::kernels
