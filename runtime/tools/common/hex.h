// Bytes, as those of a SHA-256, in lower-case hex.

#pragma once

#include <cstdint>
#include <span>
#include <string>

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

}  // namespace qrun::tools
