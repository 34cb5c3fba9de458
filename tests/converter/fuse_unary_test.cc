// Unary operators in the operators before them: what goes, what must stay, and that both files give the same bytes.

#include "converter/lower/fuse_unary.h"

#include <algorithm>
#include <random>

#include "converter/writer.h"
#include "qrun/qrun.hpp"
#include "tests/converter/lowering_support.h"

namespace qrun::converter {
namespace {

using test::expect_clamp;
using test::GraphBuilder;
using test::only;
using test::Spec;

const Spec kImage{{1, 16, 16, 1}, 0.5F, 3};  // every byte once

// All outputs of a run on all bytes in each input, shuffled for the second.
std::vector<std::vector<std::byte>> answers(const Graph& graph, const LoweredOperators& operators) {
  const auto file = write_qfb(graph, operators, "test", {});
  const auto model = qrun::Model::from_buffer(file);
  EXPECT_TRUE(model) << model.status().message();
  auto session = Session::create(*model);
  EXPECT_TRUE(session) << session.status().message();
  std::mt19937 random(1);
  for (std::size_t i = 0; i < model->input_count(); ++i) {
    const auto input = session->input<std::byte>(i);
    for (std::size_t j = 0; j < input.size(); ++j) input[j] = static_cast<std::byte>(j);
    if (i > 0) std::shuffle(input.begin(), input.end(), random);
  }
  session->run();
  std::vector<std::vector<std::byte>> outputs;
  for (std::size_t i = 0; i < model->output_count(); ++i) {
    const auto output = session->output<std::byte>(i);
    outputs.emplace_back(output.begin(), output.end());
  }
  return outputs;
}

// The operators that are left, after making sure that they answer as those before do.
LoweredOperators fused(Graph& graph) {
  LoweredOperators operators = lower(graph);
  const auto expected = answers(graph, operators);
  fuse_unary(graph, operators);
  EXPECT_EQ(answers(graph, operators), expected);
  return operators;
}

TensorId add_writer(GraphBuilder& b, Parameters parameters, const Spec& y) {
  const TensorId x = b.input("x", kImage);
  if (std::holds_alternative<Add>(parameters) || std::holds_alternative<Sub>(parameters) ||
      std::holds_alternative<Mul>(parameters)) {
    return b.add(std::move(parameters), {x, b.input("x2", kImage)}, "y", y);
  }
  if (std::holds_alternative<Conv2D>(parameters) || std::holds_alternative<DepthwiseConv2D>(parameters)) {
    const TensorId weights = b.constant("weights", {{1, 1, 1, 1}, 0.75F}, {1});
    return b.add(std::move(parameters), {x, weights, kAbsent}, "y", y);
  }
  if (std::holds_alternative<FullyConnected>(parameters)) {
    return b.add(std::move(parameters), {x, b.constant("weights", {{1, 1}, 0.75F}, {1}), kAbsent}, "y", y);
  }
  return b.add(std::move(parameters), {x}, "y", y);
}

struct Writer {
  const char* name;
  Parameters parameters;
};

std::ostream& operator<<(std::ostream& stream, const Writer& writer) { return stream << writer.name; }

class FuseInto : public ::testing::TestWithParam<Writer> {};

TEST_P(FuseInto, TheOperatorBeforeItsActivation) {
  for (const Activation activation : {Activation::kRelu, Activation::kRelu6, Activation::kReluN1To1}) {
    GraphBuilder b;
    const TensorId y = add_writer(b, GetParam().parameters, kImage);
    b.output(b.add(Relu{activation}, {y}, "active", kImage));
    const LoweredOperators operators = fused(b.graph);
    ASSERT_EQ(operators.size(), 1U);
    EXPECT_EQ(operators[0]->outputs[0], static_cast<std::int32_t>(b.graph.outputs[0]));
  }
}

TEST_P(FuseInto, ButNotWhereItsOutputIsReadElsewhere) {
  for (const bool is_output : {true, false}) {
    GraphBuilder b;
    const TensorId y = add_writer(b, GetParam().parameters, kImage);
    b.output(b.add(Relu{Activation::kRelu}, {y}, "active", kImage));
    b.output(is_output ? y : b.add(HardSwish{}, {y}, "other", kImage));
    EXPECT_EQ(fused(b.graph).size(), is_output ? 2U : 3U);
  }
}

INSTANTIATE_TEST_SUITE_P(Writers, FuseInto,
                         ::testing::Values(Writer{"Conv2D", Conv2D{{}, Activation::kNone}},
                                           Writer{"DepthwiseConv2D", DepthwiseConv2D{{}, Activation::kNone}},
                                           Writer{"FullyConnected", FullyConnected{Activation::kNone}},
                                           Writer{"Add", Add{Activation::kNone}}, Writer{"Sub", Sub{Activation::kNone}},
                                           Writer{"Mul", Mul{Activation::kNone}},
                                           Writer{"Pool2D", Pool2D{PoolKind::kAverage, 1, 1, {}, Activation::kNone}},
                                           Writer{"Relu", Relu{Activation::kRelu}}),
                         [](const auto& test) { return test.param.name; });

TEST(FuseUnary, ClampsIntersect) {
  GraphBuilder b;  // zero point 3, scale 0.5
  TensorId y = add_writer(b, Conv2D{{}, Activation::kRelu6}, kImage);
  y = b.add(Relu{Activation::kReluN1To1}, {y}, "y1", kImage);
  b.output(b.add(Relu{Activation::kRelu}, {y}, "y2", kImage));
  const LoweredOperators operators = fused(b.graph);
  expect_clamp(*only<qfb::Conv2DT>(operators).accumulation->clamp, 3, 3 + 2);
}

TEST(FuseUnary, WhatChangesBytesWithinTheClampStays) {
  for (const Spec& other : {Spec{kImage.shape, 0.25F, 3}, Spec{kImage.shape, 0.5F, 4}}) {
    GraphBuilder b;
    const TensorId y = add_writer(b, Conv2D{{}, Activation::kNone}, kImage);
    b.output(b.add(Relu{Activation::kRelu}, {y}, "active", other));
    EXPECT_EQ(fused(b.graph).size(), 2U);
  }
}

// Between int8 and uint8 no byte changes as kernels store it, but the operator's own numbers would.
TEST(FuseUnary, AChangeOfTypeStays) {
  GraphBuilder b;
  const TensorId y = add_writer(b, Conv2D{{}, Activation::kNone}, kImage);
  b.output(b.add(Quantize{}, {y}, "unsigned", {kImage.shape, 0.5F, 131, DType::kUInt8}));
  EXPECT_EQ(fused(b.graph).size(), 2U);
}

TEST(FuseUnary, ChainsOfFunctionsBecomeOneTable) {
  GraphBuilder b;
  TensorId y = b.add(Function{"tanh"}, {b.input("x", kImage)}, "y1", {kImage.shape, 1.0F / 128, 0});
  y = b.add(Quantize{}, {y}, "y2", {kImage.shape, 0.01F, 120, DType::kUInt8});
  y = b.add(LeakyRelu{-0.75F}, {y}, "y3", {kImage.shape, 0.02F, 5, DType::kUInt8});
  b.output(b.add(Function{"logistic"}, {y}, "y4", {kImage.shape, 1.0F / 256, 0, DType::kUInt8}));
  const LoweredOperators operators = fused(b.graph);
  EXPECT_EQ(only<qfb::LookupT>(operators).function, "tanh, Requantize, LeakyRelu, logistic");
}

TEST(FuseUnary, GraphInputsHaveNoOperatorBefore) {
  GraphBuilder b;
  b.output(b.add(Relu{Activation::kRelu}, {b.input("x", kImage)}, "y", kImage));
  EXPECT_EQ(fused(b.graph).size(), 1U);
}

// Unary operators of every kind in random order and with random quantization, some read twice, some graph outputs.
TEST(FuseUnary, RandomGraphsAnswerAlike) {
  std::size_t before = 0, after = 0;
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](std::size_t end) { return static_cast<int>(random() % end); };
    const float scales[] = {0.5F, 0.5F, 0.5F, 0.26F, 0.013F};
    const auto spec = [&](DType dtype) {
      return Spec{kImage.shape, scales[below(5)], below(3) ? (dtype == DType::kInt8 ? 3 : 131) : below(100), dtype};
    };
    GraphBuilder b;
    std::vector<TensorId> tensors = {below(2) ? add_writer(b, Conv2D{{}, Activation::kNone}, kImage)
                                              : add_writer(b, Add{Activation::kNone}, kImage)};
    for (int i = 0; i < 8; ++i) {
      const TensorId x = below(5) ? tensors.back() : tensors[static_cast<std::size_t>(below(tensors.size()))];
      const DType dtype = b.graph.tensors[x].dtype;
      const Activation activations[] = {Activation::kRelu, Activation::kRelu6, Activation::kReluN1To1};
      const Parameters kinds[] = {Relu{activations[below(3)]}, Relu{activations[below(3)]}, LeakyRelu{0.3F},
                                  Function{"tanh"}, Quantize{}};
      const Parameters& kind = kinds[below(5)];
      const bool changes_type = std::holds_alternative<Quantize>(kind) && below(2);
      tensors.push_back(
          b.add(kind, {x}, "t", spec(changes_type == (dtype == DType::kInt8) ? DType::kUInt8 : DType::kInt8)));
    }
    b.output(tensors.back());
    if (below(2)) b.output(tensors[static_cast<std::size_t>(below(tensors.size()))]);
    before += b.graph.operators.size();
    after += fused(b.graph).size();
  }
  EXPECT_LT(after, before / 2);
  EXPECT_GT(after, 300U);
}

}  // namespace
}  // namespace qrun::converter
