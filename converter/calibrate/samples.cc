#include "converter/calibrate/samples.h"

#include <fmt/ranges.h>

#include "converter/calibrate/array_samples.h"
#include "converter/calibrate/image_samples.h"
#include "converter/refusal.h"

namespace qrun::converter::calibrate {
namespace {

namespace fs = std::filesystem;

std::string input_list(const Graph& graph) {
  std::vector<std::string> names;
  for (const TensorId input : graph.inputs) names.push_back("'" + graph.tensors[input].name + "'");
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

std::unique_ptr<Samples> open_samples(const std::vector<fs::path>& paths, const Graph& graph,
                                      const SampleOptions& options) {
  std::error_code error;
  if (paths.size() == 1 && fs::is_directory(paths[0], error)) return image_samples(paths[0], graph, options);
  if (paths.size() == 1 && paths[0].extension() == ".npz") {
    return array_samples(read_npz(paths[0], graph), graph, options);
  }
  if (paths.size() != graph.inputs.size()) {
    refuse("{} files of samples are given; the network has {} inputs ({}): give one file for each, or one .npz",
           paths.size(), graph.inputs.size(), input_list(graph));
  }
  std::vector<ArraySource> arrays;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    ByteSource file = open_file(paths[i]);
    const Tensor& input = graph.tensors[graph.inputs[i]];
    arrays.push_back(paths[i].extension() == ".npy" ? read_npy(std::move(file), paths[i].string())
                                                    : read_raw(std::move(file), paths[i].string(), input));
  }
  return array_samples(std::move(arrays), graph, options);
}

}  // namespace qrun::converter::calibrate
