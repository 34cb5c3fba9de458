// Every row's convolution kernels against the reference: tiles and panels of every remainder, padding in all its forms,
// the extremes of every number. Rows that this CPU lacks are skipped, and said so.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "kernels/bounds.h"
#include "kernels/kernels.h"
#include "tests/kernels/conv_tester.h"

namespace qrun::kernels::testing {
namespace {

class GemmTest : public ::testing::TestWithParam<const Row*> {
 protected:
  void SetUp() override {
    if (!GetParam()->available()) GTEST_SKIP() << "this CPU does not run " << GetParam()->name;
  }
  ConvTester conv(std::uint32_t seed) { return ConvTester(*GetParam(), seed); }
};

// Rows with convolution kernels of their own.
std::vector<const Row*> rows_to_test() {
  std::vector<const Row*> result;
  for (const Row* row : rows()) {
    if (row->conv[0] != reference_row(row->domain).conv[0]) result.push_back(row);
  }
  return result;
}

constexpr std::int32_t kColumns[] = {1, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 47, 48, 49, 63, 64, 65, 80, 96, 127, 130};

TEST_P(GemmTest, FullyConnectedOfEveryRemainder) {
  constexpr std::int32_t kDepths[] = {1, 2, 3, 4, 5, 8, 31, 66};
  std::uint32_t seed = 0;
  for (std::int32_t rows = 1; rows <= 30; ++rows) {
    for (const std::int32_t columns : kColumns) {
      const std::int32_t depth = kDepths[seed % std::size(kDepths)];
      conv(++seed).batch(rows).input(1, 1, depth).output_channels(columns).test();
      if (HasFatalFailure()) return;
    }
  }
}

TEST_P(GemmTest, PointwiseInSeveralBlocks) {
  for (const std::int32_t channels : {1, 3, 4, 16, 60, 200}) {
    conv(1).input(37, 29, channels).output_channels(40).relu().test();
    conv(2).input(37, 29, channels).output_channels(5).weight_zero_point(11).test();
  }
  conv(3).batch(3).input(2, 2, 5000).output_channels(33).test();
}

TEST_P(GemmTest, FirstLayers) {
  for (const std::int32_t channels : {1, 3, 4}) {
    for (const std::int32_t width : {1, 2, 3, 8, 33}) {
      const auto seed = static_cast<std::uint32_t>(100 * channels + width);
      conv(seed).input(17, width, channels).kernel(3, 3).stride(2, 2).padding(1, 1).output_channels(32).relu().test();
      conv(seed).input(10, width, channels).kernel(10, 4).stride(2, 2).padding(4, 3).output_channels(64).test();
    }
  }
}

TEST_P(GemmTest, KernelLargerThanTheImage) {
  conv(1).input(2, 3, 8).kernel(5, 7).padding(4, 6).output_channels(18).test();
  conv(2).input(1, 1, 3).kernel(3, 3).padding(2, 2).output_channels(9).test();
  conv(3).input(3, 3, 16).kernel(3, 3).dilation(4, 5).padding(8, 10).output_channels(16).test();
}

TEST_P(GemmTest, RandomShapes) {
  for (std::uint32_t seed = 1; seed <= 1000; ++seed) {
    Random random(seed);
    const auto extent = [&](std::int32_t most) { return random.between(1, most); };
    const std::int32_t kernel_height = extent(4), kernel_width = extent(4);
    const std::int32_t dilation_height = extent(2), dilation_width = extent(3);
    // Every window has a tap inside: padding is less than the kernel's reach.
    const std::int32_t reach_height = (kernel_height - 1) * dilation_height;
    const std::int32_t reach_width = (kernel_width - 1) * dilation_width;
    const std::int32_t pad_height = random.between(0, reach_height), pad_width = random.between(0, reach_width);
    ConvTester tester = conv(seed);
    tester.batch(extent(3))
        .input(extent(9) + reach_height, extent(9) + reach_width, random.one_in(3) ? 4 * extent(10) : extent(35))
        .kernel(kernel_height, kernel_width)
        .dilation(dilation_height, dilation_width)
        .stride(extent(3), extent(3))
        .padding(pad_height, pad_width)
        .output_channels(random.one_in(3) ? 16 * extent(5) : extent(70))
        .groups(random.one_in(4) ? extent(4) : 1);
    if (random.one_in(3)) tester.weight_zero_point(random.zero_point());
    if (random.one_in(2)) tester.clamp(random.between(0, 2), random.between(0, 255));
    if (random.one_in(4)) tester.no_bias();
    if (random.one_in(4))
      tester.per_tensor().constants([](std::int32_t, Rescale& rescale, std::int32_t&) { rescale = {1435242001, -17}; });
    tester.test();
    if (HasFatalFailure()) return;
  }
}

TEST_P(GemmTest, ExtremesOfInputsAndWeights) {
  for (const std::int32_t input : {0, 127, 128, 255}) {
    for (const std::int32_t weight : {-128, -127, 127}) {
      for (const std::int32_t zero_point : {-128, 0, 127}) {
        conv(7)
            .batch(9)
            .input(1, 1, 771)
            .output_channels(37)
            .inputs(input)
            .weights(weight)
            .weight_zero_point(zero_point)
            .test();
      }
    }
  }
}

// What rows that add products up in int16 rely on: weights whose magnitudes add up to just 255 in a lane, and to more,
// for every length of a chain, with activations that reach its ends.
TEST_P(GemmTest, SumsAtTheEdgeOfInt16) {
  for (const std::int32_t magnitude : {15, 16, 31, 32, 63, 64, 85, 127, 128}) {
    for (const std::int32_t weight : {-magnitude, std::min(magnitude, 127)}) {
      for (const std::int32_t depth : {1, 8, 9, 16, 17, 24, 33, 56, 64, 75, 96, 128, 201}) {
        for (const std::int32_t input : {127, 128}) {
          conv(1).batch(5).input(1, 1, depth).output_channels(7).inputs(input).weights(weight).test();
          if (HasFatalFailure()) return;
        }
      }
    }
  }
}

// Weights of whose lanes most just fit, and a single one in every position that does not.
TEST_P(GemmTest, OneLargeWeightInEveryPosition) {
  constexpr std::int32_t kDepth = 77, kChannels = 3;
  for (const std::int32_t magnitude : {15, 31, 63, 127}) {
    for (std::int32_t position = 0; position < kDepth; ++position) {
      std::int32_t index = 0;
      conv(1)
          .batch(3)
          .input(1, 1, kDepth)
          .output_channels(kChannels)
          .inputs(128)
          .weights([=](std::int32_t channel, std::int8_t) mutable {
            const std::int32_t k = index++ % kDepth;
            if (channel == 1 && k == position) return std::int8_t{-128};
            return static_cast<std::int8_t>(channel == 0 ? magnitude : -magnitude);
          })
          .test();
      if (HasFatalFailure()) return;
    }
  }
}

// Weights as trained ones are: most of them small, so that long chains pay and some steps come again.
TEST_P(GemmTest, SmallWeights) {
  for (std::uint32_t seed = 1; seed <= 120; ++seed) {
    Random random(seed);
    const std::int32_t spread = random.between(1, 6);
    const std::int32_t kernel = random.between(1, 3);
    ConvTester tester = conv(seed);
    tester.input(random.between(3, 7), random.between(3, 7), random.between(1, 150))
        .kernel(kernel, kernel)
        .padding(random.between(0, kernel - 1), random.between(0, kernel - 1))
        .output_channels(random.between(1, 40))
        .weights([=](std::int32_t, std::int8_t drawn) {
          // drawn^(2 spread - 1), scaled back.
          double x = drawn / 128.0;
          for (std::int32_t i = 1; i < spread; ++i) x *= (drawn / 128.0) * (drawn / 128.0);
          return static_cast<std::int8_t>(x * 127);
        });
    if (random.one_in(3)) tester.weight_zero_point(random.between(-20, 20));
    tester.test();
    if (HasFatalFailure()) return;
  }
}

// All weights are zero: the accumulators are the biases, whatever they are.
TEST_P(GemmTest, EveryRescaleAtItsThresholds) {
  for (std::int32_t shift = -31; shift <= 30; ++shift) {
    for (std::uint32_t seed = 1; seed <= 18; ++seed) {
      Random random(seed * 100 + static_cast<std::uint32_t>(shift + 31));
      ConvTester tester = conv(seed);
      if (seed % 3 != 0) tester.clamp(random.between(0, 2), 255);
      if (seed % 4 == 0) tester.saturating();  // a zero point of 0 goes with any shift
      if (seed > 12 && allows_rounding_once({1, shift})) tester.rounding(Rounding::kOnce);
      // Few rows and many, clamped and saturating: many are requantized while others are multiplied.
      tester.batch(seed % 8 < 4 ? 2 : 11).input(1, 1, 20);
      tester.output_channels(130).weights(0).constants([&](std::int32_t, Rescale& rescale, std::int32_t& bias) {
        const std::int32_t multipliers[] = {0,
                                            1,
                                            1 << 30,
                                            (1 << 30) + 1,
                                            3 << 29,
                                            kInt32Max,
                                            random.between(1 << 30, kInt32Max),
                                            random.between(1, 1 << 30)};
        rescale = {multipliers[random.between(0, 7)], shift};
        // An accumulator next to a half: (k + 1/2) * 2^(31 - shift) / multiplier.
        const std::int32_t most = shift >= -23 ? 300 : 300 >> (-23 - shift);  // so that it fits int64
        const std::int32_t half = 2 * random.between(-most, most) + 1;
        const std::int64_t limit = kInt32Max >> std::max(shift, 0);
        std::int64_t x = random.between(0, 3) == 0 ? random.between(-kInt32Max, kInt32Max) : 0;
        if (x == 0 && rescale.multiplier != 0 && shift < 0) {
          x = half * (std::int64_t{1} << (30 - shift)) / rescale.multiplier + random.between(-2, 2);
        }
        bias = static_cast<std::int32_t>(std::clamp(x, -limit, limit));
        const std::int64_t reach = std::abs(std::int64_t{bias});
        if (!fits_int32(rescale, reach, 255)) bias /= 2;
      });
      tester.test();
      if (HasFatalFailure()) return;
    }
  }
}

// Many rows and few, panels all of whose channels have ties, some and none, any zero point and clamp.
TEST_P(GemmTest, TiesOfEveryShift) {
  std::uint32_t seed = 0;
  for (std::int32_t shift = kMinOnceShift; shift <= kMaxOnceShift; ++shift) {
    for (const std::int32_t every : {1, 3, 60, 1000}) {
      for (const std::int32_t rows : {1, 2, 11, 30}) {
        Random random(++seed);
        ConvTester tester = conv(seed);
        if (random.one_in(3)) tester.clamp(random.between(0, 20), random.between(0, 255));
        if (random.one_in(4)) tester.saturating();
        tester.batch(rows).input(1, 1, 20).output_channels(random.between(1, 130)).ties(shift, every).test();
        if (HasFatalFailure()) return;
      }
    }
  }
}

// Sums of products that meet halves, one in 2^(3 - shift) of them.
TEST_P(GemmTest, TiesOfSums) {
  for (std::uint32_t seed = 1; seed <= 200; ++seed) {
    Random random(seed);
    const std::int32_t kernel = random.between(1, 3), shift = -random.between(1, 9);
    const std::int32_t odd = 2 * random.between(0, 3) + 1, plain = random.one_in(2) ? random.between(0, 40) : 0;
    ConvTester tester = conv(seed);
    tester.input(random.between(3, 9), random.between(3, 9), random.between(1, 40))
        .kernel(kernel, kernel)
        .stride(random.between(1, 2), random.between(1, 2))
        .padding(random.between(0, kernel - 1), random.between(0, kernel - 1))
        .output_channels(random.between(1, 70))
        .rounding(Rounding::kOnce)
        .weights([=](std::int32_t, std::int8_t drawn) { return static_cast<std::int8_t>(drawn >> (7 + shift / 2)); })
        .constants([=](std::int32_t channel, Rescale& rescale, std::int32_t& bias) {
          rescale = {odd << 28, shift};
          if (channel < plain) rescale.multiplier |= 1;
          bias %= 200;
        });
    if (random.one_in(3)) tester.groups(random.between(1, 3));
    if (random.one_in(3)) tester.per_tensor();
    if (random.one_in(3)) tester.clamp(random.between(0, 20), random.between(0, 255));
    tester.test();
    if (HasFatalFailure()) return;
  }
}

std::string row_name(const ::testing::TestParamInfo<const Row*>& info) { return std::string(info.param->name); }

INSTANTIATE_TEST_SUITE_P(Rows, GemmTest, ::testing::ValuesIn(rows_to_test()), row_name);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(GemmTest);  // a build for a CPU without rows of its own

}  // namespace
}  // namespace qrun::kernels::testing
