// Means and sums of every row against a naive one that walks the input and adds each element where it belongs.

#include <string>

#include "kernels/bounds.h"
#include "tests/kernels/naive.h"
#include "tests/kernels/row_test.h"

namespace qrun::kernels::testing {
namespace {

struct Reduction {
  std::vector<std::int32_t> shape;
  std::vector<bool> reduced;  // per axis
};

std::int32_t product(const Reduction& reduction, bool reduced) {
  std::int32_t result = 1;
  for (std::size_t d = 0; d < reduction.shape.size(); ++d) {
    if (reduction.reduced[d] == reduced) result *= reduction.shape[d];
  }
  return result;
}

ReduceParams geometry(const Reduction& reduction) {
  ReduceParams p = {};
  std::int32_t stride = product(reduction, true) * product(reduction, false);
  for (std::size_t d = 0; d < reduction.shape.size(); ++d) {
    stride /= reduction.shape[d];
    std::int32_t& dims = reduction.reduced[d] ? p.reduced_dims : p.kept_dims;
    (reduction.reduced[d] ? p.reduced_extent : p.kept_extent)[dims] = reduction.shape[d];
    (reduction.reduced[d] ? p.reduced_stride : p.kept_stride)[dims] = stride;
    ++dims;
  }
  p.count = product(reduction, true);
  return p;
}

// Sums of the differences to `zero_point`, in the order of the outputs.
std::vector<std::int64_t> naive_sums(const Reduction& reduction, const std::vector<std::int8_t>& x,
                                     std::int32_t zero_point) {
  std::vector<std::int64_t> sums(static_cast<std::size_t>(product(reduction, false)));
  for (std::size_t i = 0; i < x.size(); ++i) {
    std::size_t rest = i;
    std::size_t output = 0;
    std::size_t output_stride = 1;
    for (std::size_t d = reduction.shape.size(); d-- > 0;) {
      const auto extent = static_cast<std::size_t>(reduction.shape[d]);
      if (!reduction.reduced[d]) {
        output += rest % extent * output_stride;
        output_stride *= extent;
      }
      rest /= extent;
    }
    sums[output] += x[i] - zero_point;
  }
  return sums;
}

class ReduceTest : public RowTest {
 protected:
  static void expect(const Reduction& reduction, const std::vector<std::int8_t>& x, std::int32_t z_in,
                     std::int32_t z_out, Rescale rescale, Random& random) {
    std::vector<std::int8_t> expected;
    for (const std::int64_t sum : naive_sums(reduction, x, z_in)) {
      expected.push_back(naive_output(naive_apply(rescale, sum), z_out));
    }
    ReduceParams p = geometry(reduction);
    p.input_zero_point = z_in + domain_offset();
    p.output_zero_point = z_out + domain_offset();
    p.rescale = rescale;
    const Call call = {
        row().reduce, &p, static_cast<std::int32_t>(expected.size()), {stored(x)}, {}, 0, unwritten(expected.size())};
    EXPECT_EQ(loaded(run(call, random)), expected);
  }
};

TEST_P(ReduceTest, RandomAxes) {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    Reduction reduction;
    for (int d = random.between(1, 5); d > 0; --d) {
      reduction.shape.push_back(random.between(1, 9));
      reduction.reduced.push_back(random.one_in(2));
    }
    const auto x = random.values(static_cast<std::size_t>(product(reduction, true) * product(reduction, false)));
    const Rescale rescale = random.rescale(std::int64_t{255} * product(reduction, true));
    expect(reduction, x, random.zero_point(), random.zero_point(), rescale, random);
  }
}

// A mean's multiplier is divided by the count, and lies below 2^30.
TEST_P(ReduceTest, SmallMultiplier) {
  const Reduction reduction = {{7, 7, 40}, {true, true, false}};
  for (std::uint32_t seed = 0; seed < 50; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const std::int64_t multiplier = random.between(1 << 30, kInt32Max);
    const Rescale mean = {static_cast<std::int32_t>((multiplier << 5) / 49), random.between(-1, 1) - 5};
    expect(reduction, random.values(7 * 7 * 40), random.zero_point(), random.zero_point(), mean, random);
  }
}

// Loading has proved that the rescaled sums fit.
TEST_P(ReduceTest, EveryRescale) {
  const Reduction reductions[] = {{{3, 5, 70}, {true, true, false}}, {{70, 3, 5}, {false, true, true}}};
  for (std::int32_t shift = -31; shift <= 18; ++shift) {
    for (std::uint32_t seed = 0; seed < 12; ++seed) {
      SCOPED_TRACE("shift " + std::to_string(shift) + ", seed " + std::to_string(seed));
      Random random(seed);
      const std::int32_t multipliers[] = {0, 1, 1 << 30, kInt32Max, random.between(1, kInt32Max)};
      Rescale rescale = {multipliers[random.between(0, 4)], shift};
      while (!fits_int32(rescale, 15 * 255, 127)) rescale.multiplier /= 2;
      expect(reductions[seed % 2], random.values(15 * 70), random.zero_point(), random.zero_point(), rescale, random);
    }
  }
}

// More of the extremes side by side than sums of 16 bits hold.
TEST_P(ReduceTest, ManyExtremes) {
  const Reduction reductions[] = {
      {{700, 100}, {true, false}}, {{20, 35, 100}, {true, true, false}}, {{3, 9000}, {false, true}}};
  for (const Reduction& reduction : reductions) {
    const std::int32_t count = product(reduction, true);
    const auto size = static_cast<std::size_t>(count * product(reduction, false));
    const Rescale mean = {static_cast<std::int32_t>((std::int64_t{1} << 31) / count), 0};
    for (const std::int8_t extreme : {std::int8_t{-128}, std::int8_t{127}}) {
      Random random(0);
      std::vector<std::int8_t> x(size, extreme);
      expect(reduction, x, 0, 0, mean, random);
      expect(reduction, x, 100, -20, mean, random);
    }
  }
}

// The largest count: 2^23 differences of -255 stay in int32.
TEST_P(ReduceTest, LargestCount) {
  const Reduction reduction = {{1 << 12, 1 << 11}, {true, true}};
  Random random(0);
  expect(reduction, std::vector<std::int8_t>(1 << 23, -128), 127, 100, {1 << 30, -23}, random);
  expect(reduction, std::vector<std::int8_t>(1 << 23, 127), -128, -100, {1 << 30, -23}, random);
}

QRUN_TEST_EVERY_ROW(ReduceTest);

}  // namespace
}  // namespace qrun::kernels::testing
