// Bands of rows: the same bytes whatever their height and the number of threads, and what they are for: less memory.

#include "runtime/band.h"

#include <gtest/gtest.h>

#include "tests/runtime/running.h"
#include "tests/support/random_tower.h"

namespace qrun::test {
namespace {

class BandRows : public testing::TestWithParam<std::string> {};

TEST_P(BandRows, OfAnyHeightGiveTheBytesOfSingleSteps) {
  for (std::uint32_t seed = 0; seed < 150; ++seed) {
    std::mt19937 random(seed);
    const ModelBuilder graph = random_tower(random, 2 + static_cast<int>(random() % 9));
    const Buffers inputs = random_inputs(graph.model, random);
    const Buffers expected = expected_outputs(graph.model, inputs);
    for (const int height : {0, 1, 2, 5}) {
      const PlanOptions options{.threads = 1 + static_cast<int>(random() % 4),
                                .isa = GetParam().c_str(),
                                .preserve_inputs = random() % 2 == 0,
                                .bands = QRUN_BANDS_ALL,
                                .band_rows = height};
      ASSERT_EQ(run_model(graph.model, inputs, options), expected)
          << "seed " << seed << ", bands of " << height << ", " << options.threads << " threads";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Rows, BandRows, testing::ValuesIn(available_rows()),
                         [](const auto& row) { return row.param; });

// A block that widens, filters and narrows, added to its input: x [1, 32, 8, 16], inside 96 channels.
ModelBuilder inverted_residual() {
  ModelBuilder graph("block");
  const int x = graph.input("x", {1, 32, 8, 16});
  const auto conv = [&](int from, std::int32_t inputs, std::int32_t outputs, const char* name) {
    const int weights = graph.random_constant(std::string(name) + "/weights", {outputs, 1, 1, inputs});
    qfb::Conv2DT params;
    params.window = window(1, 0);
    params.accumulation = graph.accumulation(weights, -1);
    return graph.add(std::move(params), {from, weights, -1}, name, {1, 32, 8, outputs});
  };
  const int wide = conv(x, 16, 96, "widen");
  const int weights = graph.random_constant("filter/weights", {1, 3, 3, 96});
  qfb::DepthwiseConv2DT params;
  params.window = window(1, 1);
  params.accumulation = graph.accumulation(weights, -1, /*depthwise=*/true);
  const int filtered = graph.add(std::move(params), {wide, weights, -1}, "filter", {1, 32, 8, 96});
  const int narrow = conv(filtered, 96, 16, "narrow");
  qfb::AddT add;
  add.input1_rescale = new_rescale(-1);
  add.input2_rescale = new_rescale(-1);
  add.output_rescale = new_rescale(-19);
  add.clamp = full_clamp(qfb::DType::int8);
  graph.output(graph.add(std::move(add), {x, narrow}, "sum", {1, 32, 8, 16}));
  return graph;
}

Plan plan_of(const Bytes& file, const PlanOptions& options) {
  const Result<Model> model = Model::from_buffer(file);
  EXPECT_TRUE(model.ok());
  Result<Plan> plan = Plan::create(*model, options);
  EXPECT_TRUE(plan.ok()) << plan.status().message();
  return *std::move(plan);
}

TEST(Bands, TakeWhatLiesBetweenTheirMembersOutOfTheArena) {
  const Bytes file = finish(inverted_residual().model);
  const std::size_t image = 32 * 8 * 16, wide = 6 * image;
  const Plan single = plan_of(file, {.isa = "reference", .bands = QRUN_BANDS_OFF});
  EXPECT_EQ(single.arena_bytes(), image + 2 * wide);
  const Plan bands = plan_of(file, {.isa = "reference", .bands = QRUN_BANDS_ALL, .band_rows = 1});
  // Input and output, three rows of the widened image, one of the filtered and one of the narrowed one, each with the
  // 64 bytes that kernels may read too far.
  EXPECT_EQ(bands.arena_bytes(), 2 * image + (3 * 8 * 96 + 64) + (8 * 96 + 64) + (8 * 16 + 64));
}

TEST(Bands, SayWhatTheyRun) {
  const Bytes file = finish(inverted_residual().model);
  const Plan plan = plan_of(file, {.isa = "reference", .bands = QRUN_BANDS_ALL, .band_rows = 4});
  ASSERT_EQ(plan.step_count(), 1U);
  const qrun_step_info& band = plan.step(0);
  EXPECT_STREQ(band.operator_type, "Band");
  EXPECT_STREQ(band.kernel, "bands of 4 rows");
  EXPECT_STREQ(band.output_name, "sum");
  EXPECT_EQ(band.operator_index, -1);
  ASSERT_EQ(band.member_count, 4U);
  std::int64_t macs = 0;
  for (std::size_t m = 0; m < band.member_count; ++m) {
    EXPECT_EQ(band.members[m].operator_index, static_cast<std::int32_t>(m));
    EXPECT_EQ(band.members[m].member_count, 0U);
    macs += band.members[m].macs;
  }
  EXPECT_STREQ(band.members[1].operator_type, "DepthwiseConv2D");
  EXPECT_EQ(band.macs, macs);
}

TEST(Bands, AreNotFormedAcrossWhatOthersRead) {
  ModelBuilder graph = inverted_residual();
  graph.output(graph.model.operators[1]->outputs[0]);  // the filtered image
  const Bytes file = finish(graph.model);
  const Plan plan = plan_of(file, {.isa = "reference", .bands = QRUN_BANDS_ALL});
  ASSERT_EQ(plan.step_count(), 2U);
  EXPECT_EQ(plan.step(0).member_count, 2U);
  EXPECT_EQ(plan.step(1).member_count, 2U);
}

TEST(Bands, SmallImagesOnOneThreadGainNothingFromThem) {
  const Bytes file = finish(inverted_residual().model);
  EXPECT_EQ(plan_of(file, {.isa = "reference"}).step_count(), 4U);
  EXPECT_EQ(plan_of(file, {.isa = "reference", .bands = QRUN_BANDS_OFF}).step_count(), 4U);
}

TEST(Bands, UnknownChoicesAreRefused) {
  const Bytes file = finish(inverted_residual().model);
  const Result<Model> model = Model::from_buffer(file);
  for (const PlanOptions& options : {PlanOptions{.bands = static_cast<qrun_bands>(3)}, PlanOptions{.band_rows = -1}}) {
    EXPECT_EQ(Plan::create(*model, options).status().code(), QRUN_INVALID_ARGUMENT);
  }
}

TEST(RowWindow, NeedsTheRowsOfTheWindowsInsideTheImage) {
  const runtime::RowWindow window{.images = 1,
                                  .input_rows = 10,
                                  .output_rows = 5,
                                  .stride = 2,
                                  .extent = 5,
                                  .pad = 2,
                                  .input_row_bytes = 1,
                                  .output_row_bytes = 1,
                                  .units_per_row = 1};
  const auto expect = [&](runtime::Rows output, std::int32_t begin, std::int32_t end) {
    EXPECT_EQ(window.needed(output).begin, begin);
    EXPECT_EQ(window.needed(output).end, end);
  };
  expect({0, 1}, 0, 3);
  expect({1, 3}, 0, 7);
  expect({4, 5}, 6, 10);
  EXPECT_EQ(window.most_needed(1), 5);
  EXPECT_EQ(window.most_needed(2), 7);
  EXPECT_EQ(window.most_needed(5), 10);
}

}  // namespace
}  // namespace qrun::test
