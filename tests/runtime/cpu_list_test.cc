#include "runtime/cpu_list.h"

#include <gtest/gtest.h>

#include <numeric>

namespace qrun::runtime {
namespace {

using Cpus = std::vector<int>;

TEST(CpuList, NumbersAndRangesInTheirOrder) {
  EXPECT_EQ(parse_cpu_list("0"), Cpus{0});
  EXPECT_EQ(parse_cpu_list("4-7"), (Cpus{4, 5, 6, 7}));
  EXPECT_EQ(parse_cpu_list("0,2,4-5"), (Cpus{0, 2, 4, 5}));
  EXPECT_EQ(parse_cpu_list("7,1-2,0"), (Cpus{7, 1, 2, 0}));
  EXPECT_EQ(parse_cpu_list("3-3"), Cpus{3});
  EXPECT_EQ(parse_cpu_list("1,1"), (Cpus{1, 1}));
  EXPECT_EQ(parse_cpu_list("007"), Cpus{7});
}

TEST(CpuList, Strides) {
  EXPECT_EQ(parse_cpu_list("0-6:2"), (Cpus{0, 2, 4, 6}));
  EXPECT_EQ(parse_cpu_list("1-6:2,9"), (Cpus{1, 3, 5, 9}));
  EXPECT_EQ(parse_cpu_list("0-3:100"), Cpus{0});
}

TEST(CpuList, WhatIsNoList) {
  for (const char* text : {"",
                           ",",
                           "0,",
                           ",0",
                           "0,,1",
                           "a",
                           "0a",
                           "-",
                           "-1",
                           "+1",
                           "4-",
                           "3-1",
                           "0 1",
                           " 0",
                           "0\n",
                           "0x1",
                           "1.5",
                           "4:2",
                           "0-3:0",
                           "0-3:",
                           "0-3:-1",
                           "0-3-5",
                           "0-3:1:1",
                           "99999999",
                           "99999999999999999999",
                           "0-99999999999999999999"}) {
    EXPECT_EQ(parse_cpu_list(text), std::nullopt) << text;
  }
  EXPECT_EQ(parse_cpu_list(std::string_view("0\0", 2)), std::nullopt);
}

TEST(CpuList, NoRangeExhaustsMemory) {
  ASSERT_TRUE(parse_cpu_list("0-1023"));
  EXPECT_EQ(parse_cpu_list("0-1023")->size(), 1024U);
  EXPECT_EQ(parse_cpu_list("0-1024"), std::nullopt);
  EXPECT_EQ(parse_cpu_list("0-1000,0-1000"), std::nullopt);
  EXPECT_EQ(parse_cpu_list("1048000-1048576")->back(), 1048576);
}

TEST(CpuList, AsText) {
  EXPECT_EQ(cpu_list_text(Cpus{}), "");
  EXPECT_EQ(cpu_list_text(Cpus{3}), "3");
  EXPECT_EQ(cpu_list_text(Cpus{0, 1}), "0-1");
  EXPECT_EQ(cpu_list_text(Cpus{0, 1, 2, 5, 7, 8}), "0-2,5,7-8");
  Cpus all(1024);
  std::iota(all.begin(), all.end(), 0);
  EXPECT_EQ(cpu_list_text(all), "0-1023");
  EXPECT_EQ(parse_cpu_list(cpu_list_text(all)), all);
}

}  // namespace
}  // namespace qrun::runtime
