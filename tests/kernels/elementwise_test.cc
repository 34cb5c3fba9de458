// Add, sub, mul and PRelu of every row: all pairs of bytes, and random broadcast shapes.

#include <functional>
#include <string>

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

  static void expect_add(const Shapes& shapes, const std::vector<std::int8_t>& x1, const std::vector<std::int8_t>& x2,
                         Random& random) {
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

  static void expect_mul(const Shapes& shapes, const std::vector<std::int8_t>& x1, const std::vector<std::int8_t>& x2,
                         Random& random) {
    MulParams p = {};
    p.input1_zero_point = random.zero_point();
    p.input2_zero_point = random.zero_point();
    p.output_zero_point = random.zero_point();
    p.rescale = random.rescale(255 * 255);
    p.clamp = random.clamp();
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

  static void expect_prelu(const Shapes& shapes, const std::vector<std::int8_t>& x,
                           const std::vector<std::int8_t>& alpha, Random& random) {
    PReluParams p = {};
    p.input_zero_point = random.zero_point();
    p.alpha_zero_point = random.zero_point();
    p.output_zero_point = random.zero_point();
    p.rescale = random.rescale(255);
    p.alpha_rescale = random.rescale(255 * 255);
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

  using Expect = void (*)(const Shapes&, const std::vector<std::int8_t>&, const std::vector<std::int8_t>&, Random&);

  static void expect_all_pairs(Expect function) {
    std::vector<std::int8_t> all;
    for (int q = -128; q <= 127; ++q) all.push_back(static_cast<std::int8_t>(q));
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

TEST_P(ElementwiseTest, AddAllPairs) { expect_all_pairs(&expect_add); }
TEST_P(ElementwiseTest, AddRandomShapes) { expect_random_shapes(&expect_add); }
TEST_P(ElementwiseTest, MulAllPairs) { expect_all_pairs(&expect_mul); }
TEST_P(ElementwiseTest, MulRandomShapes) { expect_random_shapes(&expect_mul); }
TEST_P(ElementwiseTest, PReluAllPairs) { expect_all_pairs(&expect_prelu); }
TEST_P(ElementwiseTest, PReluRandomShapes) { expect_random_shapes(&expect_prelu); }

QRUN_TEST_EVERY_ROW(ElementwiseTest);

}  // namespace
}  // namespace qrun::kernels::testing
