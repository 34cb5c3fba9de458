// Random graphs from file to answer: any tensor overwritten too early, any flip too many or too few, any wrong stride
// is a wrong byte somewhere.

#include <gtest/gtest.h>

#include "tests/runtime/running.h"
#include "tests/support/random_graph.h"

namespace qrun::test {
namespace {

class RandomGraphs : public testing::TestWithParam<std::string> {};

TEST_P(RandomGraphs, EqualTheInterpreter) {
  for (std::uint32_t seed = 0; seed < 250; ++seed) {
    std::mt19937 random(seed);
    const ModelBuilder graph = random_graph(random, static_cast<int>(random() % 14), 200);
    const Buffers inputs = random_inputs(graph.model, random);
    const PlanOptions options{.isa = GetParam().c_str(), .preserve_inputs = seed % 2 == 1};
    ASSERT_EQ(run_model(graph.model, inputs, options), expected_outputs(graph.model, inputs)) << "seed " << seed;
  }
}

TEST_P(RandomGraphs, PreserveTheirInputsWhereAsked) {
  for (std::uint32_t seed = 0; seed < 100; ++seed) {
    std::mt19937 random(seed);
    const Bytes file = finish(random_graph(random, 8, 100).model);
    Result<Model> model = Model::from_buffer(file);
    ASSERT_TRUE(model.ok()) << model.status().message();
    Result<Session> session = Session::create(*model, {.isa = GetParam().c_str(), .preserve_inputs = true});
    ASSERT_TRUE(session.ok()) << session.status().message();
    for (std::size_t i = 0; i < model->input_count(); ++i) {
      for (std::byte& byte : session->input<std::byte>(i)) byte = static_cast<std::byte>(random());
    }
    Buffers before;
    for (std::size_t i = 0; i < model->input_count(); ++i) {
      const auto bytes = session->input<std::byte>(i);
      before.emplace_back(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                          reinterpret_cast<const std::uint8_t*>(bytes.data()) + bytes.size());
    }
    session->run();
    const Buffers first = get_outputs(*session, model->output_count());
    session->run();
    EXPECT_EQ(get_outputs(*session, model->output_count()), first) << "seed " << seed;
    for (std::size_t i = 0; i < model->input_count(); ++i) {
      const auto bytes = session->input<std::byte>(i);
      EXPECT_TRUE(std::equal(before[i].begin(), before[i].end(), reinterpret_cast<const std::uint8_t*>(bytes.data())));
    }
  }
}

TEST_P(RandomGraphs, GiveTheSameBytesOnAnyNumberOfThreads) {
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    std::mt19937 random(seed);
    const ModelBuilder graph = random_graph(random, 6, 60000);
    const Buffers inputs = random_inputs(graph.model, random);
    const Buffers expected = expected_outputs(graph.model, inputs);
    for (const int threads : {1, 2, 3, 8}) {
      ASSERT_EQ(run_model(graph.model, inputs, {.threads = threads, .isa = GetParam().c_str()}), expected)
          << "seed " << seed << ", " << threads << " threads";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Rows, RandomGraphs, testing::ValuesIn(available_rows()),
                         [](const auto& row) { return row.param; });

}  // namespace
}  // namespace qrun::test
