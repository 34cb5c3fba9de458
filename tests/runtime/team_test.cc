// How many threads, and where: what is asked for, what the machine is, and every refusal.

#include "runtime/team.h"

#include <gtest/gtest.h>

#include <thread>

#include "runtime/cpu_affinity.h"
#include "runtime/cpu_list.h"
#include "tests/runtime/fake_sysfs.h"

namespace qrun::runtime {
namespace {

class Teams : public ::testing::Test {
 protected:
  static void expect_refused(int threads, const std::string& cpu_list, qrun_code code, const std::string& message) {
    const Result<Team> team = choose_team(threads, cpu_list);
    ASSERT_FALSE(team.ok()) << cpu_list;
    EXPECT_EQ(team.status().code, code);
    EXPECT_EQ(team.status().message, message);
  }

  const std::vector<int> usable_ = usable_cpus();
  const std::string all_ = cpu_list_text(usable_);
};

TEST_F(Teams, OneThreadIsTheDefault) {
  Result<Team> team = choose_team(0, "");
  ASSERT_TRUE(team.ok());
  EXPECT_EQ(team->threads, 1);
  EXPECT_TRUE(team->cpus.empty());
  EXPECT_TRUE(take_place(*team, 0));
}

TEST_F(Teams, AsManyThreadsAsTheListNames) {
  if (usable_.empty()) GTEST_SKIP() << "the system does not tell";
  Result<Team> team = choose_team(0, all_);
  ASSERT_TRUE(team.ok()) << team.status().message;
  EXPECT_EQ(team->threads, static_cast<int>(usable_.size()));
  EXPECT_EQ(team->cpus, usable_);
  EXPECT_TRUE(team->pinned);
}

TEST_F(Teams, TheFirstOfALongerList) {
  if (usable_.empty()) GTEST_SKIP() << "the system does not tell";
  Result<Team> team = choose_team(1, all_);
  ASSERT_TRUE(team.ok());
  EXPECT_EQ(team->threads, 1);
  EXPECT_EQ(team->cpus, std::vector{usable_[0]});
}

TEST_F(Teams, EachThreadTakesItsPlace) {
  if (usable_.size() < 2) GTEST_SKIP() << "there is one CPU";
  Result<Team> team = choose_team(0, std::to_string(usable_[1]) + "," + std::to_string(usable_[0]));
  ASSERT_TRUE(team.ok());
  for (const int thread : {0, 1}) {
    std::thread([&] {
      EXPECT_TRUE(take_place(*team, thread));
      EXPECT_EQ(usable_cpus(), std::vector{usable_[static_cast<std::size_t>(1 - thread)]});
    }).join();
  }
}

TEST_F(Teams, FastCpusWithoutAList) {
  if (usable_.size() < 2) GTEST_SKIP() << "there is one CPU";
  const FakeSysfs sysfs;
  for (const int cpu : usable_) {
    sysfs.write("devices/system/cpu/cpu" + std::to_string(cpu) + "/cpu_capacity",
                cpu == usable_[0] ? "300\n" : "900\n");
  }
  Result<Team> team = choose_team(2, "", sysfs.path());
  ASSERT_TRUE(team.ok());
  EXPECT_FALSE(team->pinned);
  EXPECT_EQ(team->cpus, usable_.size() == 2 ? usable_ : std::vector(usable_.begin() + 1, usable_.end()));
  EXPECT_TRUE(choose_team(1, "", sysfs.path())->cpus.empty()) << "the caller's thread is the caller's matter";
}

TEST_F(Teams, NoCpusWhereNothingIsKnown) {
  const FakeSysfs nothing;
  EXPECT_TRUE(choose_team(2, "", nothing.path())->cpus.empty());
}

TEST_F(Teams, Refusals) {
  if (usable_.empty()) GTEST_SKIP() << "the system does not tell";
  const std::string first = std::to_string(usable_[0]);
  expect_refused(-1, "", QRUN_INVALID_ARGUMENT, "threads is -1; it must be in 1..256");
  expect_refused(257, "", QRUN_INVALID_ARGUMENT, "threads is 257; it must be in 1..256");
  expect_refused(-1, first, QRUN_INVALID_ARGUMENT, "threads is -1; it must be in 1..256");
  expect_refused(0, "0-256", QRUN_INVALID_ARGUMENT, "threads is 257; it must be in 1..256");
  expect_refused(0, "4-x", QRUN_INVALID_ARGUMENT,
                 "the CPU list '4-x' cannot be read; give numbers and ranges without spaces, the smaller first, as in "
                 "0,2,4-7 or 0-6:2");
  expect_refused(0, "3,0-3", QRUN_INVALID_ARGUMENT, "the CPU list names CPU 3 twice; name each once");
  expect_refused(2, first, QRUN_INVALID_ARGUMENT,
                 "the CPU list has 1 CPU for 2 threads; list one for each thread, or use fewer threads");
  expect_refused(0, first + ",999999", QRUN_UNSUPPORTED,
                 "CPU 999999 does not exist, is offline or is not allowed to this thread, which may use " + all_ +
                     "; list those, or allow more (taskset, cpuset)");
}

TEST_F(Teams, ACpuThatTheThreadMayNotUse) {
  if (usable_.size() < 2) GTEST_SKIP() << "there is one CPU";
  std::thread([this] {
    ASSERT_TRUE(keep_on_cpus({{usable_[0]}}));
    const std::string first = std::to_string(usable_[0]), second = std::to_string(usable_[1]);
    expect_refused(0, second, QRUN_UNSUPPORTED,
                   "CPU " + second + " does not exist, is offline or is not allowed to this thread, which may use " +
                       first + "; list those, or allow more (taskset, cpuset)");
  }).join();
}

}  // namespace
}  // namespace qrun::runtime
