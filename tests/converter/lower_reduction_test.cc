// The integers of pools, reductions, softmax, data movement and resizes. Expected values are docs/arithmetic.md's
// formulas worked out by hand for scales that are powers of two, or the one bit that a precision decides.

#include <gmock/gmock.h>

#include "tests/converter/lowering_support.h"

namespace qrun::converter {
namespace {

using test::DType;
using test::expect_rescale;
using test::GraphBuilder;
using test::kHalf;
using test::only;
using test::refusal_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// ---- Reductions ----

TEST(LowerMean, FoldsTheDivisionIntoTheMultiplier) {
  GraphBuilder b;
  b.output(b.add(Reduce{ReduceKind::kMean, {1, 2}}, {b.input("x", {{1, 7, 7, 3}, 0.5F, 4})}, "y", {{1, 3}, 0.5F, 4}));
  const auto operators = lower(b.graph);
  const auto& reduce = only<qfb::ReduceT>(operators);
  // QM(1) = (2^30, 1), n = 49, k = floor(log2 49) = 5: 2^30 * 32 / 49.
  expect_rescale(*reduce.rescale, static_cast<std::int32_t>((std::int64_t{1} << 35) / 49), -4);
  EXPECT_THAT(reduce.axes, ElementsAre(1, 2));
}

TEST(LowerSum, DoesNotDivide) {
  GraphBuilder b;
  b.output(b.add(Reduce{ReduceKind::kSum, {0}}, {b.input("x", {{49, 2}, 0.5F, 4})}, "y", {{2}, 1.0F, 4}));
  const auto operators = lower(b.graph);
  expect_rescale(*only<qfb::ReduceT>(operators).rescale, kHalf, 0);
}

TEST(LowerSoftmax, MultiplierAndCutoff) {
  GraphBuilder b;
  b.output(b.add(Softmax{2.0F}, {b.input("x", {{2}, 0.25F, 4})}, "y", {{2}, 1.0F / 256, -128}));
  const auto operators = lower(b.graph);
  expect_rescale(*only<qfb::SoftmaxT>(operators).rescale, kHalf, 26);  // 2^25 = 0.5 * 2^26
  EXPECT_EQ(only<qfb::SoftmaxT>(operators).diff_min, -31);
}

TEST(LowerSoftmax, SaturatesAtTheGreatestScale) {
  GraphBuilder b;
  b.output(b.add(Softmax{1.0F}, {b.input("x", {{2}, 100.0F, 4})}, "y", {{2}, 1.0F / 256, -128}));
  const auto operators = lower(b.graph);
  EXPECT_EQ(only<qfb::SoftmaxT>(operators).rescale->shift(), 30);
  EXPECT_EQ(only<qfb::SoftmaxT>(operators).diff_min, 0);
}

TEST(LowerSoftmax, Refusals) {
  GraphBuilder fine;
  fine.output(fine.add(Softmax{1.0F}, {fine.input("x", {{2}, 1e-9F, 4})}, "y", {{2}, 1.0F / 256, -128}));
  EXPECT_THAT(refusal_of(fine.graph), HasSubstr("is too small"));
  // 1 / 2^-30 has the shift 31, which no file holds.
  GraphBuilder finest;
  finest.output(finest.add(Softmax{1.0F}, {finest.input("x", {{2}, 1.0F, 4})}, "y", {{2}, 0x1p-30F, -128}));
  EXPECT_THAT(refusal_of(finest.graph),
              HasSubstr("the multiplier for 'y' is 1.07374e+09; its scales are too far apart"));
}

// Units of 1/256 from the least value on are what a file means that says nothing.
TEST(LowerSoftmax, AnyOtherOutputHasARescale) {
  const auto lowered = [](float scale, std::int64_t zero_point, DType dtype = DType::kInt8) {
    GraphBuilder b;
    b.output(b.add(Softmax{1.0F}, {b.input("x", {{2}, 1.0F, 4, dtype})}, "y", {{2}, scale, zero_point, dtype}));
    return lower(b.graph);
  };
  EXPECT_EQ(only<qfb::SoftmaxT>(lowered(1.0F / 256, -128)).output_rescale, nullptr);
  EXPECT_EQ(only<qfb::SoftmaxT>(lowered(1.0F / 256, 0, DType::kUInt8)).output_rescale, nullptr);

  const auto expect_output = [](const LoweredOperators& operators, std::int32_t multiplier, std::int32_t shift,
                                std::int32_t zero_point) {
    const auto& softmax = only<qfb::SoftmaxT>(operators);
    ASSERT_NE(softmax.output_rescale, nullptr);
    expect_rescale(*softmax.output_rescale, multiplier, shift);
    EXPECT_EQ(softmax.output_zero_point, zero_point);
  };
  expect_output(lowered(1.0F / 256, -127), kHalf, 9, -127);
  expect_output(lowered(1.0F / 256, 1, DType::kUInt8), kHalf, 9, 1);
  expect_output(lowered(1.0F / 128, -128), kHalf, 8, -128);
  // 1 / f32(1/255) = 254.99998492, times 2^23.
  expect_output(lowered(1.0F / 255, -128), 2139094913, 8, -128);
  expect_output(lowered(0x1.000002p-30F, 127), 2147483392, 30, 127);  // the finest
  expect_output(lowered(0x1p31F, 0), kHalf, -30, 0);
  expect_output(lowered(0x1p40F, 5), 0, 0, 5);  // nothing but the zero point is left
}

// exp(-31) is where exponentials end; the reference's own cutoff is 31 / 0.25 here, at exp(-16.5).
TEST(LowerSoftmax, AnyOtherOutputCountsSmallerExponentials) {
  const auto diff_min = [](float input_scale, float output_scale) {
    GraphBuilder b;
    b.output(b.add(Softmax{1.0F}, {b.input("x", {{2}, input_scale, 4})}, "y", {{2}, output_scale, -128}));
    const auto operators = lower(b.graph);
    EXPECT_LE(only<qfb::SoftmaxT>(operators).rescale->shift(), 30);
    return only<qfb::SoftmaxT>(operators).diff_min;
  };
  EXPECT_EQ(diff_min(0.13282F, 1.0F / 256), -124);
  EXPECT_EQ(diff_min(0.13282F, 1.0F / 255), -233);
  EXPECT_EQ(diff_min(7.75F, 1.0F / 255), -4);
  EXPECT_EQ(diff_min(15.0F, 1.0F / 255), -2);
  EXPECT_EQ(diff_min(16.0F, 1.0F / 255), 0);  // by 2^31, which no file holds
  EXPECT_EQ(diff_min(100.0F, 1.0F / 255), 0);
}

TEST(LowerArgMax, AMinimumIsTheMaximumOfTheComplement) {
  GraphBuilder b;
  b.output(b.add(ArgMax{1, true}, {b.input("x", {{2, 3}})}, "y", {{2}, 0, 0, DType::kInt32}));
  const auto operators = lower(b.graph);
  ASSERT_EQ(operators.size(), 2U);
  const auto& table = operators[0]->parameters.AsLookup()->table;
  for (std::size_t q = 0; q < 256; ++q) EXPECT_EQ(table[q], 255 - q);
  EXPECT_EQ(operators[1]->inputs[0], operators[0]->outputs[0]);
}

// ---- Movement and resize ----

TEST(LowerConcatenation, RescalesUInt8ByTables) {
  GraphBuilder b;
  const TensorId x1 = b.input("x1", {{2}, 0.5F, 10, DType::kUInt8});
  const TensorId x2 = b.input("x2", {{2}, 0.25F, 20, DType::kUInt8});
  b.output(b.add(Concatenation{0}, {x1, x2}, "y", {{4}, 0.5F, 10, DType::kUInt8}));
  const auto operators = lower(b.graph);
  ASSERT_EQ(operators.size(), 2U);
  const auto& table = operators[0]->parameters.AsLookup()->table;
  EXPECT_EQ(table[20], 10);
  EXPECT_EQ(table[24], 12);
  EXPECT_EQ(table[25], 13);  // 2.5 rounds away from zero
  EXPECT_EQ(table[15], 7);   // so does -2.5
  EXPECT_EQ(table[255], 128);
  EXPECT_THAT(operators[1]->inputs, ElementsAre(x1, operators[0]->outputs[0]));
}

TEST(LowerConcatenation, RefusesToRescaleInt8) {
  GraphBuilder b;
  const TensorId x1 = b.input("x1", {{2}, 0.5F, 10}), x2 = b.input("x2", {{2}, 0.25F, 10});
  b.output(b.add(Concatenation{0}, {x1, x2}, "y", {{4}, 0.5F, 10}));
  EXPECT_THAT(refusal_of(b.graph), HasSubstr("its input 'x2' has another scale or zero point"));
}

TEST(LowerPad, FillsWithTheOutputsZeroPointOrItsValue) {
  GraphBuilder b;
  const TensorId x = b.input("x", {{2}, 0.5F, 7});
  const TensorId y = b.add(Pad{{1}, {0}, {}}, {x}, "y", {{3}, 0.5F, 7});
  b.output(b.add(Pad{{0}, {1}, -5}, {y}, "z", {{4}, 0.5F, 7}));
  const auto operators = lower(b.graph);
  EXPECT_EQ(operators[0]->parameters.AsPad()->value, 7);
  EXPECT_EQ(operators[1]->parameters.AsPad()->value, -5);
}

TEST(LowerResizeNearest, TabulatesRowsAndColumns) {
  const auto rows = [](bool align_corners, bool half_pixel_centers) {
    GraphBuilder b;
    b.output(
        b.add(ResizeNearest{align_corners, half_pixel_centers}, {b.input("x", {{1, 4, 2, 1}})}, "y", {{1, 6, 2, 1}}));
    const auto operators = lower(b.graph);
    return only<qfb::ResizeNearestT>(operators).rows;
  };
  EXPECT_THAT(rows(false, false), ElementsAre(0, 0, 1, 2, 2, 3));
  EXPECT_THAT(rows(true, false), ElementsAre(0, 1, 1, 2, 2, 3));
  EXPECT_THAT(rows(false, true), ElementsAre(0, 1, 1, 2, 3, 3));
}

}  // namespace
}  // namespace qrun::converter
