// What is measured of a quantized network's loss, by hand and where nothing can be divided.

#include "converter/calibrate/accuracy.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <vector>

#include "converter/calibrate/range.h"
#include "converter/half_even.h"
#include "tests/converter/calibrate/distributions.h"
#include "tests/converter/refusal_text.h"

namespace qrun::converter::calibrate {
namespace {

using ::testing::HasSubstr;
using Values = std::vector<float>;

constexpr double kInfinite = std::numeric_limits<double>::infinity();

TEST(SignalToNoise, ByHand) {
  SignalToNoise ratio;
  ratio.add(Values{3, -4}, Values{3.5F, -4});
  EXPECT_DOUBLE_EQ(ratio.decibels(), 20);  // 25 / 0.25
  ratio.add(Values{0}, Values{1.5F});
  EXPECT_DOUBLE_EQ(ratio.decibels(), 10);
  SignalToNoise other;
  other.add(Values{15}, Values{15});
  ratio.merge(other);
  EXPECT_DOUBLE_EQ(ratio.decibels(), 20);
}

TEST(SignalToNoise, OfZeros) {
  SignalToNoise ratio;
  EXPECT_EQ(ratio.decibels(), kInfinite);
  ratio.add(Values{0}, Values{0});
  EXPECT_EQ(ratio.decibels(), kInfinite);
  ratio.add(Values{0}, Values{1});
  EXPECT_EQ(ratio.decibels(), -kInfinite);
  SignalToNoise exact;
  exact.add(Values{2}, Values{2});
  EXPECT_EQ(exact.decibels(), kInfinite);
}

// Uniform values in 255 steps: the signal is 1/12 of the squared range, the noise 1/12 of the squared step.
TEST(SignalToNoise, OfEightBits) {
  const Values values = test::uniform(100000, -1, 1);
  const Quantization quantization = activation_quantization({-1, 1}, false);
  Values back;
  for (const float value : values) {
    const auto q = quantize_half_even(value, quantization.scales[0], quantization.zero_points[0]);
    back.push_back(quantization.scales[0] * static_cast<float>(q - quantization.zero_points[0]));
  }
  SignalToNoise ratio;
  ratio.add(values, back);
  EXPECT_NEAR(ratio.decibels(), 20 * std::log10(255.0), 0.1);
}

TEST(CosineSimilarity, ByHand) {
  CosineSimilarity cosine;
  EXPECT_EQ(cosine.value(), 1);
  cosine.add(Values{0, 0}, Values{0, 0});
  EXPECT_EQ(cosine.value(), 1);
  cosine.add(Values{1}, Values{0});
  EXPECT_EQ(cosine.value(), 0);
  CosineSimilarity other;
  other.add(Values{0}, Values{1});
  other.add(Values{3}, Values{3});
  cosine.merge(other);
  EXPECT_DOUBLE_EQ(cosine.value(), 0.9);
  CosineSimilarity opposite;
  opposite.add(Values{1, 2, 3}, Values{-2, -4, -6});
  EXPECT_DOUBLE_EQ(opposite.value(), -1);
}

TEST(ChannelSignalToNoise, EachChannelCountsTheSame) {
  ChannelSignalToNoise ratio(2);
  EXPECT_EQ(ratio.decibels(), std::numeric_limits<double>::infinity());
  ratio.add(Values{1000, 0.5F}, Values{1000, 0});  // the second is lost
  EXPECT_NEAR(ratio.decibels(), 10 * std::log10(2), 1e-12);
  ratio.add(Values{0, 0}, Values{0, 5});  // no more than lost
  EXPECT_NEAR(ratio.decibels(), 10 * std::log10(2), 1e-12);
  ChannelSignalToNoise same(3);
  same.add(Values{10, 0, 20, 10, 0, 20}, Values{9, 0, 22, 11, 0, 18});  // a channel of zeros does not count
  EXPECT_NEAR(same.decibels(), 20, 1e-12);
  EXPECT_THAT(test::refusal_text([&] { same.add(Values{1, 2}, Values{1, 2}); }), HasSubstr("rows of 3 channels"));
}

TEST(TopAgreement, CountsSamplesWithTheSameFirstMaximum) {
  TopAgreement agreement;
  EXPECT_EQ(agreement.fraction(), 1);
  agreement.add(Values{0, 5, 1}, Values{-3, -1, -2});
  agreement.add(Values{0, 5, 1}, Values{1, 1, 0});  // of equals the first
  agreement.add(Values{2, 2}, Values{7, 6});
  TopAgreement other;
  other.add(Values{1}, Values{-1});
  agreement.merge(other);
  EXPECT_EQ(agreement.samples(), 4U);
  EXPECT_EQ(agreement.agreeing(), 3U);
  EXPECT_DOUBLE_EQ(agreement.fraction(), 0.75);
}

TEST(Accuracy, RefusesWhatCannotBeCompared) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  SignalToNoise ratio;
  CosineSimilarity cosine;
  TopAgreement agreement;
  EXPECT_THAT(test::refusal_text([&] { ratio.add(Values{1, 2}, Values{1}); }), HasSubstr("1 values where"));
  EXPECT_THAT(test::refusal_text([&] { ratio.add(Values{1, nan}, Values{1, 1}); }), HasSubstr("element 1 is nan"));
  EXPECT_THAT(test::refusal_text([&] { cosine.add(Values{1}, Values{nan}); }), HasSubstr("element 0 is nan"));
  EXPECT_THAT(test::refusal_text([&] { agreement.add(Values{}, Values{}); }), HasSubstr("no scores"));
}

}  // namespace
}  // namespace qrun::converter::calibrate
