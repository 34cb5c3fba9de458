// What quantized activations and weights look like in the graph.

#include "converter/calibrate/insertion.h"

#include <gmock/gmock.h>

#include "tests/converter/calibrate/real_graph.h"
#include "tests/converter/refusal_text.h"

namespace qrun::converter::calibrate {
namespace {

using test::real;
using test::RealGraph;
using test::Values;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr Activation kNone = Activation::kNone;
const Quantization kStep{{0.5F}, {0}}, kFine{{0.25F}, {3}};

std::vector<std::string> writers(const Graph& graph) {
  std::vector<std::string> result;
  for (const Operator& op : graph.operators) result.push_back(op.kind + " " + graph.tensors[op.output()].name);
  return result;
}

TEST(Insertion, ReadersAndOutputsReadWhatWasDequantized) {
  RealGraph g;
  const TensorId x = g.real_input({4});
  const TensorId sum = g.add(Add{kNone}, {x, x}, "sum", real({4}));
  g.output(sum);
  quantize_activations(g.graph, {x, sum}, {{x, kStep}, {sum, kFine}});
  EXPECT_THAT(writers(g.graph),
              ElementsAre("Quantize x0", "Dequantize x0", "OP sum", "Quantize sum", "Dequantize sum"));
  const auto& ops = g.graph.operators;
  EXPECT_EQ(g.graph.tensors[ops[0].output()].quantization, kStep);
  EXPECT_EQ(g.graph.tensors[ops[3].output()].quantization, kFine);
  EXPECT_THAT(ops[2].inputs, Each(ops[1].output()));
  EXPECT_THAT(g.graph.outputs, ElementsAre(ops[4].output()));
  EXPECT_THAT(g.graph.inputs, ElementsAre(x));
  EXPECT_THAT(g.run({{0.3F, 1.2F, -0.8F, 0}}), ElementsAre(1, 2, -2, 0));
}

TEST(Insertion, ConstantOperands) {
  RealGraph g;
  const TensorId x = g.real_input({2}), c = g.real_constant({2}, {0.6F, -3});
  g.finish(Add{kNone}, {x, c}, {2});
  quantize_activations(g.graph, {x, c}, {{x, kStep}, {c, kStep}});
  EXPECT_THAT(g.run({{1, 1}}), ElementsAre(1.5F, -2));
}

// x [1,2] times weights [2,2], the second row small, and a bias.
struct Linear : RealGraph {
  explicit Linear(const Values& weights, const Values& bias = {0, 0}) {
    const TensorId x = real_input({1, 2});
    const TensorId w = constant("w", real({2, 2}), real_bytes(weights));
    finish(FullyConnected{kNone}, {x, w, real_constant({2}, bias)}, {1, 2});
    quantize_activations(graph, {x}, {{x, kStep}});
  }
  const Tensor& quantized(const Options& options = {}) {
    quantize_weights(graph, options);
    const Operator& linear = graph.operators.back();
    return graph.tensors[graph.operators[producers(graph)[linear.inputs[1]]].inputs[0]];
  }
};

std::vector<int> bytes(const Tensor& tensor) {
  std::vector<int> result;
  for (const std::uint8_t byte : tensor.data) result.push_back(static_cast<std::int8_t>(byte));
  return result;
}

TEST(Insertion, WeightsPerChannel) {
  Linear g({127, -63, 1, 0.5F});
  const Tensor& weights = g.quantized();
  EXPECT_EQ(weights.quantization, (Quantization{{1, 1.0F / 127}, {0, 0}, 0}));
  EXPECT_THAT(bytes(weights), ElementsAre(127, -63, 127, 64));
}

TEST(Insertion, WeightsPerTensorAndInTheFullRange) {
  Options options;
  options.per_channel = false;
  Linear g({127, -63, 1, 0.5F});
  const Tensor& weights = g.quantized(options);
  EXPECT_EQ(weights.quantization, (Quantization{{1}, {0}}));
  EXPECT_THAT(bytes(weights), ElementsAre(127, -63, 1, 0));
  options.weight_range = WeightRange::kFull;
  Linear full({-128, 1, 1, 1});
  EXPECT_THAT(bytes(full.quantized(options)), ElementsAre(-128, 1, 1, 1));
}

TEST(Insertion, DepthwiseChannelsAreTheLastAxis) {
  RealGraph g;
  const TensorId x = g.real_input({1, 1, 1, 2});
  g.finish(DepthwiseConv2D{{}, kNone}, {x, g.real_constant({1, 1, 1, 2}, {127, 254}), kAbsent}, {1, 1, 1, 2});
  quantize_weights(g.graph, {});
  const Tensor& weights = g.graph.tensors[g.graph.operators[0].inputs[0]];
  EXPECT_EQ(weights.quantization, (Quantization{{1, 2}, {0, 0}, 3}));
}

// In units of 0.5 times the scale a bias of 2^24 has at most 2^30 steps; alone, for all where all share one scale.
TEST(Insertion, ScalesLeaveRoomForBiases) {
  const Values weights = {1e-4F, 1e-5F, 1, 0.5F}, bias = {16777216, 1};
  Linear g(weights, bias);
  const auto scales = g.quantized().quantization.scales;
  EXPECT_EQ(scales[0], 1.0F / 32);
  EXPECT_EQ(scales[1], 1.0F / 127);
  Options options;
  options.per_channel = false;
  Linear tensor(weights, bias);
  EXPECT_THAT(tensor.quantized(options).quantization.scales, ElementsAre(1.0F / 32));
}

TEST(Insertion, WeightsThatAreIntegersStay) {
  RealGraph g;
  const TensorId weights = g.constant("w", {{1, 2}, 0.25F, 0}, {5, 0xFB});
  g.finish(FullyConnected{kNone}, {g.real_input({1, 2}), weights, kAbsent}, {1, 1});
  quantize_weights(g.graph, {});
  EXPECT_EQ(g.graph.operators[0].inputs[0], weights);
  EXPECT_THAT(g.run({{4, 1}}), ElementsAre(3.75F));
}

TEST(Insertion, RefusesWeightsThatAreNotFinite) {
  EXPECT_THAT(test::refusal_text([] {
                Linear({1, kInfinity, 1, 1}).quantized();
              }),
              HasSubstr("weights 'w': its weight 1 is inf"));
}

}  // namespace
}  // namespace qrun::converter::calibrate
