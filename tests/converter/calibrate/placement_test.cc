// Which tensors of a float network are quantized.

#include "converter/calibrate/placement.h"

#include <gmock/gmock.h>

#include "tests/converter/calibrate/real_graph.h"

namespace qrun::converter::calibrate {
namespace {

using test::real;
using test::RealGraph;
using test::Values;
using ::testing::ElementsAre;

constexpr Activation kNone = Activation::kNone;
const Shape kImage = {1, 4, 4, 2};

struct Placed : RealGraph {
  TensorId image() { return input("x", real(kImage)); }
  TensorId op(const std::string& name, Parameters parameters, std::vector<TensorId> inputs,
              const Shape& shape = kImage) {
    return add(std::move(parameters), std::move(inputs), name, real(shape));
  }
  TensorId scalar(const std::string& name, float value) { return constant(name, real({}), real_bytes(Values{value})); }
  TensorId channels(const std::string& name) { return constant(name, real({2}), real_bytes(Values{0.5F, -2})); }
  TensorId conv(const std::string& name, TensorId x) {
    return op(name, Conv2D{{}, kNone}, {x, real_constant({2, 1, 1, 2}, {1, 2, 3, 4}), kAbsent});
  }
  TensorId depthwise(const std::string& name, TensorId x) {
    return op(name, DepthwiseConv2D{{}, kNone}, {x, real_constant({1, 1, 1, 2}, {1, 2}), kAbsent});
  }
  // With this as the output.
  std::vector<std::string> names(TensorId last) {
    output(last);
    std::vector<std::string> result;
    for (const TensorId id : tensors_to_quantize(graph)) result.push_back(graph.tensors[id].name);
    return result;
  }
};

TEST(Placement, WhatFollowsAConvolutionGoesIntoIt) {
  Placed g;
  const TensorId scaled = g.op("scaled", Mul{kNone}, {g.conv("conv", g.image()), g.channels("factor")});
  const TensorId moved = g.op("moved", Add{kNone}, {g.channels("offset"), scaled});
  EXPECT_THAT(g.names(g.op("relu", Relu{Activation::kRelu}, {moved})), ElementsAre("x", "relu"));
}

TEST(Placement, BatchNormalizationOfSubAndDivToo) {
  Placed g;
  const TensorId centered = g.op("centered", Sub{kNone}, {g.conv("conv", g.image()), g.channels("mean")});
  const TensorId scaled = g.op("scaled", Div{}, {centered, g.channels("deviation")});
  EXPECT_THAT(g.names(g.depthwise("next", g.op("relu", Relu{Activation::kRelu6}, {scaled}))),
              ElementsAre("x", "relu", "next"));
}

TEST(Placement, WhatTwoOperatorsReadIsQuantizedItself) {
  Placed g;
  const TensorId conv = g.conv("conv", g.image());
  const TensorId relu = g.op("relu", Relu{Activation::kRelu}, {conv});
  EXPECT_THAT(g.names(g.op("sum", Add{kNone}, {relu, g.depthwise("other", conv)})),
              ElementsAre("x", "conv", "relu", "other", "sum"));
}

TEST(Placement, AFunctionOfOneTensorIsOneTable) {
  Placed g;
  const TensorId conv = g.conv("conv", g.image());
  const TensorId swish = g.op("swish", Mul{kNone}, {conv, g.op("sigmoid", Function{"logistic"}, {conv})});
  const TensorId halved = g.op("halved", Mul{kNone}, {g.scalar("half", 0.5F), swish});
  EXPECT_THAT(g.names(g.depthwise("next", halved)), ElementsAre("x", "conv", "halved", "next"));
}

TEST(Placement, ChainsOfFunctions) {
  Placed g;
  const TensorId a = g.op("a", LeakyRelu{0.1F}, {g.image()});
  const TensorId b = g.op("b", HardSwish{}, {a});
  const TensorId c = g.op("c", Abs{}, {b});
  EXPECT_THAT(g.names(g.op("d", Pow{}, {c, g.scalar("two", 2)})), ElementsAre("x", "d"));
}

TEST(Placement, ResidualSums) {
  Placed g;
  const TensorId x = g.image(), relu = g.op("relu", Relu{Activation::kRelu}, {g.conv("conv", x)});
  const TensorId sum = g.op("sum", Add{kNone}, {g.conv("second", relu), x});
  EXPECT_THAT(g.names(g.op("last", Relu{Activation::kRelu}, {sum})), ElementsAre("x", "relu", "second", "last"));
}

// The same bytes mean the same, wherever they lie.
TEST(Placement, MovementNeedsNone) {
  Placed g;
  const TensorId conv = g.conv("conv", g.image());
  const TensorId pool = g.op("pool", Pool2D{PoolKind::kMax, 2, 2, {}, kNone}, {conv}, {1, 3, 3, 2});
  const TensorId turned = g.op("turned", Transpose{{0, 3, 1, 2}}, {pool}, {1, 2, 3, 3});
  EXPECT_THAT(g.names(g.op("flat", Reshape{}, {turned}, {1, 18})), ElementsAre("x", "conv"));
}

TEST(Placement, AReshapeThatKeepsChannelsLetsScalesThrough) {
  Placed g;
  const TensorId flat = g.op("flat", Reshape{}, {g.conv("conv", g.image())}, {16, 2});
  EXPECT_THAT(g.names(g.op("scaled", Mul{kNone}, {flat, g.channels("factor")}, {16, 2})), ElementsAre("x", "scaled"));
}

TEST(Placement, PartsAndWholeOfAConcatenation) {
  Placed g;
  const TensorId x = g.image(), a = g.conv("a", x), b = g.depthwise("b", x);
  EXPECT_THAT(g.names(g.op("whole", Concatenation{3}, {a, b}, {1, 4, 4, 4})), ElementsAre("x", "a", "b", "whole"));
}

TEST(Placement, OperandsThatAreConstants) {
  Placed g;
  const TensorId table = g.constant("table", real(kImage), real_bytes(test::some_values(kImage, 1)));
  EXPECT_THAT(g.names(g.op("sum", Add{kNone}, {table, g.image()})), ElementsAre("x", "table", "sum"));
}

TEST(Placement, PoolsMeansAndSoftmax) {
  Placed g;
  const TensorId pool = g.op("pool", Pool2D{PoolKind::kAverage, 2, 2, {}, kNone}, {g.image()}, {1, 3, 3, 2});
  const TensorId mean = g.op("mean", Reduce{ReduceKind::kMean, {1, 2}}, {pool}, {1, 2});
  EXPECT_THAT(g.names(g.op("softmax", Softmax{1}, {mean}, {1, 2})), ElementsAre("x", "pool", "mean", "softmax"));
}

TEST(Placement, AnIndexIsNoReal) {
  Placed g;
  const TensorId conv = g.conv("conv", g.image());
  EXPECT_THAT(g.names(g.add(ArgMax{3, false}, {conv}, "index", {{1, 4, 4}, 0, 0, DType::kInt32})),
              ElementsAre("x", "conv"));
}

}  // namespace
}  // namespace qrun::converter::calibrate
