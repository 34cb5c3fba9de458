// Any bytes as a float network to calibrate: it gives a file that the runtime loads, plans and runs, or one Refusal.
//
// The first byte holds the format, as fuzz_convert's, and the options.

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "converter/calibrate/calibrate.h"
#include "converter/refusal.h"
#include "converter/stages.h"
#include "tests/support/exercise.h"

namespace {

using namespace qrun::converter;

constexpr std::int64_t kMostWork = 1 << 22;
constexpr std::size_t kSampleCount = 3;

// Waves of growing height.
class Waves : public calibrate::Samples {
 public:
  explicit Waves(const Graph& graph) : graph_(graph) {}
  std::size_t count() const override { return kSampleCount; }

  bool next(std::vector<std::vector<float>>& inputs) override {
    if (done_ == kSampleCount) return false;
    ++done_;
    inputs.clear();
    for (const TensorId id : graph_.inputs) {
      auto& values = inputs.emplace_back(static_cast<std::size_t>(graph_.tensors[id].elements()));
      for (std::size_t i = 0; i < values.size(); ++i) {
        values[i] = static_cast<float>(done_) * std::sin(0.7F * static_cast<float>(i + done_));
      }
    }
    return true;
  }

 private:
  const Graph& graph_;
  std::size_t done_ = 0;
};

// More multiply-accumulates than one sample takes.
std::int64_t work_of(const Graph& graph, const Operator& op) {
  std::int64_t values = 0, each = 1;
  for (const TensorId id : op.outputs) values += graph.tensors[id].elements();
  for (const TensorId id : op.inputs) {
    if (id != kAbsent) each += graph.tensors[id].elements();
  }
  if (const auto* pool = std::get_if<Pool2D>(&op.parameters)) {
    each += std::int64_t{pool->kernel_height} * pool->kernel_width;
  }
  return each > kMostWork || values > kMostWork ? kMostWork : each * values;
}

bool is_small(const Graph& graph) {
  std::int64_t work = 0;
  for (const Operator& op : graph.operators) {
    if (std::holds_alternative<Unsupported>(op.parameters)) continue;  // refused later
    work += work_of(graph, op);
    if (work >= kMostWork) return false;
  }
  return true;
}

calibrate::Options options_of(unsigned bits) {
  calibrate::Options options;
  options.range = static_cast<calibrate::RangeMethod>(bits % 5);
  options.per_channel = bits % 2 == 0;
  options.equalize = bits % 3 == 0;
  options.correct_bias = bits % 7 < 3;
  options.symmetric_activations = bits % 8 == 7;
  return options;
}

std::vector<std::byte> calibrated(const Source& source, unsigned bits) {
  ConvertOptions options;
  Graph graph = read_float(source, options);
  if (!is_small(graph)) throw Refusal("too large for this");
  const calibrate::Options how = options_of(bits);
  Waves samples(graph);
  calibrate::calibrate(graph, samples, how, [](std::size_t, std::size_t) {});
  options.calibration.emplace();
  return finish(std::move(graph), source, options).file;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  // A copy: exactly as long, and aligned as the converter asks.
  const std::vector<std::uint8_t> bytes(data + 1, data + size);
  try {
    const auto file = calibrated({bytes, data[0] % 2 == 0 ? "fuzz.tflite" : "fuzz.onnx"}, data[0] / 2U);
    if (!qrun::test::exercise(file)) std::abort();
  } catch (const Refusal& refusal) {
    if (std::string(refusal.what()).empty()) std::abort();
  }
  return 0;
}
