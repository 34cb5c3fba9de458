// Add, sub, mul and PRelu of every row: all pairs of bytes, random broadcast shapes, and every shift of a rescale.

#include <algorithm>
#include <functional>
#include <string>

#include "kernels/bounds.h"
#include "tests/kernels/naive.h"
#include "tests/kernels/row_test.h"

namespace qrun::kernels::testing {
namespace {

using Index = std::vector<std::int32_t>;
using Combine = std::function<std::int8_t(std::int64_t, std::int64_t)>;

// Two inputs of possibly different shape, 1 where broadcast.
struct Shapes {
  Index output, input1, input2;
};

std::int32_t product(const Index& extents) {
  std::int32_t result = 1;
  for (const std::int32_t extent : extents) result *= extent;
  return result;
}

Shapes random_shapes(Random& random) {
  Shapes shapes;
  const std::int32_t dims = random.between(1, 4);
  for (std::int32_t d = 0; d < dims; ++d) {
    const std::int32_t extent = random.between(1, d == dims - 1 ? 70 : 5);
    shapes.output.push_back(extent);
    shapes.input1.push_back(random.one_in(5) ? 1 : extent);
    shapes.input2.push_back(random.one_in(3) ? 1 : extent);
  }
  return shapes;
}

Broadcast broadcast(const Shapes& shapes) {
  Broadcast result = {};
  result.dims = static_cast<std::int32_t>(shapes.output.size());
  std::int32_t stride1 = 1;
  std::int32_t stride2 = 1;
  for (std::int32_t d = result.dims - 1; d >= 0; --d) {
    const auto i = static_cast<std::size_t>(d);
    result.extent[d] = shapes.output[i];
    result.stride1[d] = shapes.input1[i] == 1 ? 0 : stride1;
    result.stride2[d] = shapes.input2[i] == 1 ? 0 : stride2;
    stride1 *= shapes.input1[i];
    stride2 *= shapes.input2[i];
  }
  return result;
}

// numpy's rule, recursively: one axis at a time.
void naive_combine(const Shapes& shapes, std::size_t axis, const std::int8_t* x1, const std::int8_t* x2,
                   const Combine& combine, std::vector<std::int8_t>& y) {
  if (axis == shapes.output.size()) {
    y.push_back(combine(*x1, *x2));
    return;
  }
  const std::int32_t step1 =
      product({shapes.input1.begin() + static_cast<std::ptrdiff_t>(axis) + 1, shapes.input1.end()});
  const std::int32_t step2 =
      product({shapes.input2.begin() + static_cast<std::ptrdiff_t>(axis) + 1, shapes.input2.end()});
  for (std::int32_t i = 0; i < shapes.output[axis]; ++i) {
    naive_combine(shapes, axis + 1, x1 + i % shapes.input1[axis] * step1, x2 + i % shapes.input2[axis] * step2, combine,
                  y);
  }
}

std::vector<std::int8_t> all_bytes() {
  std::vector<std::int8_t> all;
  for (int q = -128; q <= 127; ++q) all.push_back(static_cast<std::int8_t>(q));
  return all;
}

// A rescale of that shift which values up to `reach` may meet: its multiplier is none, the least, a power of two, the
// greatest or any other, halved until the results fit.
Rescale any_rescale(std::int32_t shift, std::int64_t reach, Random& random) {
  const std::int32_t any = random.between(1 << 30, kInt32Max);
  const std::int32_t multipliers[] = {0, 1, 1 << 30, (1 << 30) + 1, 3 << 29, kInt32Max, any, any, any >> 7};
  Rescale rescale = {multipliers[random.between(0, 8)], shift};
  while (!fits_int32(rescale, reach, 127) || !fits_int32(rescale, reach, -128)) rescale.multiplier /= 2;
  return rescale;
}

class ElementwiseTest : public RowTest {
 protected:
  static void expect(KernelFunction kernel, const void* params, const Shapes& shapes,
                     const std::vector<std::int8_t>& x1, const std::vector<std::int8_t>& x2, const Combine& combine,
                     Random& random) {
    std::vector<std::int8_t> expected;
    naive_combine(shapes, 0, x1.data(), x2.data(), combine, expected);
    const Call call = {kernel,
                       params,
                       product(shapes.output) / shapes.output.back(),
                       {stored(x1), stored(x2)},
                       {},
                       0,
                       unwritten(expected.size())};
    EXPECT_EQ(loaded(run(call, random)), expected);
    if (shapes.input1 == shapes.output) expect_in_place(call, 0, stored(expected), random);
    if (shapes.input2 == shapes.output) expect_in_place(call, 1, stored(expected), random);
  }

  static void expect_add(AddParams p, const Shapes& shapes, const std::vector<std::int8_t>& x1,
                         const std::vector<std::int8_t>& x2, Random& random) {
    const Combine combine = [p](std::int64_t a, std::int64_t b) {
      const std::int64_t left = naive_apply(p.input1_rescale, (a - p.input1_zero_point) * (1 << 20));
      const std::int64_t right = naive_apply(p.input2_rescale, (b - p.input2_zero_point) * (1 << 20));
      const std::int64_t sum = p.sign < 0 ? left - right : left + right;
      return naive_output(naive_apply(p.output_rescale, sum), p.output_zero_point, p.clamp);
    };
    p.broadcast = broadcast(shapes);
    p.input1_zero_point += domain_offset();
    p.input2_zero_point += domain_offset();
    p.output_zero_point += domain_offset();
    p.clamp = stored(p.clamp);
    expect(row().add, &p, shapes, x1, x2, combine, random);
  }

  static void expect_random_add(const Shapes& shapes, const std::vector<std::int8_t>& x1,
                                const std::vector<std::int8_t>& x2, Random& random) {
    AddParams p = {};
    p.sign = random.one_in(3) ? -1 : 1;
    p.input1_zero_point = random.zero_point();
    p.input2_zero_point = random.zero_point();
    p.output_zero_point = random.zero_point();
    // The larger scale's multiplier is one half, the other is at most that.
    const Rescale half = {1 << 30, 0};
    const Rescale smaller = {random.between(1 << 30, kInt32Max), random.between(-6, -1)};
    p.input1_rescale = random.one_in(2) ? half : smaller;
    p.input2_rescale = random.one_in(2) ? half : smaller;
    p.output_rescale = random.rescale(1 << 28);
    p.clamp = random.clamp();
    expect_add(p, shapes, x1, x2, random);
  }

  // The parameters are the row's own: they have no meaning of real numbers to be brought into its domain.
  static void expect_linear_add(LinearAddParams p, const Shapes& shapes, const std::vector<std::int8_t>& x1,
                                const std::vector<std::int8_t>& x2, Random& random) {
    const Combine combine = [p](std::int64_t a, std::int64_t b) {
      const std::int64_t numerator = p.weight1 * (a + domain_offset()) + p.weight2 * (b + domain_offset()) + p.offset;
      const std::int64_t unit = std::int64_t{1} << p.shift;
      std::int64_t floor = numerator / unit;
      if (floor * unit > numerator) --floor;
      return naive_output(floor, -domain_offset(), p.clamp);
    };
    p.broadcast = broadcast(shapes);
    p.clamp = stored(p.clamp);
    expect(row().linear_add, &p, shapes, x1, x2, combine, random);
  }

  // Weights of any size, or those whose sums are often whole: then the offset's last bit decides.
  static void expect_random_linear_add(const Shapes& shapes, const std::vector<std::int8_t>& x1,
                                       const std::vector<std::int8_t>& x2, Random& random) {
    constexpr std::int32_t kGreatest = (1 << 30) - (1 << 14) - 1;
    const std::int32_t shift = random.between(25, 30);
    const std::int32_t step = random.one_in(2) ? 1 << random.between(shift - 4, 28) : 1;
    const auto weight = [&] {
      const std::int32_t any = random.between(-kGreatest, kGreatest) / step * step;
      return random.one_in(6) ? (any < 0 ? -kGreatest : kGreatest) : any;
    };
    const std::int32_t weight1 = weight(), weight2 = weight();
    const std::int64_t whole = random.between(-(1 << 14) + 1, (1 << 14) - 1) / (random.one_in(4) ? 1 : 50);
    const std::int64_t offset = whole * (std::int64_t{1} << shift) + random.between(-1, 1) * random.between(0, 1);
    expect_linear_add({{}, weight1, weight2, offset, shift, random.clamp()}, shapes, x1, x2, random);
  }

  static void expect_mul(MulParams p, const Shapes& shapes, const std::vector<std::int8_t>& x1,
                         const std::vector<std::int8_t>& x2, Random& random) {
    const Combine combine = [p](std::int64_t a, std::int64_t b) {
      const std::int64_t exact = (a - p.input1_zero_point) * (b - p.input2_zero_point);
      return naive_output(naive_apply(p.rescale, exact), p.output_zero_point, p.clamp);
    };
    p.broadcast = broadcast(shapes);
    p.input1_zero_point += domain_offset();
    p.input2_zero_point += domain_offset();
    p.output_zero_point += domain_offset();
    p.clamp = stored(p.clamp);
    expect(row().mul, &p, shapes, x1, x2, combine, random);
  }

  static void expect_random_mul(const Shapes& shapes, const std::vector<std::int8_t>& x1,
                                const std::vector<std::int8_t>& x2, Random& random) {
    MulParams p = {};
    p.input1_zero_point = random.zero_point();
    p.input2_zero_point = random.zero_point();
    p.output_zero_point = random.zero_point();
    p.rescale = random.rescale(255 * 255);
    p.clamp = random.clamp();
    expect_mul(p, shapes, x1, x2, random);
  }

  static void expect_prelu(PReluParams p, const Shapes& shapes, const std::vector<std::int8_t>& x,
                           const std::vector<std::int8_t>& alpha, Random& random) {
    const Combine combine = [p](std::int64_t a, std::int64_t b) {
      const bool negative = a < p.input_zero_point;
      const std::int64_t v = a - p.input_zero_point;
      return naive_output(
          negative ? naive_apply(p.alpha_rescale, v * (b - p.alpha_zero_point)) : naive_apply(p.rescale, v),
          p.output_zero_point);
    };
    p.broadcast = broadcast(shapes);
    p.input_zero_point += domain_offset();
    p.alpha_zero_point += domain_offset();
    p.output_zero_point += domain_offset();
    expect(row().prelu, &p, shapes, x, alpha, combine, random);
  }

  static void expect_random_prelu(const Shapes& shapes, const std::vector<std::int8_t>& x,
                                  const std::vector<std::int8_t>& alpha, Random& random) {
    PReluParams p = {};
    p.input_zero_point = random.zero_point();
    p.alpha_zero_point = random.zero_point();
    p.output_zero_point = random.zero_point();
    p.rescale = random.rescale(255);
    p.alpha_rescale = random.rescale(255 * 255);
    expect_prelu(p, shapes, x, alpha, random);
  }

  using Expect = void (*)(const Shapes&, const std::vector<std::int8_t>&, const std::vector<std::int8_t>&, Random&);

  static void expect_all_pairs(Expect function) {
    const std::vector<std::int8_t> all = all_bytes();
    for (std::uint32_t seed = 0; seed < 12; ++seed) {
      SCOPED_TRACE("seed " + std::to_string(seed));
      Random random(seed);
      function({{256, 256}, {256, 1}, {1, 256}}, all, all, random);
    }
  }

  static void expect_random_shapes(Expect function) {
    for (std::uint32_t seed = 0; seed < 200; ++seed) {
      SCOPED_TRACE("seed " + std::to_string(seed));
      Random random(seed);
      const Shapes shapes = random_shapes(random);
      const auto x1 = random.values(static_cast<std::size_t>(product(shapes.input1)));
      const auto x2 = random.values(static_cast<std::size_t>(product(shapes.input2)));
      function(shapes, x1, x2, random);
    }
  }
};

TEST_P(ElementwiseTest, AddAllPairs) { expect_all_pairs(&expect_random_add); }
TEST_P(ElementwiseTest, AddRandomShapes) { expect_random_shapes(&expect_random_add); }
TEST_P(ElementwiseTest, MulAllPairs) { expect_all_pairs(&expect_random_mul); }
TEST_P(ElementwiseTest, MulRandomShapes) { expect_random_shapes(&expect_random_mul); }
TEST_P(ElementwiseTest, PReluAllPairs) { expect_all_pairs(&expect_random_prelu); }
TEST_P(ElementwiseTest, PReluRandomShapes) { expect_random_shapes(&expect_random_prelu); }

// Two nearly equal inputs subtracted: the lowest bits of both rescaled values show.
TEST_P(ElementwiseTest, AddShowsEveryBitOfItsInputs) {
  for (std::int32_t shift = -31; shift <= 2; ++shift) {
    for (std::uint32_t seed = 0; seed < 20; ++seed) {
      SCOPED_TRACE("shift " + std::to_string(shift) + ", seed " + std::to_string(seed));
      Random random(seed);
      AddParams p = {};
      p.sign = -1;
      p.input1_zero_point = p.input2_zero_point = random.zero_point();
      p.input1_rescale = any_rescale(shift, 255 << 20, random);
      p.input1_rescale.multiplier >>= std::max(shift + 1, 0);  // leaves room for the sum's bound
      p.input2_rescale = {std::max(p.input1_rescale.multiplier - random.between(0, 800), 0), shift};
      p.output_rescale = {1 << 30, 1};
      p.clamp = {-128, 127};
      expect_add(p, {{256}, {256}, {256}}, all_bytes(), all_bytes(), random);
    }
  }
}

TEST_P(ElementwiseTest, AddOfEveryRescale) {
  for (std::int32_t shift = -31; shift <= 3; ++shift) {
    for (std::uint32_t seed = 0; seed < 30; ++seed) {
      SCOPED_TRACE("shift " + std::to_string(shift) + ", seed " + std::to_string(seed));
      Random random(seed);
      AddParams p = {};
      p.sign = random.one_in(2) ? 1 : -1;
      p.input1_zero_point = random.zero_point();
      p.input2_zero_point = random.zero_point();
      p.output_zero_point = random.zero_point();
      p.input1_rescale = any_rescale(shift, 255 << 20, random);
      p.input2_rescale = any_rescale(random.between(-21, -2), 255 << 20, random);
      const std::int64_t reach = naive_apply(p.input1_rescale, 255 << 20) + naive_apply(p.input2_rescale, 255 << 20);
      if (reach > kInt32Max) continue;
      std::int32_t bits = 0;
      while (reach >> bits != 0) ++bits;
      p.output_rescale = any_rescale(random.between(5, 12) - bits, reach, random);
      p.clamp = random.clamp();
      expect_add(p, {{7, 256}, {1, 256}, {7, 1}}, all_bytes(), random.values(7), random);
    }
  }
}

TEST_P(ElementwiseTest, MulOfEveryRescale) {
  for (std::int32_t shift = -31; shift <= 14; ++shift) {
    for (std::uint32_t seed = 0; seed < 20; ++seed) {
      SCOPED_TRACE("shift " + std::to_string(shift) + ", seed " + std::to_string(seed));
      Random random(seed);
      MulParams p = {};
      p.input1_zero_point = random.zero_point();
      p.input2_zero_point = random.zero_point();
      p.output_zero_point = random.zero_point();
      p.rescale = any_rescale(shift, 255 * 255, random);
      p.clamp = random.clamp();
      expect_mul(p, {{7, 256}, {1, 256}, {7, 1}}, all_bytes(), random.values(7), random);
    }
  }
}

TEST_P(ElementwiseTest, PReluOfEveryRescale) {
  for (std::int32_t shift = -31; shift <= 14; ++shift) {
    for (std::uint32_t seed = 0; seed < 20; ++seed) {
      SCOPED_TRACE("shift " + std::to_string(shift) + ", seed " + std::to_string(seed));
      Random random(seed);
      PReluParams p = {};
      p.input_zero_point = random.zero_point();
      p.alpha_zero_point = random.zero_point();
      p.output_zero_point = random.zero_point();
      p.rescale = any_rescale(random.one_in(2) ? shift : random.between(-10, 0), 255, random);
      p.alpha_rescale = any_rescale(shift, 255 * 255, random);
      expect_prelu(p, {{7, 256}, {1, 256}, {7, 1}}, all_bytes(), random.values(7), random);
    }
  }
}

class LinearAddTest : public ElementwiseTest {};

TEST_P(LinearAddTest, AllPairs) {
  const std::vector<std::int8_t> all = all_bytes();
  for (std::uint32_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    expect_random_linear_add({{256, 256}, {256, 1}, {1, 256}}, all, all, random);
  }
}

TEST_P(LinearAddTest, RandomShapes) { expect_random_shapes(&expect_random_linear_add); }

// Everything at its limit: no step inside a kernel may overflow.
TEST_P(LinearAddTest, ExtremesFit) {
  constexpr std::int32_t kGreatest = (1 << 30) - (1 << 14) - 1;
  const std::vector<std::int8_t> all = all_bytes();
  for (const std::int32_t shift : {25, 26, 30}) {
    for (const int signs : {0, 1, 2, 3, 4, 5, 6, 7}) {
      SCOPED_TRACE("shift " + std::to_string(shift) + ", signs " + std::to_string(signs));
      Random random(0);
      const std::int64_t offset = (std::int64_t{1} << (shift + 14)) - 1;
      const LinearAddParams p = {{},
                                 (signs & 1) != 0 ? -kGreatest : kGreatest,
                                 (signs & 2) != 0 ? -kGreatest : kGreatest,
                                 (signs & 4) != 0 ? -offset : offset,
                                 shift,
                                 {-128, 127}};
      expect_linear_add(p, {{256, 256}, {256, 1}, {1, 256}}, all, all, random);
    }
  }
}

// Weights whose bytes, taken as signed digits, are extremes: sums of their products with -128 are beyond 16 bits.
TEST_P(LinearAddTest, ExtremeDigits) {
  const std::vector<std::int8_t> all = all_bytes();
  constexpr std::int32_t kShift = 30;
  for (std::uint32_t seed = 0; seed < 120; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const auto digit = [&] { return random.one_in(3) ? 127 : random.one_in(20) ? random.between(-128, 127) : -128; };
    const auto weight = [&] {
      const std::int32_t top = random.between(-127, random.one_in(2) ? 127 : 64);
      const std::int32_t coarse = ((top * 256 + digit()) * 256 + digit()) * 128;
      return random.one_in(2) ? coarse : ((top / 2 * 256 + digit()) * 256 + digit()) * 256 + digit();
    };
    const std::int32_t weight1 = weight(), weight2 = weight();
    const std::int64_t whole = random.between(-1, 1) * random.between(0, random.one_in(4) ? (1 << 14) - 1 : 400);
    const std::int64_t offset = whole * (std::int64_t{1} << kShift) + random.between(-(1 << 29), 1 << 29);
    expect_linear_add({{}, weight1, weight2, offset, kShift, random.clamp()}, {{256, 256}, {256, 1}, {1, 256}}, all,
                      all, random);
  }
}

QRUN_TEST_EVERY_ROW(ElementwiseTest);
QRUN_TEST_ROWS_WITH(linear_add, LinearAddTest);

}  // namespace
}  // namespace qrun::kernels::testing
