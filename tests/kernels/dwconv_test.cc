// Every row's depthwise kernels against the reference: channel counts of every remainder, kernels, strides, dilations
// and padding of every kind, ranges that begin and end anywhere. Rows that this CPU lacks are skipped, and said so.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "kernels/bounds.h"
#include "kernels/kernels.h"
#include "tests/kernels/conv_tester.h"

namespace qrun::kernels::testing {
namespace {

class DwconvTest : public ::testing::TestWithParam<const Row*> {
 protected:
  void SetUp() override {
    if (!GetParam()->available()) GTEST_SKIP() << "this CPU does not run " << GetParam()->name;
  }
  ConvTester dwconv(std::uint32_t seed) { return std::move(ConvTester(*GetParam(), seed).depthwise()); }
};

// Rows with depthwise kernels of their own.
std::vector<const Row*> rows_to_test() {
  std::vector<const Row*> result;
  for (const Row* row : rows()) {
    if (row->depthwise[0] != reference_row(row->domain).depthwise[0]) result.push_back(row);
  }
  return result;
}

TEST_P(DwconvTest, ChannelsOfEveryRemainder) {
  std::uint32_t seed = 0;
  for (std::int32_t channels = 1; channels <= 140; ++channels) {
    for (const std::int32_t stride : {1, 2, 3}) {
      ConvTester tester = dwconv(++seed);
      tester.input(5, 6, channels).kernel(3, 3).stride(stride, stride).padding(1, 1);
      if (seed % 3 == 0) tester.saturating();
      if (seed % 3 == 1) tester.relu();
      tester.test();
      if (HasFatalFailure()) return;
    }
  }
}

TEST_P(DwconvTest, EveryKernel) {
  std::uint32_t seed = 0;
  for (std::int32_t height = 1; height <= 7; ++height) {
    for (std::int32_t width = 1; width <= 7; ++width) {
      for (const std::int32_t stride : {1, 2, 3}) {
        for (const std::int32_t channels : {3, 8, 32, 48}) {
          const std::int32_t dilation = ++seed % 4 == 0 ? 2 : 1;
          dwconv(seed)
              .input(height * dilation + 3, width * dilation + 4, channels)
              .kernel(height, width)
              .stride(stride, stride)
              .dilation(dilation, dilation)
              .padding((height - 1) * dilation / 2, (width - 1) * dilation / 2)
              .test();
          if (HasFatalFailure()) return;
        }
      }
    }
  }
}

TEST_P(DwconvTest, RangesCutAtEveryUnit) {
  std::uint32_t seed = 0;
  for (const std::int32_t height : {1, 2, 3, 6}) {
    for (const std::int32_t width : {1, 2, 3, 5}) {
      for (const std::int32_t stride : {1, 2}) {
        for (const std::int32_t channels : {5, 16, 64, 80}) {
          for (const std::int32_t kernel : {3, 5}) {
            dwconv(++seed)
                .batch(2)
                .input(height, width, channels)
                .kernel(kernel, kernel)
                .stride(stride, stride)
                .padding(kernel / 2, kernel / 2)
                .cut_everywhere()
                .test();
            if (HasFatalFailure()) return;
          }
        }
      }
    }
  }
}

// More than one strip of columns, of channels, and of rows.
TEST_P(DwconvTest, LinesThatAreCut) {
  dwconv(1).input(3, 400, 24).kernel(3, 3).padding(1, 1).test();
  dwconv(2).input(3, 300, 64).kernel(5, 5).stride(2, 2).padding(2, 2).test();
  dwconv(3).input(5, 5, 2048).kernel(5, 5).padding(2, 2).test();
  dwconv(4).input(7, 9, 960).kernel(3, 3).dilation(2, 2).padding(2, 2).test();
  dwconv(5).input(100, 4, 8).kernel(3, 3).padding(1, 1).test();
  dwconv(6).input(90, 7, 32).kernel(3, 3).padding(1, 1).test();
  dwconv(7).input(75, 9, 96).kernel(3, 3).stride(2, 2).padding(1, 1).test();
  dwconv(8).input(4, 3, 33).kernel(4, 3).padding(3, 2).test();
  dwconv(9).input(1, 1, 700).kernel(3, 3).padding(2, 2).test();
}

// Sums of weights' magnitudes next to 256, the most that 16 bits hold of products with int8, and weights of -128, of
// which a single product with -128 alone goes. They lie on other taps in every channel.
TEST_P(DwconvTest, SumsNextToWhat16BitsHold) {
  constexpr std::int32_t kChannels = 20, kTaps = 9;
  std::uint32_t seed = 0;
  for (const std::int32_t input : {0x00, 0x7F, 0x80, 0xFF}) {
    for (const std::int32_t sum : {128, 254, 255, 256, 257, 258, 384, 510, 512, kTaps * 128}) {
      for (const std::int32_t most : {127, 128, 64, 29}) {
        for (const std::int32_t sign : {-1, 1}) {
          if (most == 128 && sign > 0) continue;
          const std::int32_t first = static_cast<std::int32_t>(++seed) % kTaps;
          std::vector<std::int32_t> left(kChannels, sum);  // of each channel
          dwconv(seed)
              .input(3, 6, kChannels)
              .kernel(3, 3)
              .padding(1, 1)
              .inputs(input)
              .weights([&, i = 0](std::int32_t channel, std::int8_t) mutable {
                std::int32_t& rest = left[static_cast<std::size_t>(channel)];
                const std::int32_t place = (i++ / kChannels + channel * 4 + first) % kTaps;
                const std::int32_t weight = place * most < sum ? std::min(rest, most) : 0;
                rest -= weight;
                return static_cast<std::int8_t>(sign * weight);
              })
              .test();
          if (HasFatalFailure()) return;
        }
      }
    }
  }
}

// Activations of the extremes whose products with the weights all have one sign: the sums reach what the magnitudes
// allow, at both ends of 16 bits, whichever part of the weights is positive.
TEST_P(DwconvTest, SumsAtBothEndsOf16Bits) {
  constexpr std::int32_t kChannels = 16, kTaps = 9;
  std::uint32_t seed = 0;
  for (std::int32_t sum = 255; sum <= 258; ++sum) {
    for (std::int32_t positive = 110; positive <= 140; ++positive) {
      for (const bool greatest : {false, true}) {
        // Five taps share the positive part, four the negative one.
        const auto weight_of = [=](std::int32_t tap) {
          const std::int32_t part = tap < 5 ? positive : sum - positive, among = tap < 5 ? 5 : 4;
          const std::int32_t magnitude = part / among + ((tap < 5 ? tap : tap - 5) < part % among ? 1 : 0);
          return static_cast<std::int8_t>(tap < 5 ? magnitude : -magnitude);
        };
        dwconv(++seed)
            .input(3, 3, kChannels)
            .kernel(3, 3)
            .inputs([=](std::size_t i, std::uint8_t) -> std::uint8_t {
              return (static_cast<std::int32_t>(i) / kChannels < 5) == greatest ? 127 : 128;
            })
            .weights([=, i = 0](std::int32_t, std::int8_t) mutable { return weight_of(i++ / kChannels % kTaps); })
            .test();
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST_P(DwconvTest, MorePaddingThanImage) {
  std::uint32_t seed = 0;
  for (const std::int32_t channels : {1, 7, 8, 9, 24, 40}) {
    for (const std::int32_t width : {1, 2}) {
      for (const std::int32_t padding : {1, 2, 4}) {
        for (const std::int32_t kernel : {3, 5}) {
          for (const std::int32_t dilation : {1, 2, 3}) {
            if ((kernel - 1) * dilation + 1 > 1 + 2 * padding) continue;
            const std::int32_t stride = 1 + static_cast<std::int32_t>(++seed) % 3;
            dwconv(seed)
                .batch(2)
                .input(1 + static_cast<std::int32_t>(seed) % 2, width, channels)
                .kernel(kernel, kernel)
                .dilation(dilation, dilation)
                .stride(stride, 4 - stride)
                .padding(padding, padding)
                .test();
            if (HasFatalFailure()) return;
          }
        }
      }
    }
  }
}

TEST_P(DwconvTest, RandomShapes) {
  for (std::uint32_t seed = 1; seed <= 1500; ++seed) {
    Random random(seed);
    const auto extent = [&](std::int32_t most) { return random.between(1, most); };
    const bool usual = random.one_in(2);
    const std::int32_t kernel_height = usual ? 3 : extent(5), kernel_width = usual ? 3 : extent(5);
    const std::int32_t dilation_height = usual ? 1 : extent(2), dilation_width = usual ? 1 : extent(3);
    const std::int32_t reach_height = (kernel_height - 1) * dilation_height;
    const std::int32_t reach_width = (kernel_width - 1) * dilation_width;
    const std::int32_t pad_height = random.between(0, reach_height), pad_width = random.between(0, reach_width);
    ConvTester tester = dwconv(seed);
    tester.batch(extent(3))
        .input(extent(9) + reach_height, extent(9) + reach_width, random.one_in(3) ? 16 * extent(10) : extent(70))
        .kernel(kernel_height, kernel_width)
        .dilation(dilation_height, dilation_width)
        .stride(extent(2), extent(2))
        .padding(pad_height, pad_width);
    if (random.one_in(4)) tester.weight_zero_point(random.zero_point());
    if (random.one_in(2)) tester.clamp(random.between(0, 2), random.between(0, 255));
    if (random.one_in(4)) tester.no_bias();
    if (random.one_in(3)) tester.saturating();
    if (random.one_in(4)) {
      tester.per_tensor().constants([](std::int32_t, Rescale& rescale, std::int32_t&) { rescale = {1435242001, -9}; });
    }
    tester.test();
    if (HasFatalFailure()) return;
  }
}

TEST_P(DwconvTest, ExtremesOfInputsAndWeights) {
  for (const std::int32_t input : {0, 127, 128, 255}) {
    for (const std::int32_t weight : {-128, -127, 127}) {
      for (const std::int32_t zero_point : {-128, 0, 127}) {
        for (const std::int32_t channels : {11, 64}) {
          dwconv(7)
              .input(4, 5, channels)
              .kernel(3, 3)
              .padding(1, 1)
              .inputs(input)
              .weights(weight)
              .weight_zero_point(zero_point)
              .test();
          if (HasFatalFailure()) return;
        }
      }
    }
  }
}

// Groups of lanes with second terms and without, in turn and alone, by columns and by lines.
TEST_P(DwconvTest, WeightsThatSplitInSomeChannels) {
  std::uint32_t seed = 0;
  for (const std::int32_t channels : {5, 24, 72, 128, 200, 320, 960}) {
    for (const std::int32_t zero_point : {-127, -20, 3, 127}) {
      for (const std::int32_t every : {32, 64, 100, 1000}) {
        for (const std::int32_t stride : {1, 2}) {
          const std::int32_t kernel = ++seed % 3 == 0 ? 5 : 3;
          const std::int32_t offset = static_cast<std::int32_t>(seed * 7) % 100;
          dwconv(seed)
              .input(4, 5, channels)
              .kernel(kernel, kernel)
              .stride(stride, stride)
              .padding(kernel / 2, kernel / 2)
              .weight_zero_point(zero_point)
              .weights([=](std::int32_t channel, std::int8_t drawn) {
                if (channel % every == offset % every) return drawn;
                // Less the zero point these fit int8.
                return static_cast<std::int8_t>(std::clamp<std::int32_t>(drawn, zero_point - 128, zero_point + 127));
              })
              .test();
          if (HasFatalFailure()) return;
        }
      }
    }
  }
}

// The room for second terms is what is packed more where some weights need them.
TEST_P(DwconvTest, OnlyGroupsThatSplitHaveRoomForSecondTerms) {
  constexpr std::int32_t kChannels = 1024;
  for (const ConvKernel* kernel : GetParam()->depthwise) {
    if (kernel == nullptr || kernel == reference_row(GetParam()->domain).depthwise[0]) continue;
    ConvParams params = {};
    params.batch = params.groups = 1;
    params.stride_height = params.stride_width = params.dilation_height = params.dilation_width = 1;
    params.input_height = params.input_width = params.output_height = params.output_width = 8;
    params.kernel_height = params.kernel_width = 3;
    params.pad_top = params.pad_left = 1;
    params.input_channels = params.output_channels = kChannels;
    params.clamp = {0, 127};
    std::vector<std::uint8_t> weights(std::size_t{9} * kChannels, 0);
    const std::vector<Rescale> rescale(kChannels, {1 << 30, -9});
    const std::vector<std::uint32_t> bounds(kChannels, 1 << 20);
    const auto bytes = [&](std::int32_t zero_point) {
      params.weight_zero_point = zero_point;
      return kernel->packed_bytes(params, {weights.data(), 0, nullptr, rescale.data(), kChannels, bounds.data()});
    };
    const std::size_t none = bytes(0);
    EXPECT_EQ(bytes(10), none);
    weights[std::size_t{4} * kChannels + 504] = 0x80;  // less 10 below int8
    const std::size_t one = bytes(10) - none;
    EXPECT_EQ(bytes(0), none);
    weights[std::size_t{4} * kChannels + 511] = 0x80;  // in the same group
    EXPECT_EQ(bytes(10) - none, one);
    weights[std::size_t{2} * kChannels + 512] = 0x80;  // in the next one
    weights[kChannels - 1] = 0x80;                     // in the last one
    EXPECT_EQ(bytes(10) - none, 3 * one);
  }
}

// All weights are zero: the accumulators are the biases, which lie next to the thresholds between two results.
TEST_P(DwconvTest, EveryRescaleAtItsThresholds) {
  for (std::int32_t shift = -31; shift <= 30; ++shift) {
    for (std::uint32_t seed = 1; seed <= 18; ++seed) {
      Random random(seed * 100 + static_cast<std::uint32_t>(shift + 31));
      ConvTester tester = dwconv(seed);
      if (seed % 3 == 0) tester.saturating();
      if (seed % 3 == 1) tester.relu();
      if (seed > 12 && allows_rounding_once({1, shift})) tester.rounding(Rounding::kOnce);
      // Both by columns and by lines.
      tester.input(2, 3, seed % 2 == 0 ? 192 : 200).kernel(3, seed % 2 == 0 ? 3 : 1).weights(0).padding(1, 1);
      tester.constants([&](std::int32_t, Rescale& rescale, std::int32_t& bias) {
        const std::int32_t multipliers[] = {1 << 30, (1 << 30) + 1, 3 << 29, kInt32Max,
                                            random.between(1 << 30, kInt32Max)};
        rescale = {multipliers[random.between(0, 4)], shift};
        const std::int64_t limit = kInt32Max >> std::max(shift, 0);
        std::int64_t x = random.between(-kInt32Max, kInt32Max);
        if (shift < 0 && !random.one_in(8)) {
          const std::int32_t most = shift >= -23 ? 300 : 300 >> (-23 - shift);  // so that it fits int64
          const std::int32_t half = 2 * random.between(-most, most) + 1;
          x = half * (std::int64_t{1} << (30 - shift)) / rescale.multiplier + random.between(-2, 2);
        }
        bias = static_cast<std::int32_t>(std::clamp(x, -limit, limit));
        if (!fits_int32(rescale, std::abs(std::int64_t{bias}), 255)) bias /= 2;
      });
      tester.test();
      if (HasFatalFailure()) return;
    }
  }
}

// Groups all of whose channels have ties, some and none, by columns and by lines.
TEST_P(DwconvTest, TiesOfEveryShift) {
  std::uint32_t seed = 0;
  for (std::int32_t shift = kMinOnceShift; shift <= kMaxOnceShift; ++shift) {
    for (const std::int32_t every : {1, 3, 60, 1000}) {
      for (const std::int32_t channels : {5, 192, 200}) {
        Random random(++seed);
        ConvTester tester = dwconv(seed);
        if (random.one_in(3)) tester.clamp(random.between(0, 20), random.between(0, 255));
        if (random.one_in(4)) tester.saturating();
        tester.input(2, 3, channels).kernel(3, random.one_in(2) ? 3 : 1).padding(1, 0).ties(shift, every).test();
        if (HasFatalFailure()) return;
      }
    }
  }
}

// Sums of products that meet halves, one in 2^(3 - shift) of them.
TEST_P(DwconvTest, TiesOfSums) {
  for (std::uint32_t seed = 1; seed <= 200; ++seed) {
    Random random(seed);
    const std::int32_t kernel = random.between(1, 5), shift = -random.between(1, 8);
    const std::int32_t odd = 2 * random.between(0, 3) + 1, plain = random.one_in(2) ? random.between(0, 40) : 0;
    ConvTester tester = dwconv(seed);
    tester.input(random.between(5, 9), random.between(5, 9), random.one_in(2) ? 32 : random.between(1, 100))
        .kernel(kernel, kernel)
        .stride(random.between(1, 2), random.between(1, 2))
        .padding(random.between(0, kernel - 1), random.between(0, kernel - 1))
        .rounding(Rounding::kOnce)
        .weights([=](std::int32_t, std::int8_t drawn) { return static_cast<std::int8_t>(drawn >> (6 + shift / 2)); })
        .constants([=](std::int32_t channel, Rescale& rescale, std::int32_t& bias) {
          rescale = {odd << 28, shift};
          if (channel < plain) rescale.multiplier |= 1;
          bias %= 200;
        });
    if (random.one_in(3)) tester.per_tensor();
    if (random.one_in(3)) tester.clamp(random.between(0, 20), random.between(0, 255));
    tester.test();
    if (HasFatalFailure()) return;
  }
}

std::string row_name(const ::testing::TestParamInfo<const Row*>& info) { return std::string(info.param->name); }

INSTANTIATE_TEST_SUITE_P(Rows, DwconvTest, ::testing::ValuesIn(rows_to_test()), row_name);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(DwconvTest);  // a build for a CPU without rows of its own

}  // namespace
}  // namespace qrun::kernels::testing
