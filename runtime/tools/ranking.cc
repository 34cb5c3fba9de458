#include "runtime/tools/ranking.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/tools/common/command.h"
#include "runtime/tools/common/input_file.h"

namespace qrun::tools {
namespace {

constexpr std::size_t kDefaultTop = 5;

std::size_t element_count(const TensorInfo& info) {
  std::size_t count = 1;
  for (const std::int32_t extent : info.shape()) count *= static_cast<std::size_t>(extent);
  return count;
}

std::vector<std::string> file_labels(const std::string& path, const TensorInfo& output) {
  std::vector<std::string> labels = read_lines(path);
  if (labels.size() == element_count(output)) return labels;
  throw work_failed(path, fmt::format("has {} lines, output {} has {} elements; give one label a line", labels.size(),
                                      output.name(), element_count(output)));
}

// None where they are not one per element.
std::vector<std::string> model_labels(const Model& model) {
  std::vector<std::string> labels;
  if (model.label_count() != element_count(model.output(0))) return labels;
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
