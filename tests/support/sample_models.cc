#include "tests/support/sample_models.h"

#include <cstdlib>
#include <numeric>
#include <string_view>

namespace qrun::test {
namespace {

using qfb::DType;

ModelBuilder conv_2d() {
  ModelBuilder graph("Conv2D");
  const int x = graph.input("x", {1, 5, 6, 4});
  const int weights = graph.random_constant("weights", {6, 3, 3, 2});
  const int bias = graph.constant("bias", {6}, {-3000, 0, 1, 77, 100000, -5});
  qfb::Conv2DT params;
  params.window = window(2, 1);
  params.groups = 2;
  params.accumulation = graph.accumulation(weights, bias);
  graph.output(graph.add(std::move(params), {x, weights, bias}, "y", {1, 3, 3, 6}));
  return graph;
}

ModelBuilder depthwise_conv_2d() {
  ModelBuilder graph("DepthwiseConv2D");
  const int x = graph.input("x", {1, 5, 4, 3}, DType::uint8);
  const int weights = graph.random_constant("weights", {1, 3, 2, 6}, DType::uint8);
  qfb::DepthwiseConv2DT params;
  params.window = std::make_unique<qfb::Window>(1, 1, 2, 1, 1, 0, 1, 1);
  params.accumulation = graph.accumulation(weights, -1, /*depthwise=*/true);
  graph.output(graph.add(std::move(params), {x, weights, -1}, "y", {1, 3, 4, 6}, DType::uint8));
  return graph;
}

ModelBuilder fully_connected() {
  ModelBuilder graph("FullyConnected");
  const int x = graph.input("x", {2, 3, 4});
  const int weights = graph.random_constant("weights", {5, 12});
  const int bias = graph.constant("bias", {5}, {1, -2, 3, -4, 5});
  qfb::FullyConnectedT params;
  params.accumulation = graph.accumulation(weights, bias);
  graph.output(graph.add(std::move(params), {x, weights, bias}, "y", {2, 5}));
  return graph;
}

ModelBuilder add() {
  ModelBuilder graph("Add");
  const int x1 = graph.input("x1", {2, 3, 4}), x2 = graph.input("x2", {3, 1});
  qfb::AddT params;
  params.kind = qfb::AddKind::sub;
  params.input1_zero_point = 5;
  params.output_zero_point = -7;
  params.input1_rescale = new_rescale(-1);
  params.input2_rescale = new_rescale(0);
  params.output_rescale = new_rescale(-18);
  params.clamp = full_clamp(DType::int8);
  graph.output(graph.add(std::move(params), {x1, x2}, "y", {2, 3, 4}));
  return graph;
}

ModelBuilder mul() {
  ModelBuilder graph("Mul");
  const int x1 = graph.input("x1", {4, 1}, DType::uint8), x2 = graph.input("x2", {2, 1, 3}, DType::uint8);
  qfb::MulT params;
  params.input1_zero_point = 100;
  params.input2_zero_point = 128;
  params.output_zero_point = 2;
  params.rescale = new_rescale(-6);
  params.clamp = full_clamp(DType::uint8);
  graph.output(graph.add(std::move(params), {x1, x2}, "y", {2, 4, 3}, DType::uint8));
  return graph;
}

ModelBuilder p_relu() {
  ModelBuilder graph("PRelu");
  const int x = graph.input("x", {1, 2, 2, 3});
  const int alpha = graph.random_constant("alpha", {1, 1, 3});
  qfb::PReluT params;
  params.input_zero_point = 4;
  params.alpha_zero_point = -3;
  params.rescale = new_rescale(0);
  params.alpha_rescale = new_rescale(-5);
  graph.output(graph.add(std::move(params), {x, alpha}, "y", {1, 2, 2, 3}));
  return graph;
}

ModelBuilder requantize() {
  ModelBuilder graph("Requantize");
  const int x = graph.input("x", {3, 7});
  qfb::RequantizeT params;
  params.input_zero_point = -9;
  params.output_zero_point = 128;
  params.rescale = new_rescale(1);
  params.clamp = std::make_unique<qfb::Clamp>(128, 250);
  graph.output(graph.add(std::move(params), {x}, "y", {3, 7}, DType::uint8));
  return graph;
}

ModelBuilder leaky_relu() {
  ModelBuilder graph("LeakyRelu");
  const int x = graph.input("x", {9});
  qfb::LeakyReluT params;
  params.input_zero_point = 11;
  params.output_zero_point = -20;
  params.rescale = new_rescale(0);
  params.alpha_rescale = new_rescale(-3);
  params.negate_alpha = true;
  graph.output(graph.add(std::move(params), {x}, "y", {9}));
  return graph;
}

ModelBuilder hard_swish() {
  ModelBuilder graph("HardSwish");
  const int x = graph.input("x", {2, 5});
  qfb::HardSwishT params;
  params.input_zero_point = -10;
  params.output_zero_point = 6;
  params.output_multiplier = 20000;
  params.output_exponent = -7;
  params.reluish_multiplier = 30000;
  params.reluish_exponent = 2;
  graph.output(graph.add(std::move(params), {x}, "y", {2, 5}));
  return graph;
}

ModelBuilder lookup() {
  ModelBuilder graph("Lookup");
  const int x = graph.input("x", {2, 2});
  qfb::LookupT params;
  params.table.resize(256);
  std::iota(params.table.rbegin(), params.table.rend(), std::uint8_t{0});
  params.function = "reverse";
  graph.output(graph.add(std::move(params), {x}, "y", {2, 2}, DType::uint8));
  return graph;
}

ModelBuilder pool_2d() {
  ModelBuilder graph("Pool2D");
  const int x = graph.input("x", {1, 5, 5, 3});
  qfb::Pool2DT params;
  params.kernel_height = 3;
  params.kernel_width = 2;
  params.window = window(2, 1);
  params.clamp = full_clamp(DType::int8);
  graph.output(graph.add(std::move(params), {x}, "y", {1, 3, 3, 3}));
  return graph;
}

ModelBuilder reduce() {
  ModelBuilder graph("Reduce");
  const int x = graph.input("x", {2, 3, 4, 5});
  qfb::ReduceT params;
  params.axes = {1, 2};
  params.input_zero_point = 1;
  params.output_zero_point = -1;
  params.rescale = new_rescale(-3);
  graph.output(graph.add(std::move(params), {x}, "y", {2, 5}));
  return graph;
}

ModelBuilder softmax() {
  ModelBuilder graph("Softmax");
  const int x = graph.input("x", {2, 10});
  qfb::SoftmaxT params;
  params.rescale = new_rescale(23);
  params.diff_min = -248;
  graph.output(graph.add(std::move(params), {x}, "y", {2, 10}));
  return graph;
}

ModelBuilder softmax_any_scale() {
  ModelBuilder graph("SoftmaxAnyScale");
  graph.model.format_version = 2;
  const int x = graph.input("x", {2, 10}, DType::uint8);
  qfb::SoftmaxT params;
  params.rescale = new_rescale(22);
  params.diff_min = -496;
  params.output_rescale = new_rescale(9);
  params.output_zero_point = 11;
  graph.output(graph.add(std::move(params), {x}, "y", {2, 10}, DType::uint8));
  return graph;
}

ModelBuilder arg_max() {
  ModelBuilder graph("ArgMax");
  const int x = graph.input("x", {2, 4, 3});
  qfb::ArgMaxT params;
  params.axis = 1;
  graph.output(graph.add(std::move(params), {x}, "y", {2, 3}, DType::int64));
  return graph;
}

ModelBuilder reshape() {
  ModelBuilder graph("Reshape");
  const int x = graph.input("x", {2, 6});
  graph.output(graph.add(qfb::ReshapeT(), {x}, "y", {3, 1, 4}));
  return graph;
}

ModelBuilder transpose() {
  ModelBuilder graph("Transpose");
  const int x = graph.input("x", {2, 3, 4}, DType::int32);
  qfb::TransposeT params;
  params.permutation = {2, 0, 1};
  graph.output(graph.add(std::move(params), {x}, "y", {4, 2, 3}, DType::int32));
  return graph;
}

ModelBuilder slice() {
  ModelBuilder graph("Slice");
  const int x = graph.input("x", {5, 6});
  qfb::SliceT params;
  params.begin = {1, 5};
  params.step = {2, -3};
  graph.output(graph.add(std::move(params), {x}, "y", {2, 2}));
  return graph;
}

ModelBuilder concatenation() {
  ModelBuilder graph("Concatenation");
  const int x1 = graph.input("x1", {2, 3}), x2 = graph.random_constant("x2", {2, 1});
  qfb::ConcatenationT params;
  params.axis = 1;
  graph.output(graph.add(std::move(params), {x1, x2, x1}, "y", {2, 7}));
  return graph;
}

ModelBuilder pad() {
  ModelBuilder graph("Pad");
  const int x = graph.input("x", {2, 3});
  qfb::PadT params;
  params.before = {1, 0};
  params.after = {0, 2};
  params.value = -5;
  graph.output(graph.add(std::move(params), {x}, "y", {3, 5}));
  return graph;
}

ModelBuilder tile() {
  ModelBuilder graph("Tile");
  const int x = graph.input("x", {2, 3});
  qfb::TileT params;
  params.repeats = {2, 1};
  graph.output(graph.add(std::move(params), {x}, "y", {4, 3}));
  return graph;
}

ModelBuilder gather() {
  ModelBuilder graph("Gather");
  const int x = graph.input("x", {2, 4, 3});
  qfb::GatherT params;
  params.axis = 1;
  params.indices = {3, 0, 0, 2, 1};
  graph.output(graph.add(std::move(params), {x}, "y", {2, 5, 3}));
  return graph;
}

ModelBuilder resize_bilinear() {
  ModelBuilder graph("ResizeBilinear");
  const int x = graph.input("x", {1, 2, 3, 2});
  qfb::ResizeBilinearT params;
  params.half_pixel_centers = true;
  graph.output(graph.add(std::move(params), {x}, "y", {1, 5, 4, 2}));
  return graph;
}

ModelBuilder resize_nearest() {
  ModelBuilder graph("ResizeNearest");
  const int x = graph.input("x", {1, 2, 3, 2}, DType::uint8);
  qfb::ResizeNearestT params;
  params.rows = {0, 0, 1, 1};
  params.columns = {0, 2};
  graph.output(graph.add(std::move(params), {x}, "y", {1, 4, 2, 2}, DType::uint8));
  return graph;
}

void describe(ModelBuilder& graph) {
  graph.model.metadata = std::make_unique<qfb::MetadataT>();
  graph.model.metadata->producer = "sample_models";
  graph.model.metadata->source_sha256.assign(32, 7);
  graph.model.metadata->labels = {"ant", "bee", "cat"};
  auto entry = std::make_unique<qfb::KeyValueT>();
  entry->key = "licence";
  entry->value = "none";
  graph.model.metadata->entries.push_back(std::move(entry));
  auto sample = std::make_unique<qfb::TestT>();
  sample->inputs.push_back(std::make_unique<qfb::BlobT>());
  sample->inputs.back()->data.assign(4 * 4 * 2, 9);
  sample->output_sha256.assign(32, 0);
  graph.model.tests.push_back(std::move(sample));
}

ModelBuilder network() {
  ModelBuilder graph("Network");
  const int x = graph.input("image", {1, 4, 4, 2});
  const int weights = graph.random_constant("conv/weights", {4, 1, 1, 2});
  qfb::Conv2DT conv;
  conv.window = window(1, 0);
  conv.accumulation = graph.accumulation(weights, -1);
  const int features = graph.add(std::move(conv), {x, weights}, "conv/Relu", {1, 4, 4, 4});
  qfb::Pool2DT pool;
  pool.kind = qfb::PoolKind::max;
  pool.kernel_height = pool.kernel_width = 2;
  pool.window = window(2, 0);
  pool.clamp = full_clamp(DType::int8);
  const int pooled = graph.add(std::move(pool), {features}, "pool", {1, 2, 2, 4});
  const int dense_weights = graph.random_constant("dense/weights", {3, 16});
  const int bias = graph.constant("dense/bias", {3}, {10, -20, 30});
  qfb::FullyConnectedT dense;
  dense.accumulation = graph.accumulation(dense_weights, bias);
  const int logits = graph.add(std::move(dense), {pooled, dense_weights, bias}, "dense", {1, 3});
  qfb::SoftmaxT scores;
  scores.rescale = new_rescale(23);
  scores.diff_min = -248;
  graph.output(graph.add(std::move(scores), {logits}, "scores", {1, 3}));
  describe(graph);
  return graph;
}

constexpr SampleModel kSamples[] = {
    {"Conv2D", conv_2d},
    {"DepthwiseConv2D", depthwise_conv_2d},
    {"FullyConnected", fully_connected},
    {"Add", add},
    {"Mul", mul},
    {"PRelu", p_relu},
    {"Requantize", requantize},
    {"LeakyRelu", leaky_relu},
    {"HardSwish", hard_swish},
    {"Lookup", lookup},
    {"Pool2D", pool_2d},
    {"Reduce", reduce},
    {"Softmax", softmax},
    {"SoftmaxAnyScale", softmax_any_scale},
    {"ArgMax", arg_max},
    {"Reshape", reshape},
    {"Transpose", transpose},
    {"Slice", slice},
    {"Concatenation", concatenation},
    {"Pad", pad},
    {"Tile", tile},
    {"Gather", gather},
    {"ResizeBilinear", resize_bilinear},
    {"ResizeNearest", resize_nearest},
    {"Network", network},
};

}  // namespace

std::span<const SampleModel> sample_models() { return kSamples; }

ModelBuilder sample_model(const char* name) {
  for (const SampleModel& sample : kSamples) {
    if (std::string_view(sample.name) == name) return sample.build();
  }
  std::abort();  // a test's own mistake
}

}  // namespace qrun::test
