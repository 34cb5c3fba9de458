// Depthwise convolution for NEON without dot products, of 64 and of 32 bits: smull and smlal of 8 channels.
//
// The input is read where it lies. kOutputs pixels are computed at once, so that no multiplication waits for the one
// before; they share what is loaded of a group of channels. Products add up in 16 bits along the chains that packing
// found (chains.inl), and only these in 32.

#include <arm_neon.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include "kernels/dwconv/chain_pack.inl"
#include "kernels/dwconv/dwconv.h"
#include "kernels/dwconv/finish_neon.inl"
#include "kernels/dwconv/strip.inl"
#include "kernels/dwconv/windows.inl"

namespace qrun::kernels {
namespace {

using Sums = int32x4_t[kOutputs][2];

inline void add_words(int16x8_t words, int32x4_t (&sums)[2]) {
  sums[0] = vaddw_s16(sums[0], vget_low_s16(words));
#ifdef __aarch64__
  sums[1] = vaddw_high_s16(sums[1], words);
#else
  sums[1] = vaddw_s16(sums[1], vget_high_s16(words));
#endif
}

// The next `count` chains of kLength terms.
template <int kLength, class Window>
[[gnu::always_inline]] inline void add_chains(std::int32_t count, const Window& window, const std::uint16_t*& taps,
                                              const std::int8_t*& weights, Sums& sums) {
  for (; count > 0; --count) {
    int16x8_t chain[kOutputs];
#pragma GCC unroll 9
    for (int term = 0; term < kLength; ++term) {
      const int8x8_t weight = vld1_s8(weights + term * kGroupChannels);
      for (int i = 0; i < kOutputs; ++i) {
        const int8x8_t x = window.load(i, taps[term]);
        chain[i] = term == 0 ? vmull_s8(x, weight) : vmlal_s8(chain[i], x, weight);
      }
    }
    taps += kLength;
    weights += kLength * kGroupChannels;
    for (int i = 0; i < kOutputs; ++i) add_words(chain[i], sums[i]);
  }
}

// The 9 taps of a 3x3 kernel, cut into chains.
template <std::uint32_t kCut, int kStride, class Window>
[[gnu::always_inline]] inline void add_cut(const Window& window, const std::int8_t* weights, Sums& sums) {
  int16x8_t chain[kOutputs];
#pragma GCC unroll 3
  for (int ky = 0; ky < 3; ++ky) {
    const KernelRow<kStride, Window> row(window, ky);
#pragma GCC unroll 3
    for (int kx = 0; kx < 3; ++kx) {
      const int tap = 3 * ky + kx;
      const bool begins = tap == 0 || (kCut >> (tap - 1) & 1) != 0, ends = (kCut >> tap & 1) != 0;
      const int8x8_t weight = vld1_s8(weights + tap * kGroupChannels);
      for (int i = 0; i < kOutputs; ++i) {
        chain[i] = begins ? vmull_s8(row.get(i, kx), weight) : vmlal_s8(chain[i], row.get(i, kx), weight);
      }
      for (int i = 0; ends && i < kOutputs; ++i) add_words(chain[i], sums[i]);
    }
  }
}

template <int kStride, class Window>
[[gnu::always_inline]] inline void add_cut(const ChainGroup& group, const Window& window, Sums& sums) {
  const std::int8_t* weights = group.weights();
  const auto add = [&]<std::size_t... kCut>(std::index_sequence<kCut...>) __attribute__((always_inline)) {
    static_cast<void>(((group.cut == kCut && (add_cut<kCuts[kCut], kStride>(window, weights, sums), true)) || ...));
  };
  add(std::make_index_sequence<std::size(kCuts)>());
}

// Terms in chains of each length.
template <class Window>
[[gnu::always_inline]] inline void add_terms(const ChainGroup& group, const Window& window, Sums& sums) {
  const std::int32_t done = group.cut != kUncut ? kCutTaps : 0;
  const std::uint16_t* taps = group.taps() + done;
  const std::int8_t* weights = group.weights() + done * kGroupChannels;
  const auto add = [&]<std::size_t... kIndex>(std::index_sequence<kIndex...>) __attribute__((always_inline)) {
    (add_chains<kChainLengths[kIndex]>(group.chains[kIndex], window, taps, weights, sums), ...);
  };
  add(std::make_index_sequence<std::size(kChainLengths)>());
}

template <Form kForm, bool kWords>
[[gnu::always_inline]] inline void requantize(const ChainGroup& group, const Sums& sums, int8x8_t (&y)[kOutputs]) {
  const RequantizeBytes<kForm, kWords> requantize(group.constants);
  for (int i = 0; i < kOutputs; ++i) y[i] = requantize(sums[i]);
}

template <class Pixels>
[[gnu::always_inline]] inline void store(const Pixels& pixels, std::int32_t channel, std::int32_t channels,
                                         const int8x8_t (&y)[kOutputs]) {
  if (channels >= kGroupChannels) {
    for (int i = 0; i < kOutputs; ++i) vst1_s8(at_address(pixels.output(i) + static_cast<Address>(channel)), y[i]);
    return;
  }
#pragma GCC unroll 4
  for (int i = 0; i < kOutputs; ++i) {
    const int8x8_t bytes = y[i];  // not y itself, which would be kept in memory
    std::memcpy(at_address(pixels.output(i)), &bytes, static_cast<std::size_t>(channels));
  }
}

// kOutputs pixels in groups [begin, end). `group`: the packed first one; returns that after the last.
// kStride: that of the neighbours of a 3x3 kernel, or 0 for other kernels.
template <int kStride, class Pixels>
[[gnu::noinline]] const ChainGroup* compute(const ChainShape& shape, Clamp range, const ChainGroup* group,
                                            std::int32_t begin, std::int32_t end, const Pixels& of_pixels) {
  const Pixels pixels = of_pixels;  // a copy: a store of bytes might alias whatever is still in memory
  const std::int32_t channels = shape.channels, last = first_channel(channels, shape.groups - 1);
  std::int32_t channel = first_channel(channels, begin);
  for (std::int32_t index = begin; index < end; ++index, group = group->next()) {
    Sums sums;
    for (auto& of_pixel : sums) {
      for (int v = 0; v < 2; ++v) of_pixel[v] = vld1q_s32(group->constants[v].bias);
    }
    const auto window = pixels.at(static_cast<Address>(channel));
    if constexpr (kStride > 0) add_cut<kStride>(*group, window, sums);
    if (kStride == 0 || group->terms != kCutTaps || group->cut == kUncut) add_terms(*group, window, sums);
    int8x8_t y[kOutputs];
    if (group->form == Form::kOnce) {
      if (group->words) {
        requantize<Form::kOnce, true>(*group, sums, y);
      } else {
        requantize<Form::kOnce, false>(*group, sums, y);
      }
    } else if (group->form == Form::kOnceWithTies) {
      requantize<Form::kOnceWithTies, false>(*group, sums, y);
    } else if (!group->words) {
      requantize<Form::kAny, false>(*group, sums, y);
    } else if (group->form == Form::kRightShift) {
      requantize<Form::kRightShift, true>(*group, sums, y);
    } else {
      requantize<Form::kRightShiftClamped, true>(*group, sums, y);
    }
    clamp_bytes(y, range);
    store(pixels, channel, channels, y);
    channel = channel + kGroupChannels < last ? channel + kGroupChannels : last;
  }
  return group;
}

// The rows that a strip reads, each pixel of fewer than 8 channels in 8 bytes. Returns where row 0 would be.
Address expand_rows(const ConvParams& p, const ChainShape& shape, const Strip& strip, const std::uint8_t* image,
                    std::uint8_t* to) {
  std::int32_t begin = strip.y * p.stride_height - p.pad_top;
  std::int32_t end = begin + (strip.rows - 1) * p.stride_height + (p.kernel_height - 1) * p.dilation_height + 1;
  if (begin < 0) begin = 0;
  if (end > p.input_height) end = p.input_height;
  const auto first = reinterpret_cast<Address>(to) - static_cast<Address>(begin * shape.row_bytes);
  const std::ptrdiff_t pixels = end > begin ? std::ptrdiff_t{end - begin} * p.input_width : 0;
  const std::uint8_t* from = image + std::ptrdiff_t{begin} * p.input_width * shape.channels;
  for (std::ptrdiff_t i = 0; i < pixels; ++i, from += shape.channels, to += kGroupChannels) {
    std::memcpy(to, from, static_cast<std::size_t>(shape.channels));
    std::memset(to + shape.channels, 0, static_cast<std::size_t>(kGroupChannels - shape.channels));
  }
  return first;
}

// The depthwise convolution of ConvParams (kernels.h) for the output pixels of `range`, on what chain_pack packed.
// Reads past the end: none. Errors: none. Source: docs/arithmetic.md, Linear operators.
void run(const void* params, const Operands& operands, Range range) {
  constexpr std::int32_t kBlockGroups = 16;  // two cache lines of each pixel: they stay in the first-level cache
  const ConvParams& p = *static_cast<const ConvParams*>(params);
  const ChainPacked packed(operands.constant);
  const ChainShape& shape = packed.shape;
  const std::ptrdiff_t image_bytes = std::ptrdiff_t{p.input_height} * p.input_width * p.input_channels;
  for (std::int32_t unit = range.begin; unit < range.end;) {
    const Strip strip = first_strip(p, {unit, range.end}, shape.most_rows);
    const std::uint8_t* image = operands.input[0] + strip.image * image_bytes;
    const Address input = shape.expanded_bytes == 0
                              ? reinterpret_cast<Address>(image)
                              : expand_rows(p, shape, strip, image, operands.scratch + shape.table_bytes());
    const Windows windows(p, packed, strip, input, operands.output, operands.scratch);
    const ChainGroup* group = packed.groups;
    for (std::int32_t begin = 0; begin < shape.groups; begin += kBlockGroups) {
      const std::int32_t end = shape.groups - begin < kBlockGroups ? shape.groups : begin + kBlockGroups;
      const ChainGroup* next = group;
      const auto visit = [&]<class Pixels>(const Pixels& pixels) {
        auto compute_at = shape.stride == 0 ? compute<0, Pixels> : compute<1, Pixels>;
        if constexpr (std::is_same_v<Pixels, Neighbours>) {
          if (shape.stride == 2) compute_at = compute<2, Pixels>;
        }
        next = compute_at(shape, p.clamp, group, begin, end, pixels);
      };
      windows.for_each(visit);
      group = next;
    }
    unit += pixels_of(strip);
  }
}

// Taps are numbered in 16 bits; more than some thousands, listed for pixels of a whole row, would be a large table.
bool accepts(const ConvParams& p, const ConvConstants&) {
  constexpr std::int64_t kMostTaps = 4096;
  return p.output_channels == p.input_channels && std::int64_t{p.kernel_height} * p.kernel_width <= kMostTaps;
}

// In the unit of dw_cost (dwconv.inl): two for the products of a tap and their sums, and requantization.
std::int64_t cost(const ConvParams& p) {
  const std::int64_t groups = divide_up(p.input_channels, kGroupChannels);
  return pixel_count(p) * groups * (std::int64_t{p.kernel_height} * p.kernel_width * 2 + 8);
}

}  // namespace

constinit const ConvKernel kDepthwiseNeon = {
    .name = "qs8_qc8w_dwconv_4x8c__neon",
    .accepts = accepts,
    .cost = cost,
    .packed_bytes = chain_packed_bytes,
    .pack = chain_pack,
    .scratch_bytes = chain_scratch_bytes,
    .units = dw_units,
    .run = run,
};

}  // namespace qrun::kernels
