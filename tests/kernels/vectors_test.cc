// Softmax and hard-swish of every row against the vectors of make_vectors.py: functions of many roundings, whose naive
// form in C++ would be the kernel again.

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/kernels/row_test.h"

namespace qrun::kernels::testing {
namespace {

using Json = nlohmann::json;

class VectorsTest : public RowTest {
 protected:
  static const Json& vectors() {
    static const Json all = [] {
      std::ifstream stream(QRUN_KERNEL_VECTORS);
      return Json::parse(stream);
    }();
    return all;
  }
};

TEST_P(VectorsTest, Softmax) {
  const Json& cases = vectors()["softmax [multiplier, shift, row, result]"];
  ASSERT_FALSE(cases.empty());
  for (const Json& c : cases) {
    Random random(1);
    const auto x = c[2].get<std::vector<std::int8_t>>();
    const std::int32_t shift = c[1];
    const SoftmaxParams p = {static_cast<std::int32_t>(x.size())};
    const auto diff_min = -static_cast<std::int32_t>((std::int64_t{31} << 26) >> shift);
    const Call call = {row().softmax,      &p, 1, {stored(x)}, exponentials({c[0], shift}, diff_min), 0,
                       unwritten(x.size())};
    EXPECT_EQ(loaded(run(call, random)), c[3].get<std::vector<std::int8_t>>()) << c.dump();
  }
}

// The rows that do not look it up.
class HardSwishTest : public VectorsTest {};

TEST_P(HardSwishTest, Vectors) {
  const Json& cases = vectors()["hard_swish"];
  ASSERT_FALSE(cases.empty());
  std::vector<std::int8_t> x;
  for (int q = -128; q <= 127; ++q) x.push_back(static_cast<std::int8_t>(q));
  for (const Json& c : cases) {
    Random random(1);
    HardSwishParams p = {};
    p.input_zero_point = c["input_zero_point"].get<std::int32_t>() + domain_offset();
    p.output_zero_point = c["output_zero_point"].get<std::int32_t>() + domain_offset();
    p.output_multiplier = c["output_multiplier"];
    p.reluish_multiplier = c["reluish_multiplier"];
    p.output_exponent = c["output_exponent"];
    p.reluish_exponent = c["reluish_exponent"];
    const auto expected = c["output"].get<std::vector<std::int8_t>>();
    const Call call = {row().hard_swish, &p, 256, {stored(x)}, {}, 0, unwritten(x.size())};
    EXPECT_EQ(loaded(run(call, random)), expected) << c.dump();
    expect_in_place(call, 0, stored(expected), random);
  }
}

QRUN_TEST_EVERY_ROW(VectorsTest);
QRUN_TEST_ROWS_WITH(hard_swish, HardSwishTest);

}  // namespace
}  // namespace qrun::kernels::testing
