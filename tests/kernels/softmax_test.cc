// Softmax of every row against a naive one: any depth, several rows, the rows whose exponentials sum to too much,
// outputs of any scale; and outputs of any scale against the real function.

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "tests/kernels/naive.h"
#include "tests/kernels/row_test.h"

namespace qrun::kernels::testing {
namespace {

struct Output {
  Rescale rescale;
  std::int32_t zero_point;
};

struct Softmax {
  Rescale rescale;
  std::int64_t diff_min;
  std::optional<Output> output = std::nullopt;  // else units of 1/256 from -128 on
};

// exp and reciprocal are quantize.h's, proved by vectors; the rest is written again.
std::vector<std::int64_t> naive_exponentials(const Softmax& p, const std::vector<std::int8_t>& row) {
  const std::int64_t top = *std::max_element(row.begin(), row.end());
  std::vector<std::int64_t> result;
  for (const std::int8_t x : row) {
    const std::int64_t difference = x - top;
    std::int64_t e = 0;
    if (difference >= p.diff_min) {
      const std::int64_t scaled =
          naive_high_product(difference * (std::int64_t{1} << p.rescale.shift), p.rescale.multiplier);
      e = exp_on_negative_values(static_cast<std::int32_t>(scaled));
    }
    result.push_back(e);
  }
  return result;
}

std::vector<std::int8_t> naive_256ths(const std::vector<std::int64_t>& exponentials) {
  std::int64_t sum = 0;
  for (const std::int64_t e : exponentials) sum += divide_half_away(e, 1 << 12);
  std::vector<std::int8_t> result(exponentials.size(), -128);
  if (sum >= 512 << 19) return result;
  int doublings = 0;
  while (sum < std::int64_t{1} << 31) {
    sum *= 2;
    ++doublings;
  }
  const std::int64_t inverse = one_over_one_plus_x(static_cast<std::int32_t>(sum - (std::int64_t{1} << 31)));
  for (std::size_t i = 0; i < result.size(); ++i) {
    const std::int64_t quotient =
        divide_half_away(naive_high_product(inverse, exponentials[i]), std::int64_t{1} << (35 - doublings));
    result[i] = naive_output(quotient, -128);
  }
  return result;
}

std::vector<std::int8_t> naive_any_scale(const Output& output, const std::vector<std::int64_t>& exponentials) {
  std::int64_t sum = 1;
  for (const std::int64_t e : exponentials) sum += e;
  int halvings = 0;
  for (; sum >= std::int64_t{1} << 32; sum /= 2) ++halvings;  // nested floors are one
  const std::int64_t inverse = one_over_one_plus_x(static_cast<std::int32_t>(sum - (std::int64_t{1} << 31)));
  // The numerator is below 2^31: to divide it by 2^40 or by more is the same.
  const std::int64_t divisor = std::int64_t{1} << std::min(31 + halvings - output.rescale.shift, 40);
  std::vector<std::int8_t> result;
  for (const std::int64_t e : exponentials) {
    const std::int64_t numerator = naive_high_product(naive_high_product(inverse, e), output.rescale.multiplier);
    result.push_back(naive_output(divide_half_away(numerator, divisor), output.zero_point));
  }
  return result;
}

std::vector<std::int8_t> naive_softmax(const Softmax& p, const std::vector<std::int8_t>& row) {
  const std::vector<std::int64_t> exponentials = naive_exponentials(p, row);
  return p.output ? naive_any_scale(*p.output, exponentials) : naive_256ths(exponentials);
}

Softmax make_softmax(std::int32_t multiplier, std::int32_t shift) {
  return {{multiplier, shift}, -((std::int64_t{31} << 26) >> shift)};
}

// As the converter makes them, for outputs of any scale.
std::int64_t least_difference(Rescale rescale) {
  return -((std::int64_t{31} << 57) / (std::int64_t{rescale.multiplier} << rescale.shift));
}

Rescale rescale_of(double real) {
  int shift = 0;
  const double multiplier = std::round(std::frexp(real, &shift) * 0x1p31);
  return multiplier == 0x1p31 ? Rescale{1 << 30, shift + 1} : Rescale{static_cast<std::int32_t>(multiplier), shift};
}

Softmax make_softmax(double input_scale, double output_scale, std::int32_t zero_point) {
  const Rescale rescale = rescale_of(std::min(input_scale * 0x1p26, 0x1p31 - 1));
  return {rescale, least_difference(rescale), Output{rescale_of(1 / output_scale), zero_point}};
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
    SoftmaxParams p = {depth};
    if (softmax.output) {
      p.any_scale = true;
      p.output_rescale = softmax.output->rescale;
      p.output_zero_point = softmax.output->zero_point + domain_offset();
    }
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

// ---- Outputs of any scale ----

TEST_P(SoftmaxTest, AnyScaleRandomRows) {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const std::int32_t depth = random.between(1, random.one_in(4) ? 1200 : 40);
    const auto x = random.values(static_cast<std::size_t>(depth * random.between(1, 5)));
    const std::int32_t shift = random.one_in(3) ? random.between(0, 30) : random.between(18, 26);
    Softmax softmax = make_softmax(random.between(1 << 30, kInt32Max), shift);
    if (random.one_in(2)) softmax.diff_min = least_difference(softmax.rescale);
    const std::int32_t scale = random.one_in(3) ? random.between(-31, 30) : random.between(4, 12);
    softmax.output = {{random.between(random.one_in(4) ? 0 : 1 << 30, kInt32Max), scale}, random.zero_point()};
    expect(softmax, x, depth, random);
  }
}

// Every shift that a file may have, with the multipliers and zero points that bring an intermediate value farthest.
TEST_P(SoftmaxTest, AnyScaleAtTheEnds) {
  Random random(0);
  for (std::int32_t shift = -31; shift <= 30; ++shift) {
    for (const std::int32_t multiplier : {0, 1, 1 << 30, kInt32Max}) {
      for (const std::int32_t zero_point : {-128, 0, 127}) {
        SCOPED_TRACE(::testing::Message()
                     << "shift " << shift << " multiplier " << multiplier << " zero " << zero_point);
        Softmax softmax = make_softmax(1 << 30, 23);
        softmax.output = {{multiplier, shift}, zero_point};
        for (const std::int32_t depth : {1, 2, 17, 257}) {
          std::vector<std::int8_t> x(static_cast<std::size_t>(depth), 127);
          x.back() = -128;
          expect(softmax, x, depth, random);
        }
      }
    }
  }
}

// Where units of 1/256 end at a sum of 512, any scale goes on: equal logits share what there is.
TEST_P(SoftmaxTest, AnyScaleHasNoGreatestSum) {
  Random random(0);
  for (const std::int32_t depth : {511, 512, 513, 4095, 4096, 8191, 8192, 8202, 100003}) {
    SCOPED_TRACE("depth " + std::to_string(depth));
    const auto elements = static_cast<std::size_t>(depth);
    EXPECT_EQ(
        expect(make_softmax(1.0, 1.0 / (100.0 * depth), -100), std::vector<std::int8_t>(elements, 5), depth, random),
        std::vector<std::int8_t>(elements, 0));
    EXPECT_EQ(expect(make_softmax(1.0, 1.0, -100), std::vector<std::int8_t>(elements, 5), depth, random),
              std::vector<std::int8_t>(elements, -100));
  }
}

// The greatest distance, in steps of the output, of the row's outputs from the real softmax, before that is rounded.
// Outputs at an end of the range count where the real one is inside.
double greatest_error(double input_scale, double output_scale, std::int32_t zero_point,
                      const std::vector<std::int8_t>& x, const std::vector<std::int8_t>& y) {
  const int top = *std::max_element(x.begin(), x.end());
  double sum = 0;
  for (const std::int8_t q : x) sum += std::exp(input_scale * (q - top));
  double greatest = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double real = std::exp(input_scale * (x[i] - top)) / sum / output_scale + zero_point;
    greatest = std::max(greatest, std::abs(y[i] - std::min(real, 127.0)));
  }
  return greatest;
}

// Half a step is what rounding takes; the integers before it take less than a hundredth for scales from 2^-20 on. So an
// output is the real one rounded to nearest, or beside it where that is this close to a half: at most one step away.
// The finest scale of a file is 2^-30, whose steps are two units of the exponentials: there it is two steps.
TEST_P(SoftmaxTest, AnyScaleIsTheRealSoftmaxRounded) {
  for (const double scale :
       {1.0 / 255, 1.0 / 256, 1.0 / 1000, 1.0 / 100, 1.0 / 127, 0.3, 1e-4, 0x1p-20, 0x1.000002p-30}) {
    for (std::uint32_t seed = 0; seed < 60; ++seed) {
      SCOPED_TRACE(::testing::Message() << "scale " << scale << " seed " << seed);
      Random random(seed);
      const std::int32_t depth = random.between(1, random.one_in(3) ? 3000 : 40), zero_point = random.zero_point();
      const double input_scale = std::exp2(random.between(-10, 2)) * random.between(100, 199) / 100;
      const auto x = random.values(static_cast<std::size_t>(depth));
      const auto y = expect(make_softmax(input_scale, scale, zero_point), x, depth, random);
      EXPECT_LE(greatest_error(input_scale, scale, zero_point, x, y), scale < 0x1p-20 ? 2.5 : 0.51);
    }
  }
}

QRUN_TEST_EVERY_ROW(SoftmaxTest);

}  // namespace
}  // namespace qrun::kernels::testing
