// A fast hash with a secret key: whoever does not know the key cannot make two texts with equal hashes.
//
// Why here: to tell whether megabytes are what they were, far faster than SHA-256 could and as safely, where the key
// can be kept. NH (Black, Halevi, Krawczyk, Krovetz, Rogaway: UMAC, 1999) in a tree: of a block's 32-bit words m and as
// many key words k, the sum modulo 2^64 of the products (m[2i] + k[2i]) (m[2i+1] + k[2i+1]), whose factors are modulo
// 2^32. Two texts of equal length have equal sums for one key in 2^32, and with two independent keys for one in 2^64.
// The sums of all blocks are the next level's text, which has keys of its own, until one block is left.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace qrun::runtime {

class KeyedHash {
 public:
  using Seed = std::array<std::uint8_t, 32>;
  using Value = std::array<std::uint64_t, 2>;

  explicit KeyedHash(const Seed& seed) : seed_(seed) {}

  // Texts of different lengths are not told apart: compare these too.
  Value of(std::span<const std::uint8_t> text);

 private:
  static constexpr std::size_t kBlockWords = 256, kBlockBytes = kBlockWords * sizeof(std::uint32_t);
  using Key = std::array<std::uint32_t, 2 * kBlockWords>;

  const Key& key_of(std::size_t level);
  static Value sum(const std::uint8_t* block, const Key& key);

  Seed seed_;
  std::vector<Key> keys_;  // by level, as far as they were needed
};

}  // namespace qrun::runtime
