// Plans: the choice of a row, exact memory, what profilers see, and requests that cannot be met.

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>

#include "tests/runtime/running.h"
#include "tests/support/sample_models.h"

namespace qrun::test {
namespace {

using qfb::DType;

// A model and the file that it borrows.
struct Loaded {
  explicit Loaded(const ModelBuilder& graph) : file(finish(graph.model)), result(Model::from_buffer(file)) {}
  const Model& model() const { return *result; }
  Bytes file;
  Result<Model> result;
};

class Environment {
 public:
  explicit Environment(const char* isa) { ::setenv("QRUN_ISA", isa, 1); }
  ~Environment() {
    if (had_) {
      ::setenv("QRUN_ISA", before_.c_str(), 1);
    } else {
      ::unsetenv("QRUN_ISA");
    }
  }

 private:
  bool had_ = std::getenv("QRUN_ISA") != nullptr;
  std::string before_ = had_ ? std::getenv("QRUN_ISA") : "";
};

TEST(PlanRow, OptionsGoBeforeTheEnvironmentAndThatBeforeTheBest) {
  const Loaded loaded(sample_model("Network"));
  {
    const Environment environment("reference_u8");
    EXPECT_EQ(Plan::create(loaded.model())->isa(), "reference_u8");
    EXPECT_EQ(Plan::create(loaded.model(), {.isa = ""})->isa(), "reference_u8");
    EXPECT_EQ(Plan::create(loaded.model(), {.isa = "reference"})->isa(), "reference");
  }
  const Environment environment("");
  EXPECT_NE(Plan::create(loaded.model())->isa(), "reference_u8");  // a test's row is never the best
}

TEST(PlanRow, AnUnknownNameIsRefusedWithTheRowsThereAre) {
  const Loaded loaded(sample_model("Network"));
  const Status status = Plan::create(loaded.model(), {.isa = "pentium"}).status();
  EXPECT_EQ(status.code(), QRUN_INVALID_ARGUMENT);
  EXPECT_NE(status.message().find("'pentium'"), std::string_view::npos) << status.message();
  EXPECT_NE(status.message().find("reference"), std::string_view::npos) << status.message();
  const Environment environment("avx99");
  const Status from_environment = Plan::create(loaded.model()).status();
  EXPECT_EQ(from_environment.code(), QRUN_INVALID_ARGUMENT);
  EXPECT_NE(from_environment.message().find("QRUN_ISA"), std::string_view::npos) << from_environment.message();
}

TEST(PlanRow, OneThatThisCpuLacksIsUnsupported) {
  const Loaded loaded(sample_model("Network"));
  bool found = false;
  for (std::size_t i = 0; qrun_isa_name(i) != nullptr; ++i) {
    if (qrun_isa_available(i)) continue;
    found = true;
    const Status status = Plan::create(loaded.model(), {.isa = qrun_isa_name(i)}).status();
    EXPECT_EQ(status.code(), QRUN_UNSUPPORTED);
    EXPECT_NE(status.message().find("it can run reference"), std::string_view::npos) << status.message();
  }
  if (!found) GTEST_SKIP() << "this CPU runs every row";
}

TEST(Plan, ThreadsAreOneTo256) {
  const Loaded loaded(sample_model("Network"));
  for (const int threads : {-1, 257}) {
    EXPECT_EQ(Plan::create(loaded.model(), {.threads = threads}).status().code(), QRUN_INVALID_ARGUMENT);
  }
  EXPECT_TRUE(Plan::create(loaded.model(), {.threads = 0}).ok());  // means 1
  EXPECT_TRUE(Plan::create(loaded.model(), {.threads = 256}).ok());
}

// A chain of two convolutions with a shortcut around them.
ModelBuilder residual_block() {
  ModelBuilder graph("residual");
  const int x = graph.input("x", {1, 8, 8, 16});
  int y = x;
  for (const char* name : {"conv1", "conv2"}) {
    const int weights = graph.random_constant(std::string(name) + "/weights", {16, 3, 3, 16});
    qfb::Conv2DT conv;
    conv.window = window(1, 1);
    conv.accumulation = graph.accumulation(weights, -1);
    y = graph.add(std::move(conv), {y, weights, -1}, name, {1, 8, 8, 16});
  }
  qfb::AddT add;
  add.input1_rescale = new_rescale(-1);
  add.input2_rescale = new_rescale(-1);
  add.output_rescale = new_rescale(-19);
  add.clamp = full_clamp(DType::int8);
  graph.output(graph.add(std::move(add), {x, y}, "sum", {1, 8, 8, 16}));
  return graph;
}

// Two branches joined along the channels, then pooled.
ModelBuilder joined_branches() {
  ModelBuilder graph("joined");
  const int x = graph.input("x", {1, 8, 8, 16}, DType::uint8);
  std::vector<std::int32_t> branches;
  for (const char* name : {"a", "b"}) {
    qfb::LookupT lookup;
    for (int i = 0; i < 256; ++i) lookup.table.push_back(static_cast<std::uint8_t>(i * 7));
    branches.push_back(graph.add(std::move(lookup), {x}, name, {1, 8, 8, 16}, DType::uint8));
  }
  qfb::ConcatenationT join;
  join.axis = 3;
  const int joined = graph.add(std::move(join), branches, "joined", {1, 8, 8, 32}, DType::uint8);
  qfb::Pool2DT pool;
  pool.kind = qfb::PoolKind::max;
  pool.kernel_height = pool.kernel_width = 2;
  pool.window = window(2, 0);
  pool.clamp = full_clamp(DType::uint8);
  graph.output(graph.add(std::move(pool), {joined}, "pooled", {1, 4, 4, 32}, DType::uint8));
  return graph;
}

std::size_t arena_bytes(const ModelBuilder& graph, const char* isa, bool preserve_inputs = false) {
  const Loaded loaded(graph);
  return Plan::create(loaded.model(), {.isa = isa, .preserve_inputs = preserve_inputs})->arena_bytes();
}

TEST(Plan, ArenasAreExactlyAsLargeAsCounted) {
  // Input 1 KiB, conv1 1 KiB, conv2 1 KiB; the sum may take conv2's place but not the input's.
  EXPECT_EQ(arena_bytes(residual_block(), "reference"), 3U * 1024);
  // In uint8 the input is flipped in place, and the output too; preserved, it is copied, but dies where conv2 lives on.
  EXPECT_EQ(arena_bytes(residual_block(), "reference_u8"), 3U * 1024);
  EXPECT_EQ(arena_bytes(residual_block(), "reference_u8", true), 4U * 1024);
  // Input 1 KiB, which b's lookup takes over; a 1 KiB; the join 2 KiB. The pooled output 512 bytes may lie over a.
  EXPECT_EQ(arena_bytes(joined_branches(), "reference_u8"), 4U * 1024);
  // Image 32 bytes, conv 64, pool 16, dense 3, scores 3, each rounded up to 64; two live at once. The scores, in place
  // over dense, lie where conv was: never over the image.
  EXPECT_EQ(arena_bytes(sample_model("Network"), "reference"), 2U * 64);
}

// Both halves of [1, 4, 64] are requantized from x; the first is read again.
ModelBuilder joined_halves(std::int32_t axis) {
  ModelBuilder graph("halves");
  const int x = graph.input("x", {1, 2, 64});
  std::vector<std::int32_t> halves;
  for (const char* name : {"a", "b"}) {
    qfb::RequantizeT requantize;
    requantize.rescale = new_rescale(0);
    requantize.output_zero_point = name[0];
    requantize.clamp = full_clamp(DType::int8);
    halves.push_back(graph.add(std::move(requantize), {x}, name, {1, 2, 64}));
  }
  qfb::ConcatenationT join;
  join.axis = axis;
  const std::vector<std::int32_t> shape = axis == 1 ? std::vector<std::int32_t>{1, 4, 64} : std::vector{1, 2, 128};
  graph.output(graph.add(std::move(join), halves, "join", shape));
  qfb::ReduceT mean;
  mean.axes = {1};
  mean.rescale = new_rescale(-1);
  graph.output(graph.add(std::move(mean), {halves[0]}, "mean", {1, 64}));
  return graph;
}

TEST(Plan, PartsThatFollowEachOtherAreWrittenInPlace) {
  const Loaded loaded(joined_halves(1));
  const Result<Plan> plan = Plan::create(loaded.model(), {.isa = "reference"});
  EXPECT_EQ(plan->step_count(), 3U);
  EXPECT_EQ(plan->arena_bytes(), 128U + 256U + 64U);  // the mean's input lies in the join
  const Loaded apart(joined_halves(2));
  EXPECT_EQ(Plan::create(apart.model(), {.isa = "reference"})->step_count(), 5U);
  for (const std::int32_t axis : {1, 2}) {
    std::mt19937 random(3);
    const ModelBuilder graph = joined_halves(axis);
    const Buffers inputs = random_inputs(graph.model, random);
    EXPECT_EQ(run_model(graph.model, inputs, {}), expected_outputs(graph.model, inputs)) << "axis " << axis;
  }
}

TEST(Plan, StepsDescribeThemselves) {
  const Loaded loaded(residual_block());
  const Result<Plan> plan = Plan::create(loaded.model(), {.isa = "reference"});
  ASSERT_EQ(plan->step_count(), 3U);
  const qrun_step_info& conv = plan->step(1);
  EXPECT_STREQ(conv.operator_type, "Conv2D");
  EXPECT_STREQ(conv.output_name, "conv2");
  EXPECT_STREQ(conv.kernel, "qs8_qc8w_conv__reference");
  EXPECT_EQ(std::vector<std::int32_t>(conv.shape, conv.shape + conv.rank), (std::vector<std::int32_t>{1, 8, 8, 16}));
  EXPECT_EQ(conv.operator_index, 1);
  EXPECT_EQ(conv.macs, 8 * 8 * 16 * 3 * 3 * 16);
  EXPECT_STREQ(plan->step(2).kernel, "add__reference");
  EXPECT_EQ(plan->step(2).macs, 0);
  EXPECT_GE(plan->packed_bytes(), 2U * 16 * 9 * 16);
  const Result<Plan> flipped = Plan::create(loaded.model(), {.isa = "reference_u8"});
  ASSERT_EQ(flipped->step_count(), 5U);
  EXPECT_STREQ(flipped->step(0).operator_type, "Edge");
  EXPECT_STREQ(flipped->step(0).output_name, "x");
  EXPECT_STREQ(flipped->step(0).kernel, "flip__reference_u8");
  EXPECT_EQ(flipped->step(0).operator_index, -1);
  EXPECT_STREQ(flipped->step(4).output_name, "sum");
}

TEST(Plan, DepthwiseAndFullyConnectedCountTheirMacs) {
  const Loaded depthwise(sample_model("DepthwiseConv2D"));
  const Result<Plan> depthwise_plan = Plan::create(depthwise.model(), {.isa = "reference_u8"});
  EXPECT_EQ(depthwise_plan->step(0).macs, 3 * 4 * 6 * 3 * 2);
  const Loaded dense(sample_model("FullyConnected"));
  const Result<Plan> dense_plan = Plan::create(dense.model(), {.isa = "reference"});
  EXPECT_EQ(dense_plan->step(0).macs, 2 * 5 * 12);
}

// Tensors of a gigabyte each, all alive at once, from a file of some hundred kilobytes.
TEST(Plan, MoreMemoryThanThereIsIsRefusedAtOnce) {
  ModelBuilder graph("huge");
  const int x = graph.input("x", {1, 1});
  constexpr std::int32_t kLargest = sizeof(std::size_t) == 4 ? 1 << 28 : 1 << 30;  // a tensor may have on 32 bits
  for (int i = 0; i < 4000; ++i) {
    qfb::TileT tile;
    tile.repeats = {1, kLargest - i};
    graph.output(graph.add(std::move(tile), {x}, "t" + std::to_string(i), {1, kLargest - i}));
  }
  const Loaded loaded(graph);
  ASSERT_TRUE(loaded.result.ok()) << loaded.result.status().message();
  const auto start = std::chrono::steady_clock::now();
  Result<Session> session = Session::create(loaded.model());
  EXPECT_EQ(session.status().code(), QRUN_OUT_OF_MEMORY);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

}  // namespace
}  // namespace qrun::test
