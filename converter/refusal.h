// How the converter says no: one exception, one line, and where several operators are at fault one more line for each.
//
// Inside, a Refusal is about the operator or tensor at hand; the loop that knows which one puts its name in front.

#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace qrun::converter {

// Names come from files that anyone may have made: control characters in them, which would end the line, become '?'.
std::string one_line(std::string text);

class Refusal : public std::runtime_error {
 public:
  explicit Refusal(const std::string& message, std::vector<std::string> offenders = {});

  // "CONV_2D 'conv1': why; what would help", in the order of execution.
  const std::vector<std::string>& offenders() const { return offenders_; }

 private:
  std::vector<std::string> offenders_;
};

template <class... Parts>
[[noreturn]] void refuse(fmt::format_string<Parts...> format, Parts&&... parts) {
  throw Refusal(fmt::format(format, std::forward<Parts>(parts)...));
}

}  // namespace qrun::converter
