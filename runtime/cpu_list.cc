#include "runtime/cpu_list.h"

#include <charconv>

namespace qrun::runtime {
namespace {

constexpr std::size_t kMaxCpus = 1024;
constexpr int kMaxNumber = 1 << 20;  // above any system's, far from overflow

// Takes a number from the front of the text; -1 where there is none.
int take_number(std::string_view& text) {
  // from_chars takes a sign, too.
  if (text.empty() || text.front() < '0' || text.front() > '9') return -1;
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number > kMaxNumber) return -1;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

// Takes a separator and the number behind it; without the separator, the default.
int take_number_after(std::string_view& text, char separator, int otherwise) {
  if (!text.starts_with(separator)) return otherwise;
  text.remove_prefix(1);
  return take_number(text);
}

// Takes "4", "4-7" or "4-7:2" from the front of the text.
bool take_range(std::string_view& text, std::vector<int>& cpus) {
  const int first = take_number(text);
  if (first < 0) return false;
  const bool is_range = text.starts_with('-');
  const int last = take_number_after(text, '-', first);
  const int stride = is_range ? take_number_after(text, ':', 1) : 1;
  if (last < first || stride < 1) return false;
  for (int cpu = first; cpu <= last; cpu += stride) {
    if (cpus.size() == kMaxCpus) return false;
    cpus.push_back(cpu);
  }
  return true;
}

}  // namespace

std::optional<std::vector<int>> parse_cpu_list(std::string_view text) {
  std::vector<int> cpus;
  while (take_range(text, cpus)) {
    if (text.empty()) return cpus;
    if (!text.starts_with(',')) break;
    text.remove_prefix(1);
  }
  return std::nullopt;
}

std::string cpu_list_text(std::span<const int> cpus) {
  std::string text;
  for (std::size_t i = 0; i < cpus.size();) {
    std::size_t end = i + 1;
    while (end < cpus.size() && cpus[end] == cpus[end - 1] + 1) ++end;
    if (!text.empty()) text += ',';
    text += std::to_string(cpus[i]);
    if (end - i > 1) text += '-' + std::to_string(cpus[end - 1]);
    i = end;
  }
  return text;
}

}  // namespace qrun::runtime
