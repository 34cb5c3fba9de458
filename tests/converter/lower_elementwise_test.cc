// The integers of elementwise and unary operators. Expected values are docs/arithmetic.md's formulas worked out by hand
// for scales that are powers of two, or the one bit that a precision decides.

#include <gmock/gmock.h>

#include "converter/lower/multiplier.h"
#include "tests/converter/lowering_support.h"

namespace qrun::converter {
namespace {

using test::expect_clamp;
using test::expect_rescale;
using test::GraphBuilder;
using test::kHalf;
using test::only;
using test::refusal_of;
using ::testing::HasSubstr;

// ---- Elementwise ----

TEST(LowerAdd, RescalesToTwiceTheGreaterScale) {
  GraphBuilder b;
  const TensorId x1 = b.input("x1", {{2}, 0.5F, 1}), x2 = b.input("x2", {{2}, 0.125F, -2});
  b.output(b.add(Sub{Activation::kReluN1To1}, {x1, x2}, "y", {{2}, 0.25F, 3}));
  const auto operators = lower(b.graph);
  const auto& add = only<qfb::AddT>(operators);
  EXPECT_EQ(add.kind, qfb::AddKind::sub);
  expect_rescale(*add.input1_rescale, kHalf, 0);    // 0.5 / 1
  expect_rescale(*add.input2_rescale, kHalf, -2);   // 0.125 / 1
  expect_rescale(*add.output_rescale, kHalf, -17);  // 1 / (2^20 * 0.25)
  EXPECT_EQ(add.input1_zero_point, 1);
  EXPECT_EQ(add.input2_zero_point, -2);
  EXPECT_EQ(add.output_zero_point, 3);
  expect_clamp(*add.clamp, 3 - 4, 3 + 4);
}

TEST(LowerAdd, DividesInDouble) {
  GraphBuilder b;
  const TensorId x1 = b.input("x1", {{2}, 0.1F}), x2 = b.input("x2", {{2}, 0.3F});
  b.output(b.add(Add{Activation::kNone}, {x1, x2}, "y", {{2}, 0.7F}));
  const auto operators = lower(b.graph);
  const double twice_max = 2 * static_cast<double>(0.3F);
  const auto input1 = quantize_multiplier(static_cast<double>(0.1F) / twice_max);
  const auto output = quantize_multiplier(twice_max / (1048576 * static_cast<double>(0.7F)));
  ASSERT_NE(input1.multiplier, quantize_multiplier(0.1F / (2 * 0.3F)).multiplier);
  expect_rescale(*only<qfb::AddT>(operators).input1_rescale, input1.multiplier, input1.shift);
  expect_rescale(*only<qfb::AddT>(operators).output_rescale, output.multiplier, output.shift);
}

TEST(LowerMul, MultipliesInFloat) {
  GraphBuilder b;
  const TensorId x1 = b.input("x1", {{2}, 0.1F, 1}), x2 = b.input("x2", {{2}, 0.3F, 2});
  b.output(b.add(Mul{Activation::kRelu}, {x1, x2}, "y", {{2}, 0.7F, 3}));
  const auto operators = lower(b.graph);
  const auto expected = quantize_multiplier(0.1F * 0.3F / 0.7F);
  ASSERT_NE(expected.multiplier,
            quantize_multiplier(static_cast<double>(0.1F) * static_cast<double>(0.3F) / static_cast<double>(0.7F))
                .multiplier);
  expect_rescale(*only<qfb::MulT>(operators).rescale, expected.multiplier, expected.shift);
  expect_clamp(*only<qfb::MulT>(operators).clamp, 3, 127);
}

TEST(LowerPRelu, HasAMultiplierForEachSign) {
  GraphBuilder b;
  const TensorId x = b.input("x", {{2}, 0.5F, 1});
  const TensorId alpha = b.constant("alpha", {{2}, 0.125F, 7}, {1, 2});
  b.output(b.add(PRelu{}, {x, alpha}, "y", {{2}, 0.25F, -9}));
  const auto operators = lower(b.graph);
  const auto& prelu = only<qfb::PReluT>(operators);
  expect_rescale(*prelu.rescale, kHalf, 2);
  expect_rescale(*prelu.alpha_rescale, kHalf, -1);
  EXPECT_EQ(prelu.alpha_zero_point, 7);
}

// ---- Unary ----

TEST(LowerRequantize, QuantizeDividesInDoubleAndReluInFloat) {
  const double in_double = static_cast<double>(0.1F) / static_cast<double>(0.7F);
  const double in_float = 0.1F / 0.7F;
  ASSERT_NE(quantize_multiplier(in_double).multiplier, quantize_multiplier(in_float).multiplier);
  for (const bool quantize : {true, false}) {
    GraphBuilder b;
    const Parameters parameters = quantize ? Parameters(Quantize{}) : Parameters(Relu{Activation::kRelu6});
    b.output(b.add(parameters, {b.input("x", {{2}, 0.1F, 1})}, "y", {{2}, 0.7F, 2}));
    const auto operators = lower(b.graph);
    const auto expected = quantize_multiplier(quantize ? in_double : in_float);
    expect_rescale(*only<qfb::RequantizeT>(operators).rescale, expected.multiplier, expected.shift);
    expect_clamp(*only<qfb::RequantizeT>(operators).clamp, quantize ? -128 : 2, quantize ? 127 : 2 + 9);  // 6 / 0.7
  }
}

TEST(LowerRequantize, ActivationRangesRoundHalvesAwayFromZero) {
  // 6 / 0.32 = 18.75, 1 / 0.4 = 2.5
  for (const auto& [activation, scale, min, max] : {std::tuple{Activation::kRelu6, 0.32F, 10, 10 + 19},
                                                    {Activation::kReluN1To1, 0.4F, 10 - 3, 10 + 3},
                                                    {Activation::kRelu0To1, 0.4F, 10, 10 + 3},
                                                    {Activation::kRelu, 0.4F, 10, 127},
                                                    {Activation::kRelu6, 1e-30F, 10, 127}}) {
    GraphBuilder b;
    b.output(b.add(Relu{activation}, {b.input("x", {{2}, scale, 1})}, "y", {{2}, scale, 10}));
    const auto operators = lower(b.graph);
    expect_clamp(*only<qfb::RequantizeT>(operators).clamp, min, max);
  }
}

TEST(LowerLeakyRelu, NegatesForANegativeAlpha) {
  for (const float alpha : {0.25F, -0.25F}) {
    GraphBuilder b;
    b.output(b.add(LeakyRelu{alpha}, {b.input("x", {{2}, 0.5F, 1})}, "y", {{2}, 0.5F, 2}));
    const auto operators = lower(b.graph);
    const auto& leaky_relu = only<qfb::LeakyReluT>(operators);
    expect_rescale(*leaky_relu.rescale, kHalf, 1);
    expect_rescale(*leaky_relu.alpha_rescale, kHalf, -1);
    EXPECT_EQ(leaky_relu.negate_alpha, alpha < 0);
  }
}

TEST(LowerHardSwish, HasSixteenBitMultipliers) {
  GraphBuilder b;
  b.output(b.add(HardSwish{}, {b.input("x", {{2}, 0.5F, 1})}, "y", {{2}, 0.25F, 2}));
  const auto operators = lower(b.graph);
  const auto& hard_swish = only<qfb::HardSwishT>(operators);
  EXPECT_EQ(hard_swish.output_multiplier, 1 << 14);  // 0.5 / 128 / 0.25 = 2^-6 = 0.5 * 2^-5
  EXPECT_EQ(hard_swish.output_exponent, -5);
  EXPECT_EQ(hard_swish.reluish_multiplier, 21845);  // 0.5 / 128 * 32768 / 3 = 42.67 = 2/3 * 2^6
  EXPECT_EQ(hard_swish.reluish_exponent, 6);
}

TEST(LowerHardSwish, RefusesWhatThePreparedReferenceRefuses) {
  GraphBuilder b;
  b.output(b.add(HardSwish{}, {b.input("x", {{2}, 300.0F, 1})}, "y", {{2}, 2.0F, 2}));
  EXPECT_THAT(refusal_of(b.graph), HasSubstr("OP 'y': the input's scale 300 exceeds 128 times the output's 2"));
}

TEST(LowerAbs, IsTabulatedInIntegers) {
  GraphBuilder b;
  b.output(b.add(Abs{}, {b.input("x", {{2}, 0.5F, 10})}, "y", {{2}, 1.0F, -20}));
  const auto operators = lower(b.graph);
  const auto& table = only<qfb::LookupT>(operators).table;
  EXPECT_EQ(static_cast<std::int8_t>(table[10]), -20);
  EXPECT_EQ(static_cast<std::int8_t>(table[14]), -18);
  EXPECT_EQ(static_cast<std::int8_t>(table[static_cast<std::uint8_t>(-128)]), -20 + 69);
}

}  // namespace
}  // namespace qrun::converter
