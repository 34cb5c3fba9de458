#include "converter/refusal.h"

#include "runtime/printable.h"

namespace qrun::converter {

std::string one_line(std::string text) {
  for (char& c : text) c = printable_character(c);
  return text;
}

Refusal::Refusal(const std::string& message, std::vector<std::string> offenders)
    : std::runtime_error(one_line(message)), offenders_(std::move(offenders)) {
  for (std::string& offender : offenders_) offender = one_line(std::move(offender));
}

}  // namespace qrun::converter
