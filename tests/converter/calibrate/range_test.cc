// Each method's range on distributions of which the right one is known, and its quantization.

#include "converter/calibrate/range.h"

#include <gmock/gmock.h>

#include <limits>
#include <string>

#include "converter/half_even.h"
#include "tests/converter/calibrate/distributions.h"
#include "tests/converter/refusal_text.h"

namespace qrun::converter::calibrate {
namespace {

using ::testing::HasSubstr;

constexpr RangeMethod kMethods[] = {RangeMethod::kMinMax, RangeMethod::kMovingAverage, RangeMethod::kPercentile,
                                    RangeMethod::kMse, RangeMethod::kEntropy};
constexpr std::size_t kMany = 200000;

Observer observed(const std::vector<float>& sample) {
  Observer observer;
  observer.observe(sample);
  return observer;
}

std::vector<float> with_outlier(std::vector<float> values, float outlier) {
  values.push_back(outlier);
  return values;
}

// Mean squared error of what 8 bits leave of the values.
double error(const std::vector<float>& values, const Range& range) {
  const Quantization quantization = activation_quantization(range, false);
  const float scale = quantization.scales[0];
  double sum = 0;
  for (const float value : values) {
    const auto q = quantize_half_even(value, scale, quantization.zero_points[0]) - quantization.zero_points[0];
    const double difference = static_cast<double>(value) - static_cast<double>(scale) * static_cast<double>(q);
    sum += difference * difference;
  }
  return sum / static_cast<double>(values.size());
}

TEST(CalibrateRange, NamesAreReadBack) {
  for (const RangeMethod method : kMethods) EXPECT_EQ(range_method(range_method_name(method)), method);
  EXPECT_EQ(range_method("kl"), std::nullopt);
}

// Without tails there is nothing to cut off.
TEST(CalibrateRange, UniformValuesKeepTheirRange) {
  const Observer observer = observed(test::uniform(kMany, -1, 3));
  for (const RangeMethod method : kMethods) {
    const Range range = observer.range(method);
    EXPECT_NEAR(range.min, -1, 0.02) << range_method_name(method);
    EXPECT_NEAR(range.max, 3, 0.02) << range_method_name(method);
  }
}

// 3.92 is where the squared errors of clipping and of 256 steps together are least (Banner et al. 2018, arXiv
// 1810.05723, solve the same equation).
TEST(CalibrateRange, NormalValues) {
  const Observer observer = observed(test::normal(kMany));
  const Range all = observer.range(RangeMethod::kMinMax), mse = observer.range(RangeMethod::kMse);
  EXPECT_NEAR(all.max, 4.565, 0.001);  // the quantile of 1 - 0.5 / 200000
  EXPECT_NEAR(mse.min, -3.92, 0.08);
  EXPECT_NEAR(mse.max, 3.92, 0.08);
  const Range percentile = observer.range(RangeMethod::kPercentile);
  EXPECT_NEAR(percentile.min, -3.719, 0.02);
  EXPECT_NEAR(percentile.max, 3.719, 0.02);
  const Range two_sigma = observer.range(RangeMethod::kPercentile, {.percentile = 97.725});
  EXPECT_NEAR(two_sigma.max, 2, 0.01);
  const Range entropy = observer.range(RangeMethod::kEntropy);
  EXPECT_GT(entropy.max, 3);
  EXPECT_LT(entropy.min, -3);
  EXPECT_LE(entropy.max, all.max);
}

TEST(CalibrateRange, MseIsNoWorseThanAnyOtherMethod) {
  for (const auto& values : {test::normal(kMany), test::half_normal(kMany), with_outlier(test::normal(kMany), 40),
                             test::uniform(kMany, -1, 3)}) {
    const Observer observer = observed(values);
    const double least = error(values, observer.range(RangeMethod::kMse));
    for (const RangeMethod method : kMethods) {
      EXPECT_LE(least, 1.01 * error(values, observer.range(method))) << range_method_name(method);
    }
  }
}

// One value of 40 among two million.
TEST(CalibrateRange, AFarOutlierIsClippedByAllButMinMax) {
  const std::vector<float> values = test::normal(kMany);
  Observer observer = observed(with_outlier(values, 40)), mirrored = observed(with_outlier(values, -40));
  for (int i = 1; i < 10; ++i) {
    observer.observe(values);
    mirrored.observe(values);
  }
  EXPECT_EQ(observer.range(RangeMethod::kMinMax).max, 40);
  EXPECT_EQ(mirrored.range(RangeMethod::kMinMax).min, -40);
  for (const RangeMethod method : {RangeMethod::kPercentile, RangeMethod::kMse, RangeMethod::kEntropy}) {
    const Range range = observer.range(method), mirror = mirrored.range(method);
    EXPECT_LT(range.max, 9) << range_method_name(method);
    EXPECT_GT(range.max, 3) << range_method_name(method);
    EXPECT_GT(range.min, -5) << range_method_name(method);
    EXPECT_LT(range.min, -3) << range_method_name(method);
    EXPECT_NEAR(mirror.min, -range.max, 0.1) << range_method_name(method);
    EXPECT_NEAR(mirror.max, -range.min, 0.1) << range_method_name(method);
  }
}

// Where one of n values is at 40 and the rest within [-3.92, 3.92], the error (40 - max)^2 + n (max + 3.92)^2 / 12 /
// 255^2 is least at max = (40 - 3.92 k) / (1 + k), k = n / 12 / 255^2. A rarer outlier is clipped harder.
TEST(CalibrateRange, MseClipsAnOutlierByItsShare) {
  for (const std::size_t count : {std::size_t{50000}, kMany}) {
    const double k = static_cast<double>(count) / 12 / 255 / 255;
    const Range range = observed(with_outlier(test::normal(count), 40)).range(RangeMethod::kMse);
    EXPECT_NEAR(range.max, (40 - 3.92 * k) / (1 + k), 0.5);
    EXPECT_NEAR(range.min, -3.92, 0.5);
  }
}

TEST(CalibrateRange, OneSidedValuesStartAtZero) {
  const Observer relu = observed(test::half_normal(kMany));
  for (const RangeMethod method : kMethods) {
    const Range range = relu.range(method);
    EXPECT_EQ(range.min, 0) << range_method_name(method);
    EXPECT_GT(range.max, 3) << range_method_name(method);
    EXPECT_LE(range.max, 4.6) << range_method_name(method);
    EXPECT_EQ(activation_quantization(range, false).zero_points[0], -128);
  }
  const Observer negative = observed(test::uniform(kMany, -5, -4));
  for (const RangeMethod method : kMethods) {
    const Range range = negative.range(method);
    EXPECT_EQ(range.max, 0) << range_method_name(method);
    EXPECT_NEAR(range.min, -5, 0.02) << range_method_name(method);
    EXPECT_EQ(activation_quantization(range, false).zero_points[0], 127);
  }
}

// However few they are, what is not zero is kept.
TEST(CalibrateRange, RareValuesAmongZerosAreKept) {
  std::vector<float> values(kMany, 0.0F);
  values[5] = 2;
  for (const RangeMethod method : kMethods) {
    const Range range = observed(values).range(method);
    EXPECT_EQ(range.min, 0) << range_method_name(method);
    EXPECT_NEAR(range.max, 2, 0.002) << range_method_name(method);
  }
}

TEST(CalibrateRange, MovingAverageOfSamples) {
  Observer observer;
  observer.observe(std::vector<float>{-1, 2});
  observer.observe(std::vector<float>{});
  observer.observe(std::vector<float>{0, 12});
  Observer later;
  later.observe(std::vector<float>{-21, 3});
  observer.merge(later);
  const Range range = observer.range(RangeMethod::kMovingAverage, {.momentum = 0.9});
  EXPECT_FLOAT_EQ(range.min, -2.91F);  // 0.9 * (0.9 * -1 + 0.1 * 0) + 0.1 * -21
  EXPECT_FLOAT_EQ(range.max, 3);       // 0.9 * (0.9 * 2 + 0.1 * 12) + 0.1 * 3
  const Range usual = observer.range(RangeMethod::kMovingAverage);
  EXPECT_FLOAT_EQ(usual.min, -1.1901F);  // 0.99 * (0.99 * -1 + 0.01 * 0) + 0.01 * -21
  const Range last = observer.range(RangeMethod::kMovingAverage, {.momentum = 0});
  EXPECT_EQ(last, (Range{-21, 3}));
  EXPECT_EQ(observer.range(RangeMethod::kMinMax), (Range{-21, 12}));
}

TEST(CalibrateRange, MergedObserversAgreeWithOne) {
  const std::vector<float> values = with_outlier(test::normal(20000), 30);
  const std::span<const float> all = values;
  Observer one, part, rest;
  for (const auto sample : {all.first(500), all.subspan(500, 12000), all.subspan(12500)}) one.observe(sample);
  part.observe(all.first(500));
  rest.observe(all.subspan(500, 12000));
  rest.observe(all.subspan(12500));
  part.merge(rest);
  for (const RangeMethod method : kMethods) EXPECT_EQ(part.range(method), one.range(method));
}

TEST(CalibrateRange, RefusesWhatItCannotTell) {
  Observer observer;
  EXPECT_THAT(test::refusal_text([&] { observer.range(RangeMethod::kMinMax); }), HasSubstr("at least one sample"));
  const std::vector<float> bad{std::numeric_limits<float>::quiet_NaN()};
  EXPECT_THAT(test::refusal_text([&] { observer.observe(bad); }), HasSubstr("nan"));
  EXPECT_THAT(test::refusal_text([&] { observer.range(RangeMethod::kMinMax); }), HasSubstr("at least one sample"));
  observer.observe(std::vector<float>{1});
  const auto text = [&](RangeMethod method, const RangeOptions& options) {
    return test::refusal_text([&] { observer.range(method, options); });
  };
  EXPECT_THAT(text(RangeMethod::kMovingAverage, {.momentum = 1}), HasSubstr("momentum is 1"));
  EXPECT_THAT(text(RangeMethod::kPercentile, {.percentile = 50}), HasSubstr("percentile is 50"));
  EXPECT_THAT(text(RangeMethod::kPercentile, {.percentile = std::nan("")}), HasSubstr("percentile is nan"));
}

// ---- Quantization ----

TEST(ActivationQuantization, Asymmetric) {
  EXPECT_EQ(activation_quantization({0, 255}, false), (Quantization{{1}, {-128}}));
  EXPECT_EQ(activation_quantization({-255, 0}, false), (Quantization{{1}, {127}}));
  EXPECT_EQ(activation_quantization({-128, 127}, false), (Quantization{{1}, {0}}));
  EXPECT_EQ(activation_quantization({-1, 3}, false), (Quantization{{4.0F / 255}, {-64}}));  // -128 + 63.75
}

TEST(ActivationQuantization, Symmetric) {
  EXPECT_EQ(activation_quantization({-1, 127}, true), (Quantization{{1}, {0}}));
  EXPECT_EQ(activation_quantization({-254, 127}, true), (Quantization{{2}, {0}}));
}

// Every range's zero is a step, and its ends are at most half a step outside what 8 bits reach.
TEST(ActivationQuantization, ZeroIsExactAndEndsAreHeld) {
  for (int i = 0; i <= 1000; ++i) {
    const float min = -0.0123F * static_cast<float>(i), max = 12.3F + min;
    const Quantization quantization = activation_quantization({min, max}, false);
    const float scale = quantization.scales[0];
    const std::int64_t zero_point = quantization.zero_points[0];
    ASSERT_EQ(quantize_half_even(0, scale, zero_point), zero_point);
    ASSERT_GE(zero_point, -128);
    ASSERT_LE(zero_point, 127);
    ASSERT_LE(min, 0);
    ASSERT_GE(min, scale * (static_cast<float>(-128 - zero_point) - 0.501F));
    ASSERT_LE(max, scale * (static_cast<float>(127 - zero_point) + 0.501F));
  }
}

TEST(ActivationQuantization, ZeroWidthIsDefinedAndFlagged) {
  const Range range = observed(std::vector<float>(10, 0.0F)).range(RangeMethod::kMse);
  EXPECT_TRUE(range.is_zero());
  EXPECT_EQ(activation_quantization(range, false), (Quantization{{1}, {0}}));
  EXPECT_EQ(activation_quantization(range, true), (Quantization{{1}, {0}}));
}

TEST(ActivationQuantization, RefusesScalesThatFloat32DoesNotHold) {
  using Limits = std::numeric_limits<float>;
  const auto text = [](Range range, bool symmetric) {
    return test::refusal_text([&] { activation_quantization(range, symmetric); });
  };
  EXPECT_THAT(text({0, Limits::min()}, false), HasSubstr("too narrow for a float32 scale; multiply the weights"));
  EXPECT_THAT(text({-Limits::denorm_min(), 0}, true), HasSubstr("too narrow"));
  EXPECT_THAT(text({0, Limits::infinity()}, false), HasSubstr("is not finite; look for an overflow"));
  EXPECT_THAT(text({-Limits::max(), Limits::max()}, false), "not refused");
  EXPECT_THAT(text({1, 2}, false), HasSubstr("does not hold zero"));
  EXPECT_THAT(text({Limits::quiet_NaN(), 2}, false), HasSubstr("does not hold zero"));
}

}  // namespace
}  // namespace qrun::converter::calibrate
