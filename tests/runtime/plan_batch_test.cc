// Many samples at once: the bytes of every sample are those that it has alone, whatever the operator, row and threads.

#include <gtest/gtest.h>

#include <tuple>

#include "tests/runtime/running.h"
#include "tests/support/random_graph.h"
#include "tests/support/random_tower.h"
#include "tests/support/sample_models.h"

namespace qrun::test {
namespace {

using qfb::DType;

constexpr int kBatches[] = {1, 2, 3, 8};

void append(Buffers& all, const Buffers& sample) {
  all.resize(sample.size());
  for (std::size_t i = 0; i < sample.size(); ++i) all[i].insert(all[i].end(), sample[i].begin(), sample[i].end());
}

// Samples of every input one after the other, and what the interpreter makes of each alone.
struct Samples {
  Buffers inputs, outputs;
};

Samples random_samples(const qfb::ModelT& model, int count, std::mt19937& random) {
  Samples samples;
  for (int i = 0; i < count; ++i) {
    const Buffers inputs = random_inputs(model, random);
    append(samples.inputs, inputs);
    append(samples.outputs, expected_outputs(model, inputs));
  }
  return samples;
}

void expect_interpreted(const qfb::ModelT& model, const std::string& isa, std::mt19937& random) {
  for (const int batch : kBatches) {
    const Samples samples = random_samples(model, batch, random);
    for (const int threads : {1, 3}) {
      const PlanOptions options{.threads = threads, .isa = isa.c_str(), .batch = batch};
      ASSERT_EQ(run_model(model, samples.inputs, options), samples.outputs)
          << "batch " << batch << ", " << threads << " threads";
    }
  }
}

using Parameters = std::tuple<std::size_t, std::string>;  // sample model, row

class BatchOfSample : public testing::TestWithParam<Parameters> {};

TEST_P(BatchOfSample, EqualsTheSamplesAlone) {
  const auto& [sample, isa] = GetParam();
  std::mt19937 random(7);
  expect_interpreted(sample_models()[sample].build().model, isa, random);
}

std::string name_of(const testing::TestParamInfo<Parameters>& info) {
  return std::string(sample_models()[std::get<0>(info.param)].name) + "_" + std::get<1>(info.param);
}

INSTANTIATE_TEST_SUITE_P(Models, BatchOfSample,
                         testing::Combine(testing::Range(std::size_t{0}, sample_models().size()),
                                          testing::ValuesIn(available_rows())),
                         name_of);

class Batch : public testing::TestWithParam<std::string> {};

TEST_P(Batch, OfRandomGraphsEqualsTheSamplesAlone) {
  for (std::uint32_t seed = 0; seed < 100; ++seed) {
    std::mt19937 random(seed);
    const ModelBuilder graph = random_graph(random, static_cast<int>(random() % 14), 200);
    const int batch = kBatches[seed % std::size(kBatches)];
    const Samples samples = random_samples(graph.model, batch, random);
    const PlanOptions options{.threads = 1 + static_cast<int>(seed / 4 % 2),
                              .isa = GetParam().c_str(),
                              .preserve_inputs = seed % 3 == 1,
                              .batch = batch};
    ASSERT_EQ(run_model(graph.model, samples.inputs, options), samples.outputs) << "seed " << seed;
  }
}

// Bands walk over the rows of all samples' images.
TEST_P(Batch, OfTowersEqualsTheSamplesAlone) {
  for (std::uint32_t seed = 0; seed < 24; ++seed) {
    std::mt19937 random(seed);
    const ModelBuilder graph = random_tower(random, 2 + static_cast<int>(random() % 9));
    const int batch = kBatches[seed % std::size(kBatches)];
    const Samples samples = random_samples(graph.model, batch, random);
    for (const qrun_bands bands : {QRUN_BANDS_OFF, QRUN_BANDS_ALL}) {
      const PlanOptions options{
          .threads = 1 + static_cast<int>(random() % 3), .isa = GetParam().c_str(), .batch = batch, .bands = bands};
      ASSERT_EQ(run_model(graph.model, samples.inputs, options), samples.outputs)
          << "seed " << seed << ", bands " << bands << ", " << options.threads << " threads";
    }
  }
}

// Shared by enough threads that every one has a part, some of them across samples.
TEST_P(Batch, OfLargeGraphsIsTheSameOnAnyNumberOfThreads) {
  for (std::uint32_t seed = 0; seed < 4; ++seed) {
    std::mt19937 random(seed);
    const ModelBuilder graph = random_graph(random, 6, 20000);
    const Samples samples = random_samples(graph.model, 3, random);
    for (const int threads : {1, 2, 8}) {
      const PlanOptions options{.threads = threads, .isa = GetParam().c_str(), .batch = 3};
      ASSERT_EQ(run_model(graph.model, samples.inputs, options), samples.outputs) << "seed " << seed;
    }
  }
}

// An add that broadcasts both operands in turn, so that no two of six dimensions merge: a seventh is the samples'.
TEST_P(Batch, AddsADimensionToTheMostThereAre) {
  ModelBuilder graph("rank 6");
  const int x1 = graph.input("x1", {2, 1, 3, 1, 2, 1});
  const int x2 = graph.input("x2", {1, 3, 1, 2, 1, 2});
  qfb::AddT add;
  add.input1_rescale = new_rescale(0);
  add.input2_rescale = new_rescale(-1);
  add.output_rescale = new_rescale(-19);
  add.clamp = full_clamp(DType::int8);
  const int sum = graph.add(std::move(add), {x1, x2}, "sum", {2, 3, 3, 2, 2, 2});
  qfb::TileT tile;
  tile.repeats = {2, 2, 2, 2, 2, 2};
  graph.output(graph.add(std::move(tile), {sum}, "tiles", {4, 6, 6, 4, 4, 4}));
  std::mt19937 random(1);
  expect_interpreted(graph.model, GetParam(), random);
}

// Constants where activations are expected: the data of a convolution, the operands of movement, an output.
TEST_P(Batch, RepeatsConstantsThatAreData) {
  for (const DType dtype : {DType::int8, DType::uint8}) {
    ModelBuilder graph("constants");
    const int x = graph.input("x", {1, 3, 3, 4}, dtype);
    const int data = graph.random_constant("data", {1, 3, 3, 4}, dtype);
    const int weights = graph.random_constant("weights", {5, 2, 2, 4}, dtype);
    for (const int operand : {data, x}) {
      qfb::Conv2DT conv;
      conv.window = window(1, 0);
      conv.accumulation = graph.accumulation(weights, -1);
      graph.output(graph.add(std::move(conv), {operand, weights, -1}, "conv", {1, 2, 2, 5}, dtype));
    }
    const int reshaped = graph.add(qfb::ReshapeT(), {data}, "reshaped", {9, 4}, dtype);
    qfb::ConcatenationT join;
    join.axis = 0;
    const int flat = graph.add(qfb::ReshapeT(), {x}, "flat", {9, 4}, dtype);
    graph.output(graph.add(join, {flat, reshaped, flat}, "joined", {27, 4}, dtype));
    graph.output(reshaped);
    graph.output(data);
    std::mt19937 random(2);
    expect_interpreted(graph.model, GetParam(), random);
  }
}

INSTANTIATE_TEST_SUITE_P(Rows, Batch, testing::ValuesIn(available_rows()), [](const auto& row) { return row.param; });

// A model and the file that it borrows.
struct Loaded {
  explicit Loaded(const ModelBuilder& graph) : file(finish(graph.model)), result(Model::from_buffer(file)) {}
  const Model& model() const { return *result; }
  Bytes file;
  Result<Model> result;
};

TEST(PlanBatch, SaysItsSizes) {
  const Loaded loaded(sample_model("FullyConnected"));  // [2, 3, 4] to [2, 5]
  const Result<Plan> plan = Plan::create(loaded.model(), {.batch = 3});
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  EXPECT_EQ(plan->batch(), 3);
  EXPECT_EQ(qrun_plan_input_bytes(plan->raw(), 0), 72U);
  EXPECT_EQ(qrun_plan_output_bytes(plan->raw(), 0), 30U);
  EXPECT_EQ(qrun_plan_input_bytes(plan->raw(), 1), 0U);
  EXPECT_EQ(qrun_plan_output_bytes(plan->raw(), 1), 0U);
  std::int64_t macs = 0;
  for (std::size_t step = 0; step < plan->step_count(); ++step) macs += plan->step(step).macs;
  EXPECT_EQ(macs, 3 * 2 * 5 * 12);
  Result<Session> session = Session::create(*plan);
  ASSERT_TRUE(session.ok());
  EXPECT_EQ(session->batch(), 3);
  EXPECT_EQ(session->input<std::int8_t>(0).size(), 72U);
  EXPECT_EQ(session->output<std::int8_t>(0).size(), 30U);
  EXPECT_EQ(loaded.model().input(0).bytes(), 24U);
}

TEST(PlanBatch, NoneMeansOne) {
  const Loaded loaded(sample_model("Network"));
  EXPECT_EQ(Plan::create(loaded.model())->batch(), 1);
  EXPECT_EQ(Plan::create(loaded.model(), {.batch = 0})->batch(), 1);
  const Status status = Plan::create(loaded.model(), {.batch = -1}).status();
  EXPECT_EQ(status.code(), QRUN_INVALID_ARGUMENT);
  EXPECT_NE(status.message().find("batch is -1"), std::string_view::npos) << status.message();
}

// Sizes end where loading ends them for one sample; the message says how far one may go.
TEST(PlanBatch, OfMoreBytesThanATensorMayTakeIsRefused) {
  ModelBuilder graph("tiles");
  const int x = graph.input("x", {1, 4});
  qfb::TileT tile;
  tile.repeats = {1000, 250};
  const int tiles = graph.add(std::move(tile), {x}, "tiles", {1000, 1000});
  qfb::SliceT slice;
  slice.begin = {0, 0};
  slice.step = {1, 1};
  graph.output(graph.add(std::move(slice), {tiles}, "first", {1, 1}));
  const Loaded loaded(graph);
  const Status status = Plan::create(loaded.model(), {.batch = 2148}).status();
  EXPECT_EQ(status.code(), QRUN_INVALID_ARGUMENT);
  EXPECT_EQ(status.operator_index(), 0);
  EXPECT_EQ(
      status.message(),
      "operator 0 (Tile): 2148 samples of 'tiles' take 2148000000 bytes, more than the 2147483647 that a tensor may; "
      "use a batch of at most 2147");
}

TEST(PlanBatch, OfEdgesAloneIsRefusedAlike) {
  ModelBuilder graph("edges");
  graph.output(graph.input("x", {1 << 20}));
  const Status status = Plan::create(Loaded(graph).model(), {.batch = 1 << 11}).status();
  EXPECT_EQ(status.code(), QRUN_INVALID_ARGUMENT);
  EXPECT_EQ(status.operator_index(), -1);
  EXPECT_NE(status.message().find("2048 samples of 'x'"), std::string_view::npos) << status.message();
  EXPECT_NE(status.message().find("at most 2047"), std::string_view::npos) << status.message();
}

}  // namespace
}  // namespace qrun::test
