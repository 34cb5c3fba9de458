// Weight schemes on worked examples, and the bias that makes up for their rounding.

#include "converter/calibrate/weights.h"

#include <gmock/gmock.h>

#include <limits>
#include <string>

#include "converter/calibrate/bias.h"
#include "tests/converter/calibrate/distributions.h"
#include "tests/converter/refusal_text.h"

namespace qrun::converter::calibrate {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

const std::vector<float> kMatrix = {0.0114F, -0.0231F, 0.0445F, 0, 0, 0, -0.0409F, -0.0435F, -0.0400F};
const Channels kRows = channels_along({3, 3}, 0);

std::vector<std::string> four_digits(const std::vector<float>& values) {
  std::vector<std::string> texts;
  texts.reserve(values.size());
  for (const float value : values) texts.push_back(fmt::format("{:.4f}", value));
  return texts;
}

TEST(Weights, ChannelsLieAsTheShapeSays) {
  const Channels conv = channels_along({4, 3, 3, 2}, 0), depthwise = channels_along({1, 3, 3, 8}, 3);
  EXPECT_EQ(conv.count, 4U);
  EXPECT_EQ(conv.of(17), 0U);
  EXPECT_EQ(conv.of(18), 1U);
  EXPECT_EQ(depthwise.count, 8U);
  EXPECT_EQ(depthwise.of(17), 1U);
}

TEST(Weights, AFixedScaleByHand) {
  const QuantizedWeights quantized = quantize_with_scale(kMatrix, 1.0F / 255);
  EXPECT_THAT(quantized.values, ElementsAre(3, -6, 11, 0, 0, 0, -10, -11, -10));
  EXPECT_THAT(
      four_digits(real_weights(quantized, kRows)),
      ElementsAre("0.0118", "-0.0235", "0.0431", "0.0000", "0.0000", "0.0000", "-0.0392", "-0.0431", "-0.0392"));
}

TEST(Weights, RowFactorsByHand) {
  const ScaledRows rows = quantize_by_factors(kMatrix, kRows);
  EXPECT_THAT(four_digits(rows.factors), ElementsAre("2853.9326", "1.0000", "2919.5403"));
  EXPECT_THAT(rows.weights.values, ElementsAre(33, -66, 127, 0, 0, 0, -119, -127, -117));
  EXPECT_EQ(rows.weights.quantization.scales[1], 1);
}

TEST(Weights, PerChannel) {
  const QuantizedWeights quantized = quantize_weights(kMatrix, kRows, {});
  EXPECT_THAT(quantized.values, ElementsAre(33, -66, 127, 0, 0, 0, -119, -127, -117));
  // The row of zeros has the greatest scale of the others.
  EXPECT_THAT(quantized.quantization.scales, ElementsAre(0.0445F / 127, 0.0445F / 127, 0.0435F / 127));
  EXPECT_THAT(quantized.quantization.zero_points, ElementsAre(0, 0, 0));
  EXPECT_EQ(quantized.quantization.dimension, 0U);
}

TEST(Weights, PerChannelAlongTheLastAxis) {
  const QuantizedWeights quantized =
      quantize_weights(std::vector<float>{127, 1, -254, 2}, channels_along({2, 2}, 1), {});
  EXPECT_THAT(quantized.values, ElementsAre(64, 64, -127, 127));  // 63.5 to the even neighbour
  EXPECT_THAT(quantized.quantization.scales, ElementsAre(2, 2.0F / 127));
  EXPECT_EQ(quantized.quantization.dimension, 1U);
}

TEST(Weights, PerTensor) {
  const QuantizedWeights quantized = quantize_weights(kMatrix, kRows, {.per_channel = false});
  EXPECT_THAT(quantized.quantization.scales, ElementsAre(0.0445F / 127));
  EXPECT_THAT(quantized.values, ElementsAre(33, -66, 127, 0, 0, 0, -117, -124, -114));
}

TEST(Weights, HalvesGoToTheEvenNeighbourAndSaturate) {
  const std::vector<float> halves = {0.5F, 1.5F, -2.5F, -3.5F, 126.5F, 127.5F, 500, -127.5F, -500};
  EXPECT_THAT(quantize_with_scale(halves, 1).values, ElementsAre(0, 2, -2, -4, 126, 127, 127, -127, -127));
  EXPECT_THAT(quantize_with_scale(halves, 1, WeightRange::kFull).values,
              ElementsAre(0, 2, -2, -4, 126, 127, 127, -128, -128));
}

TEST(Weights, TheFullRangeUsesMinus128) {
  const WeightScheme full{.range = WeightRange::kFull};
  const QuantizedWeights quantized =
      quantize_weights(std::vector<float>{-128, 10, -1, 127}, channels_along({2, 2}, 0), full);
  EXPECT_THAT(quantized.quantization.scales, ElementsAre(1, 1));
  EXPECT_THAT(quantized.values, ElementsAre(-128, 10, -1, 127));
}

TEST(Weights, EveryWeightIsHeldWithinHalfAStep) {
  const std::vector<float> weights = test::normal(3000);
  const Channels channels = channels_along({30, 100}, 0);
  for (const WeightScheme& scheme :
       {WeightScheme{}, WeightScheme{.per_channel = false}, WeightScheme{.range = WeightRange::kFull}}) {
    const QuantizedWeights quantized = quantize_weights(weights, channels, scheme);
    const std::vector<float> back = real_weights(quantized, channels);
    const auto& scales = quantized.quantization.scales;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const float scale = scales[scales.size() == 1 ? 0 : channels.of(i)];
      ASSERT_NEAR(back[i], weights[i], 0.5001F * scale);
    }
  }
}

TEST(Weights, ScalesArePositiveAndFiniteWhateverTheWeights) {
  const float denormal = std::numeric_limits<float>::denorm_min();
  for (const float weight : {0.0F, denormal, std::numeric_limits<float>::max()}) {
    const std::vector<float> weights = {weight, -weight};
    const Channels channels = channels_along({2, 1}, 0);
    for (const bool per_channel : {true, false}) {
      for (const float scale : quantize_weights(weights, channels, {.per_channel = per_channel}).quantization.scales) {
        EXPECT_GE(scale, std::numeric_limits<float>::min());
        EXPECT_LE(scale, std::numeric_limits<float>::max());
      }
    }
    for (const float scale : quantize_by_factors(weights, channels).weights.quantization.scales) EXPECT_GT(scale, 0);
  }
  EXPECT_THAT(quantize_weights(std::vector<float>{0, 0}, channels_along({2, 1}, 0), {}).quantization.scales, Each(1));
}

TEST(Weights, ScalesStayAboveWhatBiasesNeed) {
  const std::vector<float> weights = {1.27F, 0.0127F}, least = {0.001F, 0.001F};
  const Channels channels = channels_along({2, 1}, 0);
  const QuantizedWeights quantized = quantize_weights(weights, channels, {.least_scales = least});
  EXPECT_THAT(quantized.quantization.scales, ElementsAre(0.01F, 0.001F));
  EXPECT_THAT(quantized.values, ElementsAre(127, 13));
  const std::vector<float> wrong = {1, 2, 3};
  EXPECT_THAT(test::refusal_text([&] { quantize_weights(weights, channels, {.least_scales = wrong}); }),
              HasSubstr("2 scales have 3 lower limits"));
}

TEST(Weights, RefusesWhatIsNotFinite) {
  const std::vector<float> bad = {1, kNan, 2};
  const Channels channels = channels_along({3, 1}, 0);
  EXPECT_THAT(test::refusal_text([&] { quantize_weights(bad, channels, {}); }), HasSubstr("its weight 1 is nan"));
  EXPECT_THAT(test::refusal_text([&] { quantize_with_scale(bad, 1); }), HasSubstr("its weight 1 is nan"));
  EXPECT_THAT(test::refusal_text([&] { quantize_by_factors(bad, channels); }), HasSubstr("its weight 1 is nan"));
  for (const float scale : {0.0F, -1.0F, kNan, std::numeric_limits<float>::infinity()}) {
    EXPECT_THAT(test::refusal_text([&] { quantize_with_scale(kMatrix, scale); }), HasSubstr("positive and finite"));
  }
}

TEST(BiasCorrection, PutsTheMeanBack) {
  const std::vector<float> bias = {1, -2};
  const std::vector<double> real = {0.5, 0.25}, quantized = {0.75, 0.125};
  EXPECT_THAT(corrected_bias(bias, real, quantized), ElementsAre(0.75F, -1.875F));
  EXPECT_THAT(corrected_bias({}, real, quantized), ElementsAre(-0.25F, 0.125F));
  EXPECT_THAT(test::refusal_text([&] { corrected_bias(bias, std::span(real).first(1), quantized); }),
              HasSubstr("they must be the same"));
  const std::vector<double> bad = {0.5, std::nan("")};
  EXPECT_THAT(test::refusal_text([&] { corrected_bias(bias, bad, quantized); }), HasSubstr("channel 1 is nan"));
}

}  // namespace
}  // namespace qrun::converter::calibrate
