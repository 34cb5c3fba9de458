// Real multipliers as integers, on known answers and against the definition.

#include "converter/lower/multiplier.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "tests/converter/shared_data.h"

namespace qrun::converter {
namespace {

void expect(double real, std::int32_t multiplier, std::int32_t shift) {
  const kernels::Rescale rescale = quantize_multiplier(real);
  EXPECT_EQ(rescale.multiplier, multiplier) << real;
  EXPECT_EQ(rescale.shift, shift) << real;
}

TEST(QuantizeMultiplier, PowersOfTwoAreExact) {
  expect(0, 0, 0);
  expect(1, 1 << 30, 1);
  expect(0.5, 1 << 30, 0);
  expect(std::ldexp(1.0, 29), 1 << 30, 30);
  expect(std::ldexp(1.0, -32), 1 << 30, -31);
}

TEST(QuantizeMultiplier, TooSmallIsZero) {
  expect(std::ldexp(1.0, -33), 0, 0);
  expect(std::ldexp(0.99, -32), 0, 0);
  expect(5e-324, 0, 0);
}

TEST(QuantizeMultiplier, MantissaThatRoundsUpToOneCarries) {
  expect(std::nextafter(1.0, 0.0), 1 << 30, 1);
  expect(std::nextafter(std::ldexp(1.0, -32), 0.0), 1 << 30, -31);
}

TEST(QuantizeMultiplier, HalvesRoundAwayFromZero) {
  const double half_step = std::ldexp(1.0, -32);  // half a unit of the mantissa
  expect(0.75 + half_step, (3 << 29) + 1, 0);
  expect(0.75 + half_step * 0.999, 3 << 29, 0);
}

TEST(QuantizeMultiplier, IsTheNearestMantissa) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> exponent(-31, 30);
  for (int i = 0; i < 10000; ++i) {
    const double real = std::exp2(exponent(random));
    const kernels::Rescale rescale = quantize_multiplier(real);
    ASSERT_GE(rescale.multiplier, 1 << 30);
    const double error = std::ldexp(real, 31 - rescale.shift) - rescale.multiplier;
    ASSERT_LE(std::fabs(error), 0.5) << real;
  }
}

TEST(QuantizeMultiplier, SharedVectors) {
  const std::filesystem::path path = test::shared_data() / "unit" / "fixedpoint_vectors.json";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "SKIPPED: no " << path;
  const auto vectors = nlohmann::json::parse(std::ifstream(path));
  ASSERT_FALSE(vectors["quantize_multiplier"].empty());
  for (const auto& vector : vectors["quantize_multiplier"]) {
    expect(std::stod(vector["real"].get<std::string>()), vector["multiplier"], vector["shift"]);
  }
}

}  // namespace
}  // namespace qrun::converter
