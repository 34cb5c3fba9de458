// Packing on several threads: every byte where one thread puts it.

#include "runtime/plan/constant_pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstring>

#include "tests/support/sample_models.h"

namespace qrun::runtime {
namespace {

TEST(ConstantPool, EveryEntryIsFilledOnceOnAnyNumberOfThreads) {
  const test::Bytes bytes = test::finish(test::sample_model("Network").model);
  auto model = Model::borrow(bytes);
  ASSERT_TRUE(model.ok());
  for (const int threads : {1, 2, 3, 8, 256}) {
    ConstantPool pool;
    std::atomic<int> filled{0};
    std::vector<std::pair<Location, std::uint64_t>> entries;
    for (int i = 0; i < 200; ++i) {
      const std::uint64_t size = i % 50 == 0 ? 300'000 : static_cast<std::uint64_t>(1 + i * 37);
      const Location location = pool.add(size, [&filled, size, i](std::uint8_t* destination) {
        ++filled;
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(destination) % 64, 0U);
        EXPECT_EQ(destination[0], 0);
        std::memset(destination, i + 1, static_cast<std::size_t>(size));
      });
      entries.emplace_back(location, size);
    }
    Result<AlignedBuffer> packed = pool.pack(**model, {.threads = threads});
    ASSERT_TRUE(packed.ok());
    EXPECT_EQ(filled, 200);
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const std::uint8_t* begin = packed->data() + entries[i].first.offset;
      const std::uint8_t* end = begin + entries[i].second;
      EXPECT_TRUE(std::all_of(begin, end, [&](std::uint8_t byte) { return byte == static_cast<std::uint8_t>(i + 1); }));
    }
  }
}

TEST(ConstantPool, TheFormTellsEverySizeAndFormApart) {
  const auto form = [](const std::vector<std::pair<std::uint64_t, std::string>>& entries) {
    ConstantPool pool;
    for (const auto& [bytes, text] : entries)
      pool.add(
          bytes, [](std::uint8_t*) {}, text);
    return pool.form();
  };
  EXPECT_NE(form({{1, "a"}, {2, "b"}}), form({{1, "a"}, {3, "b"}}));
  EXPECT_NE(form({{1, "a"}, {2, "b"}}), form({{1, "b"}, {2, "a"}}));
  EXPECT_NE(form({{1, "a1 1 b"}}), form({{1, "a"}, {1, "b"}}));
}

TEST(AlignedBuffer, LargeAndSmallAreZeroedAndAligned) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, (std::size_t{2} << 20) - 1, std::size_t{2} << 20,
                                 (std::size_t{4} << 20) + 12345}) {
    AlignedBuffer buffer = AlignedBuffer::allocate(size);
    ASSERT_NE(buffer.data(), nullptr);
    EXPECT_EQ(buffer.size(), size);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.data()) % 64, 0U);
    EXPECT_TRUE(std::all_of(buffer.data(), buffer.data() + size, [](std::uint8_t byte) { return byte == 0; }));
    std::memset(buffer.data(), 0xFF, size);
    const AlignedBuffer moved = std::move(buffer);
    EXPECT_EQ(moved.size(), size);
  }
  EXPECT_EQ(AlignedBuffer::allocate(~std::uint64_t{0}).data(), nullptr);
  EXPECT_EQ(AlignedBuffer::allocate(~std::uint64_t{0} / 2).data(), nullptr);
  EXPECT_EQ(AlignedBuffer::allocate((std::uint64_t{1} << 63) + 64).data(), nullptr);  // 64, cut to 32 bits
}

}  // namespace
}  // namespace qrun::runtime
