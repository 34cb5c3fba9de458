// quantize.h against vectors: those of make_vectors.py, an independent implementation in unlimited integers, and, where
// the shared data are present, those recorded from TensorFlow Lite.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "kernels/quantize.h"

namespace qrun::kernels {
namespace {

using Json = nlohmann::json;

Json read_json(const std::filesystem::path& path) {
  std::ifstream stream(path);
  EXPECT_TRUE(stream) << path << ": cannot be opened";
  return Json::parse(stream);
}

std::filesystem::path shared_data() {
  const char* from_environment = std::getenv("QRUN_SHARED_DATA");
  return from_environment != nullptr ? from_environment : QRUN_SHARED_DATA;
}

// Compares function(arguments) with the last number of each case. A family without cases proves nothing: it fails.
template <class Function>
void expect_cases(const Json& cases, Function function) {
  ASSERT_FALSE(cases.empty());
  for (const Json& c : cases) EXPECT_EQ(function(c), c.back().get<std::int32_t>()) << c.dump();
}

void expect_primitives(const Json& srdhm, const Json& rdbp, const Json& applied, const Json& exp, const Json& recip) {
  expect_cases(srdhm, [](const Json& c) { return saturating_rounding_doubling_high_mul(c[0], c[1]); });
  expect_cases(rdbp, [](const Json& c) { return rounding_divide_by_pot(c[0], c[1]); });
  expect_cases(applied, [](const Json& c) { return apply({c[1], c[2]}, c[0]); });
  expect_cases(exp, [](const Json& c) { return exp_on_negative_values(c[0]); });
  expect_cases(recip, [](const Json& c) { return one_over_one_plus_x(c[0]); });
}

TEST(Arithmetic, EqualsTheIndependentImplementation) {
  const Json vectors = read_json(QRUN_KERNEL_VECTORS);
  expect_primitives(vectors["srdhm [a, b, result]"], vectors["rdbp [x, exponent, result]"],
                    vectors["apply [x, multiplier, shift, result]"], vectors["exp [a, result]"],
                    vectors["reciprocal [a, result]"]);
  expect_cases(vectors["srdhm16 [a, b, result]"], [](const Json& c) {
    return std::int32_t{saturating_rounding_doubling_high_mul16(c[0].get<std::int16_t>(), c[1].get<std::int16_t>())};
  });
}

TEST(Arithmetic, EqualsTheRecordedVectors) {
  const std::filesystem::path path = shared_data() / "unit/fixedpoint_vectors.json";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not here";
  const Json vectors = read_json(path);
  expect_primitives(vectors["srdhm_[a,b,result]"], vectors["rounding_divide_by_pot_[x,exp,result]"],
                    vectors["multiply_by_quantized_multiplier_[x,mult,shift,result]"],
                    vectors["exp_on_negative_q5.26_[raw_in,raw_out_q0.31]"],
                    vectors["one_over_one_plus_x_q0.31_[raw_in,raw_out]"]);
}

TEST(Arithmetic, ClampRaisesThenLowers) {
  EXPECT_EQ(clamp(5, {-3, 7}), 5);
  EXPECT_EQ(clamp(-4, {-3, 7}), -3);
  EXPECT_EQ(clamp(8, {-3, 7}), 7);
  EXPECT_EQ(clamp(kInt32Min, {kInt32Min, kInt32Max}), kInt32Min);
}

TEST(Arithmetic, SaturatingShiftLeftStopsAtTheEnds) {
  EXPECT_EQ(saturating_shift_left((1 << 29) - 1, 2), kInt32Max - 3);
  EXPECT_EQ(saturating_shift_left(1 << 29, 2), kInt32Max);
  EXPECT_EQ(saturating_shift_left(1 - (1 << 29), 2), kInt32Min + 4);
  EXPECT_EQ(saturating_shift_left(-(1 << 29), 2), kInt32Min);
}

}  // namespace
}  // namespace qrun::kernels
