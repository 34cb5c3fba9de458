#include "converter/calibrate/html.h"

#include <cmath>
#include <cstddef>
#include <cstdint>

namespace qrun::converter::calibrate {
namespace {

constexpr const char* kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr const char* kNone = "\xE2\x80\x93";         // an en dash

struct Character {
  std::size_t bytes;   // 1 where it is not UTF-8
  std::uint32_t code;  // 0 where it is not UTF-8
};

// The character that starts at text[begin]: of the shortest form, no surrogate, at most U+10FFFF.
Character character_at(std::string_view text, std::size_t begin) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[begin + i]); };
  const std::uint8_t first = byte(0);
  if (first < 0x80) return {1, first};
  const std::size_t bytes = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() - begin < bytes) return {1, 0};
  std::uint32_t code = first & (0xFFU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {1, 0};
    code = code << 6 | (byte(i) & 0x3FU);
  }
  constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kLeast[bytes] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return {1, 0};
  return {bytes, code};
}

// Controls (C0, DEL, C1), the marks that turn the direction of writing, line separators and noncharacters.
bool is_control(std::uint32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x200E || code == 0x200F ||
         (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) || (code & 0xFFFE) == 0xFFFE;
}

void append(std::string& result, std::string_view bytes, std::uint32_t code) {
  switch (code) {
    case '&':
      result += "&amp;";
      break;
    case '<':
      result += "&lt;";
      break;
    case '>':
      result += "&gt;";
      break;
    case '"':
      result += "&quot;";
      break;
    case '\'':
      result += "&#39;";
      break;
    default:
      result += is_control(code) ? std::string_view(kReplacement) : bytes;
  }
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const Character character = character_at(text, i);
    append(result, text.substr(i, character.bytes), character.code);
    i += character.bytes;
  }
  return result;
}

std::string real_text(double value) { return std::isnan(value) ? kNone : fmt::format("{:.4g}", value); }

std::string decibel_text(double value) {
  if (std::isnan(value)) return kNone;
  if (std::isinf(value)) return value > 0 ? "exact" : "no signal";
  return fmt::format("{:.1f} dB", value);
}

std::string gain_text(double value) { return !std::isfinite(value) ? kNone : fmt::format("{:+.1f} dB", value); }

std::string times_text(double ratio) { return std::isnan(ratio) ? kNone : fmt::format("{:.1f} times", ratio); }

std::string percent_text(double share) {
  if (std::isnan(share)) return kNone;
  const double percent = 100 * share;
  if (percent <= 0) return "0 %";
  if (percent < 0.01) return "< 0.01 %";
  return percent < 10 ? fmt::format("{:.2f} %", percent) : fmt::format("{:.1f} %", percent);
}

}  // namespace qrun::converter::calibrate
