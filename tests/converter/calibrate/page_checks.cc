#include "page_checks.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <regex>
#include <set>
#include <stdexcept>
#include <vector>

namespace qrun::converter::calibrate {
namespace {

class Checker {
 public:
  explicit Checker(const std::string& page) : page_(page) {}

  void check() {
    const std::string doctype = "<!DOCTYPE html>\n";
    if (page_.rfind(doctype, 0) != 0) fail("no doctype");
    for (at_ = doctype.size(); at_ < page_.size();) {
      const std::size_t tag = std::min(page_.find('<', at_), page_.size());
      check_text(page_.substr(at_, tag - at_));
      at_ = tag;
      if (at_ < page_.size()) check_tag();
    }
    if (!open_.empty()) fail("never closed: " + open_.back());
    for (const std::string& link : links_) {
      if (ids_.count(link) == 0) fail("no such id: " + link);
    }
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw std::runtime_error(what + ", before: " + page_.substr(std::min(at_, page_.size()), 80));
  }

  void check_text(const std::string& text) const {
    static const std::regex reference("&(amp|lt|gt|quot|#[0-9]+);");
    for (std::size_t i = text.find('&'); i != std::string::npos; i = text.find('&', i + 1)) {
      std::smatch match;
      const std::string from = text.substr(i, 10);
      if (!std::regex_search(from, match, reference, std::regex_constants::match_continuous)) fail("stray &: " + from);
    }
  }

  bool take(char wanted) {
    const bool there = at_ < page_.size() && page_[at_] == wanted;
    if (there) ++at_;
    return there;
  }

  std::string take_name() {
    const std::size_t begin = at_;
    while (at_ < page_.size() && (std::isalnum(static_cast<unsigned char>(page_[at_])) != 0 || page_[at_] == '-'))
      ++at_;
    if (at_ == begin) fail("no name");
    return page_.substr(begin, at_ - begin);
  }

  void check_tag() {
    take('<');
    if (take('/')) {
      const std::string name = take_name();
      if (open_.empty() || open_.back() != name) fail("closes out of turn: " + name);
      open_.pop_back();
    } else {
      open_.push_back(take_name());
      check_attributes();
      if (take('/')) open_.pop_back();
    }
    if (!take('>')) fail("a tag without end");
  }

  void check_attributes() {
    std::set<std::string> names;
    while (take(' ')) {
      const std::string name = take_name();
      if (!names.insert(name).second) fail("twice: " + name);
      if (!take('=') || !take('"')) fail("not quoted: " + name);
      const std::size_t end = page_.find('"', at_);
      if (end == std::string::npos) fail("no end: " + name);
      const std::string value = page_.substr(at_, end - at_);
      if (value.find('<') != std::string::npos) fail("< in an attribute: " + name);
      check_text(value);
      if (name == "id") check_id(value);
      if (name == "href" || name == "aria-labelledby") links_.push_back(name == "href" ? target(value) : value);
      at_ = end + 1;
    }
  }

  void check_id(const std::string& id) {
    if (!ids_.insert(id).second) fail("id twice: " + id);
  }

  std::string target(const std::string& link) const {
    if (link.empty() || link[0] != '#') fail("leaves the page: " + link);
    return link.substr(1);
  }

  const std::string& page_;
  std::size_t at_ = 0;
  std::vector<std::string> open_, links_;
  std::set<std::string> ids_;
};

double luminance(const Color& color) {
  const auto linear = [](double value) {
    return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
  };
  return 0.2126 * linear(color.red) + 0.7152 * linear(color.green) + 0.0722 * linear(color.blue);
}

}  // namespace

std::string markup_error(const std::string& page) {
  try {
    Checker(page).check();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return {};
}

std::string base64(const std::array<std::uint8_t, 32>& bytes) {
  static const char* const kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto byte = [&](std::size_t i) { return i < bytes.size() ? std::uint32_t{bytes[i]} : 0U; };
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::uint32_t bits = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    for (int shift = 18; shift >= 0; shift -= 6) text += kDigits[bits >> shift & 63];
  }
  text.back() = '=';  // 32 bytes fill two of the last three
  return text;
}

Color color(const std::string& style, const std::string& name) {
  const std::size_t at = style.find(name + ": #");
  if (at == std::string::npos) throw std::runtime_error("no colour " + name);
  const unsigned long value = std::stoul(style.substr(at + name.size() + 3, 6), nullptr, 16);
  return {static_cast<double>(value >> 16) / 255, static_cast<double>(value >> 8 & 255) / 255,
          static_cast<double>(value & 255) / 255};
}

double contrast(const Color& a, const Color& b) {
  const auto [darker, lighter] = std::minmax({luminance(a), luminance(b)});
  return (lighter + 0.05) / (darker + 0.05);
}

}  // namespace qrun::converter::calibrate
