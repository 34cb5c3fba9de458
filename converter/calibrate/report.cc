#include "converter/calibrate/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace qrun::converter::calibrate {
namespace {

constexpr Decibel kWorthwhile = 0.5;

std::string decibels(Decibel value) {
  return std::isinf(value) && value > 0 ? std::string("no error") : fmt::format("{:.1f} dB", value);
}

double top1_share(const OutputReport& output) {
  return static_cast<double>(output.agreement.top1_agreeing) / static_cast<double>(output.agreement.top1_samples);
}

// The output that agrees least: by top-1 where any has it, else by SQNR. None where nothing was measured.
const OutputReport* worst_output(const std::vector<OutputReport>& outputs, bool top1) {
  const OutputReport* worst = nullptr;
  for (const OutputReport& output : outputs) {
    if (top1 ? output.agreement.top1_samples == 0 : std::isnan(output.agreement.sqnr)) continue;
    if (worst == nullptr ||
        (top1 ? top1_share(output) < top1_share(*worst) : output.agreement.sqnr < worst->agreement.sqnr)) {
      worst = &output;
    }
  }
  return worst;
}

std::string agreement_clause(const Report& report) {
  if (const OutputReport* output = worst_output(report.outputs, true)) {
    std::string clause = fmt::format("top-1 agrees with float on {} of {} samples", output->agreement.top1_agreeing,
                                     output->agreement.top1_samples);
    if (report.outputs.size() > 1) clause += fmt::format(" at output '{}'", output->name);
    return clause;
  }
  const OutputReport* output = worst_output(report.outputs, false);
  if (output == nullptr) return {};
  if (report.outputs.size() == 1) return fmt::format("the output has {}", decibels(output->agreement.sqnr));
  return fmt::format("the weakest output is '{}' with {}", output->name, decibels(output->agreement.sqnr));
}

// Of the signal's power: what is in a layer's output less what was in its input already, where that is known.
double added_noise(Decibel sqnr, Decibel loss) {
  const auto noise = [](Decibel value) { return std::pow(10.0, -value / 10); };
  return noise(sqnr) - (std::isfinite(loss) ? noise(sqnr + loss) : 0);
}

}  // namespace

Grade grade(Decibel sqnr) {
  if (std::isnan(sqnr)) return Grade::kUnmeasured;
  if (sqnr < kFairFrom) return Grade::kWeak;
  return sqnr < kGoodFrom ? Grade::kFair : Grade::kGood;
}

std::vector<Decibel> losses(const Report& report) {
  std::map<std::string, Decibel> known;
  std::vector<Decibel> result;
  for (const LayerReport& layer : report.layers) {  // in order of execution
    Decibel worst = kUnknown;
    for (const std::string& input : layer.inputs) {
      const auto found = known.find(input);
      if (found != known.end()) worst = std::fmin(worst, found->second);
    }
    // What is not measured passes on what it reads.
    if (!std::isinf(layer.sqnr)) known.emplace(layer.output, std::isnan(layer.sqnr) ? worst : layer.sqnr);
    result.push_back(worst - layer.sqnr);
  }
  return result;
}

std::vector<std::size_t> worst_first(const Report& report) {
  const std::vector<Decibel> lost = losses(report);
  std::vector<double> added;
  std::vector<std::size_t> result;
  for (std::size_t i = 0; i < report.layers.size(); ++i) {
    added.push_back(added_noise(report.layers[i].sqnr, lost[i]));
    const bool inherited = lost[i] < kInherited;  // false where it is unknown
    if (std::isfinite(report.layers[i].sqnr) && !inherited) result.push_back(i);
  }
  std::stable_sort(result.begin(), result.end(), [&](std::size_t a, std::size_t b) { return added[a] > added[b]; });
  return result;
}

const Remedy* best_remedy(const LayerReport& layer) {
  const Remedy* best = nullptr;
  for (const Remedy& remedy : layer.remedies) {
    if (std::isnan(remedy.sqnr_after)) continue;
    if (best == nullptr || remedy.sqnr_after > best->sqnr_after) best = &remedy;
  }
  return best;
}

bool helps(const Remedy& remedy) { return remedy.sqnr_after >= remedy.sqnr_before + kWorthwhile; }

std::string remedy_text(const LayerReport& layer) {
  const Remedy* best = best_remedy(layer);
  if (best == nullptr) return {};
  if (!helps(*best)) return "no remedy that was tried helps it";
  const std::string& what = best->option.empty() ? best->description : best->option;
  if (best->adopted) {
    return fmt::format("{} has raised it from {:.1f} to {}", what, best->sqnr_before, decibels(best->sqnr_after));
  }
  return fmt::format("{} raises it to {}", what, decibels(best->sqnr_after));
}

double range_ratio(const std::vector<Interval>& weights) {
  std::vector<double> greatest;
  for (const Interval& channel : weights) {
    const double value = std::fmax(std::fabs(channel.min), std::fabs(channel.max));
    if (std::isfinite(value)) greatest.push_back(value);
  }
  if (greatest.empty()) return kUnknown;
  std::sort(greatest.begin(), greatest.end());
  const std::size_t half = greatest.size() / 2;
  const double median = greatest.size() % 2 != 0 ? greatest[half] : (greatest[half - 1] + greatest[half]) / 2;
  return median > 0 ? greatest.back() / median : kUnknown;
}

std::string verdict(const Report& report) {
  std::vector<std::string> clauses = {agreement_clause(report)};
  const std::vector<std::size_t> worst = worst_first(report);
  if (!worst.empty()) {
    const LayerReport& layer = report.layers[worst[0]];
    clauses.push_back(fmt::format("the weakest layer is '{}' with {}", layer.name, decibels(layer.sqnr)));
    clauses.push_back(remedy_text(layer));
    // --optimize has tried it, and judges by the outputs.
    const bool is_optimized = std::ranges::any_of(
        report.outputs, [](const OutputReport& output) { return output.before_optimize.has_value(); });
    const Remedy* best = best_remedy(layer);
    if (is_optimized && best != nullptr && helps(*best) && !best->adopted) {
      clauses.back() += ", but brings the outputs no nearer";
    }
  }
  std::string sentence;
  for (const std::string& clause : clauses) {
    if (!clause.empty()) sentence += (sentence.empty() ? "" : "; ") + clause;
  }
  if (sentence.empty()) return "Nothing was measured.";
  sentence[0] = static_cast<char>(sentence[0] - 'a' + 'A');
  return sentence + ".";
}

}  // namespace qrun::converter::calibrate
