// The integers of convolutions and fully connected. Expected values are docs/arithmetic.md's formulas worked out by
// hand for scales that are powers of two, or the one bit that a precision decides.

#include <gmock/gmock.h>

#include "converter/lower/multiplier.h"
#include "tests/converter/lowering_support.h"

namespace qrun::converter {
namespace {

using test::DType;
using test::expect_clamp;
using test::expect_rescale;
using test::kHalf;
using test::LinearGraph;
using test::only;
using test::refusal_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(LowerFullyConnected, MultiplierBoundsAndClamp) {
  // acc = bias + sum (x - 2) * (w - 1); scales 2^-1 * 2^-2 / 2^-4 = 2.
  LinearGraph b(FullyConnected{Activation::kRelu6}, {{1, 2}, 0.5F, 2}, {{2, 2}, 0.25F, 1}, {1, 2, 0xff, 0x80},
                {{1, 2}, 0.0625F, -3}, {10, -20});
  const auto operators = lower(b.graph);
  const auto& accumulation = *only<qfb::FullyConnectedT>(operators).accumulation;
  EXPECT_EQ(accumulation.input_zero_point, 2);
  EXPECT_EQ(accumulation.weight_zero_point, 1);
  EXPECT_EQ(accumulation.output_zero_point, -3);
  ASSERT_EQ(accumulation.rescale.size(), 1U);
  expect_rescale(accumulation.rescale[0], kHalf, 2);
  expect_clamp(*accumulation.clamp, -3, -3 + 96);  // 6 / 2^-4
  // max |x - 2| = 130; channel 0: |1-1| + |2-1| = 1, channel 1: |-1-1| + |-128-1| = 131.
  EXPECT_THAT(accumulation.accumulator_bound, ElementsAre(130 + 10, 130 * 131 + 20));
  EXPECT_THAT(accumulation.output_min, ElementsAre(-280 - 3, -34100 - 3));
  EXPECT_THAT(accumulation.output_max, ElementsAre(280 - 3, 34100 - 3));
}

TEST(LowerFullyConnected, HasOneWeightZeroPointForAllChannels) {
  LinearGraph b(FullyConnected{Activation::kNone}, {{1, 2}, 0.5F, 2}, {{2, 2}, 0.25F, 1}, {1, 2, 3, 4},
                {{1, 2}, 0.0625F, -3});
  b.graph.tensors[b.weights_id].quantization = {{0.25F, 0.5F}, {1, 1}, 0};
  const auto operators = lower(b.graph);
  const auto& accumulation = *only<qfb::FullyConnectedT>(operators).accumulation;
  EXPECT_EQ(accumulation.weight_zero_point, 1);
  ASSERT_EQ(accumulation.rescale.size(), 2U);
  expect_rescale(accumulation.rescale[0], kHalf, 2);
  expect_rescale(accumulation.rescale[1], kHalf, 3);
  EXPECT_THAT(operators[0]->inputs, ElementsAre(0, 1, -1));
  b.graph.tensors[b.weights_id].quantization.zero_points = {1, 2};
  EXPECT_THAT(refusal_of(b.graph), HasSubstr("different zero points per channel"));
}

// Scales whose product differs in float32 and in double: which one an operator takes shows in its multiplier.
struct Precision {
  const char* name;
  Parameters parameters;
  Shape x, weights, y;
  DType dtype;
  std::size_t channels;  // with scales of their own; 1: per tensor
  bool product_in_float;
};

std::ostream& operator<<(std::ostream& stream, const Precision& c) { return stream << c.name; }

class LinearPrecision : public ::testing::TestWithParam<Precision> {};

TEST_P(LinearPrecision, OfTheMultiplier) {
  const Precision& c = GetParam();
  constexpr float kX = 0.1F, kWeights = 0.3F, kY = 0.7F;
  const double in_float = static_cast<double>(kX * kWeights) / static_cast<double>(kY);
  const double in_double = static_cast<double>(kX) * static_cast<double>(kWeights) / static_cast<double>(kY);
  ASSERT_NE(quantize_multiplier(in_float).multiplier, quantize_multiplier(in_double).multiplier);
  LinearGraph b(c.parameters, {c.x, kX, 0, c.dtype}, {c.weights, kWeights, 0, c.dtype}, std::vector<std::uint8_t>(8, 1),
                {c.y, kY, 0, c.dtype});
  Quantization& quantization = b.graph.tensors[b.weights_id].quantization;
  quantization.scales.assign(c.channels, kWeights);
  quantization.zero_points.assign(c.channels, 0);
  if (c.channels > 1 && std::holds_alternative<DepthwiseConv2D>(c.parameters)) quantization.dimension = 3;
  const auto operators = lower(b.graph);
  const qfb::ParametersUnion& parameters = operators[0]->parameters;
  const auto* conv = parameters.AsConv2D();
  const auto* depthwise = parameters.AsDepthwiseConv2D();
  const auto& accumulation = conv        ? conv->accumulation
                             : depthwise ? depthwise->accumulation
                                         : parameters.AsFullyConnected()->accumulation;
  const auto expected = quantize_multiplier(c.product_in_float ? in_float : in_double);
  ASSERT_EQ(accumulation->rescale.size(), c.channels);
  for (const qfb::Rescale& rescale : accumulation->rescale) {
    expect_rescale(rescale, expected.multiplier, expected.shift);
  }
}

const Conv2D kConv{{}, Activation::kNone};
const DepthwiseConv2D kDepthwise{{}, Activation::kNone};
const FullyConnected kFullyConnected{Activation::kNone};

INSTANTIATE_TEST_SUITE_P(
    Lowering, LinearPrecision,
    ::testing::Values(
        Precision{"ConvInt8", kConv, {1, 1, 1, 4}, {2, 1, 1, 4}, {1, 1, 1, 2}, DType::kInt8, 1, false},
        Precision{"ConvInt8PerChannel", kConv, {1, 1, 1, 4}, {2, 1, 1, 4}, {1, 1, 1, 2}, DType::kInt8, 2, false},
        Precision{"ConvUInt8", kConv, {1, 1, 1, 4}, {2, 1, 1, 4}, {1, 1, 1, 2}, DType::kUInt8, 1, true},
        Precision{"DepthwiseInt8", kDepthwise, {1, 1, 2, 4}, {1, 1, 2, 4}, {1, 1, 1, 4}, DType::kInt8, 1, false},
        Precision{
            "DepthwiseInt8PerChannel", kDepthwise, {1, 1, 2, 4}, {1, 1, 2, 4}, {1, 1, 1, 4}, DType::kInt8, 4, false},
        Precision{"DepthwiseUInt8", kDepthwise, {1, 1, 2, 4}, {1, 1, 2, 4}, {1, 1, 1, 4}, DType::kUInt8, 1, true},
        Precision{"FullyConnectedInt8", kFullyConnected, {1, 4}, {2, 4}, {1, 2}, DType::kInt8, 1, true},
        Precision{"FullyConnectedInt8PerChannel", kFullyConnected, {1, 4}, {2, 4}, {1, 2}, DType::kInt8, 2, false},
        Precision{"FullyConnectedUInt8", kFullyConnected, {1, 4}, {2, 4}, {1, 2}, DType::kUInt8, 1, true}),
    [](const auto& test) { return test.param.name; });

TEST(LowerConv, AppliesTheWeightZeroPoint) {
  for (const DType dtype : {DType::kInt8, DType::kUInt8}) {
    LinearGraph b(kConv, {{1, 1, 1, 1}, 0.5F, 0, dtype}, {{1, 1, 1, 1}, 0.5F, 5, dtype}, {9},
                  {{1, 1, 1, 1}, 0.5F, 0, dtype});
    const auto operators = lower(b.graph);
    const auto& accumulation = *only<qfb::Conv2DT>(operators).accumulation;
    EXPECT_EQ(accumulation.weight_zero_point, 5);
    EXPECT_THAT(accumulation.accumulator_bound, ElementsAre((dtype == DType::kInt8 ? 128 : 255) * (9 - 5)));
  }
}

TEST(LowerConv, GroupsFollowFromTheChannels) {
  LinearGraph b(kConv, {{1, 2, 2, 6}}, {{4, 1, 1, 3}}, std::vector<std::uint8_t>(12, 1), {{1, 2, 2, 4}});
  const auto operators = lower(b.graph);
  EXPECT_EQ(only<qfb::Conv2DT>(operators).groups, 2);
}

TEST(LowerConv, ABiasOfAnotherRankBecomesAVector) {
  LinearGraph b(kConv, {{1, 1, 1, 1}}, {{2, 1, 1, 1}}, {1, 1}, {{1, 1, 1, 2}}, {3, 4});
  b.graph.tensors[2].shape = {1, 1, 1, 2};
  const auto operators = lower(b.graph);
  const Tensor& bias = b.graph.tensors[static_cast<std::size_t>(operators[0]->inputs[2])];
  EXPECT_THAT(bias.shape, ElementsAre(2));
  EXPECT_THAT(integers(bias), ElementsAre(3, 4));
}

struct Padding {
  PaddingRule rule;
  std::int32_t input, kernel, stride, dilation, explicit_before;
  std::int32_t before, after;
};

TEST(LowerConv, PaddingRulesBecomePads) {
  constexpr auto kSame = PaddingRule::kSame, kValid = PaddingRule::kValid;
  for (const Padding& c :
       {Padding{kValid, 7, 3, 2, 1, 0, 0, 0}, Padding{kSame, 7, 3, 1, 1, 0, 1, 1}, Padding{kSame, 8, 3, 2, 1, 0, 0, 1},
        Padding{kSame, 7, 3, 2, 1, 0, 1, 1}, Padding{kSame, 7, 3, 1, 2, 0, 2, 2}, Padding{kSame, 5, 2, 7, 1, 0, 0, 0},
        Padding{kSame, 3, 6, 1, 1, 0, 2, 3}, Padding{kValid, 7, 3, 2, 1, 4, 4, 0},
        Padding{kSame, 7, 3, 2, 1, 1, 1, 1}}) {
    Window window;
    window.rule = c.rule;
    window.stride_height = c.stride;
    window.dilation_height = c.dilation;
    window.pad_top = c.explicit_before;
    LinearGraph b(Conv2D{window, Activation::kNone}, {{1, c.input, 1, 1}}, {{1, c.kernel, 1, 1}},
                  std::vector<std::uint8_t>(static_cast<std::size_t>(c.kernel), 1), {{1, 1, 1, 1}});
    const auto operators = lower(b.graph);
    const qfb::Window& lowered = *only<qfb::Conv2DT>(operators).window;
    EXPECT_EQ(lowered.pad_top(), c.before) << c.input << " " << c.kernel << " " << c.stride;
    EXPECT_EQ(lowered.pad_bottom(), c.after) << c.input << " " << c.kernel << " " << c.stride;
    EXPECT_EQ(lowered.pad_left() + lowered.pad_right(), 0);
  }
}

}  // namespace
}  // namespace qrun::converter
