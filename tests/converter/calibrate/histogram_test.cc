// What the histogram counts, and that it depends on the values alone.

#include "converter/calibrate/histogram.h"

#include <gmock/gmock.h>

#include <limits>
#include <random>

#include "tests/converter/calibrate/distributions.h"
#include "tests/converter/refusal_text.h"

namespace qrun::converter::calibrate {
namespace {

using ::testing::HasSubstr;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

Histogram histogram_of(std::span<const float> values) {
  Histogram histogram;
  histogram.add(values);
  return histogram;
}

void expect_same_counts(const Histogram& a, const Histogram& b) {
  EXPECT_EQ(a.count(), b.count());
  EXPECT_EQ(a.zeros(), b.zeros());
  EXPECT_EQ(a.min(), b.min());
  EXPECT_EQ(a.max(), b.max());
  ASSERT_EQ(a.width(), b.width());
  ASSERT_EQ(a.first(), b.first());
  ASSERT_EQ(a.last(), b.last());
  for (int k = a.first(); k <= a.last(); ++k) ASSERT_EQ(a.bin(k), b.bin(k)) << k;
}

// Of many magnitudes, both signs, and zeros.
std::vector<float> scattered(std::size_t count) {
  std::mt19937_64 random(7);
  std::vector<float> values;
  for (std::size_t i = 0; i < count; ++i) {
    const auto mantissa = static_cast<double>(random() % 2001) / 1000 - 1;
    values.push_back(random() % 5 == 0 ? 0 : static_cast<float>(std::ldexp(mantissa, static_cast<int>(random() % 40))));
  }
  return values;
}

TEST(CalibrateHistogram, CountsEveryValueInTheBinThatHoldsIt) {
  const std::vector<float> values = scattered(5000);
  const Histogram histogram = histogram_of(values);
  std::vector<std::uint64_t> expected(4096);
  double sum = 0, squares = 0;
  std::uint64_t zeros = 0;
  for (const float value : values) {
    const double bin = std::floor(static_cast<double>(value) / histogram.width());
    ++(value == 0 ? zeros : expected[static_cast<std::size_t>(bin + 2048)]);
    sum += static_cast<double>(value);
    squares += static_cast<double>(value) * static_cast<double>(value);
  }
  EXPECT_EQ(histogram.count(), values.size());
  EXPECT_EQ(histogram.zeros(), zeros);
  EXPECT_EQ(histogram.min(), *std::min_element(values.begin(), values.end()));
  EXPECT_EQ(histogram.max(), *std::max_element(values.begin(), values.end()));
  EXPECT_DOUBLE_EQ(histogram.sum(), sum);
  EXPECT_DOUBLE_EQ(histogram.sum_of_squares(), squares);
  for (int k = histogram.first(); k <= histogram.last(); ++k) {
    ASSERT_EQ(histogram.bin(k), expected[static_cast<std::size_t>(k + 2048)]) << k;
  }
}

TEST(CalibrateHistogram, BinsAreAsNarrowAsTheRangeAllows) {
  const Histogram positive = histogram_of(std::vector<float>{0.5F, 1.0F});
  EXPECT_EQ(positive.width(), std::ldexp(1.0, -10));  // 1 would be in bin 2048 of those half as wide
  EXPECT_EQ(positive.first(), 0);
  EXPECT_EQ(positive.last(), 1024);
  const Histogram negative = histogram_of(std::vector<float>{-1.0F});
  EXPECT_EQ(negative.first(), -1024);
  EXPECT_EQ(negative.last(), 0);
  EXPECT_EQ(negative.bin(-1024), 1U);
}

TEST(CalibrateHistogram, DoesNotDependOnOrderOrPieces) {
  std::vector<float> values = scattered(3000);
  const Histogram once = histogram_of(values);
  Histogram one_by_one;
  for (const float& value : values) one_by_one.add({&value, 1});
  expect_same_counts(once, one_by_one);
  std::sort(values.begin(), values.end(), [](float a, float b) { return std::fabs(a) < std::fabs(b); });
  Histogram growing;
  for (const float& value : values) growing.add({&value, 1});
  expect_same_counts(once, growing);
}

TEST(CalibrateHistogram, MergingEqualsOnePass) {
  const std::vector<float> values = scattered(3000);
  const std::span<const float> all = values;
  const Histogram once = histogram_of(all);
  for (const std::size_t cut : {0U, 1U, 17U, 1500U, 2999U, 3000U}) {
    Histogram forward = histogram_of(all.first(cut)), backward = histogram_of(all.subspan(cut));
    const Histogram first = forward;
    forward.merge(backward);
    backward.merge(first);
    expect_same_counts(once, forward);
    expect_same_counts(once, backward);
    // Of values that cancel, the rounding of the greatest partial sums stays.
    EXPECT_NEAR(forward.sum(), once.sum(), 1e-14 * 3000 * static_cast<double>(std::max(once.max(), -once.min())));
    EXPECT_DOUBLE_EQ(forward.sum_of_squares(), once.sum_of_squares());
  }
}

TEST(CalibrateHistogram, TakesEveryFiniteFloat) {
  using Limits = std::numeric_limits<float>;
  Histogram histogram = histogram_of(std::vector<float>{Limits::denorm_min(), -Limits::denorm_min(), -0.0F});
  EXPECT_EQ(histogram.bin(1), 1U);
  EXPECT_EQ(histogram.bin(-1), 1U);
  EXPECT_EQ(histogram.zeros(), 1U);
  histogram.add(std::vector<float>{Limits::max(), Limits::lowest()});
  EXPECT_EQ(histogram.count(), 5U);
  EXPECT_EQ(histogram.bin(histogram.first()), 1U);
  EXPECT_EQ(histogram.bin(histogram.last()), 1U);
  EXPECT_EQ(histogram.bin(0), 1U);
  EXPECT_EQ(histogram.bin(-1), 1U);
  EXPECT_EQ(histogram.quantile(0), static_cast<double>(Limits::lowest()));
  EXPECT_EQ(histogram.quantile(1), static_cast<double>(Limits::max()));
}

TEST(CalibrateHistogram, RefusesWhatIsNotFiniteAndCountsNothingOfIt) {
  Histogram histogram = histogram_of(std::vector<float>{1.0F});
  for (const float bad : {kNan, std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity()}) {
    const std::vector<float> values{2.0F, bad, 3.0F};
    EXPECT_THAT(test::refusal_text([&] { histogram.add(values); }), HasSubstr("its element 1 is "));
  }
  expect_same_counts(histogram, histogram_of(std::vector<float>{1.0F}));
}

TEST(CalibrateHistogram, QuantilesAreThoseOfTheDistribution) {
  const Histogram uniform = histogram_of(test::uniform(100000, -1, 3));
  for (const double fraction : {0.0, 0.001, 0.25, 0.5, 0.9999, 1.0}) {
    EXPECT_NEAR(uniform.quantile(fraction), -1 + 4 * fraction, uniform.width()) << fraction;
  }
  const Histogram relu = histogram_of(test::half_normal(100000));
  EXPECT_EQ(relu.quantile(0), 0);
  EXPECT_EQ(relu.quantile(0.5), 0);
  EXPECT_NEAR(relu.quantile(0.975), 1.95996, 2 * relu.width());
  EXPECT_EQ(histogram_of(std::vector<float>{-3.0F, -3.0F}).quantile(0.5), -3);
}

}  // namespace
}  // namespace qrun::converter::calibrate
