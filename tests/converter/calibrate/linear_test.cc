// Convolutions and fully connected, against sums in double that are written down as their definition says.

#include <gmock/gmock.h>

#include <cmath>

#include "converter/calibrate/gemm.h"
#include "converter/refusal.h"
#include "tests/converter/calibrate/real_graph.h"

namespace qrun::converter::calibrate {
namespace {

using test::RealGraph;
using test::some_values;
using test::Values;
using ::testing::HasSubstr;
using ::testing::Pointwise;

constexpr double kTolerance = 1e-4;

MATCHER(IsNear, "") { return std::abs(std::get<0>(arg) - std::get<1>(arg)) <= kTolerance; }

std::size_t at(const Shape& shape, std::int64_t a, std::int64_t b, std::int64_t c, std::int64_t d) {
  return static_cast<std::size_t>(((a * shape[1] + b) * shape[2] + c) * shape[3] + d);
}

struct Case {
  Shape x, weights, y;
  Window window;  // with explicit pads
  Activation activation = Activation::kNone;
  bool is_depthwise = false;
};

// One output. Depthwise convolution is a convolution of one input channel for each output.
double naive_sum(const Case& c, const Values& x, const Values& w, std::int64_t n, std::int64_t i, std::int64_t j,
                 std::int64_t o) {
  const std::int64_t outputs = c.y[3], depth = c.is_depthwise ? 1 : c.weights[3];
  const std::int64_t group_outputs = outputs / (c.x[3] / depth);
  double sum = 0;
  for (std::int64_t r = 0; r < c.weights[1]; ++r) {
    for (std::int64_t s = 0; s < c.weights[2]; ++s) {
      const std::int64_t row = i * c.window.stride_height + r * c.window.dilation_height - c.window.pad_top;
      const std::int64_t column = j * c.window.stride_width + s * c.window.dilation_width - c.window.pad_left;
      if (row < 0 || row >= c.x[1] || column < 0 || column >= c.x[2]) continue;
      for (std::int64_t k = 0; k < depth; ++k) {
        const float value = x[at(c.x, n, row, column, o / group_outputs * depth + k)];
        const float weight = c.is_depthwise ? w[at(c.weights, 0, r, s, o)] : w[at(c.weights, o, r, s, k)];
        sum += static_cast<double>(value) * static_cast<double>(weight);
      }
    }
  }
  return sum;
}

std::vector<double> naive(const Case& c, const Values& x, const Values& w, const Values& bias) {
  std::vector<double> y;
  for (std::int64_t n = 0; n < c.y[0]; ++n) {
    for (std::int64_t i = 0; i < c.y[1]; ++i) {
      for (std::int64_t j = 0; j < c.y[2]; ++j) {
        for (std::int64_t o = 0; o < c.y[3]; ++o) {
          const double sum = naive_sum(c, x, w, n, i, j, o) + static_cast<double>(bias[static_cast<std::size_t>(o)]);
          y.push_back(
              std::fmin(std::fmax(sum, static_cast<double>(c.activation.min)), static_cast<double>(c.activation.max)));
        }
      }
    }
  }
  return y;
}

void expect_naive(const Case& c) {
  const Values x = some_values(c.x, 1), w = some_values(c.weights, 2), bias = some_values({c.y[3]}, 3);
  RealGraph graph;
  const std::vector<TensorId> inputs = {graph.real_input(c.x), graph.real_constant(c.weights, w),
                                        graph.real_constant({c.y[3]}, bias)};
  if (c.is_depthwise) {
    graph.finish(DepthwiseConv2D{c.window, c.activation}, inputs, c.y);
  } else {
    graph.finish(Conv2D{c.window, c.activation}, inputs, c.y);
  }
  EXPECT_THAT(graph.run({x}), Pointwise(IsNear(), naive(c, x, w, bias)));
}

Window padded(std::int32_t top, std::int32_t left, std::int32_t bottom, std::int32_t right, std::int32_t stride = 1,
              std::int32_t dilation = 1) {
  return {PaddingRule::kValid, stride, stride, dilation, dilation, top, left, bottom, right};
}

TEST(CalibrateLinear, Convolution) {
  expect_naive({{1, 5, 6, 3}, {7, 3, 3, 3}, {1, 5, 6, 7}, padded(1, 1, 1, 1)});
  expect_naive({{2, 9, 8, 4}, {9, 3, 2, 4}, {2, 5, 4, 9}, padded(1, 0, 1, 0, 2), Activation::kRelu6});
  expect_naive({{1, 9, 9, 2}, {5, 3, 3, 2}, {1, 7, 5, 5}, padded(2, 0, 0, 0, 1, 2), Activation::kRelu});
  // More pixels than the product takes at a time.
  expect_naive({{1, 15, 15, 2}, {17, 3, 3, 2}, {1, 15, 15, 17}, padded(1, 1, 1, 1)});
}

TEST(CalibrateLinear, ConvolutionOfOneTap) {
  expect_naive({{2, 11, 10, 13}, {19, 1, 1, 13}, {2, 11, 10, 19}, {}});
  expect_naive({{1, 5, 5, 3}, {4, 1, 1, 3}, {1, 3, 3, 4}, padded(0, 0, 0, 0, 2)});
  expect_naive({{1, 3, 3, 3}, {4, 1, 1, 3}, {1, 5, 5, 4}, padded(1, 1, 1, 1)});
}

TEST(CalibrateLinear, ConvolutionInGroups) {
  expect_naive({{1, 6, 5, 6}, {9, 3, 3, 2}, {1, 4, 3, 9}, {}});
  expect_naive({{2, 4, 4, 8}, {12, 1, 1, 2}, {2, 4, 4, 12}, {}});
}

TEST(CalibrateLinear, DepthwiseConvolution) {
  expect_naive({{2, 6, 7, 9}, {1, 3, 3, 9}, {2, 6, 7, 9}, padded(1, 1, 1, 1), Activation::kRelu6, true});
  expect_naive({{1, 7, 7, 3}, {1, 3, 2, 6}, {1, 4, 4, 6}, padded(1, 0, 1, 1, 2), Activation::kNone, true});
  expect_naive({{1, 9, 9, 2}, {1, 3, 3, 2}, {1, 7, 5, 2}, padded(2, 0, 0, 0, 1, 2), Activation::kNone, true});
  expect_naive({{1, 9, 5, 1}, {1, 4, 4, 8}, {1, 6, 2, 8}, {}, Activation::kRelu, true});
}

TEST(CalibrateLinear, SamePaddingPutsTheOddRowBehind) {
  RealGraph graph;
  Window window;
  window.rule = PaddingRule::kSame;
  window.stride_height = window.stride_width = 2;
  const TensorId weights = graph.real_constant({1, 3, 1, 1}, {1, 10, 100});
  graph.finish(Conv2D{window, Activation::kNone}, {graph.real_input({1, 4, 1, 1}), weights, kAbsent}, {1, 2, 1, 1});
  EXPECT_EQ(graph.run({{1, 2, 3, 4}}), (Values{321, 43}));
}

TEST(CalibrateLinear, FullyConnectedViewsItsInputAsRows) {
  RealGraph graph;
  const TensorId weights = graph.real_constant({2, 3}, {1, 2, 3, -1, 0, 1});
  const TensorId bias = graph.real_constant({2}, {0.5F, -0.5F});
  graph.finish(FullyConnected{Activation::kRelu}, {graph.real_input({1, 2, 3}), weights, bias}, {2, 2});
  EXPECT_EQ(graph.run({{1, 1, 1, 3, 2, 1}}), (Values{6.5F, 0, 10.5F, 0}));
}

TEST(CalibrateLinear, EachSumOfAProductHasOneOrder) {
  const std::size_t rows = 101, depth = 37, outputs = 21;
  const Values x = some_values({101, 37}, 4), w = some_values({21, 37}, 5);
  Values y(rows * outputs);
  gemm(x.data(), rows, depth, PackedMatrix(w, outputs, depth), y.data(), outputs);
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t o = 0; o < outputs; ++o) {
      float sum = 0;
      for (std::size_t k = 0; k < depth; ++k) sum += x[r * depth + k] * w[o * depth + k];
      ASSERT_EQ(y[r * outputs + o], sum) << r << " " << o;
    }
  }
}

std::string refusal_of(Parameters parameters, const Shape& x, const Shape& weights, const Shape& bias, const Shape& y) {
  RealGraph graph;
  const std::vector<TensorId> inputs = {graph.real_input(x), graph.real_constant(weights, some_values(weights, 1)),
                                        graph.real_constant(bias, some_values(bias, 1))};
  graph.finish(std::move(parameters), inputs, y);
  try {
    Executor executor(graph.graph);
  } catch (const Refusal& refusal) {
    return refusal.offenders().empty() ? "no operator named" : refusal.offenders()[0];
  }
  return "nothing refused";
}

TEST(CalibrateLinear, RefusesShapesThatDoNotFit) {
  const Conv2D conv{{}, Activation::kNone};
  EXPECT_EQ(refusal_of(conv, {1, 4, 4, 3}, {2, 1, 1, 2}, {2}, {1, 4, 4, 2}),
            "OP 'y': its weights 'c1' have the shape [2,1,1,2], which an input of shape [1,4,4,3] does not allow");
  EXPECT_EQ(refusal_of(conv, {1, 4, 4, 3}, {2, 1, 1, 3}, {3}, {1, 4, 4, 2}),
            "OP 'y': its bias 'c2' has the shape [3]; it must have 2 elements");
  EXPECT_EQ(refusal_of(conv, {1, 4, 4, 3}, {2, 3, 3, 3}, {2}, {1, 4, 4, 2}),
            "OP 'y': its output's shape is [1,4,4,2]; its inputs imply [1,2,2,2]");
  EXPECT_THAT(refusal_of(conv, {1, 4, 4, 3}, {2, 5, 5, 3}, {2}, {1, 1, 1, 2}), HasSubstr("larger than the padded"));
  const DepthwiseConv2D depthwise{{}, Activation::kNone};
  EXPECT_THAT(refusal_of(depthwise, {1, 4, 4, 3}, {1, 1, 1, 4}, {4}, {1, 4, 4, 4}), HasSubstr("does not allow"));
  const FullyConnected full{Activation::kNone};
  EXPECT_THAT(refusal_of(full, {1, 4}, {2, 3}, {2}, {1, 2}), HasSubstr("does not allow"));
  EXPECT_THAT(refusal_of(full, {1, 3}, {2, 3}, {2}, {1, 3}), HasSubstr("imply 2 elements"));
}

}  // namespace
}  // namespace qrun::converter::calibrate
