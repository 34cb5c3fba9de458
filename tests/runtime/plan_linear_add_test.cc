// Which adds have a linear form, and that it is used only where every pair of inputs gives the same byte.

#include <gtest/gtest.h>

#include <random>

#include "runtime/plan/linear_add.h"

namespace qrun::runtime {
namespace {

using kernels::AddParams;
using kernels::Rescale;
using kernels::Row;

std::vector<const Row*> rows_with_linear_add() {
  std::vector<const Row*> result;
  for (const Row* row : kernels::rows()) {
    if (row->available() && row->linear_add != nullptr) result.push_back(row);
  }
  return result;
}

AddParams add_of(Rescale input1, Rescale input2, Rescale output) {
  AddParams add{};
  add.sign = 1;
  add.input1_rescale = input1;
  add.input2_rescale = input2;
  add.output_rescale = output;
  add.input1_zero_point = 125;
  add.input2_zero_point = 127;
  add.output_zero_point = 121;
  add.clamp = {0, 255};
  return add;
}

class LinearFormTest : public ::testing::TestWithParam<const Row*> {
 protected:
  static AddParams in_domain(AddParams add) {
    const std::int32_t offset = GetParam()->domain == kernels::Domain::kInt8 ? -128 : 0;
    for (std::int32_t* value :
         {&add.input1_zero_point, &add.input2_zero_point, &add.output_zero_point, &add.clamp.min, &add.clamp.max}) {
      *value += offset;
    }
    return add;
  }
};

constexpr Rescale kHalf = {1 << 30, 0};

// Residual adds of MobileNetV2 and ResNet, and most others like them.
TEST_P(LinearFormTest, MostAddsHaveOne) {
  const auto residual = linear_form(*GetParam(), in_domain(add_of(kHalf, {1475367762, -1}, {1995052007, -19})));
  ASSERT_TRUE(residual.has_value());
  EXPECT_EQ(residual->shift, 30);
  std::mt19937 random(1);
  const auto multiplier = [&random] { return static_cast<std::int32_t>((1U << 30) + random() % (1U << 30)); };
  int found = 0;
  int of_23_bits = 0;
  for (int i = 0; i < 50; ++i) {
    const auto line = linear_form(*GetParam(), in_domain(add_of(kHalf, {multiplier(), -1}, {multiplier(), -19})));
    found += line.has_value();
    of_23_bits += line && ((line->weight1 | line->weight2) & 127) == 0;
  }
  EXPECT_GE(of_23_bits, 35);
  EXPECT_LT(of_23_bits, found) << "some need more bits";
  EXPECT_GE(found, 40);
  EXPECT_LT(found, 50) << "chosen so that some have none";
}

TEST_P(LinearFormTest, SubtractionNegatesAWeight) {
  AddParams subtraction = in_domain(add_of(kHalf, {1475367762, -1}, {1995052007, -19}));
  subtraction.sign = -1;
  const auto line = linear_form(*GetParam(), subtraction);
  ASSERT_TRUE(line.has_value());
  EXPECT_GT(line->weight1, 0);
  EXPECT_LT(line->weight2, 0);
}

// A mean of two numbers has many halves, and those below zero are rounded down: no line does that.
TEST_P(LinearFormTest, HalvesAwayFromZeroAreNoLine) {
  AddParams mean = in_domain(add_of(kHalf, kHalf, {1 << 30, -19}));
  EXPECT_FALSE(linear_form(*GetParam(), mean).has_value());
  mean.clamp.min = mean.output_zero_point;  // where the output shows none of them
  EXPECT_TRUE(linear_form(*GetParam(), mean).has_value());
}

TEST_P(LinearFormTest, WeightsHaveALimit) {
  EXPECT_TRUE(linear_form(*GetParam(), in_domain(add_of(kHalf, {1475367762, -1}, {1095052007, -15}))).has_value());
  EXPECT_FALSE(linear_form(*GetParam(), in_domain(add_of(kHalf, {1475367762, -1}, {1095052007, -12}))).has_value());
  EXPECT_FALSE(linear_form(*GetParam(), in_domain(add_of(kHalf, {1475367762, -1}, {1095052007, 1}))).has_value());
  EXPECT_TRUE(linear_form(*GetParam(), in_domain(add_of(kHalf, {1475367762, -31}, {1995052007, -31}))).has_value())
      << "weights of 0";
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(LinearFormTest);  // there may be no such row
INSTANTIATE_TEST_SUITE_P(Rows, LinearFormTest, ::testing::ValuesIn(rows_with_linear_add()),
                         [](const auto& row) { return std::string(row.param->name); });

TEST(LinearForm, RowsWithoutTheKernelHaveNone) {
  const Row& reference = kernels::reference_row(kernels::Domain::kUInt8);
  EXPECT_FALSE(linear_form(reference, add_of(kHalf, {1475367762, -1}, {1995052007, -19})).has_value());
}

}  // namespace
}  // namespace qrun::runtime
