// What the commands share, where running a command would not show it.

#include <csignal>
#include <numeric>

#include "runtime/tools/common/command.h"
#include "runtime/tools/common/input_file.h"
#include "runtime/tools/common/output_file.h"
#include "runtime/tools/common/statistics.h"
#include "runtime/tools/common/table.h"
#include "tests/tools/command_fixture.h"

namespace qrun::test {
namespace {

TEST(Statistics, MedianAndPercentiles) {
  std::vector<tools::Nanoseconds> samples(100);
  std::iota(samples.rbegin(), samples.rend(), 1);  // 100 down to 1
  for (tools::Nanoseconds& sample : samples) sample *= 1000;
  const tools::Latency latency = tools::summarize(samples);
  EXPECT_EQ(latency.min_us, 1.0);
  EXPECT_EQ(latency.median_us, 50.5);
  EXPECT_EQ(latency.p90_us, 90.0);
  EXPECT_EQ(latency.p99_us, 99.0);
}

TEST(Statistics, OneSampleIsAllOfThem) {
  const tools::Latency latency = tools::summarize({1500});
  EXPECT_EQ(latency.min_us, 1.5);
  EXPECT_EQ(latency.median_us, 1.5);
  EXPECT_EQ(latency.p90_us, 1.5);
  EXPECT_EQ(latency.p99_us, 1.5);
}

TEST(Statistics, Rates) {
  EXPECT_EQ(tools::giga_per_second(5'000, 2.0), 2.5);
  EXPECT_EQ(tools::giga_per_second(5'000, 0.0), 0.0);
}

TEST(TableText, AlignsColumns) {
  tools::Table table({"name", ">count"});
  table.add({"a", "1000000"});
  table.add({"longer", ""});
  EXPECT_EQ(table.text(),
            "name      count\n"
            "a       1000000\n"
            "longer\n");
}

TEST(TableText, CountsInGrammar) {
  EXPECT_EQ(tools::counted(1, "class", "classes"), "1 class");
  EXPECT_EQ(tools::counted(0, "input"), "0 inputs");
  EXPECT_EQ(tools::counted(2, "class", "classes"), "2 classes");
}

TEST(TableText, ShortensFromTheFront) {
  EXPECT_EQ(tools::shorten("short", 5), "short");
  EXPECT_EQ(tools::shorten("model/layer/Relu", 7), "...Relu");
}

using Files = CommandTest;

TEST_F(Files, LinesOfAnyEnding) {
  EXPECT_EQ(tools::read_lines(write("l", "a\r\n\nb")), (std::vector<std::string>{"a", "", "b"}));
  EXPECT_EQ(tools::read_lines(write("l", "a\n")), (std::vector<std::string>{"a"}));
  EXPECT_TRUE(tools::read_lines(write("l", "")).empty());
}

TEST_F(Files, SizeThatTheSystemDoesNotTell) {
  EXPECT_FALSE(tools::read_file("/proc/self/stat").empty());  // its st_size is 0
}

TEST_F(Files, WithoutCommitNothingIsWritten) {
  {
    tools::OutputFile file(path("y"));
    EXPECT_EQ(listing().size(), 1u) << "the temporary stands beside it";
    file.close();
  }
  EXPECT_TRUE(listing().empty());
}

TEST_F(Files, ASignalRemovesTheTemporary) {
  write("y", "old");
  const auto interrupted = [&] {
    tools::OutputFile file(path("y"));
    std::raise(SIGTERM);
  };
  EXPECT_EXIT(interrupted(), ::testing::KilledBySignal(SIGTERM), "");
  EXPECT_EQ(listing(), (std::vector<std::string>{"y"}));
  EXPECT_EQ(read("y"), "old");
}

TEST_F(Files, SameFileByLinkOrSpelling) {
  write("y", "");
  std::filesystem::create_hard_link(path("y"), path("hard"));
  EXPECT_TRUE(tools::same_file(path("y"), path("hard")));
  EXPECT_TRUE(tools::same_file(path("new"), path("./new")));
  EXPECT_FALSE(tools::same_file(path("y"), path("new")));
}

}  // namespace
}  // namespace qrun::test
