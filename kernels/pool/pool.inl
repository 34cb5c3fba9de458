// Average and maximum pooling: all taps of a window for some blocks of channels at a time; fewer channels than a block
// go by vectors. Traits: vector.inl.

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

// The average of `count` stored numbers from their sum, halves away from the origin; 1 <= count <= 2^23.
//
// Numbers less the least one are in [0, 255]; S is their sum, o the origin less the least. Halves of S / count are
// rounded up, but those below o, which only an even count has, down: the average is floor(u / count) for
// u = S + count / 2 - [S < o count and count is even], 0 <= u < 256 count.
//
// floor(u m / 2^23) equals it for m = ceil(2^23 / count), where u (m count - 2^23) < 2^23: as m count - 2^23 < count,
// 256 count^2 <= 2^23 suffices, which is count <= 181; and u m < 256 count (2^23 / count + 1) < 2^32. Larger counts,
// whose sums take long anyway, are divided bit by bit: count 2^7 < 2^31.
template <class Isa>
class RoundedDivision {
 public:
  using Int32 = typename Isa::Int32;
  using UInt32 = typename Isa::UInt32;

  RoundedDivision(std::int32_t count, std::int32_t origin)
      : start_(count / 2 - count * Isa::kRange.min),
        first_up_(count % 2 == 0 ? count / 2 + count * (origin - Isa::kRange.min) : 0),
        count_(static_cast<std::uint32_t>(count)),
        reciprocal_(((1U << 23) + count_ - 1) / count_) {}

  // What the sum starts from.
  std::int32_t start() const { return start_; }

  Int32 operator()(Int32 sum) const {
    const Int32 dividend = sum + (sum < first_up_);  // a true comparison is -1
    const Int32 quotient = count_ <= 181 ? Int32((UInt32(dividend) * reciprocal_) >> 23) : divide(dividend);
    return quotient + Isa::kRange.min;
  }

 private:
  [[gnu::noinline]] Int32 divide(Int32 dividend) const {
    Int32 quotient = {};
    for (int bit = 7; bit >= 0; --bit) {
      const Int32 multiple = Int32{} + (static_cast<std::int32_t>(count_) << bit);
      const Int32 fits = dividend >= multiple;  // -1 or 0
      dividend -= fits & multiple;
      quotient -= fits << bit;
    }
    return quotient;
  }

  std::int32_t start_, first_up_;
  std::uint32_t count_, reciprocal_;
};

// What a pool makes of a window: starts, takes in each tap, finishes; of one vector, or of kBlocks blocks.
template <class Isa>
class Average {
 public:
  using Int32 = typename Isa::Int32;
  using Stored = typename Isa::Stored;
  template <int kBlocks>
  using Blocks = typename Isa::template Sums<kBlocks>;

  Average(const PoolParams& p, std::int32_t count) : divide_(count, p.origin), clamp_(p.clamp) {}

  Int32 start() const { return Int32{} + divide_.start(); }
  static Int32 take(Int32 sum, Int32 x) { return sum + x; }
  Int32 finish(Int32 sum) const { return divide_(sum); }

  template <int kBlocks>
  Blocks<kBlocks> start_blocks() const {
    return Blocks<kBlocks>(divide_.start());
  }
  template <int kBlocks>
  void finish(Blocks<kBlocks>& sums, Stored* y) const {
    const Int32* sum = sums.lanes();
    for (int b = 0; b < kBlocks; ++b, sum += Isa::kBlock) {
      Int32 lanes[Isa::kBlock];
      for (int v = 0; v < Isa::kBlock; ++v) lanes[v] = finish(sum[v]);
      Isa::store(y + b * kBlockLanes<Isa>, lanes, clamp_);
    }
  }

 private:
  RoundedDivision<Isa> divide_;
  Clamp clamp_;
};

template <class Isa>
class Maximum {
 public:
  using Int32 = typename Isa::Int32;
  using Stored = typename Isa::Stored;
  using Bytes = typename Isa::Bytes;
  template <int kBlocks>
  struct Blocks {
    void add(const Stored* tap) {
#pragma GCC unroll 4
      for (int b = 0; b < kBlocks; ++b) {
        Bytes x;
        std::memcpy(&x, tap + b * kBlockLanes<Isa>, sizeof(x));
        largest[b] = largest[b] > x ? largest[b] : x;
      }
    }
    Bytes largest[kBlocks];
  };

  Maximum(const PoolParams& p, std::int32_t /*count*/) : clamp_(p.clamp) {}

  static Int32 start() { return Int32{} + Isa::kRange.min; }
  static Int32 take(Int32 largest, Int32 x) { return largest > x ? largest : x; }
  static Int32 finish(Int32 largest) { return largest; }

  template <int kBlocks>
  Blocks<kBlocks> start_blocks() const {
    Blocks<kBlocks> blocks;
    for (Bytes& largest : blocks.largest) largest = Bytes{} + static_cast<Stored>(clamp_.min);
    return blocks;
  }
  template <int kBlocks>
  void finish(const Blocks<kBlocks>& blocks, Stored* y) const {
    const Bytes max = Bytes{} + static_cast<Stored>(clamp_.max);
    for (int b = 0; b < kBlocks; ++b) {
      const Bytes clamped = blocks.largest[b] < max ? blocks.largest[b] : max;
      std::memcpy(y + b * kBlockLanes<Isa>, &clamped, sizeof(clamped));
    }
  }

 private:
  Clamp clamp_;
};

// Calls visit(x) for the channels from `x` on of every tap; x points to those of the image's first pixel.
template <class Stored, class Visit>
void for_each_tap_of(const PoolParams& p, const PoolWindow& window, const Stored* x, Visit visit) {
  for (std::int32_t row = window.top; row < window.bottom; ++row) {
    const Stored* tap = x + (std::ptrdiff_t{row} * p.input_width + window.left) * p.channels;
    for (std::int32_t column = window.left; column < window.right; ++column, tap += p.channels) visit(tap);
  }
}

// kBlocks blocks of channels of an output pixel. Inline: most windows are small.
template <class Isa, int kBlocks, class Pooling>
[[gnu::always_inline]] inline void pool_blocks(const PoolParams& p, const PoolWindow& window, const Pooling& pooling,
                                               const typename Isa::Stored* x, typename Isa::Stored* y) {
  auto blocks = pooling.template start_blocks<kBlocks>();
  for_each_tap_of(p, window, x, [&blocks](const typename Isa::Stored* tap) { blocks.add(tap); });
  pooling.template finish<kBlocks>(blocks, y);
}

// All channels of an output pixel.
template <class Isa, class Pooling>
void pool_pixel(const PoolParams& p, const PoolWindow& window, const Pooling& pooling, const typename Isa::Stored* x,
                typename Isa::Stored* y) {
  constexpr int kBlocks = 4;
  constexpr std::ptrdiff_t kChannels = kBlockLanes<Isa>;
  std::ptrdiff_t c = 0;
  for (; p.channels - c >= kBlocks * kChannels; c += kBlocks * kChannels) {
    pool_blocks<Isa, kBlocks>(p, window, pooling, x + c, y + c);
  }
  if (p.channels >= kChannels) {
    for (; c < p.channels; c += kChannels) {
      if (p.channels - c < kChannels) c = p.channels - kChannels;  // the last block may overlap the one before it
      pool_blocks<Isa, 1>(p, window, pooling, x + c, y + c);
    }
    return;
  }
  for (; c < p.channels; c += Isa::kLanes) {
    const int left = lanes_left<Isa>(p.channels, c);
    typename Isa::Int32 lanes = pooling.start();
    for_each_tap_of(p, window, x + c, [&lanes, left](const typename Isa::Stored* tap) {
      lanes = Pooling::take(lanes, Isa::widen(tap, left));
    });
    Isa::store(y + c, pooling.finish(lanes), p.clamp, left);
  }
}

template <class Isa, template <class> class Pooling>
void pool(const PoolParams& p, const Operands& operands, Range pixels) {
  for (std::int32_t i = pixels.begin; i < pixels.end; ++i) {
    const Pixel pixel = pixel_at(i, p.output_height, p.output_width);
    const PoolWindow window(p, pixel);
    const typename Isa::Stored* x =
        stored_input<Isa>(operands, 0) + pixel_index({pixel.batch, 0, 0}, p.input_height, p.input_width) * p.channels;
    pool_pixel<Isa>(p, window, Pooling<Isa>(p, window.count()), x,
                    stored_output<Isa>(operands) + std::ptrdiff_t{i} * p.channels);
  }
}

}  // namespace
}  // namespace qrun::kernels
