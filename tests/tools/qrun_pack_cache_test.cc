// qrun --pack-cache: the same answers, from processes at once, and failures that say what to do.

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/tools/command_fixture.h"

namespace qrun::test {
namespace {

// Large enough for its packing to take a while.
qfb::ModelT wide_model() {
  ModelBuilder graph("wide");
  const int x = graph.input("x", {1, 1024});
  const int weights = graph.random_constant("weights", {512, 1024});
  qfb::FullyConnectedT parameters;
  parameters.accumulation = graph.accumulation(weights, -1);
  graph.output(graph.add(std::move(parameters), {x, weights}, "y", {1, 512}));
  return std::move(graph.model);
}

class QrunPackCache : public CommandTest {
 protected:
  QrunPackCache()
      : model_(write_model("wide.qfb", wide_model())),
        input_(write("x", std::string(1024, 'q'))),
        cache_(path("cache")) {
    std::filesystem::create_directory(cache_);
  }
  Finished digest(const std::vector<std::string>& more) const {
    std::vector<std::string> arguments = {model_, input_, "--digest"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return qrun(arguments);
  }
  std::ptrdiff_t files() const { return std::distance(std::filesystem::directory_iterator(cache_), {}); }

  const std::string model_, input_, cache_;
};

TEST_F(QrunPackCache, GivesTheSameAnswers) {
  const std::string expected = digest({}).out;
  ASSERT_FALSE(expected.empty());
  for (const char* threads : {"1", "2", "3", "8"}) {
    EXPECT_EQ(digest({"--pack-cache", cache_, "-t", threads}).out, expected);
  }
  EXPECT_EQ(files(), 1);
}

TEST_F(QrunPackCache, ProcessesMayMakeItAtOnce) {
  const std::string expected = digest({}).out;
  for (int round = 0; round < 5; ++round) {
    std::filesystem::remove_all(cache_);
    std::filesystem::create_directory(cache_);
    std::vector<Finished> finished(4);
    std::vector<std::thread> threads;
    threads.reserve(finished.size());
    for (Finished& one : finished) threads.emplace_back([&] { one = digest({"--pack-cache", cache_}); });
    for (std::thread& thread : threads) thread.join();
    for (const Finished& one : finished) {
      EXPECT_EQ(one.exit_status, 0) << one.err;
      EXPECT_EQ(one.out, expected);
    }
    EXPECT_EQ(files(), 1);
  }
}

TEST_F(QrunPackCache, NamesAFolderThatIsNotThere) {
  expect_failure(digest({"--pack-cache", path("none")}), 1, "qrun",
                 "the pack cache " + path("none") + " cannot be written: No such file or directory; check the path");
}

TEST_F(QrunPackCache, TheArenaIsShownBesideItsLowerBound) {
  const auto all = nlohmann::json::parse(qrun({model_, input_, "--json"}).out);
  EXPECT_GE(all["arena_lower_bound"], 1024 + 512);
  EXPECT_GE(all["arena_bytes"], all["arena_lower_bound"]);
  const std::string profile = qrun({model_, input_, "--profile"}).out;
  EXPECT_NE(profile.find("bytes arena (these steps need at least " + all["arena_lower_bound"].dump() + ")"),
            std::string::npos)
      << profile;
}

}  // namespace
}  // namespace qrun::test
