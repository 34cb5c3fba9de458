#include "runtime/cpu_affinity.h"

#include <gtest/gtest.h>

#include <thread>

namespace qrun::runtime {
namespace {

// In a thread of its own: a test must not move the others.
template <class Body>
void on_a_thread(Body body) {
  std::thread(body).join();
}

TEST(CpuAffinity, AThreadLeavesACpuForAnother) {
  if (usable_cpu_count() < 2) GTEST_SKIP() << "there is one CPU";
  if (current_cpu() < 0) GTEST_SKIP() << "the system does not say which CPU a thread is on";
  on_a_thread([] {
    const unsigned usable = usable_cpu_count();
    int moved = 0;
    for (int i = 0; i < 20; ++i) {
      const int cpu = current_cpu();
      leave_cpu(cpu);
      if (current_cpu() != cpu) ++moved;
      EXPECT_EQ(usable_cpu_count(), usable) << "it may use as many as before";
    }
    EXPECT_GE(moved, 10) << "the scheduler may have brought it back, but hardly ever at once";
  });
}

TEST(CpuAffinity, WhatIsNoCpuIsNotLeft) {
  on_a_thread([] {
    const unsigned usable = usable_cpu_count();
    for (const int cpu : {-1, 1 << 20}) leave_cpu(cpu);
    EXPECT_EQ(usable_cpu_count(), usable);
    EXPECT_GE(usable, 1U);
  });
}

TEST(CpuAffinity, AThreadIsKeptOnCpus) {
  const std::vector<int> usable = usable_cpus();
  if (usable.empty()) GTEST_SKIP() << "the system does not tell";
  EXPECT_EQ(usable.size(), usable_cpu_count());
  on_a_thread([&] {
    for (const int cpu : usable) {
      EXPECT_TRUE(keep_on_cpus({{cpu}}));
      EXPECT_EQ(current_cpu(), cpu);
      EXPECT_EQ(usable_cpus(), std::vector{cpu});
    }
    EXPECT_TRUE(keep_on_cpus(usable));
    EXPECT_EQ(usable_cpus(), usable);
  });
}

TEST(CpuAffinity, WhatIsNoCpuKeepsNobody) {
  on_a_thread([] {
    const std::vector<int> usable = usable_cpus();
    EXPECT_FALSE(keep_on_cpus({{-1}}));
    EXPECT_FALSE(keep_on_cpus({{1 << 20}}));
    EXPECT_FALSE(keep_on_cpus({}));
    EXPECT_EQ(usable_cpus(), usable);
  });
}

}  // namespace
}  // namespace qrun::runtime
