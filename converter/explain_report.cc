#include "converter/explain_report.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <filesystem>
#include <map>

#include "qfb_generated.h"
#include "qrun/qrun.hpp"

namespace qrun::converter {
namespace {

using calibrate::Comparison;
using calibrate::Decibel;
using calibrate::kUnknown;
using calibrate::LayerReport;
using calibrate::Report;
using calibrate::TensorReport;

std::string range_text(const calibrate::Options& options) {
  std::string text(range_method_name(options.range));
  if (options.range == calibrate::RangeMethod::kPercentile)
    text += fmt::format(" {}", options.range_options.percentile);
  return text;
}

calibrate::Agreement agreement_of(const calibrate::OutputComparison& output) {
  if (!output.measured) return {};
  return {output.noise.decibels(), output.cosine.value(), static_cast<std::size_t>(output.top.agreeing()),
          static_cast<std::size_t>(output.top.samples())};
}

// At most 128 equal bins from the least to the greatest value seen, zeros among them.
calibrate::Distribution distribution_of(const calibrate::Histogram& seen) {
  constexpr int kMost = 128;
  if (seen.count() == 0 || seen.first() > seen.last()) return {};
  const int bins = seen.last() - seen.first() + 1, together = (bins + kMost - 1) / kMost;
  calibrate::Distribution result{seen.first() * seen.width(), 0, {}};
  for (int first = seen.first(); first <= seen.last(); first += together) {
    std::uint64_t count = first <= 0 && 0 < first + together ? seen.zeros() : 0;
    for (int bin = first; bin < first + together && bin <= seen.last(); ++bin) count += seen.bin(bin);
    result.counts.push_back(count);
  }
  result.hi = result.lo + static_cast<double>(together) * static_cast<double>(result.counts.size()) * seen.width();
  return result;
}

TensorReport tensor_report(const qfb::TensorT& tensor, const calibrate::Observer* observer,
                           const Comparison& compared) {
  TensorReport report;
  report.name = tensor.name;
  report.shape = tensor.shape;
  const qfb::QuantizationT& quantization = *tensor.quantization;
  report.scale = static_cast<double>(std::bit_cast<float>(quantization.scale_bits[0]));
  report.zero_point = quantization.zero_point.empty() ? 0 : quantization.zero_point[0];
  const int least = tensor.dtype == qfb::DType::int8 ? -128 : 0;
  report.chosen = {report.scale * static_cast<double>(least - report.zero_point),
                   report.scale * static_cast<double>(least + 255 - report.zero_point)};
  if (const auto found = compared.tensors.find(tensor.name); found != compared.tensors.end()) {
    const auto& [saturated, values] = std::pair(found->second.saturated, found->second.values);
    report.saturated_share = values == 0 ? 0 : static_cast<double>(saturated) / static_cast<double>(values);
  }
  if (observer == nullptr || observer->histogram().count() == 0) return report;
  const calibrate::Histogram& seen = observer->histogram();
  const auto count = static_cast<double>(seen.count());
  report.observed = {static_cast<double>(seen.min()), static_cast<double>(seen.max())};
  report.histogram = distribution_of(seen);
  report.zero_share = static_cast<double>(seen.zeros()) / count;
  report.mean = seen.sum() / count;
  report.standard_deviation = std::sqrt(std::max(0.0, seen.sum_of_squares() / count - report.mean * report.mean));
  return report;
}

class Reporter {
 public:
  Reporter(const Graph& graph, const calibrate::Observations& seen, const std::vector<Trial>& adopted,
           const std::vector<Trial>& trials)
      : graph_(graph), adopted_(adopted), trials_(trials), written_(adopted.back()) {
    qfb::GetModel(written_.conversion.file.data())->UnPackTo(&model_);
    for (const auto& [id, observer] : seen.tensors) observers_.emplace(graph.tensors[id].name, &observer);
    for (const Operator& op : graph.operators) {
      for (const TensorId output : op.outputs) operators_.emplace(graph.tensors[output].name, &op);
    }
    for (const auto& op : model_.operators) {
      if (op->parameters.type != qfb::Parameters::Reshape && op->parameters.type != qfb::Parameters::Transpose)
        continue;
      moved_.emplace(tensor(op->outputs[0]).name, tensor(op->inputs[0]).name);
    }
  }

  void fill(Report& report) const {
    report.source = model_.metadata->source_name;
    report.source_sha256 = fmt::format("{:02x}", fmt::join(model_.metadata->source_sha256, ""));
    for (const std::int32_t input : model_.inputs) add_tensor(report, input);
    for (const auto& op : model_.operators) {
      report.layers.push_back(layer(*op));
      for (const std::int32_t output : op->outputs) add_tensor(report, output);
    }
    for (std::size_t i = 0; i < model_.outputs.size(); ++i) {
      const calibrate::OutputComparison& output = written_.comparison.outputs[i];
      report.outputs.push_back({tensor(model_.outputs[i]).name, agreement_of(output), std::nullopt});
      if (adopted_.size() > 1) report.outputs[i].before_optimize = agreement_of(adopted_[0].comparison.outputs[i]);
    }
  }

 private:
  const qfb::TensorT& tensor(std::int32_t index) const { return *model_.tensors[static_cast<std::size_t>(index)]; }

  void add_tensor(Report& report, std::int32_t index) const {
    const qfb::TensorT& written = tensor(index);
    if (written.quantization == nullptr || written.quantization->scale_bits.size() != 1) return;
    const auto observer = observers_.find(written.name);
    report.tensors.push_back(
        tensor_report(written, observer == observers_.end() ? nullptr : observer->second, written_.comparison));
  }

  LayerReport layer(const qfb::OperatorT& op) const {
    LayerReport report;
    report.name = report.output = tensor(op.outputs[0]).name;
    for (const std::int32_t input : op.inputs) {
      if (input >= 0 && tensor(input).data.empty()) report.inputs.push_back(tensor(input).name);
    }
    // What only brings values into another order is nobody's operator.
    if (!moved_.contains(report.name)) report.kind = kinds(report);
    if (report.kind.empty()) report.kind = EnumNameParameters(op.parameters.type);
    report.sqnr = decibels(written_, report.name);
    const auto compared = written_.comparison.tensors.find(report.name);
    if (compared != written_.comparison.tensors.end()) report.max_difference = compared->second.max_difference;
    report.weights = weight_ranges(op);
    if (!std::isnan(report.sqnr) && !std::isinf(report.sqnr)) report.remedies = remedies(report.name);
    return report;
  }

  // The source's words for the operators that became the layer, in order: "Conv (node 0), Relu (node 1)".
  std::string kinds(const LayerReport& layer) const {
    constexpr int kMost = 8;
    std::string name = layer.output;
    std::vector<std::string> last_first;
    for (int i = 0; i < kMost && std::ranges::find(layer.inputs, name) == layer.inputs.end(); ++i) {
      const auto found = operators_.find(name);
      if (found == operators_.end() || found->second->inputs.empty()) break;
      const Operator& op = *found->second;
      const bool is_part = !last_first.empty() && last_first.back() == op.kind;  // of one that was read as several
      if (!is_part) last_first.push_back(op.kind);
      if (op.inputs[0] == kAbsent) break;
      name = graph_.tensors[op.inputs[0]].name;
    }
    return fmt::format("{}", fmt::join(last_first.rbegin(), last_first.rend(), ", "));
  }

  // Of a trial's tensor: by channel, but for the network's outputs, whose numbers are seen side by side. What only lies
  // otherwise than another tensor has that one's channels and loses nothing itself.
  Decibel decibels(const Trial& trial, const std::string& name) const {
    const auto& tensors = trial.comparison.tensors;
    const auto found = tensors.find(name);
    if (found == tensors.end()) return kUnknown;
    const bool is_output =
        std::ranges::any_of(model_.outputs, [&](std::int32_t index) { return tensor(index).name == name; });
    if (is_output) return found->second.all.decibels();
    const auto source = moved_.find(name);
    if (source != moved_.end() && tensors.contains(source->second)) return decibels(trial, source->second);
    return found->second.by_channel.decibels();
  }

  std::vector<calibrate::Remedy> remedies(const std::string& name) const {
    std::vector<calibrate::Remedy> result;
    for (std::size_t i = 1; i < adopted_.size(); ++i) {
      result.push_back({adopted_[i].description, adopted_[i].option, decibels(adopted_[i - 1], name),
                        decibels(adopted_[i], name), true});
    }
    for (std::size_t i = 1; i < trials_.size(); ++i) {
      result.push_back(
          {trials_[i].description, trials_[i].option, decibels(written_, name), decibels(trials_[i], name), false});
    }
    return result;
  }

  // The real weights of each output channel: the integers' values times their scales.
  std::vector<calibrate::Interval> weight_ranges(const qfb::OperatorT& op) const {
    const bool depthwise = op.parameters.type == qfb::Parameters::DepthwiseConv2D;
    const bool linear = depthwise || op.parameters.type == qfb::Parameters::Conv2D ||
                        op.parameters.type == qfb::Parameters::FullyConnected;
    if (!linear || op.inputs[1] < 0) return {};
    const qfb::TensorT& weights = tensor(op.inputs[1]);
    if (weights.data.empty() || weights.quantization == nullptr || weights.dtype != qfb::DType::int8) return {};
    const std::vector<std::uint32_t>& scales = weights.quantization->scale_bits;
    const auto channels = static_cast<std::size_t>(weights.shape[depthwise ? 3 : 0]);
    const std::size_t each = weights.data.size() / channels;
    std::vector<calibrate::Interval> ranges(channels, {0, 0});
    for (std::size_t i = 0; i < weights.data.size(); ++i) {
      const std::size_t c = depthwise ? i % channels : i / each;
      const double scale = static_cast<double>(std::bit_cast<float>(scales[scales.size() == 1 ? 0 : c]));
      const double value = scale * static_cast<std::int8_t>(weights.data[i]);
      ranges[c] = {std::min(ranges[c].min, value), std::max(ranges[c].max, value)};
    }
    return ranges;
  }

  const Graph& graph_;
  const std::vector<Trial>&adopted_, &trials_;
  const Trial& written_;
  qfb::ModelT model_;
  std::map<std::string, const calibrate::Observer*> observers_;  // by the tensors' names
  std::map<std::string, const Operator*> operators_;             // by their outputs'
  std::map<std::string, std::string> moved_;                     // output of a Reshape or Transpose: its input
};

}  // namespace

Report make_report(const Source& source, const ConvertOptions& options, const Graph& graph,
                   const calibrate::Observations& seen, const std::vector<Trial>& adopted,
                   const std::vector<Trial>& trials) {
  const calibrate::Options& used = adopted.back().options;
  Report report;
  report.model = std::filesystem::path(source.name).stem().string();
  report.version = qrun_version();
  for (const auto& path : options.calibration->data) {
    report.calibration_data += (report.calibration_data.empty() ? "" : ", ") + path.string();
  }
  report.methods = {range_text(used), used.per_channel, used.equalize, used.correct_bias};
  Reporter(graph, seen, adopted, trials).fill(report);
  return report;
}

}  // namespace qrun::converter
