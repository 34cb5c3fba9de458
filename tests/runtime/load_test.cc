// What loads, what it then tells, and the refusals that need a file no object interface would write.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "runtime/model.h"
#include "tests/support/sample_models.h"

namespace qrun::test {
namespace {

using runtime::Model;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StrEq;

class LoadSample : public testing::TestWithParam<SampleModel> {};

TEST_P(LoadSample, Loads) {
  const Bytes file = finish(GetParam().build().model);
  auto model = Model::borrow(file);
  ASSERT_TRUE(model.ok()) << model.status().message;
  EXPECT_FALSE((*model)->inputs().empty());
  EXPECT_EQ((*model)->outputs().size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Operators, LoadSample, testing::ValuesIn(sample_models().begin(), sample_models().end()),
                         [](const auto& sample) { return sample.param.name; });

std::string refusal_of(const ModelBuilder& graph) {
  auto model = Model::borrow(finish(graph.model));
  return model.ok() ? "it loads" : model.status().message;
}

TEST(Load, DescribesInputsAndOutputs) {
  const Bytes file = finish(sample_model("Network").model);
  auto model = Model::borrow(file);
  ASSERT_TRUE(model.ok());
  const qrun_tensor_info& input = (*model)->inputs()[0];
  EXPECT_THAT(input.name, StrEq("image"));
  EXPECT_THAT(std::span(input.shape, input.rank), ElementsAre(1, 4, 4, 2));
  EXPECT_EQ(input.dtype, QRUN_INT8);
  EXPECT_EQ(input.bytes, 32u);
  EXPECT_THAT(std::span(input.scale_bits, input.scale_count), ElementsAre(0x3D000000));
  EXPECT_THAT(std::span(input.zero_points, input.zero_point_count), ElementsAre(3));
  const qrun_tensor_info& output = (*model)->outputs()[0];
  EXPECT_THAT(output.name, StrEq("scores"));
  EXPECT_EQ(output.scale_count, 0u);
}

TEST(Load, BytesCountTheElementSize) {
  const Bytes file = finish(sample_model("ArgMax").model);
  auto model = Model::borrow(file);
  ASSERT_TRUE(model.ok());
  EXPECT_EQ((*model)->outputs()[0].bytes, 6u * 8);
}

TEST(Load, AcceptsAGraphWithoutOperators) {
  ModelBuilder graph("identity");
  graph.output(graph.input("x", {4}));
  graph.output(graph.random_constant("c", {3}));
  graph.output(0);  // the same tensor twice
  const Bytes file = finish(graph.model);
  auto model = Model::borrow(file);
  ASSERT_TRUE(model.ok()) << model.status().message;
  EXPECT_EQ((*model)->outputs().size(), 3u);
}

TEST(Load, AcceptsScalarsAndNamelessTensors) {
  ModelBuilder graph("");
  graph.output(graph.add(qfb::ReshapeT(), {graph.input("", {1, 1})}, "", {}));
  const Bytes file = finish(graph.model);
  auto model = Model::borrow(file);
  ASSERT_TRUE(model.ok()) << model.status().message;
  EXPECT_THAT((*model)->outputs()[0].name, StrEq(""));
  EXPECT_EQ((*model)->outputs()[0].rank, 0u);
  EXPECT_EQ((*model)->outputs()[0].bytes, 1u);
}

TEST(Load, AcceptsReducedAxesKeptAsOne) {
  ModelBuilder graph = sample_model("Reduce");
  graph.model.tensors[1]->shape = {2, 1, 1, 5};
  EXPECT_EQ(refusal_of(graph), "it loads");
}

TEST(Load, AcceptsOneRescaleForAllChannels) {
  ModelBuilder graph = sample_model("FullyConnected");
  qfb::AccumulationT& accumulation = *graph.model.operators[0]->parameters.AsFullyConnected()->accumulation;
  accumulation.rescale.resize(1);
  certify(accumulation, *graph.model.tensors[1], graph.model.tensors[2].get(), false);
  EXPECT_EQ(refusal_of(graph), "it loads");
}

// sum |w| * max|x - z| + |bias| by hand: inputs in [-128, 127] with z = 3 reach 131.
TEST(Load, CertificateIsTheFormulaOfTheFormat) {
  ModelBuilder graph("hand");
  const int x = graph.input("x", {1, 3});
  const int weights = graph.constant("weights", {1, 3}, qfb::DType::int8, {1, 0xFE, 0x80});  // 1, -2, -128
  const int bias = graph.constant("bias", {1}, std::vector<std::int32_t>{-7});
  qfb::FullyConnectedT params;
  params.accumulation = std::make_unique<qfb::AccumulationT>();
  params.accumulation->input_zero_point = 3;
  params.accumulation->output_zero_point = 10;
  params.accumulation->clamp = full_clamp(qfb::DType::int8);
  params.accumulation->rescale = {qfb::Rescale(1 << 30, 0)};  // one half
  params.accumulation->accumulator_bound = {131 * 131 + 7};
  params.accumulation->output_min = {-8584 + 10};  // halves of the doubled product round up: -8584 twice over
  params.accumulation->output_max = {8584 + 10};
  graph.output(graph.add(std::move(params), {x, weights, bias}, "y", {1, 1}));
  EXPECT_EQ(refusal_of(graph), "it loads");
  graph.model.operators[0]->parameters.AsFullyConnected()->accumulation->accumulator_bound = {131 * 131 + 8};
  EXPECT_THAT(refusal_of(graph), HasSubstr("channel 0: accumulator_bound is 17169, but the weights give 17168"));
}

TEST(Load, RefusesOperatorsOutOfOrder) {
  ModelBuilder graph = sample_model("Network");
  std::swap(graph.model.operators[0], graph.model.operators[1]);
  EXPECT_THAT(refusal_of(graph), HasSubstr("operator 0 (Pool2D producing 'pool'): it reads 'conv/Relu' before"));
}

TEST(Load, RefusesASecondProducer) {
  ModelBuilder graph("twice");
  const int x = graph.input("x", {4});
  graph.output(graph.add(qfb::ReshapeT(), {x}, "y", {4}));
  graph.add(qfb::ReshapeT(), {x}, "z", {4});
  graph.model.operators[1]->outputs = {1};
  EXPECT_THAT(refusal_of(graph), HasSubstr("operator 1 (Reshape producing 'y'): 'y' is produced a second time"));
  graph.model.operators[1]->outputs = {0};
  EXPECT_THAT(refusal_of(graph), HasSubstr("'x' is produced a second time"));
}

TEST(Load, RefusesAnOperatorThatWritesAConstant) {
  ModelBuilder graph = sample_model("Concatenation");
  const int x1 = graph.model.inputs[0];
  graph.add(qfb::ReshapeT(), {x1}, "unused", {6});
  graph.model.operators[1]->inputs = {1};
  graph.model.operators[1]->outputs = {1};
  EXPECT_THAT(refusal_of(graph), HasSubstr("'x2' is a constant and must not be produced otherwise"));
}

TEST(Load, RefusesAnOperatorWithoutParameters) {
  ModelBuilder graph = sample_model("Reshape");
  graph.model.operators[0]->parameters.Reset();
  EXPECT_THAT(refusal_of(graph), HasSubstr("operator 0 (of unknown type producing 'y'): its parameters are missing"));
}

// A model of one tensor and one operator whose type is a number of the future.
TEST(Load, RefusesAnUnknownOperator) {
  flatbuffers::FlatBufferBuilder builder;
  const std::vector<std::int32_t> shape = {1}, first = {0}, second = {1};
  const auto x = qfb::CreateTensorDirect(builder, "x", &shape), y = qfb::CreateTensorDirect(builder, "y", &shape);
  const std::vector<flatbuffers::Offset<qfb::Tensor>> tensors = {x, y};
  const std::vector<flatbuffers::Offset<qfb::Operator>> operators = {qfb::CreateOperatorDirect(
      builder, &first, &second, static_cast<qfb::Parameters>(200), qfb::CreateReshape(builder).Union())};
  qfb::FinishModelBuffer(builder, qfb::CreateModelDirect(builder, 1, "future", &tensors, &operators, &first, &second));
  const auto* data = reinterpret_cast<const std::byte*>(builder.GetBufferPointer());
  auto model = Model::borrow(Bytes(data, data + builder.GetSize()));
  ASSERT_FALSE(model.ok());
  EXPECT_THAT(model.status().message, HasSubstr("operator 0 (of unknown type producing 'y'): its type, number 200"));
}

// Ten thousand operators share one table of a hundred thousand indices: checking each would be quadratic.
TEST(Load, RefusesSharingThatMultipliesWork) {
  constexpr std::int32_t kOperators = 10000, kIndices = 100000;
  flatbuffers::FlatBufferBuilder builder;
  const auto shape = builder.CreateVector(std::vector<std::int32_t>{kIndices});
  const auto inputs = builder.CreateVector(std::vector<std::int32_t>{0});
  const auto indices = builder.CreateVector(std::vector<std::int32_t>(kIndices, 7));
  std::vector<flatbuffers::Offset<qfb::Tensor>> tensors = {qfb::CreateTensor(builder, 0, shape)};
  std::vector<flatbuffers::Offset<qfb::Operator>> operators;
  for (std::int32_t i = 0; i < kOperators; ++i) {
    tensors.push_back(qfb::CreateTensor(builder, 0, shape));
    const auto gather = qfb::CreateGather(builder, 0, indices).Union();
    const auto output = builder.CreateVector(std::vector<std::int32_t>{i + 1});
    operators.push_back(qfb::CreateOperator(builder, inputs, output, qfb::Parameters::Gather, gather));
  }
  const auto all = builder.CreateVector(tensors);
  const auto in_order = builder.CreateVector(operators);
  qfb::FinishModelBuffer(builder, qfb::CreateModel(builder, 1, 0, all, in_order, inputs, inputs));
  const auto* data = reinterpret_cast<const std::byte*>(builder.GetBufferPointer());
  auto model = Model::borrow(Bytes(data, data + builder.GetSize()));
  ASSERT_FALSE(model.ok());
  EXPECT_THAT(model.status().message, HasSubstr("shared data makes checking the file 256 times as much work"));
}

}  // namespace
}  // namespace qrun::test
