// qbench: names, units, counters, and mistakes found before anything is measured.

#include <sched.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/support/sample_models.h"
#include "tests/tools/command_fixture.h"

namespace qrun::test {
namespace {

using nlohmann::json;

class Qbench : public CommandTest {
 protected:
  Qbench() : model_(write_model("net.qfb", sample_model("Network").model)) {}

  static Finished qbench(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), QBENCH_COMMAND);
    return run_process(arguments);
  }

  json benchmarks(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--benchmark_min_time=0.001", "--benchmark_format=json"});
    const Finished finished = qbench(arguments);
    EXPECT_EQ(finished.exit_status, 0) << finished.err;
    return json::parse(finished.out)["benchmarks"];
  }

  const std::string model_;
};

std::vector<std::string> names(const json& benchmarks) {
  std::vector<std::string> list;
  for (const json& benchmark : benchmarks) list.push_back(benchmark["name"]);
  return list;
}

TEST_F(Qbench, NamesModelsAndThreads) {
  const json results = benchmarks({model_, write_model("other.qfb", identity_model()), "--threads", "1,2"});
  EXPECT_EQ(names(results),
            (std::vector<std::string>{"net/threads:1", "net/threads:2", "other/threads:1", "other/threads:2"}));
  for (const json& result : results) {
    EXPECT_EQ(result["time_unit"], "us");
    EXPECT_GT(result["real_time"], 0.0);
  }
  EXPECT_GT(results[0]["GMAC/s"], 0.0);
  EXPECT_FALSE(results[2].contains("GMAC/s"));  // it has no products
}

TEST_F(Qbench, NamesInstructionSetsWhereThereAreSeveral) {
  EXPECT_EQ(names(benchmarks({model_, "--isa", "reference,reference_u8"})),
            (std::vector<std::string>{"net/threads:1/isa:reference", "net/threads:1/isa:reference_u8"}));
  EXPECT_EQ(names(benchmarks({model_, "--isa", "reference"})), (std::vector<std::string>{"net/threads:1"}));
}

TEST_F(Qbench, PinsThreadsToAListOfCpus) {
  const std::string cpu = std::to_string(::sched_getcpu());
  EXPECT_EQ(names(benchmarks({model_, "--cpu-list", cpu})), (std::vector<std::string>{"net/threads:1"}));
  expect_failure(qbench({model_, "--cpu-list", cpu, "--threads", "1,2"}), 2, "qbench", "has 1 CPU for 2 threads");
  expect_failure(qbench({model_, "--cpu-list", "x"}), 2, "qbench", "the CPU list 'x' cannot be read");
  expect_failure(qbench({model_, "--cpu-list", "900"}), 1, "qbench", "CPU 900 does not exist");
}

TEST_F(Qbench, CountsTheSamplesOfABatch) {
  const json results = benchmarks({model_, "--batch", "1,8"});
  EXPECT_EQ(names(results), (std::vector<std::string>{"net/threads:1/batch:1", "net/threads:1/batch:8"}));
  // Both rates are of the same seconds, so their ratio is exact: the multiply-accumulates of a sample.
  const auto macs_of_a_sample = [](const json& result) {
    return std::lround(result["GMAC/s"].get<double>() * 1e9 / result["items_per_second"].get<double>());
  };
  EXPECT_GT(macs_of_a_sample(results[0]), 0);
  EXPECT_EQ(macs_of_a_sample(results[1]), macs_of_a_sample(results[0]));
  EXPECT_EQ(names(benchmarks({model_, "--batch", "3"})), (std::vector<std::string>{"net/threads:1/batch:3"}));
}

TEST_F(Qbench, PassesGoogleBenchmarksFlagsOn) {
  EXPECT_EQ(names(benchmarks({model_, "--threads", "1,2", "--benchmark_filter=threads:2"})),
            (std::vector<std::string>{"net/threads:2"}));
}

// Debian's library has its assertions; the timed loop is qbench's own.
TEST_F(Qbench, DoesNotWarnOfADebugBuild) {
  const Finished finished = qbench({model_, "--benchmark_min_time=0.001"});
  EXPECT_EQ(finished.exit_status, 0);
  EXPECT_NE(finished.out.find("net/threads:1"), std::string::npos) << finished.out;
  EXPECT_NE(finished.err.find("Run on ("), std::string::npos) << finished.err;
  EXPECT_EQ(finished.err.find("DEBUG"), std::string::npos) << finished.err;
}

TEST_F(Qbench, Errors) {
  expect_failure(qbench({}), 2, "qbench", "MODEL.qfb is required");
  expect_failure(qbench({model_, "--threads", "0"}), 2, "qbench", "--threads");
  expect_failure(qbench({model_, "--batch", "0"}), 2, "qbench", "--batch");
  expect_failure(qbench({model_, "--isa", "abacus"}), 2, "qbench", "unknown instruction set 'abacus'");
  expect_failure(qbench({model_, "--benchmark_nonsense=1"}), 2, "qbench", "--benchmark_nonsense=1");
  expect_failure(qbench({model_, path("missing")}), 1, "qbench",
                 path("missing") + ": No such file or directory; check");
  expect_failure(qbench({path("")}), 1, "qbench", path("") + ": is a directory; give a .qfb file");
}

}  // namespace
}  // namespace qrun::test
