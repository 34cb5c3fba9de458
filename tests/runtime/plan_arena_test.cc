// The arena's layout by itself.

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "runtime/plan/arena.h"

namespace qrun::runtime {
namespace {

TEST(Arena, NothingNeedsNothing) { EXPECT_EQ(lay_out_arena({}), 0U); }

TEST(Arena, BuffersThatNeverMeetShareMemory) {
  std::vector<ArenaBuffer> buffers = {{100, 0, 1}, {300, 2, 3}, {64, 4, 4}};
  EXPECT_EQ(lay_out_arena(buffers), 320U);
  for (const ArenaBuffer& buffer : buffers) EXPECT_EQ(buffer.offset, 0U);
}

TEST(Arena, BuffersThatMeetInOneStepDoNot) {
  std::vector<ArenaBuffer> buffers = {{100, 0, 1}, {300, 1, 2}};
  EXPECT_EQ(lay_out_arena(buffers), 448U);
  EXPECT_EQ(buffers[1].offset, 0U);  // the largest first
  EXPECT_EQ(buffers[0].offset, 320U);
}

TEST(Arena, TakesTheSmallestGapThatFits) {
  // The five largest lie one behind another; two of them are gone when the last one lives.
  std::vector<ArenaBuffer> buffers = {{640, 0, 9}, {512, 0, 4}, {448, 0, 9}, {320, 0, 4}, {256, 0, 9}, {192, 5, 9}};
  EXPECT_EQ(lay_out_arena(buffers), 640U + 512 + 448 + 320 + 256);
  EXPECT_EQ(buffers[5].offset, 640U + 512 + 448);  // in the gap of 320, not in that of 512
}

TEST(Arena, AnotherOrderServesWhereTheLargestFirstIsNotTheBest) {
  // The largest first, they would take 704 and 832 bytes.
  std::vector<ArenaBuffer> longer = {{256, 4, 4}, {256, 2, 2}, {256, 1, 3}, {192, 3, 4}};
  EXPECT_EQ(lay_out_arena(longer), 512U);
  std::vector<ArenaBuffer> earlier = {{256, 1, 2}, {192, 2, 4}, {128, 2, 3}, {384, 1, 1}, {256, 3, 3}};
  EXPECT_EQ(lay_out_arena(earlier), 640U);
  std::mt19937 random(4);
  for (int round = 0; round < 100; ++round) {
    std::vector<ArenaBuffer> many(1 + random() % 12);
    for (ArenaBuffer& buffer : many) {
      buffer.bytes = 64 * (1 + random() % 20);
      buffer.first = static_cast<std::int32_t>(random() % 12);
      buffer.last = buffer.first + static_cast<std::int32_t>(random() % 5);
    }
    EXPECT_GE(lay_out_arena(many), arena_lower_bound(many));
  }
}

TEST(Arena, OutputsSurviveTheFillingOfTheNextInputs) {
  std::vector<ArenaBuffer> buffers = {{64, -1, 0, true, false}, {64, 1, 2, false, false}, {64, 2, 3, false, true}};
  EXPECT_EQ(lay_out_arena(buffers), 128U);
  EXPECT_NE(buffers[0].offset, buffers[2].offset);
  EXPECT_EQ(buffers[0].offset, buffers[1].offset);
}

TEST(Arena, TheLowerBoundIsTheBusiestStepOrTheEdges) {
  EXPECT_EQ(arena_lower_bound({}), 0U);
  // 128 + 320 bytes at step 1.
  const std::vector<ArenaBuffer> buffers = {{100, 0, 1}, {300, 1, 2}, {64, 3, 4}};
  EXPECT_EQ(arena_lower_bound(buffers), 448U);
  const std::vector<ArenaBuffer> edges = {{640, -1, 0, true, false}, {64, 1, 2}, {640, 3, 4, false, true}};
  EXPECT_EQ(arena_lower_bound(edges), 1280U);
}

TEST(Arena, TheLowerBoundIsWhatCountingStepByStepGives) {
  std::mt19937 random(3);
  for (int round = 0; round < 200; ++round) {
    std::vector<ArenaBuffer> buffers(1 + random() % 40);
    for (ArenaBuffer& buffer : buffers) {
      buffer.bytes = 1 + random() % 3000;
      buffer.first = static_cast<std::int32_t>(random() % 40) - 1;
      buffer.last = buffer.first + static_cast<std::int32_t>(random() % 10);
    }
    std::uint64_t most = 0;
    for (std::int32_t step = -1; step < 50; ++step) {
      std::uint64_t alive = 0;
      for (const ArenaBuffer& buffer : buffers) {
        if (buffer.first <= step && step <= buffer.last) alive += align_up(buffer.bytes);
      }
      most = std::max(most, alive);
    }
    EXPECT_EQ(arena_lower_bound(buffers), most) << "round " << round;
  }
}

TEST(Arena, HugeSizesAreCountedIn64Bits) {
  constexpr std::uint64_t kHuge = (std::uint64_t{1} << 31) - 1;
  std::vector<ArenaBuffer> buffers(16, {kHuge, 0, 1});
  EXPECT_EQ(lay_out_arena(buffers), std::uint64_t{16} << 31);
}

TEST(Arena, RandomLayoutsNeverOverlap) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    std::vector<ArenaBuffer> buffers(1 + random() % 60);
    for (ArenaBuffer& buffer : buffers) {
      buffer.bytes = 1 + random() % 3000;
      buffer.first = static_cast<std::int32_t>(random() % 40);
      buffer.last = buffer.first + static_cast<std::int32_t>(random() % 10);
    }
    const std::uint64_t total = lay_out_arena(buffers);
    EXPECT_GE(total, arena_lower_bound(buffers));
    // By time, independently of the layout's own idea of a conflict: who owns each byte at each step.
    for (std::int32_t step = 0; step < 50; ++step) {
      std::vector<bool> taken(static_cast<std::size_t>(total), false);
      for (const ArenaBuffer& buffer : buffers) {
        if (step < buffer.first || step > buffer.last) continue;
        EXPECT_EQ(buffer.offset % 64, 0U);
        ASSERT_LE(buffer.offset + buffer.bytes, total);
        for (auto b = static_cast<std::size_t>(buffer.offset); b < buffer.offset + buffer.bytes; ++b) {
          ASSERT_FALSE(taken[b]) << "round " << round << ", step " << step;
          taken[b] = true;
        }
      }
    }
  }
}

}  // namespace
}  // namespace qrun::runtime
