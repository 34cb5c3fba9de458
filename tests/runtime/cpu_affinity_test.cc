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
  if (usable_cpus() < 2) GTEST_SKIP() << "there is one CPU";
  if (current_cpu() < 0) GTEST_SKIP() << "the system does not say which CPU a thread is on";
  on_a_thread([] {
    const unsigned usable = usable_cpus();
    int moved = 0;
    for (int i = 0; i < 20; ++i) {
      const int cpu = current_cpu();
      leave_cpu(cpu);
      if (current_cpu() != cpu) ++moved;
      EXPECT_EQ(usable_cpus(), usable) << "it may use as many as before";
    }
    EXPECT_GE(moved, 10) << "the scheduler may have brought it back, but hardly ever at once";
  });
}

TEST(CpuAffinity, WhatIsNoCpuIsNotLeft) {
  on_a_thread([] {
    const unsigned usable = usable_cpus();
    for (const int cpu : {-1, 1 << 20}) leave_cpu(cpu);
    EXPECT_EQ(usable_cpus(), usable);
    EXPECT_GE(usable, 1U);
  });
}

}  // namespace
}  // namespace qrun::runtime
