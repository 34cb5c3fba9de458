#include "runtime/keyed_hash.h"

#include <cstring>

#include "runtime/sha256.h"

namespace qrun::runtime {

// SHA-256 of the seed and a counter.
const KeyedHash::Key& KeyedHash::key_of(std::size_t level) {
  while (keys_.size() <= level) {
    Key& key = keys_.emplace_back();
    constexpr std::size_t kDigestWords = sizeof(Sha256Digest) / sizeof(std::uint32_t);
    for (std::size_t word = 0; word < key.size(); word += kDigestWords) {
      const std::uint64_t counter = (std::uint64_t{keys_.size()} << 32) + word;
      qrun_sha256_state state;
      sha256_begin(state);
      sha256_update(state, seed_);
      sha256_update(state, {reinterpret_cast<const std::uint8_t*>(&counter), sizeof(counter)});
      const Sha256Digest digest = sha256_end(state);
      std::memcpy(key.data() + word, digest.data(), sizeof(digest));
    }
  }
  return keys_[level];
}

KeyedHash::Value KeyedHash::sum(const std::uint8_t* block, const Key& key) {
  std::uint64_t first = 0, second = 0;
  for (std::size_t i = 0; i < kBlockWords; i += 2) {
    std::uint32_t m[2];
    std::memcpy(m, block + i * sizeof(std::uint32_t), sizeof(m));
    const std::uint32_t* other = key.data() + kBlockWords;
    first += std::uint64_t{m[0] + key[i]} * std::uint32_t{m[1] + key[i + 1]};
    second += std::uint64_t{m[0] + other[i]} * std::uint32_t{m[1] + other[i + 1]};
  }
  return {first, second};
}

KeyedHash::Value KeyedHash::of(std::span<const std::uint8_t> text) {
  std::vector<Value> sums;
  for (std::size_t level = 0;; ++level) {
    const Key& key = key_of(level);
    std::vector<Value> next;
    next.reserve(text.size() / kBlockBytes + 1);
    for (; text.size() >= kBlockBytes; text = text.subspan(kBlockBytes)) next.push_back(sum(text.data(), key));
    if (!text.empty() || next.empty()) {
      std::uint8_t last[kBlockBytes] = {};
      if (!text.empty()) std::memcpy(last, text.data(), text.size());
      next.push_back(sum(last, key));
    }
    sums = std::move(next);
    if (sums.size() == 1) return sums[0];
    text = {reinterpret_cast<const std::uint8_t*>(sums.data()), sums.size() * sizeof(Value)};
  }
}

}  // namespace qrun::runtime
