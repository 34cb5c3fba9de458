#include "runtime/tools/answer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "runtime/tools/common/command.h"
#include "runtime/tools/common/table.h"

namespace qrun::tools {
namespace {

constexpr std::size_t kFirstValues = 10;

std::string first_values(std::span<const std::int64_t> elements) {
  const bool cut = elements.size() > kFirstValues;
  return fmt::format("{}{}", fmt::join(elements.first(std::min(elements.size(), kFirstValues)), " "),
                     cut ? " ..." : "");
}

// Of element `index`: classes are the last dimension.
const std::string& label_at(const Ranking& ranking, std::size_t index) {
  return ranking.labels[index % ranking.labels.size()];
}

// "down", or "[3]" where classes have no names.
std::string label_of(const Ranking& ranking, std::size_t index) {
  return ranking.labels.empty() ? fmt::format("[{}]", index) : printable(label_at(ranking, index));
}

std::size_t arg_max(std::span<const std::int64_t> elements) {
  return static_cast<std::size_t>(std::max_element(elements.begin(), elements.end()) - elements.begin());
}

// The real value, or q itself where the tensor has no scale.
std::string score_text(const TensorInfo& info, std::int64_t q) {
  return info.quantized() ? fmt::format("{:.4f}", real_value(info, q)) : std::to_string(q);
}

}  // namespace

std::string describe(const TensorInfo& info, std::span<const std::byte> bytes, const Ranking& ranking) {
  const std::vector<std::int64_t> elements = read_elements(info, bytes);
  const auto [min, max] = std::minmax_element(elements.begin(), elements.end());
  std::string text = fmt::format("{}  {}  {}\n", printable(info.name()), type_text(info), quantization_text(info));
  text += fmt::format("  range    {} to {}", *min, *max);
  if (info.quantized()) text += fmt::format(", real {} to {}", score_text(info, *min), score_text(info, *max));
  text += fmt::format("\n  arg max  {}\n", arg_max(elements));
  text += fmt::format("  values   {}\n", first_values(elements));
  if (ranking.count == 0) return text;

  Table table({"  top", ">score", ">q", ">index"});
  for (const Ranked& top : top_elements(elements, ranking.count)) {
    table.add({"  " + label_of(ranking, top.index), score_text(info, top.q), std::to_string(top.q),
               std::to_string(top.index)});
  }
  return text + table.text();
}

std::string describe_briefly(const TensorInfo& info, std::span<const std::byte> bytes, const Ranking& ranking) {
  const std::vector<std::int64_t> elements = read_elements(info, bytes);
  const std::string name = printable(shorten(info.name(), 40));
  if (ranking.count == 0) {
    return fmt::format("{}  arg max {}  {}", name, arg_max(elements), first_values(elements));
  }
  std::vector<std::string> top;
  for (const Ranked& element : top_elements(elements, ranking.count)) {
    top.push_back(label_of(ranking, element.index) + " " + score_text(info, element.q));
  }
  return fmt::format("{}  {}", name, fmt::join(top, ", "));
}

Json to_json(const TensorInfo& info, std::span<const std::byte> bytes, const Ranking& ranking) {
  const std::vector<std::int64_t> elements = read_elements(info, bytes);
  const auto [min, max] = std::minmax_element(elements.begin(), elements.end());
  Json json = {{"name", info.name()}, {"min", *min}, {"max", *max}, {"arg_max", arg_max(elements)}};
  for (const Ranked& top : top_elements(elements, ranking.count)) {
    Json entry = {{"index", top.index}, {"q", top.q}, {"score", real_value(info, top.q)}};
    if (!ranking.labels.empty()) entry["label"] = label_at(ranking, top.index);
    json["top"].push_back(std::move(entry));
  }
  json["values"] = elements;
  return json;
}

}  // namespace qrun::tools
