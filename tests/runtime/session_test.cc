// Sessions: arenas, views of inputs and outputs, repeated and concurrent runs.

#include <gtest/gtest.h>

#include <cstdlib>
#include <thread>

#include "tests/runtime/running.h"
#include "tests/support/sample_models.h"

namespace qrun::test {
namespace {

class SessionTest : public testing::Test {
 protected:
  SessionTest() : graph_(sample_model("Network")), file_(finish(graph_.model)), model_(Model::from_buffer(file_)) {}

  const Model& model() const { return *model_; }

  ModelBuilder graph_;
  Bytes file_;
  Result<Model> model_;
};

TEST_F(SessionTest, ViewsByIndexAndName) {
  Result<Session> session = Session::create(model());
  ASSERT_TRUE(session.ok()) << session.status().message();
  EXPECT_EQ(session->input<std::int8_t>(0).size(), 4U * 4 * 2);
  EXPECT_EQ(session->input<std::int8_t>("image").data(), session->input<std::int8_t>(0).data());
  EXPECT_EQ(session->output<std::int8_t>("scores").data(), session->output<std::int8_t>(0).data());
  EXPECT_EQ(session->output<std::int8_t>(0).size(), 3U);
  EXPECT_TRUE(session->input<std::int8_t>("scores").empty());
  EXPECT_TRUE(session->input<std::int8_t>(1).empty());
  EXPECT_TRUE(session->output<std::int8_t>(1).empty());
}

TEST_F(SessionTest, AWrongElementTypeGivesAnEmptyView) {
  Result<Session> session = Session::create(model());
  EXPECT_TRUE(session->input<std::uint8_t>(0).empty());
  EXPECT_TRUE(session->output<std::int32_t>(0).empty());
  EXPECT_FALSE(session->input<std::byte>(0).empty());
}

TEST_F(SessionTest, ABorrowedArenaMustBeLargeAndAligned) {
  Result<Plan> plan = Plan::create(model());
  const std::size_t bytes = plan->arena_bytes();
  ASSERT_EQ(bytes % 64, 0U);
  auto* arena = static_cast<std::byte*>(std::aligned_alloc(64, bytes + 64));
  const Result<Session> small = Session::create(*plan, {arena, bytes - 1});
  EXPECT_EQ(small.status().code(), QRUN_INVALID_ARGUMENT);
  EXPECT_NE(small.status().message().find(std::to_string(bytes)), std::string_view::npos) << small.status().message();
  const Result<Session> misaligned = Session::create(*plan, {arena + 32, bytes});
  EXPECT_EQ(misaligned.status().code(), QRUN_INVALID_ARGUMENT);
  EXPECT_NE(misaligned.status().message().find("64"), std::string_view::npos) << misaligned.status().message();
  {
    Result<Session> session = Session::create(*plan, {arena, bytes});
    ASSERT_TRUE(session.ok()) << session.status().message();
    std::mt19937 random(1);
    const Buffers inputs = random_inputs(graph_.model, random);
    set_inputs(*session, inputs);
    EXPECT_GE(session->input<std::byte>(0).data(), arena);
    EXPECT_LE(session->input<std::byte>(0).data() + 32, arena + bytes);
    session->run();
    EXPECT_EQ(get_outputs(*session, 1), expected_outputs(graph_.model, inputs));
  }
  std::free(arena);
}

TEST_F(SessionTest, RunsAgainAndAgainWithPointersThatStay) {
  for (const std::string& row : available_rows()) {
    Result<Session> session = Session::create(model(), {.isa = row.c_str()});
    const void* input = session->input<std::int8_t>(0).data();
    const void* output = session->output<std::int8_t>(0).data();
    std::mt19937 random(2);
    for (int run = 0; run < 5; ++run) {
      const Buffers inputs = random_inputs(graph_.model, random);
      set_inputs(*session, inputs);
      session->run();
      EXPECT_EQ(get_outputs(*session, 1), expected_outputs(graph_.model, inputs));
      EXPECT_EQ(session->input<std::int8_t>(0).data(), input);
      EXPECT_EQ(session->output<std::int8_t>(0).data(), output);
    }
  }
}

TEST_F(SessionTest, OutputsStayWhileTheNextInputsAreFilled) {
  Result<Session> session = Session::create(model());
  std::mt19937 random(3);
  const Buffers inputs = random_inputs(graph_.model, random);
  set_inputs(*session, inputs);
  session->run();
  set_inputs(*session, random_inputs(graph_.model, random));
  EXPECT_EQ(get_outputs(*session, 1), expected_outputs(graph_.model, inputs));
}

TEST_F(SessionTest, StepsOneByOneAreARun) {
  Result<Plan> plan = Plan::create(model(), {.threads = 2});
  Result<Session> session = Session::create(*plan);
  std::mt19937 random(4);
  const Buffers inputs = random_inputs(graph_.model, random);
  set_inputs(*session, inputs);
  for (std::size_t step = 0; step < plan->step_count(); ++step) session->run_step(step);
  EXPECT_EQ(get_outputs(*session, 1), expected_outputs(graph_.model, inputs));
}

TEST_F(SessionTest, OutlivesThePlanAndTheModelItIsMadeFrom) {
  std::mt19937 random(5);
  const Buffers inputs = random_inputs(graph_.model, random);
  Result<Session> session = [&] {
    Result<Model> own_model = Model::from_buffer(file_);
    Result<Plan> own_plan = Plan::create(*own_model);
    return Session::create(*own_plan);
  }();
  set_inputs(*session, inputs);
  session->run();
  EXPECT_EQ(get_outputs(*session, 1), expected_outputs(graph_.model, inputs));
}

TEST_F(SessionTest, ManyOnOnePlanRunAtOnce) {
  Result<Plan> plan = Plan::create(model(), {.threads = 2});
  std::mt19937 random(6);
  std::vector<Buffers> inputs;
  for (int i = 0; i < 8; ++i) inputs.push_back(random_inputs(graph_.model, random));
  std::vector<Buffers> outputs(inputs.size());
  std::vector<std::thread> users;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    users.emplace_back([&, i] {
      Result<Session> session = Session::create(*plan);
      for (int run = 0; run < 50; ++run) {
        set_inputs(*session, inputs[i]);
        session->run();
      }
      outputs[i] = get_outputs(*session, 1);
    });
  }
  for (std::thread& user : users) user.join();
  for (std::size_t i = 0; i < inputs.size(); ++i) EXPECT_EQ(outputs[i], expected_outputs(graph_.model, inputs[i]));
}

// Convolutions large enough to be shared among eight threads, whose ranges do not divide evenly.
TEST(SessionThreads, AnyNumberGivesTheSameBytes) {
  ModelBuilder graph("wide");
  const int x = graph.input("x", {1, 31, 29, 8});
  const int weights = graph.random_constant("weights", {24, 3, 3, 8});
  qfb::Conv2DT conv;
  conv.window = window(1, 1);
  conv.accumulation = graph.accumulation(weights, -1);
  const int y = graph.add(std::move(conv), {x, weights, -1}, "conv", {1, 31, 29, 24});
  const int depthwise_weights = graph.random_constant("depthwise_weights", {1, 3, 3, 24});
  qfb::DepthwiseConv2DT depthwise;
  depthwise.window = window(1, 1);
  depthwise.accumulation = graph.accumulation(depthwise_weights, -1, /*depthwise=*/true);
  const int z = graph.add(std::move(depthwise), {y, depthwise_weights, -1}, "depthwise", {1, 31, 29, 24});
  qfb::SoftmaxT softmax;
  softmax.rescale = new_rescale(23);
  softmax.diff_min = -248;
  graph.output(graph.add(std::move(softmax), {z}, "softmax", {1, 31, 29, 24}));
  std::mt19937 random(7);
  const Buffers inputs = random_inputs(graph.model, random);
  const Buffers expected = expected_outputs(graph.model, inputs);
  for (const std::string& row : available_rows()) {
    for (const int threads : {1, 2, 3, 8}) {
      EXPECT_EQ(run_model(graph.model, inputs, {.threads = threads, .isa = row.c_str()}), expected)
          << row << ", " << threads << " threads";
    }
  }
}

}  // namespace
}  // namespace qrun::test
