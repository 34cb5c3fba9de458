// The overflow proofs: exact at int32's edge, and true of what they promise.

#include "kernels/bounds.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <vector>

#include "tests/kernels/random.h"

namespace qrun::kernels {
namespace {

constexpr Rescale kHalf = {1 << 30, 0};
constexpr Rescale kNearlyOne = {kInt32Max, 0};
constexpr std::int64_t kTwoTo31 = std::int64_t{1} << 31;

TEST(Bounds, AccumulatorIsExactAtTheEdge) {
  // reach 255, 255 * 8421504 = 2^31 - 128.
  const ChannelBound inside = channel_bound(8421504, 127, -128, 127, -128, kHalf, 0);
  EXPECT_EQ(inside.accumulator, kTwoTo31 - 1);
  EXPECT_TRUE(inside.proved);
  const ChannelBound outside = channel_bound(8421504, -128, -128, 127, -128, kHalf, 0);
  EXPECT_EQ(outside.accumulator, kTwoTo31);
  EXPECT_FALSE(outside.proved);
  EXPECT_EQ(outside.output_min, 0);
  EXPECT_EQ(outside.output_max, 0);
}

TEST(Bounds, LeastBiasIsNotProved) {
  const ChannelBound bound = channel_bound(0, kInt32Min, -128, 127, 0, kHalf, 0);
  EXPECT_EQ(bound.accumulator, kTwoTo31);
  EXPECT_FALSE(bound.proved);
}

TEST(Bounds, ReachIsTheFartherEndFromTheZeroPoint) {
  EXPECT_EQ(channel_bound(10, 0, -128, 127, -128, kHalf, 0).accumulator, 2550);
  EXPECT_EQ(channel_bound(10, 0, -128, 127, 127, kHalf, 0).accumulator, 2550);
  EXPECT_EQ(channel_bound(10, 0, -128, 127, 0, kHalf, 0).accumulator, 1280);
  EXPECT_EQ(channel_bound(10, -7, 0, 255, 100, kHalf, 0).accumulator, 1557);
}

TEST(Bounds, LeftShiftMustNotWrap) {
  EXPECT_TRUE(fits_int32({1 << 30, 3}, (1 << 28) - 1, 0));
  EXPECT_FALSE(fits_int32({1 << 30, 3}, 1 << 28, 0));
  EXPECT_TRUE(fits_int32({1 << 30, 30}, 1, 0));
  EXPECT_FALSE(fits_int32({1 << 30, 30}, 2, 0));
  EXPECT_FALSE(fits_int32(kHalf, kTwoTo31, 0));
}

TEST(Bounds, OffsetMustNotLeaveInt32) {
  const std::int32_t top = apply(kNearlyOne, kInt32Max);
  EXPECT_TRUE(fits_int32(kNearlyOne, kInt32Max, kInt32Max - top));
  EXPECT_FALSE(fits_int32(kNearlyOne, kInt32Max, kInt32Max - top + 1));
  const std::int32_t bottom = apply(kNearlyOne, -kInt32Max);
  EXPECT_TRUE(fits_int32(kNearlyOne, kInt32Max, std::int64_t{kInt32Min} - bottom));
  EXPECT_FALSE(fits_int32(kNearlyOne, kInt32Max, std::int64_t{kInt32Min} - bottom - 1));
}

TEST(Bounds, EveryAccumulatorGivesAnOutputWithinTheBounds) {
  for (std::uint32_t seed = 0; seed < 2000; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    testing::Random random(seed);
    const std::int32_t weights = random.between(0, 1 << random.between(0, 22));
    const std::int32_t bias = random.between(-100000, 100000);
    const Rounding rounding = seed % 2 == 0 ? Rounding::kTwice : Rounding::kOnce;
    Rescale rescale = {random.between(0, kInt32Max), random.between(-31, 8)};
    if (rounding == Rounding::kOnce) {
      rescale = {random.one_in(3) ? 1 << 30 : rescale.multiplier, random.between(kMinOnceShift, kMaxOnceShift)};
    }
    const std::int32_t zero_point = random.zero_point();
    const ChannelBound bound =
        channel_bound(weights, bias, -128, 127, random.zero_point(), rescale, zero_point, rounding);
    if (!bound.proved) continue;
    const auto reach = static_cast<std::int32_t>(bound.accumulator);
    for (const std::int32_t acc : {-reach, 1 - reach, 0, reach - 1, reach, random.between(-reach, reach)}) {
      if (acc < -reach || acc > reach) continue;
      const std::int64_t y = std::int64_t{apply(rescale, acc, rounding)} + zero_point;
      EXPECT_LE(bound.output_min, y);
      EXPECT_GE(bound.output_max, y);
    }
  }
}

TEST(Bounds, WeightSumsHonourStrideFlipAndZeroPoint) {
  const std::vector<std::uint8_t> weights = {0x80, 1, 0xFF, 2, 0x7F, 3};
  EXPECT_EQ(sum_abs_weights(weights.data(), 3, 2, 0, 0), 128 + 1 + 127);
  EXPECT_EQ(sum_abs_weights(weights.data(), 3, 2, 0x80, 0), 0 + 127 + 1);
  EXPECT_EQ(sum_abs_weights(weights.data(), 3, 2, 0, -128), 0 + 127 + 255);
  EXPECT_EQ(sum_abs_weights(weights.data() + 1, 3, 2, 0, 0), 6);
  EXPECT_EQ(sum_abs_weights(weights.data(), 0, 1, 0, 0), 0);
}

TEST(Bounds, WeightSumsOfAnyLengthEqualTheirDefinition) {
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    testing::Random random(seed);
    std::vector<std::uint8_t> weights(static_cast<std::size_t>(random.between(0, 400)));
    for (std::uint8_t& weight : weights) weight = static_cast<std::uint8_t>(random.between(0, 255));
    const std::int32_t zero_point = seed % 4 == 0 ? -128 : seed % 4 == 1 ? 127 : random.zero_point();
    for (const std::uint8_t flip : {std::uint8_t{0}, std::uint8_t{0x80}}) {
      std::int64_t sum = 0;
      for (const std::uint8_t weight : weights) sum += std::abs(static_cast<std::int8_t>(weight ^ flip) - zero_point);
      EXPECT_EQ(sum_abs_weights(weights.data(), static_cast<std::int64_t>(weights.size()), 1, flip, zero_point), sum)
          << "seed " << seed;
    }
  }
}

TEST(Bounds, WeightSumsMayExceed32Bits) {
  const std::int64_t count = (std::int64_t{1} << 24) + 3;
  const std::vector<std::uint8_t> weights(static_cast<std::size_t>(2 * count), 0x80);
  EXPECT_EQ(sum_abs_weights(weights.data(), count, 1, 0, 127), 255 * count);
  EXPECT_EQ(sum_abs_weights(weights.data(), count, 2, 0, 127), 255 * count);
}

}  // namespace
}  // namespace qrun::kernels
