// Operators that work element by element: fixed numbers, and a naive broadcast.

#include <gmock/gmock.h>

#include <cmath>

#include "tests/converter/calibrate/real_graph.h"

namespace qrun::converter::calibrate {
namespace {

using test::RealGraph;
using test::some_values;
using test::Values;
using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::Pointwise;

Values unary(Parameters parameters, const Values& x) {
  RealGraph graph;
  const Shape shape = {static_cast<std::int32_t>(x.size())};
  graph.finish(std::move(parameters), {graph.real_input(shape)}, shape);
  return graph.run({x});
}

Values binary(Parameters parameters, const Shape& a_shape, const Values& a, const Shape& b_shape, const Values& b,
              const Shape& shape) {
  RealGraph graph;
  const TensorId left = graph.real_input(a_shape), right = graph.real_input(b_shape);
  graph.finish(std::move(parameters), {left, right}, shape);
  return graph.run({a, b});
}

Values pair(Parameters parameters, const Values& a, const Values& b) {
  const Shape shape = {static_cast<std::int32_t>(a.size())};
  return binary(std::move(parameters), shape, a, shape, b, shape);
}

TEST(CalibrateElementwise, OfOneInput) {
  const Values x = {-7, -1, 0, 0.5F, 8};
  EXPECT_THAT(unary(Relu{Activation::kRelu}, x), ElementsAre(0, 0, 0, 0.5F, 8));
  EXPECT_THAT(unary(Relu{Activation::kRelu6}, x), ElementsAre(0, 0, 0, 0.5F, 6));
  EXPECT_THAT(unary(Relu{Activation::kReluN1To1}, x), ElementsAre(-1, -1, 0, 0.5F, 1));
  EXPECT_THAT(unary(LeakyRelu{0.25F}, x), ElementsAre(-1.75F, -0.25F, 0, 0.5F, 8));
  EXPECT_THAT(unary(HardSwish{}, x), ElementsAre(0, FloatNear(-1 / 3.0F, 1e-6F), 0, FloatNear(1.75F / 6, 1e-6F), 8));
  EXPECT_THAT(unary(Abs{}, x), ElementsAre(7, 1, 0, 0.5F, 8));
  EXPECT_THAT(unary(Function{"square"}, x), ElementsAre(49, 1, 0, 0.25F, 64));
  EXPECT_THAT(unary(Function{"tanh"}, x),
              ElementsAre(FloatNear(-1, 1e-5F), std::tanh(-1.0F), 0, std::tanh(0.5F), FloatNear(1, 1e-5F)));
  EXPECT_THAT(unary(Function{"logistic"}, {0, 100}), ElementsAre(0.5F, 1));
}

TEST(CalibrateElementwise, OfTwoInputs) {
  const Values a = {-3, 2, 8}, b = {2, -0.5F, 4};
  EXPECT_THAT(pair(Add{Activation::kRelu6}, a, b), ElementsAre(0, 1.5F, 6));
  EXPECT_THAT(pair(Sub{Activation::kNone}, a, b), ElementsAre(-5, 2.5F, 4));
  EXPECT_THAT(pair(Mul{Activation::kRelu}, a, b), ElementsAre(0, 0, 32));
  EXPECT_THAT(pair(Div{}, a, b), ElementsAre(-1.5F, -4, 2));
  EXPECT_THAT(pair(Pow{}, {-3, 4, 2}, {2, -0.5F, 4}), ElementsAre(9, 0.5F, 16));
  EXPECT_THAT(pair(Maximum{}, a, b), ElementsAre(2, 2, 8));
  EXPECT_THAT(pair(Minimum{}, a, b), ElementsAre(-3, -0.5F, 4));
  EXPECT_THAT(pair(PRelu{}, a, b), ElementsAre(-6, 2, 8));
}

// The element of an operand that broadcasts to element i of a shape.
std::size_t source(const Shape& operand, const Shape& shape, std::size_t i) {
  std::size_t at = 0, stride = 1;
  for (std::size_t d = shape.size(); d-- > 0;) {
    const auto extent = static_cast<std::size_t>(shape[d]);
    const std::size_t missing = shape.size() - operand.size();
    if (d >= missing) {
      const auto own = static_cast<std::size_t>(operand[d - missing]);
      at += (own == 1 ? 0 : i % extent) * stride;
      stride *= own;
    }
    i /= extent;
  }
  return at;
}

void expect_broadcast(const Shape& a_shape, const Shape& b_shape, const Shape& shape) {
  SCOPED_TRACE(shape_text(a_shape) + " and " + shape_text(b_shape));
  const Values a = some_values(a_shape, 1), b = some_values(b_shape, 2);
  Values expected = some_values(shape, 3);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    expected[i] = a[source(a_shape, shape, i)] - b[source(b_shape, shape, i)];
  }
  EXPECT_EQ(binary(Sub{Activation::kNone}, a_shape, a, b_shape, b, shape), expected);
}

TEST(CalibrateElementwise, Broadcasts) {
  expect_broadcast({2, 3, 4, 5}, {2, 3, 4, 5}, {2, 3, 4, 5});
  expect_broadcast({2, 3, 4, 5}, {5}, {2, 3, 4, 5});
  expect_broadcast({1}, {2, 3}, {2, 3});
  expect_broadcast({2, 3, 4, 5}, {}, {2, 3, 4, 5});
  expect_broadcast({2, 3, 4, 5}, {2, 1, 1, 5}, {2, 3, 4, 5});
  expect_broadcast({3, 1}, {1, 4}, {3, 4});
  expect_broadcast({4, 1, 3}, {2, 1}, {4, 2, 3});
  expect_broadcast({2, 3, 4}, {1, 3, 1}, {2, 3, 4});
  expect_broadcast({}, {}, {});
}

TEST(CalibrateElementwise, ConstantsAreOperandsToo) {
  RealGraph graph;
  const TensorId c = graph.real_constant({2}, {10, 20});
  graph.finish(Mul{Activation::kNone}, {c, graph.real_input({2, 2})}, {2, 2});
  EXPECT_THAT(graph.run({{1, 2, 3, 4}}), ElementsAre(10, 40, 30, 80));
}

}  // namespace
}  // namespace qrun::converter::calibrate
