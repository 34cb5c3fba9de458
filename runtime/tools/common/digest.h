// SHA-256 as lower-case hex.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "qrun/qrun.h"

namespace qrun::tools {

inline std::string hex(std::span<const std::uint8_t> bytes) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

class Digest {
 public:
  Digest() { qrun_sha256_begin(&state_); }
  void update(std::span<const std::byte> bytes) { qrun_sha256_update(&state_, bytes.data(), bytes.size()); }
  // Once, after the last update.
  std::string finish() {
    std::array<std::uint8_t, 32> digest;
    qrun_sha256_end(&state_, digest.data());
    return hex(digest);
  }

 private:
  qrun_sha256_state state_;
};

}  // namespace qrun::tools
