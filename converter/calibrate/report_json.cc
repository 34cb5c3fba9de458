#include "converter/calibrate/report_json.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace qrun::converter::calibrate {
namespace {

using Json = nlohmann::ordered_json;  // members stay in the order in which they are written

Json real(double value) {
  if (std::isnan(value)) return nullptr;
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return value;
}

Json to_json(const Interval& range) { return Json::array({real(range.min), real(range.max)}); }

template <class T, class Convert>
Json list(const std::vector<T>& values, Convert convert) {
  Json result = Json::array();
  for (const T& value : values) result.push_back(convert(value));
  return result;
}

Json to_json(const Agreement& agreement) {
  Json top1;
  if (agreement.top1_samples != 0) {
    top1 = {{"agreeing", agreement.top1_agreeing}, {"samples", agreement.top1_samples}};
  }
  return {{"sqnr_db", real(agreement.sqnr)}, {"cosine", real(agreement.cosine)}, {"top1", top1}};
}

Json to_json(const OutputReport& output) {
  Json result = {{"name", output.name}};
  result.update(to_json(output.agreement));
  result["before_optimize"] = output.before_optimize ? to_json(*output.before_optimize) : Json();
  return result;
}

Json to_json(const Remedy& remedy) {
  return {{"description", remedy.description},
          {"option", remedy.option},
          {"sqnr_before_db", real(remedy.sqnr_before)},
          {"sqnr_after_db", real(remedy.sqnr_after)},
          {"adopted", remedy.adopted}};
}

Json to_json(const LayerReport& layer, Decibel loss) {
  return {{"name", layer.name},
          {"kind", layer.kind},
          {"output", layer.output},
          {"inputs", layer.inputs},
          {"sqnr_db", real(layer.sqnr)},
          {"loss_db", real(loss)},
          {"max_difference_steps", real(layer.max_difference)},
          {"remedies", list(layer.remedies, [](const Remedy& remedy) { return to_json(remedy); })},
          {"weight_range_ratio", real(range_ratio(layer.weights))},
          {"weight_ranges", list(layer.weights, [](const Interval& range) { return to_json(range); })}};
}

Json to_json(const TensorReport& tensor) {
  return {
      {"name", tensor.name},
      {"shape", tensor.shape},
      {"scale", real(tensor.scale)},
      {"zero_point", tensor.zero_point},
      {"observed", to_json(tensor.observed)},
      {"chosen", to_json(tensor.chosen)},
      {"saturated_share", real(tensor.saturated_share)},
      {"zero_share", real(tensor.zero_share)},
      {"mean", real(tensor.mean)},
      {"standard_deviation", real(tensor.standard_deviation)},
      {"histogram",
       {{"lo", real(tensor.histogram.lo)}, {"hi", real(tensor.histogram.hi)}, {"counts", tensor.histogram.counts}}}};
}

Json to_json(const Methods& methods) {
  return {{"activation_range", methods.activation_range},
          {"weights", methods.weights_per_channel ? "per channel" : "per tensor"},
          {"equalization", methods.equalization},
          {"bias_correction", methods.bias_correction}};
}

Json layers_json(const Report& report) {
  const std::vector<Decibel> lost = losses(report);
  Json result = Json::array();
  for (std::size_t i = 0; i < report.layers.size(); ++i) result.push_back(to_json(report.layers[i], lost[i]));
  return result;
}

std::string line(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

// A member a line, and an element a line of those that are lists.
std::string lines(const Json& object) {
  std::string text = "{";
  for (const auto& [key, value] : object.items()) {
    text += (text.size() == 1 ? "\n " : ",\n ") + line(key) + ": ";
    if (!value.is_array() || value.empty()) {
      text += line(value);
      continue;
    }
    for (std::size_t i = 0; i < value.size(); ++i) text += (i == 0 ? "[\n  " : ",\n  ") + line(value[i]);
    text += "\n ]";
  }
  return text + "\n}\n";
}

}  // namespace

std::string report_json(const Report& report) {
  return lines({{"version", kReportVersion},
                {"verdict", verdict(report)},
                {"model", report.model},
                {"source", report.source},
                {"source_sha256", report.source_sha256},
                {"qconvert", report.version},
                {"calibration", {{"data", report.calibration_data}, {"samples", report.samples}}},
                {"methods", to_json(report.methods)},
                {"warnings", report.warnings},
                {"notes", report.notes},
                {"outputs", list(report.outputs, [](const OutputReport& output) { return to_json(output); })},
                {"layers", layers_json(report)},
                {"tensors", list(report.tensors, [](const TensorReport& tensor) { return to_json(tensor); })}});
}

}  // namespace qrun::converter::calibrate
