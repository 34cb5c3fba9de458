// Equalization: the network stays the same, its layers' ranges become equal, and what cannot be scaled is left alone.

#include "converter/calibrate/equalize.h"

#include <gmock/gmock.h>

#include <random>

#include "converter/calibrate/executor.h"
#include "tests/converter/calibrate/naive.h"
#include "tests/converter/graph_builder.h"

namespace qrun::converter::calibrate {
namespace {

using test::GraphBuilder;

// Networks of random weights whose channels differ by factors of up to 100.
class Equalize : public testing::Test {
 protected:
  static test::Spec real(Shape shape) { return {std::move(shape), 0, 0, DType::kFloat32}; }

  TensorId input(Shape shape) { return b.input("x", real(std::move(shape))); }

  TensorId constant(const Shape& shape) {
    std::vector<float> values;
    std::size_t count = 1;
    for (const std::int32_t extent : shape) count *= static_cast<std::size_t>(extent);
    const auto last = static_cast<std::size_t>(shape.empty() ? 1 : shape.back());
    const std::size_t row = count / static_cast<std::size_t>(shape.empty() ? 1 : shape[0]);
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t phase = 7 * (i / row) + 3 * (i % last);
      const double channels = std::exp(2.3 * std::sin(static_cast<double>(phase)));
      values.push_back(static_cast<float>(channels * (static_cast<double>(random_() % 2001) / 1000 - 1)));
    }
    return b.constant("c", real(shape), real_bytes(values));
  }

  TensorId conv(TensorId x, std::int32_t outputs, Activation activation, std::int32_t groups = 1) {
    const Shape& shape = b.graph.tensors[x].shape;
    return b.add(Conv2D{{}, activation}, {x, constant({outputs, 2, 2, shape[3] / groups}), constant({outputs})}, "conv",
                 real({1, shape[1] - 1, shape[2] - 1, outputs}));
  }

  TensorId depthwise(TensorId x, std::int32_t multiplier, Activation activation) {
    const Shape& shape = b.graph.tensors[x].shape;
    const std::int32_t outputs = shape[3] * multiplier;
    return b.add(DepthwiseConv2D{{}, activation}, {x, constant({1, 2, 2, outputs}), constant({outputs})}, "depthwise",
                 real({1, shape[1] - 1, shape[2] - 1, outputs}));
  }

  TensorId dense(TensorId x, std::int32_t depth, std::int32_t outputs, Activation activation = Activation::kNone) {
    const auto rows = static_cast<std::int32_t>(b.graph.tensors[x].elements()) / depth;
    return b.add(FullyConnected{activation}, {x, constant({outputs, depth}), constant({outputs})}, "dense",
                 real({rows, outputs}));
  }

  TensorId apply(Parameters parameters, std::vector<TensorId> inputs) {
    return b.add(std::move(parameters), inputs, "f", real(b.graph.tensors[inputs[0]].shape));
  }

  using Doubles = std::vector<double>;

  // For operators that Naive does not know.
  static Doubles run_executor(const Graph& graph, const Doubles& x) {
    const std::vector<std::vector<float>> inputs = {{x.begin(), x.end()}};
    const std::vector<float> y = Executor(graph).run(inputs, [](TensorId, Reals) {})[0];
    return {y.begin(), y.end()};
  }
  static Doubles run_naive(const Graph& graph, const Doubles& x) { return test::Naive(graph).run(x); }

  // Equalizes, and expects the same outputs for some inputs.
  void expect_pairs(TensorId output, std::size_t pairs, Doubles (*run)(const Graph&, const Doubles&) = run_naive) {
    b.output(output);
    std::vector<std::vector<double>> inputs(5), before;
    for (std::vector<double>& x : inputs) {
      for (std::int64_t i = 0; i < b.graph.tensors[b.graph.inputs[0]].elements(); ++i) {
        x.push_back(static_cast<double>(random_() % 2001) / 1000 - 1);
      }
      before.push_back(run(b.graph, x));
    }
    EXPECT_EQ(equalize(b.graph), pairs);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const std::vector<double> after = run(b.graph, inputs[i]);
      ASSERT_EQ(after.size(), before[i].size());
      double greatest = 0;
      for (const double value : before[i]) greatest = std::max(greatest, std::fabs(value));
      ASSERT_GT(greatest, 0);
      for (std::size_t j = 0; j < after.size(); ++j) EXPECT_NEAR(after[j], before[i][j], 1e-5 * greatest);
    }
    EXPECT_EQ(equalize(b.graph), 0U) << "there is something left";
  }

  std::vector<float> weights(std::size_t op) const { return reals(b.graph.tensors[b.graph.operators[op].inputs[1]]); }

  GraphBuilder b;

 private:
  std::mt19937_64 random_{3};
};

TEST_F(Equalize, BothRangesBecomeTheirGeometricMean) {
  const TensorId x = input({1, 1});
  const TensorId w1 = b.constant("w1", real({2, 1}), real_bytes(std::vector<float>{8, -0.5F}));
  const TensorId bias = b.constant("b1", real({2}), real_bytes(std::vector<float>{4, 1}));
  const TensorId w2 = b.constant("w2", real({2, 2}), real_bytes(std::vector<float>{-0.5F, 1, 0.25F, 8}));
  const TensorId h = b.add(FullyConnected{Activation::kRelu}, {x, w1, bias}, "h", real({1, 2}));
  expect_pairs(b.add(FullyConnected{Activation::kNone}, {h, w2}, "y", real({1, 2})), 1);
  EXPECT_THAT(reals(b.graph.tensors[w1]), testing::ElementsAre(2, -2));  // s = sqrt(8 / 0.5), sqrt(0.5 / 8)
  EXPECT_THAT(reals(b.graph.tensors[bias]), testing::ElementsAre(1, 4));
  EXPECT_THAT(reals(b.graph.tensors[w2]), testing::ElementsAre(-2, 0.25F, 1, 2));
}

TEST_F(Equalize, ConvDepthwiseConv) {
  const TensorId h1 = conv(input({1, 5, 5, 3}), 6, Activation::kRelu);
  const TensorId h2 = depthwise(h1, 1, Activation::kRelu);
  expect_pairs(conv(h2, 4, Activation::kNone), 2);
  // Where both pairs are settled, a channel's ranges in all three layers are the same.
  const std::vector<float> w1 = weights(0), w2 = weights(1), w3 = weights(2);
  for (std::size_t c = 0; c < 6; ++c) {
    double r1 = 0, r2 = 0, r3 = 0;
    const auto raise = [](double& range, float w) { range = std::max(range, static_cast<double>(std::fabs(w))); };
    for (std::size_t i = 0; i < 12; ++i) raise(r1, w1[c * 12 + i]);
    for (std::size_t i = 0; i < 4; ++i) raise(r2, w2[i * 6 + c]);
    for (std::size_t i = 0; i < 16; ++i) raise(r3, w3[i * 6 + c]);
    EXPECT_NEAR(r1 / r2, 1, 0.01) << c;
    EXPECT_NEAR(r2 / r3, 1, 0.01) << c;
  }
}

TEST_F(Equalize, GroupsAndDepthMultipliers) {
  const TensorId h1 = conv(input({1, 6, 6, 4}), 6, Activation::kRelu, 2);
  const TensorId h2 = depthwise(h1, 2, Activation::kNone);
  const TensorId h3 = conv(h2, 8, Activation::kRelu, 4);
  expect_pairs(conv(h3, 4, Activation::kNone, 2), 3);
}

TEST_F(Equalize, FullyConnectedReadsChannelsOfManyPositions) {
  const TensorId h1 = conv(input({1, 3, 3, 2}), 3, Activation::kRelu);
  expect_pairs(dense(dense(h1, 12, 5, Activation::kRelu), 5, 2), 2);
}

TEST_F(Equalize, ThroughHomogeneousFunctionsAndAffines) {
  TensorId h = conv(input({1, 4, 4, 2}), 3, Activation::kNone);
  h = apply(Mul{Activation::kNone}, {h, constant({1, 1, 3})});
  h = apply(Add{Activation::kNone}, {h, constant({1, 1, 3})});
  h = apply(LeakyRelu{0.1F}, {h});
  h = conv(h, 4, Activation::kNone);
  h = apply(Mul{Activation::kNone}, {h, constant({})});
  h = apply(PRelu{}, {h, constant({1, 1, 4})});
  h = apply(Sub{Activation::kRelu}, {h, constant({4})});
  expect_pairs(conv(h, 2, Activation::kNone), 2);
}

TEST_F(Equalize, ThroughPoolsMeansAndResizes) {
  TensorId h = conv(input({1, 9, 9, 2}), 3, Activation::kRelu);
  h = b.add(Pool2D{PoolKind::kMax, 2, 2, {.stride_height = 2, .stride_width = 2}, Activation::kNone}, {h}, "max",
            real({1, 4, 4, 3}));
  h = conv(h, 5, Activation::kRelu);
  h = b.add(Pool2D{PoolKind::kAverage, 2, 2, {}, Activation::kRelu}, {h}, "average", real({1, 2, 2, 5}));
  h = b.add(ResizeNearest{{0, 0, 1}, {0, 1, 1}}, {h}, "finer", real({1, 3, 3, 5}));
  h = conv(h, 4, Activation::kNone);
  h = b.add(Reduce{ReduceKind::kMean, {1, 2}}, {h}, "mean", real({1, 4}));
  expect_pairs(dense(h, 4, 3), 3, run_executor);
}

// [height, width, channels] become [channels, height, width] before they become one vector.
TEST_F(Equalize, ThroughTransposedFeatures) {
  TensorId h = conv(input({1, 4, 3, 2}), 3, Activation::kRelu);
  h = b.add(Transpose{{0, 3, 1, 2}}, {h}, "transposed", real({1, 3, 3, 2}));
  h = b.add(Reshape{}, {h}, "flat", real({1, 18}));
  h = dense(apply(Relu{Activation::kRelu}, {h}), 18, 6, Activation::kRelu);
  expect_pairs(dense(b.add(Reshape{}, {h}, "image", real({1, 1, 1, 6})), 6, 2), 2, run_executor);
}

TEST_F(Equalize, LeavesWhatMixesChannels) {
  TensorId h = conv(input({1, 3, 3, 2}), 4, Activation::kRelu);
  h = dense(b.add(Reshape{}, {h}, "halves", real({1, 2, 2, 2, 2})), 2, 3, Activation::kRelu);  // two of four at a time
  h = b.add(Reduce{ReduceKind::kSum, {1}}, {b.add(Reshape{}, {h}, "rows", real({8, 3}))}, "sums", real({8}));
  expect_pairs(dense(h, 8, 2), 0, run_executor);
}

TEST_F(Equalize, LeavesWhatIsNotHomogeneous) {
  TensorId h = conv(input({1, 6, 6, 2}), 3, Activation::kRelu6);
  h = apply(Relu{Activation::kRelu6}, {conv(h, 3, Activation::kNone)});
  h = apply(Add{Activation::kNone}, {conv(h, 3, Activation::kRelu), constant({})});  // not one addend for each channel
  expect_pairs(conv(h, 2, Activation::kNone), 0);
}

TEST_F(Equalize, LeavesWhatOthersReadToo) {
  const TensorId h = conv(input({1, 4, 4, 2}), 3, Activation::kRelu);
  const TensorId shared = constant({3, 2, 2, 3});
  const TensorId y1 = b.add(Conv2D{{}, Activation::kRelu}, {h, shared}, "y1", real({1, 2, 2, 3}));
  const TensorId y2 = b.add(Conv2D{{}, Activation::kRelu}, {y1, shared}, "y2", real({1, 1, 1, 3}));
  expect_pairs(dense(y2, 3, 2), 0);
}

TEST_F(Equalize, LeavesResiduals) {
  const TensorId h = conv(input({1, 4, 4, 2}), 3, Activation::kRelu);
  const TensorId w = b.constant("w", real({3, 1, 1, 3}), real_bytes(std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8, 9}));
  const TensorId y = b.add(Conv2D{{}, Activation::kNone}, {h, w}, "y", real({1, 3, 3, 3}));
  expect_pairs(apply(Add{Activation::kNone}, {y, h}), 0);
}

TEST_F(Equalize, DeadChannelsStayAndNearlyDeadOnesAreBounded) {
  const TensorId x = input({1, 1});
  const TensorId w1 = b.constant("w1", real({3, 1}), real_bytes(std::vector<float>{0, 1e-12F, 4}));
  const TensorId w2 = b.constant("w2", real({1, 3}), real_bytes(std::vector<float>{5, 1, 0}));
  const TensorId h = b.add(FullyConnected{Activation::kRelu}, {x, w1}, "h", real({1, 3}));
  b.output(b.add(FullyConnected{Activation::kNone}, {h, w2}, "y", real({1, 1})));
  EXPECT_EQ(equalize(b.graph), 1U);
  EXPECT_THAT(reals(b.graph.tensors[w1]), testing::ElementsAre(0, 1024e-12F, 4));
  EXPECT_THAT(reals(b.graph.tensors[w2]), testing::ElementsAre(5, 1.0F / 1024, 0));
}

}  // namespace
}  // namespace qrun::converter::calibrate
