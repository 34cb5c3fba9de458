#include "converter/calibrate/comparison.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "converter/calibrate/executor.h"
#include "converter/calibrate/integer_run.h"

namespace qrun::converter::calibrate {
namespace {

// Those of the last dimension; a tensor of one vector, in whatever dimension that is, has one value of each.
std::size_t channels_of(const TensorInfo& tensor) {
  std::size_t elements = 1, greatest = 1, last = 1;
  for (const std::int32_t extent : tensor.shape()) {
    last = static_cast<std::size_t>(extent);
    elements *= last;
    greatest = std::max(greatest, last);
  }
  return greatest == elements ? elements : last;
}

// Whether a tensor is one row of scores, in its last dimension.
bool is_row(const TensorInfo& tensor) {
  const std::size_t elements = tensor.bytes();
  return elements > 1 && static_cast<std::size_t>(tensor.shape().back()) == elements;
}

void add(TensorComparison& comparison, const TensorInfo& tensor, Reals reals, const std::vector<float>& actual) {
  comparison.all.add(reals, actual);
  comparison.by_channel.add(reals, actual);
  const float scale = tensor.scale();
  const int offset = tensor.dtype() == qrun::DType::kInt8 ? -128 : 0;
  const float least = scale * (static_cast<float>(offset - tensor.zero_point()) - 0.5F);
  const float greatest = scale * (static_cast<float>(offset + 255 - tensor.zero_point()) + 0.5F);
  for (std::size_t i = 0; i < reals.size(); ++i) {
    const double steps = std::fabs(static_cast<double>(reals[i] - actual[i])) / static_cast<double>(scale);
    comparison.max_difference = std::max(comparison.max_difference, steps);
    comparison.saturated += reals[i] < least || reals[i] > greatest ? 1 : 0;
  }
  comparison.values += reals.size();
}

void add(OutputComparison& comparison, const TensorInfo& tensor, Reals reals, const std::vector<float>& actual) {
  if (actual.size() != reals.size()) return;
  comparison.measured = true;
  comparison.noise.add(reals, actual);
  comparison.cosine.add(reals, actual);
  if (is_row(tensor)) comparison.top.add(reals, actual);
}

}  // namespace

double Comparison::decibels() const {
  double worst = std::numeric_limits<double>::infinity();
  for (const OutputComparison& output : outputs) worst = std::min(worst, output.noise.decibels());
  return worst;
}

std::vector<Comparison> compare(const Graph& graph, Samples& samples, std::span<const std::vector<std::byte>> files,
                                const Progress& progress) {
  const Executor executor(graph);
  std::vector<IntegerRun> runs(files.begin(), files.end());
  std::vector<Comparison> result(runs.size());
  for (std::size_t f = 0; f < runs.size(); ++f) result[f].outputs.resize(runs[f].outputs());
  const auto compare_tensor = [&](TensorId id, Reals reals) {
    const std::string& name = graph.tensors[id].name;
    for (std::size_t f = 0; f < runs.size(); ++f) {
      const auto place = runs[f].place(name);
      if (!place) continue;
      const std::vector<float> actual = runs[f].values(*place);
      if (actual.empty() || actual.size() != reals.size()) continue;
      const TensorInfo info = runs[f].info(*place);
      add(result[f].tensors.try_emplace(name, channels_of(info)).first->second, info, reals, actual);
    }
  };
  std::vector<std::vector<float>> inputs;
  for (std::size_t count = 0; samples.next(inputs);) {
    for (IntegerRun& run : runs) run.run(inputs);
    const std::vector<std::vector<float>> outputs = executor.run(inputs, compare_tensor);
    for (std::size_t f = 0; f < runs.size(); ++f) {
      for (std::size_t i = 0; i < outputs.size(); ++i) {
        add(result[f].outputs[i], runs[f].info(i), outputs[i], runs[f].values(i));
      }
    }
    progress(++count, samples.count());
  }
  return result;
}

}  // namespace qrun::converter::calibrate
