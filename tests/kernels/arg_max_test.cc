// Arg max of every row: the first of several maxima, along any axis, with both index types.

#include <algorithm>
#include <string>

#include "tests/kernels/row_test.h"

namespace qrun::kernels::testing {
namespace {

class ArgMaxTest : public RowTest {
 protected:
  template <class Index>
  static void expect(std::int32_t outer, std::int32_t extent, std::int32_t inner, const std::vector<std::int8_t>& x,
                     Random& random) {
    std::vector<Index> expected;
    for (std::int32_t o = 0; o < outer; ++o) {
      for (std::int32_t i = 0; i < inner; ++i) {
        std::vector<std::int8_t> line;
        for (std::int32_t k = 0; k < extent; ++k) {
          line.push_back(x[static_cast<std::size_t>((o * extent + k) * inner + i)]);
        }
        expected.push_back(static_cast<Index>(std::max_element(line.begin(), line.end()) - line.begin()));
      }
    }
    const ArgMaxParams p = {outer, extent, inner, sizeof(Index)};
    const Call call = {
        row().arg_max, &p, outer * inner, {stored(x)}, {}, 0, unwritten(expected.size() * sizeof(Index))};
    EXPECT_EQ(run(call, random), bytes_of(expected));
  }
};

TEST_P(ArgMaxTest, RandomAxes) {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const std::int32_t outer = random.between(1, 6);
    const std::int32_t extent = random.between(1, random.one_in(3) ? 1000 : 20);
    const std::int32_t inner = random.one_in(2) ? 1 : random.between(1, 40);
    const auto x = random.values(static_cast<std::size_t>(outer * extent * inner));
    if (random.one_in(2)) {
      expect<std::int32_t>(outer, extent, inner, x, random);
    } else {
      expect<std::int64_t>(outer, extent, inner, x, random);
    }
  }
}

TEST_P(ArgMaxTest, FirstMaximumWins) {
  Random random(0);
  expect<std::int32_t>(1, 6, 1, {-5, 9, 3, 9, 9, -128}, random);
  expect<std::int32_t>(1, 4, 1, {-128, -128, -128, -128}, random);
}

QRUN_TEST_EVERY_ROW(ArgMaxTest);

}  // namespace
}  // namespace qrun::kernels::testing
