#include "runtime/tools/ranking.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/tools/common/command.h"
#include "runtime/tools/common/input_file.h"
#include "runtime/tools/common/table.h"
#include "runtime/tools/common/tensor.h"

namespace qrun::tools {
namespace {

constexpr std::size_t kDefaultTop = 5;

std::size_t class_count(const TensorInfo& info) {
  return info.shape().empty() ? 1 : static_cast<std::size_t>(info.shape().back());
}

std::vector<std::string> file_labels(const std::string& path, const TensorInfo& output) {
  std::vector<std::string> labels = read_lines(path);
  if (labels.size() == class_count(output)) return labels;
  throw work_failed(path, fmt::format("has {}, output {} {} has {} in its last dimension; give one label a line",
                                      counted(labels.size(), "line"), output.name(), type_text(output),
                                      counted(class_count(output), "class", "classes")));
}

// None where they are not one per class: files of other writers may hold any number.
std::vector<std::string> model_labels(const Model& model) {
  std::vector<std::string> labels;
  if (model.label_count() != class_count(model.output(0))) return labels;
  for (std::size_t i = 0; i < model.label_count(); ++i) labels.emplace_back(model.label(i));
  return labels;
}

}  // namespace

Ranking first_output_ranking(const Model& model, std::size_t top_k, const std::string& labels_path) {
  Ranking ranking;
  ranking.labels = labels_path.empty() ? model_labels(model) : file_labels(labels_path, model.output(0));
  ranking.count = top_k == 0 && !ranking.labels.empty() ? kDefaultTop : top_k;
  return ranking;
}

std::vector<Ranked> top_elements(std::span<const std::int64_t> elements, std::size_t count) {
  std::vector<Ranked> ranked(elements.size());
  for (std::size_t i = 0; i < elements.size(); ++i) ranked[i] = {i, elements[i]};
  const auto end = ranked.begin() + static_cast<std::ptrdiff_t>(std::min(count, ranked.size()));
  std::partial_sort(ranked.begin(), end, ranked.end(),
                    [](const Ranked& a, const Ranked& b) { return a.q != b.q ? a.q > b.q : a.index < b.index; });
  ranked.erase(end, ranked.end());
  return ranked;
}

}  // namespace qrun::tools
