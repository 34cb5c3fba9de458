// quantize.h against vectors: those of make_vectors.py, an independent implementation in unlimited integers, and, where
// the shared data are present, those recorded from TensorFlow Lite.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

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
  expect_cases(vectors["apply_once [x, multiplier, shift, result]"], [](const Json& c) {
    return apply({c[1], c[2]}, c[0], Rounding::kOnce);
  });
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

TEST(Arithmetic, RoundingOnceTakesHalvesToTheEvenNeighbour) {
  constexpr Rescale kQuarter = {1 << 30, -1};
  constexpr std::int32_t kQuotients[] = {-2, -2, -2, -1, -1, -1, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 2};  // of -8 ... 8
  for (std::int32_t x = -8; x <= 8; ++x) EXPECT_EQ(apply_once(kQuarter, x), kQuotients[x + 8]) << x;
  EXPECT_EQ(apply_once({0, 30}, kInt32Max), 0);
}

// Against every accumulator: they matter where rounding them up gives another result than rounding them down.
TEST(Arithmetic, TiesMatterWhereTheyAreSaidTo) {
  constexpr std::pair<std::int32_t, Clamp> kOutputs[] = {{0, {0, 255}},       {255, {0, 255}},  {-1, {-1, 0}},
                                                         {-128, {-128, 127}}, {5, {-128, 127}}, {7, {7, 7}}};
  for (const std::int32_t multiplier : {1 << 30, 3 << 29, 7 << 20, 255 << 22, 257 << 22, 507 << 22, 509 << 22,
                                        511 << 22, 513 << 21, 1 << 24, 12345 << 17, (1 << 30) + 1}) {
    for (const std::int32_t shift : {-1, -2, -5, -7}) {
      for (const auto& [zero_point, range] : kOutputs) {
        const Rescale rescale = {multiplier, shift};
        bool any = false;
        for (std::int32_t x = 0; x < 20000; ++x) {
          for (const std::int32_t signed_x : {x, -x}) {
            const std::int64_t above = std::int64_t{signed_x} * multiplier + (std::int64_t{1} << (30 - shift));
            const auto up = static_cast<std::int32_t>(above >> (31 - shift));
            const auto down = static_cast<std::int32_t>((above - 1) >> (31 - shift));
            any = any || clamp(up + zero_point, range) != clamp(down + zero_point, range);
          }
          ASSERT_EQ(ties_matter(rescale, static_cast<std::uint32_t>(x), zero_point, range), any)
              << multiplier << ' ' << shift << ' ' << x << ' ' << zero_point;
        }
      }
    }
  }
  EXPECT_FALSE(ties_matter({0, 30}, 0xFFFFFFFF, 0, {0, 255}));
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
