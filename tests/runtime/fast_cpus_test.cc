// The choice of CPUs on machines of several kinds, whose sysfs is written into a folder.

#include "runtime/fast_cpus.h"

#include <gtest/gtest.h>

#include <numeric>

#include "tests/runtime/fake_sysfs.h"

namespace qrun::runtime {
namespace {

using Cpus = std::vector<int>;

Cpus first(int count) {
  Cpus cpus(static_cast<std::size_t>(count));
  std::iota(cpus.begin(), cpus.end(), 0);
  return cpus;
}

class FastCpus : public ::testing::Test {
 protected:
  Cpus choose(const Cpus& usable, int threads) const { return fast_cpus(usable, threads, sysfs_.path()); }

  const FakeSysfs sysfs_;
};

// Cortex-A55 and A76, four each.
void write_rk3588(const FakeSysfs& sysfs) {
  sysfs.write_capacities({414, 414, 414, 414, 1024, 1024, 1024, 1024});
  sysfs.write_frequencies({1'800'000, 1'800'000, 1'800'000, 1'800'000, 2'400'000, 2'400'000, 2'352'000, 2'352'000});
}

TEST_F(FastCpus, BigOnesWhereTheySuffice) {
  write_rk3588(sysfs_);
  for (const int threads : {1, 2, 4}) EXPECT_EQ(choose(first(8), threads), (Cpus{4, 5, 6, 7})) << threads;
}

TEST_F(FastCpus, AllWhereThereAreMoreThreadsThanBigOnes) {
  write_rk3588(sysfs_);
  for (const int threads : {5, 8}) EXPECT_EQ(choose(first(8), threads), first(8)) << threads;
  EXPECT_EQ(choose(first(8), 9), Cpus()) << "the threads share CPUs as they did";
}

TEST_F(FastCpus, OnlyThoseThatAreUsable) {
  write_rk3588(sysfs_);
  EXPECT_EQ(choose({0, 1, 2, 3}, 2), Cpus()) << "a container of little ones: all alike";
  EXPECT_EQ(choose({5, 6}, 2), Cpus());
  EXPECT_EQ(choose({2, 3, 6, 7}, 2), (Cpus{6, 7}));
  EXPECT_EQ(choose({2, 3, 7}, 2), (Cpus{2, 3, 7})) << "one big one does not suffice";
  EXPECT_EQ(choose({}, 1), Cpus());
}

TEST_F(FastCpus, BigOnesMayComeFirst) {
  sysfs_.write_capacities({1024, 1024, 446, 446, 446, 446});  // as on some boards with A72 and A53
  EXPECT_EQ(choose(first(6), 2), (Cpus{0, 1}));
}

// Cortex-X, A7xx at about 4/5 of it, A510: one, three and four.
TEST_F(FastCpus, PrimeBigAndLittle) {
  sysfs_.write_capacities({325, 325, 325, 325, 820, 820, 820, 1024});
  for (const int threads : {1, 2, 4}) EXPECT_EQ(choose(first(8), threads), (Cpus{4, 5, 6, 7})) << threads;
  EXPECT_EQ(choose(first(8), 5), first(8));
}

TEST_F(FastCpus, AsManyKindsAsAreNeeded) {
  sysfs_.write_capacities({200, 200, 500, 500, 1024});
  EXPECT_EQ(choose(first(5), 1), (Cpus{4}));
  EXPECT_EQ(choose(first(5), 2), (Cpus{2, 3, 4}));
  EXPECT_EQ(choose(first(5), 4), first(5));
}

TEST_F(FastCpus, MachinesOfOneKind) {
  sysfs_.write_capacities({1024, 1024, 1024, 1024});  // as on a Raspberry Pi 4
  sysfs_.write_frequencies({1'800'000, 1'800'000, 1'800'000, 1'800'000});
  for (const int threads : {1, 2, 4}) EXPECT_EQ(choose(first(4), threads), Cpus());
}

TEST_F(FastCpus, FavouredCoresAreOfTheSameKind) {
  sysfs_.write_frequencies({5'100'000, 4'900'000, 4'800'000, 5'000'000});  // which boost a little higher
  EXPECT_EQ(choose(first(4), 2), Cpus());
}

TEST_F(FastCpus, IntelHybrid) {
  sysfs_.write("devices/cpu_core/cpus", "0-3\n");
  sysfs_.write("devices/cpu_atom/cpus", "4-7\n");
  sysfs_.write_frequencies({100, 100, 100, 100, 90, 90, 90, 90});
  EXPECT_EQ(choose(first(8), 4), (Cpus{0, 1, 2, 3}));
  EXPECT_EQ(choose(first(8), 6), first(8));
  EXPECT_EQ(choose({4, 5, 6}, 2), Cpus());
  EXPECT_EQ(choose({1, 2, 9}, 2), Cpus()) << "CPU 9 is of no kind";
}

TEST_F(FastCpus, FrequenciesWhereNothingElseTellsCpusApart) {
  sysfs_.write_frequencies({3'300'000, 3'300'000, 5'100'000, 5'100'000});
  EXPECT_EQ(choose(first(4), 2), (Cpus{2, 3}));
  sysfs_.write_capacities({1024, 1024, 1024, 1024});  // what is there without a device tree's figures
  EXPECT_EQ(choose(first(4), 2), (Cpus{2, 3}));
  sysfs_.write_capacities({1024, 1024, 500, 500});  // frequencies of different cores do not compare
  EXPECT_EQ(choose(first(4), 2), (Cpus{0, 1}));
}

TEST_F(FastCpus, NothingThere) {
  EXPECT_EQ(choose(first(8), 2), Cpus());
  EXPECT_EQ(fast_cpus(first(8), 2, "/nonexistent"), Cpus());
}

TEST_F(FastCpus, WhatIsMissingOrGarbageIsNotGuessed) {
  for (const char* damage : {"", "\n", "fast\n", "0\n", "-1024\n", " 1024\n", "1024", "1024 \n", "1e3\n", "0x400\n",
                             "99999999999999999999\n"}) {
    write_rk3588(sysfs_);
    sysfs_.write_frequencies({1, 1, 1, 1, 1, 1, 1, 1});
    sysfs_.write("devices/system/cpu/cpu6/cpu_capacity", damage);
    EXPECT_EQ(choose(first(8), 2), Cpus()) << damage;
  }
  write_rk3588(sysfs_);
  sysfs_.write_frequencies({1, 1, 1, 1, 1, 1, 1, 1});
  sysfs_.remove("devices/system/cpu/cpu6/cpu_capacity");
  EXPECT_EQ(choose(first(8), 2), Cpus());
  EXPECT_EQ(choose({0, 1, 4, 5}, 2), (Cpus{4, 5})) << "it is not one of those";
}

TEST_F(FastCpus, DamagedListsOfKinds) {
  for (const char* damage : {"", "\n", "4-\n", "4-7", "7-4\n", "0-999999999\n", "all\n"}) {
    sysfs_.write("devices/cpu_core/cpus", "0-3\n");
    sysfs_.write("devices/cpu_atom/cpus", damage);
    EXPECT_EQ(choose(first(8), 2), Cpus()) << damage;
  }
  std::string endless;
  for (int cpu = 0; cpu < 200; ++cpu) endless += std::to_string(cpu) + ",";
  sysfs_.write("devices/cpu_atom/cpus", endless + "200\n");
  EXPECT_EQ(choose(first(8), 2), Cpus());
}

TEST_F(FastCpus, FoldersInPlaceOfFiles) {
  for (int cpu = 0; cpu < 4; ++cpu)
    sysfs_.write("devices/system/cpu/cpu" + std::to_string(cpu) + "/cpu_capacity/x", "");
  EXPECT_EQ(choose(first(4), 2), Cpus());
}

TEST_F(FastCpus, LargeMachinesAreNotRead) {
  sysfs_.write_capacities(std::vector<int>(65, 1024));
  sysfs_.write("devices/system/cpu/cpu0/cpu_capacity", "100\n");
  EXPECT_EQ(choose(first(65), 2), Cpus());
  EXPECT_EQ(choose(first(64), 2).size(), 63U);
}

}  // namespace
}  // namespace qrun::runtime
