// The functions of one element of every row: all 256 inputs for many parameters, and odd lengths.

#include <functional>
#include <string>

#include "tests/kernels/naive.h"
#include "tests/kernels/row_test.h"

namespace qrun::kernels::testing {
namespace {

using Function = std::function<std::int8_t(std::int64_t)>;

class UnaryTest : public RowTest {
 protected:
  static void expect(KernelFunction kernel, const void* params, const std::vector<std::uint8_t>& constant,
                     const Function& function, Random& random) {
    std::vector<std::int8_t> x;
    for (int q = -128; q <= 127; ++q) x.push_back(static_cast<std::int8_t>(q));
    const auto more =
        random.values(static_cast<std::size_t>(random.one_in(2) ? random.between(0, 1200) : random.between(0, 70)));
    x.insert(x.end(), more.begin(), more.end());
    std::vector<std::int8_t> expected;
    for (const std::int8_t value : x) expected.push_back(function(value));
    const Call call = {
        kernel, params, static_cast<std::int32_t>(x.size()), {stored(x)}, constant, 0, unwritten(x.size())};
    EXPECT_EQ(loaded(run(call, random)), expected);
    expect_in_place(call, 0, stored(expected), random);
  }
};

// The rows that do not look these up.
class RequantizeTest : public UnaryTest {};
class LeakyReluTest : public UnaryTest {};

TEST_P(RequantizeTest, EveryInput) {
  for (std::uint32_t seed = 0; seed < 500; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const std::int32_t z_in = random.zero_point();
    const std::int32_t z_out = random.zero_point();
    const Rescale rescale = random.rescale(255);
    const Clamp clamp = random.clamp();
    const RequantizeParams p = {z_in + domain_offset(), z_out + domain_offset(), rescale, stored(clamp)};
    expect(
        row().requantize, &p, {},
        [&](std::int64_t x) { return naive_output(naive_apply(rescale, x - z_in), z_out, clamp); }, random);
  }
}

TEST_P(LeakyReluTest, EveryInput) {
  for (std::uint32_t seed = 0; seed < 500; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const std::int32_t z_in = random.zero_point();
    const std::int32_t z_out = random.zero_point();
    const Rescale rescale = random.rescale(255);
    const Rescale alpha = random.rescale(random.between(8, 2000));
    const bool negative_alpha = random.one_in(3);
    const LeakyReluParams p = {z_in + domain_offset(), z_out + domain_offset(), rescale, alpha,
                               negative_alpha ? -1 : 1};
    const auto leaky_relu = [&](std::int64_t x) {
      if (x >= z_in) return naive_output(naive_apply(rescale, x - z_in), z_out);
      const std::int64_t scaled = naive_apply(alpha, x - z_in);
      return naive_output(negative_alpha ? -scaled : scaled, z_out);
    };
    expect(row().leaky_relu, &p, {}, leaky_relu, random);
  }
}

TEST_P(UnaryTest, Lookup) {
  for (std::uint32_t seed = 0; seed < 50; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    std::vector<std::int8_t> table = random.values(256);  // of -128, -127, ... 127
    std::vector<std::uint8_t> constant(256);
    for (int q = -128; q <= 127; ++q) {
      constant[static_cast<std::uint8_t>(q + domain_offset())] =
          static_cast<std::uint8_t>(table[static_cast<std::size_t>(q + 128)] + domain_offset());
    }
    expect(
        row().lookup, nullptr, constant, [&](std::int64_t x) { return table[static_cast<std::size_t>(x + 128)]; },
        random);
  }
}

QRUN_TEST_EVERY_ROW(UnaryTest);
QRUN_TEST_ROWS_WITH(requantize, RequantizeTest);
QRUN_TEST_ROWS_WITH(leaky_relu, LeakyReluTest);

}  // namespace
}  // namespace qrun::kernels::testing
