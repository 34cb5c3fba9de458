// The keyed hash: its definition, and that it sees every byte.

#include "runtime/keyed_hash.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <set>
#include <vector>

#include "runtime/sha256.h"

namespace qrun::runtime {
namespace {

using Text = std::vector<std::uint8_t>;

Text random_text(std::size_t size, std::uint32_t seed) {
  std::mt19937 random(seed);
  Text text(size);
  for (std::uint8_t& byte : text) byte = static_cast<std::uint8_t>(random());
  return text;
}

// One block's sum with key word i of its level, the counter of whose digest is (level + 1) << 32 | its first word.
std::uint64_t naive_sum(const Text& block, const KeyedHash::Seed& seed, std::uint64_t level, std::size_t first_word) {
  const auto key = [&](std::size_t i) {
    qrun_sha256_state state;
    sha256_begin(state);
    sha256_update(state, seed);
    const std::uint64_t counter = ((level + 1) << 32) + i / 8 * 8;
    sha256_update(state, {reinterpret_cast<const std::uint8_t*>(&counter), 8});
    const Sha256Digest digest = sha256_end(state);
    std::uint32_t word;
    std::memcpy(&word, digest.data() + i % 8 * 4, 4);
    return word;
  };
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < 256; i += 2) {
    std::uint32_t m[2] = {};
    for (std::size_t byte = 4 * i; byte < 4 * i + 8 && byte < block.size(); ++byte) {
      m[byte / 4 - i] |= std::uint32_t{block[byte]} << (byte % 4 * 8);
    }
    sum += std::uint64_t{static_cast<std::uint32_t>(m[0] + key(first_word + i))} *
           static_cast<std::uint32_t>(m[1] + key(first_word + i + 1));
  }
  return sum;
}

TEST(KeyedHash, OneBlockIsItsSums) {
  const KeyedHash::Seed seed = {1, 2, 3};
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{1000}, std::size_t{1024}}) {
    const Text text = random_text(size, 1);
    const KeyedHash::Value value = KeyedHash(seed).of(text);
    EXPECT_EQ(value[0], naive_sum(text, seed, 0, 0)) << size;
    EXPECT_EQ(value[1], naive_sum(text, seed, 0, 256)) << size;
  }
}

TEST(KeyedHash, ManyBlocksAreTheNextLevelsText) {
  const KeyedHash::Seed seed = {9};
  const Text text = random_text(2500, 2);
  Text sums;
  for (std::size_t from = 0; from < text.size(); from += 1024) {
    const Text block(text.begin() + static_cast<std::ptrdiff_t>(from),
                     text.begin() + static_cast<std::ptrdiff_t>(std::min(from + 1024, text.size())));
    for (const std::size_t first_word : {0, 256}) {
      const std::uint64_t sum = naive_sum(block, seed, 0, first_word);
      for (int byte = 0; byte < 8; ++byte) sums.push_back(static_cast<std::uint8_t>(sum >> (8 * byte)));
    }
  }
  EXPECT_EQ(KeyedHash(seed).of(text)[0], naive_sum(sums, seed, 1, 0));
}

TEST(KeyedHash, SeesEveryByteOfEveryLevel) {
  Text text = random_text(70 * 1024 + 5, 3);  // three levels
  KeyedHash hash({4});
  std::set<KeyedHash::Value> values = {hash.of(text)};
  std::size_t changes = 0;
  for (std::size_t i = 0; i < text.size(); i += 211, ++changes) {
    text[i] ^= 1;
    values.insert(hash.of(text));
    text[i] ^= 1;
  }
  EXPECT_EQ(values.size(), changes + 1);
  EXPECT_EQ(values.count(hash.of(text)), 1U);
  EXPECT_EQ(values.count(KeyedHash({5}).of(text)), 0U);  // and every key
}

}  // namespace
}  // namespace qrun::runtime
