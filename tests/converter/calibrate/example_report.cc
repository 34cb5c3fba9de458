#include "example_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace qrun::converter::calibrate {
namespace {

// The standard's engines are the same everywhere, its distributions are not.
class Dice {
 public:
  double uniform(double low, double high) {
    return low + (high - low) * static_cast<double>(engine_()) / static_cast<double>(std::mt19937::max());
  }
  bool one_in(unsigned count) { return engine_() % count == 0; }

 private:
  std::mt19937 engine_{20};
};

// Bells of values; where the layer ends in a RELU what is below zero is at zero.
TensorReport tensor(Dice& dice, const std::string& name, std::vector<std::int32_t> shape, bool relu, double outlier) {
  constexpr std::size_t kBins = 128;
  TensorReport result;
  result.name = name;
  result.shape = std::move(shape);
  const double deviation = dice.uniform(0.4, 3), mean = dice.uniform(-0.5, 0.5) * deviation;
  const double low = relu ? 0 : mean - 4.2 * deviation;
  const double high = (mean + 4.2 * deviation) * outlier;
  result.histogram = {low, high, std::vector<std::uint64_t>(kBins)};
  const double width = (high - low) / kBins;
  for (std::size_t i = 0; i < kBins; ++i) {
    const double z = (low + width * (static_cast<double>(i) + 0.5) - mean) / deviation;
    const double noise = dice.uniform(0.6, 1.4);
    result.histogram.counts[i] = static_cast<std::uint64_t>(4e6 * width / deviation * noise * std::exp(-z * z / 2));
  }
  result.histogram.counts.back() += 3;
  if (relu) result.histogram.counts.front() += 3000000;
  const double chosen =
      outlier > 1 && dice.one_in(2) ? high : std::fmin(high, mean + dice.uniform(2.6, 4.2) * deviation);
  result.scale = (chosen - low) / 255;
  result.zero_point = -128 - std::lround(low / result.scale);
  result.observed = {low, high};
  result.chosen = {low, chosen};
  std::uint64_t all = 0, saturated = 0;
  for (std::size_t i = 0; i < kBins; ++i) {
    all += result.histogram.counts[i];
    if (low + width * static_cast<double>(i) > chosen) saturated += result.histogram.counts[i];
  }
  result.saturated_share = static_cast<double>(saturated) / static_cast<double>(all);
  result.zero_share = relu ? dice.uniform(0.3, 0.6) : dice.uniform(0, 0.01);
  result.mean = mean;
  result.standard_deviation = deviation;
  return result;
}

std::vector<Interval> weights(Dice& dice, std::size_t channels, bool uneven) {
  std::vector<Interval> result;
  for (std::size_t i = 0; i < channels; ++i) {
    const double size = uneven && dice.one_in(24) ? dice.uniform(3, 9) : dice.uniform(0.2, 0.6);
    result.push_back({-size * dice.uniform(0.7, 1), size * dice.uniform(0.7, 1)});
  }
  return result;
}

std::vector<Remedy> remedies(Dice& dice, Decibel sqnr, double gain) {
  return {
      {"a smaller range, of least squared error", "--range mse", sqnr, sqnr + gain, false},
      {"a range without the greatest 0.01 % of values", "--range percentile:99.99", sqnr, sqnr + gain * 0.6, false},
      {"weights equalized between this layer and the next", "--equalize", sqnr, sqnr + dice.uniform(-1.5, 0.4), false},
      {"the bias corrected by the error's mean", "--correct-bias", sqnr, sqnr + dice.uniform(0.1, 0.4), true}};
}

}  // namespace

Report example_report(std::size_t layers) {
  Dice dice;
  Report report;
  report.model = "mobilenet_v2_keyword_spotting";
  report.source = "mobilenet_v2_keyword_spotting.onnx";
  report.source_sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
  report.version = "0.1.0";
  report.calibration_data = "calibration/*.npy";
  report.samples = 200;
  report.methods = {"minmax", true, false, true};
  report.warnings = {"200 samples, 12 of them silent: ranges of rare events may be missed; add samples of every class"};
  report.notes = {"Dropout of training was left out", "input 'audio' is quantized by its observed range, -1 to 1"};
  report.tensors.push_back(tensor(dice, "audio", {1, 49, 40, 1}, false, 1));
  Decibel sqnr = 46;
  std::string input = "audio";
  for (std::size_t i = 0; i < layers; ++i) {
    const bool faulty = i % 17 == 9, depthwise = i % 3 == 1, reshape = i % 13 == 12;
    LayerReport layer;
    layer.name = fmt::format("features/block_{}/{}", i / 3,
                             reshape      ? "reshape"
                             : depthwise  ? "depthwise"
                             : i % 3 == 0 ? "expand"
                                          : "project");
    layer.kind = reshape ? "Reshape" : depthwise ? "DepthwiseConv" : "Conv";
    layer.output = layer.name + "/Relu6:0";
    layer.inputs = {input};
    const double before = sqnr;
    if (!reshape) sqnr += faulty ? -dice.uniform(9, 17) : sqnr < 25 ? dice.uniform(-0.5, 2.5) : dice.uniform(-2.5, 1);
    sqnr = std::max(sqnr, 4.0);
    layer.sqnr = sqnr;
    layer.max_difference = std::round(10 * 128 / std::pow(10, sqnr / 20)) / 10;
    if (!reshape) layer.weights = weights(dice, std::min<std::size_t>(16 + 8 * i, 256), depthwise);
    if (faulty || sqnr < 20) layer.remedies = remedies(dice, sqnr, faulty ? before - sqnr : 0.2);
    report.tensors.push_back(tensor(dice, layer.output, {1, 25, 20, 64}, depthwise, faulty ? 6 : 1));
    input = layer.output;
    report.layers.push_back(std::move(layer));
  }
  report.outputs = {{"scores", {sqnr, 0.99123, 196, 200}, Agreement{sqnr - 6.5, 0.93411, 171, 200}}};
  return report;
}

}  // namespace qrun::converter::calibrate
