#include "converter/refusal.h"

#include <algorithm>

namespace qrun::converter {

std::string one_line(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, '?');
  return text;
}

Refusal::Refusal(const std::string& message, std::vector<std::string> offenders)
    : std::runtime_error(one_line(message)), offenders_(std::move(offenders)) {
  for (std::string& offender : offenders_) offender = one_line(std::move(offender));
}

}  // namespace qrun::converter
