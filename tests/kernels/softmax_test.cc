// Softmax of every row against a naive one: any depth, several rows, and the rows whose exponentials sum to too much.

#include <algorithm>
#include <string>

#include "tests/kernels/naive.h"
#include "tests/kernels/row_test.h"

namespace qrun::kernels::testing {
namespace {

struct Softmax {
  Rescale rescale;
  std::int64_t diff_min;
};

// exp and reciprocal are quantize.h's, proved by vectors; the rest is written again.
std::vector<std::int8_t> naive_softmax(const Softmax& p, const std::vector<std::int8_t>& row) {
  const std::int64_t top = *std::max_element(row.begin(), row.end());
  std::vector<std::int64_t> exponentials;
  std::int64_t sum = 0;
  for (const std::int8_t x : row) {
    const std::int64_t difference = x - top;
    std::int64_t e = 0;
    if (difference >= p.diff_min) {
      const std::int64_t scaled =
          naive_high_product(difference * (std::int64_t{1} << p.rescale.shift), p.rescale.multiplier);
      e = exp_on_negative_values(static_cast<std::int32_t>(scaled));
    }
    exponentials.push_back(e);
    sum += divide_half_away(e, 1 << 12);
  }
  std::vector<std::int8_t> result(row.size(), -128);
  if (sum >= 512 << 19) return result;
  int doublings = 0;
  while (sum < std::int64_t{1} << 31) {
    sum *= 2;
    ++doublings;
  }
  const std::int64_t inverse = one_over_one_plus_x(static_cast<std::int32_t>(sum - (std::int64_t{1} << 31)));
  for (std::size_t i = 0; i < row.size(); ++i) {
    const std::int64_t quotient =
        divide_half_away(naive_high_product(inverse, exponentials[i]), std::int64_t{1} << (35 - doublings));
    result[i] = naive_output(quotient, -128);
  }
  return result;
}

Softmax make_softmax(std::int32_t multiplier, std::int32_t shift) {
  return {{multiplier, shift}, -((std::int64_t{31} << 26) >> shift)};
}

class SoftmaxTest : public RowTest {
 protected:
  static std::vector<std::int8_t> expect(const Softmax& softmax, const std::vector<std::int8_t>& x, std::int32_t depth,
                                         Random& random) {
    std::vector<std::int8_t> expected;
    for (auto row_start = x.begin(); row_start != x.end(); row_start += depth) {
      const std::vector<std::int8_t> y = naive_softmax(softmax, {row_start, row_start + depth});
      expected.insert(expected.end(), y.begin(), y.end());
    }
    const SoftmaxParams p = {depth};
    const Call call = {row().softmax,
                       &p,
                       static_cast<std::int32_t>(x.size()) / depth,
                       {stored(x)},
                       exponentials(softmax.rescale, static_cast<std::int32_t>(softmax.diff_min)),
                       0,
                       unwritten(x.size())};
    EXPECT_EQ(loaded(run(call, random)), expected);
    expect_in_place(call, 0, stored(expected), random);
    return expected;
  }
};

TEST_P(SoftmaxTest, RandomRows) {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const std::int32_t depth = random.between(1, random.one_in(4) ? 1200 : 40);
    const auto x = random.values(static_cast<std::size_t>(depth * random.between(1, 5)));
    const std::int32_t shift = random.one_in(3) ? random.between(0, 30) : random.between(18, 26);
    expect(make_softmax(random.between(1 << 30, kInt32Max), shift), x, depth, random);
  }
}

TEST_P(SoftmaxTest, OneElementIsCertain) {
  Random random(0);
  EXPECT_EQ(expect(make_softmax(1 << 30, 23), {-128}, 1, random), std::vector<std::int8_t>{127});
}

// 511 equal logits give 1/2 of a unit each, which rounds up; 512 make the sum too large.
TEST_P(SoftmaxTest, SumOf512OrMoreGivesZeros) {
  Random random(0);
  const Softmax softmax = make_softmax(1 << 30, 23);
  EXPECT_EQ(expect(softmax, std::vector<std::int8_t>(511, 5), 511, random), std::vector<std::int8_t>(511, -127));
  EXPECT_EQ(expect(softmax, std::vector<std::int8_t>(512, 5), 512, random), std::vector<std::int8_t>(512, -128));
  EXPECT_EQ(expect(softmax, std::vector<std::int8_t>(1001, 0), 1001, random), std::vector<std::int8_t>(1001, -128));
  // 8202 * 2^19 = 10 * 2^19 modulo 2^32: an int32 sum would wrap to a small one.
  EXPECT_EQ(expect(softmax, std::vector<std::int8_t>(8202, 0), 8202, random), std::vector<std::int8_t>(8202, -128));
}

QRUN_TEST_EVERY_ROW(SoftmaxTest);

}  // namespace
}  // namespace qrun::kernels::testing
