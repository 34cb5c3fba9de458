// Tables of real functions: known points, saturation, and what is not a number.

#include "converter/lower/functions.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace qrun::converter {
namespace {

constexpr Affine int8(float scale, std::int32_t zero_point) { return {scale, zero_point, -128, 127}; }
constexpr Affine uint8(float scale, std::int32_t zero_point) { return {scale, zero_point, 0, 255}; }

int at(const ByteTable& table, int q) { return static_cast<std::int8_t>(table[static_cast<std::uint8_t>(q)]); }

TEST(Functions, AreFoundByName) {
  EXPECT_NE(find_function("logistic"), nullptr);
  EXPECT_EQ(find_function("logistics"), nullptr);
  EXPECT_DOUBLE_EQ(find_function("elu")(-1), std::exp(-1.0) - 1);
  EXPECT_DOUBLE_EQ(find_function("elu")(2), 2);
  EXPECT_DOUBLE_EQ(find_function("gelu")(0), 0);
  EXPECT_NEAR(find_function("gelu")(1), 0.8413447460685429, 1e-15);
  EXPECT_NEAR(find_function("gelu_tanh")(1), 0.8411919906082768, 1e-15);
  EXPECT_DOUBLE_EQ(find_function("rsqrt")(4), 0.5);
  EXPECT_DOUBLE_EQ(find_function("square")(-3), 9);
  EXPECT_DOUBLE_EQ(find_function("neg")(-3), 3);
}

TEST(Functions, LogisticTable) {
  const ByteTable table = tabulate(find_function("logistic"), int8(0.125F, 8), int8(1.0F / 256, -128));
  EXPECT_EQ(at(table, 8), 0);      // 1/2
  EXPECT_EQ(at(table, 16), 59);    // 0.7310586 * 256 = 187.15
  EXPECT_EQ(at(table, 0), -59);    // 0.2689414 * 256 = 68.85
  EXPECT_EQ(at(table, 127), 127);  // 0.9999996 * 256 = 256 saturates
  EXPECT_EQ(at(table, -128), -128);
}

TEST(Functions, TanhTableOfUInt8) {
  const ByteTable table = tabulate(find_function("tanh"), uint8(0.125F, 128), uint8(1.0F / 128, 128));
  EXPECT_EQ(table[128], 128);
  EXPECT_EQ(table[136], 225);  // 0.7615942 * 128 = 97.48
  EXPECT_EQ(table[120], 31);
  EXPECT_EQ(table[255], 255);
  EXPECT_EQ(table[0], 0);
}

TEST(Functions, WhatIsNotANumberIsTheLeast) {
  const ByteTable table = tabulate(find_function("log"), int8(1.0F, 0), int8(0.5F, 10));
  EXPECT_EQ(at(table, -1), -128);  // nan
  EXPECT_EQ(at(table, 0), -128);   // -infinity
  EXPECT_EQ(at(table, 1), 10);
  EXPECT_EQ(at(tabulate(find_function("rsqrt"), int8(1.0F, 0), int8(0.5F, 10)), 0), 127);  // infinity
}

TEST(Functions, RoundingIsHalfAwayFromZeroBeforeTheZeroPoint) {
  EXPECT_EQ(static_cast<std::int8_t>(quantized_byte(2.5F, int8(1, 0))), 3);
  EXPECT_EQ(static_cast<std::int8_t>(quantized_byte(-2.5F, int8(1, 10))), 7);
  EXPECT_EQ(quantized_byte(-1e30F, uint8(1, 10)), 0);
  EXPECT_EQ(quantized_byte(std::numeric_limits<float>::infinity(), uint8(1, 10)), 255);
}

}  // namespace
}  // namespace qrun::converter
