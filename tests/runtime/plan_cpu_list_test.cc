// qrun_plan_options.cpu_list through the public interface: who is pinned, who is not, and the same bytes.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "qrun/qrun.hpp"
#include "runtime/cpu_affinity.h"
#include "runtime/cpu_list.h"
#include "tests/support/sample_models.h"

namespace qrun::test {
namespace {

using runtime::cpu_list_text;
using runtime::usable_cpus;

// In a thread of its own, which may be pinned without harm to other tests.
template <class Body>
void on_a_thread(Body body) {
  std::thread(body).join();
}

// The lists of CPUs that this process's threads may use, as the system tells; sorted.
std::vector<std::string> lists_of_all_threads() {
  constexpr std::string_view kKey = "Cpus_allowed_list:\t";
  std::vector<std::string> lists;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream status(task.path() / "status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with(kKey)) lists.push_back(line.substr(kKey.size()));
    }
  }
  std::sort(lists.begin(), lists.end());
  return lists;
}

class PlanCpuList : public ::testing::Test {
 protected:
  PlanCpuList() : bytes_(finish(sample_model("Network").model)), model_(Model::from_buffer(bytes_)) {}

  const std::vector<int> usable_ = usable_cpus();
  const Bytes bytes_;
  const Result<Model> model_;
};

TEST_F(PlanCpuList, ThreadsAreAsManyAsItNames) {
  if (usable_.size() < 2) GTEST_SKIP() << "there is one CPU";
  const std::string both = cpu_list_text(std::span(usable_).first(2));
  EXPECT_EQ(Plan::create(*model_, {.cpu_list = both.c_str()})->threads(), 2);
  EXPECT_EQ(Plan::create(*model_, {.threads = 1, .cpu_list = both.c_str()})->threads(), 1);
  EXPECT_EQ(Plan::create(*model_, {.threads = 2})->threads(), 2);
  for (const char* none : {"", static_cast<const char*>(nullptr)}) {
    EXPECT_EQ(Plan::create(*model_, {.cpu_list = none})->threads(), 1);
  }
}

TEST_F(PlanCpuList, PinsTheSessionsThreadsAndTheCallerOnlyWhenAsked) {
  if (usable_.size() < 2) GTEST_SKIP() << "there is one CPU";
  on_a_thread([this] {
    const std::string first = std::to_string(usable_[0]), second = std::to_string(usable_[1]);
    const std::string list = second + "," + first;
    std::vector<std::string> lists = lists_of_all_threads();
    const auto plan = Plan::create(*model_, {.cpu_list = list.c_str()});
    ASSERT_TRUE(plan) << plan.status().message();
    const auto session = Session::create(*plan);
    ASSERT_TRUE(session) << session.status().message();
    EXPECT_EQ(usable_cpus(), usable_);
    lists.push_back(first);  // the session's one thread of its own is its second
    std::sort(lists.begin(), lists.end());
    EXPECT_EQ(lists_of_all_threads(), lists);
    EXPECT_TRUE(plan->pin_caller().ok());
    EXPECT_EQ(usable_cpus(), std::vector{usable_[1]});
  });
}

TEST_F(PlanCpuList, WithoutOneTheCallerStaysWhereItIs) {
  on_a_thread([this] {
    const auto plan = Plan::create(*model_, {.threads = 1});
    ASSERT_TRUE(plan);
    EXPECT_TRUE(plan->pin_caller().ok());
    EXPECT_EQ(usable_cpus(), usable_);
  });
}

TEST_F(PlanCpuList, TheBytesAreTheSame) {
  if (usable_.empty()) GTEST_SKIP() << "the system does not tell";
  const std::string list = cpu_list_text(usable_);
  std::vector<std::vector<std::byte>> outputs;
  for (const char* cpu_list : {"", list.c_str()}) {
    auto session = Session::create(*model_, {.cpu_list = cpu_list});
    ASSERT_TRUE(session) << session.status().message();
    std::byte next{1};
    for (std::byte& byte : session->input<std::byte>(0)) {
      byte = next;
      next = std::byte(std::to_integer<int>(next) * 7 + 3);
    }
    session->run();
    const auto output = session->output<std::byte>(0);
    outputs.emplace_back(output.begin(), output.end());
  }
  EXPECT_EQ(outputs[0], outputs[1]);
}

TEST_F(PlanCpuList, Refusals) {
  const auto code_of = [this](const char* list) { return Plan::create(*model_, {.cpu_list = list}).status().code(); };
  for (const char* list : {"x", "0,", "0-", "0,0"}) EXPECT_EQ(code_of(list), QRUN_INVALID_ARGUMENT) << list;
  EXPECT_EQ(code_of("1000000"), QRUN_UNSUPPORTED);
}

}  // namespace
}  // namespace qrun::test
