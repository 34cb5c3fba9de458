// HTML as text that cannot be broken by what is put into it: every string is escaped unless it says it is markup.
//
// The markup is XML too (all elements closed, all attributes quoted), which makes it easy to check.

#pragma once

#include <fmt/format.h>

#include <concepts>
#include <iterator>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace qrun::converter::calibrate {

// `text` for an element or a quoted attribute. What is not UTF-8, and characters that control the line, the terminal or
// the direction of writing, become U+FFFD.
std::string escaped(std::string_view text);

class Html {
  template <class T>
  static auto prepared(const T& argument) {
    if constexpr (std::is_same_v<T, Html>) {
      return std::string_view(argument.text_);
    } else if constexpr (std::is_arithmetic_v<T>) {
      return argument;
    } else {
      return escaped(argument);
    }
  }
  template <class T>
  using Prepared = decltype(prepared(std::declval<const T&>()));

 public:
  // Appends the format with its arguments: numbers as they are, Html as it is, all else is text and gets escaped.
  template <class... Arguments>
  void add(fmt::format_string<Prepared<Arguments>...> format, const Arguments&... arguments) {
    fmt::format_to(std::back_inserter(text_), format, prepared(arguments)...);
  }
  template <class... Arguments>
  static Html of(fmt::format_string<Prepared<Arguments>...> format, const Arguments&... arguments) {
    Html html;
    html.add(format, arguments...);
    return html;
  }

  // Text of this program's own, no one else's, that is markup already.
  static Html markup(std::string_view text) {
    Html html;
    html.text_ = text;
    return html;
  }

  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// ---- Numbers as people read them; "–" for what is unknown

std::string real_text(double value);     // four digits: "0.02353", "1.2e-07"
std::string decibel_text(double value);  // "9.1 dB", "exact" for infinity
std::string gain_text(double value);     // "+14.9 dB"
std::string times_text(double ratio);    // "1.7 times"
std::string percent_text(double share);  // of [0, 1]: "0 %", "< 0.01 %", "0.31 %", "12.4 %"

}  // namespace qrun::converter::calibrate
